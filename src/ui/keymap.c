/* Lookups in keys.def and actions.def. Both are small; they are walked, never sorted. */
#include "ui/keymap.h"

static const struct key_binding bindings[] = {
#define KEY(view, key, action) {KEYS_##view, key, ACTION_##action},
#include "ui/keys.def"
#undef KEY
};

static const struct {
	const char *name, *doc;
} actions[ACTION_COUNT] = {
	[ACTION_NONE] = {"", ""},
#define ACTION(id, name, doc) [ACTION_##id] = {name, doc},
#include "ui/actions.def"
#undef ACTION
};

static const struct {
	const char *title;
	enum key_view next;
} views[KEYS_COUNT] = {
	[KEYS_ALL] = {"Everywhere", KEYS_COUNT},    [KEYS_TABLE] = {"Table", KEYS_ALL},
	[KEYS_PAGE] = {"Service", KEYS_ALL},	    [KEYS_CHECKS] = {"Checks", KEYS_PAGE},
	[KEYS_LOGS] = {"Logs", KEYS_PAGE},	    [KEYS_DIAGNOSIS] = {"Diagnosis", KEYS_PAGE},
	[KEYS_WALL] = {"Wall", KEYS_ALL},	    [KEYS_HELP] = {"Help", KEYS_ALL},
	[KEYS_INCIDENTS] = {"Incidents", KEYS_ALL}, [KEYS_PROMPT] = {"While typing", KEYS_COUNT},
};

const char *key_view_title(enum key_view view)
{
	return views[view].title;
}

enum key_view key_view_next(enum key_view view)
{
	return views[view].next;
}

const struct key_binding *keymap_bindings(size_t *count)
{
	*count = BASE_LEN(bindings);
	return bindings;
}

static bool same_key(const struct key *key, const char *text)
{
	struct key bound;

	if (!key_parse(text, &bound) || key->code != bound.code || key->mods != bound.mods)
		return false;
	return (key->code != KEY_CODE_CHAR && key->code != KEY_CODE_F) || key->cp == bound.cp;
}

enum action keymap_find(enum key_view view, const struct key *key)
{
	for (; view != KEYS_COUNT; view = views[view].next) {
		for (size_t i = 0; i < BASE_LEN(bindings); i++) {
			if (bindings[i].view == view && same_key(key, bindings[i].key))
				return bindings[i].action;
		}
	}
	return ACTION_NONE;
}

const char *keymap_key(enum key_view view, enum action action)
{
	for (; view != KEYS_COUNT; view = views[view].next) {
		for (size_t i = 0; i < BASE_LEN(bindings); i++) {
			if (bindings[i].view == view && bindings[i].action == action)
				return bindings[i].key;
		}
	}
	return NULL;
}

const char *action_name(enum action action)
{
	return actions[action].name;
}

const char *action_doc(enum action action)
{
	return actions[action].doc;
}
