/* libcurl's multi handles on the loop. A descriptor stays in uv's set while its connection is
 * idle, so a kept-alive check costs no epoll_ctl(2) and no uv handle; libcurl tells by its
 * open and close callbacks which descriptors are alive. Invariant: `watches[fd]` exists exactly
 * while uv may report that descriptor, and is gone before it is closed. */
#include "net/multi.h"

#include "net/http.h"

#include "base/xalloc.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* Connections are kept for all targets of a group, however uneven the groups are. */
#define SHARD_CONNECTIONS (2L * NET_GROUP_TARGETS + 16L)
#define DESCRIPTORS_MAX 65536
#define DESCRIPTORS_SPARED 256 /* for what is in flight, logs, the terminal */
#define PRIVATE_IDLE_MAX 32 /* 23 KB each, once that many streams were open at once */
#define KICK_ROUNDS 4

/* A descriptor of libcurl's. */
struct watch {
	uv_poll_t uv;
	struct shard *shard; /* whose transfer uses it now */
	curl_socket_t fd;
	int wanted;          /* UV_READABLE | UV_WRITABLE; 0 while the connection is idle */
	int polled;          /* what uv was told */
	bool ours;           /* opened by open_socket(), so its closing will be told */
	bool leaving;        /* libcurl has let go of it: closed, or an open stream's from now on */
	bool kept;           /* libcurl's close of it is none */
	void (*ready)(void *context, int events); /* of a stream; NULL: libcurl's */
	void *context;
};

struct multi_set {
	struct net *net;
	struct VEC_OF(struct shard *) shards; /* by group; NULL until asked for */
	struct shard *private_idle;
	size_t private_idle_len;
	long connections;     /* kept a shard */
	rlim_t descriptors;   /* that this process may have */
	struct shard *doomed; /* freed before the next wait: they may be acting now */
	struct shard *kicked;
	struct VEC_OF(curl_socket_t) leaving; /* of this action */
	struct watch **watches; /* by descriptor */
	size_t watches_len;
};

/* --- descriptors -------------------------------------------------------------------------- */

static struct watch *watch_at(const struct multi_set *set, curl_socket_t fd)
{
	return (size_t)fd < set->watches_len ? set->watches[fd] : NULL;
}

static void free_watch(uv_handle_t *handle)
{
	free(handle->data);
}

static void watch_remove(struct multi_set *set, struct watch *watch)
{
	set->watches[watch->fd] = NULL;
	uv_close((uv_handle_t *)&watch->uv, free_watch);
}

static struct watch *watch_add(struct multi_set *set, curl_socket_t fd)
{
	struct watch *watch = xcalloc(1, sizeof(*watch));

	if ((size_t)fd >= set->watches_len) {
		size_t len = set->watches_len != 0 ? set->watches_len * 2 : 64;

		while (len <= (size_t)fd)
			len *= 2;
		set->watches = xreallocarray(set->watches, len, sizeof(struct watch *));
		memset(set->watches + set->watches_len, 0,
		       (len - set->watches_len) * sizeof(struct watch *));
		set->watches_len = len;
	}
	if (uv_poll_init_socket(&set->net->loop, &watch->uv, fd) != 0) {
		free(watch);
		return NULL;
	}
	watch->uv.data = watch;
	watch->fd = fd;
	set->watches[fd] = watch;
	return watch;
}

static void act(struct shard *shard, curl_socket_t fd, int what);

static void poll_for(struct watch *watch, int events);

static int curl_events(int events)
{
	return ((events & UV_READABLE) != 0 ? CURL_CSELECT_IN : 0) |
	       ((events & UV_WRITABLE) != 0 ? CURL_CSELECT_OUT : 0);
}

static void on_event(uv_poll_t *uv, int status, int events)
{
	struct watch *watch = uv->data;
	struct multi_set *set;
	curl_socket_t fd = watch->fd;

	if (watch->ready != NULL) {
		if (status != 0)
			watch->polled = 0;
		watch->ready(watch->context, status == 0 ? events : 0);
		return;
	}
	if (watch->wanted == 0) {
		/* The peer closed an idle connection, or spoke unasked: libcurl finds out when
		 * it looks at the connection next. */
		uv_poll_stop(uv);
		watch->polled = 0;
		return;
	}
	if (status == 0) {
		act(watch->shard, fd, curl_events(events));
		return;
	}
	/* An error on the socket, for which uv has stopped watching. Not CURL_CSELECT_ERR: libcurl
	 * shall read the socket and hear the error itself. */
	set = watch->shard->net->multis;
	watch->polled = 0;
	act(watch->shard, fd, curl_events(watch->wanted));
	watch = watch_at(set, fd);
	if (watch != NULL && watch->wanted != 0)
		poll_for(watch, watch->wanted);
}

