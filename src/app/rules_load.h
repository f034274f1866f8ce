/* All diagnosis rules: those that are compiled in, then the person's own. */
#ifndef APP_RULES_LOAD_H
#define APP_RULES_LOAD_H

#include "base/diags.h"
#include "diagnose/diagnose.h"

/* Reads, compiles, and compiles the log patterns too where `with_patterns`: tens of ms, so a live
 * program calls it in a worker job. Own rule files that are wrong are complained about and left
 * out; NULL only where nothing compiles. One reference. */
struct ruleset *rules_load(bool with_patterns, struct diags *diags);

#endif
