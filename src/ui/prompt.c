/* A line editor over UTF-8: the cursor never stands inside a character. Control characters never
 * enter the text, so neither do pasted newlines. */
#include "ui/prompt.h"

#include "base/utf8.h"
#include "base/xalloc.h"
#include "ui/keymap.h"

#define HISTORY_MAX 50

static const char *const labels[PROMPT_COUNT] = {
	[PROMPT_NONE] = "",
	[PROMPT_FILTER] = "filter: ",
	[PROMPT_COMMAND] = ":",
	[PROMPT_ACK] = "ack, because: ",
	[PROMPT_NOTE] = "note: ",
	[PROMPT_SEARCH] = "search: ",
	[PROMPT_KEEP] = "show only lines with: ",
	[PROMPT_DROP] = "hide lines with: ",
	[PROMPT_SAVE] = "write to file: ",
};

const char *prompt_label(enum prompt_kind kind)
{
	return labels[kind];
}

void prompt_init(struct prompt *prompt)
{
	*prompt = (struct prompt){.kind = PROMPT_NONE};
	strbuf_init(&prompt->text, PROMPT_BYTES);
	strbuf_init(&prompt->error, PROMPT_BYTES);
}

void prompt_release(struct prompt *prompt)
{
	strbuf_release(&prompt->text);
	strbuf_release(&prompt->error);
	free(prompt->draft);
	for (size_t kind = 0; kind < PROMPT_COUNT; kind++) {
		for (size_t i = 0; i < prompt->history[kind].len; i++)
			free(prompt->history[kind].at[i]);
		vec_release(&prompt->history[kind]);
	}
}

void prompt_set(struct prompt *prompt, const char *text)
{
	strbuf_reset(&prompt->text);
	strbuf_adds(&prompt->text, text);
	prompt->cursor = prompt->text.len;
}

void prompt_open(struct prompt *prompt, enum prompt_kind kind, const char *text)
{
	prompt->kind = kind;
	prompt->older = 0;
	prompt->pasting = false;
	strbuf_reset(&prompt->error);
	prompt_set(prompt, text != NULL ? text : "");
}

void prompt_close(struct prompt *prompt, bool remember)
{
	enum prompt_kind kind = prompt->kind;
	size_t len = prompt->history[kind].len;

	if (remember && prompt->text.len != 0 &&
	    (len == 0 || strcmp(prompt->history[kind].at[len - 1], prompt->text.data) != 0)) {
		if (len == HISTORY_MAX) {
			free(prompt->history[kind].at[0]);
			memmove(prompt->history[kind].at, prompt->history[kind].at + 1,
				(len - 1) * sizeof(char *));
			prompt->history[kind].len--;
		}
		vec_push(&prompt->history[kind], xstrdup(prompt->text.data));
	}
	prompt->kind = PROMPT_NONE;
	strbuf_reset(&prompt->text);
	strbuf_reset(&prompt->error);
	prompt->cursor = 0;
}

/* Start of the character before `at`, marks included; 0 at the start. */
static size_t before(const struct prompt *prompt, size_t at)
{
	const char *text = prompt->text.data;

	while (at > 0) {
		uint32_t cp;

		at--;
		if (((unsigned char)text[at] & 0xC0) == 0x80)
			continue;
		utf8_decode(text + at, prompt->text.len - at, &cp);
		if (utf8_cp_width(cp) > 0)
			break;
	}
	return at;
}

static size_t after(const struct prompt *prompt, size_t at)
{
	uint32_t cp;

	if (at >= prompt->text.len)
		return prompt->text.len;
	at += utf8_decode(prompt->text.data + at, prompt->text.len - at, &cp);
	while (at < prompt->text.len) {
		size_t len = utf8_decode(prompt->text.data + at, prompt->text.len - at, &cp);

		if (utf8_cp_width(cp) > 0)
			break;
		at += len;
	}
	return at;
}

static enum prompt_result erase(struct prompt *prompt, size_t from, size_t to)
{
	if (from >= to)
		return PROMPT_UNCHANGED;
	memmove(prompt->text.data + from, prompt->text.data + to, prompt->text.len - to);
	strbuf_cut(&prompt->text, prompt->text.len - (to - from));
	prompt->cursor = from;
	return PROMPT_EDITED;
}

