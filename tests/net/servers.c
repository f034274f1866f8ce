/* Servers for tests, see servers.h. */
#include "servers.h"

#include "../unit/unit.h"

#include "model/ids.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_MS 10000

static pid_t spawn(const char *const *argv, int in, int out, int err)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid != 0)
		return pid;
	/* A test that is killed takes its servers along. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	if (in >= 0)
		dup2(in, STDIN_FILENO);
	if (out >= 0)
		dup2(out, STDOUT_FILENO);
	if (err >= 0)
		dup2(err, STDERR_FILENO);
	execvp(argv[0], (char *const *)argv);
	_exit(127);
}

/* It prints "NAME PORT" lines and "ready", and ends when its stdin does. */
static struct {
	pid_t pid;
	int in;
	char text[4096];
} fault_server;

int fault_server_setup(void **state)
{
	const char *builddir = getenv("builddir");
	char path[1024];
	int in[2], out[2];
	size_t len = 0;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/tests/net/fault_server",
		       builddir != NULL ? builddir : ".");
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	fault_server.pid = spawn((const char *const[]){path, NULL}, in[0], out[1], -1);
	close(in[0]);
	close(out[1]);
	fault_server.in = in[1];
	fault_server.text[0] = '\0';
	while (strstr(fault_server.text, "ready\n") == NULL) {
		struct pollfd poll_out = {.fd = out[0], .events = POLLIN};
		ssize_t got;

		assert_int_equal(poll(&poll_out, 1, START_MS), 1);
		got = read(out[0], fault_server.text + len, sizeof(fault_server.text) - 1 - len);
		if (got <= 0)
			fail_msg("%s ended before it was ready", path);
		len += (size_t)got;
		fault_server.text[len] = '\0';
	}
	close(out[0]);
	return 0;
}

int fault_server_teardown(void **state)
{
	(void)state;
	close(fault_server.in);
	waitpid(fault_server.pid, NULL, 0);
	return 0;
}

int fault_port(const char *name)
{
	size_t len = strlen(name);

	for (const char *line = fault_server.text; line != NULL && *line != '\0';) {
		if (strncmp(line, name, len) == 0 && line[len] == ' ')
			return atoi(line + len + 1);
		line = strchr(line, '\n');
		line = line != NULL ? line + 1 : NULL;
	}
	fail_msg("no port called %s", name);
	return 0;
}

static bool accepts(int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool good = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;

	close(fd);
	return good;
}

pid_t daemon_start(const char *const *argv, int port, const char *log)
{
	int out = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	pid_t pid = spawn(argv, -1, out, out);
	struct mono_time until = {clock_mono().ns + START_MS * NS_PER_MS};

	close(out);
	while (!accepts(port)) {
		if (clock_mono().ns > until.ns || waitpid(pid, NULL, WNOHANG) == pid)
			fail_msg("%s does not listen on %d, see %s", argv[0], port, log);
		poll(NULL, 0, 5);
	}
	return pid;
}

void daemon_stop(pid_t pid)
{
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
}

int free_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	close(fd);
	return ntohs(address.sin_port);
}

bool have_program(const char *program)
{
	const char *ci = getenv("CI");
	const char *path = getenv("PATH");

	for (const char *at = path; at != NULL && *at != '\0';) {
		size_t len = strcspn(at, ":");
		char file[1024];

		(void)snprintf(file, sizeof(file), "%.*s/%s", (int)len, at, program);
		if (access(file, X_OK) == 0)
			return true;
		at += len + (at[len] == ':');
	}
	if (ci != NULL && strcmp(ci, "true") == 0)
		fail_msg("%s is not installed, and CI=true wants it", program);
	print_message("# skipped: %s is not installed\n", program);
	return false;
}

/* --- one check --------------------------------------------------------------------------- */

static struct answer *answer_of(struct rig *rig, uint64_t id)
{
	for (size_t i = 0; i < rig->fleet->check_count; i++)
		if (rig->checks[i].id == id)
			return &rig->answers[i];
	fail_msg("a sample of a check that nobody put");
	return NULL;
}

static double number_of(const struct sample *sample, enum subject subject)
{
	const struct value *value = sample_value(sample, subject, NULL);

	return value != NULL ? value->as.number : -1;
}

