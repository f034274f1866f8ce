/* A check type that has no probe yet. */
#include "probe/run.h"

static void start(struct probe *probe)
{
	probe_fail_soon(probe, FAILURE_CONFIG, "cannot be asked yet");
}

static void ignore(struct probe *probe)
{
	(void)probe;
}

const struct probe_type probe_none = {
	.size = sizeof(struct probe),
	.start = start,
	.cancel = ignore,
	.rebind = ignore,
	.release = ignore,
};
