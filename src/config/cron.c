/* crontab(5)'s expressions. Invariant: what is accepted is due some day. See cron.h. */
#include "config/cron.h"

#include <strings.h>

#define SUNDAY_TOO 7 /* beside 0 */

static const char *const month_names[] = {"jan", "feb", "mar", "apr", "may", "jun",
					  "jul", "aug", "sep", "oct", "nov", "dec"};
static const char *const day_names[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

static const struct {
	const char *name, *fields;
} shorthands[] = {
	{"@hourly", "0 * * * *"},   {"@daily", "0 0 * * *"},   {"@midnight", "0 0 * * *"},
	{"@weekly", "0 0 * * 0"},   {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"},
	{"@annually", "0 0 1 1 *"},
};

struct field {
	const char *name;
	int least, most;
	const char *const *names;
	int name_count;
	int first_name; /* the number of the first one */
};
enum { MINUTES, HOURS, DAYS, MONTHS, WEEKDAYS, FIELDS };
static const struct field fields[FIELDS] = {
	{"minute", 0, 59, NULL, 0, 0},
	{"hour", 0, 23, NULL, 0, 0},
	{"day of the month", 1, 31, NULL, 0, 0},
	{"month", 1, 12, month_names, 12, 1},
	{"day of the week", 0, SUNDAY_TOO, day_names, 7, 0},
};

/* A number or a name; moves `at` behind it. */
static bool read_number(const struct field *field, const char **at, int *number)
{
	const char *start = *at;

	for (int i = 0; i < field->name_count; i++) {
		if (strncasecmp(start, field->names[i], 3) == 0) {
			*number = i + field->first_name;
			*at = start + 3;
			return true;
		}
	}
	*number = 0;
	while (**at >= '0' && **at <= '9' && *at - start < 3)
		*number = *number * 10 + (*(*at)++ - '0');
	return *at != start;
}

/* One part of a list: *, 5, 1-5, each perhaps with /2. */
static bool read_part(const struct field *field, const char **at, uint64_t *bits)
{
	int first = field->least, last = field->most, step = 1;
	bool star = **at == '*';

	if (star) {
		(*at)++;
	} else {
		if (!read_number(field, at, &first))
			return false;
		last = first;
		if (**at == '-') {
			(*at)++;
			if (!read_number(field, at, &last))
				return false;
		} else if (**at == '/') {
			last = field->most; /* 5/10 is 5-59/10, as Vixie's cron has it */
		}
	}
	if (**at == '/') {
		(*at)++;
		if (!read_number(&fields[MINUTES], at, &step) || step == 0)
			return false;
	}
	if (first < field->least || last > field->most || first > last)
		return false;
	for (int i = first; i <= last; i += step)
		*bits |= UINT64_C(1) << i;
	return true;
}

static bool read_field(const struct field *field, const char **at, uint64_t *bits)
{
	*bits = 0;
	for (;;) {
		if (!read_part(field, at, bits))
			return false;
		if (**at != ',')
			break;
		(*at)++;
	}
	return **at == ' ' || **at == '\t' || **at == '\0';
}

static const char *skip_blanks(const char *at)
{
	return at + strspn(at, " \t");
}

static bool read_fields(const char *text, struct cron *cron, struct strbuf *err)
{
	const char *at = skip_blanks(text);
	uint64_t bits[FIELDS];
	bool star[FIELDS];

	for (size_t i = 0; i < FIELDS; i++) {
		const char *start = at;

		star[i] = *at == '*';
		if (*at == '\0') {
			strbuf_addf(err, "has %zu of the five fields minute, hour, day of the month, "
				    "month, day of the week", i);
			return false;
		}
		if (!read_field(&fields[i], &at, &bits[i])) {
			strbuf_addf(err, "has '%.*s' as its %s, which goes from %d to %d",
				    (int)strcspn(start, " \t"), start, fields[i].name,
				    fields[i].least, fields[i].most);
			return false;
		}
		at = skip_blanks(at);
	}
	if (*at != '\0') {
		strbuf_addf(err, "has more than five fields: '%.40s' is left", at);
		return false;
	}
	if ((bits[WEEKDAYS] >> SUNDAY_TOO & 1) != 0)
		bits[WEEKDAYS] |= 1;
	*cron = (struct cron){
		.minutes = bits[MINUTES],
		.hours = (uint32_t)bits[HOURS],
		.days = (uint32_t)bits[DAYS],
		.months = (uint16_t)bits[MONTHS],
		.weekdays = (uint8_t)(bits[WEEKDAYS] & 0x7f),
		.every_hour = star[HOURS],
		.either_day = !star[DAYS] && !star[WEEKDAYS],
	};
	return true;
}

bool cron_parse(const char *text, struct cron *cron, struct strbuf *err)
{
	const struct wall_time leap_begins = {INT64_C(951782400) * NS_PER_S}; /* 2000-02-29 */
	const char *expression = text;

	for (size_t i = 0; i < BASE_LEN(shorthands); i++) {
		if (strcasecmp(shorthands[i].name, text) == 0)
			expression = shorthands[i].fields;
	}
	if (expression[0] == '@') {
		strbuf_adds(err, "is none of @hourly, @daily, @midnight, @weekly, @monthly, @yearly, "
				 "@annually");
		return false;
	}
	if (!read_fields(expression, cron, err))
		return false;
	if (cron_next(cron, leap_begins).ns == INT64_MAX) {
		strbuf_adds(err, "is never due: no such month has that day");
		return false;
	}
	return true;
}