static enum prompt_result insert(struct prompt *prompt, uint32_t cp)
{
	char bytes[4];
	size_t len, tail = prompt->text.len - prompt->cursor;

	if (cp < 0x20 || (cp >= 0x7F && cp < 0xA0))
		return PROMPT_UNCHANGED;
	len = utf8_encode(bytes, cp);
	if (prompt->text.len + len > PROMPT_BYTES)
		return PROMPT_UNCHANGED;
	strbuf_add(&prompt->text, bytes, len);
	memmove(prompt->text.data + prompt->cursor + len, prompt->text.data + prompt->cursor, tail);
	memcpy(prompt->text.data + prompt->cursor, bytes, len);
	prompt->cursor += len;
	return PROMPT_EDITED;
}

static enum prompt_result recall(struct prompt *prompt, bool back)
{
	size_t len = prompt->history[prompt->kind].len;

	if (back ? prompt->older >= len : prompt->older == 0)
		return PROMPT_UNCHANGED;
	if (prompt->older == 0) {
		free(prompt->draft);
		prompt->draft = xstrdup(prompt->text.data);
	}
	prompt->older = back ? prompt->older + 1 : prompt->older - 1;
	prompt_set(prompt, prompt->older == 0
				   ? prompt->draft
				   : prompt->history[prompt->kind].at[len - prompt->older]);
	return PROMPT_EDITED;
}

static size_t word_start(const struct prompt *prompt)
{
	size_t at = prompt->cursor;

	while (at > 0 && prompt->text.data[at - 1] == ' ')
		at--;
	while (at > 0 && prompt->text.data[at - 1] != ' ')
		at--;
	return at;
}

static enum prompt_result edit(struct prompt *prompt, enum action action)
{
	size_t cursor = prompt->cursor;

	if (action == ACTION_EDIT_LEFT)
		prompt->cursor = before(prompt, cursor);
	else if (action == ACTION_EDIT_RIGHT)
		prompt->cursor = after(prompt, cursor);
	else if (action == ACTION_EDIT_HOME)
		prompt->cursor = 0;
	else if (action == ACTION_EDIT_END)
		prompt->cursor = prompt->text.len;
	else if (action == ACTION_EDIT_BACKSPACE)
		return erase(prompt, before(prompt, cursor), cursor);
	else if (action == ACTION_EDIT_DELETE)
		return erase(prompt, cursor, after(prompt, cursor));
	else if (action == ACTION_EDIT_KILL_START)
		return erase(prompt, 0, cursor);
	else if (action == ACTION_EDIT_KILL_END)
		return erase(prompt, cursor, prompt->text.len);
	else if (action == ACTION_EDIT_KILL_WORD)
		return erase(prompt, word_start(prompt), cursor);
	else if (action == ACTION_EDIT_OLDER || action == ACTION_EDIT_NEWER)
		return recall(prompt, action == ACTION_EDIT_OLDER);
	return PROMPT_UNCHANGED;
}

enum prompt_result prompt_key(struct prompt *prompt, const struct key *key)
{
	enum action action = keymap_find(KEYS_PROMPT, key);

	if (key->code == KEY_CODE_PASTE_BEGIN || key->code == KEY_CODE_PASTE_END) {
		prompt->pasting = key->code == KEY_CODE_PASTE_BEGIN;
		return PROMPT_UNCHANGED;
	}
	if (prompt->pasting && (action == ACTION_EDIT_ACCEPT || action == ACTION_EDIT_COMPLETE))
		return insert(prompt, ' ');
	if (action == ACTION_EDIT_ACCEPT)
		return PROMPT_ACCEPTED;
	if (action == ACTION_EDIT_CANCEL)
		return PROMPT_CANCELLED;
	if (action == ACTION_EDIT_COMPLETE)
		return PROMPT_COMPLETE;
	if (action != ACTION_NONE)
		return edit(prompt, action);
	if (key->code == KEY_CODE_CHAR && (key->mods & (KEY_MOD_CTRL | KEY_MOD_ALT)) == 0)
		return insert(prompt, key->cp);
	return PROMPT_UNCHANGED;
}