static void poll_for(struct watch *watch, int events)
{
	if (watch->polled == events)
		return;
	watch->polled = events;
	uv_poll_start(&watch->uv, events, on_event);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *unused)
{
	struct shard *shard = user;
	struct multi_set *set = shard->net->multis;
	struct watch *watch = watch_at(set, fd);

	(void)easy;
	(void)unused;
	if (what == CURL_POLL_REMOVE) {
		if (watch == NULL || watch->kept)
			return 0;
		watch->wanted = 0;
		/* 7.88 closes a socket that never connected without telling; a stream's, which is
		 * still polled for that, may as well be open and ours from now on. */
		if (watch->ours && (watch->polled & UV_WRITABLE) == 0)
			return 0;
		if (shard->lone) {
			watch->leaving = true;
			vec_push(&set->leaving, fd);
		} else {
			watch_remove(set, watch);
		}
		return 0;
	}
	if (watch == NULL)
		watch = watch_add(set, fd);
	if (watch == NULL)
		return -1;
	watch->leaving = false;
	watch->shard = shard;
	watch->wanted = ((what & CURL_POLL_IN) != 0 ? UV_READABLE : 0) |
			((what & CURL_POLL_OUT) != 0 ? UV_WRITABLE : 0);
	poll_for(watch, watch->wanted);
	return 0;
}

void multi_adopt(struct owner *owner, curl_socket_t fd)
{
	struct multi_set *set = owner->net->multis;
	struct watch *old = watch_at(set, fd);
	struct watch *watch;

	owner->socket_opened = true;
	if (old != NULL)
		watch_remove(set, old);
	watch = watch_add(set, fd);
	if (watch == NULL)
		return;
	watch->ours = true;
	if (old != NULL && old->wanted != 0) {
		/* The socket of another address of the same host was closed untold, and this one
		 * has its number: libcurl believes that it is watched. */
		watch->shard = old->shard;
		watch->wanted = old->wanted;
		poll_for(watch, watch->wanted);
	}
}

static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct owner *owner = user;
	int fd;

	(void)purpose;
	CHECK_MAGIC(owner, OWNER_MAGIC);
	fd = socket(address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
		    address->protocol);
	if (fd < 0) {
		owner->socket_errno = errno;
		return CURL_SOCKET_BAD;
	}
	multi_adopt(owner, fd);
	return fd;
}

static int close_socket(void *user, curl_socket_t fd)
{
	struct net *net = user;
	struct watch *watch;

	CHECK_MAGIC(net, NET_MAGIC);
	watch = watch_at(net->multis, fd);
	if (watch != NULL && watch->kept)
		return 0;
	if (watch != NULL)
		watch_remove(net->multis, watch);
	return close(fd);
}

bool multi_take(struct net *net, curl_socket_t fd, void (*ready)(void *context, int events),
		void *context)
{
	struct watch *watch = watch_at(net->multis, fd);

	if (watch == NULL)
		watch = watch_add(net->multis, fd);
	if (watch == NULL)
		return false;
	watch->wanted = 0;
	watch->leaving = false;
	watch->ready = ready;
	watch->context = context;
	return true;
}

void multi_keep(struct net *net, curl_socket_t fd)
{
	struct watch *watch = watch_at(net->multis, fd);

	if (watch == NULL)
		watch = watch_add(net->multis, fd);
	if (watch == NULL)
		BUG("an open socket cannot be watched");
	watch->wanted = 0;
	watch->leaving = false;
	watch->kept = true;
}

void multi_close(struct net *net, curl_socket_t fd)
{
	struct watch *watch = watch_at(net->multis, fd);

	if (watch != NULL)
		watch_remove(net->multis, watch);
	close(fd);
}

void multi_poll(struct net *net, curl_socket_t fd, int events)
{
	struct watch *watch = watch_at(net->multis, fd);

	if (watch == NULL || watch->ready == NULL || watch->polled == events)
		return;
	if (events == 0) {
		uv_poll_stop(&watch->uv);
		watch->polled = 0;
		return;
	}
	poll_for(watch, events);
}

