/* The demo's folder: made, filled and emptied by the child; by its parent of exactly the files that
 * the child may make, where that one was killed. */
#ifndef DEMO_FOLDER_H
#define DEMO_FOLDER_H

#include "demo/world.h"

#define DEMO_TOKEN_NAME "token"

/* services.yaml and the token's file in the folder that `folder_fd` is open on. */
bool folder_write(const struct world *world, int folder_fd, struct strbuf *err);

#endif
