/* Time zones from the system's TZif files (RFC 8536): the second, 64-bit block, and the rule in
 * the footer for what comes after it (POSIX.1-2017 section 8.3, TZ, its M form). libc knows one
 * zone a process, and its setter is not for threads, so this reads the files itself. Invariant:
 * every length in the file is checked against its bytes. */
#include "config/zone.h"

#include "base/vec.h"
#include "config/file.h"

#define FOLDER "/usr/share/zoneinfo/"
#define FILE_MOST (64u << 10)
#define HEADER 44
#define SHIFTS_MOST 2000

struct shift_vec VEC_OF(struct zone_shift);

/* What is left of the file. */
struct cursor {
	const unsigned char *at;
	size_t left;
};

static const unsigned char *take(struct cursor *cursor, size_t len)
{
	const unsigned char *at = cursor->at;

	if (cursor->left < len)
		return NULL;
	cursor->at += len;
	cursor->left -= len;
	return at;
}

static int64_t big_endian(const unsigned char *at, size_t len)
{
	uint64_t value = (at[0] & 0x80) != 0 && len == 4 ? UINT64_MAX << 32 : 0;

	for (size_t i = 0; i < len; i++)
		value |= (uint64_t)at[i] << (8 * (len - 1 - i));
	return (int64_t)value;
}

/* The six counts of a header, in the file's order. */
enum { UTC_COUNT, STD_COUNT, LEAP_COUNT, TIME_COUNT, TYPE_COUNT, CHAR_COUNT, COUNTS };

static bool read_header(struct cursor *cursor, size_t counts[COUNTS])
{
	const unsigned char *header = take(cursor, HEADER);

	if (header == NULL || memcmp(header, "TZif", 4) != 0 || header[4] < '2')
		return false;
	for (size_t i = 0; i < COUNTS; i++) {
		counts[i] = (size_t)big_endian(header + 20 + 4 * i, 4);
		if (counts[i] > FILE_MOST)
			return false;
	}
	return counts[TYPE_COUNT] != 0;
}

static void add_shift(struct shift_vec *shifts, int64_t from_s, int offset_s,
		      struct wall_time until)
{
	int64_t most = INT64_MAX / NS_PER_S;

	if (from_s > until.ns / NS_PER_S || shifts->len >= SHIFTS_MOST)
		return;
	vec_push(shifts, ((struct zone_shift){
				 .from.ns = from_s <= -most ? INT64_MIN : from_s * NS_PER_S,
				 .offset_s = offset_s,
			 }));
}

/* The 64-bit block; leaves the cursor at the footer. */
static bool read_block(struct cursor *cursor, struct shift_vec *shifts, struct wall_time until,
		       int64_t *last_s)
{
	size_t counts[COUNTS];
	const unsigned char *times, *indices, *types;

	if (!read_header(cursor, counts))
		return false;
	times = take(cursor, counts[TIME_COUNT] * 8);
	indices = take(cursor, counts[TIME_COUNT]);
	types = take(cursor, counts[TYPE_COUNT] * 6);
	if (times == NULL || indices == NULL || types == NULL ||
	    take(cursor, counts[CHAR_COUNT] + counts[LEAP_COUNT] * 12 + counts[STD_COUNT] +
				 counts[UTC_COUNT]) == NULL)
		return false;
	add_shift(shifts, INT64_MIN / NS_PER_S, (int)big_endian(types, 4), until);
	for (size_t i = 0; i < counts[TIME_COUNT]; i++) {
		if (indices[i] >= counts[TYPE_COUNT])
			return false;
		*last_s = big_endian(times + 8 * i, 8);
		add_shift(shifts, *last_s, (int)big_endian(types + 6 * indices[i], 4), until);
	}
	return true;
}

/* --- the footer: "CET-1CEST,M3.5.0,M10.5.0/3" ------------------------------------------------ */

struct rule {
	int month, week, weekday; /* week 5 = the last one */
	int time_s;		  /* local, may be negative or past midnight */
};

static void skip_name(const char **at)
{
	if (**at == '<') {
		*at += strcspn(*at, ">");
		*at += **at == '>';
		return;
	}
	while ((**at >= 'A' && **at <= 'Z') || (**at >= 'a' && **at <= 'z'))
		(*at)++;
}

static int read_int(const char **at)
{
	int value = 0;

	while (**at >= '0' && **at <= '9' && value < 1000)
		value = value * 10 + (*(*at)++ - '0');
	return value;
}

/* [+-]hh[:mm[:ss]] in seconds. */
static int read_time(const char **at)
{
	int sign = **at == '-' ? -1 : 1;
	int seconds;

	if (**at == '-' || **at == '+')
		(*at)++;
	seconds = read_int(at) * 3600;
	for (int unit = 60; unit > 0 && **at == ':'; unit /= 60) {
		(*at)++;
		seconds += read_int(at) * unit;
	}
	return sign * seconds;
}

