/* The snapshot's lifetime and lookups; engine/ builds it. See snapshot.h. */
#include "model/snapshot.h"

#include "base/xalloc.h"

struct snapshot *snapshot_ref(struct snapshot *snapshot)
{
	if (snapshot != NULL)
		snapshot->refs++;
	return snapshot;
}

void snapshot_unref(struct snapshot *snapshot)
{
	if (snapshot == NULL || --snapshot->refs != 0)
		return;
	for (size_t i = 0; i < snapshot->held_count; i++)
		exchange_unref(snapshot->held[i]);
	free(snapshot->held);
	fleet_unref(snapshot->fleet);
	arena_release(&snapshot->arena);
	free(snapshot);
}

void snapshot_counts_add(struct snapshot_counts *counts, enum service_state state, bool maintenance)
{
	int *of[SERVICE_STATE_COUNT] = {
		[SERVICE_PENDING] = &counts->pending,   [SERVICE_UP] = &counts->up,
		[SERVICE_DEGRADED] = &counts->degraded, [SERVICE_UNKNOWN] = &counts->unknown,
		[SERVICE_DOWN] = &counts->down,
	};

	if (maintenance && state != SERVICE_UP)
		counts->maintenance++;
	else
		(*of[state])++;
}

const struct service_row *snapshot_row(const struct snapshot *snapshot, uint64_t service_id)
{
	for (size_t i = 0; i < snapshot->row_count; i++)
		if (snapshot->rows[i].id == service_id)
			return &snapshot->rows[i];
	return NULL;
}

const struct check_row *service_row_check(const struct service_row *row, uint64_t check_id)
{
	for (size_t i = 0; i < row->check_count; i++)
		if (row->checks[i].id == check_id)
			return &row->checks[i];
	return NULL;
}
