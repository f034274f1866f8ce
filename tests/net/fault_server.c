/* The tests' own bad server: one poll loop over some listeners on free loopback ports, each with
 * one way to misbehave. Prints "NAME PORT" a line and "ready", and ends when its stdin does.
 *   http      well-behaved HTTP/1.1 with faulty paths, see answer()
 *   hang      accepts and never answers (what a silent TLS server looks like too)
 *   reset     resets each connection as soon as it is accepted
 *   close     closes each connection as soon as it is accepted
 *   banner    says "220 hello" unasked and nothing else: not HTTP, not TLS
 *   noaccept  never accepts, and its queue is full
 * Invariant: nothing here waits for a client. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS_MAX 512
#define REQUEST_MAX 16384

enum listener_kind { LISTEN_HTTP, LISTEN_HANG, LISTEN_RESET, LISTEN_CLOSE, LISTEN_BANNER,
	LISTEN_NOACCEPT, LISTEN_COUNT };
static const char *const listener_names[] = {"http", "hang", "reset", "close", "banner", "noaccept"};

enum mood { MOOD_ANSWER, MOOD_SILENT, MOOD_TRICKLE, MOOD_FLOOD };

struct client {
	int fd;
	enum mood mood;
	const char *pattern; /* MOOD_FLOOD: sent over and over */
	bool close_after;
	bool answered; /* one of /once/ */
	size_t in_len, out_len, out_at;
	char in[REQUEST_MAX + 1];
	char *out;
	long long next_ms;
};

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void send_text(struct client *client, const char *text, size_t len)
{
	char *longer = realloc(client->out, client->out_len + len + 1);

	if (longer == NULL)
		abort();
	memcpy(longer + client->out_len, text, len);
	client->out = longer;
	client->out_len += len;
}

static void say(struct client *client, const char *text)
{
	send_text(client, text, strlen(text));
}

static void reply(struct client *client, int status, const char *headers, const char *body)
{
	char head[4096];
	int len = snprintf(head, sizeof(head), "HTTP/1.1 %d Whatever\r\nContent-Length: %zu\r\n%s\r\n",
			   status, strlen(body), headers);

	send_text(client, head, (size_t)len);
	say(client, body);
}

static void reset(int fd)
{
	struct linger linger = {.l_onoff = 1};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(fd);
}

static void redirect(struct client *client, const char *where)
{
	char header[2048];

	(void)snprintf(header, sizeof(header), "Location: %s\r\n", where);
	reply(client, 302, header, "");
}

#define JSON "Content-Type: application/json\r\n"
static const char openapi[] =
	"{\"openapi\":\"3.1.0\",\"paths\":{\"/voice/realtime-session\":{\"post\":{},\"parameters\":[]},"
	"\"/health\":{\"get\":{},\"head\":{}}}}";

