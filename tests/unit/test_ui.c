/* The reducer by key scripts: what is on the screen afterwards, and what the app was asked to do. */
#include "unit.h"

#include "config/config.h"
#include "script.h"
#include "ui/turn.h"

static const char *const effect_names[] = {
	[EFFECT_QUIT] = "quit",	      [EFFECT_SUSPEND] = "suspend", [EFFECT_REDRAW] = "redraw",
	[EFFECT_RECHECK] = "recheck", [EFFECT_VERIFY] = "verify",   [EFFECT_RELOAD] = "reload",
	[EFFECT_ACK] = "ack",	      [EFFECT_MUTE] = "mute",	    [EFFECT_NOTE] = "note",
	[EFFECT_COPY] = "copy",	      [EFFECT_THEME] = "theme",	    [EFFECT_MOUSE] = "mouse",
	[EFFECT_LOG_FIND] = "find",   [EFFECT_SAVE] = "save",	    [EFFECT_BELL] = "bell",
};

#define missed(failed, ...) (print_error(__VA_ARGS__), print_error("\n"), (*(failed))++)

/* "ack voice on 'why'; quit" */
static char *effects_words(const struct script *script)
{
	struct strbuf out;

	strbuf_init(&out, 4096);
	for (size_t i = 0; i < script->effects.len; i++) {
		const struct effect *effect = &script->effects.at[i];
		const struct service *service =
			fleet_service(script->snapshot->fleet, effect->service_id);

		strbuf_addf(&out, "%s%s", i > 0 ? "; " : "", effect_names[effect->kind]);
		if (service != NULL)
			strbuf_addf(&out, " %s", service->name);
		if (effect->kind == EFFECT_ACK || effect->kind == EFFECT_MUTE ||
		    effect->kind == EFFECT_MOUSE)
			strbuf_adds(&out, effect->on ? " on" : " off");
		if (effect->kind == EFFECT_LOG_FIND)
			strbuf_addf(&out, " %s%s", effect->backward ? "back" : "on",
				    effect->level == LOG_ERROR	? " error"
				    : effect->level == LOG_WARN ? " warn"
								: "");
		if (effect->text != NULL && effect->kind != EFFECT_COPY)
			strbuf_addf(&out, " '%s'", effect->text);
	}
	return strbuf_detach(&out);
}

static void test_effects(void **state)
{
	static const struct {
		const char *keys, *want;
	} rows[] = {
		{"q", "quit"},
		{"Ctrl-C", "quit"},
		{"Enter q", ""},
		{"Enter Esc Esc Esc", ""},
		{"Enter ? q q q", "quit"},
		{"r", "recheck voice"},
		{"j r", "recheck transcripts"},
		{"Enter v", "verify voice"},
		{"a", "ack voice off"}, /* it was taken: given back */
		{"j a 'on it' Enter", "ack transcripts on 'on it'"},
		{"j a Enter", ""}, /* a reason is asked for */
		{"j a 'x' Esc q", "quit"},
		{"M", "mute voice on"},
		{"j i 'deploy 1.42' Enter", "note transcripts 'deploy 1.42'"},
		{"y", "copy; mouse off"},
		{"y x", "copy; mouse off; mouse on"},
		{"t", "theme 'light'"},
		{"t t t", "theme 'light'; theme 'high-contrast'; theme 'colour-blind'"},
		{": 'theme mono' Enter t", "theme 'mono'; theme 'dark'"},
		{"Ctrl-L Ctrl-Z", "redraw; suspend"},
		{": 'q' Enter", "quit"},
		{": 'quit' Enter", "quit"},
		{": 'rel' Tab Enter", "reload"},
		{": 'theme li' Tab Enter", "theme 'light'"},
		{": 'mouse off' Enter", "mouse off"},
		{": 'ack because' Enter", "ack voice on 'because'"},
		{": 'note it works' Enter", "note voice 'it works'"},
		{": 'recheck all' Enter", "recheck"},
		{": 'mute' Enter", "mute voice on"},
		{": 'nonsense' Enter", ""},
		{": 'mouse perhaps' Enter", ""},
		{": 'save x' Enter", ""},
		{"Enter 2 s 'out.log' Enter", "save 'out.log'"},
		{"Enter 2 e E w W", "find on error; find back error; find on warn; find back warn"},
		{"Enter 2 n", ""},
		{"Enter 2 / 'redis' Enter n N", "find on; find on; find back"},
		{"Enter 2 f / 'redis' Enter", "find back"},
		{"Enter 2 / '(' Enter", ""},
		{"I Enter r", "recheck voice"},
	};

	int failed = 0;

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		struct script script;
		char *got;

		script_init(&script, FIXTURE_NEXUS, 120, 40, false);
		script_keys(&script, rows[i].keys);
		got = effects_words(&script);
		if (strcmp(got, rows[i].want) != 0)
			missed(&failed, "%s: '%s', wanted '%s'", rows[i].keys, got, rows[i].want);
		free(got);
		script_release(&script);
	}
	assert_int_equal(failed, 0);
}

