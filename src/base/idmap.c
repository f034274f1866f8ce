/* 64-bit id -> pointer in one table of pairs with linear probing: some 30 bytes an entry, where a node
 * of its own took 86; fleets of thousands of checks have several of these. Invariant: no place between
 * an id's first choice and where it lies is empty, and at least a quarter of the places are. */
#include "base/map.h"

#include "base/xalloc.h"

#define LEAST 3 /* 8 places */

struct place {
	uint64_t id;
	void *value; /* NULL: empty */
};

struct idmap {
	struct place *at;
	size_t mask;	/* places - 1; a power of two of them, none before the first id */
	unsigned shift; /* 64 - its exponent */
	size_t len;
};

struct idmap *idmap_new(void)
{
	return xcalloc(1, sizeof(struct idmap));
}

void idmap_free(struct idmap *map)
{
	if (map == NULL)
		return;
	free(map->at);
	free(map);
}

/* Ids may be numbers in a row or multiples: the upper bits of a product with 2^64 / golden ratio spread
 * these too. */
static size_t first_choice(const struct idmap *map, uint64_t id)
{
	return (size_t)(id * UINT64_C(0x9e3779b97f4a7c15) >> map->shift);
}

/* Where the id is, or the empty place where it would be. */
static struct place *place_of(const struct idmap *map, uint64_t id)
{
	size_t i = first_choice(map, id);

	while (map->at[i].value != NULL && map->at[i].id != id)
		i = (i + 1) & map->mask;
	return &map->at[i];
}

static void grow(struct idmap *map)
{
	size_t places = map->at != NULL ? map->mask + 1 : 0;
	struct place *old = map->at;

	map->shift = old != NULL ? map->shift - 1 : 64 - LEAST;
	map->mask = ((size_t)1 << (64 - map->shift)) - 1;
	map->at = xcalloc(map->mask + 1, sizeof(*map->at));
	for (size_t i = 0; i < places; i++)
		if (old[i].value != NULL)
			*place_of(map, old[i].id) = old[i];
	free(old);
}

void *idmap_get(const struct idmap *map, uint64_t id)
{
	return map->at != NULL ? place_of(map, id)->value : NULL;
}

void *idmap_put(struct idmap *map, uint64_t id, void *value)
{
	struct place *place;
	void *before;

	if (value == NULL)
		BUG("an id without a value");
	if (map->at == NULL || (map->len + 1) * 4 > (map->mask + 1) * 3)
		grow(map);
	place = place_of(map, id);
	before = place->value;
	if (before == NULL)
		map->len++;
	*place = (struct place){.id = id, .value = value};
	return before;
}

void *idmap_remove(struct idmap *map, uint64_t id)
{
	struct place *hole;
	void *value;

	if (map->at == NULL || (hole = place_of(map, id))->value == NULL)
		return NULL;
	value = hole->value;
	map->len--;
	/* Those behind move up, but none in front of its first choice. */
	for (size_t i = (size_t)(hole - map->at + 1) & map->mask; map->at[i].value != NULL;
	     i = (i + 1) & map->mask) {
		size_t away = (i - first_choice(map, map->at[i].id)) & map->mask;

		if (away < ((i - (size_t)(hole - map->at)) & map->mask))
			continue;
		*hole = map->at[i];
		hole = &map->at[i];
	}
	*hole = (struct place){0};
	return value;
}

size_t idmap_len(const struct idmap *map)
{
	return map->len;
}
