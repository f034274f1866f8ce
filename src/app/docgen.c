/* docgen FOLDER < PAGE.in > PAGE: fills the tables of the code into a manual page. A line that is
 * `@NAME@` is replaced by the section of that name, in mdoc(7); so that a key, an option or a
 * check type is described once. What a person
 * wrote about a check type, with its example, lies in FOLDER/checks/TYPE.in. A build tool; it is not
 * installed. */
#include "app/options.h"
#include "config/keys.h"
#include "model/check_type.h"
#include "ui/keymap.h"

#include "base/strbuf.h"

#include <errno.h>

#define LINE_MAX_BYTES 4096

/* Text as mdoc takes it: no line of it can begin a macro, no backslash an escape. */
static void put_text(const char *text)
{
	if (text[0] == '.' || text[0] == '\'')
		fputs("\\&", stdout);
	for (; *text != '\0'; text++) {
		if (*text == '\\')
			fputs("\\e", stdout);
		else
			putchar(*text);
	}
	putchar('\n');
}

/* One argument of a macro line, whatever is in it. */
static void put_argument(const char *text)
{
	putchar('"');
	fputs("\\&", stdout);
	for (; *text != '\0'; text++) {
		if (*text == '\\')
			fputs("\\e", stdout);
		else if (*text == '"')
			fputs("\\(dq", stdout);
		else
			putchar(*text);
	}
	putchar('"');
}

static void put_item(const char *name, const char *value)
{
	fputs(".It Ic ", stdout);
	put_argument(name);
	if (value != NULL) {
		fputs(" Em ", stdout);
		put_argument(value);
	}
	putchar('\n');
}

static void begin_list(void)
{
	puts(".Bl -tag -width Ds");
}

static void end_list(void)
{
	puts(".El");
}

static void put_option(enum option_id id)
{
	const struct option_info *info = option_info(id);

	if (info->letter != '\0')
		printf(".It Fl %c , Fl -%s", info->letter, info->name);
	else
		printf(".It Fl -%s", info->name);
	if (info->argument != NULL && info->optional)
		printf("%s", " Ns Op = Ns Ar ");
	else if (info->argument != NULL)
		printf("%s", " Ar ");
	if (info->argument != NULL)
		put_argument(info->argument);
	putchar('\n');
	put_text(info->doc);
}

static void put_options(void)
{
	for (int section = 0; section < SECTION_COUNT; section++) {
		printf(".Ss %s\n", option_section_title((enum option_section)section));
		begin_list();
		for (int id = 0; id < OPT_COUNT; id++) {
			if (option_info((enum option_id)id)->section ==
			    (enum option_section)section)
				put_option((enum option_id)id);
		}
		end_list();
	}
}

static bool bound_before(const struct key_binding *bindings, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (bindings[i].view == bindings[index].view &&
		    bindings[i].action == bindings[index].action)
			return true;
	}
	return false;
}

/* Every action of one view once, with all its keys. */
static void put_view_keys(enum key_view view)
{
	size_t count;
	const struct key_binding *bindings = keymap_bindings(&count);

	for (size_t i = 0; i < count; i++) {
		struct strbuf keys;

		if (bindings[i].view != view || bound_before(bindings, i))
			continue;
		strbuf_init(&keys, LINE_MAX_BYTES);
		for (size_t j = i; j < count; j++) {
			if (bindings[j].view == view && bindings[j].action == bindings[i].action)
				strbuf_addf(&keys, "%s%s", keys.len != 0 ? ", " : "",
					    bindings[j].key);
		}
		put_item(keys.data, NULL);
		put_text(action_doc(bindings[i].action));
		strbuf_release(&keys);
	}
}

static bool has_keys(enum key_view view)
{
	size_t count;
	const struct key_binding *bindings = keymap_bindings(&count);

	for (size_t i = 0; i < count; i++) {
		if (bindings[i].view == view)
			return true;
	}
	return false;
}