struct screen_row {
	const char *keys, *shows, *hides;
};

static const struct screen_row table_rows[] = {
	{"", "▸✖ voice", "all checks pass"},
	{"j", "▸✖ transcripts", "▸✖ voice"},
	{"j j j Up", "▸? scraping", NULL},
	{"G", "▸✔ prometheus", NULL},
	{"G g", "▸✖ voice", NULL},
	{"k k k", "▸✖ voice", NULL},
	{"/ 'redis|kafka'", "▸… kafka-ui", "postgres"},
	{"/ '!core'", "gateway", "transcripts"},
	{"/ 'nosuch' Enter", "No service matches", "gateway"},
	{"/ 'redis' Enter Esc", "transcripts", NULL},
	{"/ 'redis' Esc", "transcripts", NULL},
	{"/ 'DOWN'", "transcripts", "gateway"},
	{"z", "9 hidden", "postgres"},
	{"z Esc", "postgres", NULL},
	{"o", "▾ core", NULL},
	{"o Left", "▸ core", "voice"},
	{"o Left Right", "▾ core", NULL},
	{"o g Enter", "▸ core", "transcripts"},
	{"s", "SERVICE↓", NULL},
	{"s S", "SERVICE↑", NULL},
	{"T", "└ transcripts", NULL},
	{"?", "show only rows that match (regex)", NULL},
	{"? G", ":incidents", NULL},
	{"I", "broken now", NULL},
	{"I j j Enter", "? scraping", "broken now"},
	{": 'open redis' Enter", "✔ redis  UP", NULL},
	{": 'filter !core' Enter", "/!core", "transcripts"},
	{": 'sort p95' Enter", "P95↓", NULL},
	{": 'sort nothing' Enter", "no column 'nothing'", NULL},
	{": 're' Tab", ":re", "no command"},
	{": 're' Tab", "reload recheck", NULL},
	{": 'mouse o' Tab", "on off", NULL},
	{": 'theme d' Tab", ":theme dark", NULL},
	{": 'xyz' Enter", "no command 'xyz'", NULL},
	{"a", "voice is given back", NULL},
	{"y", "any key goes back", "GROUP"},
	{"y x", "GROUP", NULL},
	{"w", "data 4s old", "GROUP"},
	{"w w", "GROUP", NULL},
};

static const struct screen_row page_rows[] = {
	{"Enter", "expected   status not in", "GROUP"},
	{"Enter", "97% The route is served", NULL},
	{"Enter Enter", "✖ route POST", "kept from before"},
	{"Enter Enter Enter", "kept from before", NULL},
	{"Enter 3", "docker restart nexus-voice", NULL},
	{"Enter z", "kept from before", "docker restart"},
	{"Enter z z", "docker restart", NULL},
	{"Enter z Esc", "docker restart", NULL},
	{"Enter Ctrl-N", "✖ transcripts", NULL},
	{"Enter Ctrl-N", "got        connection refused by", "expected"},
	{"Enter 3 G k k k", "11:59:29  log voice.log", NULL},
	{"Enter Ctrl-N Ctrl-P", "✖ voice  DOWN", NULL},
	{"j Enter 3 j Enter", "✖ voice  DOWN", NULL},
	{"Enter 3 g j j j j j j j j j Enter", "▸●11:59:29.110 error", NULL},
	{"Enter 2", "DOWN 11:59:29", NULL},
	{"Enter 2 G", "kept from before", NULL},
	{"Enter 2 m", "▌11:59:29.110", NULL},
	{"Enter 2 t", NULL, "11:59:29.110 error"},
	{"Enter 2 ?", "to the next error", NULL},
	{"Enter 3 G", "✔ redis  UP 3d4h →", NULL},
	{"Enter 3 G Enter", "runbook", NULL},
};

