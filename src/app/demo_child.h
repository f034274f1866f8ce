/* The demo fleet's process as its parent sees it: started before this program has any thread,
 * ended when the parent ends, in whatever way that happens. */
#ifndef APP_DEMO_CHILD_H
#define APP_DEMO_CHILD_H

#include "base/strbuf.h"

struct demo_child;

/* Runs this program again as the servers of scenario `name` ("" = the story), with a folder of
 * their own under $TMPDIR, and waits, at most 10 s, until they listen. NULL with a sentence in `err`. */
struct demo_child *demo_child_start(const char *name, struct strbuf *err);
/* The services.yaml that describes them; until the stop. */
const char *demo_child_config(const struct demo_child *child);
/* Ends the servers, waits for it, and removes what they could not. */
void demo_child_stop(struct demo_child *child);

/* True where the command line is one that demo_child_start() made: then this process has been the
 * servers, and `code` is its exit code. */
bool demo_child_main(int argc, char **argv, int *code);

#endif
