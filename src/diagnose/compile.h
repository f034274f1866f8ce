/* The rule compiler, for ruleset.c. */
#ifndef DIAGNOSE_COMPILE_H
#define DIAGNOSE_COMPILE_H

#include "diagnose/rule.h"

/* Adds the rules of one document; complaints go to `diags`. */
void rules_compile(struct ruleset *rules, const struct node *document, struct diags *diags);
/* Complains about `outranks` that name no rule. After all documents. */
void rules_check_ranks(struct ruleset *rules, struct diags *diags);

#endif
