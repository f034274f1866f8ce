/* The key decoder: a buffer of bytes and one question, "what is the first key in it?". Each
 * reader below answers with the bytes it consumed, 0 for "more bytes may change the answer".
 * Invariant: a prefix of a sequence is never told as keys before its time is up, so a slow line
 * does not turn an arrow into Esc, [, A. */
#include "term/decode.h"

#include "base/utf8.h"

#include <string.h>

#define ESCAPE_WAIT_NS (25 * NS_PER_MS)	   /* a lone Esc */
#define SEQUENCE_WAIT_NS (250 * NS_PER_MS) /* a sequence that stopped half-way */
#define DOUBLE_CLICK_NS (400 * NS_PER_MS)
#define PARAMS_MAX 8
#define SEQUENCE_MAX 256 /* longer ones are noise */

/* What one sequence says, besides its length. */
struct reading {
	struct key key;
	bool is_key; /* false: swallowed */
};

void decoder_init(struct decoder *decoder)
{
	memset(decoder, 0, sizeof(*decoder));
}

size_t decoder_room(const struct decoder *decoder)
{
	return sizeof(decoder->bytes) - decoder->len;
}

void decoder_feed(struct decoder *decoder, struct mono_time now, const void *bytes, size_t len)
{
	if (len > decoder_room(decoder))
		BUG("%zu bytes of input do not fit", len);
	memcpy(decoder->bytes + decoder->len, bytes, len);
	decoder->len += len;
	decoder->arrived = now;
}

static void set_key(struct reading *reading, enum key_code code, unsigned mods, uint32_t cp)
{
	memset(&reading->key, 0, sizeof(reading->key));
	reading->key.code = code;
	reading->key.mods = mods;
	reading->key.cp = cp;
	reading->is_key = true;
}

/* xterm's modifier parameter: 1 + shift 1, alt 2, ctrl 4, meta 8. */
static unsigned mods_of(int parameter)
{
	unsigned bits = parameter > 1 ? (unsigned)parameter - 1 : 0;
	unsigned mods = 0;

	if ((bits & 1) != 0)
		mods |= KEY_MOD_SHIFT;
	if ((bits & (2 | 8)) != 0)
		mods |= KEY_MOD_ALT;
	if ((bits & 4) != 0)
		mods |= KEY_MOD_CTRL;
	return mods;
}

static void set_code_point(struct reading *reading, uint32_t cp, unsigned mods)
{
	switch (cp) {
	case '\r':
	case '\n':
		set_key(reading, KEY_CODE_ENTER, mods, 0);
		break;
	case '\t':
		set_key(reading, KEY_CODE_TAB, mods, 0);
		break;
	case 0x08:
	case 0x7f:
		set_key(reading, KEY_CODE_BACKSPACE, mods, 0);
		break;
	case 0x1b:
		set_key(reading, KEY_CODE_ESCAPE, mods, 0);
		break;
	case 0:
		set_key(reading, KEY_CODE_CHAR, mods | KEY_MOD_CTRL, ' ');
		break;
	default:
		if (cp < 0x1b)
			set_key(reading, KEY_CODE_CHAR, mods | KEY_MOD_CTRL, cp + 'a' - 1);
		else if (cp < 0x20)
			set_key(reading, KEY_CODE_CHAR, mods | KEY_MOD_CTRL, cp + '@');
		else
			set_key(reading, KEY_CODE_CHAR, mods, cp);
	}
}

/* One character, UTF-8. */
static size_t read_character(const unsigned char *bytes, size_t len, bool waited, unsigned mods,
			     struct reading *reading)
{
	size_t need = bytes[0] < 0xc2	? 1
		      : bytes[0] < 0xe0 ? 2
		      : bytes[0] < 0xf0 ? 3
		      : bytes[0] < 0xf5 ? 4
					: 1;
	uint32_t cp;
	size_t used;

	if (len < need && !waited) {
		size_t i;

		for (i = 1; i < len && (bytes[i] & 0xc0) == 0x80; i++)
			continue;
		if (i == len)
			return 0;
	}
	used = utf8_decode((const char *)bytes, len, &cp);
	set_code_point(reading, cp, mods);
	return used;
}

