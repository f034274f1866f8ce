/* See words.h. All pure: now, zone and data come in. */
#include "ui/words.h"

#include "base/units.h"

#define MINUTE_NS (60 * NS_PER_S)
#define FINE_STEP_NS (10 * NS_PER_S)
#define FINE_UNTIL_NS (10 * MINUTE_NS)
/* More troubled rows than this tick by the minute: twenty of them at ten seconds stay below the
 * 60 bytes a second that a calm screen may cost. */
#define FINE_ROWS 20

void age_words(struct strbuf *out, int64_t age_ns, enum age_step step)
{
	int64_t unit = step == AGE_FINE && age_ns < FINE_UNTIL_NS ? FINE_STEP_NS : MINUTE_NS;
	int64_t whole;

	if (age_ns < 0)
		age_ns = 0;
	whole = age_ns / unit * unit;
	if (whole == 0)
		strbuf_adds(out, unit == FINE_STEP_NS ? "<10s" : "<1m");
	else
		age_format(out, whole);
}

void since_format(struct strbuf *out, const struct snapshot *snapshot, struct wall_time since,
		  bool at_least, enum age_step step)
{
	if (since.ns == 0) {
		strbuf_adds(out, "–");
		return;
	}
	if (at_least && snapshot->wall_now.ns - since.ns >= MINUTE_NS)
		strbuf_adds(out, "≥");
	age_words(out, snapshot->wall_now.ns - since.ns, step);
}

enum age_step age_step_of(const struct snapshot *snapshot, const struct service_row *row)
{
	int troubled = snapshot->counts.down + snapshot->counts.degraded + snapshot->counts.unknown;

	if (row->state == SERVICE_UP || row->state == SERVICE_PENDING || troubled > FINE_ROWS)
		return AGE_COARSE;
	return AGE_FINE;
}

void clock_format(struct strbuf *out, struct wall_time at, int utc_offset_s, bool seconds)
{
	struct civil_time civil = civil_from_wall(at, utc_offset_s);

	strbuf_addf(out, "%02d:%02d", civil.hour, civil.minute);
	if (seconds)
		strbuf_addf(out, ":%02d", civil.second);
}

void zone_format(struct strbuf *out, int utc_offset_s)
{
	int minutes = (utc_offset_s < 0 ? -utc_offset_s : utc_offset_s) / 60;

	if (minutes == 0)
		strbuf_adds(out, " UTC");
	else
		strbuf_addf(out, " %c%02d:%02d", utc_offset_s < 0 ? '-' : '+', minutes / 60,
			    minutes % 60);
}

void latency_words(struct strbuf *out, int64_t ns)
{
	if (ns < 0)
		strbuf_adds(out, "–");
	else
		latency_format(out, ns);
}

enum style service_style(enum service_state state)
{
	switch (state) {
	case SERVICE_PENDING:
		return STYLE_PENDING;
	case SERVICE_UP:
		return STYLE_UP;
	case SERVICE_DEGRADED:
		return STYLE_DEGRADED;
	case SERVICE_UNKNOWN:
		return STYLE_UNKNOWN;
	case SERVICE_DOWN:
		return STYLE_DOWN;
	case SERVICE_STATE_COUNT:
		break;
	}
	return STYLE_TEXT;
}

enum style tile_style(enum service_state state)
{
	switch (state) {
	case SERVICE_UP:
		return STYLE_TILE_UP;
	case SERVICE_DEGRADED:
		return STYLE_TILE_DEGRADED;
	case SERVICE_DOWN:
		return STYLE_TILE_DOWN;
	case SERVICE_PENDING:
	case SERVICE_UNKNOWN:
	case SERVICE_STATE_COUNT:
		break;
	}
	return STYLE_TILE_UNKNOWN;
}

enum style check_style(enum check_state state)
{
	static const enum style styles[] = {
		[CHECK_PASS] = STYLE_UP,	 [CHECK_WARN] = STYLE_DEGRADED,
		[CHECK_FAIL] = STYLE_DOWN,	 [CHECK_UNKNOWN] = STYLE_UNKNOWN,
		[CHECK_PENDING] = STYLE_PENDING,
	};

	return styles[state];
}

const char *check_glyph(enum check_state state)
{
	static const char *const glyphs[] = {
		[CHECK_PASS] = "✔",    [CHECK_WARN] = "▲",    [CHECK_FAIL] = "✖",
		[CHECK_UNKNOWN] = "?", [CHECK_PENDING] = "…",
	};

	return glyphs[state];
}

enum style level_style(enum log_level level)
{
	switch (level) {
	case LOG_TRACE:
	case LOG_DEBUG:
		return STYLE_LOG_DEBUG;
	case LOG_WARN:
		return STYLE_LOG_WARN;
	case LOG_ERROR:
	case LOG_FATAL:
		return STYLE_LOG_ERROR;
	case LOG_UNKNOWN:
	case LOG_INFO:
	case LOG_LEVEL_COUNT:
		break;
	}
	return STYLE_LOG_INFO;
}

const char *level_word(enum log_level level)
{
	static const char *const words[LOG_LEVEL_COUNT] = {
		[LOG_UNKNOWN] = "",    [LOG_TRACE] = "trace", [LOG_DEBUG] = "debug",
		[LOG_INFO] = "info",   [LOG_WARN] = "warn",   [LOG_ERROR] = "error",
		[LOG_FATAL] = "fatal",
	};

	return words[level];
}

void marks_format(struct strbuf *out, unsigned marks)
{
	const char *between = "";

	for (int mark = 0; mark < MARK_COUNT; mark++) {
		if ((marks & MARK_OF(mark)) != 0) {
			strbuf_addf(out, "%s%s", between, mark_name((enum mark)mark));
			between = ", ";
		}
	}
}

int64_t data_age(const struct snapshot *snapshot)
{
	int64_t age = snapshot->wall_now.ns - snapshot->newest_sample.ns;

	if (snapshot->newest_sample.ns == 0)
		return -1;
	return age < 0 ? 0 : age;
}

bool data_is_stale(const struct snapshot *snapshot)
{
	int64_t limit = 3 * snapshot->fleet->interval_ns;

	if (limit < 30 * NS_PER_S)
		limit = 30 * NS_PER_S;
	return data_age(snapshot) > limit;
}

void cause_format(struct strbuf *out, const struct snapshot *snapshot,
		  const struct service_row *row)
{
	size_t named = 0;

	for (size_t i = 0; i < row->caused_count; i++) {
		const struct service_row *cause = snapshot_row(snapshot, row->caused_by[i]);

		if (cause == NULL || named == 2)
			continue;
		strbuf_addf(out, "%s%s", named == 0 ? "← " : ", ", cause->service->name);
		named++;
	}
	if (row->caused_count > 2)
		strbuf_addf(out, " and %zu more", row->caused_count - 2);
}
