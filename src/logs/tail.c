/* The follower of one path. Invariants: a file is left only after it was read to its end; the
 * order of lines is the order of bytes; what is read is what was written, no byte lost or doubled,
 * as long as a file is looked at once between two rotations. */
#include "logs/tail.h"

#include "base/xalloc.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BACKLOG_LINES 1000
#define BACKLOG_BYTES ((off_t)256 << 10)
#define BACKLOG_STEP ((size_t)64 << 10)
/* A line without its end is told after this long: the last words of a program that died. */
#define UNFINISHED_NS (5 * NS_PER_S)
/* How long a rotated file may still be written to before it is closed. */
#define LEAVING_NS (10 * NS_PER_S)
/* Matches of one sweep; where a rule sees something in every line, the next sweep goes on. */
#define MATCHES_MAX 4096
#define VANISHED_NS (60 * NS_PER_S)

static void file_init(struct tail_file *file)
{
	*file = (struct tail_file){.fd = -1};
	feed_init(&file->feed);
}

static void file_close(struct tail_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	feed_release(&file->feed);
	file_init(file);
}

void tail_init(struct tail *tail, const char *path, bool from_start)
{
	*tail = (struct tail){.path = xstrdup(path), .started = from_start};
	file_init(&tail->file);
	file_init(&tail->leaving);
}

void tail_release(struct tail *tail)
{
	file_close(&tail->file);
	file_close(&tail->leaving);
	feed_release(&tail->file.feed);
	feed_release(&tail->leaving.feed);
	free(tail->path);
	free(tail->error);
}

static void set_error(struct tail *tail, const char *error)
{
	if (error != NULL && tail->error != NULL && strcmp(error, tail->error) == 0)
		return;
	free(tail->error);
	tail->error = error != NULL ? xstrdup(error) : NULL;
}

static ssize_t read_at(int fd, void *buffer, size_t len, off_t at)
{
	ssize_t n;

	do {
		n = pread(fd, buffer, len, at);
	} while (n < 0 && errno == EINTR);
	return n;
}

/* Where the last BACKLOG_LINES lines begin, at most BACKLOG_BYTES before the end. */
static off_t backlog_start(int fd, off_t size, char *buffer)
{
	off_t limit = size > BACKLOG_BYTES ? size - BACKLOG_BYTES : 0;
	off_t start = size, at = size;
	int lines = 0;

	while (at > limit) {
		size_t step =
			at - limit < (off_t)BACKLOG_STEP ? (size_t)(at - limit) : BACKLOG_STEP;
		const char *end = buffer + step, *newline;

		if (read_at(fd, buffer, step, at - (off_t)step) != (ssize_t)step)
			return at; /* it shrank meanwhile; the next look sees that */
		/* The newline that ends the last line begins none. */
		while ((newline = memrchr(buffer, '\n', (size_t)(end - buffer))) != NULL) {
			off_t place = at - (off_t)step + (newline - buffer);

			if (place + 1 < size) {
				start = place + 1;
				if (++lines >= BACKLOG_LINES)
					return start;
			}
			end = newline;
		}
		at -= (off_t)step;
	}
	return limit == 0 ? 0 : start;
}

static bool file_open(struct tail *tail, struct tail_file *file, struct tail_sweep *sweep)
{
	struct stat status;
	int fd = open(tail->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0) {
		set_error(tail, errno == ENOENT ? "there is no such file" : strerror(errno));
		return false;
	}
	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
		set_error(tail, "it is no regular file");
		close(fd);
		return false;
	}
	set_error(tail, NULL);
	file->fd = fd;
	file->device = status.st_dev;
	file->inode = status.st_ino;
	file->grew = sweep->now;
	file->feed.live = tail->started;
	file->offset = tail->started ? 0 : backlog_start(fd, status.st_size, sweep->buffer);
	tail->started = true;
	return true;
}

static struct wall_time wall_of(const struct timespec *at)
{
	return (struct wall_time){at->tv_sec * NS_PER_S + at->tv_nsec};
}