/* Keys that CSI and SS3 end with a letter. */
static bool letter_key(unsigned char final, unsigned mods, struct reading *reading)
{
	static const struct {
		unsigned char final;
		enum key_code code;
		uint32_t cp;
	} letters[] = {
		{'A', KEY_CODE_UP, 0},	 {'B', KEY_CODE_DOWN, 0},  {'C', KEY_CODE_RIGHT, 0},
		{'D', KEY_CODE_LEFT, 0}, {'H', KEY_CODE_HOME, 0},  {'F', KEY_CODE_END, 0},
		{'P', KEY_CODE_F, 1},	 {'Q', KEY_CODE_F, 2},	   {'R', KEY_CODE_F, 3},
		{'S', KEY_CODE_F, 4},	 {'M', KEY_CODE_ENTER, 0},
	};

	for (size_t i = 0; i < BASE_LEN(letters); i++) {
		if (letters[i].final == final) {
			set_key(reading, letters[i].code, mods, letters[i].cp);
			return true;
		}
	}
	return false;
}

/* Keys that CSI writes as a number and '~' (rxvt: '^' with Ctrl). */
static void number_key(int number, unsigned mods, struct decoder *decoder, struct reading *reading)
{
	static const struct {
		int number;
		enum key_code code;
		uint32_t cp;
	} numbers[] = {
		{1, KEY_CODE_HOME, 0},	  {3, KEY_CODE_DELETE, 0},    {4, KEY_CODE_END, 0},
		{5, KEY_CODE_PAGE_UP, 0}, {6, KEY_CODE_PAGE_DOWN, 0}, {7, KEY_CODE_HOME, 0},
		{8, KEY_CODE_END, 0},	  {11, KEY_CODE_F, 1},	      {12, KEY_CODE_F, 2},
		{13, KEY_CODE_F, 3},	  {14, KEY_CODE_F, 4},	      {15, KEY_CODE_F, 5},
		{17, KEY_CODE_F, 6},	  {18, KEY_CODE_F, 7},	      {19, KEY_CODE_F, 8},
		{20, KEY_CODE_F, 9},	  {21, KEY_CODE_F, 10},	      {23, KEY_CODE_F, 11},
		{24, KEY_CODE_F, 12},
	};

	if (number == 200 || number == 201) {
		decoder->pasting = number == 200;
		set_key(reading, number == 200 ? KEY_CODE_PASTE_BEGIN : KEY_CODE_PASTE_END, 0, 0);
		return;
	}
	for (size_t i = 0; i < BASE_LEN(numbers); i++) {
		if (numbers[i].number == number)
			set_key(reading, numbers[i].code, mods, numbers[i].cp);
	}
}

/* A mouse report: xterm's button byte, cell from 0, press or release. */
static void mouse_event(struct decoder *decoder, struct mono_time now, int button, int x, int y,
			bool press, struct reading *reading)
{
	enum mouse_button what;

	if (!press || (button & 32) != 0 || x < 0 || y < 0)
		return; /* releases and motion mean nothing here */
	if ((button & 64) != 0 && (button & 3) < 2) {
		what = (button & 3) == 0 ? MOUSE_WHEEL_UP : MOUSE_WHEEL_DOWN;
	} else if ((button & (64 | 128)) == 0 && (button & 3) == 0) {
		bool again = decoder->press_valid && decoder->press_x == x &&
			     decoder->press_y == y &&
			     now.ns - decoder->pressed.ns <= DOUBLE_CLICK_NS;

		what = again ? MOUSE_DOUBLE : MOUSE_LEFT;
		decoder->press_valid = !again; /* a third click starts anew */
		decoder->pressed = now;
		decoder->press_x = x;
		decoder->press_y = y;
	} else {
		return;
	}
	set_key(reading, KEY_CODE_MOUSE, 0, 0);
	if ((button & 4) != 0)
		reading->key.mods |= KEY_MOD_SHIFT;
	if ((button & 8) != 0)
		reading->key.mods |= KEY_MOD_ALT;
	if ((button & 16) != 0)
		reading->key.mods |= KEY_MOD_CTRL;
	reading->key.button = what;
	reading->key.x = x;
	reading->key.y = y;
}

