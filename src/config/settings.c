/* Keys of a check that its type alone understands, read by what check_types.def says they take. See
 * settings.h. */
#include "config/settings.h"

#include <strings.h>

#define TEXTS_MOST 1000
#define DURATION_MOST (30 * 24 * 3600 * NS_PER_S)

/* Whether `text` is one of the words of "A|AAAA|CNAME", without regard to case. */
static bool is_choice(const char *choices, const char *text)
{
	size_t len = strlen(text);

	for (const char *at = choices;; at++) {
		size_t word = strcspn(at, "|");

		if (word == len && strncasecmp(at, text, len) == 0)
			return true;
		at += word;
		if (*at == '\0')
			return false;
	}
}

/* Any text, or one of a few words where the table says which. */
static bool read_text(struct builder *builder, const struct node *value, const char *what,
		      const char *choices, struct setting *setting)
{
	const char *text = build_text(builder, value, what, NULL);

	if (text != NULL && strchr(choices, '|') != NULL && !is_choice(choices, text)) {
		build_complain(builder, value, "%s is one of %s, not %s", what, choices,
			       build_shown(builder, value));
		return false;
	}
	setting->as.text = build_keep(builder, text);
	return text != NULL;
}

static bool read_texts(struct builder *builder, const struct node *value, const char *what,
		       struct setting *setting)
{
	size_t len = build_list_len(value), count = 0;
	const char **texts;

	if (len > TEXTS_MOST) {
		build_complain(builder, value, "%s holds more than %d texts", what, TEXTS_MOST);
		return false;
	}
	texts = arena_array(&builder->fleet->arena, len, sizeof(*texts));
	for (size_t i = 0; i < len; i++) {
		const char *text = build_text(builder, build_list_at(value, i), what, NULL);

		if (text != NULL)
			texts[count++] = build_keep(builder, text);
	}
	setting->as.texts.at = texts;
	setting->as.texts.count = count;
	return true;
}

static bool read_pairs(struct builder *builder, const struct node *value, const char *what,
		       struct setting *setting)
{
	struct name_value *pairs;
	size_t count = 0;

	if (value->kind != NODE_MAP) {
		build_complain(builder, value, "%s is a map of names and texts, not %s", what,
			       build_shown(builder, value));
		return false;
	}
	pairs = arena_array(&builder->fleet->arena, value->len, sizeof(*pairs));
	for (size_t i = 0; i < value->len; i++) {
		const char *text = build_text(builder, value->items[i], what, NULL);

		if (text != NULL)
			pairs[count++] = (struct name_value){
				.name = build_keep(builder, value->keys[i]->text),
				.value = build_keep(builder, text)};
	}
	setting->as.pairs.at = pairs;
	setting->as.pairs.count = count;
	return true;
}

static bool read_value(struct builder *builder, const struct check_key_info *info,
		       const struct node *value, const char *what, struct setting *setting)
{
	switch (info->kind) {
	case KEY_TEXT:
		return read_text(builder, value, what, info->value, setting);
	case KEY_FILE:
		setting->as.text = build_file(builder, value, what);
		return setting->as.text != NULL;
	case KEY_TEXTS:
		return read_texts(builder, value, what, setting);
	case KEY_PAIRS:
		return read_pairs(builder, value, what, setting);
	case KEY_FLAG:
		setting->as.flag = build_bool(builder, value, false);
		return true;
	case KEY_NUMBER:
		setting->as.number = build_int(builder, value, 0, 0, 1000);
		return true;
	case KEY_DURATION:
		setting->as.number = build_duration(builder, value, 0, 0, DURATION_MOST);
		return true;
	case KEY_OPTION:
		break;
	}
	BUG("no setting for %s", what);
}

bool setting_read(struct builder *builder, const struct node *key, const struct node *value,
		  struct setting *setting)
{
	enum check_key found = check_key_find(key->text);
	size_t count;
	const struct check_key_info *keys = check_keys(&count);

	if (found == CHECK_KEY_COUNT || keys[found].kind == KEY_OPTION)
		return false;
	if (node_is_null(value)) {
		build_complain(builder, value, "'%s' has no value", key->text);
		return false;
	}
	setting->key = found;
	return read_value(builder, &keys[found], value,
			  arena_printf(&builder->scratch, "'%s'", key->text), setting);
}

void settings_keep(struct builder *builder, const struct setting *settings, size_t count,
		   struct check *check)
{
	struct setting *kept = arena_array(&builder->fleet->arena, count, sizeof(*kept));

	for (size_t i = 0; i < count; i++) {
		size_t at = i;

		for (; at > 0 && kept[at - 1].key > settings[i].key; at--)
			kept[at] = kept[at - 1];
		kept[at] = settings[i];
	}
	check->settings = kept;
	check->setting_count = count;
}
