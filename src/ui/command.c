/* The command line: commands.def, what each does, and completion of its words. */
#include "ui/turn.h"

#include "base/xalloc.h"

enum command {
#define COMMAND(id, name, argument, doc) COMMAND_##id,
#include "ui/commands.def"
#undef COMMAND
	COMMAND_COUNT
};

static const char *const names[] = {
#define COMMAND(id, name, argument, doc) name,
#include "ui/commands.def"
#undef COMMAND
};

static const char *const levels[] = {"all", "debug", "info", "warn", "error"};
static const enum log_level level_of[] = {LOG_UNKNOWN, LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR};
static const char *const switches[] = {"on", "off"};

const char *const *ui_theme_names(size_t *count)
{
	static const char *const themes[] = {
		"dark", "light", "high-contrast", "colour-blind", "solarized", "mono",
	};

	*count = BASE_LEN(themes);
	return themes;
}

/* The command that `word` names or alone begins; COMMAND_COUNT for none or several. */
static enum command find(const char *word, size_t len)
{
	enum command found = COMMAND_COUNT;
	int count = 0;

	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (strncmp(names[i], word, len) != 0)
			continue;
		if (names[i][len] == '\0')
			return (enum command)i;
		found = (enum command)i;
		count++;
	}
	/* `:q` is in everyone's fingers, whatever else begins with it. */
	if (len == 1 && word[0] == 'q')
		return COMMAND_QUIT;
	return count == 1 && len > 0 ? found : COMMAND_COUNT;
}

static size_t index_of(const char *const *list, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(list[i], word) == 0)
			return i;
	}
	return count;
}

static void set_mouse(struct turn *turn, const char *word)
{
	bool on = strcmp(word, "on") == 0;

	if (!on && strcmp(word, "off") != 0) {
		turn_message(turn, "mouse on, or mouse off?");
		return;
	}
	turn->ui->mouse = on;
	turn_effect(turn, EFFECT_MOUSE)->on = on;
}

static void set_bell(struct turn *turn, const char *word)
{
	turn->ui->wall.bell = strcmp(word, "off") != 0;
	turn_message(turn, turn->ui->wall.bell ? "the bell rings" : "the bell is silent");
}

static void set_theme(struct turn *turn, const char *name)
{
	if (name[0] == '\0') {
		turn_message(turn, "the theme is %s", turn->ui->theme);
		return;
	}
	turn_effect(turn, EFFECT_THEME)->text = xstrdup(name);
	free(turn->ui->theme);
	turn->ui->theme = xstrdup(name);
}

static void set_sort(struct turn *turn, const char *name)
{
	for (int sort = 0; sort < SORT_COUNT; sort++) {
		if (strcmp(sort_name((enum sort_key)sort), name) == 0) {
			turn->ui->table.sort = (enum sort_key)sort;
			turn->ui->table.reverse = false;
			return;
		}
	}
	turn_message(turn, "no column '%s': state, name, group, since, checks, latency, p95", name);
}

static void set_filter(struct turn *turn, const char *regex)
{
	struct strbuf err;

	strbuf_init(&err, PROMPT_BYTES);
	if (!table_set_filter(&turn->ui->table, regex, &err))
		turn_message(turn, "%s", err.data);
	strbuf_release(&err);
}

static void set_level(struct turn *turn, const char *word)
{
	size_t at = index_of(levels, BASE_LEN(levels), word);

	if (at < BASE_LEN(levels))
		turn->ui->page.logs.min_level = level_of[at];
	else
		turn_message(turn, "no level '%s': all, debug, info, warn, error", word);
}

static void open_named(struct turn *turn, const char *name)
{
	const struct service *service = fleet_service_named(turn->snapshot->fleet, name);

	if (service == NULL)
		turn_message(turn, "no service '%s'", name);
	else
		ui_open_service(turn->ui, turn->snapshot, service->id);
}

static void words(struct turn *turn, enum effect_kind kind, bool on, const char *text)
{
	const struct service_row *row = ui_at_hand(turn->ui, turn->snapshot);
	struct effect *effect;

	if (row == NULL && kind != EFFECT_NOTE) {
		turn_message(turn, "no service is selected");
		return;
	}
	if (text[0] == '\0' && on) {
		turn_message(turn, kind == EFFECT_NOTE ? "note what?" : "why? ack REASON");
		return;
	}
	effect = turn_effect(turn, kind);
	effect->service_id = row != NULL ? row->id : 0;
	effect->on = on;
	effect->text = on ? xstrdup(text) : NULL;
}

static void recheck(struct turn *turn, const char *what)
{
	if (strcmp(what, "all") == 0) {
		turn_effect(turn, EFFECT_RECHECK);
		turn_message(turn, "asking all services again");
	} else {
		service_action(turn, ACTION_RECHECK);
	}
}

