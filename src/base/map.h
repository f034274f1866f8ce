/* Hash maps: text -> pointer and 64-bit id -> pointer. Values are borrowed and never NULL in the map of
 * ids, keys of the text map are copied. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/base.h"

struct map;
struct map *map_new(void);
void map_free(struct map *map);
void *map_get(const struct map *map, const char *key);
/* Returns the value that was there before, or NULL. */
void *map_put(struct map *map, const char *key, void *value);
void *map_remove(struct map *map, const char *key);
size_t map_len(const struct map *map);

struct idmap;
struct idmap *idmap_new(void);
void idmap_free(struct idmap *map);
void *idmap_get(const struct idmap *map, uint64_t id);
void *idmap_put(struct idmap *map, uint64_t id, void *value);
void *idmap_remove(struct idmap *map, uint64_t id);
size_t idmap_len(const struct idmap *map);

#endif
