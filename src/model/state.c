/* States and marks as words, glyphs and exit codes, from states.def. See state.h. */
#include "model/state.h"

struct service_state_info {
	const char *name;
	const char *glyph;
	const char *ascii;
	int exit_code;
	int rank;
};

static const struct service_state_info services[SERVICE_STATE_COUNT] = {
#define SERVICE_STATE(id, name, glyph, ascii, code, rank)                                          \
	[SERVICE_##id] = {name, glyph, ascii, code, rank},
#include "model/states.def"
#undef SERVICE_STATE
};

const char *check_state_name(enum check_state state)
{
	static const char *const names[CHECK_STATE_COUNT + 1] = {
#define CHECK_STATE(id, name) [CHECK_##id] = name,
#include "model/states.def"
#undef CHECK_STATE
		[CHECK_PENDING] = "pending",
	};

	return names[state];
}

const char *service_state_name(enum service_state state)
{
	return services[state].name;
}

const char *service_state_glyph(enum service_state state, bool ascii)
{
	return ascii ? services[state].ascii : services[state].glyph;
}

int service_state_exit(enum service_state state)
{
	return services[state].exit_code;
}

int service_state_rank(enum service_state state)
{
	return services[state].rank;
}

static int badness(enum service_state state)
{
	switch (state) {
	case SERVICE_UP:
		return 0;
	case SERVICE_DEGRADED:
		return 1;
	case SERVICE_PENDING:
		return 2;
	case SERVICE_UNKNOWN:
		return 3;
	case SERVICE_DOWN:
		return 4;
	case SERVICE_STATE_COUNT:
		break;
	}
	BUG("no such service state: %d", (int)state);
}

enum service_state service_state_worse(enum service_state a, enum service_state b)
{
	return badness(a) >= badness(b) ? a : b;
}

const char *mark_name(enum mark mark)
{
	static const char *const names[MARK_COUNT] = {
#define MARK(id, name, doc) [MARK_BIT_##id] = name,
#include "model/states.def"
#undef MARK
	};

	return names[mark];
}
