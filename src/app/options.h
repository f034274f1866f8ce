/* The command line as data. */
#ifndef APP_OPTIONS_H
#define APP_OPTIONS_H

#include "base/strbuf.h"
#include "report/report.h"

enum option_id {
#define OPTION(id, letter, name, argument, optional, section, doc) OPT_##id,
#include "app/options.def"
#undef OPTION
	OPT_COUNT
};
enum option_section { SECTION_MODE, SECTION_CHOICE, SECTION_OUTPUT, SECTION_SAFETY, SECTION_COUNT };

struct option_info {
	char letter; /* 0 where there is none */
	const char *name;
	const char *argument; /* NULL for a flag */
	bool optional;
	enum option_section section;
	const char *doc;
};
const struct option_info *option_info(enum option_id id);
const char *option_section_title(enum option_section section);

enum mode {
	MODE_CONSOLE,
	MODE_ONCE,
	MODE_WALL,
	MODE_PLAIN,
	MODE_EXPLAIN,
	MODE_CHECK,
	MODE_LIST,
	MODE_INIT,
	MODE_RULES,
	MODE_HELP,
	MODE_VERSION
};

#define OPTIONS_CONFIGS 32
struct options {
	enum mode mode;
	bool demo;
	const char *demo_name;    /* "" = the story */
	const char *explain_path;
	const char *rule;         /* --rules=ID; NULL */
	const char *configs[OPTIONS_CONFIGS];
	size_t config_count;
	const char *environment;
	const char *group;
	const char *const *services; /* globs, from argv */
	size_t service_count;
	int64_t interval_ns, timeout_ns, deadline_ns;
	const char *format;       /* as given; NULL */
	enum report_format report;
	enum fail_on fail_on;
	const char *theme;
	const char *record;
	bool ascii, no_color, no_mouse, local_time, read_only;
};

/* Reads argv; strings are borrowed from it. False with a sentence in `err`. */
bool options_parse(struct options *options, int argc, char **argv, struct strbuf *err);
void options_help(struct strbuf *out);

#endif
