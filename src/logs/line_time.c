/* Time stamps as programs write them. Each reader takes one shape from a cursor and leaves the
 * cursor alone where the shape is another one; what a stamp does not say (year, date, zone) is
 * completed so that it lies in the past. */
#include "logs/line_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DAY_NS (86400 * NS_PER_S)

struct reader {
	const char *at, *end;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool take(struct reader *in, char c)
{
	if (in->at == in->end || *in->at != c)
		return false;
	in->at++;
	return true;
}

static bool take_any(struct reader *in, const char *set)
{
	if (in->at == in->end || *in->at == '\0' || strchr(set, *in->at) == NULL)
		return false;
	in->at++;
	return true;
}

/* Between `least` and `most` digits of a value in first..last. */
static bool take_number(struct reader *in, int least, int most, int first, int last, int *out)
{
	int value = 0, digits = 0;

	while (digits < most && in->at + digits < in->end && is_digit(in->at[digits]))
		value = value * 10 + (in->at[digits++] - '0');
	if (digits < least || value < first || value > last)
		return false;
	in->at += digits;
	*out = value;
	return true;
}

static bool take_month(struct reader *in, int *month)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	if (in->end - in->at < 3)
		return false;
	for (int i = 0; i < 12; i++) {
		if (strncasecmp(in->at, names + (size_t)i * 3, 3) == 0) {
			in->at += 3;
			*month = i + 1;
			return true;
		}
	}
	return false;
}

static bool take_clock(struct reader *in, struct civil_time *civil)
{
	int64_t scale = 100 * NS_PER_MS;

	if (!take_number(in, 2, 2, 0, 23, &civil->hour) || !take(in, ':') ||
	    !take_number(in, 2, 2, 0, 59, &civil->minute) || !take(in, ':') ||
	    !take_number(in, 2, 2, 0, 60, &civil->second))
		return false;
	if (in->end - in->at > 1 && (*in->at == '.' || *in->at == ',') && is_digit(in->at[1])) {
		for (in->at++; in->at < in->end && is_digit(*in->at); in->at++, scale /= 10)
			civil->nanosecond += (*in->at - '0') * scale;
	}
	return true;
}

/* ` +0100`, `+01:00`, `Z`, ` UTC`: the zones that logs write as words are few. */
static bool take_zone(struct reader *in, int *offset_s)
{
	static const struct {
		const char *name;
		int hours;
	} zones[] = {{"UTC", 0},  {"GMT", 0},  {"Z", 0},    {"CET", 1},	 {"CEST", 2},
		     {"BST", 1},  {"EST", -5}, {"EDT", -4}, {"CST", -6}, {"CDT", -5},
		     {"MST", -7}, {"MDT", -6}, {"PST", -8}, {"PDT", -7}};
	struct reader try = *in;
	int hours, minutes, sign;

	take(&try, ' ');
	if (try.end - try.at > 4 && (*try.at == '+' || *try.at == '-')) {
		sign = *try.at++ == '-' ? -1 : 1;
		if (!take_number(&try, 2, 2, 0, 18, &hours))
			return false;
		take(&try, ':');
		if (!take_number(&try, 2, 2, 0, 59, &minutes))
			return false;
		*offset_s = sign * (hours * 3600 + minutes * 60);
		in->at = try.at;
		return true;
	}
	for (size_t i = 0; i < BASE_LEN(zones); i++) {
		size_t len = strlen(zones[i].name);

		if ((size_t)(try.end - try.at) >= len && memcmp(try.at, zones[i].name, len) == 0 &&
		    (try.at + len == try.end || strchr(" ]):", try.at[len]) != NULL)) {
			*offset_s = zones[i].hours * 3600;
			in->at = try.at + len;
			return true;
		}
	}
	return false;
}

static void finish(struct reader *in, const struct civil_time *civil,
		   const struct line_clock *clock, struct wall_time *out)
{
	int offset_s = clock->utc_offset_s;

	take_zone(in, &offset_s);
	*out = civil_to_wall(civil, offset_s);
}

/* A date without a year: the newest that is not in the future, give or take a day of clocks. */
static void finish_year(struct reader *in, struct civil_time *civil, const struct line_clock *clock,
			struct wall_time *out)
{
	civil->year = civil_from_wall(clock->now, clock->utc_offset_s).year;
	finish(in, civil, clock, out);
	if (out->ns > clock->now.ns + DAY_NS) {
		civil->year--;
		*out = civil_to_wall(civil, clock->utc_offset_s);
	}
}

/* 2026-11-21T12:03:41.123Z, with a blank or comma, zone behind a blank. */
static bool read_iso(struct reader *in, const struct line_clock *clock, struct wall_time *out)
{
	size_t used = wall_parse(in->at, (size_t)(in->end - in->at), clock->utc_offset_s, out);
	int offset_s;

	if (used == 0)
		return false;
	in->at += used;
	if (is_digit(in->at[-1]) && take_zone(in, &offset_s))
		out->ns += (clock->utc_offset_s - offset_s) * NS_PER_S;
	return true;
}

/* 2026/11/21 12:03:41 (nginx, Go), 2026/11/21 - 12:03:41 (gin). */
static bool read_slashes(struct reader *in, const struct line_clock *clock, struct wall_time *out)
{
	struct civil_time civil = {0};
	struct reader try = *in;

	if (!take_number(&try, 4, 4, 1970, 2200, &civil.year) || !take(&try, '/') ||
	    !take_number(&try, 2, 2, 1, 12, &civil.month) || !take(&try, '/') ||
	    !take_number(&try, 2, 2, 1, 31, &civil.day) || !take(&try, ' '))
		return false;
	if (take(&try, '-'))
		take(&try, ' ');
	if (!take_clock(&try, &civil))
		return false;
	*in = try;
	finish(in, &civil, clock, out);
	return true;
}

