/* Themes from YAML: looks for the roles of styles.def. Invariant: a theme that is returned has a
 * look for every role in each of the three columns. The format is told in config.h and in
 * themes/dark.yaml. */
#include "config/config.h"
#include "config/file.h"

#include "base/limits.h"
#include "base/units.h"
#include "base/xalloc.h"

#include <math.h>
#include <unistd.h>

#define BASES_MOST 4 /* a theme on a theme on a theme */
#define COLOURS_MOST 64

static const char *const basic[] = {"black", "red",	"green", "yellow",
				    "blue",  "magenta", "cyan",	 "white"};

/* A name of the theme's own for a colour, with what eight-colour terminals show in its place. */
struct colour {
	const char *name;
	int32_t full, eight;
};

struct reading {
	struct theme *theme;
	struct diags *diags;
	struct colour colours[COLOURS_MOST];
	size_t colour_count;
	bool seen[STYLE_COUNT];
};

static void complain(struct reading *reading, const struct node *node, const char *wrong,
		     const char *text)
{
	diags_add(reading->diags, DIAG_ERROR, node->pos, "%s: '%.80s'", wrong, text);
}

/* "#rrggbb" */
static bool rgb_read(const char *text, int32_t *colour)
{
	int32_t value = 0;

	if (text[0] != '#' || strlen(text) != 7)
		return false;
	for (size_t i = 1; i < 7; i++) {
		if (hex_digit(text[i]) < 0)
			return false;
		value = value << 4 | hex_digit(text[i]);
	}
	*colour = COLOR_RGB(0, 0, 0) | value;
	return true;
}

/* A colour without a name of the theme's own. `eight` gets COLOR_NONE where it has none. */
#define COLOR_NONE (-2)
static bool plain_colour(const char *text, struct colour *colour)
{
	bool bright = strncmp(text, "bright-", 7) == 0;
	double number;

	if (strcmp(text, "default") == 0) {
		colour->full = colour->eight = COLOR_DEFAULT;
		return true;
	}
	for (size_t i = 0; i < BASE_LEN(basic); i++) {
		if (strcmp(bright ? text + 7 : text, basic[i]) == 0) {
			colour->eight = (int32_t)i;
			colour->full = (int32_t)i + (bright ? 8 : 0);
			return true;
		}
	}
	colour->eight = COLOR_NONE;
	if (rgb_read(text, &colour->full))
		return true;
	if (!number_parse(text, strlen(text), &number) || number < 0 || number > 255 ||
	    trunc(number) != number)
		return false;
	colour->full = (int32_t)number;
	if (colour->full < 8)
		colour->eight = colour->full;
	return true;
}

static bool find_colour(const struct reading *reading, const char *text, struct colour *colour)
{
	for (size_t i = 0; i < reading->colour_count; i++) {
		if (strcmp(reading->colours[i].name, text) == 0) {
			*colour = reading->colours[i];
			return true;
		}
	}
	return plain_colour(text, colour);
}

static unsigned attribute_of(const char *word)
{
	static const struct {
		const char *name;
		unsigned bit;
	} names[] = {
		{"bold", ATTR_BOLD},	       {"dim", ATTR_DIM},	{"reverse", ATTR_REVERSE},
		{"underline", ATTR_UNDERLINE}, {"italic", ATTR_ITALIC},
	};

	for (size_t i = 0; i < BASE_LEN(names); i++) {
		if (strcmp(names[i].name, word) == 0)
			return names[i].bit;
	}
	return 0;
}

/* A look in words, in both depths at once. */
struct spec {
	struct colour fg, bg;
	unsigned attributes;
};

static bool spec_word(struct reading *reading, const struct node *node, const char *word,
		      bool *after_on, bool *has_fg, struct spec *spec)
{
	unsigned attribute = attribute_of(word);

	if (attribute != 0) {
		spec->attributes |= attribute;
	} else if (strcmp(word, "on") == 0 && !*after_on) {
		*after_on = true;
		return true;
	} else if (*after_on) {
		*after_on = false;
		if (!find_colour(reading, word, &spec->bg)) {
			complain(reading, node, "no colour and no attribute", word);
			return false;
		}
	} else if (*has_fg || !find_colour(reading, word, &spec->fg)) {
		complain(reading, node, "no colour and no attribute", word);
		return false;
	} else {
		*has_fg = true;
	}
	return true;
}

/* `[FOREGROUND] [on BACKGROUND] [bold dim reverse underline italic]` */
static bool spec_read(struct reading *reading, const struct node *node, struct spec *spec)
{
	char *words, *rest;
	bool after_on = false, has_fg = false, ok = true;

	*spec = (struct spec){
		.fg = {.full = COLOR_DEFAULT, .eight = COLOR_DEFAULT},
		.bg = {.full = COLOR_DEFAULT, .eight = COLOR_DEFAULT},
	};
	if (node->kind != NODE_SCALAR) {
		complain(reading, node, "a look is a text like 'red on black bold', not",
			 node_kind_name(node->kind));
		return false;
	}
	words = rest = xstrdup(node->text);
	while (ok && rest != NULL) {
		const char *word = strsep(&rest, " ");

		if (word[0] != '\0')
			ok = spec_word(reading, node, word, &after_on, &has_fg, spec);
	}
	if (ok && after_on)
		complain(reading, node, "a colour is missing after 'on'", node->text);
	free(words);
	return ok && !after_on;
}

