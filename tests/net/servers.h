/* Servers for tests: started on free ports in a temporary folder, waited for by a condition,
 * ended by pid. And a way to put one check and look at its sample. */
#ifndef TESTS_NET_SERVERS_H
#define TESTS_NET_SERVERS_H

#include "model/fleet.h"
#include "probe/probe.h"

#include <sys/types.h>

/* The fault server of this folder, for a group of tests, and the port of its listener `name`. */
int fault_server_setup(void **state);
int fault_server_teardown(void **state);
int fault_port(const char *name);

/* A program that says nothing: ready when `port` accepts; its own words go to `log`. */
pid_t daemon_start(const char *const *argv, int port, const char *log);
void daemon_stop(pid_t pid);
/* A port of 127.0.0.1 that nothing listens on at the moment. */
int free_port(void);
/* True where `program` is in PATH. Without it a test is skipped, or fails where CI=true. */
bool have_program(const char *program);

/* A fleet made by hand: checks are added, then it is asked. */
struct rig {
	struct net *net;
	struct fleet *fleet;
	struct prober *prober;
	struct check *checks;
	struct service service;
	struct answer *answers; /* one a check, of its last run */
	size_t running;
};
#define RIG_CHECKS 128
struct answer {
	unsigned samples, finished;
	enum failure failure;
	enum phase phase;
	char message[600];
	int64_t latency_ns, took_ns;
	struct mono_time began;
	struct phases phases;
	double status, size, redirects, sibling;
	int64_t cert_ns; /* INT64_MIN where there is none */
	char body[1024];
	size_t body_len;
	size_t routes;
	char first_route[200];
	struct exchange *exchange; /* counted */
};

/* That a sentence holds these words. */
void assert_says(const char *message, const char *words);

void rig_init(struct rig *rig);
void rig_release(struct rig *rig);
/* A GET of `url` with a time-out of 3 s; change what it points to before the first run. */
struct check *rig_http(struct rig *rig, const char *url);
struct check *rig_add(struct rig *rig, enum check_type type, const char *target);
/* A copy of its own of what the check says about TLS, to be changed. */
struct tls_options *rig_tls(struct rig *rig, struct check *check);
/* Runs checks [first, first + count) at once until all have finished. */
void rig_run(struct rig *rig, size_t first, size_t count);
struct answer *rig_ask(struct rig *rig, const struct check *check);

#endif
