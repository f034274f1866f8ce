/* A theme: how each role of styles.def looks, for many colours, for eight, and for none. Data
 * only; counted and immutable. term/ picks the column that the terminal can show. */
#ifndef MODEL_THEME_H
#define MODEL_THEME_H

#include "base/base.h"

enum style {
#define STYLE(id, name, doc) STYLE_##id,
#include "model/styles.def"
#undef STYLE
	STYLE_COUNT
};
const char *style_name(enum style style);

enum attribute {
	ATTR_BOLD = 1 << 0,
	ATTR_DIM = 1 << 1,
	ATTR_REVERSE = 1 << 2,
	ATTR_UNDERLINE = 1 << 3,
	ATTR_ITALIC = 1 << 4
};

/* COLOR_DEFAULT is the terminal's own; 0..255 the xterm palette; COLOR_RGB(r,g,b) exact. */
#define COLOR_DEFAULT (-1)
#define COLOR_RGB(r, g, b) (0x1000000 | ((r) << 16) | ((g) << 8) | (b))
struct look {
	int32_t fg, bg;
	unsigned attributes;
};
struct theme_style {
	struct look full;  /* 256 colours or more */
	struct look eight; /* 8 or 16 colours: fg, bg in 0..7 or default */
	unsigned mono;     /* attributes where there are no colours */
};
struct theme {
	unsigned refs;
	char *name;
	struct theme_style style[STYLE_COUNT];
};
struct theme *theme_ref(struct theme *theme);
void theme_unref(struct theme *theme);
/* Compiled in: attributes alone, so that a broken theme file never leaves a person without a
 * screen. One reference. */
struct theme *theme_mono(void);

#endif
