/* What typed lines do: the filter as it is typed, everything else once it is accepted. A regex that
 * does not compile stays in the prompt with its complaint. */
#include "ui/turn.h"

#include "base/xalloc.h"

static void word_effect(struct turn *turn, enum effect_kind kind)
{
	struct effect *effect = turn_effect(turn, kind);

	effect->service_id = turn->ui->prompt.service_id;
	effect->on = true;
	effect->text = xstrdup(turn->ui->prompt.text.data);
}

/* Checks a regex and keeps its text; "" takes it away. */
static bool set_regex(char **slot, const char *text, struct strbuf *err)
{
	struct pattern *pattern = text[0] != '\0' ? pattern_new(text, PATTERN_CASELESS, err) : NULL;

	if (text[0] != '\0' && pattern == NULL)
		return false;
	pattern_free(pattern);
	free(*slot);
	*slot = text[0] != '\0' ? xstrdup(text) : NULL;
	return true;
}

static bool accept_search(struct turn *turn)
{
	struct log_state *logs = &turn->ui->page.logs;

	if (!logs_set_search(logs, turn->ui->prompt.text.data, &turn->ui->prompt.error))
		return false;
	/* From the end there is only the way back. */
	if (logs->search != NULL)
		turn_effect(turn, EFFECT_LOG_FIND)->backward = logs->follow;
	return true;
}

/* False where the line cannot be used; the prompt then stays open. */
static bool accept(struct turn *turn)
{
	struct prompt *prompt = &turn->ui->prompt;
	const char *text = prompt->text.data;

	switch (prompt->kind) {
	case PROMPT_FILTER:
		return table_set_filter(&turn->ui->table, text, &prompt->error);
	case PROMPT_SEARCH:
		return accept_search(turn);
	case PROMPT_KEEP:
		return set_regex(&turn->ui->page.logs.keep, text, &prompt->error);
	case PROMPT_DROP:
		return set_regex(&turn->ui->page.logs.drop, text, &prompt->error);
	case PROMPT_ACK:
	case PROMPT_NOTE:
	case PROMPT_SAVE:
		if (text[0] == '\0') {
			strbuf_adds(&prompt->error, "type something, or Esc");
			return false;
		}
		if (prompt->kind == PROMPT_SAVE)
			turn_effect(turn, EFFECT_SAVE)->text = xstrdup(text);
		else
			word_effect(turn, prompt->kind == PROMPT_ACK ? EFFECT_ACK : EFFECT_NOTE);
		return true;
	case PROMPT_COMMAND:
	case PROMPT_NONE:
	case PROMPT_COUNT:
		break;
	}
	return true;
}

static void accept_command(struct turn *turn)
{
	char *line = xstrdup(turn->ui->prompt.text.data);

	/* Closed first: a command may open another prompt. */
	prompt_close(&turn->ui->prompt, true);
	command_run(turn, line);
	free(line);
	table_observe(turn->ui, turn->snapshot);
}

static void filter_as_typed(struct turn *turn)
{
	struct prompt *prompt = &turn->ui->prompt;

	table_set_filter(&turn->ui->table, prompt->text.data, &prompt->error);
	table_observe(turn->ui, turn->snapshot);
}

void prompt_turn(struct turn *turn, const struct key *key)
{
	struct prompt *prompt = &turn->ui->prompt;
	enum prompt_result result;

	strbuf_reset(&prompt->error);
	result = prompt_key(prompt, key);
	switch (result) {
	case PROMPT_EDITED:
		if (prompt->kind == PROMPT_FILTER)
			filter_as_typed(turn);
		break;
	case PROMPT_ACCEPTED:
		if (prompt->kind == PROMPT_COMMAND)
			accept_command(turn);
		else if (accept(turn))
			prompt_close(prompt, true);
		break;
	case PROMPT_CANCELLED:
		if (prompt->kind == PROMPT_FILTER) {
			prompt_set(prompt, "");
			filter_as_typed(turn);
		}
		prompt_close(prompt, false);
		break;
	case PROMPT_COMPLETE:
		if (prompt->kind == PROMPT_COMMAND)
			command_complete(prompt, turn->snapshot);
		break;
	case PROMPT_UNCHANGED:
		break;
	}
}
