/* The head of an HTTP answer as libcurl hands it over, and all that reads its headers: look-up, evidence, an
 * assertion, the facts of a diagnosis. The input is what a server says on a unix socket. What is kept is
 * bounded, harmless, without the secret, and in the order that came. */
#include "fuzz.h"

#include "base/limits.h"
#include "base/redact.h"
#include "base/scrub.h"
#include "diagnose/facts.h"
#include "judge/judge.h"
#include "net/http_pool.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SECRET "sesame-word"
#define INPUT_MAX (64u << 10) /* fits into the socket */

struct server {
	int listener, client;
	const uint8_t *bytes;
	size_t len;
};

/* In the abstract namespace, under a name that the kernel chooses (unix(7)). */
static void server_open(struct server *server, struct sockaddr_un *address)
{
	socklen_t len = sizeof(sa_family_t);

	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	server->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	server->client = -1;
	if (bind(server->listener, (struct sockaddr *)address, len) != 0 || listen(server->listener, 1) != 0)
		BUG("no server");
	len = sizeof(*address);
	(void)getsockname(server->listener, (struct sockaddr *)address, &len);
}

/* libcurl is connected and about to ask: the whole answer is there before. */
static int on_connected(void *user, char *ip, char *local_ip, int port, int local_port)
{
	struct server *server = user;

	(void)ip;
	(void)local_ip;
	(void)port;
	(void)local_port;
	server->client = accept(server->listener, NULL, NULL);
	PROMISE(write(server->client, server->bytes, server->len) == (ssize_t)server->len);
	(void)shutdown(server->client, SHUT_WR);
	return CURL_PREREQFUNC_OK;
}

static size_t ignore_body(char *bytes, size_t one, size_t len, void *user)
{
	(void)bytes;
	(void)one;
	(void)user;
	return len;
}

static CURLcode ask(struct http_run *run, const uint8_t *bytes, size_t len)
{
	struct server server = {.bytes = bytes, .len = len};
	struct sockaddr_un address;
	CURLcode code;

	server_open(&server, &address);
	curl_easy_setopt(run->easy, CURLOPT_URL, run->target->options.url);
	curl_easy_setopt(run->easy, CURLOPT_ABSTRACT_UNIX_SOCKET, address.sun_path + 1);
	curl_easy_setopt(run->easy, CURLOPT_PREREQFUNCTION, on_connected);
	curl_easy_setopt(run->easy, CURLOPT_PREREQDATA, &server);
	curl_easy_setopt(run->easy, CURLOPT_PROXY, "");
	curl_easy_setopt(run->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(run->easy, CURLOPT_TIMEOUT_MS, 10000L);
	curl_easy_setopt(run->easy, CURLOPT_WRITEFUNCTION, ignore_body);
	curl_easy_setopt(run->easy, CURLOPT_HEADERFUNCTION, http_on_header);
	curl_easy_setopt(run->easy, CURLOPT_HEADERDATA, run);
	code = curl_easy_perform(run->easy);
	PROMISE(server.client >= 0);
	close(server.client);
	close(server.listener);
	return code;
}

static void look_at_text(const char *text)
{
	PROMISE(scrub_is_clean(text, strlen(text)));
	PROMISE(strstr(text, SECRET) == NULL);
	PROMISE(strlen(text) <= LIMIT_HEADERS);
}

/* What is judged is never more than what came, and has no line break. */
static void look_at_head(const struct http_run *run)
{
	const struct exchange_header *headers;
	struct arena arena;
	size_t count;

	arena_init(&arena);
	headers = http_headers(run, &arena, &count);
	PROMISE(count <= INPUT_MAX / 2);
	for (size_t i = 0; i < count; i++)
		PROMISE(strpbrk(headers[i].name, "\r\n:") == NULL && strpbrk(headers[i].value, "\n") == NULL &&
			strlen(headers[i].value) <= INPUT_MAX);
	arena_release(&arena);
}

/* Each header that is kept is found again under its name, and libcurl finds its value too. */
static void look_at_headers(const struct http_run *run, const struct exchange *exchange)
{
	struct strbuf value;

	strbuf_init(&value, 2 * INPUT_MAX);
	PROMISE(exchange->header_count <= LIMIT_HEADERS);
	for (size_t i = 0; i < exchange->header_count; i++) {
		const char *name = exchange->headers[i].name;

		look_at_text(name);
		look_at_text(exchange->headers[i].value);
		PROMISE(exchange_header(exchange, name) != NULL);
	}
	PROMISE(!http_header(run, "X-Never-Sent-By-Anybody", &value) || value.len <= INPUT_MAX);
	if (http_header(run, "set-cookie", &value))
		PROMISE(strchr(value.data, '\n') == NULL);
	if (exchange->redirected_to != NULL)
		look_at_text(exchange->redirected_to);
	strbuf_release(&value);
}

/* The header is asserted, and leads to facts: who answered, and whose clock is wrong. */
static void judge(const struct exchange *exchange, int status)
{
	struct assertion line = {.text = "header Server == nginx", .subject = SUBJECT_HEADER, .argument = "Server",
				 .op = OP_EQ, .operand = value_string("nginx")};
	struct check check = {.type = CHECK_TYPE_HTTP, .name = "http", .target = "http://h/", .url = "http://h/",
			      .expect = &line, .expect_count = 1};
	struct sample_value code = {SUBJECT_STATUS, NULL, value_number(status)};
	struct sample sample = {.values = &code, .value_count = 1, .phases = phases_unmeasured(),
				.exchange = (struct exchange *)exchange};
	const struct service service = {.name = "web", .group = ""};
	struct case_check one = {.check = &check, .state = CHECK_FAIL, .exchange = exchange};
	struct case_file file = {.service = &service, .checks = &one, .check_count = 1,
				 .now = {INT64_C(1795262000) * NS_PER_S}};
	struct judge_memo *memo = NULL;
	const struct fact *skew;
	struct verdict verdict;
	struct facts facts;
	struct arena arena;

	arena_init(&arena);
	judge_sample(&check, NULL, &sample, &memo, &arena, &verdict);
	PROMISE(scrub_is_clean(verdict.message, strlen(verdict.message)));
	facts_collect(&facts, &file, &arena);
	skew = facts_get(&facts, FACT_HTTP_SKEW, SIZE_MAX);
	PROMISE(skew == NULL || (skew->value.type == VALUE_DURATION && skew->value.as.duration_ns >= 0));
	facts_release(&facts);
	judge_memo_free(memo);
	arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_target target = {.options = {.method = "GET", .url = "http://127.0.0.1/"}};
	struct http_run run = {.magic = RUN_MAGIC, .easy = curl_easy_init(), .target = &target, .asked = true};
	struct http_result result = {.failed_phase = PHASE_NONE, .phases = phases_unmeasured()};
	struct redactor *redactor = redactor_new();
	struct exchange *exchange;
	long status = 0;

	redactor_add(redactor, SECRET);
	strbuf_init(&run.head, LIMIT_HEAD);
	if (ask(&run, data, size < INPUT_MAX ? size : INPUT_MAX) != CURLE_OK)
		result.failure = FAILURE_PROTOCOL;
	curl_easy_getinfo(run.easy, CURLINFO_RESPONSE_CODE, &status);
	result.status = (int)status;
	exchange = http_evidence(&run, &result, redactor);
	look_at_headers(&run, exchange);
	look_at_head(&run);
	judge(exchange, result.status);
	exchange_unref(exchange);
	redactor_free(redactor);
	curl_easy_cleanup(run.easy);
	strbuf_release(&run.head);
	return 0;
}
