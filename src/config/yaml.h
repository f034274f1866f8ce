/* libyaml's events -> the node tree. Inside config/; others use config_read_yaml(). */
#ifndef CONFIG_YAML_H
#define CONFIG_YAML_H

#include "base/node.h"

/* As config_read_yaml(), but `file` is borrowed by every place in the tree and no quotes are
 * added: the caller holds the bytes until all complaints about them are made. */
const struct node *yaml_read(struct arena *arena, const char *file, const char *bytes, size_t len,
			     struct diags *diags);

#endif
