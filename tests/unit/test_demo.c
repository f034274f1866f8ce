/* The demo's process over real sockets: what each scenario answers, what its logs say, and that
 * nothing is left however it ends. This program runs itself again as the servers. */
#include "temp_folder.h"

#include "app/demo_child.h"
#include "base/strbuf.h"
#include "config/config.h"
#include "demo/demo.h"
#include "demo/journal.h"
#include "demo/services.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAIT_MS 10000
#define STEP_MS 10

static char root[] = "/tmp/sitrep-test-demo-XXXXXX";

struct fleet_under_test {
	struct demo_child *child;
	struct strbuf config;
};

static void read_file(const char *path, struct strbuf *out)
{
	char bytes[4096];
	size_t len;
	FILE *file = fopen(path, "re");

	if (file == NULL)
		fail_msg("cannot open %s", path);
	strbuf_reset(out);
	while ((len = fread(bytes, 1, sizeof(bytes), file)) > 0)
		strbuf_add(out, bytes, len);
	fclose(file);
}

static void start(struct fleet_under_test *demo, const char *name)
{
	struct strbuf err;

	strbuf_init(&err, 1024);
	strbuf_init(&demo->config, 1u << 20);
	demo->child = demo_child_start(name, &err);
	if (demo->child == NULL)
		fail_msg("%s", err.data);
	read_file(demo_child_config(demo->child), &demo->config);
	strbuf_release(&err);
}

static void stop(struct fleet_under_test *demo)
{
	demo_child_stop(demo->child);
	strbuf_release(&demo->config);
}

/* The port that services.yaml names for a service. */
static int port_of(const struct fleet_under_test *demo, const char *name)
{
	char head[64];
	const char *at;

	snprintf(head, sizeof(head), "- name: %s\n", name);
	at = strstr(demo->config.data, strcmp(name, "gateway") == 0 ? "gateway: \"" : head);
	assert_non_null(at);
	at = strstr(at, "127.0.0.1:");
	assert_non_null(at);
	return (int)strtol(at + strlen("127.0.0.1:"), NULL, 10);
}

/* A connection, or -1 where it is refused. */
static int connect_to(int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* Sends the bytes and reads until the server closes; the status of an HTTP answer, 0 without. */
static int talk(int port, const char *bytes, struct strbuf *answer)
{
	char part[4096];
	ssize_t len;
	int fd = connect_to(port);

	strbuf_reset(answer);
	if (fd < 0)
		return -1;
	assert_int_equal(write(fd, bytes, strlen(bytes)), strlen(bytes));
	while ((len = read(fd, part, sizeof(part))) > 0)
		strbuf_add(answer, part, (size_t)len);
	close(fd);
	return strncmp(answer->data, "HTTP/1.1 ", 9) == 0 ? atoi(answer->data + 9) : 0;
}

static int ask(const struct fleet_under_test *demo, const char *service, const char *line,
	       struct strbuf *answer)
{
	char request[1024];

	snprintf(request, sizeof(request), "%s HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
		 line);
	return talk(port_of(demo, service), request, answer);
}

static void read_log(const struct fleet_under_test *demo, const char *name, struct strbuf *out)
{
	char path[512];
	const char *config = demo_child_config(demo->child);

	snprintf(path, sizeof(path), "%.*s/%s", (int)(strrchr(config, '/') - config), config, name);
	read_file(path, out);
}

static size_t entries(const char *path)
{
	DIR *dir = opendir(path);
	size_t count = 0;

	assert_non_null(dir);
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count;
}

/* --- tests ------------------------------------------------------------------------------------ */

static void test_healthy(void **state)
{
	static const struct {
		const char *service, *line;
		int status;
		const char *body;
	} cases[] = {
		{"gateway", "GET /health", 200, "\"status\":\"healthy\""},
		{"gateway", "GET /openapi.json", 200, "/api/voice/realtime-session"},
		{"gateway", "POST /api/voice/realtime-session", 422, "Field required"},
		{"gateway", "GET /api/users/me", 401, "Not authenticated"},
		{"gateway", "GET /api/voice/nothing", 404, "Not Found"},
		{"gateway", "GET /nothing", 404, "Not Found"},
		{"auth", "GET /health", 200, "\"postgres\":{\"status\":\"healthy\"}"},
		{"auth", "GET /ready?probe=1", 200, "\"ready\":true"},
		{"user", "GET /api/users/me", 401, "Bearer"},
		{"scraping", "POST /api/scraping/jobs", 422, "missing"},
		{"voice", "GET /ready", 200, "\"realtime\":true"},
		{"voice", "GET /openapi.json", 200, "\"/api/voice/realtime-session\":{\"post\""},
		{"voice", "DELETE /health", 405, "Method Not Allowed"},
		{"voice", "HEAD /health", 200, "content-length"},
		{"analytics", "GET /health", 200, "\"kafka\""},
		{"grafana", "GET /api/health", 200, "\"database\":\"ok\""},
		{"prometheus", "GET /-/healthy", 200, "Prometheus Server is Healthy."},
		{"kafka-ui", "GET /actuator/health", 200, "\"status\":\"UP\""},
	};
	static const char *const stores[] = {"postgres", "redis", "kafka", "zookeeper"};
	struct fleet_under_test demo;
	struct strbuf answer;

	(void)state;
	strbuf_init(&answer, 1u << 20);
	start(&demo, "healthy");
	for (size_t i = 0; i < BASE_LEN(cases); i++) {
		int status = ask(&demo, cases[i].service, cases[i].line, &answer);

		if (status != cases[i].status || strstr(answer.data, cases[i].body) == NULL)
			fail_msg("%s of %s: %d\n%s", cases[i].line, cases[i].service, status,
				 answer.data);
	}
	for (size_t i = 0; i < BASE_LEN(stores); i++) {
		int fd = connect_to(port_of(&demo, stores[i]));

		assert_true(fd >= 0);
		close(fd);
	}
	assert_int_equal(talk(port_of(&demo, "zookeeper"), "ruok", &answer), 0);
	assert_string_equal(answer.data, "imok");
	stop(&demo);
	strbuf_release(&answer);
}

/* What a store answers to some bytes, until it has said `want` bytes or closes. */
static void exchange(int port, const char *bytes, size_t len, size_t want, struct strbuf *answer)
{
	char part[4096];
	ssize_t got = 1;
	int fd = connect_to(port);

	strbuf_reset(answer);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	while (answer->len < want && got > 0) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};

		if (poll(&ready, 1, WAIT_MS) <= 0)
			fail_msg("no answer on port %d", port);
		got = read(fd, part, sizeof(part));
		if (got > 0)
			strbuf_add(answer, part, (size_t)got);
	}
	close(fd);
}
#define EXCHANGE(service, bytes, want)                                                             \
	exchange(port_of(&demo, service), bytes, sizeof(bytes) - 1, want, &answer)

