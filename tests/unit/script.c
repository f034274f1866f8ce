/* A console without a terminal, driven by key scripts. After each key the snapshot is observed with
 * the log window that the ui asked for, as the app does it. */
#include "script.h"

#include "base/xalloc.h"

void script_init_with(struct script *script, struct snapshot *snapshot, int width, int height,
		      bool ascii, bool wall)
{
	struct ui_options options = {.ascii = ascii,
				     .mouse = true,
				     .wall = wall,
				     .width = width,
				     .height = height,
				     .theme = "dark"};

	*script = (struct script){.snapshot = snapshot, .ui = ui_new(&options)};
	canvas_init(&script->canvas, width, height, ascii);
	script_observe(script);
}

void script_init(struct script *script, enum fixture_kind kind, int width, int height, bool ascii)
{
	script_init_with(script, fixture_snapshot(kind), width, height, ascii, false);
}

void script_release(struct script *script)
{
	effects_release(&script->effects);
	ui_free(script->ui);
	canvas_release(&script->canvas);
	snapshot_unref(script->snapshot);
}

void script_observe(struct script *script)
{
	struct log_query query;

	if (ui_log_query(script->ui, script->snapshot, &query))
		fixture_logs(script->snapshot, &query);
	ui_observe(script->ui, script->snapshot, &script->effects);
}

static void press(struct script *script, const char *name)
{
	struct key key;

	if (!key_parse(name, &key))
		BUG("no key '%s'", name);
	ui_key(script->ui, script->snapshot, &key, &script->effects);
	script_observe(script);
}

void script_keys(struct script *script, const char *keys)
{
	effects_release(&script->effects);
	while (*keys != '\0') {
		char name[16] = {0};
		size_t len;

		if (*keys == ' ') {
			keys++;
			continue;
		}
		if (*keys == '\'' && strchr(keys + 1, '\'') != NULL) {
			for (keys++; *keys != '\''; keys++) {
				name[0] = *keys;
				press(script, *keys == ' ' ? "Space" : name);
			}
			keys++;
			continue;
		}
		len = strcspn(keys, " ");
		memcpy(name, keys, len < sizeof(name) ? len : sizeof(name) - 1);
		press(script, name);
		keys += len;
	}
}

char *script_screen(struct script *script)
{
	struct strbuf text;

	strbuf_init(&text, 1u << 20);
	view_render(script->snapshot, script->ui, &script->canvas, 0);
	canvas_text(&script->canvas, &text);
	return strbuf_detach(&text);
}

bool script_shows(struct script *script, const char *text)
{
	char *screen = script_screen(script);
	bool shows = strstr(screen, text) != NULL;

	free(screen);
	return shows;
}
