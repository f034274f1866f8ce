/* Answers of Kafka: a byte that chooses the reader, a byte for the version, then a frame (of a log-in: its
 * frames, one behind the other). What is read is bounded, an address is harmless, what is asked next about
 * it is a whole request, and no stranger proves that it knows the password. */
#include "fuzz.h"

#include "base/scrub.h"
#include "base/xalloc.h"
#include "probe/kafka_login.h"

static const char *const wanted[] = {"orders", "nowhere"};

static void check_request(const struct strbuf *out)
{
	const unsigned char *at = (const unsigned char *)out->data;

	PROMISE(!out->truncated && out->len > 12);
	PROMISE(((size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3]) + 4 == out->len);
}

static void check_broker(const struct kafka_broker *broker)
{
	if (broker->host[0] == '\0')
		return;
	PROMISE(scrub_is_clean(broker->host, strlen(broker->host)) && strpbrk(broker->host, " /@?#\\%") == NULL);
	PROMISE(broker->port > 0 && broker->port < 65536);
}

static void check_metadata(const struct kafka_metadata *metadata)
{
	PROMISE(metadata->broker_count <= KAFKA_BROKERS_MOST && metadata->broker_count <= metadata->brokers_said);
	for (size_t i = 0; i < metadata->broker_count; i++) {
		check_broker(&metadata->brokers[i]);
		PROMISE(metadata->brokers[kafka_broker_index(metadata, metadata->brokers[i].id)].id ==
			metadata->brokers[i].id);
	}
	PROMISE(metadata->all_count <= metadata->partitions);
	PROMISE(metadata->under_replicated <= metadata->partitions);
	PROMISE(metadata->unknown_count <= BASE_LEN(wanted));
	for (size_t i = 1; i < metadata->all_count; i++) {
		const struct kafka_partition *before = &metadata->all[i - 1], *at = &metadata->all[i];

		PROMISE(strcmp(before->topic, at->topic) <= 0);
		PROMISE(before->topic != at->topic || before->index <= at->index);
	}
}

/* What a group's answers fill in, and what is asked then. */
static void check_group(const char *frame, size_t size, int version, struct kafka_metadata *metadata)
{
	struct strbuf out;
	int error;

	for (size_t i = 0; i < metadata->all_count; i++)
		metadata->all[i].committed = (int64_t)i;
	strbuf_init(&out, KAFKA_REQUEST_MOST);
	kafka_ask_committed(&out, 5, 7, metadata, "billing");
	check_request(&out);
	strbuf_reset(&out);
	PROMISE(kafka_ask_ends(&out, 3, 7, metadata, 1) <= metadata->all_count);
	check_request(&out);
	strbuf_release(&out);
	(void)kafka_read_committed(frame, size, version, metadata, &error);
	(void)kafka_read_ends(frame, size, version, metadata, &error);
	for (size_t i = 0; i < metadata->all_count; i++)
		PROMISE(metadata->all[i].committed >= 0 && metadata->all[i].end >= -1);
}

static void read_metadata(const char *frame, size_t size, int version, struct arena *arena)
{
	struct kafka_metadata metadata;

	if (kafka_read_metadata(frame, size, version, wanted, (version & 8) != 0 ? 2 : 0, true, arena, &metadata)) {
		check_metadata(&metadata);
		check_group(frame, size, version, &metadata);
	}
}

/* Answers about a group are about partitions that are known. */
static void read_group(const char *frame, size_t size, int version)
{
	struct kafka_partition all[] = {{"orders", 0, 1, -1, -1}, {"orders", 1, 2, -1, -1},
					{"pay", 1, 1, -1, -1}, {"payments", 1, 1, -1, -1}};
	struct kafka_metadata metadata = {.all = all, .all_count = BASE_LEN(all), .partitions = BASE_LEN(all)};

	check_group(frame, size, version, &metadata);
}

static void read_said(const char *frame, size_t size, int version, struct arena *arena)
{
	struct kafka_versions versions;
	struct kafka_coordinator coordinator;
	struct kafka_said said;
	int error;

	if (kafka_read_versions(frame, size, version, &versions, &error))
		PROMISE(kafka_version(&versions, KAFKA_METADATA) <= 7);
	(void)kafka_read_sasl(frame, size, arena, &said);
	(void)kafka_read_login(frame, size, arena, &said);
	if (kafka_read_coordinator(frame, size, version, arena, &coordinator))
		check_broker(&coordinator.broker);
}

/* The message with the nonce that was sent in place of its first @, which no stranger hits by chance; false
 * where it asks for more rounds than are worth their time here. */
static bool answer_nonce(struct kafka_said *said, const char *nonce, struct strbuf *token)
{
	const char *at = said->token_len != 0 ? memchr(said->token, '@', said->token_len) : NULL;
	struct scram_challenge challenge;

	if (at != NULL) {
		strbuf_add(token, said->token, (size_t)(at - said->token));
		strbuf_adds(token, nonce);
		strbuf_add(token, at + 1, said->token_len - (size_t)(at + 1 - said->token));
		said->token = token->data;
		said->token_len = token->len;
	}
	return !scram_read_challenge(said->token, said->token_len, &challenge) || challenge.rounds <= 4096;
}

static void read_login(const char *frames, size_t size, int version, struct arena *arena)
{
	static struct kafka_login login; /* its keys are kept: the rounds are done once for a salt */
	enum kafka_login_state state = KAFKA_LOGIN_GOES_ON;
	struct strbuf token, nonce;
	struct kafka_said said;
	const char *words = NULL;
	size_t whole, len = 0;

	kafka_login_begin(&login, kafka_mechanism_find((version & 1) != 0 ? "scram-sha-512" : "scram-sha-256"),
			  "a,b=c", "pencil");
	strbuf_init(&nonce, 100);
	strbuf_adds(&nonce, strstr(login.token.data, ",r=") + 3);
	while (state == KAFKA_LOGIN_GOES_ON && kafka_frame(frames, size, 1, &whole) == KAFKA_FRAME_WHOLE &&
	       kafka_read_login(frames, whole, arena, &said) && said.error == KAFKA_OK) {
		strbuf_init(&token, KAFKA_ANSWER_MOST);
		if (answer_nonce(&said, nonce.data, &token)) {
			state = kafka_login_take(&login, "pencil", &said, &words, &len);
			PROMISE(state != KAFKA_LOGIN_DONE);
			PROMISE(state == KAFKA_LOGIN_GOES_ON || words != NULL);
		}
		strbuf_release(&token);
		frames += whole;
		size -= whole;
	}
	strbuf_release(&nonce);
	kafka_login_end(&login);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	const char *frame = (const char *)data + 2;
	size_t whole = 0;
	int version;

	if (size < 2)
		return 0;
	version = data[1] & 15;
	arena_init(&arena);
	if (kafka_frame(frame, size - 2, 1, &whole) == KAFKA_FRAME_WHOLE)
		PROMISE(whole <= size - 2 && whole >= 10);
	switch (data[0] % 4) {
	case 0:
		read_metadata(frame, size - 2, version, &arena);
		break;
	case 1:
		read_group(frame, size - 2, version);
		break;
	case 3:
		read_login(frame, size - 2, version, &arena);
		break;
	default:
		read_said(frame, size - 2, version, &arena);
		break;
	}
	arena_release(&arena);
	return 0;
}
