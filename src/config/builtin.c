/* Files that are compiled in; their bytes are in builtin_data.c, made at build time. */
#include "config/config.h"

const struct builtin_file *builtin_find(const char *name)
{
	for (const struct builtin_file *file = builtin_files; file->name != NULL; file++)
		if (strcmp(file->name, name) == 0)
			return file;
	return NULL;
}