static void put_keys(void)
{
	for (int view = 0; view < KEYS_COUNT; view++) {
		if (!has_keys((enum key_view)view))
			continue;
		printf(".Ss %s\n", key_view_title((enum key_view)view));
		begin_list();
		put_view_keys((enum key_view)view);
		end_list();
	}
}

static void put_commands(void)
{
	static const struct {
		const char *name, *argument, *doc;
	} commands[] = {
#define COMMAND(id, name, argument, doc) {name, argument, doc},
#include "ui/commands.def"
#undef COMMAND
	};

	begin_list();
	for (size_t i = 0; i < BASE_LEN(commands); i++) {
		const char *argument = commands[i].argument;

		printf(".It Ic \\&:%s%s%s\n", commands[i].name, argument[0] != '\0' ? " Ar" : "",
		       argument);
		put_text(commands[i].doc);
	}
	end_list();
}

/* The page's own words about a check type, as they are. */
static void put_words_of(const char *folder, const char *type)
{
	char path[4096], line[LINE_MAX_BYTES];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/checks/%s.in", folder, type);
	file = fopen(path, "r");
	if (file == NULL) {
		fprintf(stderr, "docgen: %s: %s\n", path, strerror(errno));
		exit(1);
	}
	for (bool first = true; fgets(line, sizeof(line), file) != NULL; first = false)
		printf("%s%s", first && line[0] != '.' ? ".Pp\n" : "", line);
	(void)fclose(file);
}

/* "Keys: body, writes." without those that every check has. */
static void put_own_keys(enum check_type type)
{
	size_t count;
	const struct check_key_info *keys = check_keys(&count);
	const char *comma = "Keys of its own: ";

	for (size_t i = 0; i < count; i++) {
		if ((keys[i].types & 1u << type) == 0 || keys[i].types == TYPES_ALL)
			continue;
		printf("%s%s", comma, keys[i].name);
		comma = ", ";
	}
	if (comma[0] == ',')
		puts(".");
}

/* How many check types know the subject. */
static int type_count(enum subject subject)
{
	int count = 0;

	for (uint32_t types = subject_info(subject)->types; types != 0; types &= types - 1)
		count++;
	return count;
}

/* What tells one type from another comes first, what nearly all have behind it. */
static void put_own_subjects(enum check_type type)
{
	const char *comma = "Subjects: ";

	for (int common = 0; common < 2; common++) {
		for (int i = 0; i < SUBJECT_COUNT; i++) {
			const struct subject_info *info = subject_info((enum subject)i);

			if ((info->types & 1u << type) == 0 ||
			    (type_count((enum subject)i) > CHECK_TYPE_COUNT / 2) != (common == 1))
				continue;
			printf("%s%s", comma, info->name);
			comma = ", ";
		}
	}
	puts(".");
}

static void put_held(enum check_type type, bool warn)
{
	size_t count, found = 0;
	const struct held_line *held = held_lines(&count);

	for (size_t i = 0; i < count; i++) {
		if (held[i].type != type || held[i].warn != warn)
			continue;
		if (found++ == 0)
			printf("Unless %s says otherwise:\n", warn ? "warn" : "expect");
		else
			puts(" ,");
		printf(".Ql %s", held[i].line);
	}
	if (found > 0)
		puts(" .");
}

static void put_check_pages(const char *folder)
{
	for (int type = 0; type < CHECK_TYPE_COUNT; type++) {
		const struct check_type_info *info = check_type_info((enum check_type)type);

		printf(".Ss %s\n", info->name);
		begin_list();
		put_item(info->name, info->argument);
		printf("%s.\n", info->doc);
		if (info->degraded)
			put_text("A failure makes its service DEGRADED, unless severity says "
				 "otherwise.");
		end_list();
		put_own_keys((enum check_type)type);
		put_own_subjects((enum check_type)type);
		put_held((enum check_type)type, false);
		put_held((enum check_type)type, true);
		put_words_of(folder, info->name);
	}
}