/* Nov 21 12:03:41 (RFC 3164), Sat Nov 21 12:03:41.123456 2026 (Apache, ctime). */
static bool read_month_first(struct reader *in, const struct line_clock *clock,
			     struct wall_time *out)
{
	struct civil_time civil = {0};
	struct reader try = *in;
	int month;

	if (try.end - try.at > 4 && try.at[3] == ' ' && memchr("MTWFS", try.at[0], 5) != NULL) {
		struct reader weekday = {try.at + 4, try.end};

		if (take_month(&weekday, &month))
			try.at += 4;
	}
	if (!take_month(&try, &civil.month) || !take(&try, ' '))
		return false;
	take(&try, ' ');
	if (!take_number(&try, 1, 2, 1, 31, &civil.day) || !take(&try, ' ') ||
	    !take_clock(&try, &civil))
		return false;
	*in = try;
	if (take(&try, ' ') && take_number(&try, 4, 4, 1970, 2200, &civil.year)) {
		*in = try;
		finish(in, &civil, clock, out);
	} else {
		finish_year(in, &civil, clock, out);
	}
	return true;
}

/* 21 Nov 2026 12:03:41.123 (Redis), 21-Nov-2026 12:03:41.123 (Tomcat), 21/Nov/2026:12:03:41 +0000
 * (access logs). */
static bool read_day_first(struct reader *in, const struct line_clock *clock, struct wall_time *out)
{
	struct civil_time civil = {0};
	struct reader try = *in;

	if (!take_number(&try, 1, 2, 1, 31, &civil.day) || !take_any(&try, " -/") ||
	    !take_month(&try, &civil.month) || !take_any(&try, " -/") ||
	    !take_number(&try, 4, 4, 1970, 2200, &civil.year) || !take_any(&try, " :") ||
	    !take_clock(&try, &civil))
		return false;
	*in = try;
	finish(in, &civil, clock, out);
	return true;
}

/* 12:03:41.123: today, or yesterday where that is still to come. */
static bool read_clock_only(struct reader *in, const struct line_clock *clock,
			    struct wall_time *out)
{
	struct civil_time civil = civil_from_wall(clock->now, clock->utc_offset_s);
	struct reader try = *in;

	civil.nanosecond = 0;
	if (!take_clock(&try, &civil) || (try.at < try.end && strchr(" ]|\t", *try.at) == NULL))
		return false;
	*in = try;
	finish(in, &civil, clock, out);
	if (out->ns > clock->now.ns + 3600 * NS_PER_S)
		out->ns -= DAY_NS;
	return true;
}

/* E1121 12:03:41.123456 (klog): the caller reads the letter. */
static bool read_klog(struct reader *in, const struct line_clock *clock, struct wall_time *out)
{
	struct civil_time civil = {0};
	struct reader try = *in;

	if (!take_any(&try, "IWEF") || !take_number(&try, 2, 2, 1, 12, &civil.month) ||
	    !take_number(&try, 2, 2, 1, 31, &civil.day) || !take(&try, ' ') ||
	    !take_clock(&try, &civil))
		return false;
	*in = try;
	finish_year(in, &civil, clock, out);
	return true;
}

bool line_epoch(const char *text, size_t len, struct wall_time *out)
{
	static const struct {
		double below, scale;
	} sizes[] = {{1e11, 1e9}, {1e14, 1e6}, {1e17, 1e3}, {9.2e18, 1}};
	char number[40];
	char *end;
	double value;

	if (len == 0 || len >= sizeof(number) || !is_digit(text[0]))
		return false;
	memcpy(number, text, len);
	number[len] = '\0';
	value = strtod(number, &end);
	if (end != number + len || !(value >= 1e8))
		return false;
	for (size_t i = 0; i < BASE_LEN(sizes); i++) {
		if (value < sizes[i].below) {
			out->ns = (int64_t)llround(value * sizes[i].scale);
			return true;
		}
	}
	return false;
}

/* 1763726621.123 as a whole word of ten or thirteen digits. */
static bool read_epoch(struct reader *in, struct wall_time *out)
{
	const char *word = in->at;
	size_t digits = 0;

	while (in->at + digits < in->end && is_digit(word[digits]))
		digits++;
	if (digits != 10 && digits != 13)
		return false;
	while (word + digits < in->end && (is_digit(word[digits]) || word[digits] == '.'))
		digits++;
	if (word + digits == in->end || strchr(" ]\t", word[digits]) == NULL ||
	    !line_epoch(word, digits, out))
		return false;
	in->at += digits;
	return true;
}

size_t line_stamp(const char *text, size_t len, const struct line_clock *clock,
		  struct wall_time *out)
{
	struct reader in = {text, text + len};
	char open = '\0';

	if (len > 0 && (text[0] == '[' || text[0] == '(')) {
		open = text[0];
		in.at++;
	}
	if (!read_iso(&in, clock, out) && !read_slashes(&in, clock, out) &&
	    !read_month_first(&in, clock, out) && !read_day_first(&in, clock, out) &&
	    !read_clock_only(&in, clock, out) && !read_klog(&in, clock, out) &&
	    !read_epoch(&in, out))
		return 0;
	if (open != '\0')
		take(&in, open == '[' ? ']' : ')');
	return (size_t)(in.at - text);
}

bool line_access_stamp(const char *text, size_t len, const struct line_clock *clock,
		       struct wall_time *out)
{
	size_t limit = len < 512 ? len : 512; /* past the address, identity and user */

	for (size_t i = 0; i + 20 < limit; i++) {
		struct reader in = {text + i + 1, text + len};

		if (text[i] == '[' && is_digit(text[i + 1]) && read_day_first(&in, clock, out))
			return true;
	}
	return false;
}
