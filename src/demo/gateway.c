/* One upstream connection a request, closed behind it; the answer is read whole before it is
 * passed on. The request outlives its client: when that one goes, gateway_abandon() cuts the link
 * and the handle is closed, and memory goes with the handle. */
#include "demo/gateway.h"

#include "base/xalloc.h"
#include "demo/world.h"

#include <strings.h>

#define GATEWAY_MAGIC 0xde306a7eu
#define ANSWER_MAX (1u << 20)

static const struct {
	const char *prefix;
	enum demo_service service;
} upstreams[] = {
	{"/api/auth/", DEMO_AUTH},	     {"/api/users", DEMO_USER},
	{"/api/scraping/", DEMO_SCRAPING},   {"/api/voice/", DEMO_VOICE},
	{"/api/analytics/", DEMO_ANALYTICS},
};

struct gateway_request {
	unsigned magic;
	struct client *client; /* NULL once it is gone */
	enum demo_service upstream;
	uv_tcp_t tcp;
	uv_connect_t connect;
	uv_write_t write;
	struct strbuf out, in;
	bool closing;
};

static void on_closed(uv_handle_t *handle)
{
	struct gateway_request *request = handle->data;

	CHECK_MAGIC(request, GATEWAY_MAGIC);
	strbuf_release(&request->out);
	strbuf_release(&request->in);
	request->magic = 0;
	free(request);
}

void gateway_abandon(struct gateway_request *request)
{
	CHECK_MAGIC(request, GATEWAY_MAGIC);
	request->client = NULL;
	if (request->closing)
		return;
	request->closing = true;
	uv_close((uv_handle_t *)&request->tcp, on_closed);
}

/* Cuts both links and gives back the client, NULL where it is gone. */
static struct client *finish(struct gateway_request *request)
{
	struct client *client = request->client;

	if (client != NULL)
		client->upstream = NULL;
	gateway_abandon(request);
	return client;
}

static void bad_gateway(struct gateway_request *request, const char *words)
{
	static const char body[] = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
				   "<center><h1>502 Bad Gateway</h1></center>\r\n"
				   "<hr><center>nginx/1.24.0</center>\r\n</body>\r\n</html>\r\n";
	struct http_answer answer = {.status = 502, .type = "text/html", .body = body,
				     .body_len = sizeof(body) - 1};
	struct client *client = request->client;
	struct world *world;
	struct strbuf line;

	if (client == NULL) {
		finish(request);
		return;
	}
	world = client->server->world;
	strbuf_init(&line, 4096);
	strbuf_addf(&line,
		    "%s, client: 127.0.0.1, server: nexus.example.com, request: \"%s %s HTTP/1.1\", "
		    "upstream: \"http://127.0.0.1:%d%s\", host: \"127.0.0.1:%d\"",
		    words, client->method, client->path, world->servers[request->upstream].port,
		    client->path, client->server->port);
	journal_write(&world->journal, DEMO_GATEWAY, clock_wall(), JOURNAL_ERROR, line.data);
	strbuf_release(&line);
	finish(request);
	http_answer(client, &answer);
	http_on_data(client);
}

/* The upstream has closed: its answer is whole. */
static void pass_on(struct gateway_request *request)
{
	char *body = strstr(request->in.data, "\r\n\r\n"), *type, *end;
	struct http_answer answer = {.type = "application/json"};
	struct client *client;

	if (body == NULL || strncmp(request->in.data, "HTTP/1.1 ", 9) != 0) {
		bad_gateway(request, "upstream prematurely closed connection while reading response "
				     "header from upstream");
		return;
	}
	*body = '\0';
	body += 4;
	answer.status = (int)strtol(request->in.data + 9, NULL, 10);
	type = strcasestr(request->in.data, "\r\ncontent-type: ");
	if (type != NULL) {
		type += strlen("\r\ncontent-type: ");
		end = strstr(type, "\r\n");
		if (end != NULL)
			*end = '\0';
		answer.type = type;
	}
	answer.body = body;
	answer.body_len = request->in.len - (size_t)(body - request->in.data);
	client = request->client;
	if (client != NULL)
		http_answer(client, &answer);
	client = finish(request);
	if (client != NULL)
		http_on_data(client);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	(void)handle;
	(void)suggested;
	*buf = uv_buf_init(xmalloc(4096), 4096);
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
	struct gateway_request *request = stream->data;

	CHECK_MAGIC(request, GATEWAY_MAGIC);
	if (len > 0)
		strbuf_add(&request->in, buf->base, (size_t)len);
	free(buf->base);
	if (len < 0)
		pass_on(request);
}

static void on_written(uv_write_t *write, int status)
{
	(void)write; /* a failure shows as the end of the stream */
	(void)status;
}

static void on_connected(uv_connect_t *connect, int status)
{
	struct gateway_request *request = connect->data;
	uv_buf_t buf;

	CHECK_MAGIC(request, GATEWAY_MAGIC);
	if (request->closing)
		return;
	if (status < 0) {
		bad_gateway(request, "connect() failed (111: Connection refused) while connecting to "
				     "upstream");
		return;
	}
	buf = uv_buf_init(request->out.data, (unsigned)request->out.len);
	uv_write(&request->write, (uv_stream_t *)&request->tcp, &buf, 1, on_written);
	uv_read_start((uv_stream_t *)&request->tcp, on_alloc, on_read);
}

static enum demo_service upstream_of(const char *path)
{
	for (size_t i = 0; i < BASE_LEN(upstreams); i++) {
		if (strncmp(path, upstreams[i].prefix, strlen(upstreams[i].prefix)) == 0)
			return upstreams[i].service;
	}
	return DEMO_SERVICE_COUNT;
}

bool gateway_takes(struct client *client, const struct http_request *http)
{
	struct world *world = client->server->world;
	enum demo_service upstream = upstream_of(http->path);
	struct gateway_request *request;
	struct sockaddr_in address;

	if (upstream == DEMO_SERVICE_COUNT)
		return false;
	request = xcalloc(1, sizeof(*request));
	request->magic = GATEWAY_MAGIC;
	request->client = client;
	request->upstream = upstream;
	request->tcp.data = request->connect.data = request;
	client->upstream = request;
	strbuf_init(&request->out, 8192);
	strbuf_init(&request->in, ANSWER_MAX);
	strbuf_addf(&request->out, "%s %s HTTP/1.1\r\nhost: 127.0.0.1:%d\r\nconnection: close\r\n",
		    http->method, http->target, world->servers[upstream].port);
	if (http->authorization != NULL)
		strbuf_addf(&request->out, "authorization: %s\r\n", http->authorization);
	strbuf_adds(&request->out, "\r\n");
	uv_tcp_init(&world->loop, &request->tcp);
	uv_ip4_addr("127.0.0.1", world->servers[upstream].port, &address);
	if (uv_tcp_connect(&request->connect, &request->tcp, (const struct sockaddr *)&address,
			   on_connected) != 0)
		bad_gateway(request, "connect() failed (99: Cannot assign requested address) while "
				     "connecting to upstream");
	return true;
}
