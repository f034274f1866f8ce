/* Failures by name, and exchanges: one allocation each, copied from a draft. See sample.h. */
#include "model/sample.h"

#include "base/xalloc.h"

#include <stdalign.h>
#include <strings.h>

static const struct failure_info {
	const char *name;
	bool local;
	const char *words;
} failures[FAILURE_COUNT] = {
#define FAILURE(id, name, local, words) [FAILURE_##id] = {name, local, words},
#include "model/failures.def"
#undef FAILURE
};

const char *failure_name(enum failure failure)
{
	return failures[failure].name;
}

const char *failure_words(enum failure failure)
{
	return failures[failure].words;
}

bool failure_is_local(enum failure failure)
{
	return failures[failure].local;
}

const struct value *sample_value(const struct sample *sample, enum subject subject,
				 const char *argument)
{
	for (size_t i = 0; i < sample->value_count; i++) {
		const struct sample_value *value = &sample->values[i];

		if (value->subject != subject)
			continue;
		if (argument == NULL ||
		    (value->argument != NULL && strcasecmp(value->argument, argument) == 0))
			return &value->value;
	}
	return NULL;
}

static size_t text_size(const char *text)
{
	return text != NULL ? strlen(text) + 1 : 0;
}

static size_t strings_size(const struct exchange *draft)
{
	size_t size = text_size(draft->request) + text_size(draft->peer) +
		      text_size(draft->http_version) + text_size(draft->redirected_to) +
		      text_size(draft->tls_version) + (draft->body != NULL ? draft->body_len + 1 : 0);

	for (size_t i = 0; i < draft->header_count; i++)
		size += text_size(draft->headers[i].name) + text_size(draft->headers[i].value);
	for (size_t i = 0; i < draft->certificate_count; i++) {
		const struct certificate *cert = &draft->certificates[i];

		size += text_size(cert->subject) + text_size(cert->issuer) + text_size(cert->names) +
			text_size(cert->serial);
	}
	return size;
}

/* Copies `len` bytes and a NUL to `*at` and moves it on. */
static const char *place(char **at, const char *text, size_t len)
{
	char *copy = *at;

	if (text == NULL)
		return NULL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	*at += len + 1;
	return copy;
}

static const char *place_text(char **at, const char *text)
{
	return place(at, text, text != NULL ? strlen(text) : 0);
}

struct exchange *exchange_new(const struct exchange *draft)
{
	size_t headers_size = draft->header_count * sizeof(*draft->headers);
	size_t certs_size = draft->certificate_count * sizeof(*draft->certificates);
	struct exchange *exchange =
		xmalloc(sizeof(*exchange) + certs_size + headers_size + strings_size(draft));
	struct certificate *certs = (struct certificate *)(exchange + 1);
	struct exchange_header *headers = (struct exchange_header *)(certs + draft->certificate_count);
	char *at = (char *)(headers + draft->header_count);

	_Static_assert(alignof(struct certificate) <= alignof(struct exchange), "layout");
	_Static_assert(alignof(struct exchange_header) <= alignof(struct certificate), "layout");
	*exchange = *draft;
	exchange->refs = 1;
	exchange->certificates = certs;
	exchange->headers = headers;
	for (size_t i = 0; i < draft->certificate_count; i++) {
		certs[i] = draft->certificates[i];
		certs[i].subject = place_text(&at, certs[i].subject);
		certs[i].issuer = place_text(&at, certs[i].issuer);
		certs[i].names = place_text(&at, certs[i].names);
		certs[i].serial = place_text(&at, certs[i].serial);
	}
	for (size_t i = 0; i < draft->header_count; i++) {
		headers[i].name = place_text(&at, draft->headers[i].name);
		headers[i].value = place_text(&at, draft->headers[i].value);
	}
	exchange->request = place_text(&at, draft->request);
	exchange->peer = place_text(&at, draft->peer);
	exchange->http_version = place_text(&at, draft->http_version);
	exchange->redirected_to = place_text(&at, draft->redirected_to);
	exchange->tls_version = place_text(&at, draft->tls_version);
	exchange->body = place(&at, draft->body, draft->body_len);
	return exchange;
}

struct exchange *exchange_ref(struct exchange *exchange)
{
	if (exchange != NULL)
		exchange->refs++;
	return exchange;
}

void exchange_unref(struct exchange *exchange)
{
	if (exchange != NULL && --exchange->refs == 0)
		free(exchange);
}

const char *exchange_header(const struct exchange *exchange, const char *name)
{
	if (exchange == NULL)
		return NULL;
	for (size_t i = 0; i < exchange->header_count; i++)
		if (strcasecmp(exchange->headers[i].name, name) == 0)
			return exchange->headers[i].value;
	return NULL;
}
