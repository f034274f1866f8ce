/* Which files a fleet is read from. Inside config/. */
#ifndef CONFIG_FIND_H
#define CONFIG_FIND_H

#include "base/vec.h"
#include "config/config.h"

struct path_list VEC_OF(char *);

/* The files to read, in order, by the rules of DESIGN section 4; folders are replaced by their
 * *.yaml and *.yml in name order. False after a complaint. `watched` gets what a reload has to
 * look at beside them: the folders. Strings are the caller's, see path_list_release(). */
bool find_files(const struct config_request *request, struct path_list *files,
		struct path_list *watched, struct diags *diags);
void path_list_release(struct path_list *list);

#endif