struct csi {
	unsigned char private_mark; /* '<', '?', '>' or 0 */
	unsigned char final;
	int params[PARAMS_MAX];
	int count;
};

/* ECMA-48 5.4: parameters 0x30-0x3f, intermediates 0x20-0x2f, a final 0x40-0x7e. Returns the
 * bytes from ESC on, 0 where it has not ended, and stops before a byte that cannot be in it. */
static size_t parse_csi(const unsigned char *bytes, size_t len, struct csi *csi)
{
	size_t i = 2;
	bool digits = false;

	memset(csi, 0, sizeof(*csi));
	if (i < len && bytes[i] >= '<' && bytes[i] <= '?')
		csi->private_mark = bytes[i++];
	for (; i < len; i++) {
		unsigned char c = bytes[i];

		if (c >= '0' && c <= '9') {
			int *param = &csi->params[csi->count];

			if (csi->count < PARAMS_MAX && *param < 100000)
				*param = *param * 10 + (c - '0');
			digits = true;
		} else if (c == ';' || c == ':') {
			if (csi->count < PARAMS_MAX - 1)
				csi->count++;
			digits = true;
		} else if (c >= 0x40 && c <= 0x7e) {
			csi->final = c;
			csi->count += digits ? 1 : 0;
			return i + 1;
		} else if (c < 0x20 || c > 0x2f) {
			return i; /* no sequence: what came is swallowed, this byte is read anew */
		}
	}
	return 0;
}

static size_t read_csi(struct decoder *decoder, struct mono_time now, const unsigned char *bytes,
		       size_t len, struct reading *reading)
{
	struct csi csi;
	size_t used;

	if (len >= 3 && bytes[2] == '[') { /* the Linux console: ESC [ [ A is F1 */
		if (len < 4)
			return 0;
		if (bytes[3] >= 'A' && bytes[3] <= 'E')
			set_key(reading, KEY_CODE_F, 0, (uint32_t)(bytes[3] - 'A' + 1));
		return 4;
	}
	if (len >= 3 && bytes[2] == 'M') { /* X10 mouse: three bytes, each 32 too high */
		if (len < 6)
			return 0;
		mouse_event(decoder, now, bytes[3] - 32, bytes[4] - 33, bytes[5] - 33,
			    ((bytes[3] - 32) & 67) != 3, reading);
		return 6;
	}
	used = parse_csi(bytes, len, &csi);
	if (used == 0 || csi.final == 0)
		return used;
	if (csi.private_mark == '<') {
		if (csi.count == 3 && (csi.final == 'M' || csi.final == 'm'))
			mouse_event(decoder, now, csi.params[0], csi.params[1] - 1,
				    csi.params[2] - 1, csi.final == 'M', reading);
	} else if (csi.private_mark != 0) {
		return used; /* an answer to a question nobody asked */
	} else if (csi.final == '~') {
		number_key(csi.params[0], mods_of(csi.params[1]), decoder, reading);
	} else if (csi.final == '^') {
		number_key(csi.params[0], KEY_MOD_CTRL, decoder, reading);
	} else if (csi.final == 'Z') {
		set_key(reading, KEY_CODE_TAB, KEY_MOD_SHIFT, 0);
	} else if (csi.final == 'u' && csi.params[0] > 0 && csi.params[0] <= 0x10ffff) {
		set_code_point(reading, (uint32_t)csi.params[0], mods_of(csi.params[1]));
	} else if (csi.final != 'M') {
		letter_key(csi.final, mods_of(csi.params[1]), reading);
	}
	return used;
}