static void check_screens(const struct screen_row *rows, size_t count)
{
	int failed = 0;

	for (size_t i = 0; i < count; i++) {
		struct script script;
		char *screen;

		script_init(&script, FIXTURE_NEXUS, 160, 50, false);
		script_keys(&script, rows[i].keys);
		screen = script_screen(&script);
		if (rows[i].shows != NULL && strstr(screen, rows[i].shows) == NULL)
			missed(&failed, "%s: '%s' is not shown on\n%s", rows[i].keys, rows[i].shows,
			       screen);
		if (rows[i].hides != NULL && strstr(screen, rows[i].hides) != NULL)
			missed(&failed, "%s: '%s' is shown on\n%s", rows[i].keys, rows[i].hides,
			       screen);
		free(screen);
		script_release(&script);
	}
	assert_int_equal(failed, 0);
}

static void test_table_screens(void **state)
{
	(void)state;
	check_screens(table_rows, BASE_LEN(table_rows));
}

static size_t times(const char *text, const char *part)
{
	size_t count = 0;

	for (const char *at = text; (at = strstr(at, part)) != NULL; at++)
		count++;
	return count;
}

/* The word that says what a step may do stands whole, however narrow the pane. */
static void test_risks_stand_whole(void **state)
{
	size_t shown = 0;

	(void)state;
	for (int width = 60; width <= 120; width++) {
		struct script script;
		char *screen;

		script_init(&script, FIXTURE_NEXUS, width, 60, false);
		script_keys(&script, "Enter 3 z");
		screen = script_screen(&script);
		assert_int_equal(times(screen, " [re") + times(screen, " [ch"),
				 times(screen, " [restart]") + times(screen, " [change]"));
		shown += times(screen, " [restart]");
		free(screen);
		script_release(&script);
	}
	assert_true(shown >= 61);
}

static void test_page_screens(void **state)
{
	(void)state;
	check_screens(page_rows, BASE_LEN(page_rows));
}

/* Another fleet state: the row of the service that the cursor is on moves, the cursor with it. */
static void test_cursor_follows(void **state)
{
	struct script script;
	struct service_row *rows;
	uint64_t kafka;

	(void)state;
	script_init(&script, FIXTURE_NEXUS, 120, 40, false);
	kafka = fleet_service_named(script.snapshot->fleet, "kafka")->id;
	script_keys(&script, ": 'open kafka' Enter q");
	assert_true(script_shows(&script, "▸✔ kafka "));
	rows = (struct service_row *)script.snapshot->rows;
	for (size_t i = 0; i < script.snapshot->row_count; i++) {
		if (rows[i].id == kafka)
			rows[i].state = SERVICE_DOWN;
	}
	script_observe(&script);
	assert_true(script_shows(&script, "▸✖ kafka "));
	/* Filtered away: the nearest row; back again: the same service. */
	script_keys(&script, "/ 'core' Enter");
	assert_false(script_shows(&script, "▸✖ kafka "));
	assert_true(script_shows(&script, "▸")); /* some row has it */
	script_keys(&script, "Esc");
	assert_true(script_shows(&script, "▸✖ kafka "));
	script_release(&script);
}

/* The cause stands above those whom it brought down, whatever the order of the file. */
static void test_causes_first(void **state)
{
	struct script script;
	struct service_row *rows;
	char *screen;

	(void)state;
	script_init(&script, FIXTURE_OUTAGE, 120, 40, false);
	rows = (struct service_row *)script.snapshot->rows;
	for (size_t i = 0; i < script.snapshot->row_count; i++) {
		if (strcmp(rows[i].service->name, "postgres") != 0) {
			rows[i].caused_by = &rows[7].id;
			rows[i].caused_count = 1;
		}
	}
	screen = script_screen(&script);
	assert_non_null(strstr(screen, "▸✖ postgres"));
	assert_true(strstr(screen, "✖ postgres") < strstr(screen, "✖ gateway"));
	free(screen);
	script_release(&script);
}

/* A cursor that nobody has moved stays with the worst, whatever that is. */
static void test_cursor_at_rest_shows_the_worst(void **state)
{
	struct script script;
	struct service_row *rows;

	(void)state;
	script_init(&script, FIXTURE_HEALTHY, 120, 40, false);
	assert_true(script_shows(&script, "▸✔ gateway"));
	rows = (struct service_row *)script.snapshot->rows;
	rows[8].state = SERVICE_DOWN;
	script_observe(&script);
	assert_true(script_shows(&script, "▸✖ redis"));
	script_release(&script);
}

