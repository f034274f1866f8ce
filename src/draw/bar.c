/* History strips and phase bars; glyph and colour say the same, so either may be missing. */
#include "draw/bar.h"

static const struct {
	const char *glyph;
	enum style style;
} history_cells[] = {
	[HISTORY_NONE] = {" ", STYLE_DIM},	  [HISTORY_LEVEL1] = {"▁", STYLE_SPARK},
	[HISTORY_LEVEL2] = {"▂", STYLE_SPARK},	  [HISTORY_LEVEL3] = {"▃", STYLE_SPARK},
	[HISTORY_LEVEL4] = {"▄", STYLE_SPARK},	  [HISTORY_DEGRADED] = {"▆", STYLE_SPARK_DEGRADED},
	[HISTORY_FAIL] = {"×", STYLE_SPARK_FAIL}, [HISTORY_UNKNOWN] = {"?", STYLE_UNKNOWN},
};

void bar_history(struct area area, int x, int y, int width, const unsigned char *history)
{
	int cells = width < HISTORY_CELLS ? width : HISTORY_CELLS;

	for (int i = 0; i < cells; i++) {
		unsigned cell = history[HISTORY_CELLS - cells + i];

		if (cell >= BASE_LEN(history_cells))
			cell = HISTORY_NONE;
		area_text(area, x + i, y, history_cells[cell].style, history_cells[cell].glyph);
	}
}

static const struct {
	const char *glyph;
	enum style style;
} phase_looks[PHASE_COUNT] = {
	[PHASE_DNS] = {"░", STYLE_BAR_DNS},   [PHASE_CONNECT] = {"▒", STYLE_BAR_CONNECT},
	[PHASE_TLS] = {"▓", STYLE_BAR_TLS},   [PHASE_SEND] = {"▪", STYLE_BAR_SEND},
	[PHASE_WAIT] = {"█", STYLE_BAR_WAIT}, [PHASE_RECEIVE] = {"▬", STYLE_BAR_RECEIVE},
};

int bar_phases(struct area area, int x, int y, int width, const struct phases *phases)
{
	int64_t whole = 0;
	int used = 0, left = 0; /* left: phases that still need their one cell */

	for (int i = 0; i < PHASE_COUNT; i++) {
		if (phases->ns[i] > 0) {
			whole += phases->ns[i];
			left++;
		}
	}
	for (int i = 0; i < PHASE_COUNT; i++) {
		double part;
		int cells;

		if (phases->ns[i] <= 0)
			continue;
		left--;
		part = (double)phases->ns[i] / (double)whole * (double)width;
		cells = part < 1 ? 1 : (int)(part + 0.5);
		if (cells > width - used - left)
			cells = width - used - left;
		for (int at = 0; at < cells; at++)
			area_text(area, x + used + at, y, phase_looks[i].style,
				  phase_looks[i].glyph);
		used += cells > 0 ? cells : 0;
	}
	return used;
}
