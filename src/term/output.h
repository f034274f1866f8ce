/* Bytes on their way to a terminal that may take them late, or never: the loop must not wait for
 * a stopped or hanging line. */
#ifndef TERM_OUTPUT_H
#define TERM_OUTPUT_H

#include "base/clock.h"
#include "base/strbuf.h"

struct output {
	int fd; /* non-blocking; the caller's */
	struct strbuf pending;
	size_t sent; /* of pending */
	struct mono_time retry; /* when to try again; INT64_MAX: nothing is pending */
	uint64_t total;         /* bytes that the terminal has taken */
	bool gone;              /* it takes no more, for good */
};

void output_init(struct output *output, int fd);
void output_release(struct output *output);
/* Queues bytes; they are sent by the next output_flush(). */
void output_add(struct output *output, const void *bytes, size_t len);
/* True where all is out (or the terminal is gone). */
bool output_flush(struct output *output);
/* Flushes and waits for a slow terminal, `limit_ms` at most. */
void output_drain(struct output *output, int limit_ms);

#endif