static void click(struct script *script, enum mouse_button button, int x, int y)
{
	struct key key = {.code = KEY_CODE_MOUSE, .button = button, .x = x, .y = y};

	effects_release(&script->effects);
	ui_key(script->ui, script->snapshot, &key, &script->effects);
	script_observe(script);
}

static void test_mouse(void **state)
{
	struct script script;

	(void)state;
	script_init(&script, FIXTURE_NEXUS, 120, 40, false);
	click(&script, MOUSE_LEFT, 10, 4);
	assert_true(script_shows(&script, "▸? scraping"));
	click(&script, MOUSE_LEFT, 10, 30); /* below the last row */
	assert_true(script_shows(&script, "▸? scraping"));
	click(&script, MOUSE_WHEEL_UP, 10, 4);
	assert_true(script_shows(&script, "▸✖ voice"));
	click(&script, MOUSE_DOUBLE, 10, 2);
	assert_true(script_shows(&script, "✖ voice  DOWN"));
	click(&script, MOUSE_LEFT, 80, 8); /* the diagnosis */
	assert_int_equal(script.ui->page.focus, PANE_DIAGNOSIS);
	click(&script, MOUSE_WHEEL_DOWN, 20, 35); /* the logs */
	assert_int_equal(script.ui->page.focus, PANE_LOGS);
	click(&script, MOUSE_LEFT, 20, 36); /* inside the traceback, which is four rows high */
	assert_true(script_shows(&script, "▸ 11:59:33.258 error Traceback"));
	click(&script, MOUSE_LEFT, 117, 39); /* "q back" */
	assert_true(script_shows(&script, "GROUP"));
	click(&script, MOUSE_LEFT, 117, 39); /* "q quit" */
	assert_int_equal(script.effects.len, 1);
	assert_int_equal(script.effects.at[0].kind, EFFECT_QUIT);
	script_release(&script);
}

static void paste(struct script *script, const char *keys)
{
	struct key begin = {.code = KEY_CODE_PASTE_BEGIN}, end = {.code = KEY_CODE_PASTE_END};

	ui_key(script->ui, script->snapshot, &begin, &script->effects);
	script_keys(script, keys);
	ui_key(script->ui, script->snapshot, &end, &script->effects);
}

static void test_pasted_text_is_no_keys(void **state)
{
	struct script script;

	(void)state;
	script_init(&script, FIXTURE_NEXUS, 120, 40, false);
	paste(&script, "q M Enter");
	assert_int_equal(script.effects.len, 0);
	assert_true(script_shows(&script, "▸✖ voice"));
	script_keys(&script, "/");
	paste(&script, "'redis'");
	assert_true(script_shows(&script, "filter: redis"));
	script_keys(&script, "Enter q");
	assert_int_equal(script.effects.len, 1);
	script_release(&script);
}

static void test_verify_turns_green(void **state)
{
	struct service_row *row;
	struct script script;
	struct check_row *checks;

	(void)state;
	script_init(&script, FIXTURE_NEXUS, 160, 50, false);
	script_keys(&script, "Enter 3 v");
	assert_true(script_shows(&script, "realtime-session  asking"));
	fixture_later(script.snapshot, 1);
	checks = (struct check_row *)snapshot_row(script.snapshot, script.ui->page.service_id)
			 ->checks;
	checks[0].observed_at = script.snapshot->wall_now;
	assert_true(script_shows(&script, "realtime-session  fail"));
	checks[0].last_result = CHECK_PASS;
	assert_true(
		script_shows(&script, "✔ voice/route POST /api/voice/realtime-session  verified"));
	/* All is well again and the cause is gone: the proof stays. */
	row = (struct service_row *)snapshot_row(script.snapshot, script.ui->page.service_id);
	row->state = SERVICE_UP;
	row->diagnosis_count = 0;
	assert_true(script_shows(&script, "Nothing is wrong."));
	assert_true(script_shows(&script, "✔ route POST /api/voice/realtime-session  verified"));
	script_release(&script);
}

/* Whatever pane is open and however small, `v` shows what it runs. */
static void test_verify_is_in_view(void **state)
{
	static const char *const keys[] = {"Enter v", "Enter 2 v", "Enter 3 v", "Enter 3 z v",
					   "Enter 3 G v"};
	static const struct {
		int width, height;
	} sizes[] = {{80, 24}, {100, 30}, {120, 40}};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(keys); i++) {
		for (size_t at = 0; at < BASE_LEN(sizes); at++) {
			struct script script;

			script_init(&script, FIXTURE_NEXUS, sizes[at].width, sizes[at].height,
				    false);
			script_keys(&script, keys[i]);
			assert_true(script_shows(&script, "proven when these pass"));
			assert_true(script_shows(&script, "asking …"));
			script_release(&script);
		}
	}
}

