/* The names of the phases. See phase.h. */
#include "model/phase.h"

const char *phase_name(enum phase phase)
{
	static const char *const names[PHASE_COUNT + 1] = {
		[PHASE_DNS] = "dns",
		[PHASE_CONNECT] = "connect",
		[PHASE_TLS] = "tls",
		[PHASE_SEND] = "send",
		[PHASE_WAIT] = "wait",
		[PHASE_RECEIVE] = "receive",
		[PHASE_NONE] = "",
	};

	return names[phase];
}

struct phases phases_unmeasured(void)
{
	struct phases phases;

	for (size_t i = 0; i < PHASE_COUNT; i++)
		phases.ns[i] = PHASE_UNMEASURED;
	return phases;
}
