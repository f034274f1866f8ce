/* What a container wrote, as the engine streams it (Docker Engine API, "Attach to a container", stream
 * format): frames of an 8-byte head {0 stdin | 1 stdout | 2 stderr, 0, 0, 0, length big-endian} and their
 * bytes; without frames where the container has a terminal. */
#ifndef PROBE_DOCKER_STREAM_H
#define PROBE_DOCKER_STREAM_H

#include "base/strbuf.h"

/* Appends the text of all frames in their order, that of a frame cut short too. False where the bytes
 * are no frames: then nothing was appended. */
bool docker_stream_read(const char *bytes, size_t len, struct strbuf *text);
/* Keeps the last `most` bytes of a text, whole lines where it has some, without blank ends. */
void docker_last_lines(struct strbuf *text, size_t most);
/* The line that says best why a program ended: the last that speaks of an error and is not indented,
 * else the last that is not blank. Borrowed from `text`; NULL where all is blank. */
const char *docker_telling_line(const char *text, size_t len, size_t *line_len);

#endif
