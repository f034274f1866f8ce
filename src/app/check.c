/* `--check` and `--list`. What they print passed the same gates as what the console shows: names
 * are clean, targets and assertions have their secrets masked. See check.h. */
#include "app/check.h"

#include "base/units.h"
#include "base/utf8.h"

#define NAME_WIDE 44 /* cells that the names of checks are padded to, at most */

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

static void fleet_line(const struct fleet *fleet, struct strbuf *out)
{
	strbuf_addf(out, "%s%s%s: %zu service%s, %zu check%s", fleet->name,
		    fleet->environment[0] != '\0' ? "/" : "", fleet->environment,
		    fleet->service_count, plural(fleet->service_count), fleet->check_count,
		    plural(fleet->check_count));
}

int check_config(const struct config_request *request, struct strbuf *out, struct strbuf *words)
{
	struct fleet *fleet;
	struct diags diags;
	size_t warnings;
	int code;

	diags_init(&diags);
	fleet = config_load(request, &diags);
	diags_print(&diags, words);
	warnings = diags.len + diags.dropped - diags.errors;
	code = diags.errors != 0 || fleet == NULL ? 3 : 0;
	if (fleet != NULL) {
		fleet_line(fleet, out);
		strbuf_addf(out, ", %zu error%s, %zu warning%s\n", diags.errors,
			    plural(diags.errors), warnings, plural(warnings));
	}
	fleet_unref(fleet);
	diags_release(&diags);
	return code;
}

static void pad(struct strbuf *out, const char *text, size_t width)
{
	size_t cells = utf8_width(text, strlen(text));

	strbuf_adds(out, text);
	for (; cells < width; cells++)
		strbuf_addc(out, ' ');
}

static void list_assertions(const char *word, const struct assertion *at, size_t count,
			    struct strbuf *out)
{
	for (size_t i = 0; i < count; i++)
		strbuf_addf(out, "      %-6s  %s\n", word, at[i].text);
}

static void list_steps(const struct flow *flow, struct strbuf *out)
{
	for (size_t i = 0; flow != NULL && i < flow->count; i++) {
		const struct check *step = flow->steps[i].check;

		strbuf_addf(out, "      step    %s: %s%s%s\n", step->name,
			    step->method != NULL ? step->method : "",
			    step->method != NULL ? " " : "", step->target);
	}
}

static void list_check(const struct check *check, size_t width, struct strbuf *out)
{
	strbuf_adds(out, "    ");
	pad(out, check->name, width);
	if (check->flow != NULL)
		strbuf_addf(out, "  %zu steps", check->flow->count);
	else
		strbuf_addf(out, "  %s%s%s", check->method != NULL ? check->method : "",
			    check->method != NULL ? " " : "", check->target);
	strbuf_adds(out, "  every ");
	if (check->cron != NULL)
		strbuf_addf(out, "'%s'", check->cron->text);
	else
		duration_format(out, check->interval_ns);
	strbuf_adds(out, ", at most ");
	duration_format(out, check->timeout_ns);
	strbuf_addf(out, "%s%s\n", check->severity == SEVERITY_DEGRADED ? ", degraded" : "",
		    check->writes ? ", writes" : "");
	if (check->error != NULL && check->error != check->service->error)
		strbuf_addf(out, "      error   %s\n", check->error);
	list_steps(check->flow, out);
	list_assertions("expect", check->expect, check->expect_count, out);
	list_assertions("warn", check->warn, check->warn_count, out);
}

static void list_depends(const struct service *service, struct strbuf *out)
{
	for (size_t i = 0; i < service->depends_count; i++)
		strbuf_addf(out, "%s%s", i == 0 ? ", depends on " : ", ",
			    service->depends_on[i]->name);
}

static void list_service(const struct service *service, struct strbuf *out)
{
	size_t width = 0;

	strbuf_addf(out, "\n%s", service->name);
	if (service->group[0] != '\0')
		strbuf_addf(out, " (%s)", service->group);
	if (service->external)
		strbuf_adds(out, ", external");
	list_depends(service, out);
	if (service->quorum != 0)
		strbuf_addf(out, ", %d of %zu instances", service->quorum, service->instance_count);
	strbuf_addc(out, '\n');
	if (service->error != NULL)
		strbuf_addf(out, "    error   %s\n", service->error);
	for (size_t i = 0; i < service->check_count; i++) {
		const char *name = service->checks[i]->name;
		size_t cells = utf8_width(name, strlen(name));

		if (cells > width)
			width = cells < NAME_WIDE ? cells : NAME_WIDE;
	}
	for (size_t i = 0; i < service->check_count; i++)
		list_check(service->checks[i], width, out);
	for (size_t i = 0; i < service->log_count; i++)
		strbuf_addf(out, "    log     %s\n", service->logs[i].name);
}

size_t list_fleet(const struct fleet *fleet,
		  bool (*selected)(void *context, const struct service *service), void *context,
		  struct strbuf *out)
{
	size_t listed = 0;

	fleet_line(fleet, out);
	strbuf_addc(out, '\n');
	for (size_t i = 0; i < fleet->service_count; i++) {
		if (selected != NULL && !selected(context, &fleet->services[i]))
			continue;
		list_service(&fleet->services[i], out);
		listed++;
	}
	return listed;
}
