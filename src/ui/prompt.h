/* The line that is typed: text, cursor, history. It is part of the ui state, never a loop of its
 * own; what a line means is the business of whoever opened it. */
#ifndef UI_PROMPT_H
#define UI_PROMPT_H

#include "base/vec.h"
#include "ui/ui.h"

enum prompt_kind {
	PROMPT_NONE,
	PROMPT_FILTER,
	PROMPT_COMMAND,
	PROMPT_ACK,
	PROMPT_NOTE,
	PROMPT_SEARCH,
	PROMPT_KEEP,
	PROMPT_DROP,
	PROMPT_SAVE,
	PROMPT_COUNT
};

#define PROMPT_BYTES 512

struct prompt {
	enum prompt_kind kind;
	struct strbuf text;
	size_t cursor;	     /* byte, always at the start of a character */
	bool pasting;	     /* between PASTE_BEGIN and PASTE_END: Enter is a blank */
	struct strbuf error; /* why the line cannot be used yet; "" */
	uint64_t service_id; /* ACK, NOTE: of which service */
	struct VEC_OF(char *) history[PROMPT_COUNT];
	size_t older; /* how far back in the history; 0 = the new line */
	char *draft;  /* the new line while an older one is shown */
};

enum prompt_result {
	PROMPT_UNCHANGED,
	PROMPT_EDITED,
	PROMPT_ACCEPTED,
	PROMPT_CANCELLED,
	PROMPT_COMPLETE
};

void prompt_init(struct prompt *prompt);
void prompt_release(struct prompt *prompt);
void prompt_open(struct prompt *prompt, enum prompt_kind kind, const char *text);
/* Remembers the line in its history and closes. */
void prompt_close(struct prompt *prompt, bool remember);
void prompt_set(struct prompt *prompt, const char *text);
enum prompt_result prompt_key(struct prompt *prompt, const struct key *key);
/* "filter: ", ":" … */
const char *prompt_label(enum prompt_kind kind);

#endif
