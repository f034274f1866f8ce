/* Conversations: a toy protocol of lines against peers that answer, stop, close, flood and put TLS on
 * in the middle; phases, evidence, ends. */
#include "probe/talk.h"

#include "temp_folder.h"

#include "../net/certs.h"
#include "../net/peer.h"
#include "../net/servers.h"

#include <dirent.h>
#include <unistd.h>

#define ANSWER_MOST 1000
#define DAY_S (24L * 3600)

static char folder[] = "/tmp/sitrep-talk-XXXXXX";
static char ca_file[64];
static bool toy_tls;

/* Asks HELLO, and waits for a line; "secure" on it begins TLS. */
struct toy_talk {
	struct talk talk;
	unsigned opened, resets;
	bool end_is_fine;
};

static void toy_opened(struct talk *talk)
{
	struct toy_talk *toy = (struct toy_talk *)talk;

	toy->opened++;
	if (toy_tls && toy->opened == 1)
		talk_ask(talk, "TLS\n", 4, "TLS", "the answer to TLS");
	else
		talk_ask(talk, "HELLO secret\n", 13, "HELLO secret", "the answer to HELLO");
}

static size_t toy_received(struct talk *talk, const char *bytes, size_t len)
{
	const char *end = memchr(bytes, '\n', len);
	size_t line = end != NULL ? (size_t)(end - bytes) : 0;

	if (end == NULL)
		return 0;
	talk_note(talk, "%.*s", (int)line, bytes);
	if (line == 6 && memcmp(bytes, "secure", 6) == 0) {
		talk_secure(talk);
		return line + 1;
	}
	if (line >= 4 && memcmp(bytes, "more", 4) == 0)
		return line + 1;
	talk_text(talk, SUBJECT_VERSION, "0", 1);
	talk_text(talk, SUBJECT_VERSION, bytes, line);
	if (memcmp(bytes, "no", 2) == 0)
		talk_fail(talk, FAILURE_SERVER, "answered \"%.*s\"", (int)line, bytes);
	else if (bytes[0] == '\x01')
		talk_fail_garbage(talk, "a toy", bytes, len);
	else
		talk_pass(talk);
	return line + 1;
}

static bool toy_closed(struct talk *talk)
{
	if (!((struct toy_talk *)talk)->end_is_fine)
		return false;
	talk_pass(talk);
	return true;
}

static void toy_reset(struct talk *talk)
{
	((struct toy_talk *)talk)->resets++;
	((struct toy_talk *)talk)->opened = 0;
}

static const struct talk_protocol protocol = {.size = sizeof(struct toy_talk), .most = ANSWER_MOST,
	.opened = toy_opened, .received = toy_received, .closed = toy_closed, .reset = toy_reset};
static const struct talk_protocol late = {.size = sizeof(struct toy_talk), .most = ANSWER_MOST,
	.late_tls = true, .opened = toy_opened, .received = toy_received, .reset = toy_reset};
TALK_PROBE(toy);

/* --- asking ------------------------------------------------------------------------------- */

struct heard {
	unsigned samples, finished;
	enum failure failure;
	enum phase phase;
	struct phases phases;
	char message[600], version[2000];
	struct exchange *exchange;
	struct net *net;
};

static void on_sample(void *context, const struct sample *sample)
{
	struct heard *heard = context;
	const struct value *version = sample_value(sample, SUBJECT_VERSION, NULL);

	heard->samples++;
	heard->failure = sample->failure;
	heard->phase = sample->failed_phase;
	heard->phases = sample->phases;
	(void)snprintf(heard->message, sizeof(heard->message), "%s",
		       sample->message != NULL ? sample->message : "");
	(void)snprintf(heard->version, sizeof(heard->version), "%s",
		       version != NULL ? version->as.string.bytes : "");
	exchange_unref(heard->exchange);
	heard->exchange = exchange_ref(sample->exchange);
}

static void on_finished(void *context, uint64_t check_id)
{
	struct heard *heard = context;

	(void)check_id;
	heard->finished++;
	net_stop(heard->net);
}

