/* The demo's folder: made by the parent, filled by the child, emptied of exactly the files that the
 * child may make by whoever is left. */
#ifndef DEMO_FOLDER_H
#define DEMO_FOLDER_H

#include "demo/world.h"

#define DEMO_TOKEN_NAME "token"

/* services.yaml and the token's file in the folder that `folder_fd` is open on. */
bool folder_write(const struct world *world, int folder_fd, struct strbuf *err);

#endif