static void test_a_guess_says_so(void **state)
{
	struct script script;
	struct diagnosis *diagnosis;

	(void)state;
	script_init(&script, FIXTURE_NEXUS, 120, 40, false);
	script_keys(&script, "Enter");
	assert_false(script_shows(&script, "not sure"));
	diagnosis = (struct diagnosis *)snapshot_row(script.snapshot, script.ui->page.service_id)
			    ->diagnoses;
	diagnosis->confidence = 0.42;
	assert_true(script_shows(&script, "\n 42% not sure: The route"));
	assert_true(script_shows(&script, "│  42% not sure: The route"));
	script_release(&script);
}

static void test_logs_move(void **state)
{
	struct script script;

	(void)state;
	script_init(&script, FIXTURE_NEXUS, 100, 24, false);
	script_keys(&script, "Enter 2");
	assert_true(script_shows(&script, "▸●11:59:29.110"));
	script_keys(&script, "k");
	assert_true(script_shows(&script, "▸ 11:59:28.073"));
	for (int i = 0; i < 12; i++)
		script_keys(&script, "k"); /* past the window's edge */
	assert_true(script_shows(&script, "▸ 11:59:16"));
	script_keys(&script, "f");
	assert_true(script_shows(&script, "▸ 11:59:58"));
	assert_true(script.ui->page.logs.follow);
	script_keys(&script, "k");
	assert_false(script.ui->page.logs.follow);
	assert_true(script_shows(&script, "▸ 11:59:57"));
	script_keys(&script, "g");
	assert_true(script_shows(&script, "▸ 11:58:59"));
	/* What the app found: in view the window stays, else it comes. */
	ui_log_found(script.ui, true, 77, 5);
	script_observe(&script);
	assert_true(script_shows(&script, "▸ 11:59:03"));
	assert_true(script_shows(&script, "11:58:59"));
	ui_log_found(script.ui, true, 77, 50);
	script_observe(&script);
	assert_true(script_shows(&script, "▸ 11:59:48"));
	ui_log_found(script.ui, false, 0, 0);
	assert_true(script_shows(&script, "nothing more that way"));
	script_keys(&script, "[");
	assert_true(script_shows(&script, "▸ 11:58:59"));
	script_release(&script);
}

/* A failure of which the logs say nothing stands behind their last line. */
static void test_the_failure_is_behind_all_lines(void **state)
{
	struct script script;
	struct service_row *row;
	char *screen;

	(void)state;
	script_init(&script, FIXTURE_NEXUS, 80, 24, false);
	script_keys(&script, "Enter 2 G");
	assert_false(script_shows(&script, "─ DOWN 12:03:41"));
	row = (struct service_row *)snapshot_row(script.snapshot, script.ui->page.service_id);
	row->since = script.snapshot->wall_now;
	screen = script_screen(&script);
	assert_non_null(strstr(screen, "─ DOWN 12:03:41"));
	assert_non_null(strstr(screen, "▸ 11:59:58"));
	assert_true(strstr(screen, "─ DOWN 12:03:41") > strstr(screen, "▸ 11:59:58"));
	/* What the logs know of an older failure is not where this one is. */
	script.snapshot->logs.failure_row = 2;
	assert_true(script_shows(&script, "─ DOWN 12:03:41"));
	free(screen);
	screen = script_screen(&script);
	assert_true(strstr(screen, "─ DOWN 12:03:41") > strstr(screen, "▸ 11:59:58"));
	free(screen);
	script.snapshot->logs.failure_row = -1;
	script_keys(&script, "g");
	assert_false(script_shows(&script, "─ DOWN 12:03:41"));
	script_release(&script);
}

/* Without a source of logs the other panes have their room, where there is one they share it. */
static void test_no_logs_no_room(void **state)
{
	struct script script;
	struct layout layout;

	(void)state;
	script_init(&script, FIXTURE_NEXUS, 160, 50, false);
	script_keys(&script, "Enter");
	layout_compute(script.ui, script.snapshot, &layout);
	assert_true(layout.pane[PANE_LOGS].height > 15);
	((struct service *)ui_page_row(script.ui, script.snapshot)->service)->log_count = 0;
	layout_compute(script.ui, script.snapshot, &layout);
	assert_int_equal(layout.pane[PANE_LOGS].height, 1);
	script.snapshot->logs.line_count = 0;
	assert_true(script_shows(&script, "No log source is configured"));
	script_release(&script);
}

