/* Hash maps over uthash, which stays in this file. See map.h. */
#include "base/map.h"

#include "base/xalloc.h"

#define uthash_fatal(message) BUG("uthash: %s", message)
#include <uthash.h>

struct text_entry {
	UT_hash_handle hh;
	void *value;
	char key[];
};

struct map {
	struct text_entry *head;
};

struct map *map_new(void)
{
	return xcalloc(1, sizeof(struct map));
}

void map_free(struct map *map)
{
	struct text_entry *entry, *next;

	if (map == NULL)
		return;
	/* The entries hold the links: the table goes first, then each along its order. */
	entry = map->head;
	HASH_CLEAR(hh, map->head);
	for (; entry != NULL; entry = next) {
		next = entry->hh.next;
		free(entry);
	}
	free(map);
}

static struct text_entry *text_find(const struct map *map, const char *key)
{
	struct text_entry *entry;

	HASH_FIND(hh, map->head, key, strlen(key), entry);
	return entry;
}

void *map_get(const struct map *map, const char *key)
{
	struct text_entry *entry = text_find(map, key);

	return entry != NULL ? entry->value : NULL;
}

void *map_put(struct map *map, const char *key, void *value)
{
	struct text_entry *entry = text_find(map, key);
	size_t len = strlen(key);
	void *before = NULL;

	if (entry != NULL) {
		before = entry->value;
		entry->value = value;
		return before;
	}
	entry = xmalloc(sizeof(*entry) + len + 1);
	memcpy(entry->key, key, len + 1);
	entry->value = value;
	HASH_ADD_KEYPTR(hh, map->head, entry->key, len, entry);
	return before;
}

void *map_remove(struct map *map, const char *key)
{
	struct text_entry *entry = text_find(map, key);
	void *value;

	if (entry == NULL)
		return NULL;
	value = entry->value;
	HASH_DELETE(hh, map->head, entry);
	free(entry);
	return value;
}

size_t map_len(const struct map *map)
{
	return HASH_COUNT(map->head);
}

struct id_entry {
	UT_hash_handle hh;
	uint64_t id;
	void *value;
};

struct idmap {
	struct id_entry *head;
};

struct idmap *idmap_new(void)
{
	return xcalloc(1, sizeof(struct idmap));
}

void idmap_free(struct idmap *map)
{
	struct id_entry *entry, *next;

	if (map == NULL)
		return;
	entry = map->head;
	HASH_CLEAR(hh, map->head);
	for (; entry != NULL; entry = next) {
		next = entry->hh.next;
		free(entry);
	}
	free(map);
}

static struct id_entry *id_find(const struct idmap *map, uint64_t id)
{
	struct id_entry *entry;

	HASH_FIND(hh, map->head, &id, sizeof(id), entry);
	return entry;
}

void *idmap_get(const struct idmap *map, uint64_t id)
{
	struct id_entry *entry = id_find(map, id);

	return entry != NULL ? entry->value : NULL;
}

void *idmap_put(struct idmap *map, uint64_t id, void *value)
{
	struct id_entry *entry = id_find(map, id);
	void *before = NULL;

	if (entry != NULL) {
		before = entry->value;
		entry->value = value;
		return before;
	}
	entry = xmalloc(sizeof(*entry));
	entry->id = id;
	entry->value = value;
	HASH_ADD(hh, map->head, id, sizeof(id), entry);
	return before;
}

void *idmap_remove(struct idmap *map, uint64_t id)
{
	struct id_entry *entry = id_find(map, id);
	void *value;

	if (entry == NULL)
		return NULL;
	value = entry->value;
	HASH_DELETE(hh, map->head, entry);
	free(entry);
	return value;
}

size_t idmap_len(const struct idmap *map)
{
	return HASH_COUNT(map->head);
}
