/* Events appended to a file as JSON lines: for replay, bug reports and tests. */
#ifndef APP_RECORDER_H
#define APP_RECORDER_H

#include "base/redact.h"
#include "base/strbuf.h"
#include "model/event.h"

struct recorder;
/* Opens `path` for appending, mode 0600. NULL with a sentence in `err`. */
struct recorder *recorder_new(const char *path, struct strbuf *err);
void recorder_free(struct recorder *recorder);
/* Writes the event without the secrets of `redactor` (NULL: there are none). After the first write
 * that fails nothing more is written. */
void recorder_write(struct recorder *recorder, const struct event *event,
		    const struct redactor *redactor);

#endif