/* ",Mm.w.d[/time]" */
static bool read_rule(const char **at, struct rule *rule)
{
	if (strncmp(*at, ",M", 2) != 0)
		return false;
	*at += 2;
	rule->month = read_int(at);
	*at += **at == '.';
	rule->week = read_int(at);
	*at += **at == '.';
	rule->weekday = read_int(at);
	rule->time_s = 2 * 3600;
	if (**at == '/') {
		(*at)++;
		rule->time_s = read_time(at);
	}
	return rule->month >= 1 && rule->month <= 12 && rule->week >= 1 && rule->week <= 5 &&
	       rule->weekday <= 6;
}

/* The moment a rule names in one year, in seconds UTC; `offset_s` holds just before it. */
static int64_t rule_at(const struct rule *rule, int year, int offset_s)
{
	struct civil_time first = {.year = year, .month = rule->month, .day = 1};
	struct civil_time next = {.year = year + rule->month / 12,
				  .month = rule->month % 12 + 1,
				  .day = 1};
	int64_t start = civil_to_wall(&first, 0).ns / NS_PER_S;
	int64_t days = (civil_to_wall(&next, 0).ns / NS_PER_S - start) / 86400;
	int weekday = civil_from_wall((struct wall_time){start * NS_PER_S}, 0).weekday;
	int64_t day = (rule->weekday - weekday + 7) % 7 + 7 * (rule->week - 1);

	while (day >= days)
		day -= 7;
	return start + day * 86400 + rule->time_s - offset_s;
}

/* Adds what the rule says for the years after the file's last change. */
static void read_footer(const char *text, struct shift_vec *shifts, int64_t last_s,
			struct wall_time until)
{
	const char *at = text;
	struct rule begin, end;
	int standard, summer;
	int year = civil_from_wall((struct wall_time){last_s * NS_PER_S}, 0).year;
	int last_year = civil_from_wall(until, 0).year;

	skip_name(&at);
	standard = -read_time(&at);
	if (*at == '\0')
		return;
	skip_name(&at);
	summer = standard + 3600;
	if (*at != ',')
		summer = -read_time(&at);
	if (!read_rule(&at, &begin) || !read_rule(&at, &end))
		return;
	for (; year <= last_year; year++) {
		int64_t on = rule_at(&begin, year, standard);
		int64_t off = rule_at(&end, year, summer);
		bool south = off < on;

		if ((south ? off : on) > last_s)
			add_shift(shifts, south ? off : on, south ? standard : summer, until);
		if ((south ? on : off) > last_s)
			add_shift(shifts, south ? on : off, south ? summer : standard, until);
	}
}

static bool parse(const struct strbuf *bytes, struct shift_vec *shifts, struct wall_time until)
{
	struct cursor cursor = {.at = (const unsigned char *)bytes->data, .left = bytes->len};
	size_t counts[COUNTS];
	int64_t last_s = 0;
	char footer[128] = "";

	if (!read_header(&cursor, counts) ||
	    take(&cursor, counts[TIME_COUNT] * 5 + counts[TYPE_COUNT] * 6 + counts[CHAR_COUNT] +
				  counts[LEAP_COUNT] * 8 + counts[STD_COUNT] + counts[UTC_COUNT]) ==
		    NULL ||
	    !read_block(&cursor, shifts, until, &last_s))
		return false;
	if (cursor.left > 2 && cursor.left < sizeof(footer) && cursor.at[0] == '\n') {
		memcpy(footer, cursor.at + 1, cursor.left - 2);
		read_footer(footer, shifts, last_s, until);
	}
	return true;
}

static bool name_is_sound(const char *name)
{
	return name[0] != '\0' && name[0] != '/' && strstr(name, "..") == NULL && strlen(name) < 64;
}

const struct zone_shift *zone_load(struct arena *arena, const char *name, struct wall_time until,
				   size_t *count, struct strbuf *err)
{
	const struct zone_shift *result = NULL;
	struct shift_vec shifts = {0};
	struct strbuf bytes;
	char *path;

	*count = 0;
	if (!name_is_sound(name)) {
		strbuf_addf(err, "'%.60s' is no time zone like Europe/Vienna", name);
		return NULL;
	}
	path = xasprintf("%s%s", FOLDER, name);
	strbuf_init(&bytes, FILE_MOST);
	if (!file_read(path, &bytes, NULL, err)) {
		strbuf_reset(err);
		strbuf_addf(err, "there is no time zone '%s' in %s", name, FOLDER);
	} else if (!parse(&bytes, &shifts, until)) {
		strbuf_addf(err, "%s is no time zone file", path);
	} else {
		*count = shifts.len;
		result = arena_memdup(arena, shifts.at, shifts.len * sizeof(*shifts.at));
	}
	vec_release(&shifts);
	strbuf_release(&bytes);
	free(path);
	return result;
}
