/* kafka_mock BROKERS: librdkafka's mock cluster, a second implementation of Kafka's protocol. Prints
 * "ready PORT PORT…", then takes commands, one a line, and answers each with "ok" or "no":
 *   topic NAME PARTITIONS REPLICAS      leader NAME PARTITION BROKER (-1 none)
 *   down BROKER    up BROKER            error API CODE COUNT    version API MIN MAX
 *   produce NAME PARTITION COUNT        commit GROUP NAME PARTITION OFFSET */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_MS 10000

static rd_kafka_t *client_new(rd_kafka_type_t type, const char *brokers, const char *group)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char errstr[200];

	rd_kafka_conf_set(conf, "bootstrap.servers", brokers, errstr, sizeof(errstr));
	if (group != NULL)
		rd_kafka_conf_set(conf, "group.id", group, errstr, sizeof(errstr));
	return rd_kafka_new(type, conf, errstr, sizeof(errstr));
}

static int produce(const char *brokers, const char *topic, int partition, int count)
{
	rd_kafka_t *producer = client_new(RD_KAFKA_PRODUCER, brokers, NULL);
	rd_kafka_resp_err_t err;

	for (int i = 0; i < count; i++)
		rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition),
				  RD_KAFKA_V_VALUE((char *)"x", 1), RD_KAFKA_V_END);
	err = rd_kafka_flush(producer, WAIT_MS);
	rd_kafka_destroy(producer);
	return err == RD_KAFKA_RESP_ERR_NO_ERROR;
}

static int commit(const char *brokers, const char *group, const char *topic, int partition, long long offset)
{
	rd_kafka_t *consumer = client_new(RD_KAFKA_CONSUMER, brokers, group);
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	rd_kafka_resp_err_t err;

	rd_kafka_topic_partition_list_add(list, topic, partition)->offset = offset;
	err = rd_kafka_commit(consumer, list, 0);
	rd_kafka_topic_partition_list_destroy(list);
	rd_kafka_destroy(consumer);
	return err == RD_KAFKA_RESP_ERR_NO_ERROR;
}

static int push_errors(rd_kafka_mock_cluster_t *cluster, int api, int code, int count)
{
	for (int i = 0; i < count; i++)
		rd_kafka_mock_push_request_errors(cluster, (int16_t)api, 1, (rd_kafka_resp_err_t)code);
	return 1;
}

static int obey(rd_kafka_mock_cluster_t *cluster, const char *line)
{
	const char *brokers = rd_kafka_mock_cluster_bootstraps(cluster);
	char name[100], group[100];
	long long offset;
	int a, b, c;

	if (sscanf(line, "topic %99s %d %d", name, &a, &b) == 3)
		return rd_kafka_mock_topic_create(cluster, name, a, b) == 0;
	if (sscanf(line, "leader %99s %d %d", name, &a, &b) == 3)
		return rd_kafka_mock_partition_set_leader(cluster, name, a, b) == 0;
	if (sscanf(line, "down %d", &a) == 1)
		return rd_kafka_mock_broker_set_down(cluster, a) == 0;
	if (sscanf(line, "up %d", &a) == 1)
		return rd_kafka_mock_broker_set_up(cluster, a) == 0;
	if (sscanf(line, "error %d %d %d", &a, &b, &c) == 3)
		return push_errors(cluster, a, b, c);
	if (sscanf(line, "version %d %d %d", &a, &b, &c) == 3)
		return rd_kafka_mock_set_apiversion(cluster, (int16_t)a, (int16_t)b, (int16_t)c) == 0;
	if (sscanf(line, "produce %99s %d %d", name, &a, &b) == 3)
		return produce(brokers, name, a, b);
	if (sscanf(line, "commit %99s %99s %d %lld", group, name, &a, &offset) == 4)
		return commit(brokers, group, name, a, offset);
	return 0;
}

int main(int argc, char **argv)
{
	char errstr[200], line[300];
	rd_kafka_t *owner = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), errstr, sizeof(errstr));
	rd_kafka_mock_cluster_t *cluster;
	char *ports;

	(void)signal(SIGPIPE, SIG_IGN);
	if (owner == NULL || argc != 2)
		return 2;
	cluster = rd_kafka_mock_cluster_new(owner, (int)strtol(argv[1], NULL, 10));
	if (cluster == NULL)
		return 2;
	/* "127.0.0.1:1234,127.0.0.1:1235" */
	ports = strdup(rd_kafka_mock_cluster_bootstraps(cluster));
	printf("ready");
	for (char *at = ports; at != NULL && (at = strchr(at, ':')) != NULL; at++)
		printf(" %ld", strtol(at + 1, NULL, 10));
	printf("\n");
	free(ports);
	(void)fflush(stdout);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		printf("%s\n", obey(cluster, line) ? "ok" : "no");
		(void)fflush(stdout);
	}
	rd_kafka_mock_cluster_destroy(cluster);
	rd_kafka_destroy(owner);
	return 0;
}
