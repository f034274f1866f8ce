/* The modes. Each gets what it needs and answers with an exit code; words go to stderr, data to
 * stdout. The demo's servers are started before anything else, while there is one thread. */
#include "config.h"

#include "app/modes.h"

#include "app/check.h"
#include "app/console.h"
#include "app/demo_child.h"
#include "app/explain.h"
#include "app/once.h"
#include "app/options.h"
#include "app/plain.h"
#include "app/rules_load.h"
#include "base/scrub.h"
#include "config/config.h"
#include "demo/demo.h"
#include "term/term.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define TEXT_MAX_BYTES (64u << 20)
#define EXIT_CANNOT 3
#define STARTER_FILE "services.yaml"

/* One sentence for the person; what it quotes of the command line may hold any bytes. */
static void say(const struct strbuf *sentence)
{
	char *shown = scrub_dup(sentence->data, sentence->len, TEXT_MAX_BYTES, SCRUB_LINE);

	(void)fprintf(stderr, "sitrep: %s\n", shown);
	free(shown);
}

static void print_diags(const struct diags *diags)
{
	struct strbuf text;

	if (diags->len == 0)
		return;
	strbuf_init(&text, TEXT_MAX_BYTES);
	diags_print(diags, &text);
	(void)fputs(text.data, stderr);
	strbuf_release(&text);
}

static int print_out(struct strbuf *text, int code)
{
	if (fwrite(text->data, 1, text->len, stdout) != text->len || fflush(stdout) != 0) {
		(void)fprintf(stderr, "sitrep: cannot write to standard output: %s\n", strerror(errno));
		code = EXIT_CANNOT;
	}
	strbuf_release(text);
	return code;
}

static struct config_request request_of(const struct options *options)
{
	return (struct config_request){
		.paths = options->configs,
		.path_count = options->config_count,
		.environment = options->environment,
		.interval_ns = options->interval_ns,
		.timeout_ns = options->timeout_ns,
		.read_only = options->read_only,
		.group = options->group,
		.services = options->services,
		.service_count = options->service_count,
	};
}

/* --- watching -------------------------------------------------------------------------------- */

/* What the terminal allows: a pipe gets --once, a dumb terminal --plain. */
static enum mode mode_for(const struct options *options)
{
	const char *why;

	if (options->mode != MODE_CONSOLE && options->mode != MODE_WALL)
		return options->mode;
	if (!isatty(STDOUT_FILENO)) {
		(void)fputs("sitrep: standard output is no terminal, so this is --once\n", stderr);
		return MODE_ONCE;
	}
	why = term_unusable();
	if (why == NULL)
		return options->mode;
	(void)fprintf(stderr, "sitrep: %s, so this is --plain\n", why);
	return MODE_PLAIN;
}

static int run_on(struct net *net, struct fleet *fleet, const struct options *options,
		  const struct config_request *request)
{
	if (options->mode == MODE_ONCE)
		return once_run(net, fleet, options, request);
	if (options->mode == MODE_PLAIN)
		return plain_run(net, fleet, options, request);
	return console_run(net, fleet, options, request);
}

static int watch_fleet_of(const struct options *options, const struct config_request *request)
{
	struct fleet *fleet;
	struct diags diags;
	struct strbuf err;
	struct net *net;
	int code = EXIT_CANNOT;

	diags_init(&diags);
	strbuf_init(&err, 1024);
	fleet = config_load(request, &diags);
	/* In the console a wrong service is a row that says so; here it is said at once. */
	if (fleet == NULL || options->mode == MODE_ONCE || options->mode == MODE_PLAIN)
		print_diags(&diags);
	diags_release(&diags);
	if (fleet != NULL) {
		net = net_new(&err);
		if (net == NULL) {
			say(&err);
		} else {
			code = run_on(net, fleet, options, request);
			net_free(net);
		}
	}
	fleet_unref(fleet);
	strbuf_release(&err);
	return code;
}

static int watch_demo(const struct options *options)
{
	struct config_request request = request_of(options);
	const char *path;
	struct strbuf err;
	struct demo_child *child;
	int code = EXIT_CANNOT;

	strbuf_init(&err, 4096);
	child = demo_child_start(options->demo_name, &err);
	if (child == NULL) {
		say(&err);
	} else {
		path = demo_child_config(child);
		request.paths = &path;
		request.path_count = 1;
		request.environment = DEMO_ENVIRONMENT; /* whatever SITREP_ENV says */
		code = watch_fleet_of(options, &request);
		demo_child_stop(child);
	}
	strbuf_release(&err);
	return code;
}

static int run_watch(struct options *options)
{
	struct config_request request = request_of(options);

	options->mode = mode_for(options);
	return options->demo ? watch_demo(options) : watch_fleet_of(options, &request);
}

