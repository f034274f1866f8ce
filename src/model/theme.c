/* Themes: names of roles, lifetime, and the one that is compiled in. See theme.h. */
#include "model/theme.h"

#include "base/xalloc.h"

const char *style_name(enum style style)
{
	static const char *const names[STYLE_COUNT] = {
#define STYLE(id, name, doc) [STYLE_##id] = name,
#include "model/styles.def"
#undef STYLE
	};

	return names[style];
}

struct theme *theme_ref(struct theme *theme)
{
	if (theme != NULL)
		theme->refs++;
	return theme;
}

void theme_unref(struct theme *theme)
{
	if (theme == NULL || --theme->refs != 0)
		return;
	free(theme->name);
	free(theme);
}

struct theme *theme_mono(void)
{
	static const struct {
		enum style style;
		unsigned attributes;
	} looks[] = {
		{STYLE_STRONG, ATTR_BOLD},
		{STYLE_TITLE, ATTR_BOLD},
		{STYLE_HEADER, ATTR_UNDERLINE},
		{STYLE_CURSOR, ATTR_REVERSE},
		{STYLE_BORDER_FOCUS, ATTR_BOLD},
		{STYLE_DEGRADED, ATTR_BOLD},
		{STYLE_DOWN, ATTR_BOLD},
		{STYLE_UNKNOWN, ATTR_BOLD},
		{STYLE_SPARK_FAIL, ATTR_BOLD},
		{STYLE_HINT_KEY, ATTR_BOLD},
		{STYLE_PROMPT, ATTR_BOLD},
		{STYLE_BANNER, ATTR_REVERSE | ATTR_BOLD},
		{STYLE_OK, ATTR_BOLD},
		{STYLE_GOT, ATTR_BOLD},
		{STYLE_LOG_WARN, ATTR_BOLD},
		{STYLE_LOG_ERROR, ATTR_BOLD},
		{STYLE_LOG_EVIDENCE, ATTR_UNDERLINE},
		{STYLE_SEARCH, ATTR_REVERSE},
		{STYLE_RISK, ATTR_BOLD | ATTR_UNDERLINE},
		{STYLE_TILE_DEGRADED, ATTR_BOLD},
		{STYLE_TILE_DOWN, ATTR_REVERSE | ATTR_BOLD},
		{STYLE_TILE_UNKNOWN, ATTR_BOLD},
	};
	struct theme *theme = xcalloc(1, sizeof(*theme));

	theme->refs = 1;
	theme->name = xstrdup("mono");
	for (size_t i = 0; i < STYLE_COUNT; i++)
		theme->style[i].full = theme->style[i].eight =
			(struct look){.fg = COLOR_DEFAULT, .bg = COLOR_DEFAULT};
	for (size_t i = 0; i < BASE_LEN(looks); i++) {
		struct theme_style *style = &theme->style[looks[i].style];

		style->mono = style->full.attributes = style->eight.attributes = looks[i].attributes;
	}
	return theme;
}
