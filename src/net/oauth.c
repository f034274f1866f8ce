/* Client credentials: a POST to the token endpoint, the client's id and secret by HTTP Basic or, where
 * that is refused, in the form (RFC 6749 section 2.3.1). Invariants: at most one request a client is under
 * way, which ends with the time of who asked for it and is put again while others have more; whoever
 * waits hears of its end exactly once; token and secret are in no sentence. See oauth.h. */
#include "net/oauth.h"

#include "base/limits.h"
#include "base/units.h"
#include "base/xalloc.h"
#include "net/loop.h"
#include "net/oauth_answer.h"

#define RENEW_LEAST_NS (10 * NS_PER_S)
#define FORM_MAX 16384
#define SAID_MAX 400

struct oauth_client {
	struct oauth_room *room;
	struct oauth_client *next;
	unsigned refs;
	char *token_url, *id, *secret, *scope, *audience;
	struct tls_options tls; /* strings below */
	char *ca, *cert, *key, *proxy;
	char *token;            /* NULL: none */
	struct mono_time got, ends;
	bool telling;           /* the token is for those who are told of it now, however short its life */
	bool in_form;           /* the endpoint takes the secret in the form */
	/* While it asks: */
	struct http_target *target;
	struct http_run *run;
	struct auth auth;
	char *user, *password, *form;
	struct mono_time deadline;
	uint64_t asked; /* how often */
	struct oauth_wait *waiting;
};

struct oauth_room {
	struct net *net;
	struct oauth_client *clients;
	uint64_t generation; /* grows with each token */
};

static char *copy(const char *text)
{
	return text != NULL ? xstrdup(text) : NULL;
}

static bool same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static void wipe(char *text)
{
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	free(text);
}

/* --- clients ------------------------------------------------------------------------------ */

struct oauth_room *oauth_room_new(struct net *net)
{
	struct oauth_room *room = xcalloc(1, sizeof(*room));

	room->net = net;
	return room;
}

static void client_free(struct oauth_client *client)
{
	struct oauth_client **at;

	for (at = &client->room->clients; *at != client; at = &(*at)->next)
		;
	*at = client->next;
	wipe(client->token);
	wipe(client->secret);
	free(client->token_url);
	free(client->id);
	free(client->scope);
	free(client->audience);
	free(client->ca);
	free(client->cert);
	free(client->key);
	free(client->proxy);
	free(client);
}

void oauth_room_free(struct oauth_room *room)
{
	if (room == NULL)
		return;
	while (room->clients != NULL) {
		if (room->clients->refs != 0)
			BUG("an OAuth client is used while the net is freed");
		client_free(room->clients);
	}
	free(room);
}

/* Who nobody uses and has no token that holds. */
static void drop_ended(struct oauth_room *room)
{
	struct oauth_client *next;

	for (struct oauth_client *client = room->clients; client != NULL; client = next) {
		next = client->next;
		if (client->refs == 0 && oauth_token(client) == NULL)
			client_free(client);
	}
}

static const char *proxy_of(const struct http_options *options)
{
	return options->proxy_of_web ? NULL : options->proxy;
}

static bool is_client(const struct oauth_client *client, const struct http_options *options)
{
	static const struct tls_options none = {.verify = true};
	const struct auth *auth = options->auth;
	const struct tls_options *tls = options->tls != NULL ? options->tls : &none;

	return same(client->token_url, auth->token_url) && same(client->id, auth->user) &&
	       same(client->secret, auth->secret) && same(client->scope, auth->scope) &&
	       same(client->audience, auth->audience) && same(client->proxy, proxy_of(options)) &&
	       same(client->ca, tls->ca) && same(client->cert, tls->cert) &&
	       same(client->key, tls->key) && client->tls.verify == tls->verify;
}

struct oauth_client *oauth_client_get(struct oauth_room *room, const struct http_options *options)
{
	const struct auth *auth = options->auth;
	struct oauth_client *client;

	for (client = room->clients; client != NULL; client = client->next) {
		if (is_client(client, options)) {
			client->refs++;
			return client;
		}
	}
	drop_ended(room);
	client = xcalloc(1, sizeof(*client));
	client->room = room;
	client->refs = 1;
	client->token_url = xstrdup(auth->token_url);
	client->id = xstrdup(auth->user);
	client->secret = xstrdup(auth->secret);
	client->scope = copy(auth->scope);
	client->audience = copy(auth->audience);
	client->proxy = copy(proxy_of(options));
	client->tls.verify = true;
	if (options->tls != NULL) {
		/* A server_name is the service's own, never the authorization server's. */
		client->tls = (struct tls_options){.ca = client->ca = copy(options->tls->ca),
						   .cert = client->cert = copy(options->tls->cert),
						   .key = client->key = copy(options->tls->key),
						   .verify = options->tls->verify};
	}
	client->next = room->clients;
	room->clients = client;
	return client;
}