struct toy_rig {
	struct rig rig;
	struct heard heard;
	struct prober *prober;
	struct check *check;
	struct toy_talk toy;
};

static void toy_init(struct toy_rig *toy, int port)
{
	const struct prober_events events = {.deliver = on_sample, .finished = on_finished,
						.context = &toy->heard};

	*toy = (struct toy_rig){0};
	rig_init(&toy->rig);
	redactor_add(toy->rig.fleet->redactor, "secret");
	toy->heard.net = toy->rig.net;
	toy->prober = prober_new(toy->rig.net, toy->rig.fleet, &events);
	toy->check = rig_add(&toy->rig, CHECK_TYPE_REDIS, "127.0.0.1:1");
	toy->check->host = "127.0.0.1";
	toy->check->port = port;
	toy->check->timeout_ns = 700 * NS_PER_MS;
	toy->toy.talk.probe = (struct probe){.magic = PROBE_MAGIC, .prober = toy->prober,
					     .id = toy->check->id, .check = toy->check,
					     .type = &probe_toy};
}

static void toy_begin(struct toy_rig *toy, const struct talk_protocol *how)
{
	struct probe *probe = &toy->toy.talk.probe;

	probe->running = true;
	toy->prober->running++;
	probe->deadline.ns = clock_mono().ns + toy->check->timeout_ns;
	probe->tries = 1;
	toy->heard.samples = toy->heard.finished = 0;
	talk_start(probe, how);
	assert_int_equal(toy->heard.finished, 0);
}

static struct heard *toy_ask(struct toy_rig *toy, const struct talk_protocol *how)
{
	toy_begin(toy, how);
	net_run(toy->rig.net);
	assert_int_equal(toy->heard.samples, 1);
	assert_int_equal(toy->heard.finished, 1);
	assert_null(toy->toy.talk.stream);
	assert_int_equal(toy->toy.talk.run.values.len, 0);
	return &toy->heard;
}

static void toy_release(struct toy_rig *toy)
{
	exchange_unref(toy->heard.exchange);
	talk_release(&toy->toy.talk.probe);
	prober_free(toy->prober);
	rig_release(&toy->rig);
}

/* --- peers -------------------------------------------------------------------------------- */

static void good(int fd)
{
	if (peer_await(fd, "HELLO secret\n"))
		peer_says(fd, "more of secret\nit is \x1b[31mwell\n");
}

static void refusing(int fd)
{
	if (peer_await(fd, "\n"))
		peer_says(fd, "no, never\n");
}

static void garbage(int fd)
{
	if (peer_await(fd, "\n"))
		peer_says(fd, "\x01\x02 and much more that nobody wants to read in a sentence\n");
}

/* A secret that reaches past the end of what is shown. */
static void echoing(int fd)
{
	if (peer_await(fd, "\n"))
		peer_says(fd, "\x01xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxsecret and more\n");
}

static void silent(int fd)
{
	(void)peer_await(fd, "never said");
}

static void half(int fd)
{
	if (peer_await(fd, "\n"))
		peer_says(fd, "half a li");
	(void)peer_await(fd, "never said");
}

static void closing(int fd)
{
	(void)peer_await(fd, "\n");
}

static void resetting(int fd)
{
	(void)peer_await(fd, "\n");
	peer_reset(fd);
}

static void flooding(int fd)
{
	char many[ANSWER_MOST + 500];

	memset(many, 'x', sizeof(many));
	if (peer_await(fd, "\n"))
		peer_say(fd, many, sizeof(many));
	(void)peer_await(fd, "never said");
}

static void bytewise(int fd)
{
	if (!peer_await(fd, "\n"))
		return;
	for (const char *at = "one by one\n"; *at != '\0'; at++) {
		peer_say(fd, at, 1);
		usleep(500);
	}
}

/* --- tests -------------------------------------------------------------------------------- */

