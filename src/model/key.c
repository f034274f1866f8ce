/* Key presses as words and back, for key tables, the help screen and messages. See key.h. */
#include "model/key.h"

#include "base/utf8.h"

#include <strings.h>

static const struct {
	enum key_code code;
	const char *name;
} names[] = {
	{KEY_CODE_ENTER, "Enter"},
	{KEY_CODE_ESCAPE, "Esc"},
	{KEY_CODE_TAB, "Tab"},
	{KEY_CODE_BACKSPACE, "Backspace"},
	{KEY_CODE_DELETE, "Del"},
	{KEY_CODE_UP, "Up"},
	{KEY_CODE_DOWN, "Down"},
	{KEY_CODE_LEFT, "Left"},
	{KEY_CODE_RIGHT, "Right"},
	{KEY_CODE_PAGE_UP, "PgUp"},
	{KEY_CODE_PAGE_DOWN, "PgDn"},
	{KEY_CODE_HOME, "Home"},
	{KEY_CODE_END, "End"},
};

static const struct {
	unsigned bit;
	const char *prefix;
} mods[] = {
	{KEY_MOD_CTRL, "Ctrl-"},
	{KEY_MOD_ALT, "Alt-"},
	{KEY_MOD_SHIFT, "Shift-"},
};

void key_format(struct strbuf *out, const struct key *key)
{
	char utf8[4];

	for (size_t i = 0; i < BASE_LEN(mods); i++)
		if (key->mods & mods[i].bit)
			strbuf_adds(out, mods[i].prefix);
	if (key->code == KEY_CODE_F) {
		strbuf_addf(out, "F%u", (unsigned)key->cp);
		return;
	}
	if (key->code == KEY_CODE_CHAR && key->cp == ' ') {
		strbuf_adds(out, "Space");
		return;
	}
	if (key->code == KEY_CODE_CHAR) {
		uint32_t cp = key->cp;

		if ((key->mods & KEY_MOD_CTRL) && cp >= 'a' && cp <= 'z')
			cp -= 'a' - 'A';
		strbuf_add(out, utf8, utf8_encode(utf8, cp));
		return;
	}
	for (size_t i = 0; i < BASE_LEN(names); i++)
		if (names[i].code == key->code)
			strbuf_adds(out, names[i].name);
}

static bool parse_name(const char *text, struct key *key)
{
	for (size_t i = 0; i < BASE_LEN(names); i++) {
		if (strcasecmp(text, names[i].name) == 0) {
			key->code = names[i].code;
			return true;
		}
	}
	if (strcasecmp(text, "Space") == 0) {
		key->cp = ' ';
		return true;
	}
	if ((text[0] == 'F' || text[0] == 'f') && text[1] >= '1' && text[1] <= '9') {
		int number = text[1] - '0';

		if (text[2] >= '0' && text[2] <= '2' && number == 1)
			number = 10 + text[2] - '0';
		else if (text[2] != '\0')
			return false;
		key->code = KEY_CODE_F;
		key->cp = (uint32_t)number;
		return number < 10 || text[3] == '\0';
	}
	return false;
}

bool key_parse(const char *text, struct key *key)
{
	bool more = true;
	size_t len;
	size_t used;

	*key = (struct key){.code = KEY_CODE_CHAR};
	while (more) {
		more = false;
		for (size_t i = 0; i < BASE_LEN(mods); i++) {
			size_t prefix = strlen(mods[i].prefix);

			if (strncasecmp(text, mods[i].prefix, prefix) == 0 && text[prefix] != '\0') {
				key->mods |= mods[i].bit;
				text += prefix;
				more = true;
			}
		}
	}
	len = strlen(text);
	if (len == 0)
		return false;
	if (len > 1 && parse_name(text, key))
		return true;
	used = utf8_decode(text, len, &key->cp);
	if (used != len || key->cp == UTF8_REPLACEMENT || key->cp < ' ')
		return false;
	if ((key->mods & KEY_MOD_CTRL) && key->cp >= 'A' && key->cp <= 'Z')
		key->cp += 'a' - 'A';
	return true;
}