static void test_time_passes(void **state)
{
	struct script script;
	struct mono_time wake;

	(void)state;
	script_init(&script, FIXTURE_NEXUS, 120, 40, false);
	wake = ui_wake(script.ui, script.snapshot);
	assert_int_equal(wake.ns, script.snapshot->mono_now.ns + NS_PER_S);
	ui_message(script.ui, script.snapshot->mono_now, "done");
	assert_true(script_shows(&script, "done"));
	fixture_later(script.snapshot, 5);
	script_observe(&script);
	assert_false(script_shows(&script, "done"));
	assert_true(script_shows(&script, "12:03:46 UTC"));
	script_release(&script);
}

/* A service that goes down while the wall is up takes its first place; pages turn by themselves. */
static void test_wall(void **state)
{
	struct script script;
	struct service_row *rows;
	int page;

	(void)state;
	script_init_with(&script, fixture_snapshot(FIXTURE_HEALTHY), 80, 24, false, true);
	rows = (struct service_row *)script.snapshot->rows;
	fixture_later(script.snapshot, 10);
	rows[3].state = SERVICE_DOWN;
	rows[3].since = script.snapshot->wall_now;
	rows[3].why = "connection refused";
	script_observe(&script);
	assert_int_equal(script.ui->wall.stage, rows[3].id);
	assert_true(script_shows(&script, "connection refused"));
	script_keys(&script, "q");
	assert_int_equal(script.effects.at[0].kind, EFFECT_QUIT);
	script_release(&script);

	/* What was down before the wall was looked at is no news. */
	script_init_with(&script, fixture_snapshot(FIXTURE_NEXUS), 80, 24, false, true);
	fixture_later(script.snapshot, 10);
	script_observe(&script);
	assert_int_equal(script.ui->wall.stage, 0);
	script_release(&script);

	script_init_with(&script, fixture_snapshot(FIXTURE_LARGE), 80, 24, false, true);
	page = script.ui->wall.page;
	fixture_later(script.snapshot, 13);
	script_observe(&script);
	assert_int_not_equal(script.ui->wall.page, page);
	script_release(&script);
}

static void test_themes_are_there(void **state)
{
	size_t count;
	const char *const *names = ui_theme_names(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		struct diags diags;
		struct theme *theme;

		diags_init(&diags);
		theme = config_load_theme(names[i], &diags);
		if (theme == NULL)
			fail_msg("%s: %s", names[i], diags.len > 0 ? diags.at[0].message : "");
		theme_unref(theme);
		diags_release(&diags);
	}
}

static void test_opens_a_service_at_once(void **state)
{
	struct snapshot *snapshot = fixture_snapshot(FIXTURE_NEXUS);
	struct ui_options options = {.width = 120, .height = 40, .service = "redis"};
	struct ui_state *ui = ui_new(&options);
	struct effects effects = {0};

	(void)state;
	assert_int_equal(ui_detail_service(ui), 0);
	ui_observe(ui, snapshot, &effects);
	assert_int_equal(ui_detail_service(ui), fleet_service_named(snapshot->fleet, "redis")->id);
	ui_free(ui);
	effects_release(&effects);
	snapshot_unref(snapshot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_effects),
		cmocka_unit_test(test_table_screens),
		cmocka_unit_test(test_page_screens),
		cmocka_unit_test(test_risks_stand_whole),
		cmocka_unit_test(test_cursor_follows),
		cmocka_unit_test(test_causes_first),
		cmocka_unit_test(test_cursor_at_rest_shows_the_worst),
		cmocka_unit_test(test_mouse),
		cmocka_unit_test(test_pasted_text_is_no_keys),
		cmocka_unit_test(test_verify_turns_green),
		cmocka_unit_test(test_verify_is_in_view),
		cmocka_unit_test(test_a_guess_says_so),
		cmocka_unit_test(test_logs_move),
		cmocka_unit_test(test_time_passes),
		cmocka_unit_test(test_the_failure_is_behind_all_lines),
		cmocka_unit_test(test_no_logs_no_room),
		cmocka_unit_test(test_wall),
		cmocka_unit_test(test_themes_are_there),
		cmocka_unit_test(test_opens_a_service_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
