/* A fleet of health endpoints in one epoll thread, for the benches: answers GET /svc/N/health on
 * every address of 127.0.0.0/8 with a small JSON body, keeps connections, and costs as little as
 * it can. Usage: fleet_server PORT; prints "ready", ends when its stdin does. Requests arrive
 * whole or are dropped: only our own clients come here. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS 512
#define REQUEST 2048

static void answer(int fd, const char *request)
{
	unsigned service = 0;
	char body[256], head[256];
	int body_len, head_len;

	if (sscanf(request, "GET /svc/%u/", &service) != 1)
		service = 0;
	body_len = snprintf(body, sizeof(body),
			    "{\"status\":\"healthy\",\"service\":\"svc-%u\",\"version\":\"1.0.0\","
			    "\"features\":{\"stt\":true}}", service);
	head_len = snprintf(head, sizeof(head),
			    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
			    "Content-Length: %d\r\n\r\n%s", body_len, body);
	(void)!send(fd, head, (size_t)head_len, MSG_NOSIGNAL);
}

static void serve(int fd)
{
	char request[REQUEST + 1];
	ssize_t got = recv(fd, request, REQUEST, 0);

	if (got <= 0) {
		if (got == 0 || errno != EAGAIN)
			close(fd);
		return;
	}
	request[got] = '\0';
	answer(fd, request);
}

static void accept_all(int epoll, int listener)
{
	int one = 1, fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	struct rlimit files = {65536, 65536};
	struct epoll_event events[EVENTS];
	int epoll = epoll_create1(EPOLL_CLOEXEC), one = 1;
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct epoll_event accepting = {.events = EPOLLIN, .data.fd = listener};
	struct epoll_event ending = {.events = EPOLLIN, .data.fd = STDIN_FILENO};

	if (argc != 2)
		return 2;
	setrlimit(RLIMIT_NOFILE, &files);
	address.sin_port = htons((uint16_t)atoi(argv[1]));
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	/* Any address, but of loopback only. */
	if (setsockopt(listener, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3) != 0 ||
	    bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(listener, 4096) != 0) {
		perror("fleet_server");
		return 1;
	}
	epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &accepting);
	epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &ending);
	printf("ready\n");
	fflush(stdout);
	for (;;) {
		int count = epoll_wait(epoll, events, EVENTS, -1);

		for (int i = 0; i < count; i++) {
			if (events[i].data.fd == STDIN_FILENO)
				return 0;
			if (events[i].data.fd == listener)
				accept_all(epoll, listener);
			else
				serve(events[i].data.fd);
		}
	}
}
