/* A child process by its argument list, never by a shell: its own process group and session, standard
 * input empty, output capped, killed as a group at its deadline (SIGTERM, then SIGKILL for what is left of it, its
 * leader or not). What it leaves behind when it ends by itself is left alone, unless that keeps the output open. */
#ifndef NET_PROCESS_H
#define NET_PROCESS_H

#include "model/fleet.h"
#include "model/sample.h"
#include "net/net.h"

struct process;
struct process_options {
	const char *const *argv;  /* argc words; [0] is looked for in PATH where it has no slash */
	size_t argc;
	/* The whole environment is PATH, HOME, USER, LANG, LC_ALL, TZ, TMPDIR of ours and these. */
	const struct name_value *env;
	size_t env_count;
	int64_t timeout_ns;
	size_t output_max;        /* bytes kept of each stream; more is read and dropped */
};
struct process_result {
	enum failure failure;     /* NONE: it ended by itself. NOT_FOUND, DENIED, NO_DESCRIPTORS: never
				     ran; TIMEOUT: was killed */
	const char *message;
	int exit_code;            /* -1 where a signal ended it */
	int signal;               /* 0: none */
	const char *out, *err;    /* NUL-terminated, raw */
	size_t out_len, err_len;
	bool out_cut, err_cut;
	int64_t latency_ns;
};
/* Borrows what `options` points to until `done`, which comes once, never before this returns: when the process is gone and
 * its output closed, or a second after its end where a grandchild keeps it open.
 * After the deadline its group too has to be gone, or killed. */
struct process *process_start(struct net *net, const struct process_options *options,
			      void (*done)(void *context, const struct process_result *result),
			      void *context);
/* Kills what runs; `done` does not come any more. Needed after `done` too: frees it. */
void process_free(struct process *process);

#endif
