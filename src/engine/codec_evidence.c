/* Evidence as JSON: exchanges, log matches, diagnoses. See codec.h. */
#include "engine/codec.h"

#include "base/limits.h"

/* --- exchanges ------------------------------------------------------------------------------- */

static void add_certificate(struct json_writer *out, const struct certificate *cert)
{
	json_open_map(out);
	codec_add_text(out, "subject", cert->subject);
	codec_add_text(out, "issuer", cert->issuer);
	codec_add_text(out, "names", cert->names);
	codec_add_text(out, "serial", cert->serial);
	codec_add_ns(out, "not_before", cert->not_before.ns);
	codec_add_ns(out, "not_after", cert->not_after.ns);
	json_close_map(out);
}

void codec_add_headers(struct json_writer *out, const struct exchange_header *headers, size_t count)
{
	json_add_key(out, "headers");
	json_open_list(out);
	for (size_t i = 0; i < count; i++) {
		json_open_list(out);
		json_add_string(out, headers[i].name);
		json_add_string(out, headers[i].value);
		json_close_list(out);
	}
	json_close_list(out);
}

void codec_add_exchange(struct json_writer *out, const char *key, const struct exchange *exchange)
{
	json_add_key(out, key);
	json_open_map(out);
	codec_add_text(out, "request", exchange->request);
	codec_add_text(out, "peer", exchange->peer);
	codec_add_text(out, "http_version", exchange->http_version);
	codec_add_int(out, "http_status", exchange->http_status);
	codec_add_bool(out, "reused", exchange->reused);
	codec_add_headers(out, exchange->headers, exchange->header_count);
	if (exchange->body != NULL) {
		json_add_key(out, "body");
		json_add_bytes(out, exchange->body, exchange->body_len);
	}
	codec_add_ns(out, "body_size", (int64_t)exchange->body_size);
	codec_add_bool(out, "body_cut", exchange->body_cut);
	codec_add_text(out, "redirected_to", exchange->redirected_to);
	codec_add_text(out, "tls_version", exchange->tls_version);
	json_add_key(out, "certificates");
	json_open_list(out);
	for (size_t i = 0; i < exchange->certificate_count; i++)
		add_certificate(out, &exchange->certificates[i]);
	json_close_list(out);
	json_close_map(out);
}

const struct exchange_header *codec_get_headers(const struct json *map, struct arena *arena, size_t *count)
{
	const struct json *list = json_get(map, "headers");
	struct exchange_header *headers;

	*count = 0;
	if (list == NULL)
		return NULL;
	headers = arena_array(arena, json_len(list), sizeof(*headers));
	for (const struct json *pair = json_first(list); pair != NULL; pair = json_next(pair)) {
		const char *name = json_string(json_first(pair));
		const char *value = json_string(json_next(json_first(pair)));

		headers[(*count)++] =
			(struct exchange_header){arena_strdup(arena, name != NULL ? name : ""),
						 arena_strdup(arena, value != NULL ? value : "")};
	}
	return headers;
}

static void get_certificates(struct exchange *draft, const struct json *list, struct arena *scratch)
{
	struct certificate *certs = arena_array(scratch, json_len(list), sizeof(*certs));

	for (const struct json *one = json_first(list); one != NULL; one = json_next(one))
		certs[draft->certificate_count++] = (struct certificate){
			.subject = codec_get_text(one, "subject", scratch),
			.issuer = codec_get_text(one, "issuer", scratch),
			.names = codec_get_text(one, "names", scratch),
			.serial = codec_get_text(one, "serial", scratch),
			.not_before = {codec_get_ns(one, "not_before", 0)},
			.not_after = {codec_get_ns(one, "not_after", 0)},
		};
	draft->certificates = certs;
}

struct exchange *codec_exchange(const struct json *value, struct arena *scratch)
{
	struct exchange draft = {0};