static void test_stores(void **state)
{
	/* Lengths, then correlation id 7 and what stands in the protocol's tables. */
	static const char versions[] =
		"\0\0\0\x16\0\0\0\7\0\0\0\0\0\2\0\3\0\1\0\1\0\x12\0\0\0\0";
	struct fleet_under_test demo;
	struct strbuf answer;
	char line[200];

	(void)state;
	strbuf_init(&answer, 1u << 20);
	start(&demo, "healthy");
	EXCHANGE("postgres", "\0\0\0\x8\x4\xd2\x16\x2f", 1);
	assert_string_equal(answer.data, "N");
	EXCHANGE("postgres", "\0\0\0\x11\0\3\0\0user\0x\0\0\0", 24);
	assert_memory_equal(answer.data, "R\0\0\0\x17\0\0\0\nSCRAM-SHA-256\0", 24);
	EXCHANGE("kafka", "\0\0\0\xb\0\x12\0\0\0\0\0\7\0\1x", sizeof(versions) - 1);
	assert_memory_equal(answer.data, versions, sizeof(versions) - 1);
	EXCHANGE("kafka", "\0\0\0\xf\0\3\0\1\0\0\0\7\0\1x\xff\xff\xff\xff", 27);
	assert_memory_equal(answer.data + 4, "\0\0\0\7\0\0\0\1\0\0\0\1\0\x09" "127.0.0.1", 23);
	EXCHANGE("zookeeper", "mntr", 4096);
	assert_non_null(strstr(answer.data, "zk_server_state\tstandalone"));
	EXCHANGE("redis", "PING\r\n", 10);
	assert_non_null(strstr(answer.data, "-NOAUTH"));
	EXCHANGE("redis", "*2\r\n$4\r\nAUTH\r\n$5\r\nwrong\r\n*1\r\n$4\r\nINFO\r\n", 70);
	assert_non_null(strstr(answer.data, "-WRONGPASS"));
	assert_non_null(strstr(answer.data, "-NOAUTH"));
	read_log(&demo, "token", &answer);
	snprintf(line, sizeof(line), "AUTH %s\r\nPING\r\nINFO\r\n", answer.data);
	exchange(port_of(&demo, "redis"), line, strlen(line), 300, &answer);
	assert_non_null(strstr(answer.data, "+OK\r\n+PONG\r\n$"));
	assert_non_null(strstr(answer.data, "role:master"));
	stop(&demo);
	start(&demo, "redis-auth");
	exchange(port_of(&demo, "redis"), line, strlen(line), 100, &answer);
	assert_non_null(strstr(answer.data, "-WRONGPASS"));
	assert_int_equal(ask(&demo, "auth", "GET /health", &answer), 503);
	assert_non_null(strstr(answer.data, "invalid username-password pair"));
	stop(&demo);
	strbuf_release(&answer);
}

