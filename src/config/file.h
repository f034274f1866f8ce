/* Reading whole files with a ceiling: configuration and secrets. Inside config/. */
#ifndef CONFIG_FILE_H
#define CONFIG_FILE_H

#include "base/strbuf.h"

#include <sys/types.h>

/* Appends the file's bytes to `out` (at most out->max, more is an error). False with one
 * sentence in `err`: "cannot open: No such file or directory". `mode` (may be NULL) gets
 * st_mode. Never reads a folder. */
bool file_read(const char *path, struct strbuf *out, mode_t *mode, struct strbuf *err);
/* `path` as seen from the folder of `file`: absolute paths stay as they are. Caller frees. */
char *file_beside(const char *file, const char *path);

#endif
