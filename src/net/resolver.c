/* Host names on threads of their own. What the threads share (queue, answers, the handle that
 * wakes the loop) is counted and outlives `struct net`, since a lookup in a dead resolver may
 * hang for longer than the program wants to live. See resolver.h. */
#include "net/resolver.h"

#include "base/clock.h"
#include "base/map.h"
#include "base/xalloc.h"
#include "net/loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>

#define THREAD_STACK (256 * 1024)
#define THREAD_IDLE_S 10
#define ADDRESSES_MAX 16

/* A question and its answer; owned by the list it is in, by its thread while it is asked. */
struct request {
	struct name *name; /* NULL: nobody wants it any more; the loop's side only */
	char *host;
	char *addresses;
	int error, os_error;
	bool slow;
	struct request *next;
};

struct queue {
	struct request *first, **end;
};

struct shared {
	pthread_mutex_t lock;
	pthread_cond_t work;
	unsigned refs; /* the resolver and each thread */
	bool closed;
	size_t threads, idle, queued, slow_running;
	struct queue asked, slow;
	struct request *answered;
	uv_async_t *async; /* NULL once closed */
};

struct resolver {
	struct net *net;
	struct shared *shared;
	struct map *names; /* host -> struct name; borrowed */
	uv_async_t *async;
};

static void free_request(struct request *request)
{
	free(request->host);
	free(request->addresses);
	free(request);
}

/* Called with the lock held, which it gives back. */
static void unref_shared(struct shared *shared)
{
	bool last = --shared->refs == 0;

	pthread_mutex_unlock(&shared->lock);
	if (!last)
		return;
	pthread_mutex_destroy(&shared->lock);
	pthread_cond_destroy(&shared->work);
	free(shared);
}

static void add_address(struct strbuf *out, const struct sockaddr *address)
{
	char text[INET6_ADDRSTRLEN];

	if (address->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)address;

		inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text));
	} else if (address->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)address;

		inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text));
	} else {
		return;
	}
	strbuf_addf(out, address->sa_family == AF_INET6 ? "%s[%s]" : "%s%s",
		    out->len != 0 ? "," : "", text);
}

static void ask(struct request *request)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	struct strbuf list;
	size_t count = 0;

	errno = 0;
	request->error = getaddrinfo(request->host, NULL, &hints, &found);
	request->os_error = errno;
	if (request->error != 0)
		return;
	strbuf_init(&list, ADDRESSES_MAX * (INET6_ADDRSTRLEN + 3));
	for (struct addrinfo *at = found; at != NULL && count < ADDRESSES_MAX; at = at->ai_next, count++)
		add_address(&list, at->ai_addr);
	freeaddrinfo(found);
	if (list.len == 0)
		request->error = EAI_NONAME;
	request->addresses = strbuf_detach(&list);
}

static void queue_init(struct queue *queue)
{
	queue->first = NULL;
	queue->end = &queue->first;
}

static struct request *queue_take(struct queue *queue)
{
	struct request *request = queue->first;

	if (request != NULL) {
		queue->first = request->next;
		if (queue->first == NULL)
			queue->end = &queue->first;
	}
	return request;
}

static struct request *take_request(struct shared *shared)
{
	struct request *request = queue_take(&shared->asked);

	if (request == NULL && shared->slow_running < RESOLVER_SLOW_THREADS)
		request = queue_take(&shared->slow);
	if (request != NULL) {
		shared->queued--;
		shared->slow_running += request->slow ? 1 : 0;
	}
	return request;
}

/* Waits for a question; NULL when none came for a while or the program ends. */
static struct request *next_request(struct shared *shared)
{
	struct request *request = NULL;
	struct timespec until = {.tv_sec = (time_t)(clock_wall().ns / NS_PER_S) + THREAD_IDLE_S};

	shared->idle++;
	while (!shared->closed && (request = take_request(shared)) == NULL)
		if (pthread_cond_timedwait(&shared->work, &shared->lock, &until) == ETIMEDOUT)
			break;
	shared->idle--;
	return request;
}

static void *thread_main(void *argument)
{
	struct shared *shared = argument;
	struct request *request;

	pthread_mutex_lock(&shared->lock);
	while ((request = next_request(shared)) != NULL) {
		pthread_mutex_unlock(&shared->lock);
		ask(request);
		pthread_mutex_lock(&shared->lock);
		shared->slow_running -= request->slow ? 1 : 0;
		if (shared->closed) {
			free_request(request);
			break;
		}
		request->next = shared->answered;
		shared->answered = request;
		uv_async_send(shared->async);
	}
	shared->threads--;
	unref_shared(shared);
	return NULL;
}

/* Called with the lock held. Where no thread can be had the question waits for one of the others;
 * with no thread at all the waiters run into their time-outs. */
static void start_thread(struct shared *shared)
{
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, THREAD_STACK);
	if (pthread_create(&thread, &attributes, thread_main, shared) == 0) {
		shared->threads++;
		shared->refs++;
	}
	pthread_attr_destroy(&attributes);
}

static void wake_waiters(struct name *name)
{
	struct lookup *waiters = name->waiters;

	/* A waiter may start another lookup of this name: that one waits for the next answer. */
	name->waiters = NULL;
	if (waiters != NULL)
		waiters->link = &waiters;
	name_ref(name);
	while (waiters != NULL) {
		struct lookup *lookup = waiters;

		lookup_cancel(lookup);
		lookup->done(lookup->context);
	}
	name_unref(name);
}

