/* A font of three by five cells; a sign that it lacks is left out. */
#include "draw/block.h"

struct sign {
	char character;
	int width;
	const char *rows[BLOCK_HEIGHT];
};

static const struct sign font[] = {
	{'0', 3, {"###", "# #", "# #", "# #", "###"}}, {'1', 3, {" # ", "## ", " # ", " # ", "###"}},
	{'2', 3, {"###", "  #", "###", "#  ", "###"}}, {'3', 3, {"###", "  #", "###", "  #", "###"}},
	{'4', 3, {"# #", "# #", "###", "  #", "  #"}}, {'5', 3, {"###", "#  ", "###", "  #", "###"}},
	{'6', 3, {"###", "#  ", "###", "# #", "###"}}, {'7', 3, {"###", "  #", "  #", "  #", "  #"}},
	{'8', 3, {"###", "# #", "###", "# #", "###"}}, {'9', 3, {"###", "# #", "###", "  #", "###"}},
	{':', 1, {" ", "#", " ", "#", " "}},           {'.', 1, {" ", " ", " ", " ", "#"}},
	{'%', 3, {"# #", "  #", " # ", "#  ", "# #"}}, {' ', 2, {"  ", "  ", "  ", "  ", "  "}},
};

static const struct sign *sign_of(char character)
{
	for (size_t i = 0; i < BASE_LEN(font); i++) {
		if (font[i].character == character)
			return &font[i];
	}
	return NULL;
}

int block_width(const char *text)
{
	int width = 0;

	for (; *text != '\0'; text++) {
		const struct sign *sign = sign_of(*text);

		if (sign != NULL)
			width += sign->width + 1;
	}
	return width > 0 ? width - 1 : 0;
}

int block_text(struct area area, int x, int y, enum style style, const char *text)
{
	int at = x;

	for (; *text != '\0'; text++) {
		const struct sign *sign = sign_of(*text);

		if (sign == NULL)
			continue;
		for (int row = 0; row < BLOCK_HEIGHT; row++) {
			for (int column = 0; column < sign->width; column++) {
				if (sign->rows[row][column] == '#')
					area_text(area, at + column, y + row, style, "█");
			}
		}
		at += sign->width + 1;
	}
	return at > x ? at - x - 1 : 0;
}
