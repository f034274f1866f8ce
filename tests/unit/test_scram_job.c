/* Rounds of SCRAM on a worker: many are none of the loop's, few are; one that is dropped while its worker runs
 * touches nothing, whether the loop goes on or ends. */
#include "unit.h"

#include "probe/scram_job.h"

#define FIRST "r=rOprNGfwEbeRWgbNEkqO%x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i="
#define MANY FIRST "100000"

static const unsigned char random_bytes[15] = {0xac, 0xea, 0x6b, 0x34, 0x67, 0xf0, 0x11, 0xb7,
					       0x91, 0x5a, 0x06, 0xcd, 0x12, 0x4a, 0x8e};

struct world {
	struct net *net;
	struct scram scram;
	struct scram_keys *keys; /* of the heap, so that a checker sees a touch too late */
	int done;
};

static int setup(void **state)
{
	struct world *world = xcalloc(1, sizeof(*world));
	struct strbuf out;

	strbuf_init(&out, 4096);
	world->net = net_new(&out);
	assert_non_null(world->net);
	world->keys = xcalloc(1, sizeof(*world->keys));
	scram_init(&world->scram, SCRAM_SHA_512);
	scram_begin(&world->scram, "user", random_bytes, sizeof(random_bytes), &out);
	strbuf_release(&out);
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	if (world->net != NULL)
		net_free(world->net);
	scram_release(&world->scram);
	free(world->keys);
	free(world);
	return 0;
}

static void on_done(void *context)
{
	struct world *world = context;

	world->done++;
	net_stop(world->net);
}

static struct scram_job *begin(struct world *world, const char *first)
{
	return scram_job_start(world->net, &world->scram, world->keys, "pencil", first, strlen(first), on_done, world);
}

static void test_keys_are_made(void **state)
{
	struct world *world = *state;
	struct strbuf out;

	assert_non_null(begin(world, MANY));
	assert_false(world->keys->known);
	net_run(world->net);
	assert_int_equal(world->done, 1);
	assert_int_equal(world->keys->rounds, 100000);
	/* These are the keys of the answer, for which no rounds are left. */
	assert_null(begin(world, MANY));
	strbuf_init(&out, 4096);
	assert_null(scram_answer(&world->scram, world->keys, "pencil", MANY, strlen(MANY), &out));
	assert_string_equal(scram_answer(&world->scram, world->keys, "pencil", MANY, strlen(MANY), &out),
			    "sends a second challenge in one SCRAM log-in");
	assert_null(begin(world, FIRST "50000"));
	strbuf_release(&out);
	assert_int_equal(net_stats(world->net).jobs, 1);
}

static void test_no_job(void **state)
{
	struct world *world = *state;

	assert_null(begin(world, FIRST "4096"));
	assert_null(begin(world, FIRST "100001"));
	assert_null(begin(world, "r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=50000"));
	assert_null(begin(world, ""));
	scram_job_drop(NULL);
	assert_int_equal(net_stats(world->net).jobs, 0);
}

/* Two of them run, two wait; what they were to write into is gone, and one that is wanted comes behind them. */
static void test_dropped(void **state)
{
	struct world *world = *state;
	struct scram_job *jobs[4];
	struct scram_keys *gone = xcalloc(1, sizeof(*gone));

	for (size_t i = 0; i < BASE_LEN(jobs); i++)
		jobs[i] = scram_job_start(world->net, &world->scram, gone, "pencil", MANY, strlen(MANY), on_done, gone);
	for (size_t i = 0; i < BASE_LEN(jobs); i++)
		scram_job_drop(jobs[i]);
	free(gone);
	assert_non_null(begin(world, MANY));
	net_run(world->net);
	assert_int_equal(world->done, 1);
	assert_true(world->keys->known);
}

static void test_the_loop_ends(void **state)
{
	struct world *world = *state;
	struct scram_job *job = begin(world, MANY);

	scram_job_drop(job);
	free(world->keys);
	world->keys = NULL;
	net_free(world->net);
	world->net = NULL;
	assert_int_equal(world->done, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_keys_are_made, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_job, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dropped, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_loop_ends, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
