/* Writes each event as one line through stdio's buffer: a line is whole or, after a crash, the
 * last one is cut, which the reader says. What a sample holds raw for the assertions (its body and
 * values) is masked first: no secret is ever on the disk. See recorder.h. */
#include "app/recorder.h"

#include "base/arena.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/scrub.h"
#include "base/xalloc.h"
#include "engine/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define LINE_MAX_BYTES (1u << 20)

struct recorder {
	FILE *file;
	struct strbuf line;
	int error; /* errno of the first write that failed; 0 */
};

struct recorder *recorder_new(const char *path, struct strbuf *err)
{
	struct recorder *recorder;
	FILE *file;
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	int error = errno;

	if (fd < 0) {
		strbuf_adds(err, "cannot record to ");
		scrub(err, path, strlen(path), SCRUB_LINE);
		strbuf_addf(err, ": %s", strerror(error));
		return NULL;
	}
	file = fdopen(fd, "a");
	if (file == NULL)
		BUG("fdopen: %s", strerror(errno));
	recorder = xcalloc(1, sizeof(*recorder));
	recorder->file = file;
	strbuf_init(&recorder->line, LINE_MAX_BYTES);
	return recorder;
}

void recorder_free(struct recorder *recorder)
{
	if (recorder == NULL)
		return;
	if (fclose(recorder->file) != 0 && recorder->error == 0)
		recorder->error = errno;
	if (recorder->error != 0)
		(void)fprintf(stderr, "sitrep: the recording is not whole: %s\n",
			      strerror(recorder->error));
	strbuf_release(&recorder->line);
	free(recorder);
}

static const char *masked(const struct redactor *redactor, struct arena *arena, const char *bytes,
			  size_t *len)
{
	struct strbuf out;
	const char *copy;

	strbuf_init(&out, LINE_MAX_BYTES);
	redact(redactor, &out, bytes, *len);
	*len = out.len;
	copy = arena_strndup(arena, out.len != 0 ? out.data : "", out.len);
	strbuf_release(&out);
	return copy;
}

static const char *masked_text(const struct redactor *redactor, struct arena *arena, const char *text)
{
	size_t len = strlen(text);

	return masked(redactor, arena, text, &len);
}

static void mask_value(const struct redactor *redactor, struct arena *arena, struct value *value)
{
	const char **items;

	if (value->type == VALUE_STRING) {
		value->as.string.bytes =
			masked(redactor, arena, value->as.string.bytes, &value->as.string.len);
	} else if (value->type == VALUE_LIST) {
		items = arena_alloc(arena, value->as.list.len * sizeof(*items));
		for (size_t i = 0; i < value->as.list.len; i++)
			items[i] = masked_text(redactor, arena, value->as.list.items[i]);
		value->as.list.items = items;
	}
}

static struct sample masked_sample(const struct redactor *redactor, struct arena *arena,
				   const struct sample *sample)
{
	struct sample copy = *sample;
	struct sample_value *values = arena_alloc(arena, copy.value_count * sizeof(*values));
	struct exchange_header *headers = arena_array(arena, copy.header_count, sizeof(*headers));

	for (size_t i = 0; i < copy.value_count; i++) {
		values[i] = sample->values[i];
		mask_value(redactor, arena, &values[i].value);
	}
	for (size_t i = 0; i < copy.header_count; i++) {
		headers[i].name = masked_text(redactor, arena, sample->headers[i].name);
		headers[i].value = masked_text(redactor, arena, sample->headers[i].value);
	}
	copy.headers = copy.headers != NULL ? headers : NULL;
	copy.values = values;
	if (copy.body != NULL && copy.body_len >= LIMIT_BODY)
		copy.body_len = redact_whole(redactor, copy.body, copy.body_len);
	if (copy.body != NULL)
		copy.body = masked(redactor, arena, copy.body, &copy.body_len);
	return copy;
}

void recorder_write(struct recorder *recorder, const struct event *event,
		    const struct redactor *redactor)
{
	struct event shown = *event;
	struct json_writer writer;
	struct sample sample;
	struct arena arena;

	if (recorder->error != 0)
		return;
	arena_init(&arena);
	if (event->kind == EVENT_SAMPLE && redactor != NULL && !redactor_empty(redactor)) {
		sample = masked_sample(redactor, &arena, event->as.sample);
		shown.as.sample = &sample;
	}
	strbuf_reset(&recorder->line);
	json_writer_init(&writer, &recorder->line, false);
	event_write(&shown, &writer);
	strbuf_addc(&recorder->line, '\n');
	if (fwrite(recorder->line.data, 1, recorder->line.len, recorder->file) != recorder->line.len)
		recorder->error = errno;
	arena_release(&arena);
}