static void on_sample(void *context, const struct sample *sample)
{
	struct rig *rig = context;
	struct answer *answer = answer_of(rig, sample->check_id);
	const struct value *cert = sample_value(sample, SUBJECT_CERT, NULL);
	const struct value *routes = sample_value(sample, SUBJECT_ROUTES, NULL);

	answer->samples++;
	answer->failure = sample->failure;
	answer->phase = sample->failed_phase;
	answer->latency_ns = sample->latency_ns;
	answer->took_ns = sample->delivered_at.ns - answer->began.ns;
	answer->phases = sample->phases;
	(void)snprintf(answer->message, sizeof(answer->message), "%s",
		       sample->message != NULL ? sample->message : "");
	answer->status = number_of(sample, SUBJECT_STATUS);
	answer->size = number_of(sample, SUBJECT_SIZE);
	answer->redirects = number_of(sample, SUBJECT_REDIRECTS);
	answer->sibling = number_of(sample, SUBJECT_SIBLING_STATUS);
	answer->cert_ns = cert != NULL ? cert->as.duration_ns : INT64_MIN;
	answer->routes = routes != NULL ? routes->as.list.len : 0;
	(void)snprintf(answer->first_route, sizeof(answer->first_route), "%s",
		       answer->routes != 0 ? routes->as.list.items[0] : "");
	answer->body_len = sample->body_len;
	(void)snprintf(answer->body, sizeof(answer->body), "%s",
		       sample->body != NULL ? sample->body : "");
	exchange_unref(answer->exchange);
	answer->exchange = exchange_ref(sample->exchange);
}

static void on_finished(void *context, uint64_t check_id)
{
	struct rig *rig = context;

	answer_of(rig, check_id)->finished++;
	if (--rig->running == 0)
		net_stop(rig->net);
}

void assert_says(const char *message, const char *words)
{
	if (strstr(message, words) == NULL)
		fail_msg("%s lacks: %s", message, words);
}

void rig_init(struct rig *rig)
{
	*rig = (struct rig){0};
	rig->net = net_new(NULL);
	assert_non_null(rig->net);
	rig->fleet = xcalloc(1, sizeof(*rig->fleet));
	arena_init(&rig->fleet->arena);
	rig->fleet->refs = 1;
	rig->fleet->redactor = redactor_new();
	rig->checks = arena_array(&rig->fleet->arena, RIG_CHECKS, sizeof(struct check));
	rig->fleet->checks = rig->checks;
	rig->answers = xcalloc(RIG_CHECKS, sizeof(struct answer));
	rig->service = (struct service){.name = "test", .id = 1};
	signal(SIGPIPE, SIG_IGN);
}

void rig_release(struct rig *rig)
{
	for (size_t i = 0; i < rig->fleet->check_count; i++)
		exchange_unref(rig->answers[i].exchange);
	prober_free(rig->prober);
	net_free(rig->net);
	fleet_unref(rig->fleet);
	free(rig->answers);
}

struct check *rig_add(struct rig *rig, enum check_type type, const char *target)
{
	struct check *check = &rig->checks[rig->fleet->check_count++];
	struct arena *arena = &rig->fleet->arena;

	assert_true(rig->fleet->check_count <= RIG_CHECKS);
	check->name = arena_printf(arena, "check %zu", rig->fleet->check_count);
	check->id = check_id_of(1, check->name);
	check->type = type;
	check->service = &rig->service;
	check->target = arena_strdup(arena, target);
	check->instance = -1;
	check->keepalive = true;
	check->interval_ns = 10 * NS_PER_S;
	check->timeout_ns = 3 * NS_PER_S;
	check->proxy = "";
	return check;
}

struct tls_options *rig_tls(struct rig *rig, struct check *check)
{
	struct tls_options *tls = arena_memdup(&rig->fleet->arena, check_tls(check), sizeof(*tls));

	check->tls = tls;
	return tls;
}

struct check *rig_http(struct rig *rig, const char *url)
{
	struct check *check = rig_add(rig, CHECK_TYPE_HTTP, url);

	check->method = "GET";
	check->url = check->target;
	return check;
}

void rig_run(struct rig *rig, size_t first, size_t count)
{
	const struct prober_events events = {.deliver = on_sample, .finished = on_finished, .context = rig};

	if (rig->prober == NULL)
		rig->prober = prober_new(rig->net, rig->fleet, &events);
	rig->running = count;
	for (size_t i = first; i < first + count; i++) {
		struct answer *answer = &rig->answers[i];

		answer->samples = answer->finished = 0;
		answer->began = clock_mono();
		prober_start(rig->prober, &rig->checks[i]);
		assert_int_equal(answer->finished, 0); /* never before it returns */
	}
	net_run(rig->net);
	for (size_t i = first; i < first + count; i++)
		assert_int_equal(rig->answers[i].finished, 1);
}

struct answer *rig_ask(struct rig *rig, const struct check *check)
{
	size_t at = (size_t)(check - rig->checks);

	rig_run(rig, at, 1);
	return &rig->answers[at];
}
