/* The queue in front of the terminal. Invariant: bytes leave in order and whole; after an error
 * nothing is queued any more. */
#include "term/output.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

/* Above the largest frame (TERM_WIDTH_MAX x TERM_HEIGHT_MAX cells, each in a style of its own). */
#define PENDING_MAX (32u << 20)
#define RETRY_NS (20 * NS_PER_MS)

void output_init(struct output *output, int fd)
{
	*output = (struct output){.fd = fd, .retry = {INT64_MAX}};
	strbuf_init(&output->pending, PENDING_MAX);
}

void output_release(struct output *output)
{
	strbuf_release(&output->pending);
}

void output_add(struct output *output, const void *bytes, size_t len)
{
	if (!output->gone)
		strbuf_add(&output->pending, bytes, len);
}

static void output_end(struct output *output)
{
	strbuf_reset(&output->pending);
	output->sent = 0;
	output->retry.ns = INT64_MAX;
}

bool output_flush(struct output *output)
{
	while (output->sent < output->pending.len) {
		ssize_t n = write(output->fd, output->pending.data + output->sent,
				  output->pending.len - output->sent);

		if (n >= 0) {
			output->sent += (size_t)n;
			output->total += (uint64_t)n;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			output->retry.ns = clock_mono().ns + RETRY_NS;
			return false;
		} else if (errno != EINTR) {
			output->gone = true;
			break;
		}
	}
	output_end(output);
	return true;
}

void output_drain(struct output *output, int limit_ms)
{
	int64_t end = clock_mono().ns + limit_ms * NS_PER_MS;

	while (!output_flush(output)) {
		struct pollfd ready = {.fd = output->fd, .events = POLLOUT};
		int64_t left = (end - clock_mono().ns) / NS_PER_MS;

		if (left <= 0 || (poll(&ready, 1, (int)left) < 0 && errno != EINTR))
			break;
	}
}
