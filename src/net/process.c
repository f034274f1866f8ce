/* Child processes by uv_spawn(). Outputs are pipes of our own and not uv's socket pairs, so that a
 * child may open /dev/stdout. Invariants: a child leads its own session, so one kill(2) reaches all
 * that it started; its handle lives until it is reaped, however long ago its caller let go; `done`
 * comes at most once. A fork takes up to a millisecond, so that a turn of the loop starts few. See
 * process.h. */
#include "net/process.h"

#include "base/units.h"
#include "base/xalloc.h"
#include "net/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#define PROCESS_MAGIC 0x70726f63u
#define TERM_GRACE_NS NS_PER_S  /* between SIGTERM and SIGKILL */
#define DRAIN_NS NS_PER_S       /* for output that is kept open behind the end */
#define OUTPUT_MOST (16u << 20) /* who prints more has lost its way and is killed */
#define READ_SIZE 16384
#define BIRTHS_A_TURN 4
#define MESSAGE_MAX 1024

enum stage { STAGE_QUEUED, STAGE_UNBORN, STAGE_RUNNING, STAGE_TERMINATED, STAGE_KILLED, STAGE_DRAINING };

struct output {
	uv_pipe_t pipe; /* our end */
	bool open;
	struct strbuf text;
	uint64_t came;
};

struct process {
	uint32_t magic;
	struct net *net;
	struct process *next, *previous;
	struct process *next_unborn;
	struct process_options options;
	uv_process_t uv;
	pid_t pid;         /* and its group; 0 where it never ran */
	bool exited, over, abandoned;
	unsigned handles;  /* of uv, not closed yet */
	enum stage stage;
	struct output outputs[2];
	struct net_timer timer;
	struct mono_time began, ended;
	enum failure failure;
	struct strbuf message;
	int exit_code, signal;
	void (*done)(void *context, const struct process_result *result);
	void *context;
	char buffer[READ_SIZE];
};

/* --- ends --------------------------------------------------------------------------------- */

static void free_when_closed(struct process *process)
{
	struct net *net = process->net;

	if (!process->abandoned || process->handles != 0)
		return;
	*(process->previous != NULL ? &process->previous->next : &net->processes) = process->next;
	if (process->next != NULL)
		process->next->previous = process->previous;
	strbuf_release(&process->outputs[0].text);
	strbuf_release(&process->outputs[1].text);
	strbuf_release(&process->message);
	process->magic = 0;
	free(process);
}

static void on_closed(uv_handle_t *handle)
{
	struct process *process = handle->data;

	CHECK_MAGIC(process, PROCESS_MAGIC);
	process->handles--;
	free_when_closed(process);
}

static void close_output(struct output *output)
{
	if (!output->open)
		return;
	output->open = false;
	uv_close((uv_handle_t *)&output->pipe, on_closed);
}

static bool outputs_closed(const struct process *process)
{
	return !process->outputs[0].open && !process->outputs[1].open;
}

/* The whole group; its leader may be gone already. */
static void kill_group(const struct process *process, int signum)
{
	if (process->pid > 1)
		(void)kill(-process->pid, signum);
}

/* Also where its leader is gone: the group's number is nobody else's while it has members. */
static bool group_lives(const struct process *process)
{
	return process->pid > 1 && kill(-process->pid, 0) == 0;
}

static void report(struct process *process)
{
	const struct output *out = &process->outputs[0], *err = &process->outputs[1];
	struct process_result result = {.failure = process->failure,
					.message = process->failure != FAILURE_NONE
							   ? process->message.data : NULL,
					.exit_code = process->exit_code,
					.signal = process->signal,
					.out = out->text.data, .out_len = out->text.len,
					.err = err->text.data, .err_len = err->text.len,
					.out_cut = out->text.truncated, .err_cut = err->text.truncated};

	if (process->over)
		return;
	process->over = true;
	net_timer_stop(&process->timer);
	close_output(&process->outputs[0]);
	close_output(&process->outputs[1]);
	result.latency_ns = (process->ended.ns != 0 ? process->ended : net_now(process->net)).ns -
			    process->began.ns;
	process->done(process->context, &result);
}

