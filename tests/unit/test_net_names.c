/* Names: what a lookup says, one that hangs, addresses that move. The resolver's threads call
 * getaddrinfo(3); here it is this program's own, since no real name server hangs on request. */
#include "net/resolver.h"

#include "unit.h"

#include "../net/servers.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>

#define TIMEOUT (400 * NS_PER_MS)
/* A freeze, not a figure: what a time-out overruns is measured by the bench. */
#define OVERRUN (2 * NS_PER_S)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t released = PTHREAD_COND_INITIALIZER;
static bool hang;
static atomic_int lookups, hanging, hanging_most;

struct found {
	struct addrinfo info;
	struct sockaddr_in address;
};

static void wait_for_release(void)
{
	int now = atomic_fetch_add(&hanging, 1) + 1;

	if (now > atomic_load(&hanging_most))
		atomic_store(&hanging_most, now);
	pthread_mutex_lock(&lock);
	while (hang)
		pthread_cond_wait(&released, &lock);
	pthread_mutex_unlock(&lock);
	atomic_fetch_sub(&hanging, 1);
}

static void set_hang(bool on)
{
	pthread_mutex_lock(&lock);
	hang = on;
	pthread_cond_broadcast(&released);
	pthread_mutex_unlock(&lock);
}

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
		struct addrinfo **result)
{
	struct found *found;

	(void)service;
	(void)hints;
	if (strncmp(host, "hang", 4) == 0) {
		wait_for_release();
		atomic_fetch_add(&lookups, 1);
		return EAI_AGAIN;
	}
	atomic_fetch_add(&lookups, 1);
	if (strcmp(host, "nowhere.test") == 0)
		return EAI_NONAME;
	if (strcmp(host, "again.test") == 0)
		return EAI_AGAIN;
	if (strcmp(host, "broken.test") == 0)
		return EAI_FAIL;
	found = xcalloc(1, sizeof(*found));
	found->address = (struct sockaddr_in){.sin_family = AF_INET,
					      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	found->info = (struct addrinfo){.ai_family = AF_INET, .ai_socktype = SOCK_STREAM,
					.ai_addr = (struct sockaddr *)&found->address,
					.ai_addrlen = sizeof(found->address)};
	*result = &found->info;
	return 0;
}

void freeaddrinfo(struct addrinfo *info)
{
	free(info);
}

static struct check *add(struct rig *rig, const char *host)
{
	char url[300];
	struct check *check;

