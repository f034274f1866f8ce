/* Numbers that people write and read. Invariants: nothing here depends on the locale, no input
 * overflows silently, and no output is longer than some 24 bytes. See units.h. */
#include "base/units.h"

#include "base/clock.h"
#include "base/xalloc.h"

#include <locale.h>
#include <math.h>

#define NS_PER_MIN (60 * NS_PER_S)
#define NS_PER_HOUR (60 * NS_PER_MIN)
#define NS_PER_DAY (24 * NS_PER_HOUR)
#define NS_PER_YEAR (365 * NS_PER_DAY)

struct unit {
	const char *name;
	uint64_t size;
};

/* Largest first: a duration names each unit at most once and in this order. */
static const struct unit duration_units[] = {
	{"y", (uint64_t)NS_PER_YEAR}, {"w", (uint64_t)(7 * NS_PER_DAY)}, {"d", (uint64_t)NS_PER_DAY},
	{"h", (uint64_t)NS_PER_HOUR}, {"m", (uint64_t)NS_PER_MIN},       {"s", (uint64_t)NS_PER_S},
	{"ms", (uint64_t)NS_PER_MS},  {"us", (uint64_t)NS_PER_US},       {"ns", 1},
};

static const struct unit byte_units[] = {
	{"", 1},
	{"b", 1},
	{"k", 1000},
	{"kb", 1000},
	{"kib", UINT64_C(1) << 10},
	{"m", 1000000},
	{"mb", 1000000},
	{"mib", UINT64_C(1) << 20},
	{"g", 1000000000},
	{"gb", 1000000000},
	{"gib", UINT64_C(1) << 30},
	{"t", UINT64_C(1000000000000)},
	{"tb", UINT64_C(1000000000000)},
	{"tib", UINT64_C(1) << 40},
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

__extension__ typedef unsigned __int128 wide;

/* `digits[0..len)` = "12" or "1.5", times `unit`; what is smaller than one unit of the result
 * is dropped, and so are decimals past the 18th. False on overflow. */
static bool scale(const char *digits, size_t len, uint64_t unit, uint64_t *out)
{
	uint64_t whole = 0, decimals = 0, power = 1;
	size_t i = 0;

	for (; i < len && digits[i] != '.'; i++) {
		if (__builtin_mul_overflow(whole, 10, &whole) ||
		    __builtin_add_overflow(whole, (uint64_t)(digits[i] - '0'), &whole))
			return false;
	}
	for (i++; i < len && power < UINT64_C(1000000000000000000); i++) {
		decimals = decimals * 10 + (uint64_t)(digits[i] - '0');
		power *= 10;
	}
	return !__builtin_mul_overflow(whole, unit, &whole) &&
	       !__builtin_add_overflow(whole, (uint64_t)((wide)decimals * unit / power), out);
}

/* Bytes of a decimal number without sign or exponent ("12", "1.5"), 0 where there is none. */
static size_t decimal_len(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len && is_digit(text[i]))
		i++;
	if (i != 0 && i + 1 < len && text[i] == '.' && is_digit(text[i + 1])) {
		i++;
		while (i < len && is_digit(text[i]))
			i++;
	}
	return i;
}

static size_t letters_len(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len && is_letter(text[i]))
		i++;
	return i;
}

bool duration_parse(const char *text, size_t len, int64_t *ns)
{
	uint64_t total = 0;
	size_t at = 0;
	size_t unit = 0;

	if (len == 0)
		return false;
	while (at < len) {
		size_t number = decimal_len(text + at, len - at);
		size_t letters = letters_len(text + at + number, len - at - number);
		const char *name = text + at + number;
		uint64_t part;

		if (number == 0 || letters == 0)
			return false;
		while (unit < BASE_LEN(duration_units) &&
		       (strlen(duration_units[unit].name) != letters ||
			memcmp(duration_units[unit].name, name, letters) != 0))
			unit++;
		if (unit == BASE_LEN(duration_units) ||
		    !scale(text + at, number, duration_units[unit].size, &part) ||
		    __builtin_add_overflow(total, part, &total) || total > INT64_MAX)
			return false;
		unit++;
		at += number + letters;
	}
	*ns = (int64_t)total;
	return true;
}

