/* The words for how things are: of a check, of a service, and the marks beside them. */
#ifndef MODEL_STATE_H
#define MODEL_STATE_H

#include "base/base.h"

enum check_state {
#define CHECK_STATE(id, name) CHECK_##id,
#include "model/states.def"
#undef CHECK_STATE
	CHECK_STATE_COUNT,
	CHECK_PENDING = CHECK_STATE_COUNT /* no answer yet */
};
enum service_state {
#define SERVICE_STATE(id, name, glyph, ascii, code, rank) SERVICE_##id,
#include "model/states.def"
#undef SERVICE_STATE
	SERVICE_STATE_COUNT
};
enum mark {
#define MARK(id, name, doc) MARK_BIT_##id,
#include "model/states.def"
#undef MARK
	MARK_COUNT
};
#define MARK_OF(bit) (1u << (bit))
#define MARK_FLAPPING MARK_OF(MARK_BIT_FLAPPING)
#define MARK_ACKED MARK_OF(MARK_BIT_ACKED)
#define MARK_MUTED MARK_OF(MARK_BIT_MUTED)
#define MARK_SILENCED MARK_OF(MARK_BIT_SILENCED)
#define MARK_STALE MARK_OF(MARK_BIT_STALE)
#define MARK_MAINTENANCE MARK_OF(MARK_BIT_MAINTENANCE)

const char *check_state_name(enum check_state state);     /* "pass", "pending" */
const char *service_state_name(enum service_state state); /* "DOWN"; "…" for PENDING */
const char *service_state_glyph(enum service_state state, bool ascii);
int service_state_exit(enum service_state state);
int service_state_rank(enum service_state state);
/* The worse of two, in the order of the exit contract: DOWN, UNKNOWN, PENDING, DEGRADED, UP. */
enum service_state service_state_worse(enum service_state a, enum service_state b);
const char *mark_name(enum mark mark);

#endif