/* --- transfers ---------------------------------------------------------------------------- */

static void kick(struct shard *shard)
{
	struct multi_set *set = shard->net->multis;

	if (shard->kicked)
		return;
	shard->kicked = true;
	shard->next_kicked = set->kicked;
	set->kicked = shard;
}

static int on_timer(CURLM *multi, long timeout_ms, void *user)
{
	struct shard *shard = user;

	(void)multi;
	if (timeout_ms < 0)
		net_timer_stop(&shard->timer);
	else if (timeout_ms == 0)
		kick(shard);
	else
		net_timer_set(&shard->timer,
			      (struct mono_time){net_now(shard->net).ns + timeout_ms * NS_PER_MS});
	return 0;
}

/* Forgets what libcurl has let go of, but not the socket of an open stream. */
static void drop_leaving(struct multi_set *set, curl_socket_t open)
{
	for (size_t i = 0; i < set->leaving.len; i++) {
		struct watch *watch = watch_at(set, set->leaving.at[i]);

		if (watch == NULL || !watch->leaving)
			continue;
		watch->leaving = false;
		if (watch->fd != open)
			watch_remove(set, watch);
	}
	set->leaving.len = 0;
}

static curl_socket_t open_socket_of(CURL *easy)
{
	curl_socket_t fd = CURL_SOCKET_BAD;

	(void)curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &fd);
	return fd;
}

/* Completions are looked for after every action, whatever `running` says: the last transfer of a
 * multi ends with none running. */
static void act(struct shard *shard, curl_socket_t fd, int what)
{
	struct net *net = shard->net;
	CURLMsg *message;
	int running, left;

	curl_multi_socket_action(shard->multi, fd, what, &running);
	while ((message = curl_multi_info_read(shard->multi, &left)) != NULL) {
		CURL *easy = message->easy_handle;
		CURLcode code = message->data.result;
		struct owner *owner = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&owner);
		CHECK_MAGIC(owner, OWNER_MAGIC);
		net->stats.in_flight--;
		owner->in_flight = false;
		if (shard->lone)
			drop_leaving(net->multis, open_socket_of(easy));
		owner->done(owner, code);
	}
	if (shard->lone)
		drop_leaving(net->multis, CURL_SOCKET_BAD);
}

static void on_timeout(void *context)
{
	act(context, CURL_SOCKET_TIMEOUT, 0);
}

void multi_prepare(struct owner *owner, CURL *easy)
{
	curl_easy_setopt(easy, CURLOPT_PRIVATE, owner);
	/* Signals are the loop's; a lookup inside libcurl is never joined. */
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, -1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, owner);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, owner->net);
	tls_prepare(easy, &owner->tls);
}

void shard_start(struct shard *shard, struct owner *owner, CURL *easy)
{
	owner->socket_opened = false;
	owner->socket_errno = 0;
	owner->tls.verify_error = 0;
	shard->net->stats.in_flight++;
	owner->in_flight = true;
	if (curl_multi_add_handle(shard->multi, easy) != CURLM_OK)
		BUG("a handle cannot be added");
}

void shard_end(struct shard *shard, struct owner *owner, CURL *easy)
{
	shard->net->stats.in_flight -= owner->in_flight ? 1 : 0;
	owner->in_flight = false;
	curl_multi_remove_handle(shard->multi, easy);
	if (shard->lone)
		drop_leaving(shard->net->multis, CURL_SOCKET_BAD);
}

/* --- shards ------------------------------------------------------------------------------- */

static struct shard *shard_new(struct net *net, long connections, bool lone)
{
	struct shard *shard = xcalloc(1, sizeof(*shard));