static void take_answer(struct request *request, struct mono_time now)
{
	struct name *name = request->name;

	if (name != NULL) {
		name->request = NULL;
		name->error = request->error;
		name->slow = name->waiters == NULL;
		name->os_error = request->os_error;
		if (request->error == 0) {
			if (name->addresses == NULL ||
			    strcmp(name->addresses, request->addresses) != 0)
				name->generation++;
			free(name->addresses);
			name->addresses = request->addresses;
			request->addresses = NULL;
			name->fresh_until.ns = now.ns + RESOLVER_TTL;
		}
		wake_waiters(name);
	}
	free_request(request);
}

static void on_answers(uv_async_t *async)
{
	struct resolver *resolver = async->data;
	struct shared *shared = resolver->shared;
	struct request *answered, *next;

	pthread_mutex_lock(&shared->lock);
	answered = shared->answered;
	shared->answered = NULL;
	pthread_mutex_unlock(&shared->lock);
	for (; answered != NULL; answered = next) {
		next = answered->next;
		take_answer(answered, net_now(resolver->net));
	}
}

static void free_async(uv_handle_t *handle)
{
	free(handle);
}

struct resolver *resolver_new(struct net *net)
{
	struct resolver *resolver = xcalloc(1, sizeof(*resolver));
	struct shared *shared = xcalloc(1, sizeof(*shared));

	pthread_mutex_init(&shared->lock, NULL);
	pthread_cond_init(&shared->work, NULL);
	shared->refs = 1;
	queue_init(&shared->asked);
	queue_init(&shared->slow);
	resolver->net = net;
	resolver->shared = shared;
	resolver->names = map_new();
	resolver->async = xcalloc(1, sizeof(*resolver->async));
	if (uv_async_init(&net->loop, resolver->async, on_answers) != 0)
		BUG("no async handle");
	resolver->async->data = resolver;
	shared->async = resolver->async;
	return resolver;
}

static void free_requests(struct request *list)
{
	struct request *next;

	for (; list != NULL; list = next) {
		next = list->next;
		free_request(list);
	}
}

void resolver_free(struct resolver *resolver)
{
	struct shared *shared;

	if (resolver == NULL)
		return;
	shared = resolver->shared;
	pthread_mutex_lock(&shared->lock);
	shared->closed = true;
	shared->async = NULL;
	free_requests(shared->asked.first);
	free_requests(shared->slow.first);
	free_requests(shared->answered);
	queue_init(&shared->asked);
	queue_init(&shared->slow);
	shared->answered = NULL;
	pthread_cond_broadcast(&shared->work);
	unref_shared(shared);
	uv_close((uv_handle_t *)resolver->async, free_async);
	map_free(resolver->names);
	free(resolver);
}

static bool needs_no_lookup(const char *host)
{
	unsigned char address[sizeof(struct in6_addr)];
	size_t len = strlen(host);

	if (inet_pton(AF_INET, host, address) == 1 || strchr(host, ':') != NULL)
		return true;
	return (len == 9 && strcasecmp(host, "localhost") == 0) ||
	       (len > 10 && strcasecmp(host + len - 10, ".localhost") == 0);
}

struct name *name_get(struct resolver *resolver, const char *host)
{
	struct name *name;

	if (needs_no_lookup(host))
		return NULL;
	name = map_get(resolver->names, host);
	if (name != NULL)
		return name_ref(name);
	name = xcalloc(1, sizeof(*name));
	name->resolver = resolver;
	name->refs = 1;
	name->host = xstrdup(host);
	map_put(resolver->names, host, name);
	return name;
}

struct name *name_ref(struct name *name)
{
	if (name != NULL)
		name->refs++;
	return name;
}

void name_unref(struct name *name)
{
	if (name == NULL || --name->refs != 0)
		return;
	if (name->request != NULL)
		name->request->name = NULL;
	map_remove(name->resolver->names, name->host);
	free(name->host);
	free(name->addresses);
	free(name);
}

bool name_fresh(const struct name *name, struct mono_time now)
{
	return name->addresses != NULL && now.ns < name->fresh_until.ns;
}

void name_expire(struct name *name)
{
	if (name != NULL)
		name->fresh_until.ns = 0;
}

static void send_request(struct name *name)
{
	struct shared *shared = name->resolver->shared;
	struct request *request = xcalloc(1, sizeof(*request));
	struct queue *queue = name->slow ? &shared->slow : &shared->asked;

	request->slow = name->slow;
	request->name = name;
	request->host = xstrdup(name->host);
	name->request = request;
	pthread_mutex_lock(&shared->lock);
	*queue->end = request;
	queue->end = &request->next;
	shared->queued++;
	if (shared->queued > shared->idle && shared->threads < RESOLVER_THREADS)
		start_thread(shared);
	pthread_cond_signal(&shared->work);
	pthread_mutex_unlock(&shared->lock);
}

void lookup_start(struct lookup *lookup, struct name *name, void (*done)(void *context),
		  void *context)
{
	*lookup = (struct lookup){.name = name_ref(name), .done = done, .context = context};
	lookup->next = name->waiters;
	lookup->link = &name->waiters;
	if (lookup->next != NULL)
		lookup->next->link = &lookup->next;
	name->waiters = lookup;
	if (name->request == NULL)
		send_request(name);
}

void lookup_cancel(struct lookup *lookup)
{
	struct name *name = lookup->name;

	if (name == NULL)
		return;
	*lookup->link = lookup->next;
	if (lookup->next != NULL)
		lookup->next->link = lookup->link;
	lookup->name = NULL;
	name_unref(name);
}
