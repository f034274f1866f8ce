/* Datagrams against real UDP sockets on loopback: answers, and each way in which none comes. The server is a
 * socket of the test itself: a question is in its buffer before the loop runs. */
#include "net/datagram.h"

#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#define LONG_NS (20 * NS_PER_S)
#define GUARD_NS (10 * NS_PER_S)
#define SETTLE_NS (20 * NS_PER_MS) /* in which nothing more is to come */

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

struct world {
	struct net *net;
	struct datagram *datagram;
	int server, port;
	union address client; /* who asked last */
	unsigned wait_past;   /* so many answers are none */
	bool close_inside;
	/* What came. */
	unsigned done;
	enum failure failure;
	char message[200], peer[100], bytes[8192];
	size_t len;
};

/* A socket on a port of its own; 0 in `*port` where this host lacks the family. */
static int udp_socket(int family, int *port)
{
	union address address = {.any.sa_family = (sa_family_t)family};
	socklen_t len = family == AF_INET ? sizeof(address.v4) : sizeof(address.v6);
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (family == AF_INET)
		address.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		address.v6.sin6_addr = in6addr_loopback;
	*port = 0;
	if (fd < 0 || bind(fd, &address.any, len) != 0)
		return fd;
	assert_int_equal(getsockname(fd, &address.any, &len), 0);
	*port = ntohs(family == AF_INET ? address.v4.sin_port : address.v6.sin6_port);
	return fd;
}

static int setup(void **state)
{
	struct world *world = xcalloc(1, sizeof(*world));

	world->net = net_new(NULL);
	assert_non_null(world->net);
	world->server = udp_socket(AF_INET, &world->port);
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	datagram_close(world->datagram);
	net_free(world->net);
	close(world->server);
	free(world);
	return 0;
}

static bool on_done(void *context, const struct datagram_result *result)
{
	struct world *world = context;

	world->done++;
	world->failure = result->failure;
	(void)snprintf(world->message, sizeof(world->message), "%s",
		       result->message != NULL ? result->message : "");
	(void)snprintf(world->peer, sizeof(world->peer), "%s", result->peer);
	assert_true(result->latency_ns >= 0);
	assert_true(result->len <= sizeof(world->bytes));
	world->len = result->len;
	memcpy(world->bytes, result->bytes != NULL ? result->bytes : (const unsigned char *)"", result->len);
	if (result->failure == FAILURE_NONE && world->wait_past != 0) {
		world->wait_past--;
		return false;
	}
	if (world->close_inside) {
		datagram_close(world->datagram);
		world->datagram = NULL;
	}
	net_stop(world->net);
	return true;
}

static void ask(struct world *world, const char *address, int port, int64_t timeout_ns)
{
	datagram_close(world->datagram);
	world->done = 0;
	world->datagram = datagram_ask(world->net, address, port, "who?", 4, timeout_ns, on_done, world);
	assert_int_equal(world->done, 0);
}

/* Reads the question, so that `client` is known. */
static void hear(struct world *world)
{
	socklen_t len = sizeof(world->client);
	char question[10];

	assert_int_equal(recvfrom(world->server, question, sizeof(question), 0, &world->client.any, &len), 4);
	assert_memory_equal(question, "who?", 4);
}

static void say(struct world *world, int from, const void *bytes, size_t len)
{
	socklen_t size = world->client.any.sa_family == AF_INET ? sizeof(world->client.v4)
								 : sizeof(world->client.v6);

	assert_int_equal(sendto(from, bytes, len, 0, &world->client.any, size), (ssize_t)len);
}

static void stop(void *context)
{
	net_stop(((struct world *)context)->net);
}

/* Until `done` was satisfied, no longer than `most_ns`. */
static void run(struct world *world, int64_t most_ns)
{
	struct net_timer *timer = net_timer_new(world->net, stop, world);

	net_timer_set(timer, (struct mono_time){net_now(world->net).ns + most_ns});
	net_run(world->net);
	net_timer_free(timer);
}

static void assert_heard(const struct world *world, const void *bytes, size_t len)
{
	assert_int_equal(world->done, 1);
	assert_int_equal(world->failure, FAILURE_NONE);
	assert_int_equal(world->len, len);
	assert_memory_equal(world->bytes, bytes, len);
}

static void test_answer(void **state)
{
	struct world *world = *state;
	char peer[40];

	(void)snprintf(peer, sizeof(peer), "127.0.0.1:%d", world->port);
	for (int i = 0; i < 3; i++) { /* each question has a socket of its own */
		struct sockaddr_in before = world->client.v4;

		ask(world, "127.0.0.1", world->port, LONG_NS);
		hear(world);
		assert_int_not_equal(world->client.v4.sin_port, before.sin_port);
		say(world, world->server, "me\0!", 4);
		run(world, GUARD_NS);
		assert_heard(world, "me\0!", 4);
		assert_string_equal(world->peer, peer);
	}
	/* An empty one is an answer too. */
	ask(world, "127.0.0.1", world->port, LONG_NS);
	hear(world);
	say(world, world->server, "", 0);
	run(world, GUARD_NS);
	assert_heard(world, "", 0);
}