	if (json_type(value) != JSON_MAP)
		return NULL;
	draft.request = json_string(json_get(value, "request"));
	draft.peer = json_string(json_get(value, "peer"));
	draft.http_version = json_string(json_get(value, "http_version"));
	draft.http_status = (int)codec_get_int(value, "http_status", 0, 999);
	draft.reused = codec_get_bool(value, "reused");
	draft.body = json_string(json_get(value, "body"));
	draft.body_len = draft.body != NULL ? strlen(draft.body) : 0;
	draft.body_size = (uint64_t)codec_get_int(value, "body_size", 0, INT64_MAX);
	draft.body_cut = codec_get_bool(value, "body_cut");
	draft.redirected_to = json_string(json_get(value, "redirected_to"));
	draft.tls_version = json_string(json_get(value, "tls_version"));
	draft.headers = codec_get_headers(value, scratch, &draft.header_count);
	get_certificates(&draft, json_get(value, "certificates"), scratch);
	return exchange_new(&draft);
}

/* --- log matches ----------------------------------------------------------------------------- */

void codec_add_match(struct json_writer *out, const char *key, const struct log_match *match)
{
	json_add_key(out, key);
	json_open_map(out);
	codec_add_int(out, "pattern", (int64_t)match->pattern);
	codec_add_id(out, "source", match->source);
	codec_add_ns(out, "line", (int64_t)match->number);
	codec_add_ns(out, "time", match->time.ns);
	codec_add_int(out, "level", (int64_t)match->level);
	json_add_key(out, "text");
	json_add_bytes(out, match->text, match->len);
	json_add_key(out, "captures");
	json_open_list(out);
	for (size_t i = 0; i < match->captures.groups; i++) {
		const struct span *span = &match->captures.group[i];
		bool taken = span->start != SIZE_MAX;

		json_add_int(out, taken ? (int64_t)span->start : -1);
		json_add_int(out, taken ? (int64_t)span->end : -1);
	}
	json_close_list(out);
	json_close_map(out);
}

bool codec_match(const struct json *value, struct arena *arena, struct log_match *match)
{
	const struct json *item = json_first(json_get(value, "captures"));

	*match = (struct log_match){0};
	match->text = codec_get_text(value, "text", arena);
	if (match->text == NULL)
		return false;
	match->len = strlen(match->text);
	match->pattern = (size_t)codec_get_int(value, "pattern", 0, INT32_MAX);
	match->source = codec_get_id(value, "source");
	match->number = (uint64_t)codec_get_int(value, "line", 0, INT64_MAX);
	match->time.ns = codec_get_ns(value, "time", 0);
	match->level = (enum log_level)codec_get_int(value, "level", 0, LOG_LEVEL_COUNT - 1);
	while (item != NULL && match->captures.groups < PATTERN_GROUPS) {
		int64_t start = codec_ns(item, -1);
		int64_t end = codec_ns(json_next(item), -1);
		struct span *span = &match->captures.group[match->captures.groups++];

		*span = (struct span){SIZE_MAX, SIZE_MAX};
		if (start >= 0 && start <= end && end <= (int64_t)match->len)
			*span = (struct span){(size_t)start, (size_t)end};
		item = json_next(item) != NULL ? json_next(json_next(item)) : NULL;
	}
	return true;
}

/* --- diagnoses ------------------------------------------------------------------------------- */

static void add_evidence(struct json_writer *out, const struct evidence *evidence)
{
	json_open_map(out);
	codec_add_int(out, "kind", (int64_t)evidence->kind);
	codec_add_text(out, "source", evidence->source);
	codec_add_text(out, "text", evidence->text);
	json_add_key(out, "weight");
	json_add_number(out, evidence->weight);
	codec_add_id(out, "check", evidence->check_id);
	codec_add_id(out, "service", evidence->service_id);
	codec_add_id(out, "log", evidence->log_source);
	codec_add_ns(out, "line", (int64_t)evidence->log_line);
	codec_add_ns(out, "at", evidence->at.ns);
	json_close_map(out);
}

static void add_step(struct json_writer *out, const struct remedy_step *step)
{
	json_open_map(out);
	codec_add_text(out, "text", step->text);
	if (step->argv != NULL)
		json_add_strings(out, "argv", step->argv, step->argc);
	codec_add_text(out, "command", step->command);
	codec_add_int(out, "risk", (int64_t)step->risk);
	json_close_map(out);
}

