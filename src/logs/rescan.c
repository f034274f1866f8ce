/* Lines that came before their patterns: a copy of them goes through the scanner in a worker job,
 * one stretch of one file after the other. */
#include "logs/state.h"

#include "base/xalloc.h"

#define RESCAN_MAGIC 0x4e5ca900u
#define STRETCH ((size_t)256 << 10)

struct rescan {
	unsigned magic;
	struct logs *logs;
	uint64_t service_id, source;
	struct scanner scanner;
	unsigned generation;
	struct batch batch;
};

static void work(void *context, const struct net_job *job)
{
	struct rescan *rescan = context;

	CHECK_MAGIC(rescan, RESCAN_MAGIC);
	(void)job;
	scan_lines(&rescan->scanner, &rescan->batch, 0);
}

static void done(void *context, bool cancelled)
{
	struct rescan *rescan = context;
	struct logs *logs = rescan->logs;

	CHECK_MAGIC(rescan, RESCAN_MAGIC);
	logs->rescan = NULL;
	logs->rescan_job = NULL;
	if (!cancelled && rescan->generation == logs->generation)
		deliver_matches(logs, rescan->service_id, rescan->source, &rescan->batch);
	batch_release(&rescan->batch);
	scanner_release(&rescan->scanner);
	free(rescan);
	if (logs->closing)
		logs_end(logs);
	else
		rescan_start(logs);
}

/* Copies lines from rescan_from on, at most STRETCH bytes of them. */
static void copy_stretch(struct rescan *rescan, struct stream *stream)
{
	const struct ring *ring = &stream->held.ring;
	struct batch *batch = &rescan->batch;

	if (stream->rescan_from < ring->first)
		stream->rescan_from = ring->first;
	while (stream->rescan_from < stream->rescan_to && batch->text.len < STRETCH) {
		uint64_t number;
		const char *text;
		struct ring_line line = *ring_at(ring, stream->rescan_from++, &text, &number);

		if (batch->lines.len == 0)
			batch->number = number;
		line.number = (uint32_t)(number - batch->number);
		line.offset = (uint32_t)batch->text.len;
		vec_push(&batch->lines, line);
		strbuf_add(&batch->text, text, line.len);
		strbuf_addc(&batch->text, '\n');
	}
}

static struct stream *next_stream(const struct logs *logs)
{
	for (size_t i = 0; i < logs->services.len; i++) {
		const struct log_service *service = logs->services.at[i];

		for (size_t k = 0; k < service->sources.len; k++) {
			const struct source *source = service->sources.at[k];

			for (size_t s = 0; s < source->streams.len; s++) {
				struct stream *stream = source->streams.at[s];

				if (stream->rescan_from < stream->rescan_to)
					return stream;
			}
		}
	}
	return NULL;
}

void rescan_start(struct logs *logs)
{
	struct stream *stream;
	struct rescan *rescan;

	if (logs->rescan != NULL || logs->patterns == NULL)
		return;
	stream = next_stream(logs);
	if (stream == NULL)
		return;
	rescan = xcalloc(1, sizeof(*rescan));
	rescan->magic = RESCAN_MAGIC;
	rescan->logs = logs;
	rescan->service_id = stream->source->service->id;
	rescan->source = stream->source->id;
	rescan->scanner.set = pattern_set_ref(logs->patterns);
	rescan->generation = logs->generation;
	batch_init(&rescan->batch);
	copy_stretch(rescan, stream);
	logs->rescan = rescan;
	logs->rescan_job = net_job_start(logs->net, work, done, rescan);
}

bool logs_settled(const struct logs *logs)
{
	return logs->swept && logs->rescan == NULL &&
	       (logs->patterns == NULL || next_stream(logs) == NULL);
}
