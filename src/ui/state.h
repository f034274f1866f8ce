/* The state of the screen, for ui/ and view/ alone. Things are remembered by id; rows, layouts and
 * documents are computed from it and a snapshot whenever they are needed (rows.h, layout.h, doc.h),
 * the same way for the reducer and for the view. */
#ifndef UI_STATE_H
#define UI_STATE_H

#include "base/pattern.h"
#include "base/vec.h"
#include "ui/keymap.h"
#include "ui/prompt.h"

enum ui_view { VIEW_TABLE, VIEW_PAGE, VIEW_INCIDENTS, VIEW_WALL, VIEW_HELP, VIEW_COPY };
#define UI_DEPTH 8

enum pane { PANE_CHECKS, PANE_LOGS, PANE_DIAGNOSIS, PANE_COUNT };

enum sort_key {
	SORT_PROBLEMS, /* worst first, causes before their victims, else as in the file */
	SORT_NAME,
	SORT_GROUP,
	SORT_SINCE,
	SORT_CHECKS,
	SORT_LATENCY,
	SORT_P95,
	SORT_COUNT
};
const char *sort_name(enum sort_key sort);

/* A cursor in a document: both count lines from 0. */
struct scroll {
	int cursor, top, left;
};

struct table_state {
	uint64_t cursor;  /* key of a row (rows.h); 0 = the first, whatever it is */
	size_t cursor_at; /* where it was last, for when its row is gone */
	size_t top;
	char *filter;		 /* as typed; NULL or "" = none */
	struct pattern *pattern; /* of it, NULL for none or one that does not compile */
	bool invert;
	enum sort_key sort;
	bool reverse, grouped, failing, tree;
	struct VEC_OF(uint64_t) folded; /* keys of group rows */
};

struct log_ref {
	uint64_t source, number;
};

/* The window of log lines hangs on its cursor: that line stands at `row`, the others around it. */
struct log_state {
	bool follow, wrap, times;
	char *keep, *drop, *search;
	struct pattern *search_pattern;
	enum log_level min_level;
	struct wall_time at;   /* without a cursor: the first line at or after this, 0 = the end */
	struct log_ref cursor; /* number 0 = none yet */
	int row;	       /* of the cursor in the window */
	int scroll;	       /* lines to move by with the next window */
	int left;	       /* cells that long lines are scrolled by */
	struct VEC_OF(struct log_ref) marks;
	struct VEC_OF(struct log_ref) shown; /* the lines of the last window */
};

struct page_state {
	uint64_t service_id;
	enum pane focus;
	bool zoom;
	int logs_percent, checks_percent; /* of the height and of the width */
	struct scroll checks, diagnosis;
	uint64_t open_check; /* whose exchange is unfolded; 0 = the first problem's */
	bool all_folded;
	struct wall_time verify_at; /* when `v` was pressed for this service, 0 never */
	struct log_state logs;
};

struct wall_state {
	int page;
	struct mono_time turn; /* when the next page comes; 0 not yet set */
	uint64_t stage;	       /* the service that failed last; 0 nobody */
	struct mono_time stage_until;
	struct wall_time seen; /* failures since later than this are new */
	bool bell;
};

struct ui_state {
	bool ascii, mouse;
	bool wall_only; /* started with --wall: nothing to go back to */
	int width, height;
	char *theme;
	char *wanted; /* name of the service to open with the first snapshot; NULL */
	enum ui_view stack[UI_DEPTH];
	size_t depth; /* >= 1 */
	struct table_state table;
	struct page_state page;
	struct wall_state wall;
	struct scroll help, incidents;
	enum key_view help_for; /* whose keys the help screen shows first */
	struct prompt prompt;
	bool pasting; /* between PASTE_BEGIN and PASTE_END */
	char *copied; /* VIEW_COPY */
	char *message;
	struct mono_time message_until;
	struct mono_time now; /* of the last snapshot seen */
};

enum ui_view ui_view(const struct ui_state *ui);
enum key_view ui_key_view(const struct ui_state *ui);
/* The row of the open service, NULL where it is gone. */
const struct service_row *ui_page_row(const struct ui_state *ui, const struct snapshot *snapshot);

#endif
