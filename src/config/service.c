/* One service: what it is, what it shares with its templates, and its checks, once for each of
 * its instances. A service that is wrong stays in the fleet with `error`; only one that has no
 * name, or another's, is left out. */
#include "config/auth.h"
#include "config/build.h"
#include "config/file.h"
#include "config/keys.h"
#include "config/target.h"

#include "base/digest.h"
#include "base/limits.h"
#include "model/ids.h"

#define INSTANCES_MOST 64

/* A service while its keys are read. */
struct reading {
	struct builder *builder;
	struct service *service;
	const struct node *node;
	const struct node *url, *direct, *checks, *quorum;
};

static void read_group(struct reading *reading, const struct node *value)
{
	const char *text = build_name(reading->builder, value, "'group'");

	reading->service->group = build_keep(reading->builder, text != NULL ? text : "");
}

static void read_owner(struct reading *reading, const struct node *value)
{
	reading->service->owner =
		build_keep(reading->builder, build_name(reading->builder, value, "'owner'"));
}

static void read_runbook(struct reading *reading, const struct node *value)
{
	reading->service->runbook =
		build_shown_text(reading->builder,
				 build_line(reading->builder, value, "'runbook'", LIMIT_MESSAGE));
}

static void read_external(struct reading *reading, const struct node *value)
{
	reading->service->external = build_bool(reading->builder, value, false);
}

static void read_labels(struct reading *reading, const struct node *value)
{
	struct builder *builder = reading->builder;
	struct name_value *labels;
	size_t count = 0;

	if (value->kind != NODE_MAP) {
		build_complain(builder, value, "'labels' is a map of names and values, not %s",
			       build_shown(builder, value));
		return;
	}
	labels = arena_array(&builder->fleet->arena, value->len, sizeof(*labels));
	for (size_t i = 0; i < value->len; i++) {
		const char *name = build_name(builder, value->keys[i], "a label's name");
		const char *text = build_line(builder, value->items[i], "a label", LIMIT_MESSAGE);

		if (name == NULL || text == NULL)
			continue;
		labels[count++] = (struct name_value){.name = build_keep(builder, name),
						      .value = build_shown_text(builder, text)};
	}
	reading->service->labels = labels;
	reading->service->label_count = count;
}

static bool log_source_read(struct reading *reading, const struct node *node,
			    struct log_source *source)
{
	struct builder *builder = reading->builder;
	char service[17];
	const char *parts[] = {service, "file", NULL};
	const char *text;
	char *path;

	if (node->kind != NODE_MAP || node->len != 1) {
		build_complain(
			builder, node,
			"a log source is a map of one, like {file: /var/log/app.log}, not %s",
			build_shown(builder, node));
		return false;
	}
	if (strcmp(node->keys[0]->text, "file") != 0) {
		build_complain(builder, node->keys[0], "unknown log source '%.80s'; known: file",
			       node->keys[0]->text);
		return false;
	}
	text = build_line(builder, node->items[0], "'file'", LIMIT_CONFIG_SCALAR);
	if (text == NULL)
		return false;
	path = file_beside(node->items[0]->pos.file, text);
	(void)snprintf(service, sizeof(service), "%016llx",
		       (unsigned long long)reading->service->id);
	parts[2] = path;
	*source = (struct log_source){
		.id = digest_id(parts, BASE_LEN(parts)),
		.kind = LOG_SOURCE_FILE,
		.path = build_copy(builder, path),
	};
	free(path);
	return true;
}

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* Sources are called by their file's name; by the whole path where two of a service share one. */
static void name_sources(struct builder *builder, struct log_source *sources, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *name = file_name(sources[i].path);

		for (size_t j = 0; j < count; j++) {
			if (j != i && strcmp(file_name(sources[j].path), name) == 0)
				name = sources[i].path;
		}
		sources[i].name = build_masked(builder, name);
	}
}

static void read_logs(struct reading *reading, const struct node *value)
{
	struct service *service = reading->service;
	size_t len = build_list_len(value);
	struct log_source *sources;

	if (len == 0)
		return;
	sources = arena_array(&reading->builder->fleet->arena, len, sizeof(*sources));
	for (size_t i = 0; i < len; i++) {
		if (log_source_read(reading, build_list_at(value, i), &sources[service->log_count]))
			service->log_count++;
	}
	name_sources(reading->builder, sources, service->log_count);
	service->logs = sources;
}

