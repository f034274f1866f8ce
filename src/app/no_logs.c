/* Stands in for logs/ until it is there: weak, so that the real ones win. */
#include "logs/logs.h"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#define W __attribute__((weak))
W struct logs *logs_new(struct net *net, struct fleet *fleet, const struct logs_events *events){return NULL;}
W void logs_free(struct logs *logs){}
W void logs_reload(struct logs *logs, struct fleet *fleet){}
W void logs_set_patterns(struct logs *logs, struct pattern_set *patterns){}
W bool logs_settled(const struct logs *logs){return true;}
W void logs_window(struct logs *logs, const struct log_query *query, struct arena *arena, struct log_window *window){}
W bool logs_find(struct logs *logs, const struct log_query *query, bool backward,enum log_level at_least, uint64_t *source, uint64_t *number){return false;}
