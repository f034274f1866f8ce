/* ZooKeeper's answers to the four letter words, as its versions print them. */
#include "unit.h"

#include "probe/zookeeper_words.h"

#define SRVR                                                                                       \
	"Zookeeper version: 3.4.14-4c25d480e66aadd371de8bd2fd8da255ac140bcf, built on 03/06/2019 16:18 GMT\n" \
	"Latency min/avg/max: 0/0/0\nReceived: 2\nSent: 1\nConnections: 3\nOutstanding: 7\nZxid: 0x0\n" \
	"Mode: follower\nNode count: 4\n"
#define MNTR                                                                                       \
	"zk_version\t3.8.0-${mvngit.commit.id}, built on 2024-12-29 17:54 UTC\nzk_server_state\tleader\n" \
	"zk_num_alive_connections\t12\nzk_outstanding_requests\t1\nzk_max_latency\t0.0\nzk_synced_followers\t2\n"

static void test_answers(void **state)
{
	static const struct {
		const char *word, *bytes;
		enum zookeeper_answer answer;
		const char *version, *mode;
		double connections, outstanding, followers;
	} rows[] = {
		{"ruok", "imok", ZOOKEEPER_ANSWERED, "", "", -1, -1, -1},
		{"ruok", "imo", ZOOKEEPER_OTHER, "", "", -1, -1, -1},
		{"ruok", "", ZOOKEEPER_OTHER, "", "", -1, -1, -1},
		{"srvr", SRVR, ZOOKEEPER_ANSWERED, "3.4.14", "follower", 3, 7, -1},
		{"mntr", MNTR, ZOOKEEPER_ANSWERED, "3.8.0", "leader", 12, 1, 2},
		{"srvr", "Mode: read-only\r\nConnections: 2\r\n", ZOOKEEPER_ANSWERED, "", "read-only", 2, -1, -1},
		{"srvr", "Mode: leader", ZOOKEEPER_OTHER, "", "leader", -1, -1, -1},
		{"mntr", "Connections: 2\nOutstanding: 3\n", ZOOKEEPER_OTHER, "", "", -1, -1, -1},
		{"srvr", "Connections: 1e9\nOutstanding: 9999999999999999999\nMode: \n", ZOOKEEPER_OTHER, "", "", -1, -1, -1},
		{"mntr", "mntr is not executed because it is not in the whitelist.\n", ZOOKEEPER_NOT_ALLOWED, "", "", -1, -1, -1},
		{"srvr", "This ZooKeeper instance is not currently serving requests\n", ZOOKEEPER_NOT_SERVING, "", "", -1, -1, -1},
		{"srvr", "HTTP/1.1 400 Bad Request\r\n\r\n", ZOOKEEPER_OTHER, "", "", -1, -1, -1},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		struct zookeeper said;

		zookeeper_init(&said);
		if (zookeeper_read(rows[i].word, rows[i].bytes, strlen(rows[i].bytes), &said) != rows[i].answer)
			fail_msg("row %zu", i);
		assert_string_equal(said.version, rows[i].version);
		assert_string_equal(said.mode, rows[i].mode);
		assert_true(said.connections == rows[i].connections);
		assert_true(said.outstanding == rows[i].outstanding);
		assert_true(said.followers == rows[i].followers);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_answers)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
