/* The door of the reports: format names, the exit contract, and which writer makes which format.
 * Every writer is a pure function of the snapshot; a state that was not reached in time (PENDING)
 * is UNKNOWN wherever a script reads it, because nothing was observed. */
#include "report/report.h"

#include "report/as_json.h"
#include "report/as_table.h"

static const char *const format_names[REPORT_FORMAT_COUNT] = {
	[REPORT_TABLE] = "table",
	[REPORT_WIDE] = "wide",
	[REPORT_JSON] = "json",
};

enum report_format report_format_find(const char *name)
{
	for (size_t i = 0; i < REPORT_FORMAT_COUNT; i++) {
		if (strcmp(format_names[i], name) == 0)
			return (enum report_format)i;
	}
	return REPORT_FORMAT_COUNT;
}

const char *report_format_name(enum report_format format)
{
	if (format >= REPORT_FORMAT_COUNT)
		BUG("no such report format: %d", (int)format);
	return format_names[format];
}

void report_write(const struct snapshot *snapshot, const struct report_options *options,
		  struct strbuf *out)
{
	switch (options->format) {
	case REPORT_TABLE:
	case REPORT_WIDE:
		report_table(snapshot, options, out);
		return;
	case REPORT_JSON:
		report_json(snapshot, options, out);
		return;
	case REPORT_FORMAT_COUNT:
		break;
	}
	BUG("no such report format: %d", (int)options->format);
}

int report_exit_code(const struct snapshot *snapshot, enum fail_on fail_on)
{
	enum service_state worst = SERVICE_UP;

	if (snapshot->row_count == 0)
		return service_state_exit(SERVICE_UNKNOWN);
	for (size_t i = 0; i < snapshot->row_count; i++) {
		const struct service_row *row = &snapshot->rows[i];

		if ((row->marks & MARK_MAINTENANCE) == 0)
			worst = service_state_worse(row->state, worst);
	}
	if (worst == SERVICE_DEGRADED && fail_on == FAIL_ON_DOWN)
		return service_state_exit(SERVICE_UP);
	return service_state_exit(worst);
}
