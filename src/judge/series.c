/* Counting towards a change of state. Two counters run for each direction, because a warning is worse
 * than a pass and better than a failure: two results worse than a pass end a pass, and which state
 * follows is decided by the milder one. See series.h. */
#include "judge/series.h"

#include "base/clock.h"

void series_init(struct series *series)
{
	*series = (struct series){.state = CHECK_PENDING, .last = CHECK_PENDING};
}

static void count(uint16_t *counter, bool more)
{
	if (!more)
		*counter = 0;
	else if (*counter < UINT16_MAX)
		(*counter)++;
}

static int flap_changes(const struct series *series)
{
	int changes = 0;

	for (unsigned i = 0; i + 1 < series->flap_len; i++)
		changes += ((series->flap_states >> (2 * i)) & 3) !=
			   ((series->flap_states >> (2 * i + 2)) & 3);
	return changes;
}

static void watch_flapping(struct series *series, enum check_state result)
{
	const uint64_t mask = (UINT64_C(1) << (2 * SERIES_FLAP_SAMPLES)) - 1;
	int percent;

	series->flap_states = ((series->flap_states << 2) | (uint64_t)result) & mask;
	if (series->flap_len < SERIES_FLAP_SAMPLES)
		series->flap_len++;
	percent = flap_changes(series) * 100 / (SERIES_FLAP_SAMPLES - 1);
	if (percent > SERIES_FLAP_ON)
		series->flapping = true;
	else if (percent < SERIES_FLAP_OFF)
		series->flapping = false;
}

static enum check_state next_state(const struct series *series, enum check_state result, int fall,
				   int rise)
{
	switch ((enum check_state)series->state) {
	case CHECK_PASS:
		if (series->fails >= fall)
			return CHECK_FAIL;
		if (series->not_pass >= fall)
			return CHECK_WARN;
		break;
	case CHECK_WARN:
		if (series->fails >= fall)
			return CHECK_FAIL;
		if (series->passes >= rise)
			return CHECK_PASS;
		break;
	case CHECK_FAIL:
		if (series->passes >= rise)
			return CHECK_PASS;
		if (series->not_fail >= rise)
			return CHECK_WARN;
		break;
	case CHECK_UNKNOWN:
	case CHECK_PENDING:
		return result;
	}
	return series->unknowns >= fall ? CHECK_UNKNOWN : (enum check_state)series->state;
}

bool series_feed(struct series *series, enum check_state result, int fall, int rise)
{
	enum check_state old = (enum check_state)series->state;

	series->streak = series->last == result ? series->streak + 1 : 1;
	series->last = (uint8_t)result;
	if (result == CHECK_UNKNOWN) {
		count(&series->unknowns, true);
	} else {
		series->unknowns = 0;
		count(&series->fails, result == CHECK_FAIL);
		count(&series->not_pass, result != CHECK_PASS);
		count(&series->passes, result == CHECK_PASS);
		count(&series->not_fail, result != CHECK_FAIL);
		series->recent = ((series->recent << 1) | (result == CHECK_FAIL)) &
				 ((1u << SERIES_RECENT) - 1);
		watch_flapping(series, result);
	}
	series->state =
		(uint8_t)next_state(series, result, fall < 1 ? 1 : fall, rise < 1 ? 1 : rise);
	/* An outage that is over is not "fails now and then". */
	if (old == CHECK_FAIL && series->state != CHECK_FAIL)
		series->recent = 0;
	return series->state != old;
}

void series_add_latency(struct series *series, int64_t latency_ns)
{
	int64_t us = latency_ns / NS_PER_US;

	series->latency_us[series->latency_at] = us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
	series->latency_at = (uint8_t)((series->latency_at + 1) % SERIES_LATENCIES);
	if (series->latency_len < SERIES_LATENCIES)
		series->latency_len++;
}

int64_t series_median(const struct series *series)
{
	uint32_t sorted[SERIES_LATENCIES];

	if (series->latency_len == 0)
		return -1;
	for (size_t i = 0; i < series->latency_len; i++) {
		size_t at = i;

		for (; at > 0 && sorted[at - 1] > series->latency_us[i]; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = series->latency_us[i];
	}
	/* Of an even number the larger of the two middle ones: never better than it was. */
	return (int64_t)sorted[series->latency_len / 2] * NS_PER_US;
}

int series_recent_fails(const struct series *series)
{
	return __builtin_popcount(series->recent);
}