/* False: the connection was ended. */
static bool answer(struct client *client, const char *method, const char *path)
{
	if (strcmp(path, "/ok") == 0) {
		reply(client, 200, JSON, "{\"status\":\"ok\"}");
	} else if (strncmp(path, "/status/", 8) == 0 && atoi(path + 8) >= 200) {
		reply(client, atoi(path + 8), "", strcmp(method, "HEAD") == 0 ? "" : "so you say");
	} else if (strcmp(path, "/echo") == 0) {
		reply(client, 200, "", client->in);
	} else if (strncmp(path, "/to/", 4) == 0) {
		redirect(client, path + 4);
	} else if (strcmp(path, "/loop") == 0) {
		redirect(client, "/loop");
	} else if (strcmp(path, "/hang") == 0) {
		client->mood = MOOD_SILENT;
	} else if (strcmp(path, "/trickle") == 0) {
		say(client, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
		client->mood = MOOD_TRICKLE;
	} else if (strcmp(path, "/big") == 0) {
		say(client, "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n");
		client->mood = MOOD_FLOOD;
		client->pattern = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde\n";
	} else if (strcmp(path, "/huge-headers") == 0) {
		say(client, "HTTP/1.1 200 OK\r\n");
		client->mood = MOOD_FLOOD;
		client->pattern = "X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n";
	} else if (strcmp(path, "/truncated") == 0) {
		say(client, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n12345");
		client->close_after = true;
	} else if (strcmp(path, "/garbage") == 0) {
		say(client, "\x1b]0;owned\x07 what is this\r\n");
		client->close_after = true;
	} else if (strcmp(path, "/escape") == 0) {
		reply(client, 200, "X-Evil: \x1b[2J\r\n", "\x1b]52;c;aGk=\x07");
	} else if (strcmp(path, "/nothing") == 0) {
		return false;
	} else if (strcmp(path, "/reset") == 0) {
		reset(client->fd);
		client->fd = -1;
		return false;
	} else if (strcmp(path, "/close-idle") == 0) {
		reply(client, 200, "", "once");
		client->close_after = true; /* without having said so */
	} else if (strncmp(path, "/once/", 6) == 0 && !client->answered) {
		reply(client, 200, "", "once a connection");
		client->answered = true;
	} else if (strcmp(path, "/once/reset") == 0) {
		reset(client->fd);
		client->fd = -1;
		return false;
	} else if (strcmp(path, "/once/close") == 0) {
		return false;
	} else if (strcmp(path, "/openapi.json") == 0) {
		reply(client, 200, JSON, openapi);
	} else {
		reply(client, 404, JSON, "{\"detail\":\"Not Found\"}");
	}
	return true;
}

static void drop(struct client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	free(client->out);
	free(client);
}

/* The next whole request of `in`, if any; false: the connection was ended. */
static bool take_request(struct client *client)
{
	char method[16], path[2048];
	char *end, *length;
	size_t whole;

	client->in[client->in_len] = '\0';
	end = strstr(client->in, "\r\n\r\n");
	if (end == NULL || client->mood != MOOD_ANSWER)
		return true;
	whole = (size_t)(end - client->in) + 4;
	length = strcasestr(client->in, "\r\nContent-Length:");
	if (length != NULL && length < end)
		whole += (size_t)strtoul(length + 17, NULL, 10);
	if (whole > client->in_len)
		return true;
	if (sscanf(client->in, "%15s %2047s", method, path) != 2)
		return false;
	client->in[whole] = '\0';
	if (!answer(client, method, path))
		return false;
	client->in_len = 0; /* nobody pipelines */
	return true;
}

static bool readable(struct client *client)
{
	ssize_t got = recv(client->fd, client->in + client->in_len, REQUEST_MAX - client->in_len, 0);

	if (got < 0)
		return errno == EAGAIN;
	if (got == 0)
		return false;
	if (client->mood == MOOD_SILENT)
		return true; /* reads and forgets */
	client->in_len += (size_t)got;
	return client->in_len < REQUEST_MAX && take_request(client);
}

static bool writable(struct client *client)
{
	while (client->out_at < client->out_len) {
		ssize_t sent = send(client->fd, client->out + client->out_at,
				    client->out_len - client->out_at, MSG_NOSIGNAL);

		if (sent < 0)
			return errno == EAGAIN;
		client->out_at += (size_t)sent;
	}
	client->out_at = client->out_len = 0;
	if (client->mood == MOOD_FLOOD)
		for (int i = 0; i < 256; i++)
			say(client, client->pattern);
	return !client->close_after;
}

static int listener(int backlog, int *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(fd, backlog) != 0 || getsockname(fd, (struct sockaddr *)&address, &len) != 0) {
		perror("fault_server");
		exit(1);
	}
	*port = ntohs(address.sin_port);
	return fd;
}

/* Fills the queue of a listener that never accepts, so that further SYNs are dropped. */
static void fill_queue(int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	for (int i = 0; i < 4; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

		(void)connect(fd, (struct sockaddr *)&address, sizeof(address)); /* left open */
	}
}

static struct client *accept_one(int fd, enum listener_kind kind)
{
	int taken = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct client *client;

	if (taken < 0)
		return NULL;
	if (kind == LISTEN_RESET) {
		reset(taken);
		return NULL;
	}
	if (kind == LISTEN_CLOSE) {
		close(taken);
		return NULL;
	}
	client = calloc(1, sizeof(*client));
	if (client == NULL)
		abort();
	client->fd = taken;
	client->mood = kind == LISTEN_HTTP ? MOOD_ANSWER : MOOD_SILENT;
	if (kind == LISTEN_BANNER)
		say(client, "220 hello\r\n");
	return client;
}

static void trickle(struct client *client, long long now)
{
	if (client->mood == MOOD_TRICKLE && now >= client->next_ms) {
		say(client, ".");
		client->next_ms = now + 1000;
	}
}

static void serve(const int *listeners)
{
	static struct client *clients[CLIENTS_MAX];
	static struct pollfd polls[CLIENTS_MAX + LISTEN_COUNT + 1];
	size_t count = 0;

	for (;;) {
		for (int i = 0; i < LISTEN_COUNT; i++)
			polls[i] = (struct pollfd){.fd = i == LISTEN_NOACCEPT ? -1 : listeners[i],
						   .events = POLLIN};
		polls[LISTEN_COUNT] = (struct pollfd){.fd = 0, .events = POLLIN};
		for (size_t i = 0; i < count; i++) {
			trickle(clients[i], now_ms());
			polls[LISTEN_COUNT + 1 + i] = (struct pollfd){
				.fd = clients[i]->fd,
				.events = clients[i]->out_len != 0 || clients[i]->mood == MOOD_FLOOD
						  ? POLLIN | POLLOUT : POLLIN};
		}
		if (poll(polls, LISTEN_COUNT + 1 + count, 100) < 0)
			return;
		if (polls[LISTEN_COUNT].revents != 0)
			return; /* whoever started us is gone */
		for (size_t i = count; i-- > 0;) {
			short events = polls[LISTEN_COUNT + 1 + i].revents;
			bool alive = (events & (POLLERR | POLLNVAL)) == 0;

			if (alive && (events & (POLLIN | POLLHUP)) != 0)
				alive = readable(clients[i]);
			if (alive && (events & POLLOUT) != 0)
				alive = writable(clients[i]);
			if (!alive) {
				drop(clients[i]);
				clients[i] = clients[--count];
			}
		}
		for (int i = 0; i < LISTEN_COUNT; i++)
			while (polls[i].revents != 0 && count < CLIENTS_MAX) {
				struct client *client = accept_one(listeners[i], (enum listener_kind)i);

				if (client == NULL)
					break;
				clients[count++] = client;
			}
	}
}

int main(void)
{
	int listeners[LISTEN_COUNT];

	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < LISTEN_COUNT; i++) {
		int port;

		listeners[i] = listener(i == LISTEN_NOACCEPT ? 0 : 128, &port);
		if (i == LISTEN_NOACCEPT)
			fill_queue(port);
		printf("%s %d\n", listener_names[i], port);
	}
	printf("ready\n");
	fflush(stdout);
	serve(listeners);
	return 0;
}
