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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