void codec_add_diagnosis(struct json_writer *out, const struct diagnosis *diagnosis)
{
	json_open_map(out);
	codec_add_text(out, "id", diagnosis->id);
	codec_add_text(out, "title", diagnosis->title);
	json_add_key(out, "confidence");
	json_add_number(out, diagnosis->confidence);
	codec_add_text(out, "explanation", diagnosis->explanation);
	json_add_key(out, "evidence");
	json_open_list(out);
	for (size_t i = 0; i < diagnosis->evidence_count; i++)
		add_evidence(out, &diagnosis->evidence[i]);
	json_close_list(out);
	json_add_key(out, "steps");
	json_open_list(out);
	for (size_t i = 0; i < diagnosis->step_count; i++)
		add_step(out, &diagnosis->steps[i]);
	json_close_list(out);
	json_add_strings(out, "verify", diagnosis->verify, diagnosis->verify_count);
	json_add_strings(out, "links", diagnosis->links, diagnosis->link_count);
	codec_add_text(out, "runbook", diagnosis->runbook);
	json_close_map(out);
}

static const char *const *get_texts(const struct json *list, struct arena *arena, size_t *count)
{
	const char **texts = arena_array(arena, json_len(list) + 1, sizeof(*texts));

	*count = 0;
	for (const struct json *one = json_first(list); one != NULL; one = json_next(one))
		if (json_string(one) != NULL)
			texts[(*count)++] = arena_strdup(arena, json_string(one));
	return texts;
}

static const struct evidence *get_evidence(const struct json *list, struct arena *arena,
					   size_t *count)
{
	struct evidence *all = arena_array(arena, json_len(list), sizeof(*all));

	*count = 0;
	for (const struct json *one = json_first(list); one != NULL; one = json_next(one))
		all[(*count)++] = (struct evidence){
			.kind = (enum evidence_kind)codec_get_int(one, "kind", 0,
								  EVIDENCE_DOCUMENT),
			.source = codec_get_text(one, "source", arena),
			.text = codec_get_text(one, "text", arena),
			.weight = json_number(json_get(one, "weight"), 0),
			.check_id = codec_get_id(one, "check"),
			.service_id = codec_get_id(one, "service"),
			.log_source = codec_get_id(one, "log"),
			.log_line = (uint64_t)codec_get_int(one, "line", 0, INT64_MAX),
			.at = {codec_get_ns(one, "at", 0)},
		};
	return all;
}

static const struct remedy_step *get_steps(const struct json *list, struct arena *arena,
					   size_t *count)
{
	struct remedy_step *all = arena_array(arena, json_len(list), sizeof(*all));

	*count = 0;
	for (const struct json *one = json_first(list); one != NULL; one = json_next(one)) {
		const struct json *argv = json_get(one, "argv");
		struct remedy_step *step = &all[(*count)++];

		step->text = codec_get_text(one, "text", arena);
		if (argv != NULL)
			step->argv = get_texts(argv, arena, &step->argc);
		step->command = codec_get_text(one, "command", arena);
		step->risk = (enum risk)codec_get_int(one, "risk", 0, RISK_COUNT - 1);
	}
	return all;
}

static const char *text_or_empty(const struct json *map, const char *key, struct arena *arena)
{
	const char *text = codec_get_text(map, key, arena);

	return text != NULL ? text : "";
}

void codec_diagnosis(const struct json *value, struct arena *arena, struct diagnosis *diagnosis)
{
	*diagnosis = (struct diagnosis){
		.id = text_or_empty(value, "id", arena),
		.title = text_or_empty(value, "title", arena),
		.confidence = json_number(json_get(value, "confidence"), 0),
		.explanation = text_or_empty(value, "explanation", arena),
		.runbook = codec_get_text(value, "runbook", arena),
	};
	diagnosis->evidence =
		get_evidence(json_get(value, "evidence"), arena, &diagnosis->evidence_count);
	diagnosis->steps = get_steps(json_get(value, "steps"), arena, &diagnosis->step_count);
	diagnosis->verify = get_texts(json_get(value, "verify"), arena, &diagnosis->verify_count);
	diagnosis->links = get_texts(json_get(value, "links"), arena, &diagnosis->link_count);
}