/* OSC, DCS, APC, PM, SOS: an answer of the terminal; swallowed up to BEL or ST. */
static size_t read_string(const unsigned char *bytes, size_t len)
{
	for (size_t i = 2; i < len && i < SEQUENCE_MAX; i++) {
		if (bytes[i] == 0x07)
			return i + 1;
		if (bytes[i] == 0x1b && i + 1 < len && bytes[i + 1] == '\\')
			return i + 2;
	}
	return 0;
}

static size_t read_escape(struct decoder *decoder, struct mono_time now, const unsigned char *bytes,
			  size_t len, struct reading *reading)
{
	if (len < 2)
		return 0;
	switch (bytes[1]) {
	case '[':
		return read_csi(decoder, now, bytes, len, reading);
	case 'O':
		if (len < 3)
			return 0;
		return letter_key(bytes[2], 0, reading) ? 3 : 2;
	case ']':
	case 'P':
	case '_':
	case '^':
	case 'X':
		return read_string(bytes, len);
	case 0x1b:
		set_key(reading, KEY_CODE_ESCAPE, 0, 0);
		return 1;
	default: {
		size_t used = read_character(bytes + 1, len - 1, false, KEY_MOD_ALT, reading);

		return used == 0 ? 0 : used + 1;
	}
	}
}

/* Inside a paste only its end is a sequence; other escapes lose their ESC. */
static size_t read_pasted(struct decoder *decoder, const unsigned char *bytes, size_t len,
			  bool waited, struct reading *reading)
{
	static const char end[] = "\x1b[201~";
	size_t compared = len < sizeof(end) - 1 ? len : sizeof(end) - 1;

	if (memcmp(bytes, end, compared) == 0) {
		if (compared < sizeof(end) - 1 && !waited)
			return 0;
		if (compared == sizeof(end) - 1) {
			decoder->pasting = false;
			set_key(reading, KEY_CODE_PASTE_END, 0, 0);
			return compared;
		}
	}
	if (bytes[0] == 0x1b)
		return 1;
	return read_character(bytes, len, waited, 0, reading);
}

static int64_t wait_of(const struct decoder *decoder)
{
	return decoder->len == 1 && decoder->bytes[0] == 0x1b && !decoder->pasting
		       ? ESCAPE_WAIT_NS
		       : SEQUENCE_WAIT_NS;
}

/* Time is up for a sequence that stopped half-way: Esc, Alt and a letter, or noise. */
static size_t give_up(const unsigned char *bytes, size_t len, struct reading *reading)
{
	if (bytes[0] != 0x1b)
		return read_character(bytes, len, true, 0, reading);
	if (len == 1) {
		set_key(reading, KEY_CODE_ESCAPE, 0, 0);
		return 1;
	}
	if (len == 2)
		return 1 + read_character(bytes + 1, 1, true, KEY_MOD_ALT, reading);
	return len;
}

static size_t read_one(struct decoder *decoder, struct mono_time now, struct reading *reading)
{
	bool waited = now.ns - decoder->arrived.ns >= wait_of(decoder);
	const unsigned char *bytes = decoder->bytes;
	size_t used;

	if (decoder->pasting)
		used = read_pasted(decoder, bytes, decoder->len, waited, reading);
	else if (bytes[0] == 0x1b)
		used = read_escape(decoder, now, bytes, decoder->len, reading);
	else
		used = read_character(bytes, decoder->len, waited, 0, reading);
	if (used == 0 && (waited || decoder->len >= SEQUENCE_MAX))
		used = give_up(bytes, decoder->len, reading);
	return used;
}

bool decoder_next(struct decoder *decoder, struct mono_time now, struct key *key)
{
	while (decoder->len > 0) {
		struct reading reading = {.is_key = false};
		size_t used = read_one(decoder, now, &reading);

		if (used == 0)
			return false;
		decoder->len -= used;
		memmove(decoder->bytes, decoder->bytes + used, decoder->len);
		if (reading.is_key) {
			*key = reading.key;
			return true;
		}
	}
	return false;
}

struct mono_time decoder_wake(const struct decoder *decoder)
{
	struct mono_time never = {INT64_MAX};

	if (decoder->len == 0)
		return never;
	return (struct mono_time){decoder->arrived.ns + wait_of(decoder)};
}