/* Compares and completes what is known of the file's first bytes; false where they changed. */
static bool same_head(struct tail_file *file)
{
	char head[TAIL_HEAD];
	size_t want = file->offset < TAIL_HEAD ? (size_t)file->offset : TAIL_HEAD;
	ssize_t n = want > 0 ? read_at(file->fd, head, want, 0) : 0;

	if (n < (ssize_t)file->head_len || memcmp(head, file->head, file->head_len) != 0)
		return false;
	memcpy(file->head, head, (size_t)n);
	file->head_len = (size_t)n;
	return true;
}

static struct wall_time time_of_untimed(const struct tail_file *file,
					const struct tail_sweep *sweep)
{
	return file->feed.live ? sweep->context.now : file->written;
}

/* Scans a stretch that is longer than what can be held, whole lines at a time. False at the
 * budget's end. */
static bool skip_stretch(struct tail_file *file, struct tail_sweep *sweep, off_t end,
			 uint64_t *number, struct batch *batch)
{
	while (file->offset < end) {
		size_t want = TAIL_BUFFER;
		const char *newline;
		ssize_t n;

		if (sweep->budget < want || batch->matches.len >= MATCHES_MAX)
			return false;
		n = read_at(file->fd, sweep->buffer, want, file->offset);
		if (n <= 0)
			return true;
		sweep->budget -= (size_t)n;
		newline = memrchr(sweep->buffer, '\n', (size_t)n);
		if (newline == NULL || file->feed.partial.len > 0 || file->feed.cutting) {
			/* The rest of a line that began before, or one longer than all. */
			newline = memchr(sweep->buffer, '\n', (size_t)n);
			n = newline != NULL ? newline + 1 - sweep->buffer : n;
			feed_bytes(&file->feed, &sweep->context, time_of_untimed(file, sweep),
				   sweep->buffer, (size_t)n, number, batch);
		} else {
			n = newline + 1 - sweep->buffer;
			scan_skipped(sweep->scanner, &file->feed, &sweep->context,
				     time_of_untimed(file, sweep), sweep->buffer, (size_t)n, number,
				     batch);
			file->feed.joint.lines = 0;
		}
		file->offset += n;
	}
	return true;
}

/* Reads up to `size`. False at the budget's end. */
static bool read_lines(struct tail_file *file, struct tail_sweep *sweep, off_t size,
		       uint64_t *number, struct batch *batch)
{
	if (size - file->offset > (off_t)sweep->keep_bytes &&
	    !skip_stretch(file, sweep, size - (off_t)sweep->keep_bytes, number, batch))
		return false;
	while (file->offset < size) {
		size_t want = size - file->offset < (off_t)TAIL_BUFFER
				      ? (size_t)(size - file->offset)
				      : TAIL_BUFFER;
		ssize_t n;

		if (want > sweep->budget)
			want = sweep->budget;
		if (want == 0)
			return false;
		n = read_at(file->fd, sweep->buffer, want, file->offset);
		if (n <= 0)
			return true;
		feed_bytes(&file->feed, &sweep->context, time_of_untimed(file, sweep),
			   sweep->buffer, (size_t)n, number, batch);
		sweep->budget -= (size_t)n;
		file->offset += n;
	}
	return true;
}

static void flush_unfinished(struct tail_file *file, struct tail_sweep *sweep, uint64_t *number,
			     struct batch *batch)
{
	feed_flush(&file->feed, &sweep->context, time_of_untimed(file, sweep), number, batch);
}

