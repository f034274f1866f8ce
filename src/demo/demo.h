/* The demo fleet: real loopback servers of 13 services on free ports, their log files, and a
 * services.yaml for them, in a child process of its own. Shares no code with net/ and probe/, so
 * that a bug of a codec cannot cancel itself out. */
#ifndef DEMO_DEMO_H
#define DEMO_DEMO_H

#include "base/strbuf.h"

/* In the folder: the fleet as configured, for the environment of this name alone. */
#define DEMO_CONFIG_NAME "services.yaml"
#define DEMO_ENVIRONMENT "demo"

/* The child's main: makes `folder`, serves scenario `name` ("" = the story), writes services.yaml
 * and logs there, then the line "ready\n" to `ready_fd`; ends and removes what it wrote when
 * `parent_fd` reports end of file or a signal comes. Returns the exit code. */
int demo_main(const char *name, const char *folder, int ready_fd, int parent_fd);
/* NULL-terminated names of the still scenarios. */
const char *const *demo_scenarios(void);
/* Removes from `folder` exactly the files that a demo may make, then the folder if nothing else is
 * in it. The child does so at its end; its parent again, in case the child was killed. */
void demo_clean(const char *folder);

#endif
