/* The table of keys.def. See keys.h. */
#include "config/keys.h"

const struct config_key config_keys[] = {
#define CONFIG_KEY(scope, name, value, fallback, doc)                                              \
	{KEY_SCOPE_##scope, name, value, fallback, doc},
#include "config/keys.def"
#undef CONFIG_KEY
};
const size_t config_key_count = BASE_LEN(config_keys);

size_t config_key_names(unsigned scopes, const char **names, size_t room)
{
	size_t count = 0;

	for (size_t i = 0; i < config_key_count && count < room; i++) {
		if ((scopes & 1u << config_keys[i].scope) != 0)
			names[count++] = config_keys[i].name;
	}
	return count;
}

void config_check_keys(const struct node *map, unsigned scopes, struct diags *diags)
{
	const char *names[64];
	size_t count = config_key_names(scopes, names, BASE_LEN(names));

	node_check_keys(map, names, count, diags);
}