static void read_instances(struct reading *reading, const struct node *value)
{
	struct builder *builder = reading->builder;
	struct service *service = reading->service;
	size_t len = build_list_len(value);
	const char **instances;

	if (len == 0 || len > INSTANCES_MOST) {
		build_complain(builder, value, "'instances' is a list of 1 to %d texts",
			       INSTANCES_MOST);
		return;
	}
	instances = arena_array(&builder->fleet->arena, len, sizeof(*instances));
	for (size_t i = 0; i < len; i++) {
		const struct node *item = build_list_at(value, i);
		const char *text = build_name(builder, item, "an instance");

		for (size_t j = 0; text != NULL && j < service->instance_count; j++) {
			if (strcmp(instances[j], text) != 0)
				continue;
			build_complain(builder, item, "the instance '%s' is here twice", text);
			text = NULL;
		}
		if (text != NULL)
			instances[service->instance_count++] = build_keep(builder, text);
	}
	service->instances = instances;
}

static void read_maintenance(struct reading *reading, const struct node *value)
{
	struct service *service = reading->service;

	service->maintenance =
		build_maintenance(reading->builder, value, &service->maintenance_count);
}

static void read_depends(struct reading *reading, const struct node *value)
{
	reading->builder->depends[reading->service->index] = value;
}

static void read_quorum(struct reading *reading, const struct node *value)
{
	reading->quorum = value;
}

static const struct {
	const char *name;
	void (*read)(struct reading *reading, const struct node *value);
} readers[] = {
	{"group", read_group},	      {"owner", read_owner},
	{"runbook", read_runbook},    {"external", read_external},
	{"labels", read_labels},      {"logs", read_logs},
	{"quorum", read_quorum},      {"instances", read_instances},
	{"depends_on", read_depends}, {"maintenance", read_maintenance},
};

/* Everything but options, url, direct and checks, which are read once for each instance. */
static void read_keys(struct reading *reading)
{
	const struct node *node = reading->node;

	for (size_t i = 0; i < node->len; i++) {
		for (size_t r = 0; r < BASE_LEN(readers); r++) {
			const struct node *value;

			if (strcmp(readers[r].name, node->keys[i]->text) != 0)
				continue;
			value = build_expand(reading->builder, node->items[i]);
			if (!build_broken(value))
				readers[r].read(reading, value);
			break;
		}
	}
	reading->url = node_get(node, "url");
	reading->direct = node_get(node, "direct");
	reading->checks = node_get(node, "checks");
}

static bool mentions_instance(const struct node *node)
{
	if (node->kind == NODE_SCALAR)
		return strstr(node->text, "${instance}") != NULL;
	for (size_t i = 0; i < node->len; i++) {
		if (mentions_instance(node->items[i]))
			return true;
	}
	return false;
}

static void check_instances(struct reading *reading)
{
	struct service *service = reading->service;

	if (service->instance_count > 1 && !mentions_instance(reading->node))
		build_complain(reading->builder, node_get(reading->node, "instances"),
			       "nothing here says ${instance}: the same would be asked %zu times",
			       service->instance_count);
}

static void check_quorum(struct reading *reading)
{
	struct service *service = reading->service;

	if (reading->quorum == NULL)
		return;
	if (service->instance_count == 0)
		build_complain(reading->builder, reading->quorum,
			       "'quorum' says how many 'instances' must be well; there are none");
	else
		service->quorum = build_int(reading->builder, reading->quorum, 0, 1,
					    (int)service->instance_count);
}

/* In the fleet's arena; NULL where there is none or after a complaint. */
static const char *read_url(struct builder *builder, const struct node *node)
{
	const struct node *expanded = build_expand(builder, node);
	const char *text;

	if (expanded == NULL)
		return NULL;
	text = build_line(builder, expanded, "a URL", LIMIT_CONFIG_SCALAR);
	if (text == NULL)
		return NULL;
	text = target_whole(builder, text);
	return target_url_is_sound(builder, expanded, text) ? build_copy(builder, text) : NULL;
}

/* What the checks of one instance have in common. */
static struct scope scope_read(struct reading *reading, int instance)
{
	struct builder *builder = reading->builder;
	const struct node *node = reading->node;
	struct scope scope = {
		.service = reading->service,
		.options = builder->defaults,
		.url_node = reading->url,
		.instance = instance,
		.checks = &builder->checks,
	};

	scope.url = read_url(builder, reading->url);
	auth_leave_for(builder, &scope.options, scope.url);
	for (size_t i = 0; i < node->len; i++) {
		if (build_is_option(node->keys[i]->text))
			(void)build_option(builder, &scope.options, node->keys[i],
					   build_expand(builder, node->items[i]));
	}
	build_one_rhythm(builder, node);
	scope.direct = read_url(builder, reading->direct);
	return scope;
}

