/* A cluster's metadata in a sample. Invariant: the names that brokers give are a few examples, however many
 * there are. See kafka_metadata.h. */
#include "probe/kafka_metadata.h"

static void note_examples(struct talk *talk, const char *what, size_t count,
			  const char *const examples[KAFKA_EXAMPLES])
{
	struct strbuf list;

	if (count == 0)
		return;
	strbuf_init(&list, PROBE_RAW);
	for (size_t i = 0; i < count && i < KAFKA_EXAMPLES; i++)
		strbuf_addf(&list, "%s%s", i != 0 ? ", " : "", examples[i]);
	if (count > KAFKA_EXAMPLES)
		strbuf_addf(&list, " and %zu more", count - KAFKA_EXAMPLES);
	talk_note(talk, "%s: %s", what, list.data);
	strbuf_release(&list);
}

void kafka_note_metadata(struct talk *talk, const struct kafka_metadata *metadata)
{
	talk_note(talk, "cluster %s, controller %d, %zu topics with %zu partitions",
		  metadata->cluster_id != NULL ? metadata->cluster_id : "without an id",
		  (int)metadata->controller, metadata->topics, metadata->partitions);
	for (size_t i = 0; i < metadata->broker_count && i < KAFKA_EXAMPLES; i++)
		talk_note(talk, "broker %d advertises %s:%d", (int)metadata->brokers[i].id,
			  metadata->brokers[i].host[0] != '\0' ? metadata->brokers[i].host : "no host name",
			  metadata->brokers[i].port);
	if (metadata->brokers_said > KAFKA_EXAMPLES)
		talk_note(talk, "and %zu brokers more", metadata->brokers_said - KAFKA_EXAMPLES);
	note_examples(talk, "without a leader", metadata->leaderless, metadata->leaderless_examples);
	note_examples(talk, "under-replicated", metadata->under_replicated,
		      metadata->under_replicated_examples);
}

void kafka_add_metadata(struct talk *talk, const struct kafka_metadata *metadata)
{
	struct value unknown = {.type = VALUE_LIST,
				.as.list = {metadata->unknown, metadata->unknown_count}};

	talk_value(talk, SUBJECT_BROKERS, value_number((double)metadata->brokers_said));
	if (metadata->controller >= 0)
		talk_value(talk, SUBJECT_CONTROLLER, value_number(metadata->controller));
	if (metadata->cluster_id != NULL)
		talk_text(talk, SUBJECT_CLUSTER_ID, metadata->cluster_id, strlen(metadata->cluster_id));
	talk_value(talk, SUBJECT_LEADERLESS, value_number((double)metadata->leaderless));
	talk_value(talk, SUBJECT_UNDER_REPLICATED, value_number((double)metadata->under_replicated));
	if (metadata->unknown_count != 0)
		talk_value(talk, SUBJECT_UNKNOWN_TOPICS, unknown);
}