/* Reports once the end and all output are there. After a time-out the grace of those that are left has to pass. */
static void report_if_gone(struct process *process)
{
	if (process->exited && outputs_closed(process) &&
	    (process->stage != STAGE_TERMINATED || !group_lives(process)))
		report(process);
}

static void advance(struct process *process, enum stage stage, int64_t ns)
{
	process->stage = stage;
	net_timer_set(&process->timer, (struct mono_time){net_now(process->net).ns + ns});
}

static void kill_now(struct process *process)
{
	kill_group(process, SIGKILL);
	advance(process, STAGE_KILLED, DRAIN_NS);
}

static void leave_queue(struct process *process)
{
	struct net *net = process->net;
	struct process *before = NULL;

	for (struct process *at = net->first_unborn; at != process; at = at->next_unborn)
		before = at;
	*(before != NULL ? &before->next_unborn : &net->first_unborn) = process->next_unborn;
	if (net->last_unborn == process)
		net->last_unborn = before;
}

static void time_out(struct process *process, const char *what)
{
	process->failure = FAILURE_TIMEOUT;
	strbuf_adds(&process->message, "timed out after ");
	duration_format(&process->message, process->options.timeout_ns);
	strbuf_adds(&process->message, what);
}

static void on_timer(void *context)
{
	struct process *process = context;

	CHECK_MAGIC(process, PROCESS_MAGIC);
	switch (process->stage) {
	case STAGE_QUEUED:
		leave_queue(process);
		process->stage = STAGE_UNBORN;
		time_out(process, " before its turn to start came");
		break;
	case STAGE_RUNNING:
		time_out(process, " and was ended");
		kill_group(process, SIGTERM);
		advance(process, STAGE_TERMINATED, TERM_GRACE_NS);
		return;
	case STAGE_TERMINATED:
		kill_now(process);
		report_if_gone(process);
		return;
	case STAGE_DRAINING:
		/* Something that it started holds the output; nobody would ever end it. */
		kill_group(process, SIGKILL);
		break;
	case STAGE_UNBORN:
	case STAGE_KILLED:
		break;
	}
	report(process);
}

static void on_ended(uv_process_t *uv, int64_t status, int signum)
{
	struct process *process = uv->data;

	CHECK_MAGIC(process, PROCESS_MAGIC);
	process->exited = true;
	process->ended = net_now(process->net);
	process->signal = signum;
	process->exit_code = signum == 0 ? (int)status : -1;
	uv_close((uv_handle_t *)uv, on_closed);
	if (process->over)
		return;
	if (process->stage == STAGE_RUNNING && !outputs_closed(process))
		advance(process, STAGE_DRAINING, DRAIN_NS);
	report_if_gone(process);
}

/* --- output ------------------------------------------------------------------------------- */

static void on_buffer(uv_handle_t *handle, size_t wanted, uv_buf_t *buffer)
{
	struct process *process = handle->data;

	(void)wanted;
	*buffer = uv_buf_init(process->buffer, sizeof(process->buffer));
}

static void on_output(uv_stream_t *stream, ssize_t len, const uv_buf_t *buffer)
{
	struct process *process = stream->data;
	struct output *output = stream == (uv_stream_t *)&process->outputs[0].pipe
					? &process->outputs[0] : &process->outputs[1];

	CHECK_MAGIC(process, PROCESS_MAGIC);
	if (len < 0) {
		close_output(output);
		report_if_gone(process);
		return;
	}
	strbuf_add(&output->text, buffer->base, (size_t)len);
	output->came += (uint64_t)len;
	if (output->came <= OUTPUT_MOST)
		return;
	close_output(output);
	if (process->failure == FAILURE_NONE) {
		process->failure = FAILURE_TOO_LARGE;
		strbuf_addf(&process->message, "printed more than %u MB and was killed",
			    OUTPUT_MOST >> 20);
	}
	kill_now(process);
}