/* One colour for a depth of eight, by itself or out of `colors:`. */
static bool eight_read(struct reading *reading, const struct node *node, int32_t *colour)
{
	struct colour found;

	if (node_text(node) != NULL && plain_colour(node->text, &found) &&
	    found.eight != COLOR_NONE && found.full < 8) {
		*colour = found.eight;
		return true;
	}
	diags_add(reading->diags, DIAG_ERROR, node->pos,
		  "wanted one of black red green yellow blue magenta cyan white default");
	return false;
}

/* `NAME: COLOUR` or `NAME: {full: COLOUR, eight: BASIC}` */
static void read_colour(struct reading *reading, const struct node *key, const struct node *value)
{
	static const char *const known[] = {"full", "eight"};
	const struct node *full = value->kind == NODE_MAP ? node_get(value, "full") : value;
	const struct node *eight = node_get(value, "eight");
	struct colour *colour = &reading->colours[reading->colour_count];

	node_check_keys(value, known, BASE_LEN(known), reading->diags);
	if (reading->colour_count == COLOURS_MOST) {
		complain(reading, key, "too many colours", key->text);
		return;
	}
	if (node_text(full) == NULL || !plain_colour(full->text, colour)) {
		complain(reading, value, "no colour; wanted #rrggbb, 0 to 255, or a name like red",
			 node_text(full) != NULL ? full->text : "");
		return;
	}
	if (eight != NULL && !eight_read(reading, eight, &colour->eight))
		return;
	colour->name = key->text;
	reading->colour_count++;
}

static bool eight_of(struct reading *reading, const struct node *node, const struct spec *spec,
		     struct look *look)
{
	if (spec->fg.eight == COLOR_NONE || spec->bg.eight == COLOR_NONE) {
		diags_add(reading->diags, DIAG_ERROR, node->pos,
			  "say what terminals with eight colours show: {full: LOOK, eight: LOOK}");
		return false;
	}
	*look = (struct look){.fg = spec->fg.eight,
			      .bg = spec->bg.eight,
			      .attributes = spec->attributes};
	return true;
}

static void read_style(struct reading *reading, enum style style, const struct node *value)
{
	static const char *const known[] = {"full", "eight", "mono"};
	const struct node *full = value->kind == NODE_MAP ? node_get(value, "full") : value;
	const struct node *eight = node_get(value, "eight");
	const struct node *mono = node_get(value, "mono");
	struct theme_style *out = &reading->theme->style[style];
	struct spec spec, narrow;

	node_check_keys(value, known, BASE_LEN(known), reading->diags);
	if (full == NULL) {
		complain(reading, value, "a look in three columns wants at least 'full'",
			 style_name(style));
		return;
	}
	if (!spec_read(reading, full, &spec))
		return;
	out->full = (struct look){.fg = spec.fg.full,
				  .bg = spec.bg.full,
				  .attributes = spec.attributes};
	out->mono = spec.attributes;
	narrow = spec;
	if (eight != NULL && !spec_read(reading, eight, &narrow))
		return;
	if (!eight_of(reading, eight != NULL ? eight : full, &narrow, &out->eight))
		return;
	if (mono != NULL && spec_read(reading, mono, &spec))
		out->mono = spec.attributes;
}

static enum style style_find(const char *name)
{
	int style = 0;

	while (style < STYLE_COUNT && strcmp(style_name((enum style)style), name) != 0)
		style++;
	return (enum style)style;
}

static void read_styles(struct reading *reading, const struct node *styles)
{
	const char *names[STYLE_COUNT];

	for (int i = 0; i < STYLE_COUNT; i++)
		names[i] = style_name((enum style)i);
	node_check_keys(styles, names, STYLE_COUNT, reading->diags);
	for (size_t i = 0; styles->kind == NODE_MAP && i < styles->len; i++) {
		enum style style = style_find(styles->keys[i]->text);

		if (style == STYLE_COUNT)
			continue;
		reading->seen[style] = true;
		read_style(reading, style, styles->items[i]);
	}
}

static void complain_missing(struct reading *reading, const struct node *root)
{
	for (int i = 0; i < STYLE_COUNT; i++) {
		if (!reading->seen[i])
			diags_add(reading->diags, DIAG_ERROR, root->pos,
				  "no look for '%s'; name it, or begin with 'base: dark'",
				  style_name((enum style)i));
	}
}

static struct theme *load(const char *name, int bases, struct diags *diags);