static void end_request(struct oauth_client *client)
{
	http_target_free(client->target);
	client->target = NULL;
	client->run = NULL;
	wipe(client->user);
	wipe(client->password);
	wipe(client->form);
	client->user = client->password = client->form = NULL;
}

void oauth_client_unref(struct oauth_client *client)
{
	if (client == NULL || --client->refs != 0)
		return;
	if (client->waiting != NULL)
		BUG("an OAuth client is freed while somebody waits for it");
	if (client->run != NULL)
		http_cancel(client->run);
	end_request(client);
	if (oauth_token(client) == NULL)
		client_free(client);
}

const char *oauth_token(const struct oauth_client *client)
{
	bool holds = client->telling || net_now(client->room->net).ns < client->ends.ns;

	return holds ? client->token : NULL;
}

bool oauth_refused(struct oauth_client *client, const char *token)
{
	/* Somebody else got another one meanwhile. */
	if (client->token == NULL || strcmp(client->token, token) != 0)
		return true;
	if (net_now(client->room->net).ns - client->got.ns < RENEW_LEAST_NS)
		return false;
	client->ends.ns = 0;
	return true;
}

uint64_t net_tokens(const struct net *net, void (*each)(void *context, const char *token), void *context)
{
	for (const struct oauth_client *client = net->oauth->clients; each != NULL && client != NULL;
	     client = client->next)
		if (client->token != NULL)
			each(context, client->token);
	return net->oauth->generation;
}

/* --- the answer --------------------------------------------------------------------------- */

/* Tells all that waited for this request; who asks again meanwhile waits for the next one. One of them
 * may let go of the client. */
static void tell(struct oauth_client *client, enum failure failure, const char *said)
{
	uint64_t asked = client->asked;
	struct oauth_wait *wait;

	client->refs++;
	client->telling = failure == FAILURE_NONE;
	do {
		for (wait = client->waiting; wait != NULL && wait->asked > asked; wait = wait->next)
			;
		if (wait == NULL)
			break;
		oauth_wait_stop(wait);
		wait->done(wait->context, failure, said);
	} while (true);
	client->telling = false;
	oauth_client_unref(client);
}

static void take_token(struct oauth_client *client, const struct oauth_answer *answer)
{
	wipe(client->token);
	client->token = answer->token;
	client->got = net_now(client->room->net);
	client->ends.ns = client->got.ns + answer->usable_ns;
	client->room->generation++;
}

static void ask(struct oauth_client *client);

/* Moves the deadline to that of whoever waits longest; false where none has time left. */
static bool has_time(struct oauth_client *client)
{
	for (const struct oauth_wait *wait = client->waiting; wait != NULL; wait = wait->next)
		if (wait->deadline.ns > client->deadline.ns)
			client->deadline = wait->deadline;
	return client->deadline.ns > net_now(client->room->net).ns;
}

/* The endpoint may not take HTTP Basic: it is asked once more with the secret in the form. */
static bool worth_the_form(const struct oauth_client *client, const struct http_result *result)
{
	return result->failure == FAILURE_NONE && !client->in_form &&
	       (result->status == 400 || result->status == 401);
}

static void on_answer(void *context, struct http_run *run, const struct http_result *result)
{
	struct oauth_client *client = context;
	enum failure failure = FAILURE_TOKEN;
	struct oauth_answer answer;
	struct strbuf said;
	bool good;

	(void)run;
	client->run = NULL;
	strbuf_init(&said, LIMIT_BODY); /* whole: who shows it redacts it before it is cut */
	strbuf_addf(&said, "got no token: the token endpoint %s ", client->token_url);
	if (result->failure != FAILURE_NONE)
		strbuf_addf(&said, "gave no answer: %s", result->message);
	else
		failure = oauth_answer_read(result->status, result->body, result->body_len, &answer, &said);
	good = failure == FAILURE_NONE;
	if (good)
		take_token(client, &answer);
	if (!good && (result->failure == FAILURE_TIMEOUT || worth_the_form(client, result)) &&
	    has_time(client)) {
		client->in_form |= result->failure == FAILURE_NONE;
		end_request(client);
		ask(client);
	} else {
		/* What the form did not help is tried by Basic again the next time. */
		client->in_form = client->in_form && good;
		end_request(client);
		tell(client, failure, good ? NULL : said.data);
	}
	strbuf_release(&said);
}

