/* What the benches of checks share: CPU and memory of this process, and when the next of a paced run is
 * due. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "base/clock.h"

#include <stdio.h>
#include <sys/resource.h>

static inline int64_t cpu_ns(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * NS_PER_S +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * NS_PER_US;
}

static inline long rss_anon_kb(void)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[256];
	long kb = -1;

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "RssAnon: %ld", &kb) == 1)
			break;
	if (file != NULL)
		fclose(file);
	return kb;
}

/* At most 500 wake-ups a second, as the schedule coalesces. */
static inline struct mono_time paced(int64_t due_ns)
{
	int64_t soonest = clock_mono().ns + 2 * NS_PER_MS;

	return (struct mono_time){due_ns > soonest ? due_ns : soonest};
}

#endif