static void build_instance(struct reading *reading, int instance, struct build_mark mark,
			   size_t first)
{
	struct builder *builder = reading->builder;
	struct service *service = reading->service;
	struct scope scope;

	builder->instance = instance < 0 ? NULL : service->instances[instance];
	scope = scope_read(reading, instance);
	scope.first = first;
	if (instance < 0) {
		service->url = build_masked(builder, scope.url);
		service->direct = build_masked(builder, scope.direct);
	}
	if (service->error == NULL)
		service->error = build_error_since(builder, mark);
	scope.broken = service->error != NULL;
	for (size_t i = 0; i < build_list_len(reading->checks); i++)
		build_check(builder, &scope, build_list_at(reading->checks, i));
	if (node_is_null(reading->checks) && scope.url != NULL)
		build_implied_check(builder, &scope);
	builder->instance = NULL;
}

/* The URLs for showing; what differs by instance is a star there. */
static void show_urls(struct reading *reading)
{
	struct builder *builder = reading->builder;
	struct service *service = reading->service;

	builder->instance = "*";
	service->url = build_masked(builder, read_url(builder, reading->url));
	service->direct = build_masked(builder, read_url(builder, reading->direct));
	builder->instance = NULL;
}

static void build_instances(struct reading *reading, struct build_mark mark)
{
	struct builder *builder = reading->builder;
	struct service *service = reading->service;
	size_t first = builder->checks.len;

	if (service->instance_count == 0)
		build_instance(reading, -1, mark, first);
	else
		show_urls(reading);
	for (size_t i = 0; i < service->instance_count; i++)
		build_instance(reading, (int)i, mark, first);
	service->check_count = builder->checks.len - first;
	if (node_is_null(reading->checks) && reading->url == NULL)
		build_complain(builder, reading->node,
			       "nothing to ask '%s': give it 'checks', or a 'url'", service->name);
}

static void complain_keys(struct builder *builder, const struct node *node, bool is_template)
{
	config_check_keys(node, 1u << KEY_SCOPE_SERVICE | 1u << KEY_SCOPE_OPTION, builder->diags);
	if (is_template && node_get(node, "name") != NULL)
		build_complain(builder, node_get(node, "name"), "a template takes no 'name'");
}

void build_template_keys(struct builder *builder, const struct node *node)
{
	const struct node *checks = node_get(node, "checks");

	complain_keys(builder, node, true);
	for (size_t i = 0; i < build_list_len(checks); i++)
		build_check_keys(builder, build_list_at(checks, i));
}

/* The name, or NULL after a complaint. */
static const char *service_name(struct builder *builder, const struct node *node)
{
	const struct node *given = node_get(node, "name");
	const struct service *before;
	const char *name;

	if (given == NULL) {
		build_complain(builder, node, "a service needs a 'name'");
		return NULL;
	}
	given = build_expand(builder, given);
	name = build_name(builder, given, "a service's name");
	if (name == NULL)
		return NULL;
	if (strpbrk(name, "/*?[]") != NULL) {
		build_complain(builder, given, "a service's name holds none of / * ? [ ]");
		return NULL;
	}
	before = map_get(builder->services, name);
	if (before != NULL) {
		build_complain(builder, given,
			       "the service '%s' is here twice; the first is at %s:%d", name,
			       before->pos.file, before->pos.line);
		return NULL;
	}
	return name;
}

void build_service(struct builder *builder, const struct node *node)
{
	struct build_mark mark = build_mark(builder);
	struct fleet *fleet = builder->fleet;
	struct service *service = (struct service *)&fleet->services[fleet->service_count];
	struct reading reading = {.builder = builder, .service = service};
	const char *name;

	if (node->kind != NODE_MAP) {
		build_complain(builder, node,
			       "a service is a map like {name: web, url: \"http://…\"}, not %s",
			       build_shown(builder, node));
		return;
	}
	name = service_name(builder, node);
	if (name == NULL)
		return;
	complain_keys(builder, node, false);
	reading.node = build_use_templates(builder, node);
	*service = (struct service){
		.id = service_id_of(fleet->name, fleet->environment, name),
		.index = fleet->service_count,
		.name = build_copy(builder, name),
		.group = "",
		.pos = node->pos,
		.error = builder->defaults_error,
	};
	if (!build_only(builder, node_get(reading.node, "only"))) {
		map_put(builder->left_out, name, service);
		return;
	}
	fleet->service_count++;
	map_put(builder->services, name, service);
	vec_push(&builder->service_names, service->name);
	read_keys(&reading);
	check_instances(&reading);
	check_quorum(&reading);
	build_instances(&reading, mark);
	if (service->error == NULL)
		service->error = build_error_since(builder, mark);
	build_drop_repeats(builder, mark);
}
