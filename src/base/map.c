/* The map of texts, over uthash, which stays in this file. See map.h. */
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