#define UPGRADE                                                                                    \
	"GET /ws/transcriptions HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n"  \
	"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

static void test_websocket(void **state)
{
	struct fleet_under_test demo;
	struct strbuf answer;

	(void)state;
	strbuf_init(&answer, 1u << 20);
	start(&demo, "healthy");
	/* A masked ping, a masked close; their mask is four zeros. */
	EXCHANGE("voice", UPGRADE "\x89\x82\0\0\0\0hi", 133);
	assert_int_equal(strncmp(answer.data, "HTTP/1.1 101 ", 13), 0);
	/* The answer to this key is the example of RFC 6455 section 1.3. */
	assert_non_null(strstr(answer.data, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
	assert_memory_equal(strstr(answer.data, "\r\n\r\n") + 4, "\x8a\x02hi", 4);
	EXCHANGE("voice", UPGRADE "\x88\x80\0\0\0\0", 4096);
	assert_memory_equal(strstr(answer.data, "\r\n\r\n") + 4, "\x88\x00", 2);
	assert_int_equal(ask(&demo, "voice", "GET /ws/transcriptions", &answer), 404);
	stop(&demo);
	start(&demo, "websocket-404");
	EXCHANGE("voice", UPGRADE, 12);
	assert_int_equal(strncmp(answer.data, "HTTP/1.1 404", 12), 0);
	read_log(&demo, "voice.log", &answer);
	assert_non_null(strstr(answer.data, "No supported WebSocket library detected"));
	stop(&demo);
	strbuf_release(&answer);
}

#define FROM_PAGE(method, origin)                                                                  \
	method " /api/voice/realtime-session HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"            \
	       "origin: " origin "\r\n\r\n"

static void test_cors(void **state)
{
	static const char allowed[] = "access-control-allow-origin: https://app.example.com\r\n";
	struct fleet_under_test demo;
	struct strbuf answer;
	int port;

	(void)state;
	strbuf_init(&answer, 1u << 20);
	start(&demo, "healthy");
	port = port_of(&demo, "voice");
	assert_int_equal(talk(port, FROM_PAGE("OPTIONS", "https://app.example.com"), &answer), 200);
	assert_non_null(strstr(answer.data, allowed));
	assert_int_equal(talk(port, FROM_PAGE("OPTIONS", "https://evil.example"), &answer), 400);
	assert_null(strstr(answer.data, "access-control-allow-origin"));
	assert_int_equal(talk(port, FROM_PAGE("POST", "https://app.example.com"), &answer), 422);
	assert_non_null(strstr(answer.data, allowed));
	stop(&demo);
	start(&demo, "cors-500");
	port = port_of(&demo, "voice");
	assert_int_equal(talk(port, FROM_PAGE("OPTIONS", "https://app.example.com"), &answer), 200);
	assert_int_equal(talk(port, FROM_PAGE("POST", "https://app.example.com"), &answer), 500);
	assert_null(strstr(answer.data, "access-control-allow-origin"));
	read_log(&demo, "voice.log", &answer);
	assert_non_null(strstr(answer.data, "coroutine 'create_realtime_session' was never awaited"));
	stop(&demo);
	strbuf_release(&answer);
}

/* The fleet as the servers describe it is one that this program takes without a complaint. */
static void test_config_is_good(void **state)
{
	struct fleet_under_test demo;
	struct config_request request = {.path_count = 1, .environment = DEMO_ENVIRONMENT};
	struct diags diags;
	struct fleet *fleet;
	struct strbuf text;
	const char *path;

	(void)state;
	start(&demo, "healthy");
	path = demo_child_config(demo.child);
	request.paths = &path;
	diags_init(&diags);
	fleet = config_load(&request, &diags);
	strbuf_init(&text, 1u << 16);
	diags_print(&diags, &text);
	assert_string_equal(text.data, "");
	assert_non_null(fleet);
	assert_int_equal(fleet->service_count, DEMO_SERVICE_COUNT);
	for (size_t i = 0; i < fleet->service_count; i++) {
		const struct service *service = &fleet->services[i];

		assert_null(service->error);
		assert_true(service->check_count > 0);
		assert_true(service->log_count > 0);
		for (size_t j = 0; j < service->log_count; j++)
			assert_int_equal(access(service->logs[j].path, R_OK), 0);
	}
	fleet_unref(fleet);
	diags_release(&diags);
	strbuf_release(&text);
	stop(&demo);
}

static void test_route_404(void **state)
{
	struct fleet_under_test demo;
	struct strbuf answer;

	(void)state;
	strbuf_init(&answer, 1u << 20);
	start(&demo, "route-404");
	assert_int_equal(ask(&demo, "voice", "POST /api/voice/realtime-session", &answer), 404);
	assert_int_equal(ask(&demo, "gateway", "POST /api/voice/realtime-session", &answer), 404);
	assert_int_equal(ask(&demo, "voice", "POST /voice/realtime-session", &answer), 422);
	assert_int_equal(ask(&demo, "voice", "GET /health", &answer), 200);
	assert_int_equal(ask(&demo, "voice", "GET /openapi.json", &answer), 200);
	assert_non_null(strstr(answer.data, "\"/voice/realtime-session\""));
	assert_null(strstr(answer.data, "\"/api/voice/realtime-session\""));
	assert_int_equal(ask(&demo, "gateway", "GET /openapi.json", &answer), 200);
	assert_null(strstr(answer.data, "/api/voice/realtime-session"));
	assert_int_equal(ask(&demo, "gateway", "POST /api/auth/token", &answer), 422);
	read_log(&demo, "voice.log", &answer);
	assert_non_null(strstr(answer.data, "nexus/voice:3.0.2"));
	stop(&demo);
	strbuf_release(&answer);
}

static void test_module_missing(void **state)
{
	struct fleet_under_test demo;
	struct strbuf answer;

	(void)state;
	strbuf_init(&answer, 1u << 20);
	start(&demo, "module-missing");
	assert_int_equal(connect_to(port_of(&demo, "voice")), -1);
	assert_int_equal(ask(&demo, "gateway", "POST /api/voice/realtime-session", &answer), 502);
	assert_int_equal(ask(&demo, "gateway", "GET /health", &answer), 200);
	read_log(&demo, "voice.log", &answer);
	assert_non_null(strstr(answer.data, "ModuleNotFoundError: No module named 'uvicorn'"));
	assert_non_null(strstr(answer.data, "uid 10001 cannot read"));
	read_log(&demo, "gateway-error.log", &answer);
	assert_non_null(strstr(answer.data, "connect() failed (111: Connection refused) while "
					    "connecting to upstream"));
	stop(&demo);
	strbuf_release(&answer);
}

static void test_outage(void **state)
{
	static const char *const dependents[] = {"auth", "user", "analytics"};
	struct fleet_under_test demo;
	struct strbuf answer;

	(void)state;
	strbuf_init(&answer, 1u << 20);
	start(&demo, "outage");
	assert_int_equal(connect_to(port_of(&demo, "postgres")), -1);
	for (size_t i = 0; i < BASE_LEN(dependents); i++) {
		assert_int_equal(ask(&demo, dependents[i], "GET /health", &answer), 503);
		assert_non_null(strstr(answer.data, "\"postgres\":{\"status\":\"unhealthy\""));
	}
	assert_int_equal(ask(&demo, "voice", "GET /health", &answer), 200);
	assert_int_equal(ask(&demo, "scraping", "GET /health", &answer), 200);
	read_log(&demo, "postgres.log", &answer);
	assert_non_null(strstr(answer.data, "No space left on device"));
	stop(&demo);
	strbuf_release(&answer);
}

static void test_story_begins_with_one_down_and_one_degraded(void **state)
{
	struct fleet_under_test demo;
	struct strbuf answer;

	(void)state;
	strbuf_init(&answer, 1u << 20);
	start(&demo, "");
	assert_int_equal(ask(&demo, "voice", "POST /api/voice/realtime-session", &answer), 404);
	assert_int_equal(ask(&demo, "analytics", "GET /health", &answer), 200);
	read_log(&demo, "analytics.log", &answer);
	assert_non_null(strstr(answer.data, "slow query"));
	stop(&demo);
	strbuf_release(&answer);
}

/* What no client should send ends with an answer or a closed connection, and the server lives. */
static void test_bad_requests(void **state)
{
	static const char *const cases[] = {
		"\r\n\r\n",
		"GET\r\n\r\n",
		"GET nothing HTTP/1.1\r\n\r\n",
		"GET / SPDY/3\r\n\r\n",
		"POST / HTTP/1.1\r\ncontent-length: 99999999999999999999\r\n\r\n",
		"POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
		"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
		"GET /\x1b[31m\x01 HTTP/1.0\r\n\r\n",
	};
	struct fleet_under_test demo;
	struct strbuf answer, big;

	(void)state;
	strbuf_init(&answer, 1u << 20);
	strbuf_init(&big, 1u << 20);
	start(&demo, "healthy");
	for (size_t i = 0; i < BASE_LEN(cases); i++) {
		int status = talk(port_of(&demo, "voice"), cases[i], &answer);

		if (status != 400 && status != 404 && status != 413)
			fail_msg("case %zu: %d", i, status);
	}
	strbuf_adds(&big, "GET /");
	for (int i = 0; i < 20000; i++)
		strbuf_addc(&big, 'x');
	assert_int_equal(talk(port_of(&demo, "voice"), big.data, &answer), 400);
	/* Two requests in one go, the second one closes. */
	assert_int_equal(talk(port_of(&demo, "voice"),
			      "GET /health HTTP/1.1\r\n\r\n"
			      "GET /ready HTTP/1.1\r\nconnection: close\r\n\r\n", &answer), 200);
	assert_non_null(strstr(answer.data + 9, "HTTP/1.1 200"));
	read_log(&demo, "voice.log", &answer);
	assert_null(strchr(answer.data, '\033'));
	stop(&demo);
	strbuf_release(&big);
	strbuf_release(&answer);
}

static void wait_until_empty(void)
{
	for (int waited = 0; entries(root) > 0; waited += STEP_MS) {
		assert_true(waited < WAIT_MS);
		poll(NULL, 0, STEP_MS);
	}
}

/* A parent that is killed takes the fleet with it: another process starts one and dies. */
static void test_killed_parent_leaves_nothing(void **state)
{
	struct strbuf err;
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		strbuf_init(&err, 1024);
		if (demo_child_start("healthy", &err) == NULL)
			_exit(1);
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	wait_until_empty();
}

/* A child that is terminated cleans up by itself; stopping it then is harmless. */
static void test_terminated_child_leaves_nothing(void **state)
{
	struct fleet_under_test demo;
	char line[64], path[64];
	pid_t pid = 0;
	DIR *proc = opendir("/proc");
	FILE *file;

	(void)state;
	start(&demo, "healthy");
	/* The only child of this process. */
	for (struct dirent *entry; (entry = readdir(proc)) != NULL && pid == 0;) {
		int found = atoi(entry->d_name), parent = 0;

		snprintf(path, sizeof(path), "/proc/%d/stat", found);
		file = found > 0 ? fopen(path, "re") : NULL;
		if (file == NULL)
			continue;
		if (fgets(line, sizeof(line), file) != NULL && strrchr(line, ')') != NULL)
			parent = atoi(strrchr(line, ')') + 4);
		fclose(file);
		pid = parent == getpid() ? found : 0;
	}
	closedir(proc);
	assert_true(pid > 0);
	/* Again and again, as a dying parent's signal comes behind the end of its pipe: the second one
	 * must not stop the cleaning up. */
	for (int i = 0; entries(root) > 0 && i < 1000000; i++)
		assert_int_equal(kill(pid, SIGTERM), 0);
	wait_until_empty();
	stop(&demo);
}

static void test_unknown_scenario(void **state)
{
	struct strbuf err;

	(void)state;
	strbuf_init(&err, 1024);
	assert_null(demo_child_start("no-such", &err));
	assert_non_null(strstr(err.data, "no-such"));
	strbuf_release(&err);
	assert_int_equal(entries(root), 0);
}

static int teardown(void **state)
{
	(void)state;
	assert_int_equal(entries(root), 0);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_healthy, teardown),
		cmocka_unit_test_teardown(test_stores, teardown),
		cmocka_unit_test_teardown(test_websocket, teardown),
		cmocka_unit_test_teardown(test_cors, teardown),
		cmocka_unit_test_teardown(test_config_is_good, teardown),
		cmocka_unit_test_teardown(test_route_404, teardown),
		cmocka_unit_test_teardown(test_module_missing, teardown),
		cmocka_unit_test_teardown(test_outage, teardown),
		cmocka_unit_test_teardown(test_story_begins_with_one_down_and_one_degraded, teardown),
		cmocka_unit_test_teardown(test_bad_requests, teardown),
		cmocka_unit_test_teardown(test_killed_parent_leaves_nothing, teardown),
		cmocka_unit_test_teardown(test_terminated_child_leaves_nothing, teardown),
		cmocka_unit_test_teardown(test_unknown_scenario, teardown),
	};
	int code;

	if (demo_child_main(argc, argv, &code))
		return code;
	temp_folder(root);
	setenv("TMPDIR", root, 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
