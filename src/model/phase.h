/* The phases of a probe, in order, and how long each took. Unmeasured is PHASE_UNMEASURED, never
 * 0: on a reused connection there is no dns, connect or tls; HTTP has no `send` (libcurl 7.88
 * does not report it). */
#ifndef MODEL_PHASE_H
#define MODEL_PHASE_H

#include "base/base.h"

enum phase { PHASE_DNS, PHASE_CONNECT, PHASE_TLS, PHASE_SEND, PHASE_WAIT, PHASE_RECEIVE, PHASE_COUNT };
#define PHASE_NONE PHASE_COUNT
#define PHASE_UNMEASURED (-1)

struct phases {
	int64_t ns[PHASE_COUNT];
};

const char *phase_name(enum phase phase); /* "dns", "connect", ... */
struct phases phases_unmeasured(void);

#endif
