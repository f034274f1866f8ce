/* Time. The only file that reads a clock; calendar arithmetic and RFC 3339 next to it, pure.
 * Invariant: nothing here depends on the time zone but clock_utc_offset(). See clock.h. */
#include "base/clock.h"

#define DAY_S INT64_C(86400)
/* Years that 64 bits of nanoseconds around 1970 hold whole. */
#define YEAR_MIN 1678
#define YEAR_MAX 2261

static int64_t read_clock(clockid_t id)
{
	struct timespec now;

	if (clock_gettime(id, &now) != 0)
		BUG("clock %d cannot be read", (int)id);
	return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

struct mono_time clock_mono(void)
{
	return (struct mono_time){.ns = read_clock(CLOCK_MONOTONIC)};
}

struct wall_time clock_wall(void)
{
	return (struct wall_time){.ns = read_clock(CLOCK_REALTIME)};
}

int64_t clock_suspended_ns(void)
{
	int64_t boot = read_clock(CLOCK_BOOTTIME);

	return boot - read_clock(CLOCK_MONOTONIC);
}

/* Division that rounds towards minus infinity: times before 1970 have the same calendar. */
static int64_t floor_div(int64_t a, int64_t b)
{
	int64_t quotient = a / b;

	return a % b < 0 ? quotient - 1 : quotient;
}

int clock_utc_offset(struct wall_time at)
{
	time_t seconds = (time_t)floor_div(at.ns, NS_PER_S);
	struct tm local;

	if (localtime_r(&seconds, &local) == NULL)
		return 0;
	return (int)local.tm_gmtoff;
}

/* Days since 1970-01-01. The year is taken to start in March, so that the leap day is its last
 * and every 400 years have the same 146,097 days. */
static int64_t days_from_civil(int year, int month, int day)
{
	int64_t y = month <= 2 ? (int64_t)year - 1 : year;
	int64_t era = floor_div(y, 400);
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
	       day_of_year - 719468;
}

struct civil_time civil_from_wall(struct wall_time at, int utc_offset_s)
{
	int64_t seconds = floor_div(at.ns, NS_PER_S);
	int64_t local = seconds + utc_offset_s;
	int64_t days = floor_div(local, DAY_S);
	int64_t second_of_day = local - days * DAY_S;
	int64_t z = days + 719468;
	int64_t era = floor_div(z, 146097);
	int64_t day_of_era = z - era * 146097;
	int64_t year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t march_month = (5 * day_of_year + 2) / 153;
	int month = (int)(march_month < 10 ? march_month + 3 : march_month - 9);

	return (struct civil_time){
		.year = (int)(year_of_era + era * 400 + (month <= 2 ? 1 : 0)),
		.month = month,
		.day = (int)(day_of_year - (153 * march_month + 2) / 5 + 1),
		.hour = (int)(second_of_day / 3600),
		.minute = (int)(second_of_day / 60 % 60),
		.second = (int)(second_of_day % 60),
		.weekday = (int)(((days + 4) % 7 + 7) % 7),
		.nanosecond = (at.ns % NS_PER_S + NS_PER_S) % NS_PER_S,
	};
}

struct wall_time civil_to_wall(const struct civil_time *civil, int utc_offset_s)
{
	int64_t days = days_from_civil(civil->year, civil->month, civil->day);
	int64_t seconds = days * DAY_S + civil->hour * INT64_C(3600) + civil->minute * INT64_C(60) +
			  civil->second - utc_offset_s;

	return (struct wall_time){.ns = seconds * NS_PER_S + civil->nanosecond};
}

void wall_format(struct strbuf *out, struct wall_time at, bool milliseconds)
{
	struct civil_time c = civil_from_wall(at, 0);

	strbuf_addf(out, "%04d-%02d-%02dT%02d:%02d:%02d", c.year, c.month, c.day, c.hour, c.minute,
		    c.second);
	if (milliseconds)
		strbuf_addf(out, ".%03d", (int)(c.nanosecond / NS_PER_MS));
	strbuf_addc(out, 'Z');
}

struct cursor {
	const char *text;
	size_t len;
	size_t at;
};

static int peek(const struct cursor *in)
{
	return in->at < in->len ? (unsigned char)in->text[in->at] : -1;
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

/* Exactly `count` digits, with a value in lowest..highest. */
static bool take_number(struct cursor *in, int count, int lowest, int highest, int *out)
{
	int value = 0;

	if (in->len - in->at < (size_t)count)
		return false;
	for (int i = 0; i < count; i++) {
		int c = (unsigned char)in->text[in->at + (size_t)i];

		if (!is_digit(c))
			return false;
		value = value * 10 + (c - '0');
	}
	if (value < lowest || value > highest)
		return false;
	in->at += (size_t)count;
	*out = value;
	return true;
}

static bool take(struct cursor *in, char c)
{
	if (peek(in) != c)
		return false;
	in->at++;
	return true;
}

static bool take_date(struct cursor *in, struct civil_time *c)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap;

	if (!take_number(in, 4, YEAR_MIN, YEAR_MAX, &c->year) || !take(in, '-') ||
	    !take_number(in, 2, 1, 12, &c->month) || !take(in, '-') ||
	    !take_number(in, 2, 1, 31, &c->day))
		return false;
	leap = (c->year % 4 == 0 && c->year % 100 != 0) || c->year % 400 == 0;
	return c->day <= days[c->month - 1] + (c->month == 2 && leap ? 1 : 0);
}

/* `.` or `,` and digits; those past nanoseconds are read and dropped. */
static void take_fraction(struct cursor *in, struct civil_time *c)
{
	int64_t unit = NS_PER_S / 10;

	if ((peek(in) != '.' && peek(in) != ',') || in->at + 1 >= in->len ||
	    !is_digit((unsigned char)in->text[in->at + 1]))
		return;
	for (in->at++; is_digit(peek(in)); in->at++) {
		c->nanosecond += (peek(in) - '0') * unit;
		unit /= 10;
	}
}

/* `Z`, `+hh`, `+hhmm`, `+hh:mm`, after one blank too when it has four digits ("12:03:41 +0000");
 * leaves the cursor where there is none. */
static bool take_offset(struct cursor *in, int *offset_s)
{
	struct cursor try = *in;
	bool blank = take(&try, ' ');
	int sign, hours, minutes = 0;

	if (!blank && (take(&try, 'Z') || take(&try, 'z'))) {
		*offset_s = 0;
		*in = try;
		return true;
	}
	sign = take(&try, '+') ? 1 : take(&try, '-') ? -1 : 0;
	if (sign == 0 || !take_number(&try, 2, 0, 23, &hours))
		return false;
	if (take(&try, ':') || is_digit(peek(&try))) {
		if (!take_number(&try, 2, 0, 59, &minutes))
			return false;
	} else if (blank) {
		return false;
	}
	*offset_s = sign * (hours * 3600 + minutes * 60);
	*in = try;
	return true;
}

size_t wall_parse(const char *text, size_t len, int default_offset_s, struct wall_time *out)
{
	struct cursor in = {.text = text, .len = len};
	struct civil_time c = {0};
	int offset_s = default_offset_s;

	if (!take_date(&in, &c))
		return 0;
	if (!take(&in, 'T') && !take(&in, 't') && !take(&in, ' '))
		return 0;
	if (!take_number(&in, 2, 0, 23, &c.hour) || !take(&in, ':') ||
	    !take_number(&in, 2, 0, 59, &c.minute))
		return 0;
	if (take(&in, ':')) {
		/* 60 is a leap second; it becomes the first of the next minute. */
		if (!take_number(&in, 2, 0, 60, &c.second))
			return 0;
		take_fraction(&in, &c);
	}
	if (is_digit(peek(&in)))
		return 0;
	(void)take_offset(&in, &offset_s);
	*out = civil_to_wall(&c, offset_s);
	return in.at;
}
