/* Signals, descriptors and files as events of the loop. Each handle outlives its object until uv
 * has closed it, so an object may be freed inside its own callback. See net.h. */
#include "net/loop.h"

#include "base/xalloc.h"

#include <libgen.h>
#include <sys/ioctl.h>

static void free_handle(uv_handle_t *handle)
{
	free(handle->data);
}

struct net_signal {
	uv_signal_t uv;
	void (*fire)(void *context, int signum);
	void *context;
};

static void on_signal(uv_signal_t *uv, int signum)
{
	struct net_signal *signal = uv->data;

	signal->fire(signal->context, signum);
}

struct net_signal *net_signal_new(struct net *net, int signum,
				  void (*fire)(void *context, int signum), void *context)
{
	struct net_signal *signal = xcalloc(1, sizeof(*signal));

	signal->fire = fire;
	signal->context = context;
	uv_signal_init(&net->loop, &signal->uv);
	signal->uv.data = signal;
	if (uv_signal_start(&signal->uv, on_signal, signum) != 0)
		BUG("signal %d cannot be watched", signum);
	return signal;
}

void net_signal_free(struct net_signal *signal)
{
	if (signal != NULL)
		uv_close((uv_handle_t *)&signal->uv, free_handle);
}

struct net_watch {
	uv_poll_t uv;
	int fd;
	void (*ready)(void *context, bool closed);
	void *context;
};

static void on_ready(uv_poll_t *uv, int status, int events)
{
	struct net_watch *watch = uv->data;
	bool hung_up = status < 0 || (events & UV_DISCONNECT) != 0;
	int left = 0;

	if (hung_up && ioctl(watch->fd, FIONREAD, &left) != 0)
		left = 0;
	watch->ready(watch->context, hung_up && left == 0);
}

struct net_watch *net_watch_new(struct net *net, int fd, void (*ready)(void *context, bool closed),
				void *context)
{
	struct net_watch *watch = xcalloc(1, sizeof(*watch));

	watch->fd = fd;
	watch->ready = ready;
	watch->context = context;
	if (uv_poll_init(&net->loop, &watch->uv, fd) != 0) {
		free(watch); /* a plain file, or watched already: nothing will ever come */
		return NULL;
	}
	watch->uv.data = watch;
	uv_poll_start(&watch->uv, UV_READABLE | UV_DISCONNECT, on_ready);
	return watch;
}

void net_watch_free(struct net_watch *watch)
{
	if (watch == NULL)
		return;
	uv_poll_stop(&watch->uv);
	uv_close((uv_handle_t *)&watch->uv, free_handle);
}

struct net_file_watch {
	uv_fs_event_t uv;
	void (*changed)(void *context);
	void *context;
	char *base; /* the file's name inside its folder; NULL: the file itself is watched */
	const char *const *ends; /* of the names that are meant; NULL: of any */
};

static void free_file_watch(uv_handle_t *handle)
{
	struct net_file_watch *watch = handle->data;

	free(watch->base);
	free(watch);
}

static bool is_meant(const struct net_file_watch *watch, const char *name)
{
	size_t len = strlen(name);

	if (watch->base != NULL)
		return strcmp(name, watch->base) == 0;
	for (size_t i = 0; watch->ends != NULL && watch->ends[i] != NULL; i++) {
		size_t end = strlen(watch->ends[i]);

		if (len >= end && strcmp(name + len - end, watch->ends[i]) == 0)
			return true;
	}
	return watch->ends == NULL;
}

static void on_changed(uv_fs_event_t *uv, const char *filename, int events, int status)
{
	struct net_file_watch *watch = uv->data;

	(void)events;
	if (status == 0 && (filename == NULL || is_meant(watch, filename)))
		watch->changed(watch->context);
}

/* Where it cannot be watched (no such folder, inotify's limit) the hint stays out; stat() is the
 * truth. */
static struct net_file_watch *start_watch(struct net *net, const char *path,
					  void (*changed)(void *context), void *context)
{
	struct net_file_watch *watch = xcalloc(1, sizeof(*watch));

	watch->changed = changed;
	watch->context = context;
	uv_fs_event_init(&net->loop, &watch->uv);
	watch->uv.data = watch;
	(void)uv_fs_event_start(&watch->uv, on_changed, path, 0);
	return watch;
}

struct net_file_watch *net_file_watch_new(struct net *net, const char *path,
					  void (*changed)(void *context), void *context)
{
	char *folder = xstrdup(path);
	char *name = xstrdup(path);
	struct net_file_watch *watch;

	/* The folder, not the file: a rename over it would end the watch. */
	watch = start_watch(net, dirname(folder), changed, context);
	watch->base = xstrdup(basename(name));
	free(folder);
	free(name);
	return watch;
}

struct net_file_watch *net_file_watch_folder(struct net *net, const char *path, const char *const *ends,
					     void (*changed)(void *context), void *context)
{
	struct net_file_watch *watch = start_watch(net, path, changed, context);

	watch->ends = ends;
	return watch;
}

struct net_file_watch *net_file_watch_itself(struct net *net, const char *path,
					     void (*changed)(void *context), void *context)
{
	return start_watch(net, path, changed, context);
}

void net_file_watch_free(struct net_file_watch *watch)
{
	if (watch != NULL)
		uv_close((uv_handle_t *)&watch->uv, free_file_watch);
}