/* --- the others ------------------------------------------------------------------------------ */

static int run_check(const struct options *options)
{
	struct config_request request = request_of(options);
	struct strbuf text;
	struct strbuf words;
	int code;

	strbuf_init(&text, TEXT_MAX_BYTES);
	strbuf_init(&words, TEXT_MAX_BYTES);
	code = check_config(&request, &text, &words);
	(void)fputs(words.data, stderr);
	strbuf_release(&words);
	return print_out(&text, code);
}

static int run_list(const struct options *options)
{
	struct config_request request = request_of(options);
	struct fleet *fleet;
	struct strbuf text;
	struct diags diags;
	int code;

	diags_init(&diags);
	strbuf_init(&text, TEXT_MAX_BYTES);
	fleet = config_load(&request, &diags);
	print_diags(&diags);
	if (fleet != NULL)
		(void)list_fleet(fleet, NULL, NULL, &text);
	code = fleet != NULL && diags.errors == 0 ? 0 : EXIT_CANNOT;
	fleet_unref(fleet);
	diags_release(&diags);
	return print_out(&text, code);
}

static int run_init(void)
{
	const struct builtin_file *file = builtin_find(STARTER_FILE);
	int fd = open(STARTER_FILE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	bool whole;

	if (fd < 0 && errno == EEXIST) {
		(void)fputs("sitrep: " STARTER_FILE " is here already; it is left as it is\n", stderr);
		return EXIT_CANNOT;
	}
	whole = fd >= 0 && write(fd, file->bytes, file->len) == (ssize_t)file->len;
	if (fd >= 0 && close(fd) != 0)
		whole = false;
	if (!whole) {
		(void)fprintf(stderr, "sitrep: cannot write " STARTER_FILE ": %s\n", strerror(errno));
		return EXIT_CANNOT;
	}
	(void)fputs("wrote " STARTER_FILE "; edit it, then sitrep --check\n", stderr);
	return 0;
}

static void say_no_rule(const char *id)
{
	struct strbuf sentence;

	strbuf_init(&sentence, 1024);
	strbuf_addf(&sentence, "no rule is called '%s'; --rules lists them", id);
	say(&sentence);
	strbuf_release(&sentence);
}

static int run_rules(const struct options *options)
{
	struct diags diags;
	struct strbuf text;
	struct ruleset *rules;
	int code = EXIT_CANNOT;

	diags_init(&diags);
	strbuf_init(&text, TEXT_MAX_BYTES);
	rules = rules_load(false, &diags);
	print_diags(&diags);
	if (rules != NULL && ruleset_describe(rules, options->rule, &text))
		code = diags.errors == 0 ? 0 : EXIT_CANNOT;
	else if (rules != NULL)
		say_no_rule(options->rule);
	ruleset_unref(rules);
	diags_release(&diags);
	return print_out(&text, code);
}

static int run_explain(const struct options *options)
{
	struct strbuf text;
	struct strbuf err;
	int code;

	strbuf_init(&text, TEXT_MAX_BYTES);
	strbuf_init(&err, 4096);
	code = explain_run(options->explain_path, options->format, &text, &err);
	if (err.len != 0)
		say(&err);
	strbuf_release(&err);
	return print_out(&text, code);
}

static int run_version(void)
{
	struct strbuf text;

	strbuf_init(&text, TEXT_MAX_BYTES);
	strbuf_adds(&text, PACKAGE_STRING "\n");
	return print_out(&text, 0);
}

static int run_help(void)
{
	struct strbuf text;

	strbuf_init(&text, TEXT_MAX_BYTES);
	options_help(&text);
	return print_out(&text, 0);
}

bool modes_child(int argc, char **argv, int *code)
{
	return demo_child_main(argc, argv, code);
}

int modes_main(int argc, char **argv)
{
	struct options options;
	struct strbuf err;

	strbuf_init(&err, 1024);
	if (!options_parse(&options, argc, argv, &err)) {
		say(&err);
		strbuf_release(&err);
		return EXIT_CANNOT;
	}
	strbuf_release(&err);
	switch (options.mode) {
	case MODE_CONSOLE:
	case MODE_ONCE:
	case MODE_WALL:
	case MODE_PLAIN:
		return run_watch(&options);
	case MODE_EXPLAIN:
		return run_explain(&options);
	case MODE_CHECK:
		return run_check(&options);
	case MODE_LIST:
		return run_list(&options);
	case MODE_INIT:
		return run_init();
	case MODE_RULES:
		return run_rules(&options);
	case MODE_HELP:
		return run_help();
	case MODE_VERSION:
		return run_version();
	}
	BUG("mode %d", (int)options.mode);
}