/* What holds without the key, where that needs a word. */
static void put_fallback(const char *fallback)
{
	if (strcmp(fallback, "needed") == 0)
		puts("Has to be there.");
	else if (strcmp(fallback, "none") != 0)
		printf("Default: %s.\n", fallback);
}

/* "Checks: http, route." for a set of types, nothing for all of them. */
static void put_types(uint32_t types)
{
	const char *comma = "";

	if (types == (1u << CHECK_TYPE_COUNT) - 1)
		return;
	fputs("Checks: ", stdout);
	for (int type = 0; type < CHECK_TYPE_COUNT; type++) {
		if ((types & 1u << type) == 0)
			continue;
		printf("%s%s", comma, check_type_info((enum check_type)type)->name);
		comma = ", ";
	}
	puts(".");
}

static void put_check_keys(void)
{
	size_t count;
	const struct check_key_info *keys = check_keys(&count);

	begin_list();
	for (size_t i = 0; i < count; i++) {
		put_item(keys[i].name, keys[i].value);
		printf("%s.\n", keys[i].doc);
		put_fallback(keys[i].fallback);
		put_types(keys[i].types);
	}
	end_list();
}

static void put_subjects(void)
{
	begin_list();
	for (int i = 0; i < SUBJECT_COUNT; i++) {
		const struct subject_info *info = subject_info((enum subject)i);

		put_item(info->name, info->argument);
		if ((enum subject)i == SUBJECT_JSON)
			printf("%s; its own type.\n", info->doc);
		else
			printf("%s; %s.\n", info->doc, value_type_name(info->type));
		put_types(info->types);
	}
	end_list();
}

static void put_scope(enum key_scope scope)
{
	begin_list();
	for (size_t i = 0; i < config_key_count; i++) {
		if (config_keys[i].scope != scope)
			continue;
		put_item(config_keys[i].name, config_keys[i].value);
		printf("%s.\n", config_keys[i].doc);
		put_fallback(config_keys[i].fallback);
	}
	end_list();
}

static void put_file_keys(void)
{
	put_scope(KEY_SCOPE_FILE);
}

static void put_service_keys(void)
{
	put_scope(KEY_SCOPE_SERVICE);
}

static void put_option_keys(void)
{
	put_scope(KEY_SCOPE_OPTION);
}

static void put_log_keys(void)
{
	put_scope(KEY_SCOPE_LOG);
}

static void put_maintenance_keys(void)
{
	put_scope(KEY_SCOPE_MAINTENANCE);
}

static const struct {
	const char *line;
	void (*put)(void);
} sections[] = {
	{"@OPTIONS@\n", put_options},		{"@KEYS@\n", put_keys},
	{"@COMMANDS@\n", put_commands},
	{"@CHECK_KEYS@\n", put_check_keys},
	{"@SUBJECTS@\n", put_subjects},		{"@FILE_KEYS@\n", put_file_keys},
	{"@SERVICE_KEYS@\n", put_service_keys}, {"@OPTION_KEYS@\n", put_option_keys},
	{"@LOG_KEYS@\n", put_log_keys},		{"@MAINTENANCE_KEYS@\n", put_maintenance_keys},
};

static bool put_section(const char *line)
{
	for (size_t i = 0; i < BASE_LEN(sections); i++) {
		if (strcmp(sections[i].line, line) == 0) {
			sections[i].put();
			return true;
		}
	}
	return false;
}

int main(int argc, char **argv)
{
	char line[LINE_MAX_BYTES];

	if (argc != 2) {
		fputs("usage: docgen FOLDER < PAGE.in > PAGE\n", stderr);
		return 1;
	}
	while (fgets(line, sizeof(line), stdin) != NULL) {
		if (line[0] != '@') {
			fputs(line, stdout);
		} else if (strcmp(line, "@CHECK_PAGES@\n") == 0) {
			put_check_pages(argv[1]);
		} else if (!put_section(line)) {
			fprintf(stderr, "docgen: no section %s", line);
			return 1;
		}
	}
	return ferror(stdin) || fflush(stdout) != 0 ? 1 : 0;
}
