/* Reading whole files with a ceiling. See file.h. */
#include "config/file.h"

#include "base/xalloc.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static bool read_all(int fd, struct strbuf *out, struct strbuf *err)
{
	char chunk[65536];

	for (;;) {
		ssize_t got = read(fd, chunk, sizeof(chunk));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			strbuf_addf(err, "cannot read: %s", strerror(errno));
			return false;
		}
		if (got == 0)
			return true;
		strbuf_add(out, chunk, (size_t)got);
		if (out->truncated) {
			strbuf_addf(err, "is larger than %zu KB", out->max / 1024);
			return false;
		}
	}
}

bool file_read(const char *path, struct strbuf *out, mode_t *mode, struct strbuf *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	bool ok = false;

	if (fd < 0) {
		strbuf_addf(err, "cannot open: %s", strerror(errno));
		return false;
	}
	if (fstat(fd, &st) != 0)
		strbuf_addf(err, "cannot look at it: %s", strerror(errno));
	else if (S_ISDIR(st.st_mode))
		strbuf_adds(err, "is a folder");
	else {
		/* `-c <(command)` is a pipe whose writer may be slower than we are. */
		if (S_ISFIFO(st.st_mode))
			(void)fcntl(fd, F_SETFL, 0);
		ok = read_all(fd, out, err);
	}
	if (mode != NULL && ok)
		*mode = st.st_mode;
	(void)close(fd);
	return ok;
}

char *file_beside(const char *file, const char *path)
{
	const char *slash = strrchr(file, '/');

	if (path[0] == '/' || slash == NULL)
		return xstrdup(path);
	return xasprintf("%.*s%s", (int)(slash + 1 - file), file, path);
}