static void run(struct turn *turn, enum command command, const char *rest)
{
	switch (command) {
	case COMMAND_QUIT:
		turn_effect(turn, EFFECT_QUIT);
		break;
	case COMMAND_HELP:
		turn->ui->help_for = ui_key_view(turn->ui);
		ui_push(turn->ui, VIEW_HELP);
		break;
	case COMMAND_RELOAD:
		turn_effect(turn, EFFECT_RELOAD);
		break;
	case COMMAND_RECHECK:
		recheck(turn, rest);
		break;
	case COMMAND_VERIFY:
		service_action(turn, ACTION_VERIFY);
		break;
	case COMMAND_ACK:
		words(turn, EFFECT_ACK, true, rest);
		break;
	case COMMAND_UNACK:
		words(turn, EFFECT_ACK, false, rest);
		break;
	case COMMAND_MUTE:
		service_action(turn, ACTION_MUTE);
		break;
	case COMMAND_NOTE:
		words(turn, EFFECT_NOTE, true, rest);
		break;
	case COMMAND_OPEN:
		open_named(turn, rest);
		break;
	case COMMAND_FILTER:
		set_filter(turn, rest);
		break;
	case COMMAND_SORT:
		set_sort(turn, rest);
		break;
	case COMMAND_LEVEL:
		set_level(turn, rest);
		break;
	case COMMAND_THEME:
		set_theme(turn, rest);
		break;
	case COMMAND_MOUSE:
		set_mouse(turn, rest);
		break;
	case COMMAND_BELL:
		set_bell(turn, rest);
		break;
	case COMMAND_WALL:
		ui_push(turn->ui, VIEW_WALL);
		break;
	case COMMAND_INCIDENTS:
		ui_push(turn->ui, VIEW_INCIDENTS);
		break;
	case COMMAND_SAVE:
		if (ui_view(turn->ui) == VIEW_PAGE && rest[0] != '\0')
			turn_effect(turn, EFFECT_SAVE)->text = xstrdup(rest);
		else
			turn_message(turn, "open a service, then save FILE");
		break;
	case COMMAND_COUNT:
		break;
	}
}

void command_run(struct turn *turn, const char *line)
{
	size_t len, end;
	enum command command;
	char *rest;

	line += strspn(line, " ");
	len = strcspn(line, " ");
	if (len == 0)
		return;
	command = find(line, len);
	if (command == COMMAND_COUNT) {
		turn_message(turn, "no command '%.*s'; ? has them all", (int)len, line);
		return;
	}
	line += len;
	line += strspn(line, " ");
	for (end = strlen(line); end > 0 && line[end - 1] == ' ';)
		end--;
	rest = xstrndup(line, end);
	run(turn, command, rest);
	free(rest);
}

/* Keeps what all candidates that begin with the word have in common. */
struct completion {
	const char *word;
	size_t len;
	const char *first;
	size_t common;
	int count;
	struct strbuf all; /* the candidates, to be shown where they differ at once */
};

static void consider(struct completion *completion, const char *candidate)
{
	if (strncmp(candidate, completion->word, completion->len) != 0)
		return;
	strbuf_addf(&completion->all, "%s%s", completion->count > 0 ? " " : "", candidate);
	if (completion->count++ == 0) {
		completion->first = candidate;
		completion->common = strlen(candidate);
		return;
	}
	for (size_t i = 0; i < completion->common; i++) {
		if (candidate[i] != completion->first[i])
			completion->common = i;
	}
}

static void consider_all(struct completion *completion, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		consider(completion, list[i]);
}

static void consider_arguments(struct completion *completion, enum command command,
			       const struct snapshot *snapshot)
{
	size_t count;
	const char *const *themes = ui_theme_names(&count);

	if (command == COMMAND_THEME)
		consider_all(completion, themes, count);
	else if (command == COMMAND_MOUSE || command == COMMAND_BELL)
		consider_all(completion, switches, BASE_LEN(switches));
	else if (command == COMMAND_LEVEL)
		consider_all(completion, levels, BASE_LEN(levels));
	else if (command == COMMAND_RECHECK)
		consider(completion, "all");
	else if (command == COMMAND_SORT) {
		for (int sort = 0; sort < SORT_COUNT; sort++)
			consider(completion, sort_name((enum sort_key)sort));
	} else if (command == COMMAND_OPEN) {
		for (size_t i = 0; i < snapshot->row_count; i++)
			consider(completion, snapshot->rows[i].service->name);
	}
}

void command_complete(struct prompt *prompt, const struct snapshot *snapshot)
{
	const char *blank = strrchr(prompt->text.data, ' ');
	struct completion completion = {.word = blank != NULL ? blank + 1 : prompt->text.data};
	size_t start = (size_t)(completion.word - prompt->text.data);

	completion.len = strlen(completion.word);
	strbuf_init(&completion.all, PROMPT_BYTES);
	if (blank == NULL)
		consider_all(&completion, names, BASE_LEN(names));
	else
		consider_arguments(&completion,
				   find(prompt->text.data, strcspn(prompt->text.data, " ")),
				   snapshot);
	if (completion.count > 1 && completion.common == completion.len) {
		strbuf_adds(&prompt->error, completion.all.data);
	} else if (completion.count > 0) {
		char *line = xasprintf("%.*s%.*s%s", (int)start, prompt->text.data,
				       (int)completion.common, completion.first,
				       completion.count == 1 ? " " : "");

		prompt_set(prompt, line);
		free(line);
	}
	strbuf_release(&completion.all);
}
