/* From the fleet's `logs:` to services, sources and streams; a reload keeps what stays the same,
 * with its lines and its place in the file. */
#include "logs/state.h"

#include "base/map.h"
#include "base/xalloc.h"

#include <string.h>

#define TOTAL_BYTES ((size_t)64 << 20) /* all rings together */
#define SERVICE_BYTES_MAX ((size_t)2 << 20)
#define SERVICE_BYTES_MIN ((size_t)128 << 10)
#define BLOCK_BYTES ((size_t)16 << 10)
#define LOOKING_NS (5 * NS_PER_S) /* since the last window: nobody looks any more */

static void on_hint(void *context)
{
	sweep_hint(context);
}

/* A file that is looked at is watched; one that stands at the path by now in place of the one
 * before, anew. */
static void tend_stream(struct logs *logs, struct stream *stream, bool looking)
{
	const struct tail_file *file = &stream->tail.file;
	bool right = stream->watch != NULL && looking && file->fd >= 0 &&
		     stream->watched_device == file->device && stream->watched_inode == file->inode;

	if (right)
		return;
	net_file_watch_free(stream->watch);
	stream->watch = NULL;
	if (!looking || file->fd < 0)
		return;
	stream->watch = net_file_watch_itself(logs->net, stream->tail.path, on_hint, logs);
	stream->watched_device = file->device;
	stream->watched_inode = file->inode;
}

void logs_tend_watches(struct logs *logs)
{
	struct mono_time now = net_now(logs->net);

	for (size_t i = 0; i < logs->services.len; i++) {
		struct log_service *service = logs->services.at[i];
		bool looking = service->looked.ns != 0 && now.ns - service->looked.ns < LOOKING_NS;

		if (!looking)
			service->looked.ns = 0;
		for (size_t k = 0; k < service->sources.len; k++) {
			struct source *source = service->sources.at[k];

			for (size_t s = 0; s < source->streams.len; s++)
				tend_stream(logs, source->streams.at[s], looking);
		}
	}
}

static void stream_free(struct stream *stream)
{
	held_remove(&stream->source->service->held, &stream->held);
	net_file_watch_free(stream->watch);
	ring_release(&stream->held.ring);
	tail_release(&stream->tail);
	free(stream);
}

void source_drop_stream(struct source *source, size_t index)
{
	stream_free(source->streams.at[index]);
	source->streams.at[index] = source->streams.at[--source->streams.len];
}

void logs_unwatch(struct logs *logs)
{
	for (size_t i = 0; i < logs->services.len; i++) {
		struct log_service *service = logs->services.at[i];

		for (size_t k = 0; k < service->sources.len; k++) {
			struct source *source = service->sources.at[k];

			for (size_t s = 0; s < source->streams.len; s++) {
				net_file_watch_free(source->streams.at[s]->watch);
				source->streams.at[s]->watch = NULL;
			}
		}
	}
}

static void source_free(struct source *source)
{
	for (size_t i = 0; i < source->streams.len; i++)
		stream_free(source->streams.at[i]);
	vec_release(&source->streams);
	free(source->path);
	free(source);
}

static void service_free(struct log_service *service)
{
	for (size_t i = 0; i < service->sources.len; i++)
		source_free(service->sources.at[i]);
	vec_release(&service->sources);
	held_release(&service->held);
	free(service->note);
	free(service);
}

struct stream *source_add_stream(struct source *source, const char *path, bool from_start)
{
	struct held *held = &source->service->held;
	struct stream *stream;

	if (held->count == HELD_STREAMS)
		return NULL;
	stream = xcalloc(1, sizeof(*stream));
	stream->source = source;
	stream->held.source = source->id;
	ring_init(&stream->held.ring, BLOCK_BYTES);
	tail_init(&stream->tail, path, from_start);
	held_add(held, &stream->held);
	vec_push(&source->streams, stream);
	return stream;
}

static struct source *take_source(struct log_service *old, const struct log_source *wanted)
{
	for (size_t i = 0; old != NULL && i < old->sources.len; i++) {
		struct source *source = old->sources.at[i];

		if (source->id == wanted->id && strcmp(source->path, wanted->path) == 0) {
			old->sources.at[i] = old->sources.at[--old->sources.len];
			return source;
		}
	}
	return NULL;
}

static void service_fill(struct log_service *service, struct log_service *old,
			 const struct service *wanted)
{
	for (size_t i = 0; i < wanted->log_count; i++) {
		const struct log_source *log = &wanted->logs[i];
		struct source *source = take_source(old, log);

		if (source != NULL) {
			for (size_t k = 0; k < source->streams.len; k++) {
				held_remove(&old->held, &source->streams.at[k]->held);
				held_add(&service->held, &source->streams.at[k]->held);
			}
		} else {
			source = xcalloc(1, sizeof(*source));
			source->id = log->id;
			source->path = xstrdup(log->path);
			source->is_glob = strpbrk(log->path, "*?[") != NULL;
			source->next_number = 1;
		}
		source->service = service;
		vec_push(&service->sources, source);
		if (!source->is_glob && source->streams.len == 0)
			source_add_stream(source, source->path, false);
	}
}

void logs_build(struct logs *logs, struct fleet *fleet)
{
	struct idmap *old_ids = logs->by_id;
	struct log_service **old = logs->services.at;
	size_t old_count = logs->services.len;

	memset(&logs->services, 0, sizeof(logs->services));
	logs->by_id = idmap_new();
	for (size_t i = 0; i < fleet->service_count; i++) {
		const struct service *wanted = &fleet->services[i];
		struct log_service *before =
			old_ids != NULL ? idmap_get(old_ids, wanted->id) : NULL;
		struct log_service *service;

		if (wanted->log_count == 0)
			continue;
		service = xcalloc(1, sizeof(*service));
		service->id = wanted->id;
		held_init(&service->held);
		if (before != NULL)
			service->held.dropped = before->held.dropped;
		service_fill(service, before, wanted);
		vec_push(&logs->services, service);
		idmap_put(logs->by_id, service->id, service);
	}
	for (size_t i = 0; i < old_count; i++)
		service_free(old[i]);
	free(old);
	if (old_ids != NULL)
		idmap_free(old_ids);
	logs->service_bytes = SERVICE_BYTES_MAX;
	if (logs->services.len > 0 && TOTAL_BYTES / logs->services.len < SERVICE_BYTES_MAX)
		logs->service_bytes = TOTAL_BYTES / logs->services.len;
	if (logs->service_bytes < SERVICE_BYTES_MIN)
		logs->service_bytes = SERVICE_BYTES_MIN;
	logs->examined = NULL;
	fleet_ref(fleet);
	if (logs->fleet != NULL)
		fleet_unref(logs->fleet);
	logs->fleet = fleet;
}

void logs_clear(struct logs *logs)
{
	for (size_t i = 0; i < logs->services.len; i++)
		service_free(logs->services.at[i]);
	vec_release(&logs->services);
	if (logs->by_id != NULL)
		idmap_free(logs->by_id);
	logs->by_id = NULL;
	if (logs->fleet != NULL)
		fleet_unref(logs->fleet);
	logs->fleet = NULL;
}
