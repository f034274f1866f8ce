/* Polling of Alertmanager. See alertmanager.h. */
#include "probe/alertmanager.h"

#include "base/limits.h"
#include "base/scrub.h"
#include "base/xalloc.h"
#include "net/http.h"

#define POLL_MAGIC 0x616c6d67u

struct alertmanager_poll {
	uint32_t magic;
	struct net *net;
	struct fleet *fleet;
	struct http_target *target; /* NULL: the URL is none, which was told */
	struct http_run *run;
	struct net_timer *timer;
	bool settled;
	void (*done)(void *context, const struct silences *silences, const char *problem);
	void *context;
};

/* What it answered, and a sentence about it in one line, harmless and without secrets. */
static void settle(struct alertmanager_poll *poll, const struct silences *silences, const char *what)
{
	const struct redactor *redactor = poll->fleet->redactor;
	char *whole = xasprintf("alertmanager %s %s", poll->fleet->alertmanager->shown, what);
	char *redacted = redact_dup(redactor, whole);
	char *line = scrub_dup(redacted, strlen(redacted), LIMIT_MESSAGE, SCRUB_LINE);

	poll->settled = true;
	poll->done(poll->context, silences, line);
	free(line);
	free(redacted);
	free(whole);
}

static void fail(struct alertmanager_poll *poll, const char *what)
{
	settle(poll, NULL, what);
}

static void take(struct alertmanager_poll *poll, const struct silences *silences)
{
	const char *first;
	size_t odd = silences_odd(silences, &first);
	char *what;

	if (odd == 0) {
		poll->settled = true;
		poll->done(poll->context, silences, NULL);
		return;
	}
	what = xasprintf("has %zu silence%s that mute%s nothing here, as this expression is not "
			 "understood: %s", odd, odd == 1 ? "" : "s", odd == 1 ? "s" : "", first);
	settle(poll, silences, what);
	free(what);
}

static void judge(struct alertmanager_poll *poll, const struct http_result *result)
{
	struct silences *silences;
	struct strbuf said;

	if (result->failure != FAILURE_NONE) {
		fail(poll, result->message);
		return;
	}
	strbuf_init(&said, LIMIT_BODY); /* cut only after it was redacted */
	strbuf_addf(&said, "answered %d", result->status);
	if (result->status == 401 || result->status == 403)
		strbuf_adds(&said, ": it refuses these credentials; check 'auth' of 'alertmanager'");
	else if (result->status != 200)
		strbuf_adds(&said, " to /api/v2/silences: check the URL of 'alertmanager'");
	else if (result->body_cut)
		strbuf_adds(&said, " with more silences than are read");
	else
		strbuf_adds(&said, " with ");
	silences = result->status == 200 && !result->body_cut
			   ? silences_read(result->body, result->body_len, poll->fleet->redactor, &said)
			   : NULL;
	if (silences == NULL)
		fail(poll, said.data);
	else
		take(poll, silences);
	silences_free(silences);
	strbuf_release(&said);
}

static void on_answer(void *context, struct http_run *run, const struct http_result *result)
{
	struct alertmanager_poll *poll = context;
	struct mono_time due;

	(void)run;
	CHECK_MAGIC(poll, POLL_MAGIC);
	poll->run = NULL;
	due = net_now(poll->net);
	due.ns += poll->fleet->alertmanager->interval_ns;
	net_timer_set(poll->timer, due);
	judge(poll, result);
}

static void on_due(void *context)
{
	struct alertmanager_poll *poll = context;
	const struct alertmanager *from = poll->fleet->alertmanager;
	struct http_options options = {
		.method = "GET",
		.url = from->url,
		.headers = from->headers,
		.header_count = from->header_count,
		.auth = &from->auth,
		.tls = &from->tls,
		.proxy = from->proxy,
		.keepalive = true,
		.body_max = LIMIT_PROMETHEUS,
	};
	struct strbuf err;

	CHECK_MAGIC(poll, POLL_MAGIC);
	if (poll->target == NULL) {
		strbuf_init(&err, LIMIT_MESSAGE);
		poll->target = http_target_new(poll->net, &options, &err);
		if (poll->target == NULL)
			fail(poll, err.data);
		strbuf_release(&err);
	}
	if (poll->target != NULL)
		poll->run = http_start(poll->target, from->timeout_ns, on_answer, poll);
}

struct alertmanager_poll *alertmanager_poll_new(
	struct net *net, struct fleet *fleet,
	void (*done)(void *context, const struct silences *silences, const char *problem),
	void *context)
{
	struct alertmanager_poll *poll;

	if (fleet->alertmanager == NULL)
		return NULL;
	poll = xcalloc(1, sizeof(*poll));
	poll->magic = POLL_MAGIC;
	poll->net = net;
	poll->fleet = fleet_ref(fleet);
	poll->done = done;
	poll->context = context;
	poll->timer = net_timer_new(net, on_due, poll);
	net_timer_set(poll->timer, net_now(net));
	return poll;
}

void alertmanager_poll_free(struct alertmanager_poll *poll)
{
	if (poll == NULL)
		return;
	CHECK_MAGIC(poll, POLL_MAGIC);
	if (poll->run != NULL)
		http_cancel(poll->run);
	http_target_free(poll->target);
	net_timer_free(poll->timer);
	fleet_unref(poll->fleet);
	poll->magic = 0;
	free(poll);
}

bool alertmanager_poll_settled(const struct alertmanager_poll *poll)
{
	return poll == NULL || poll->settled;
}
