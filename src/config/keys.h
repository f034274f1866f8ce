/* The keys of services.yaml outside checks, from keys.def: the reader, suggestions and the manual
 * read this one table. */
#ifndef CONFIG_KEYS_H
#define CONFIG_KEYS_H

#include "base/node.h"

enum key_scope {
	KEY_SCOPE_FILE,
	KEY_SCOPE_SERVICE,
	KEY_SCOPE_OPTION,
	KEY_SCOPE_LOG,
	KEY_SCOPE_MAINTENANCE,
	KEY_SCOPE_ALERTMANAGER,
	KEY_SCOPE_TLS,
	KEY_SCOPE_AUTH,
	KEY_SCOPE_BASIC,
	KEY_SCOPE_OAUTH2,
	KEY_SCOPE_MTLS,
	KEY_SCOPE_COUNT
};

struct config_key {
	enum key_scope scope;
	const char *name;
	const char *value;    /* what it takes, for the manual */
	const char *fallback; /* what holds without it, for the manual */
	const char *doc;
};

extern const struct config_key config_keys[];
extern const size_t config_key_count;
/* Names of the keys of the scopes in `scopes` (a bit each), for suggestions; at most `room`. */
size_t config_key_names(unsigned scopes, const char **names, size_t room);
/* Complains about each key of a map that none of the scopes knows. */
void config_check_keys(const struct node *map, unsigned scopes, struct diags *diags);

#endif
