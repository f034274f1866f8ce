/* `websocket`: one visit (visit.h) a run, with what the check says itself. See run.h. */
#include "probe/visit.h"

#include "base/limits.h"

struct websocket_probe {
	struct probe probe;
	struct visit *visit; /* while it runs */
};

static void on_done(void *context, struct sample *sample)
{
	struct websocket_probe *mine = context;
	struct strbuf message;

	CHECK_MAGIC(&mine->probe, PROBE_MAGIC);
	mine->visit = NULL;
	strbuf_init(&message, LIMIT_MESSAGE);
	if (sample->message != NULL) {
		probe_sentence(&mine->probe, sample->message, &message);
		sample->message = message.data;
	}
	probe_finish(&mine->probe, sample);
	strbuf_release(&message);
}

static void start(struct probe *probe)
{
	const struct check *check = probe->check;
	struct visit_question question = {
		.check = check,
		.url = check->url,
		.headers = check->headers,
		.header_count = check->header_count,
		.timeout_ns = probe_time_left(probe),
		.probe = probe,
	};

	question.sends = check_texts(check, CHECK_KEY_SEND, &question.send_count);
	((struct websocket_probe *)probe)->visit = visit_start(&question, on_done, probe);
}

static void cancel(struct probe *probe)
{
	struct websocket_probe *mine = (struct websocket_probe *)probe;

	visit_cancel(mine->visit);
	mine->visit = NULL;
}

const struct probe_type probe_websocket = {
	.size = sizeof(struct websocket_probe),
	.start = start,
	.cancel = cancel,
	.release = cancel,
};