/* Brings one open file up to its end; false at the budget's end. */
static bool file_read(struct tail *tail, struct tail_file *file, struct tail_sweep *sweep,
		      uint64_t *number, struct batch *batch)
{
	struct stat status;
	struct wall_time written;
	bool done;

	if (fstat(file->fd, &status) != 0)
		return true;
	written = wall_of(&status.st_mtim);
	if (status.st_size < file->offset || (written.ns != file->written.ns && !same_head(file))) {
		flush_unfinished(file, sweep, number, batch);
		file->offset = 0;
		file->head_len = 0;
		file->feed.live = true;
		tail->event = "truncated";
	}
	file->written = written;
	if (status.st_size == file->offset) {
		if (sweep->now.ns - file->grew.ns >= UNFINISHED_NS)
			flush_unfinished(file, sweep, number, batch);
		return true;
	}
	file->grew = sweep->now;
	done = read_lines(file, sweep, status.st_size, number, batch);
	same_head(file);
	if (done && !file->feed.live) {
		/* It had its time before we came. */
		if (sweep->context.now.ns - written.ns >= UNFINISHED_NS)
			flush_unfinished(file, sweep, number, batch);
		file->feed.live = true;
	}
	return done;
}

/* Another file stands at the path: this one is read to its end and watched a little longer. */
static void leave(struct tail *tail, struct tail_sweep *sweep, uint64_t *number,
		  struct batch *batch)
{
	if (tail->leaving.fd >= 0) {
		file_read(tail, &tail->leaving, sweep, number, batch);
		flush_unfinished(&tail->leaving, sweep, number, batch);
	}
	file_close(&tail->leaving);
	feed_release(&tail->leaving.feed);
	tail->leaving = tail->file;
	file_init(&tail->file);
	tail->event = "rotated";
}

static void finish_leaving(struct tail *tail, struct tail_sweep *sweep, uint64_t *number,
			   struct batch *batch)
{
	if (sweep->now.ns - tail->leaving.grew.ns < LEAVING_NS)
		return;
	flush_unfinished(&tail->leaving, sweep, number, batch);
	file_close(&tail->leaving);
}

/* The path leads nowhere: the file may still be written to by those who have it open. */
static bool read_vanished(struct tail *tail, struct tail_sweep *sweep, uint64_t *number,
			  struct batch *batch)
{
	int error = errno;

	if (tail->error == NULL && tail->file.fd >= 0)
		tail->event = "vanished";
	set_error(tail, error == ENOENT ? "there is no such file" : strerror(error));
	/* What comes to be here is new from its first byte. */
	tail->started = tail->started || error == ENOENT;
	if (tail->file.fd < 0)
		return true;
	if (!file_read(tail, &tail->file, sweep, number, batch))
		return false;
	if (sweep->now.ns - tail->file.grew.ns >= VANISHED_NS) {
		flush_unfinished(&tail->file, sweep, number, batch);
		file_close(&tail->file);
	}
	return true;
}

static bool read_present(struct tail *tail, const struct stat *status, struct tail_sweep *sweep,
			 uint64_t *number, struct batch *batch)
{
	if (tail->file.fd >= 0 &&
	    (tail->file.device != status->st_dev || tail->file.inode != status->st_ino)) {
		if (!file_read(tail, &tail->file, sweep, number, batch))
			return false;
		leave(tail, sweep, number, batch);
	}
	if (tail->file.fd < 0 && !file_open(tail, &tail->file, sweep))
		return true;
	set_error(tail, NULL);
	return file_read(tail, &tail->file, sweep, number, batch);
}

bool tail_sweep(struct tail *tail, struct tail_sweep *sweep, uint64_t *number, struct batch *batch)
{
	size_t from = batch->lines.len;
	struct stat status;
	bool done = true;

	tail->event = NULL;
	if (tail->leaving.fd >= 0) {
		done = file_read(tail, &tail->leaving, sweep, number, batch);
		if (done)
			finish_leaving(tail, sweep, number, batch);
	}
	if (done && stat(tail->path, &status) != 0)
		done = read_vanished(tail, sweep, number, batch);
	else if (done)
		done = read_present(tail, &status, sweep, number, batch);
	scan_lines(sweep->scanner, batch, from);
	return !done;
}

bool tail_has(const struct tail *tail, dev_t device, ino_t inode)
{
	return (tail->file.fd >= 0 && tail->file.device == device && tail->file.inode == inode) ||
	       (tail->leaving.fd >= 0 && tail->leaving.device == device &&
		tail->leaving.inode == inode);
}
