/* Writes each event as one line through stdio's buffer: a line is whole or, after a crash, the
 * last one is cut, which the reader says. See recorder.h. */
#include "app/recorder.h"

#include "base/json.h"
#include "base/xalloc.h"
#include "engine/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define LINE_MAX_BYTES (1u << 20)

struct recorder {
	FILE *file;
	struct strbuf line;
	bool broken;
};

struct recorder *recorder_new(const char *path, struct strbuf *err)
{
	struct recorder *recorder;
	FILE *file;
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0) {
		strbuf_addf(err, "cannot record to %s: %s", path, strerror(errno));
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
	if (fclose(recorder->file) != 0 && !recorder->broken)
		(void)fprintf(stderr, "sitrep: the recording is not whole: %s\n", strerror(errno));
	strbuf_release(&recorder->line);
	free(recorder);
}

void recorder_write(struct recorder *recorder, const struct event *event)
{
	struct json_writer writer;

	if (recorder->broken)
		return;
	strbuf_reset(&recorder->line);
	json_writer_init(&writer, &recorder->line, false);
	event_write(event, &writer);
	strbuf_addc(&recorder->line, '\n');
	if (fwrite(recorder->line.data, 1, recorder->line.len, recorder->file) != recorder->line.len)
		recorder->broken = true;
}
