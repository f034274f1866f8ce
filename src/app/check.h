/* `--check` and `--list`: the configuration as it was understood, without asking anybody. */
#ifndef APP_CHECK_H
#define APP_CHECK_H

#include "config/config.h"

/* Reads everything, says all that is wrong with it in `words` and one line of what it is in
 * `out`. The exit code: 0, or 3 with any error. */
int check_config(const struct config_request *request, struct strbuf *out, struct strbuf *words);

/* Services and checks as they would be watched, those for which `selected` (NULL = all) answers
 * true. Returns how many services it listed. */
size_t list_fleet(const struct fleet *fleet,
		  bool (*selected)(void *context, const struct service *service), void *context,
		  struct strbuf *out);

#endif