/* The looks so far: another theme's, or none. */
static bool begin(struct reading *reading, const struct node *base, int bases)
{
	struct theme *theme;

	if (base == NULL)
		return true;
	if (node_text(base) == NULL || bases == BASES_MOST) {
		diags_add(reading->diags, DIAG_ERROR, base->pos,
			  bases == BASES_MOST ? "too many themes on top of each other"
					      : "'base' is the name of a theme");
		return false;
	}
	theme = load(base->text, bases + 1, reading->diags);
	if (theme == NULL)
		return false;
	memcpy(reading->theme->style, theme->style, sizeof(theme->style));
	memset(reading->seen, true, sizeof(reading->seen));
	theme_unref(theme);
	return true;
}

static bool read_theme(struct reading *reading, const struct node *root, int bases)
{
	static const char *const known[] = {"base", "colors", "styles"};
	const struct node *colours = node_get(root, "colors");
	const struct node *styles = node_get(root, "styles");
	size_t errors = reading->diags->errors;

	if (root->kind != NODE_MAP) {
		complain(reading, root, "a theme is a map with 'styles', not",
			 node_kind_name(root->kind));
		return false;
	}
	node_check_keys(root, known, BASE_LEN(known), reading->diags);
	if (!begin(reading, node_get(root, "base"), bases))
		return false;
	for (size_t i = 0; colours != NULL && colours->kind == NODE_MAP && i < colours->len; i++)
		read_colour(reading, colours->keys[i], colours->items[i]);
	if (styles != NULL)
		read_styles(reading, styles);
	complain_missing(reading, root);
	return reading->diags->errors == errors;
}

/* The bytes of the user's own theme, else of a built-in one. False where there is neither. */
static bool find_theme(const char *name, struct strbuf *path, struct strbuf *bytes,
		       struct diags *diags)
{
	const char *folder = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");
	const struct builtin_file *builtin;
	struct strbuf err;
	bool found = false;

	if (folder != NULL && folder[0] == '/')
		strbuf_addf(path, "%s/sitrep/themes/%s.yaml", folder, name);
	else if (home != NULL)
		strbuf_addf(path, "%s/.config/sitrep/themes/%s.yaml", home, name);
	strbuf_init(&err, 200);
	if (path->len != 0 && access(path->data, F_OK) == 0) {
		found = file_read(path->data, bytes, NULL, &err);
		if (!found)
			diags_add(diags, DIAG_ERROR, (struct srcpos){0}, "%s %s", path->data,
				  err.data);
		strbuf_release(&err);
		return found;
	}
	strbuf_release(&err);
	strbuf_reset(path);
	strbuf_addf(path, "themes/%s.yaml", name);
	builtin = builtin_find(path->data);
	if (builtin != NULL)
		strbuf_add(bytes, builtin->bytes, builtin->len);
	return builtin != NULL;
}

/* "no theme 'drak'; did you mean 'dark'? built in: dark, light, mono" */
static void complain_unknown(const char *name, struct diags *diags)
{
	const char *names[32];
	char *copies[32];
	size_t count = 0;
	struct strbuf list;
	const char *near;

	strbuf_init(&list, 400);
	for (const struct builtin_file *file = builtin_files; file->name != NULL; file++) {
		size_t len = strlen(file->name);

		if (strncmp(file->name, "themes/", 7) != 0 || count == BASE_LEN(names))
			continue;
		names[count] = copies[count] = xstrndup(file->name + 7, len - 7 - strlen(".yaml"));
		strbuf_addf(&list, "%s%s", count != 0 ? ", " : "", names[count]);
		count++;
	}
	near = diags_suggest(name, names, count);
	diags_add(diags, DIAG_ERROR, (struct srcpos){0},
		  "there is no theme '%.80s'; built in: %s%s%s%s", name, list.data,
		  near != NULL ? "; did you mean '" : "", near != NULL ? near : "",
		  near != NULL ? "'?" : "");
	for (size_t i = 0; i < count; i++)
		free(copies[i]);
	strbuf_release(&list);
}

static struct theme *load(const char *name, int bases, struct diags *diags)
{
	struct reading reading = {.theme = theme_mono(), .diags = diags};
	struct strbuf path, bytes;
	const struct node *root = NULL;
	struct arena arena;
	size_t before = diags->len;
	bool ok = false;

	arena_init(&arena);
	strbuf_init(&path, 4096);
	strbuf_init(&bytes, LIMIT_CONFIG_SCALAR);
	free(reading.theme->name);
	reading.theme->name = xstrdup(name);
	if (strchr(name, '/') == NULL && find_theme(name, &path, &bytes, diags))
		root = config_read_yaml(&arena, path.data, bytes.data, bytes.len, diags);
	else if (diags->len == before)
		complain_unknown(name, diags);
	if (root != NULL)
		ok = read_theme(&reading, root, bases);
	if (diags->len != before)
		diags_quote(diags, path.data, bytes.data, bytes.len);
	strbuf_release(&path);
	strbuf_release(&bytes);
	arena_release(&arena);
	if (!ok) {
		theme_unref(reading.theme);
		return NULL;
	}
	return reading.theme;
}

struct theme *config_load_theme(const char *name, struct diags *diags)
{
	return load(name, 0, diags);
}
