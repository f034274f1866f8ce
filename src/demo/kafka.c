/* Requests are a length, an API key, a version and a correlation id; the broker speaks ApiVersions 0 and
 * Metadata 1, and says so, as an old one would. What it does not speak closes the connection. See
 * kafka.h. */
#include "demo/kafka.h"

#include "demo/world.h"

#define API_METADATA 3
#define API_VERSIONS 18
#define METADATA_VERSION 1
#define REQUEST_MAX (32u << 10)
#define ERROR_UNSUPPORTED_VERSION 35

static const char *const topics[] = {"events", "scraping-jobs"};

static unsigned number_at(const struct strbuf *in, size_t at, size_t bytes)
{
	unsigned number = 0;

	for (size_t i = 0; i < bytes; i++)
		number = number << 8 | (unsigned char)in->data[at + i];
	return number;
}

static void add_number(struct strbuf *out, unsigned number, size_t bytes)
{
	for (size_t i = bytes; i-- > 0;)
		strbuf_addc(out, (char)(number >> (8 * i) & 0xff));
}

static void add_text(struct strbuf *out, const char *text)
{
	add_number(out, (unsigned)strlen(text), 2);
	strbuf_adds(out, text);
}

/* ApiVersions v0: error, then key, lowest and highest version of each API. */
static void add_versions(struct strbuf *out, unsigned version)
{
	add_number(out, version > 0 ? ERROR_UNSUPPORTED_VERSION : 0, 2);
	add_number(out, 2, 4);
	add_number(out, API_METADATA, 2);
	add_number(out, METADATA_VERSION, 2);
	add_number(out, METADATA_VERSION, 2);
	add_number(out, API_VERSIONS, 2);
	add_number(out, 0, 2);
	add_number(out, 0, 2);
}

/* Metadata v1: brokers, controller, topics with one partition each that broker 1 leads. */
static void add_metadata(struct strbuf *out, int port)
{
	add_number(out, 1, 4);
	add_number(out, 1, 4);
	add_text(out, "127.0.0.1");
	add_number(out, (unsigned)port, 4);
	add_number(out, 0xffff, 2); /* no rack */
	add_number(out, 1, 4);
	add_number(out, BASE_LEN(topics), 4);
	for (size_t i = 0; i < BASE_LEN(topics); i++) {
		add_number(out, 0, 2);
		add_text(out, topics[i]);
		add_number(out, 0, 1);
		add_number(out, 1, 4);
		add_number(out, 0, 2); /* error */
		add_number(out, 0, 4); /* partition */
		add_number(out, 1, 4); /* leader */
		for (int list = 0; list < 2; list++) { /* replicas, in sync */
			add_number(out, 1, 4);
			add_number(out, 1, 4);
		}
	}
}

/* False where the request is none that it speaks. */
static bool answer(struct client *client)
{
	const struct strbuf *in = &client->in;
	unsigned api = number_at(in, 4, 2), version = number_at(in, 6, 2);
	struct strbuf body, out;

	strbuf_init(&body, 4096);
	strbuf_init(&out, 4096);
	add_number(&body, number_at(in, 8, 4), 4);
	if (api == API_VERSIONS)
		add_versions(&body, version);
	else if (api == API_METADATA && version == METADATA_VERSION)
		add_metadata(&body, client->server->port);
	add_number(&out, (unsigned)body.len, 4);
	strbuf_add(&out, body.data, body.len);
	if (body.len > 4)
		client_send(client, out.data, out.len, false);
	strbuf_release(&out);
	strbuf_release(&body);
	return api == API_VERSIONS || (api == API_METADATA && version == METADATA_VERSION);
}

void demo_kafka_on_data(struct client *client)
{
	struct strbuf *in = &client->in;

	while (!client->closing && in->len >= 4) {
		size_t len = number_at(in, 0, 4);

		if (len < 8 || len > REQUEST_MAX) {
			client_close(client);
			return;
		}
		if (in->len < 4 + len)
			return;
		if (!answer(client)) {
			client_close(client);
			return;
		}
		memmove(in->data, in->data + 4 + len, in->len - 4 - len);
		strbuf_cut(in, in->len - 4 - len);
	}
}
