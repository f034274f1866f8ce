/* One key press on its way through the reducers: each takes the actions that are its own. */
#ifndef UI_TURN_H
#define UI_TURN_H

#include "ui/doc.h"
#include "ui/layout.h"

struct turn {
	struct ui_state *ui;
	const struct snapshot *snapshot;
	struct effects *effects;
};

/* A new effect of this kind, everything else zero. */
struct effect *turn_effect(struct turn *turn, enum effect_kind kind);
void turn_message(struct turn *turn, const char *fmt, ...) BASE_PRINTF(2, 3);

void ui_push(struct ui_state *ui, enum ui_view view);
/* False where there is nothing to go back to. */
bool ui_pop(struct ui_state *ui);
void ui_open_service(struct ui_state *ui, const struct snapshot *snapshot, uint64_t service_id);
/* The service that the cursor or the page is about; NULL. */
const struct service_row *ui_at_hand(const struct ui_state *ui, const struct snapshot *snapshot);
/* What a document's cursor line leads to. */
struct target ui_target(const struct ui_state *ui, const struct snapshot *snapshot);

/* What a key does, for those who know the action already (the mouse on a hint). */
void ui_act(struct turn *turn, enum action action);
/* Each returns false for actions that are not its own. */
bool table_action(struct turn *turn, enum action action);
bool page_action(struct turn *turn, enum action action);
bool logs_action(struct turn *turn, enum action action);
bool service_action(struct turn *turn, enum action action);
bool wall_action(struct turn *turn, enum action action);

void table_init(struct table_state *table);
void table_release(struct table_state *table);
void table_move_to(struct ui_state *ui, const struct snapshot *snapshot, size_t row);
void table_observe(struct ui_state *ui, const struct snapshot *snapshot);
/* False and a sentence where the regex does not compile. */
bool table_set_filter(struct table_state *table, const char *text, struct strbuf *err);

void page_init(struct page_state *page);
void page_release(struct page_state *page);
void page_follow_target(struct turn *turn, struct target target);
/* Brings the checks that prove the top cause's remedy into view. */
void page_show_proof(struct ui_state *ui, const struct snapshot *snapshot);
/* Inside of the pane in focus, from layout.h; builds the document of a scrolled pane. */
void page_doc(struct doc *doc, const struct ui_state *ui, const struct snapshot *snapshot,
	      enum pane pane, struct rect room, int utc_offset_s);

void logs_init(struct log_state *logs);
void logs_release(struct log_state *logs);
/* Opens at the time of the failure, else at the end. */
void logs_open(struct log_state *logs, const struct service_row *row);
void logs_jump(struct log_state *logs, uint64_t source, uint64_t number);
void logs_observe(struct ui_state *ui, const struct snapshot *snapshot);
bool logs_set_search(struct log_state *logs, const char *text, struct strbuf *err);
/* The cursor onto this line of the window. */
void logs_click(struct log_state *logs, size_t line);

void wall_observe(struct turn *turn);

/* The themes that are shipped, in the order of `t`. */
const char *const *ui_theme_names(size_t *count);

void prompt_turn(struct turn *turn, const struct key *key);
void command_run(struct turn *turn, const char *line);
/* Completes the last word of a command line in place. */
void command_complete(struct prompt *prompt, const struct snapshot *snapshot);

void mouse_turn(struct turn *turn, const struct key *key);

#endif