	shard->net = net;
	shard->lone = lone;
	shard->multi = curl_multi_init();
	shard->share = shard->lone ? NULL : curl_share_init();
	if (shard->multi == NULL || (shard->share == NULL && !shard->lone))
		BUG("out of memory");
	if (shard->share != NULL)
		curl_share_setopt(shard->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
	curl_multi_setopt(shard->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(shard->multi, CURLMOPT_SOCKETDATA, shard);
	curl_multi_setopt(shard->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(shard->multi, CURLMOPT_TIMERDATA, shard);
	curl_multi_setopt(shard->multi, CURLMOPT_MAXCONNECTS, connections);
	net_timer_init(&shard->timer, net, on_timeout, shard);
	return shard;
}

static void unkick(struct multi_set *set, struct shard *shard)
{
	struct shard **at = &set->kicked;

	while (*at != NULL && *at != shard)
		at = &(*at)->next_kicked;
	if (*at != NULL)
		*at = shard->next_kicked;
}

static void shard_free(struct multi_set *set, struct shard *shard)
{
	curl_multi_cleanup(shard->multi);
	if (shard->share != NULL)
		curl_share_cleanup(shard->share);
	net_timer_stop(&shard->timer);
	unkick(set, shard);
	free(shard);
}

struct shard *shard_of(struct multi_set *set, size_t group)
{
	while (set->shards.len <= group)
		vec_push(&set->shards, (struct shard *)NULL);
	if (set->shards.at[group] == NULL)
		set->shards.at[group] = shard_new(set->net, set->connections, false);
	return set->shards.at[group];
}

void multi_plan(struct multi_set *set, size_t groups)
{
	rlim_t room = set->descriptors > 2 * DESCRIPTORS_SPARED
			      ? set->descriptors - DESCRIPTORS_SPARED : DESCRIPTORS_SPARED;
	long fair = (long)(room / (groups != 0 ? groups : 1));

	set->connections = fair < 1 ? 1 : fair > SHARD_CONNECTIONS ? SHARD_CONNECTIONS : fair;
	for (size_t group = 0; group < set->shards.len; group++)
		if (set->shards.at[group] != NULL)
			curl_multi_setopt(set->shards.at[group]->multi, CURLMOPT_MAXCONNECTS,
					  set->connections);
}

struct shard *shard_take_private(struct multi_set *set)
{
	struct shard *shard = set->private_idle;

	if (shard == NULL)
		return shard_new(set->net, 1, true);
	set->private_idle = shard->next;
	set->private_idle_len--;
	return shard;
}

void shard_give_back(struct multi_set *set, struct shard *shard)
{
	if (set->private_idle_len == PRIVATE_IDLE_MAX) {
		shard->next = set->doomed;
		set->doomed = shard;
		return;
	}
	shard->next = set->private_idle;
	set->private_idle = shard;
	set->private_idle_len++;
}

static rlim_t raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 0;
	if (limit.rlim_cur < limit.rlim_max && limit.rlim_cur < DESCRIPTORS_MAX) {
		rlim_t before = limit.rlim_cur;

		limit.rlim_cur = limit.rlim_max < DESCRIPTORS_MAX ? limit.rlim_max : DESCRIPTORS_MAX;
		if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
			return before;
	}
	return limit.rlim_cur;
}

struct multi_set *multi_set_new(struct net *net, struct strbuf *err)
{
	struct multi_set *set;

	/* Counted by libcurl: several `struct net` may live one after another. */
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		strbuf_adds(err, "libcurl cannot start");
		return NULL;
	}
	set = xcalloc(1, sizeof(*set));
	set->net = net;
	set->descriptors = raise_descriptors();
	set->connections = SHARD_CONNECTIONS;
	return set;
}

static void free_list(struct multi_set *set, struct shard *shard)
{
	while (shard != NULL) {
		struct shard *next = shard->next;

		shard_free(set, shard);
		shard = next;
	}
}

void multi_kick_all(struct multi_set *set)
{
	for (int round = 0; round < KICK_ROUNDS && set->kicked != NULL; round++) {
		struct shard *list = set->kicked;

		set->kicked = NULL;
		while (list != NULL) {
			struct shard *shard = list;

			list = shard->next_kicked;
			shard->kicked = false;
			act(shard, CURL_SOCKET_TIMEOUT, 0);
		}
	}
	free_list(set, set->doomed);
	set->doomed = NULL;
	if (set->kicked != NULL)
		net_wake_now(set->net);
}

void multi_set_free(struct multi_set *set)
{
	if (set == NULL)
		return;
	for (size_t group = 0; group < set->shards.len; group++)
		if (set->shards.at[group] != NULL)
			shard_free(set, set->shards.at[group]);
	vec_release(&set->shards);
	free_list(set, set->private_idle);
	free_list(set, set->doomed);
	for (size_t fd = 0; fd < set->watches_len; fd++)
		if (set->watches[fd] != NULL)
			watch_remove(set, set->watches[fd]);
	free(set->watches);
	vec_release(&set->leaving);
	curl_global_cleanup();
	free(set);
}
