/* Rules as text for `--rules`: what each one knows, in the words of its file, so that a person can
 * see why a diagnosis came or did not. */
#include "base/utf8.h"
#include "diagnose/rule.h"

#define COLUMNS 79
#define SENTENCE_MAX 4000

/* Appends a text with the words that stand for what is not captured, wrapped; further lines begin
 * with `indent` blanks. */
static void add_text(struct strbuf *out, const char *text, size_t indent)
{
	static const struct bindings nothing = {0};
	struct strbuf filled;
	size_t column = indent;

	strbuf_init(&filled, SENTENCE_MAX);
	template_fill(&filled, text, &nothing);
	for (const char *at = filled.data; *at != '\0';) {
		size_t len = strcspn(at, " ");
		size_t width = utf8_width(at, len);

		if (column > indent && column + 1 + width > COLUMNS) {
			strbuf_addf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			strbuf_addc(out, ' ');
			column++;
		}
		strbuf_add(out, at, len);
		column += width;
		at += len + (at[len] == ' ');
	}
	strbuf_addc(out, '\n');
	strbuf_release(&filled);
}

static void add_clue(struct strbuf *out, const struct ruleset *rules, const struct clue *clue)
{
	switch (clue->kind) {
	case CLUE_FACT:
		strbuf_addf(out, "fact  %s", clue->condition.text);
		return;
	case CLUE_TEXT:
		strbuf_addf(out, "text  %s", rules->patterns.at[clue->pattern].regex);
		return;
	case CLUE_LOG:
		strbuf_addf(out, "log   %s", rules->patterns.at[clue->pattern].regex);
		return;
	case CLUE_ALL:
		for (size_t i = 0; i < clue->part_count; i++) {
			if (i > 0)
				strbuf_adds(out, "\n          and  ");
			add_clue(out, rules, &clue->parts[i]);
		}
		return;
	}
}

static void add_clues(struct strbuf *out, const struct ruleset *rules, const struct rule *rule,
		      enum clue_list list, const char *heading)
{
	if (rule->clue_counts[list] == 0)
		return;
	strbuf_addf(out, "\n%s\n", heading);
	for (size_t i = 0; i < rule->clue_counts[list]; i++) {
		const struct clue *clue = &rule->clues[list][i];

		strbuf_addf(out, "  %.2f  ", clue->weight);
		add_clue(out, rules, clue);
		if (clue->why != NULL)
			strbuf_addf(out, "  (%s)", clue->why);
		strbuf_addc(out, '\n');
	}
}

static void add_steps(struct strbuf *out, const struct rule *rule)
{
	strbuf_adds(out, "\nsteps\n");
	for (size_t i = 0; i < rule->step_count; i++) {
		const struct rule_step *step = &rule->steps[i];

		strbuf_addf(out, " %2zu. ", i + 1);
		add_text(out, step->text, 5);
		if (step->shown == STEP_WHEN)
			strbuf_addf(out, "     where %s\n", step->when.text);
		else if (step->shown == STEP_ELSE)
			strbuf_adds(out, "     else\n");
		if (step->argc == 0)
			continue;
		strbuf_adds(out, "     $");
		for (size_t k = 0; k < step->argc; k++) {
			strbuf_addc(out, ' ');
			shell_quote(out, step->argv[k]);
		}
		strbuf_addf(out, "   [%s]\n", risk_name(step->risk));
	}
}

static void add_rule(struct strbuf *out, const struct ruleset *rules, const struct rule *rule)
{
	strbuf_addf(out, "%s\n", rule->id);
	add_text(out, rule->title, 0);
	strbuf_addf(out, "%s:%d\n\n", rule->pos.file, rule->pos.line);
	add_text(out, rule->explanation, 0);
	add_clues(out, rules, rule, CLUES_FOR, "evidence for");
	add_clues(out, rules, rule, CLUES_SUPPORT, "beside it also");
	add_clues(out, rules, rule, CLUES_AGAINST, "evidence against");
	add_steps(out, rule);
	for (size_t i = 0; i < rule->outranks_count; i++)
		strbuf_addf(out, "%s%s", i == 0 ? "\nstands before  " : ", ", rule->outranks[i]);
	if (rule->outranks_count > 0)
		strbuf_addc(out, '\n');
	for (size_t i = 0; i < rule->link_count; i++)
		strbuf_addf(out, "%s%s\n", i == 0 ? "\n" : "", rule->links[i]);
}

bool ruleset_describe(const struct ruleset *rules, const char *id, struct strbuf *out)
{
	size_t widest = 0;

	for (size_t i = 0; i < rules->rules.len; i++) {
		const struct rule *rule = &rules->rules.at[i];

		if (rule->replaced)
			continue;
		if (id != NULL && strcmp(rule->id, id) == 0) {
			add_rule(out, rules, rule);
			return true;
		}
		if (strlen(rule->id) > widest)
			widest = strlen(rule->id);
	}
	for (size_t i = 0; id == NULL && i < rules->rules.len; i++) {
		const struct rule *rule = &rules->rules.at[i];

		if (rule->replaced)
			continue;
		strbuf_addf(out, "%-*s  ", (int)widest, rule->id);
		add_text(out, rule->title, widest + 2);
	}
	return id == NULL;
}
