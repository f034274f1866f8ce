/* Hash maps: put, replace, get, remove, many entries, keys copied. */
#include "base/map.h"

#include "unit.h"

static void test_text(void **state)
{
	struct map *map = map_new();
	int values[1000];
	char key[32] = "k0";

	(void)state;
	assert_null(map_get(map, "k0"));
	assert_null(map_remove(map, "k0"));
	assert_null(map_put(map, key, &values[0]));
	assert_ptr_equal(map_put(map, key, &values[1]), &values[0]);
	key[0] = 'x'; /* the map has its own copy */
	assert_ptr_equal(map_get(map, "k0"), &values[1]);
	assert_null(map_get(map, "x0"));
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(key, sizeof(key), "k%d", i);
		map_put(map, key, &values[i]);
	}
	assert_int_equal(map_len(map), 1000);
	assert_ptr_equal(map_get(map, "k777"), &values[777]);
	assert_ptr_equal(map_remove(map, "k777"), &values[777]);
	assert_null(map_get(map, "k777"));
	assert_null(map_put(map, "", &values[0]));
	assert_ptr_equal(map_get(map, ""), &values[0]);
	assert_int_equal(map_len(map), 1000);
	map_free(map);
	map_free(NULL);
}

static void test_ids(void **state)
{
	struct idmap *map = idmap_new();
	int values[1000];

	(void)state;
	for (uint64_t i = 0; i < 1000; i++)
		assert_null(idmap_put(map, i << 40, &values[i]));
	assert_ptr_equal(idmap_put(map, 0, &values[5]), &values[0]);
	assert_int_equal(idmap_len(map), 1000);
	assert_ptr_equal(idmap_get(map, UINT64_C(999) << 40), &values[999]);
	assert_null(idmap_get(map, 999));
	assert_ptr_equal(idmap_remove(map, 0), &values[5]);
	assert_null(idmap_remove(map, 0));
	assert_int_equal(idmap_len(map), 999);
	idmap_free(map);
	idmap_free(NULL);
}

/* Against a plain table: ids that crowd the same places come and go in any order. */
static void test_ids_at_random(void **state)
{
	struct idmap *map = idmap_new();
	void *plain[512] = {0};
	int values[512];
	size_t len = 0;
	uint64_t random = 1;

	(void)state;
	for (int step = 0; step < 20000; step++) {
		size_t key;
		uint64_t id;

		random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		key = (size_t)(random >> 40) % BASE_LEN(plain);
		id = (uint64_t)key << (key % 2 != 0 ? 33 : 0);
		if ((random >> 60) < 8) {
			assert_ptr_equal(idmap_put(map, id, &values[key]), plain[key]);
			len += plain[key] == NULL ? 1 : 0;
			plain[key] = &values[key];
		} else {
			assert_ptr_equal(idmap_remove(map, id), plain[key]);
			len -= plain[key] != NULL ? 1 : 0;
			plain[key] = NULL;
		}
		assert_int_equal(idmap_len(map), len);
	}
	for (size_t key = 0; key < BASE_LEN(plain); key++)
		assert_ptr_equal(idmap_get(map, (uint64_t)key << (key % 2 != 0 ? 33 : 0)), plain[key]);
	idmap_free(map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_ids_at_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