/* "4m12s": `ns` in `big` and what is left in `small`, which is not shown when it is zero. */
static void two_units(struct strbuf *out, int64_t ns, int64_t big, const char *big_name,
		      int64_t small, const char *small_name)
{
	int64_t rest = ns % big / small;

	strbuf_addf(out, "%lld%s", (long long)(ns / big), big_name);
	if (rest != 0)
		strbuf_addf(out, "%lld%s", (long long)rest, small_name);
}

/* "1.5s", "9s", "45s": a tenth only below ten and only where there is one. */
static void tenths(struct strbuf *out, int64_t ns, int64_t unit, const char *name)
{
	int64_t tenth = ns % unit / (unit / 10);

	strbuf_addf(out, "%lld", (long long)(ns / unit));
	if (tenth != 0 && ns / unit < 10)
		strbuf_addf(out, ".%lld", (long long)tenth);
	strbuf_adds(out, name);
}

static void minutes_and_up(struct strbuf *out, int64_t ns)
{
	if (ns < NS_PER_HOUR)
		two_units(out, ns, NS_PER_MIN, "m", NS_PER_S, "s");
	else if (ns < NS_PER_DAY)
		two_units(out, ns, NS_PER_HOUR, "h", NS_PER_MIN, "m");
	else if (ns < NS_PER_YEAR)
		two_units(out, ns, NS_PER_DAY, "d", NS_PER_HOUR, "h");
	else
		two_units(out, ns, NS_PER_YEAR, "y", NS_PER_DAY, "d");
}

static int64_t without_sign(struct strbuf *out, int64_t ns)
{
	if (ns >= 0)
		return ns;
	strbuf_addc(out, '-');
	return ns == INT64_MIN ? INT64_MAX : -ns;
}

void duration_format(struct strbuf *out, int64_t ns)
{
	ns = without_sign(out, ns);
	if (ns == 0)
		strbuf_adds(out, "0s");
	else if (ns < NS_PER_MS)
		strbuf_addf(out, "0.%dms", (int)(ns / (NS_PER_MS / 10)));
	else if (ns < NS_PER_S)
		tenths(out, ns, NS_PER_MS, "ms");
	else if (ns < NS_PER_MIN)
		tenths(out, ns, NS_PER_S, "s");
	else
		minutes_and_up(out, ns);
}

void age_format(struct strbuf *out, int64_t ns)
{
	ns = without_sign(out, ns);
	if (ns < NS_PER_MIN)
		strbuf_addf(out, "%ds", (int)(ns / NS_PER_S));
	else
		minutes_and_up(out, ns);
}

void latency_format(struct strbuf *out, int64_t ns)
{
	int64_t tenths_ms, ms, tenths_s;

	ns = without_sign(out, ns);
	/* Each range rounds by itself; what rounds up to its end belongs to the next one. */
	tenths_ms = ns / (NS_PER_MS / 10) + (ns % (NS_PER_MS / 10) >= NS_PER_MS / 20 ? 1 : 0);
	ms = ns / NS_PER_MS + (ns % NS_PER_MS >= NS_PER_MS / 2 ? 1 : 0);
	tenths_s = ns / (NS_PER_S / 10) + (ns % (NS_PER_S / 10) >= NS_PER_S / 20 ? 1 : 0);
	if (tenths_ms < 10)
		strbuf_addf(out, "0.%dms", (int)tenths_ms);
	else if (ms < 100)
		strbuf_addf(out, "%dms", (int)ms);
	else if ((ms + 5) / 10 < 100)
		strbuf_addf(out, "%dms", (int)((ms + 5) / 10 * 10));
	else if (tenths_s < 100)
		strbuf_addf(out, "%d.%ds", (int)(tenths_s / 10), (int)(tenths_s % 10));
	else if (ns < NS_PER_MIN)
		strbuf_addf(out, "%ds", (int)((ns + NS_PER_S / 2) / NS_PER_S));
	else
		minutes_and_up(out, ns);
}

bool bytes_parse(const char *text, size_t len, uint64_t *bytes)
{
	size_t number = decimal_len(text, len);
	char unit[4] = "";

	if (number == 0 || len - number >= sizeof(unit))
		return false;
	for (size_t i = number; i < len; i++) {
		if (!is_letter(text[i]))
			return false;
		unit[i - number] = (char)(text[i] | 0x20);
	}
	for (size_t i = 0; i < BASE_LEN(byte_units); i++) {
		if (strcmp(byte_units[i].name, unit) == 0)
			return scale(text, number, byte_units[i].size, bytes);
	}
	return false;
}

