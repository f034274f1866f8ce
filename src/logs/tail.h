/* Following one path through all that happens to log files: growth, truncation, rotation by rename
 * or by copy, vanishing and coming back. stat() is the truth; nothing is ever mapped. Runs in a
 * worker job; no other thread touches a tail meanwhile. */
#ifndef LOGS_TAIL_H
#define LOGS_TAIL_H

#include "logs/feed.h"
#include "logs/scan.h"

#include <sys/types.h>

#define TAIL_HEAD 64

/* One open file. */
struct tail_file {
	int fd; /* -1: none */
	dev_t device;
	ino_t inode;
	off_t offset;      /* bytes read so far */
	char head[TAIL_HEAD]; /* how it begins: tells a new file under the old inode */
	size_t head_len;
	struct wall_time written; /* its mtime when it was last looked at */
	struct mono_time grew;
	struct feed feed;
};

struct tail {
	char *path;
	bool started;      /* a file was open once: the next one is read from its start */
	struct tail_file file;
	struct tail_file leaving; /* rotated away, still written to for a while */
	char *error;       /* why nothing can be read now: a sentence without the path; NULL */
	const char *event; /* "rotated", "truncated", "vanished": since the last sweep; NULL */
};

struct tail_sweep {
	struct feed_context context;
	struct mono_time now;
	struct scanner *scanner;
	size_t keep_bytes; /* what the ring can hold: a longer stretch is only scanned */
	size_t budget;     /* bytes that this sweep may still read */
	char *buffer;      /* TAIL_BUFFER bytes, shared by all tails of the sweep */
};
#define TAIL_BUFFER ((size_t)256 << 10)

/* The first look takes the last lines; `from_start`: the file was not there when we began. */
void tail_init(struct tail *tail, const char *path, bool from_start);
void tail_release(struct tail *tail);
/* Reads what came. True where it stopped at the budget and wants to be asked again. */
bool tail_sweep(struct tail *tail, struct tail_sweep *sweep, uint64_t *number, struct batch *batch);
/* True where the file at `path` is one that the tail has open, under whatever name. */
bool tail_has(const struct tail *tail, dev_t device, ino_t inode);

#endif
