/* The command line: parsed (by getopt_long(3)), validated and documented from one table,
 * options.def. */
#include "app/options.h"

#include "base/diags.h"
#include "base/units.h"

#include <getopt.h>

#define TIME_MOST (24 * 3600 * INT64_C(1000000000)) /* as in the file; sums with now never overflow */
#define DEADLINE_DEFAULT (60 * INT64_C(1000000000))

static const struct option_info infos[OPT_COUNT] = {
#define OPTION(id, letter, name, argument, optional, section, doc)                                 \
	[OPT_##id] = {letter, name, argument, optional, SECTION_##section, doc},
#include "app/options.def"
#undef OPTION
};

const struct option_info *option_info(enum option_id id)
{
	return &infos[id];
}

const char *option_section_title(enum option_section section)
{
	static const char *const titles[SECTION_COUNT] = {
		[SECTION_MODE] = "Modes (without one: the live console)",
		[SECTION_CHOICE] = "What to watch",
		[SECTION_OUTPUT] = "What it looks like",
		[SECTION_SAFETY] = "Safety and records",
	};

	return titles[section];
}

static bool set_mode(struct options *options, enum mode mode, struct strbuf *err)
{
	if (options->mode != MODE_CONSOLE && options->mode != mode) {
		strbuf_adds(err, "give one mode only; --help lists them");
		return false;
	}
	options->mode = mode;
	return true;
}

static bool set_time(int64_t *ns, enum option_id id, const char *value, struct strbuf *err)
{
	if (!duration_parse(value, strlen(value), ns) || *ns <= 0)
		strbuf_addf(err, "--%s takes a time with a unit, such as 5s or 500ms, not '%s'",
			    infos[id].name, value);
	else if (*ns > TIME_MOST)
		strbuf_addf(err, "--%s takes at most 24h, not '%s'", infos[id].name, value);
	else
		return true;
	return false;
}

static bool set_fail_on(struct options *options, const char *value, struct strbuf *err)
{
	if (strcmp(value, "degraded") == 0) {
		options->fail_on = FAIL_ON_DEGRADED;
	} else if (strcmp(value, "down") == 0) {
		options->fail_on = FAIL_ON_DOWN;
	} else {
		strbuf_addf(err, "--fail-on takes degraded or down, not '%s'", value);
		return false;
	}
	return true;
}

static bool set_config(struct options *options, const char *value, struct strbuf *err)
{
	if (options->config_count == OPTIONS_CONFIGS) {
		strbuf_addf(err, "more than %d --config; give a folder instead", OPTIONS_CONFIGS);
		return false;
	}
	options->configs[options->config_count++] = value;
	return true;
}

static bool set_demo(struct options *options, const char *value)
{
	options->demo = true;
	options->demo_name = value != NULL ? value : "";
	return true;
}

static bool apply(struct options *o, enum option_id id, const char *value, struct strbuf *err)
{
	switch (id) {
	case OPT_ONCE:
		return set_mode(o, MODE_ONCE, err);
	case OPT_WALL:
		return set_mode(o, MODE_WALL, err);
	case OPT_PLAIN:
		return set_mode(o, MODE_PLAIN, err);
	case OPT_DEMO:
		return set_demo(o, value);
	case OPT_EXPLAIN:
		o->explain_path = value;
		return set_mode(o, MODE_EXPLAIN, err);
	case OPT_CHECK:
		return set_mode(o, MODE_CHECK, err);
	case OPT_LIST:
		return set_mode(o, MODE_LIST, err);
	case OPT_INIT:
		return set_mode(o, MODE_INIT, err);
	case OPT_RULES:
		o->rule = value;
		return set_mode(o, MODE_RULES, err);
	case OPT_HELP:
		o->mode = MODE_HELP;
		return true;
	case OPT_VERSION:
		o->mode = MODE_VERSION;
		return true;
	case OPT_CONFIG:
		return set_config(o, value, err);
	case OPT_ENV:
		o->environment = value;
		return true;
	case OPT_GROUP:
		o->group = value;
		return true;
	case OPT_INTERVAL:
		return set_time(&o->interval_ns, id, value, err);
	case OPT_TIMEOUT:
		return set_time(&o->timeout_ns, id, value, err);
	case OPT_FORMAT:
		o->format = value;
		return true;
	case OPT_DEADLINE:
		return set_time(&o->deadline_ns, id, value, err);
	case OPT_FAIL_ON:
		return set_fail_on(o, value, err);
	case OPT_THEME:
		o->theme = value;
		return true;
	case OPT_ASCII:
		return o->ascii = true;
	case OPT_NO_COLOR:
		return o->no_color = true;
	case OPT_NO_MOUSE:
		return o->no_mouse = true;
	case OPT_LOCAL_TIME:
		return o->local_time = true;
	case OPT_READ_ONLY:
		return o->read_only = true;
	case OPT_RECORD:
		o->record = value;
		return true;
	case OPT_COUNT:
		break;
	}
	BUG("option %d", (int)id);
}

static void unknown_long(const char *name, struct strbuf *err)
{
	const char *names[OPT_COUNT];
	const char *nearest;

	for (size_t i = 0; i < OPT_COUNT; i++)
		names[i] = infos[i].name;
	nearest = diags_suggest(name, names, OPT_COUNT);
	strbuf_addf(err, "unknown option --%s", name);
	if (nearest != NULL)
		strbuf_addf(err, "; did you mean --%s?", nearest);
	else
		strbuf_adds(err, "; --help lists them");
}

/* What getopt_long() wants, made from the table: long options answer LONG + id. */
#define LONG 256
struct getopt_tables {
	struct option longs[OPT_COUNT + 1];
	char shorts[2 * OPT_COUNT + 2];
};

static void getopt_tables_init(struct getopt_tables *tables)
{
	size_t at = 0;

	*tables = (struct getopt_tables){0};
	tables->shorts[at++] = ':'; /* errors are told by us */
	for (size_t i = 0; i < OPT_COUNT; i++) {
		tables->longs[i] = (struct option){
			.name = infos[i].name,
			.has_arg = infos[i].argument == NULL ? no_argument
				   : infos[i].optional	     ? optional_argument
							     : required_argument,
			.val = LONG + (int)i,
		};
		if (infos[i].letter == 0)
			continue;
		tables->shorts[at++] = infos[i].letter;
		if (infos[i].argument != NULL)
			tables->shorts[at++] = ':';
	}
}

/* Why getopt_long() answered '?' or ':' for `word`. */
static void explain_refusal(int answer, const char *word, struct strbuf *err)
{
	bool is_long = optopt == 0 || optopt >= LONG; /* `word` is not the one of a short option in a cluster */
	size_t id = optopt >= LONG ? (size_t)(optopt - LONG) : OPT_COUNT;

	if (answer == ':' && id < OPT_COUNT)
		strbuf_addf(err, "--%s wants %s after it", infos[id].name, infos[id].argument);
	else if (answer == ':')
		strbuf_addf(err, "-%c wants a value after it", optopt);
	else if (is_long && id < OPT_COUNT)
		strbuf_addf(err, "--%s takes no value", infos[id].name);
	else if (is_long)
		unknown_long(word + 2, err);
	else
		strbuf_addf(err, "unknown option -%c; --help lists them", optopt);
}

static enum option_id id_of(int answer)
{
	size_t i = 0;

	if (answer >= LONG)
		return (enum option_id)(answer - LONG);
	while (infos[i].letter != answer)
		i++;
	return (enum option_id)i;
}

/* What only makes sense together. */
static bool settle(struct options *o, struct strbuf *err)
{
	if (o->mode == MODE_EXPLAIN)
		return true;
	if (o->format != NULL) {
		o->report = report_format_find(o->format);
		if (o->report == REPORT_FORMAT_COUNT) {
			strbuf_addf(err, "unknown format '%s'; there are", o->format);
			for (size_t i = 0; i < REPORT_FORMAT_COUNT; i++)
				strbuf_addf(err, "%s %s", i != 0 ? "," : "",
					    report_format_name((enum report_format)i));
			return false;
		}
		if (o->mode == MODE_WALL || o->mode == MODE_PLAIN) {
			strbuf_adds(err, "--format goes with --once; the wall and --plain have a form "
					 "of their own");
			return false;
		}
		if (o->mode == MODE_CONSOLE)
			o->mode = MODE_ONCE;
	}
	if (o->demo && o->config_count != 0) {
		strbuf_adds(err, "--demo brings a fleet of its own; leave --config out");
		return false;
	}
	return true;
}

bool options_parse(struct options *options, int argc, char **argv, struct strbuf *err)
{
	const char *no_color = getenv("NO_COLOR"); /* https://no-color.org */
	struct getopt_tables tables;
	int answer;

	getopt_tables_init(&tables);
	*options = (struct options){.deadline_ns = DEADLINE_DEFAULT,
				    .no_color = no_color != NULL && no_color[0] != '\0'};
	opterr = 0;
	optind = 0; /* GNU: start over, so that a test may parse twice */
	while ((answer = getopt_long(argc, argv, tables.shorts, tables.longs, NULL)) != -1) {
		if (answer == '?' || answer == ':') {
			explain_refusal(answer, argv[optind - 1], err);
			return false;
		}
		if (!apply(options, id_of(answer), optarg, err))
			return false;
	}
	options->services = (const char *const *)(argv + optind);
	options->service_count = (size_t)(argc - optind);
	return settle(options, err);
}

#define HELP_WIDTH 79
#define HELP_INDENT 26

/* Appends words, broken before HELP_WIDTH, further lines indented. */
static void wrap(struct strbuf *out, size_t column, const char *text)
{
	while (*text != '\0') {
		size_t word = strcspn(text, " ");

		if (column + 1 + word > HELP_WIDTH) {
			strbuf_addf(out, "\n%*s", HELP_INDENT, "");
			column = HELP_INDENT;
		} else if (column != HELP_INDENT) {
			strbuf_addc(out, ' ');
			column++;
		}
		strbuf_add(out, text, word);
		column += word;
		text += word;
		text += *text == ' ';
	}
	strbuf_addc(out, '\n');
}

static void help_option(struct strbuf *out, const struct option_info *info)
{
	size_t start = out->len;
	size_t used;

	if (info->letter != 0)
		strbuf_addf(out, "  -%c, --%s", info->letter, info->name);
	else
		strbuf_addf(out, "      --%s", info->name);
	if (info->argument != NULL)
		strbuf_addf(out, info->optional ? "[=%s]" : " %s", info->argument);
	used = out->len - start;
	if (used + 2 > HELP_INDENT)
		strbuf_addf(out, "\n%*s", HELP_INDENT, "");
	else
		strbuf_addf(out, "%*s", (int)(HELP_INDENT - used), "");
	wrap(out, HELP_INDENT, info->doc);
}

void options_help(struct strbuf *out)
{
	strbuf_adds(out, "Usage: sitrep [OPTIONS] [SERVICE-GLOB...]\n"
			 "Shows how a fleet of services is doing, and why: what failed, the log line, "
			 "the cause,\nthe fix. Reads services.yaml; without one, try sitrep --demo.\n");
	for (size_t section = 0; section < SECTION_COUNT; section++) {
		strbuf_addf(out, "\n%s:\n", option_section_title((enum option_section)section));
		for (size_t i = 0; i < OPT_COUNT; i++)
			if (infos[i].section == section)
				help_option(out, &infos[i]);
	}
	strbuf_adds(out, "\nExit: 0 UP, 1 DEGRADED, 2 DOWN, 3 UNKNOWN or not to be watched. "
			 "In the console, ? shows the keys.\nManual: sitrep(1), sitrep-services(5).\n");
}