static void test_ipv6(void **state)
{
	struct world *world = *state;
	char peer[40];
	int port, fd = udp_socket(AF_INET6, &port);

	if (port == 0)
		skip();
	close(world->server);
	world->server = fd;
	(void)snprintf(peer, sizeof(peer), "[::1]:%d", port);
	ask(world, "::1", port, LONG_NS);
	hear(world);
	say(world, fd, "me", 2);
	run(world, GUARD_NS);
	assert_heard(world, "me", 2);
	assert_string_equal(world->peer, peer);
}

static void test_no_answer(void **state)
{
	struct world *world = *state;
	char said[120];

	(void)snprintf(said, sizeof(said),
		       "timed out after 30ms in phase wait: no answer came from 127.0.0.1:%d by UDP", world->port);
	ask(world, "127.0.0.1", world->port, 30 * NS_PER_MS);
	run(world, GUARD_NS);
	assert_int_equal(world->done, 1);
	assert_int_equal(world->failure, FAILURE_TIMEOUT);
	assert_string_equal(world->message, said);
	/* An answer that comes now goes nowhere. */
	hear(world);
	say(world, world->server, "me", 2);
	run(world, SETTLE_NS);
	assert_int_equal(world->done, 1);
}

static void test_refused(void **state)
{
	struct world *world = *state;
	char said[120];

	close(world->server);
	(void)snprintf(said, sizeof(said), "connection refused: 127.0.0.1:%d; nothing listens on that UDP port",
		       world->port);
	ask(world, "127.0.0.1", world->port, LONG_NS);
	run(world, GUARD_NS);
	assert_int_equal(world->done, 1);
	assert_int_equal(world->failure, FAILURE_REFUSED);
	assert_string_equal(world->message, said);
	world->server = udp_socket(AF_INET, &world->port);
}

/* What cannot be sent is told by the loop, as all else is: broadcast is for those who ask for it. */
static void test_not_sent(void **state)
{
	struct world *world = *state;

	ask(world, "255.255.255.255", 53, LONG_NS);
	run(world, GUARD_NS);
	assert_int_equal(world->done, 1);
	assert_int_not_equal(world->failure, FAILURE_NONE);
	assert_non_null(strstr(world->message, "255.255.255.255:53"));
}

static void test_oversized(void **state)
{
	struct world *world = *state;
	char large[20000];

	for (size_t i = 0; i < sizeof(large); i++)
		large[i] = (char)('a' + i % 26);
	ask(world, "127.0.0.1", world->port, LONG_NS);
	hear(world);
	say(world, world->server, large, sizeof(large));
	run(world, GUARD_NS);
	assert_heard(world, large, DATAGRAM_MOST);
}

static void test_strangers(void **state)
{
	struct world *world = *state;
	int port, stranger = udp_socket(AF_INET, &port);

	ask(world, "127.0.0.1", world->port, LONG_NS);
	hear(world);
	say(world, stranger, "I", 1);
	say(world, world->server, "me", 2);
	run(world, GUARD_NS);
	assert_heard(world, "me", 2);
	close(stranger);
}

/* Answers to another question are waited past, and behind the one that was meant nothing is heard. */
static void test_waits_past(void **state)
{
	struct world *world = *state;

	world->wait_past = 2;
	ask(world, "127.0.0.1", world->port, LONG_NS);
	hear(world);
	say(world, world->server, "1", 1);
	say(world, world->server, "2", 1);
	say(world, world->server, "3", 1);
	say(world, world->server, "4", 1);
	run(world, GUARD_NS);
	run(world, SETTLE_NS);
	assert_int_equal(world->done, 3);
	assert_memory_equal(world->bytes, "3", 1);
	/* They do not put the end off. */
	world->wait_past = 2;
	ask(world, "127.0.0.1", world->port, 30 * NS_PER_MS);
	hear(world);
	say(world, world->server, "1", 1);
	run(world, GUARD_NS);
	assert_int_equal(world->done, 2);
	assert_int_equal(world->failure, FAILURE_TIMEOUT);
}

static void test_closed(void **state)
{
	struct world *world = *state;

	ask(world, "127.0.0.1", world->port, 5 * NS_PER_MS);
	hear(world);
	say(world, world->server, "me", 2);
	datagram_close(world->datagram);
	world->datagram = NULL;
	run(world, SETTLE_NS);
	assert_int_equal(world->done, 0);
	/* By the answer's own callback, and by that of a failure. */
	world->close_inside = true;
	ask(world, "127.0.0.1", world->port, LONG_NS);
	hear(world);
	say(world, world->server, "1", 1);
	say(world, world->server, "2", 1);
	run(world, GUARD_NS);
	run(world, SETTLE_NS);
	assert_heard(world, "1", 1);
	ask(world, "127.0.0.1", world->port, 5 * NS_PER_MS);
	run(world, GUARD_NS);
	run(world, SETTLE_NS);
	assert_int_equal(world->done, 1);
	assert_int_equal(world->failure, FAILURE_TIMEOUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_answer, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ipv6, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_answer, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_sent, setup, teardown),
		cmocka_unit_test_setup_teardown(test_oversized, setup, teardown),
		cmocka_unit_test_setup_teardown(test_strangers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_waits_past, setup, teardown),
		cmocka_unit_test_setup_teardown(test_closed, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
