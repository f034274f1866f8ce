/* Commands as arrays of bulk strings or as inline words; the password is the demo's token. What it does
 * not know it refuses by name, as Redis does. See redis.h. */
#include "demo/redis.h"

#include "demo/world.h"

#include <strings.h>

#define WORDS_MAX 8
#define WORD_MAX 256

struct command {
	char words[WORDS_MAX][WORD_MAX];
	size_t count;
};

static void add_word(struct command *command, const char *bytes, size_t len)
{
	if (command->count < WORDS_MAX)
		(void)snprintf(command->words[command->count++], WORD_MAX, "%.*s", (int)len, bytes);
}

/* A line of the buffer behind `at`; NULL where it is not all there yet. `*next` is behind its end. */
static const char *line_at(const struct strbuf *in, size_t at, size_t *next)
{
	const char *end = strstr(in->data + at, "\r\n");

	if (end == NULL)
		return NULL;
	*next = (size_t)(end - in->data) + 2;
	return in->data + at;
}

/* Bytes of one whole command in the buffer, 0 where more must come. */
static size_t read_command(const struct strbuf *in, struct command *command)
{
	size_t next, left;
	const char *line = line_at(in, 0, &next);

	*command = (struct command){.count = 0};
	if (line == NULL)
		return 0;
	if (line[0] != '*') {
		for (const char *word = line; word < in->data + next - 2;) {
			size_t len = strcspn(word, " \r");

			if (len != 0)
				add_word(command, word, len);
			word += len + 1;
		}
		return next;
	}
	for (left = strtoul(line + 1, NULL, 10); left > 0; left--) {
		size_t len;

		line = line_at(in, next, &next);
		if (line == NULL || line[0] != '$')
			return 0;
		len = strtoul(line + 1, NULL, 10);
		if (len > in->len || next + len + 2 > in->len)
			return 0;
		add_word(command, in->data + next, len);
		next += len + 2;
	}
	return next;
}

static void say(struct client *client, const char *words)
{
	client_send(client, words, strlen(words), false);
}

static bool password_fits(const struct client *client, const struct command *command)
{
	const struct world *world = client->server->world;

	return world->conditions[DEMO_REDIS] != DEMO_LOCKED && command->count > 1 &&
	       strcmp(command->words[command->count - 1], world->token) == 0;
}

static void say_info(struct client *client)
{
	struct strbuf body, answer;

	strbuf_init(&body, 4096);
	strbuf_init(&answer, 4096);
	strbuf_addf(&body,
		    "# Server\r\nredis_version:%s\r\nredis_mode:standalone\r\ntcp_port:%d\r\n"
		    "uptime_in_seconds:86400\r\n\r\n# Clients\r\nconnected_clients:14\r\n"
		    "maxclients:10000\r\nblocked_clients:0\r\n\r\n# Memory\r\nused_memory:48234496\r\n"
		    "maxmemory:268435456\r\nmaxmemory_policy:allkeys-lru\r\n\r\n# Persistence\r\n"
		    "loading:0\r\nrdb_last_bgsave_status:ok\r\n\r\n# Stats\r\nevicted_keys:0\r\n\r\n"
		    "# Replication\r\nrole:master\r\nconnected_slaves:0\r\n",
		    demo_service_info(DEMO_REDIS)->version, client->server->port);
	strbuf_addf(&answer, "$%zu\r\n%s\r\n", body.len, body.data);
	client_send(client, answer.data, answer.len, false);
	strbuf_release(&body);
	strbuf_release(&answer);
}

static void answer(struct client *client, const struct command *command)
{
	const char *word = command->count != 0 ? command->words[0] : "";
	char unknown[WORD_MAX + 64];

	if (strcasecmp(word, "AUTH") == 0) {
		client->trusted = password_fits(client, command);
		say(client, client->trusted ? "+OK\r\n"
					    : "-WRONGPASS invalid username-password pair or user is "
					      "disabled.\r\n");
	} else if (strcasecmp(word, "HELLO") == 0) {
		say(client, "-NOPROTO unsupported protocol version\r\n");
	} else if (strcasecmp(word, "QUIT") == 0) {
		client_send(client, "+OK\r\n", 5, true);
	} else if (!client->trusted) {
		say(client, "-NOAUTH Authentication required.\r\n");
	} else if (strcasecmp(word, "PING") == 0) {
		say(client, "+PONG\r\n");
	} else if (strcasecmp(word, "INFO") == 0) {
		say_info(client);
	} else {
		(void)snprintf(unknown, sizeof(unknown), "-ERR unknown command '%s'\r\n", word);
		say(client, unknown);
	}
}

void demo_redis_on_data(struct client *client)
{
	struct strbuf *in = &client->in;
	struct command command;
	size_t used;

	while (!client->closing && (used = read_command(in, &command)) != 0) {
		memmove(in->data, in->data + used, in->len - used);
		strbuf_cut(in, in->len - used);
		answer(client, &command);
	}
}