	(void)snprintf(url, sizeof(url), "http://%s:%d/ok", host, fault_port("http"));
	check = rig_http(rig, url);
	check->timeout_ns = TIMEOUT;
	return check;
}

static void test_found(void **state)
{
	struct rig rig;
	struct check *check, *same, *stream;
	struct answer *answer;

	(void)state;
	atomic_store(&lookups, 0);
	rig_init(&rig);
	check = add(&rig, "here.test");
	same = add(&rig, "here.test");
	rig_run(&rig, 0, 2); /* both wait for one lookup */
	assert_int_equal(atomic_load(&lookups), 1);
	answer = &rig.answers[0];
	assert_int_equal(answer->failure, FAILURE_NONE);
	assert_true(answer->phases.ns[PHASE_DNS] >= 0);
	assert_int_equal(rig.answers[1].failure, FAILURE_NONE);
	/* Known for a while, to streams as well. */
	stream = rig_add(&rig, CHECK_TYPE_TCP, "here.test");
	stream->host = "here.test";
	stream->port = fault_port("http");
	assert_int_equal(rig_ask(&rig, stream)->failure, FAILURE_NONE);
	assert_int_equal(rig_ask(&rig, check)->failure, FAILURE_NONE);
	assert_int_equal(rig_ask(&rig, same)->failure, FAILURE_NONE);
	assert_int_equal(atomic_load(&lookups), 1);
	rig_release(&rig);
}

static void test_asked_again_after_a_failure(void **state)
{
	struct rig rig;
	struct check *check;

	(void)state;
	atomic_store(&lookups, 0);
	rig_init(&rig);
	check = rig_http(&rig, "http://here.test:1/");
	assert_int_equal(rig_ask(&rig, check)->failure, FAILURE_REFUSED);
	assert_int_equal(rig_ask(&rig, check)->failure, FAILURE_REFUSED);
	assert_int_equal(atomic_load(&lookups), 2);
	rig_release(&rig);
}

static void test_not_found(void **state)
{
	static const struct {
		const char *host;
		enum failure failure;
		const char *says;
	} cases[] = {
		{"nowhere.test", FAILURE_DNS_NOT_FOUND, "the name nowhere.test does not resolve"},
		{"again.test", FAILURE_RESOLVER, "the resolver of this host does not answer"},
		{"broken.test", FAILURE_DNS_FAILED, "the name server gave an error for broken.test"},
	};
	struct rig rig;

	(void)state;
	rig_init(&rig);
	for (size_t i = 0; i < BASE_LEN(cases); i++) {
		struct answer *answer = rig_ask(&rig, add(&rig, cases[i].host));

		assert_int_equal(answer->failure, cases[i].failure);
		assert_int_equal(answer->phase, PHASE_DNS);
		assert_non_null(strstr(answer->message, cases[i].says));
	}
	rig_release(&rig);
}

struct ticker {
	struct net *net;
	struct net_timer *timer;
	int64_t last_ns, longest_ns;
};

static void tick(void *context)
{
	struct ticker *ticker = context;
	int64_t now = net_now(ticker->net).ns;

	if (ticker->last_ns != 0 && now - ticker->last_ns > ticker->longest_ns)
		ticker->longest_ns = now - ticker->last_ns;
	ticker->last_ns = now;
	net_timer_set(ticker->timer, (struct mono_time){now + 5 * NS_PER_MS});
}

/* 60 names hang, more than there are threads; who has an address is not held up, the loop goes on,
 * each ends in time, and so does net_free() with the lookups still hanging. */
static void test_hanging(void **state)
{
	struct rig rig;
	struct ticker ticker = {0};
	char host[32];

	(void)state;
	set_hang(true);
	rig_init(&rig);
	for (int i = 0; i < 60; i++) {
		(void)snprintf(host, sizeof(host), "hang%d.test", i);
		add(&rig, host);
	}
	add(&rig, "127.0.0.1");
	ticker.net = rig.net;
	ticker.timer = net_timer_new(rig.net, tick, &ticker);
	net_timer_set(ticker.timer, (struct mono_time){0});
	rig_run(&rig, 0, 61);
	for (int i = 0; i < 60; i++) {
		const struct answer *answer = &rig.answers[i];

		assert_int_equal(answer->failure, FAILURE_RESOLVER);
		assert_int_equal(answer->phase, PHASE_DNS);
		assert_says(answer->message, "timed out after 400ms in phase dns");
		assert_in_range(answer->took_ns, TIMEOUT, TIMEOUT + OVERRUN);
	}
	assert_int_equal(rig.answers[60].failure, FAILURE_NONE);
	assert_true(rig.answers[60].took_ns < TIMEOUT);
	assert_true(ticker.longest_ns < OVERRUN);
	assert_true(atomic_load(&hanging_most) <= RESOLVER_THREADS);
	net_timer_free(ticker.timer);
	rig_release(&rig);
	set_hang(false);
}

/* Names that were given up on leave threads for the others. */
static void test_hanging_names_do_not_starve_others(void **state)
{
	enum { NAMES = 40 };
	struct rig rig;
	struct check *other;
	char host[32];

	(void)state;
	set_hang(false);
	while (atomic_load(&hanging) != 0)
		sched_yield(); /* of the test before */
	atomic_store(&lookups, 0);
	rig_init(&rig);
	set_hang(true);
	for (int i = 0; i < NAMES; i++) {
		(void)snprintf(host, sizeof(host), "hang%d.test", i);
		add(&rig, host);
	}
	rig_run(&rig, 0, NAMES);
	set_hang(false);
	other = add(&rig, "127.0.0.1");
	while (atomic_load(&hanging) != 0 || atomic_load(&lookups) < NAMES)
		rig_ask(&rig, other); /* until all 40 were answered, and the loop heard of it */
	rig_ask(&rig, other);
	set_hang(true);
	atomic_store(&hanging_most, 0);
	rig_run(&rig, 0, NAMES);
	assert_int_equal(atomic_load(&hanging_most), RESOLVER_SLOW_THREADS);
	other = add(&rig, "second.test");
	assert_int_equal(rig_ask(&rig, other)->failure, FAILURE_NONE);
	rig_release(&rig);
	set_hang(false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_asked_again_after_a_failure),
		cmocka_unit_test(test_not_found),
		cmocka_unit_test(test_hanging),
		cmocka_unit_test(test_hanging_names_do_not_starve_others),
	};

	return cmocka_run_group_tests(tests, fault_server_setup, fault_server_teardown);
}
