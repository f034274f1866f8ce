/* The log files of the demo: lines as the real programs write them, appended at once, so that a
 * follower sees them live. A file that grows past its ceiling starts anew, as copytruncate does. */
#ifndef DEMO_JOURNAL_H
#define DEMO_JOURNAL_H

#include "base/clock.h"
#include "demo/services.h"

/* One file a service, and the gateway's error log. */
#define JOURNAL_GATEWAY_ERRORS DEMO_SERVICE_COUNT
#define JOURNAL_FILES (DEMO_SERVICE_COUNT + 1)

enum journal_level { JOURNAL_INFO, JOURNAL_WARNING, JOURNAL_ERROR, JOURNAL_FATAL, JOURNAL_RAW };

struct journal {
	int fds[JOURNAL_FILES];
	size_t sizes[JOURNAL_FILES];
	unsigned long connections; /* running number of nginx */
};

/* The file's name in the demo's folder: "voice.log", "gateway-error.log". */
const char *journal_file_name(size_t file);
/* Creates all files, 0600, in the folder that `folder_fd` is open on; false with a sentence. */
bool journal_init(struct journal *journal, int folder_fd, struct strbuf *err);
void journal_release(struct journal *journal);
/* One event of a service in the format of its program. JOURNAL_RAW writes the text as it is (a
 * traceback on stderr); an error of the gateway goes to its error log. */
void journal_write(struct journal *journal, enum demo_service service, struct wall_time at,
		   enum journal_level level, const char *text);
/* One request that was answered, in the format of the service's access log. */
struct journal_access {
	const char *method, *path;
	int status;
	size_t bytes;
	int client_port;
	int64_t took_ns;
};
void journal_access(struct journal *journal, enum demo_service service, struct wall_time at,
		    const struct journal_access *access);

#endif