static void test_pass(void **state)
{
	struct exchange *first;
	struct toy_rig toy;
	struct peer peer;
	struct heard *heard;

	(void)state;
	peer_start(&peer, good);
	toy_init(&toy, peer.port);
	heard = toy_ask(&toy, &protocol);
	assert_int_equal(heard->failure, FAILURE_NONE);
	assert_string_equal(heard->message, "");
	assert_null(strchr(heard->version, '\x1b'));
	assert_non_null(strstr(heard->version, "it is "));
	for (int phase = PHASE_SEND; phase <= PHASE_RECEIVE; phase++)
		assert_true(heard->phases.ns[phase] >= 0);
	assert_int_equal(heard->phases.ns[PHASE_TLS], PHASE_UNMEASURED);
	assert_string_equal(heard->exchange->request, "redis 127.0.0.1:1");
	assert_memory_equal(heard->exchange->peer, "127.0.0.1:", 10);
	assert_non_null(strstr(heard->exchange->body, "> HELLO ***\n< more of ***\n< it is "));
	assert_null(strchr(heard->exchange->body, '\x1b'));
	/* The same evidence is the same object. */
	first = exchange_ref(heard->exchange);
	heard = toy_ask(&toy, &protocol);
	assert_ptr_equal(heard->exchange, first);
	exchange_unref(first);
	assert_int_equal(toy.toy.resets, 2);
	toy_release(&toy);
	peer_stop(&peer);
}

static void test_ends(void **state)
{
	const struct {
		void (*serve)(int fd);
		enum failure failure;
		enum phase phase;
		const char *says;
	} cases[] = {
		{refusing, FAILURE_SERVER, PHASE_RECEIVE, "redis 127.0.0.1:1 answered \"no, never\""},
		{garbage, FAILURE_PROTOCOL, PHASE_RECEIVE, "redis 127.0.0.1:1 is not a toy: it answered \""},
		{echoing, FAILURE_PROTOCOL, PHASE_RECEIVE, "xxxx***…\""},
		{silent, FAILURE_TIMEOUT, PHASE_WAIT, "redis 127.0.0.1:1 timed out after 700ms waiting for "
		 "the answer to HELLO; it accepts connections but says nothing"},
		{half, FAILURE_TIMEOUT, PHASE_RECEIVE, "timed out after 700ms waiting for the answer to HELLO"},
		{closing, FAILURE_CLOSED, PHASE_WAIT, "closed the connection when the answer to HELLO was due"},
		{resetting, FAILURE_RESET, PHASE_WAIT, "reset the connection when the answer to HELLO was due"},
		{flooding, FAILURE_TOO_LARGE, PHASE_RECEIVE, "sent an answer that is larger than "},
		{bytewise, FAILURE_NONE, PHASE_NONE, ""},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(cases); i++) {
		struct toy_rig toy;
		struct peer peer;
		struct heard *heard;

		peer_start(&peer, cases[i].serve);
		toy_init(&toy, peer.port);
		heard = toy_ask(&toy, &protocol);
		print_message("# %s\n", heard->message);
		assert_null(strstr(heard->message, "secr"));
		assert_int_equal(heard->failure, cases[i].failure);
		assert_int_equal(heard->phase, cases[i].phase);
		assert_says(heard->message, cases[i].says);
		toy_release(&toy);
		peer_stop(&peer);
	}
}

static void test_close_may_be_an_end(void **state)
{
	struct toy_rig toy;
	struct peer peer;

	(void)state;
	peer_start(&peer, closing);
	toy_init(&toy, peer.port);
	toy.toy.end_is_fine = true;
	assert_int_equal(toy_ask(&toy, &protocol)->failure, FAILURE_NONE);
	toy_release(&toy);
	peer_stop(&peer);
}