/* Opens a pipe: our end becomes `output`, the child's end is returned; -1 with errno. */
static int open_output(struct process *process, struct output *output)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	uv_pipe_init(&process->net->loop, &output->pipe, 0);
	output->pipe.data = process;
	output->open = true;
	process->handles++;
	if (uv_pipe_open(&output->pipe, ends[0]) != 0 ||
	    uv_read_start((uv_stream_t *)&output->pipe, on_buffer, on_output) != 0)
		BUG("a fresh pipe cannot be read");
	return ends[1];
}

/* --- the start ---------------------------------------------------------------------------- */

static bool given(const struct process_options *options, const char *name)
{
	for (size_t i = 0; i < options->env_count; i++)
		if (strcmp(options->env[i].name, name) == 0)
			return true;
	return false;
}

/* "NAME=value" strings, NULL-terminated; the caller frees them and the list. */
static char **environment(const struct process_options *options)
{
	static const char *const ours[] = {"PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR"};
	char **list = xcalloc(BASE_LEN(ours) + options->env_count + 1, sizeof(*list));
	size_t count = 0;

	for (size_t i = 0; i < BASE_LEN(ours); i++) {
		const char *value = getenv(ours[i]);

		if (value != NULL && !given(options, ours[i]))
			list[count++] = xasprintf("%s=%s", ours[i], value);
	}
	for (size_t i = 0; i < options->env_count; i++)
		list[count++] = xasprintf("%s=%s", options->env[i].name, options->env[i].value);
	return list;
}

static void explain_missing(struct process *process, const char *command)
{
	const char *path = getenv("PATH");

	process->failure = FAILURE_NOT_FOUND;
	if (strchr(command, '/') == NULL)
		strbuf_addf(&process->message, "cannot be run: there is no '%s' in PATH (%s)", command,
			    path != NULL ? path : "which is not set");
	else if (access(command, F_OK) == 0)
		strbuf_addf(&process->message,
			    "cannot be run: the interpreter that '%s' names in its first line is not there",
			    command);
	else
		strbuf_addf(&process->message, "cannot be run: there is no file '%s'", command);
}

/* `rc` is uv's: a negative errno. */
static void explain_unborn(struct process *process, const char *command, int rc)
{
	switch (rc) {
	case UV_ENOENT:
	case UV_ENOTDIR:
		explain_missing(process, command);
		break;
	case UV_EACCES:
	case UV_EPERM:
		process->failure = FAILURE_DENIED;
		strbuf_addf(&process->message,
			    "may not be run: '%s' is not executable for this user; chmod +x it, or see its owner",
			    command);
		break;
	case UV_EMFILE:
	case UV_ENFILE:
	case UV_EAGAIN:
	case UV_ENOMEM:
		process->failure = FAILURE_NO_DESCRIPTORS;
		strbuf_addf(&process->message,
			    "cannot be run: this host gives no further process or descriptor (%s)",
			    uv_strerror(rc));
		break;
	default:
		process->failure = FAILURE_DENIED;
		strbuf_addf(&process->message, "cannot be run: %s", uv_strerror(rc));
		break;
	}
}