/* --- the question ------------------------------------------------------------------------- */

/* application/x-www-form-urlencoded. */
static void add_encoded(struct strbuf *out, const char *text)
{
	static const char digits[] = "0123456789ABCDEF";

	for (; *text != '\0'; text++) {
		unsigned char byte = (unsigned char)*text;

		if ((byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
		    (byte >= 'A' && byte <= 'Z') || strchr("-._~", byte) != NULL) {
			strbuf_addc(out, *text);
		} else {
			strbuf_addc(out, '%');
			strbuf_addc(out, digits[byte >> 4]);
			strbuf_addc(out, digits[byte & 15]);
		}
	}
}

static char *encoded(const char *text)
{
	struct strbuf out;

	strbuf_init(&out, FORM_MAX);
	add_encoded(&out, text);
	return strbuf_detach(&out);
}

static void add_field(struct strbuf *form, const char *name, const char *value)
{
	if (value == NULL)
		return;
	strbuf_addf(form, "&%s=", name);
	add_encoded(form, value);
}

static char *make_form(const struct oauth_client *client)
{
	struct strbuf form;

	strbuf_init(&form, FORM_MAX);
	strbuf_adds(&form, "grant_type=client_credentials");
	add_field(&form, "scope", client->scope);
	add_field(&form, "audience", client->audience);
	if (client->in_form) {
		add_field(&form, "client_id", client->id);
		add_field(&form, "client_secret", client->secret);
	}
	return strbuf_detach(&form);
}

static void ask(struct oauth_client *client)
{
	static const struct name_value headers[] = {
		{"Accept", "application/json"},
		{"Content-Type", "application/x-www-form-urlencoded"},
	};
	struct net *net = client->room->net;
	int64_t left_ns = client->deadline.ns - net_now(net).ns;
	struct http_options options = {.method = "POST", .url = client->token_url, .headers = headers,
		.header_count = BASE_LEN(headers), .tls = &client->tls, .proxy = client->proxy,
		.body_max = LIMIT_BODY};
	struct strbuf err;

	client->form = make_form(client);
	options.body = client->form;
	if (!client->in_form) {
		client->user = encoded(client->id);
		client->password = encoded(client->secret);
		client->auth = (struct auth){.kind = AUTH_BASIC, .user = client->user,
					     .secret = client->password};
		options.auth = &client->auth;
	}
	strbuf_init(&err, SAID_MAX);
	client->target = http_target_new(net, &options, &err);
	/* config/ has looked at the URL; what libcurl does not take is left to the deadline. */
	if (client->target != NULL)
		client->run = http_start(client->target, left_ns > 0 ? left_ns : 1, on_answer, client);
	strbuf_release(&err);
}

static void on_deadline(void *context)
{
	struct oauth_wait *wait = context;
	struct strbuf said;

	strbuf_init(&said, LIMIT_BODY);
	strbuf_adds(&said, "timed out after ");
	duration_format(&said, wait->timeout_ns);
	strbuf_addf(&said, ": the token endpoint %s gave no token", wait->client->token_url);
	oauth_wait_stop(wait);
	wait->done(wait->context, FAILURE_TOKEN, said.data);
	strbuf_release(&said);
}

void oauth_wait_start(struct oauth_wait *wait, struct oauth_client *client, struct mono_time deadline,
		      int64_t timeout_ns)
{
	wait->client = client;
	wait->deadline = deadline;
	wait->timeout_ns = timeout_ns;
	net_timer_init(&wait->timer, client->room->net, on_deadline, wait);
	net_timer_set(&wait->timer, deadline);
	wait->previous = NULL;
	wait->next = client->waiting;
	if (wait->next != NULL)
		wait->next->previous = wait;
	client->waiting = wait;
	wait->asked = client->asked;
	if (client->run != NULL)
		return;
	wait->asked = ++client->asked;
	end_request(client);
	client->deadline = deadline;
	ask(client);
}

void oauth_wait_stop(struct oauth_wait *wait)
{
	if (wait->client == NULL)
		return;
	net_timer_stop(&wait->timer);
	*(wait->previous != NULL ? &wait->previous->next : &wait->client->waiting) = wait->next;
	if (wait->next != NULL)
		wait->next->previous = wait->previous;
	wait->client = NULL;
}