void bytes_format(struct strbuf *out, uint64_t bytes)
{
	static const char *const names[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
	uint64_t unit = 1000;
	size_t name = 0;
	uint64_t tenth;

	if (bytes < 1000) {
		strbuf_addf(out, "%dB", (int)bytes);
		return;
	}
	/* 999.5 of a unit and more would round to a thousand of it. */
	while (name + 1 < BASE_LEN(names) && bytes / unit * 2 + (bytes % unit * 2 >= unit) >= 1999) {
		unit *= 1000;
		name++;
	}
	tenth = bytes / (unit / 10) + (bytes % (unit / 10) >= unit / 20 ? 1 : 0);
	if (tenth < 100 && tenth % 10 != 0)
		strbuf_addf(out, "%d.%d%s", (int)(tenth / 10), (int)(tenth % 10), names[name]);
	else if (tenth < 100)
		strbuf_addf(out, "%d%s", (int)(tenth / 10), names[name]);
	else
		strbuf_addf(out, "%d%s", (int)(bytes / unit + (bytes % unit >= unit / 2 ? 1 : 0)),
			    names[name]);
}

/* Bytes of a number in JSON's grammar at the start of `text`, 0 where there is none. */
static size_t json_number_len(const char *text, size_t len)
{
	size_t i = len != 0 && text[0] == '-' ? 1 : 0;
	size_t digits = i;

	while (i < len && is_digit(text[i]))
		i++;
	if (i == digits || (text[digits] == '0' && i - digits > 1))
		return 0;
	if (i < len && text[i] == '.') {
		digits = ++i;
		while (i < len && is_digit(text[i]))
			i++;
		if (i == digits)
			return 0;
	}
	if (i < len && (text[i] == 'e' || text[i] == 'E')) {
		i++;
		if (i < len && (text[i] == '+' || text[i] == '-'))
			i++;
		digits = i;
		while (i < len && is_digit(text[i]))
			i++;
		if (i == digits)
			return 0;
	}
	return i;
}

/* strtod() without the locale's decimal point. */
static double read_double(const char *text)
{
	locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	double number;

	if (c == (locale_t)0)
		BUG("no C locale");
	number = strtod_l(text, NULL, c);
	freelocale(c);
	return number;
}

bool number_parse(const char *text, size_t len, double *number)
{
	char small[64];
	char *copy = small;
	double value;

	if (len == 0 || json_number_len(text, len) != len)
		return false;
	if (len >= sizeof(small))
		copy = xmalloc(len + 1);
	memcpy(copy, text, len);
	copy[len] = '\0';
	value = read_double(copy);
	if (copy != small)
		free(copy);
	if (!isfinite(value))
		return false;
	*number = value;
	return true;
}

/* printf's %g to the form we write: the locale's point becomes ".", "e+07" becomes "e7". */
static void add_plain(struct strbuf *out, const char *text)
{
	bool exponent = false;

	for (const char *c = text; *c != '\0'; c++) {
		if (*c == 'e') {
			exponent = true;
			strbuf_addc(out, 'e');
			if (c[1] == '-')
				strbuf_addc(out, '-');
			c++;
			while (c[1] == '0')
				c++;
		} else if (is_digit(*c) || *c == '-') {
			strbuf_addc(out, *c);
		} else if (!exponent) {
			strbuf_addc(out, '.');
		}
	}
}

void number_format(struct strbuf *out, double number)
{
	char text[40];

	if (isnan(number)) {
		strbuf_adds(out, "nan");
		return;
	}
	if (isinf(number)) {
		strbuf_adds(out, number < 0 ? "-inf" : "inf");
		return;
	}
	if (fabs(number) < 1e15 && number >= -1e15 && floor(number) == number) {
		strbuf_addf(out, "%lld", (long long)number);
		return;
	}
	/* 15 digits always survive and %g drops their zeros, so fewer are worth a try only where
	 * a double holds fewer: below the normal range. */
	for (int digits = fabs(number) < 1e-307 ? 1 : 15; digits <= 17; digits++) {
		struct strbuf plain;
		bool same;

		(void)snprintf(text, sizeof(text), "%.*g", digits, number);
		strbuf_init(&plain, sizeof(text));
		add_plain(&plain, text);
		same = digits == 17 || !(read_double(plain.data) < number ||
					 read_double(plain.data) > number);
		if (same)
			strbuf_add(out, plain.data, plain.len);
		strbuf_release(&plain);
		if (same)
			return;
	}
}