static int spawn(struct process *process, const struct process_options *options)
{
	char **argv = xcalloc(options->argc + 1, sizeof(*argv));
	char **env = environment(options);
	uv_stdio_container_t stdio[3] = {{.flags = UV_IGNORE}};
	uv_process_options_t spawned = {.exit_cb = on_ended, .file = options->argv[0],
					.args = argv, .env = env, .flags = UV_PROCESS_DETACHED,
					.stdio = stdio, .stdio_count = BASE_LEN(stdio)};
	int ends[2] = {-1, -1};
	int rc = 0;

	for (size_t i = 0; i < options->argc; i++)
		argv[i] = (char *)(uintptr_t)options->argv[i]; /* uv only reads it */
	for (int i = 0; i < 2 && rc == 0; i++) {
		ends[i] = open_output(process, &process->outputs[i]);
		if (ends[i] < 0)
			rc = -errno;
		stdio[i + 1].flags = UV_INHERIT_FD;
		stdio[i + 1].data.fd = ends[i];
	}
	if (rc == 0) {
		process->uv.data = process;
		process->handles++;
		/* What this process was given by its parent is not the child's business either. */
		(void)close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
		rc = uv_spawn(&process->net->loop, &process->uv, &spawned);
		if (rc != 0)
			uv_close((uv_handle_t *)&process->uv, on_closed);
	}
	for (int i = 0; i < 2; i++)
		if (ends[i] >= 0)
			(void)close(ends[i]);
	for (char **one = env; *one != NULL; one++)
		free(*one);
	free(env);
	free(argv);
	return rc;
}

static void be_born(struct process *process)
{
	const struct process_options *options = &process->options;
	int64_t queued_ns = net_now(process->net).ns - process->began.ns;
	int rc = spawn(process, options);

	process->began = net_now(process->net);
	if (rc == 0) {
		process->pid = process->uv.pid;
		process->exited = false;
		advance(process, STAGE_RUNNING, options->timeout_ns - queued_ns);
	} else {
		explain_unborn(process, options->argv[0], rc);
		advance(process, STAGE_UNBORN, 0);
	}
}

static void on_births(void *context)
{
	struct net *net = context;

	for (int i = 0; i < BIRTHS_A_TURN && net->first_unborn != NULL; i++) {
		struct process *process = net->first_unborn;

		leave_queue(process);
		be_born(process);
	}
	if (net->first_unborn != NULL)
		net_timer_set(&net->births, (struct mono_time){0});
}

void net_processes_init(struct net *net)
{
	net_timer_init(&net->births, net, on_births, net);
}

struct process *process_start(struct net *net, const struct process_options *options,
			      void (*done)(void *context, const struct process_result *result),
			      void *context)
{
	struct process *process = xcalloc(1, sizeof(*process));

	process->magic = PROCESS_MAGIC;
	process->net = net;
	process->next = net->processes;
	if (process->next != NULL)
		process->next->previous = process;
	net->processes = process;
	process->options = *options;
	process->began = net_now(net);
	process->exited = true; /* there is none yet */
	process->exit_code = -1;
	process->done = done;
	process->context = context;
	strbuf_init(&process->outputs[0].text, options->output_max);
	strbuf_init(&process->outputs[1].text, options->output_max);
	strbuf_init(&process->message, MESSAGE_MAX);
	net_timer_init(&process->timer, net, on_timer, process);
	advance(process, STAGE_QUEUED, options->timeout_ns);
	if (net->last_unborn != NULL)
		net->last_unborn->next_unborn = process;
	else
		net->first_unborn = process;
	net->last_unborn = process;
	net_timer_set(&net->births, (struct mono_time){0});
	return process;
}

void process_free(struct process *process)
{
	if (process == NULL)
		return;
	CHECK_MAGIC(process, PROCESS_MAGIC);
	if (process->stage == STAGE_QUEUED)
		leave_queue(process);
	if (!process->exited || !process->over)
		kill_group(process, SIGKILL);
	process->over = true;
	process->abandoned = true;
	net_timer_stop(&process->timer);
	close_output(&process->outputs[0]);
	close_output(&process->outputs[1]);
	free_when_closed(process);
}

void net_processes_end(struct net *net)
{
	for (struct process *process = net->processes; process != NULL;) {
		struct process *next = process->next;

		if (!process->abandoned)
			process_free(process);
		process = next;
	}
	net_timer_stop(&net->births);
	for (struct process *process = net->processes; process != NULL; process = process->next)
		if (!process->exited) {
			process->exited = true;
			uv_close((uv_handle_t *)&process->uv, on_closed);
		}
}
