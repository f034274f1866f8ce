/* The demo's process: makes the servers and the folder, tells the story a second at a time, and
 * ends when its parent does. It stops by the same way for every reason (the parent's pipe, a
 * signal, an error), so that nothing of its own is left behind. */
#include "demo/demo.h"

#include "demo/answers.h"
#include "demo/folder.h"
#include "demo/store.h"
#include "demo/story.h"
#include "demo/world.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEMO_MAGIC 0xde300001u
#define TICK_MS 250

static const int end_signals[] = {SIGTERM, SIGINT, SIGHUP};

struct demo {
	unsigned magic;
	struct world world;
	struct story story;
	const char *folder;
	int folder_fd;
	bool made; /* the folder is ours */
	uv_timer_t tick;
	uv_poll_t parent;
	uv_signal_t signals[BASE_LEN(end_signals)];
	bool ending;
};

/* --- the end ---------------------------------------------------------------------------------- */

static void close_handle(uv_handle_t *handle, void *context)
{
	(void)context;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

/* Signals wait while files are being made or removed: until the handlers stand, and from the first
 * reason to end on, since a dying parent closes its pipe first and sends SIGTERM a moment later. */
static void mask_signals(int how)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < BASE_LEN(end_signals); i++)
		sigaddset(&set, end_signals[i]);
	sigprocmask(how, &set, NULL);
}

/* Everything that keeps the loop alive is closed; uv_run() returns when the last one is. */
static void end(struct demo *demo)
{
	if (demo->ending)
		return;
	demo->ending = true;
	mask_signals(SIG_BLOCK);
	for (int i = 0; i < DEMO_SERVICE_COUNT; i++)
		server_close(&demo->world.servers[i]);
	uv_walk(&demo->world.loop, close_handle, NULL);
}

static void on_signal(uv_signal_t *handle, int number)
{
	struct demo *demo = handle->data;

	(void)number;
	CHECK_MAGIC(demo, DEMO_MAGIC);
	end(demo);
}

/* Nothing ever comes from the parent but its end. */
static void on_parent(uv_poll_t *handle, int status, int events)
{
	struct demo *demo = handle->data;
	ssize_t got = 0;
	char byte;
	int fd;

	(void)events;
	CHECK_MAGIC(demo, DEMO_MAGIC);
	if (status == 0 && uv_fileno((const uv_handle_t *)handle, &fd) == 0)
		got = read(fd, &byte, 1);
	if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN))
		end(demo);
}

/* --- running ---------------------------------------------------------------------------------- */

/* Makes each port answer or refuse as the story has it; what fails now is tried again. */
static void apply(struct demo *demo)
{
	for (int i = 0; i < DEMO_SERVICE_COUNT; i++) {
		if (demo->world.conditions[i] == DEMO_STOPPED)
			server_close(&demo->world.servers[i]);
		else
			server_open(&demo->world.servers[i]);
	}
}

static void on_tick(uv_timer_t *timer)
{
	struct demo *demo = timer->data;

	CHECK_MAGIC(demo, DEMO_MAGIC);
	story_tell(&demo->story, clock_wall());
	apply(demo);
}

static void make_token(struct world *world)
{
	unsigned char random[DEMO_TOKEN_LEN / 2] = {0};

	if (getrandom(random, sizeof(random), 0) < 0)
		memset(random, 0x5a, sizeof(random));
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(world->token + 2 * i, 3, "%02x", random[i]);
}

static bool watch(struct demo *demo, int parent_fd)
{
	uv_loop_t *loop = &demo->world.loop;

	for (size_t i = 0; i < BASE_LEN(end_signals); i++) {
		uv_signal_init(loop, &demo->signals[i]);
		demo->signals[i].data = demo;
		uv_signal_start(&demo->signals[i], on_signal, end_signals[i]);
	}
	mask_signals(SIG_UNBLOCK);
	uv_timer_init(loop, &demo->tick);
	demo->tick.data = demo;
	uv_timer_start(&demo->tick, on_tick, TICK_MS, TICK_MS);
	if (uv_poll_init(loop, &demo->parent, parent_fd) != 0)
		return false;
	demo->parent.data = demo;
	return uv_poll_start(&demo->parent, UV_READABLE | UV_DISCONNECT, on_parent) == 0;
}

static bool begin(struct demo *demo, const struct scenario *scenario, struct strbuf *err)
{
	struct world *world = &demo->world;

	demo->made = mkdir(demo->folder, 0700) == 0;
	if (demo->made)
		demo->folder_fd = open(demo->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (demo->folder_fd < 0) {
		strbuf_addf(err, "cannot make %s: %s", demo->folder, strerror(errno));
		return false;
	}
	for (int i = 0; i < DEMO_SERVICE_COUNT; i++) {
		enum demo_service service = (enum demo_service)i;
		bool store = demo_service_info(service)->protocol == DEMO_STORE;

		if (!server_init(&world->servers[i], world, service,
				 store ? store_on_data : http_on_data, err))
			return false;
	}
	make_token(world);
	if (!journal_init(&world->journal, demo->folder_fd, err) ||
	    !folder_write(world, demo->folder_fd, err))
		return false;
	story_begin(&demo->story, world, scenario, clock_wall());
	apply(demo);
	for (int i = 0; i < DEMO_SERVICE_COUNT; i++) {
		if (world->conditions[i] != DEMO_STOPPED &&
		    world->servers[i].state != SERVER_OPEN) {
			strbuf_addf(err, "cannot listen on 127.0.0.1:%d", world->servers[i].port);
			return false;
		}
	}
	return true;
}

/* "ready", or the sentence that says why not. The descriptor stays open: its end of file is what
 * the parent waits for when it ends us. */
static void report(int ready_fd, const char *words)
{
	ssize_t wrote = write(ready_fd, words, strlen(words));

	wrote = wrote < 0 ? wrote : write(ready_fd, "\n", 1);
	(void)wrote; /* a parent that does not listen any more is gone, which the loop sees */
}

static void release(struct demo *demo)
{
	for (int i = 0; i < DEMO_SERVICE_COUNT; i++)
		server_release(&demo->world.servers[i]);
	journal_release(&demo->world.journal);
	if (demo->folder_fd >= 0)
		close(demo->folder_fd);
	if (demo->made)
		demo_clean(demo->folder);
}

int demo_main(const char *name, const char *folder, int ready_fd, int parent_fd)
{
	const struct scenario *scenario = scenario_find(name);
	struct demo demo = {.magic = DEMO_MAGIC, .folder = folder, .folder_fd = -1};
	struct strbuf err;
	bool good = false;

	signal(SIGPIPE, SIG_IGN);
	mask_signals(SIG_BLOCK);
	strbuf_init(&err, 1024);
	for (int i = 0; i < DEMO_SERVICE_COUNT; i++)
		demo.world.servers[i].holder = -1;
	for (int i = 0; i < JOURNAL_FILES; i++)
		demo.world.journal.fds[i] = -1;
	if (scenario == NULL)
		strbuf_addf(&err, "no scenario is called '%s'", name);
	else if (uv_loop_init(&demo.world.loop) != 0)
		strbuf_adds(&err, "no event loop");
	else {
		good = begin(&demo, scenario, &err) && watch(&demo, parent_fd);
		report(ready_fd, good ? "ready" : err.data);
		if (!good)
			end(&demo);
		uv_run(&demo.world.loop, UV_RUN_DEFAULT);
		uv_loop_close(&demo.world.loop);
	}
	if (scenario == NULL)
		report(ready_fd, err.data);
	release(&demo);
	strbuf_release(&err);
	return good ? 0 : 1;
}
