/* The help screen, made from the tables that the keys themselves come from. */
#include "ui/doc.h"

#include "base/utf8.h"

#define KEYS_CELLS 30

/* All keys of an action in one view: "Up k". */
static void add_keys(struct doc *doc, enum key_view view, enum action action)
{
	size_t count;
	const struct key_binding *bindings = keymap_bindings(&count);

	for (size_t i = 0; i < count; i++) {
		if (bindings[i].view == view && bindings[i].action == action)
			doc_addf(doc, STYLE_HINT_KEY, "%s ", bindings[i].key);
	}
}

static void add_view(struct doc *doc, enum key_view view)
{
	size_t count;
	const struct key_binding *bindings = keymap_bindings(&count);
	bool seen[ACTION_COUNT] = {false}, any = false;

	for (size_t i = 0; i < count; i++) {
		enum action action = bindings[i].action;

		if (bindings[i].view != view || seen[action])
			continue;
		if (!any)
			doc_heading(doc, key_view_title(view));
		any = seen[action] = true;
		doc_line(doc, 1);
		add_keys(doc, view, action);
		doc_tab(doc, KEYS_CELLS);
		doc_wrap(doc, KEYS_CELLS, STYLE_TEXT, action_doc(action));
	}
}

static const struct {
	const char *command, *doc;
} commands[] = {
#define COMMAND(id, name, argument, doc) {name argument, doc},
#include "ui/commands.def"
#undef COMMAND
};

void doc_help(struct doc *doc, const struct ui_state *ui)
{
	enum key_view shown[4];
	size_t count = 0;

	doc_line(doc, 0);
	doc_add(doc, STYLE_STRONG, "Keys");
	for (enum key_view view = ui->help_for; view != KEYS_COUNT && count < BASE_LEN(shown);
	     view = key_view_next(view)) {
		add_view(doc, view);
		shown[count++] = view;
	}
	for (int view = 0; view < KEYS_COUNT; view++) {
		bool done = false;

		for (size_t i = 0; i < count; i++)
			done = done || shown[i] == (enum key_view)view;
		if (!done)
			add_view(doc, (enum key_view)view);
	}
	doc_heading(doc, "Commands");
	for (size_t i = 0; i < BASE_LEN(commands); i++) {
		doc_line(doc, 1);
		doc_addf(doc, STYLE_HINT_KEY, ":%s", commands[i].command);
		doc_tab(doc, KEYS_CELLS);
		doc_wrap(doc, KEYS_CELLS, STYLE_TEXT, commands[i].doc);
	}
}
