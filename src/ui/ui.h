/* What a person has done to the screen: which view, where the cursor is (by id, never by row),
 * filter, sort, fold, prompt. Changed only by ui_apply(); what must happen outside comes back as
 * effects for the app. Pure. */
#ifndef UI_UI_H
#define UI_UI_H

#include "model/key.h"
#include "model/snapshot.h"

enum action {
	ACTION_NONE,
#define ACTION(id, name, doc) ACTION_##id,
#include "ui/actions.def"
#undef ACTION
	ACTION_COUNT
};

/* Things that only the app can do. */
enum effect_kind {
	EFFECT_QUIT,
	EFFECT_SUSPEND, /* Ctrl-Z */
	EFFECT_REDRAW,	/* Ctrl-L */
	EFFECT_RECHECK, /* service_id, check_id or 0 for all of it; service 0: all services */
	EFFECT_VERIFY,	/* service_id: run the checks of its best diagnosis */
	EFFECT_RELOAD,
	EFFECT_ACK, /* service_id, text, on */
	EFFECT_MUTE,
	EFFECT_NOTE,
	EFFECT_COPY,	 /* text: OSC 52, and shown in full */
	EFFECT_THEME,	 /* text: name */
	EFFECT_MOUSE,	 /* on */
	EFFECT_LOG_FIND, /* log: direction and level; the app answers with ui_log_found() */
	EFFECT_SAVE,	 /* text: file name for what the log pane holds */
	EFFECT_BELL
};
struct effect {
	enum effect_kind kind;
	uint64_t service_id, check_id;
	bool on, backward;
	enum log_level level;
	char *text; /* owned by the effect; NULL */
};
struct effects {
	struct effect *at;
	size_t len, cap;
};
void effects_release(struct effects *effects);

struct ui_options {
	bool ascii, mouse, wall;
	int width, height;
	const char *theme;
	const char *service; /* open this one at once; NULL */
};
struct ui_state; /* defined in ui/state.h for ui/ and view/ */
struct ui_state *ui_new(const struct ui_options *options);
void ui_free(struct ui_state *ui);
/* A key (or mouse event, resize) with the snapshot that is on screen. */
void ui_key(struct ui_state *ui, const struct snapshot *snapshot, const struct key *key,
	    struct effects *effects);
/* A new snapshot arrived: the cursor follows its service, the wall's stage its failure. */
void ui_observe(struct ui_state *ui, const struct snapshot *snapshot, struct effects *effects);
void ui_resize(struct ui_state *ui, int width, int height);
/* An answer of the app for the status line: "sent to the terminal", "reloaded", an error. */
void ui_message(struct ui_state *ui, struct mono_time now, const char *text);
void ui_log_found(struct ui_state *ui, bool found, uint64_t source, uint64_t number);
/* What the snapshot must carry for this ui state. */
uint64_t ui_detail_service(const struct ui_state *ui);
bool ui_log_query(const struct ui_state *ui, const struct snapshot *snapshot,
		  struct log_query *query);
/* When the screen changes by itself though no data does (the clock, a message that ends, the
 * wall's page): INT64_MAX never. */
struct mono_time ui_wake(const struct ui_state *ui, const struct snapshot *snapshot);

#endif