static void test_refused_and_cancelled(void **state)
{
	struct toy_rig toy;
	struct peer peer;
	struct heard *heard;

	(void)state;
	toy_init(&toy, free_port());
	heard = toy_ask(&toy, &protocol);
	assert_int_equal(heard->failure, FAILURE_REFUSED);
	assert_int_equal(heard->phase, PHASE_CONNECT);
	assert_non_null(heard->exchange);
	peer_start(&peer, silent);
	toy.check->port = peer.port;
	toy_begin(&toy, &protocol);
	talk_cancel(&toy.toy.talk.probe);
	assert_int_equal(toy.heard.samples, 0);
	assert_null(toy.toy.talk.stream);
	toy.prober->running--;
	toy_release(&toy);
	peer_stop(&peer);
}

/* --- TLS in the middle -------------------------------------------------------------------- */

static const char *tls_answer = "secure\n";

static void late_tls(int fd)
{
	char came[100];
	char many[900];
	SSL *ssl;

	if (!peer_await(fd, "TLS\n"))
		return;
	peer_says(fd, tls_answer);
	ssl = peer_secure(fd, folder, "good");
	if (ssl == NULL)
		return;
	if (SSL_read(ssl, came, sizeof(came)) > 0) {
		/* Several records: those behind the first are pending where no poll sees them. */
		memset(many, 'm', sizeof(many));
		memcpy(many, "more", 4);
		many[sizeof(many) - 1] = '\n';
		for (int i = 0; i < 100; i++)
			(void)SSL_write(ssl, many, sizeof(many));
		(void)SSL_write(ssl, "over TLS\n", 9);
	}
	peer_unsecure(ssl);
}

static void test_late_tls(void **state)
{
	struct toy_rig toy;
	struct peer peer;
	struct heard *heard;

	(void)state;
	peer_start(&peer, late_tls);
	toy_init(&toy, peer.port);
	toy_tls = true;
	toy.check->secure = true;
	rig_tls(&toy.rig, toy.check)->ca = ca_file;
	for (int i = 0; i < 3; i++) {
		heard = toy_ask(&toy, &late);
		assert_string_equal(heard->message, "");
		assert_string_equal(heard->version, "over TLS");
		assert_true(heard->phases.ns[PHASE_TLS] > 0);
		assert_true(heard->phases.ns[PHASE_CONNECT] > 0);
		assert_int_equal(heard->exchange->certificate_count, 1);
		assert_string_equal(heard->exchange->tls_version, "TLSv1.3");
	}
	/* The name is verified. */
	rig_tls(&toy.rig, toy.check)->server_name = "other.example";
	heard = toy_ask(&toy, &late);
	print_message("# %s\n", heard->message);
	assert_int_equal(heard->failure, FAILURE_TLS_WRONG_NAME);
	assert_int_equal(heard->phase, PHASE_TLS);
	rig_tls(&toy.rig, toy.check)->server_name = NULL;
	rig_tls(&toy.rig, toy.check)->ca = NULL;
	heard = toy_ask(&toy, &late);
	print_message("# %s\n", heard->message);
	assert_int_equal(heard->failure, FAILURE_TLS_UNTRUSTED);
	/* Whoever sends plain bytes behind the answer speaks into our TLS. */
	tls_answer = "secure\nplain";
	heard = toy_ask(&toy, &late);
	print_message("# %s\n", heard->message);
	assert_int_equal(heard->failure, FAILURE_PROTOCOL);
	assert_says(heard->message, "sent 5 bytes in plain text where TLS had to begin");
	toy_tls = false;
	toy_release(&toy);
	peer_stop(&peer);
}

static int make_certs(void **state)
{
	static const struct cert_spec specs[] = {
		{"ca", NULL, NULL, -DAY_S, 3650 * DAY_S},
		{"good", "ca", "DNS:localhost,IP:127.0.0.1", -DAY_S, 90 * DAY_S},
	};

	(void)state;
	temp_folder(folder);
	for (size_t i = 0; i < BASE_LEN(specs); i++)
		cert_make(folder, &specs[i]);
	(void)snprintf(ca_file, sizeof(ca_file), "%s/ca.pem", folder);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pass),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_close_may_be_an_end),
		cmocka_unit_test(test_refused_and_cancelled),
		cmocka_unit_test(test_late_tls),
	};

	return cmocka_run_group_tests(tests, make_certs, NULL);
}
