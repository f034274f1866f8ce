/* `openapi`: reads the server's own list of routes and compares it with those that are wanted and with an
 * older list: a file, or what the server said before it changed. A document is read on a worker, and only
 * where its bytes changed; lists are compared only where one of them is another. Invariant: at most one reading is under way; what a cancelled one finds is
 * thrown away. See run.h. */
#include "probe/openapi_compare.h"
#include "probe/run.h"

#include "base/digest.h"
#include "base/limits.h"
#include "base/userinfo.h"

#include <errno.h>

#define VALUES_MAX (5 + PROBE_CERT_VALUES)
/* A change of the list is told for so long; then it is how things are. */
#define CHANGE_TOLD_NS (3600 * NS_PER_S)
#define NAMED_MAX 3 /* routes that a sentence names */

struct wanted_list VEC_OF(struct wanted_route);

/* A document, and the file to compare with where that is not read yet; on a worker. */
struct reading {
	struct openapi_probe *probe; /* NULL: nobody waits any more */
	struct net_job *job;
	char *body;
	size_t len;
	char *file;                  /* NULL: none */
	struct routes *routes, *reference;
	struct strbuf err, file_err; /* why either is NULL */
};

struct route_list {
	const char **at;
	size_t count;
};

/* What came of comparing these two; all is the probe's own. */
struct comparison {
	struct routes *routes, *reference; /* NULL: nothing is compared yet */
	struct route_list missing, appeared, vanished;
	struct arena arena;
};

struct openapi_probe {
	struct probe probe;
	struct http_target *target;
	struct http_run *run;
	struct reading *reading;
	struct wanted_list wanted;   /* strings in `names` or the fleet's */
	struct arena names;
	uint64_t digest;             /* of the document that `routes` is of */
	struct routes *routes;       /* NULL before the first good answer */
	struct routes *reference;
	struct comparison compared;
	struct wall_time seen;       /* when the reference was last the server's own list */
	struct mono_time changed;
	/* The answer while its document is read. */
	struct sample answer;
	struct sample_value certs[PROBE_CERT_VALUES];
	size_t cert_count;
	struct arena arena;          /* of this run */
	int status;
	struct exchange *exchange;
};

/* --- what is wanted ----------------------------------------------------------------------- */

/* Whoever asks: a route that may write is asked without the user of its service's URL. */
static bool same_origin(const char *a, const char *b)
{
	char *x = userinfo_drop(a), *y = userinfo_drop(b);
	size_t len = (size_t)(url_path(x) - x);
	bool same = (size_t)(url_path(y) - y) == len && strncmp(x, y, len) == 0;

	free(x);
	free(y);
	return same;
}

static bool same_socket(const struct check *a, const struct check *b)
{
	if (a->unix_path == NULL || b->unix_path == NULL)
		return a->unix_path == b->unix_path;
	return strcmp(a->unix_path, b->unix_path) == 0;
}

/* The path behind what the service's own URL has; the path itself where that is another. */
static const char *inner_path(const struct service *service, const char *path)
{
	const char *base = service->url != NULL ? url_path(service->url) : "";
	size_t len = strlen(base);

	while (len != 0 && base[len - 1] == '/')
		len--;
	return strncmp(path, base, len) == 0 && path[len] == '/' ? path + len : path;
}

static void want(struct openapi_probe *openapi, const char *method, const char *path)
{
	const struct check *check = openapi->probe.check;
	struct wanted_route route = {.method = method};

	route.path = arena_strndup(&openapi->names, path, strcspn(path, "?#"));
	route.inner = inner_path(check->service, route.path);
	vec_push(&openapi->wanted, route);
}

static void want_written(struct openapi_probe *openapi, const char *const *routes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t len = strcspn(routes[i], " /");
		char *method = arena_strndup(&openapi->names, len != 0 ? routes[i] : "GET",
					     len != 0 ? len : 3);

		for (char *at = method; *at != '\0'; at++)
			if (*at >= 'a' && *at <= 'z')
				*at = (char)(*at - 'a' + 'A');
		want(openapi, method, routes[i] + len + strspn(routes[i] + len, " "));
	}
}

/* What the service's own `route` checks ask of the same server, the same way. */
static void want_routes(struct openapi_probe *openapi)
{
	const struct check *check = openapi->probe.check;

	for (size_t i = 0; check->service != NULL && i < check->service->check_count; i++) {
		const struct check *other = check->service->checks[i];

		if (other->type == CHECK_TYPE_ROUTE && other->url != NULL && other->via == check->via &&
		    other->instance == check->instance && strcmp(other->method, "OPTIONS") != 0 &&
		    same_socket(other, check) && same_origin(other->url, check->url))
			want(openapi, other->method, url_path(other->url));
	}
}

static void forget_comparison(struct comparison *compared)
{
	routes_unref(compared->routes);
	routes_unref(compared->reference);
	arena_release(&compared->arena);
	*compared = (struct comparison){0};
	arena_init(&compared->arena);
}

static void read_wanted(struct openapi_probe *openapi)
{
	size_t count;
	const char *const *routes = check_texts(openapi->probe.check, CHECK_KEY_ROUTES, &count);

	forget_comparison(&openapi->compared);
	openapi->wanted.len = 0;
	arena_release(&openapi->names);
	arena_init(&openapi->names);
	if (routes != NULL)
		want_written(openapi, routes, count);
	else
		want_routes(openapi);
}

/* --- what came ---------------------------------------------------------------------------- */

static void add_list(struct sample *sample, struct sample_value *values, enum subject subject,
		     struct route_list list)
{
	if (list.count != 0)
		values[sample->value_count++] = (struct sample_value){
			.subject = subject, .value = {.type = VALUE_LIST, .as.list = {list.at, list.count}}};
}

static void add_names(struct strbuf *said, struct route_list list)
{
	for (size_t i = 0; i < list.count && i < NAMED_MAX; i++)
		strbuf_addf(said, "%s%s", i != 0 ? ", " : "", list.at[i]);
	if (list.count > NAMED_MAX)
		strbuf_addf(said, " and %zu more", list.count - NAMED_MAX);
}

/* "POST /api/x: served at /x" for each wanted route that is not there. */
static struct route_list find_missing(struct openapi_probe *openapi, struct arena *arena)
{
	struct route_list missing = {arena_array(arena, openapi->wanted.len, sizeof(*missing.at)), 0};
	struct strbuf where;

	strbuf_init(&where, PROBE_RAW);
	for (size_t i = 0; i < openapi->wanted.len; i++) {
		const struct wanted_route *route = &openapi->wanted.at[i];

		strbuf_reset(&where);
		if (!openapi_has(openapi->routes, route, &where))
			missing.at[missing.count++] =
				arena_printf(arena, "%s %s: %s", route->method, route->path, where.data);
	}
	strbuf_release(&where);
	return missing;
}

/* What was found is kept for as long as both lists are the same objects, which never change. */
static const struct comparison *compare(struct openapi_probe *openapi)
{
	struct comparison *compared = &openapi->compared;

	if (compared->routes == openapi->routes && compared->reference == openapi->reference)
		return compared;
	forget_comparison(compared);
	compared->routes = routes_ref(openapi->routes);
	compared->reference = routes_ref(openapi->reference);
	compared->missing = find_missing(openapi, &compared->arena);
	if (openapi->routes != openapi->reference) {
		compared->appeared.at = openapi_lacking(openapi->routes, openapi->reference, &compared->arena,
							&compared->appeared.count);
		compared->vanished.at = openapi_lacking(openapi->reference, openapi->routes, &compared->arena,
							&compared->vanished.count);
	}
	return compared;
}

static void say_change(const struct openapi_probe *openapi, struct strbuf *said)
{
	size_t appeared = openapi->compared.appeared.count, vanished = openapi->compared.vanished.count;
	const char *file = check_text(openapi->probe.check, CHECK_KEY_FILE, NULL);
	struct civil_time civil = civil_from_wall(openapi->seen, 0);

	if (appeared == 0 && vanished == 0)
		return;
	strbuf_adds(said, said->len != 0 ? "; " : "has changed: ");
	if (appeared != 0)
		strbuf_addf(said, "%zu route%s appeared%s", appeared, appeared == 1 ? "" : "s",
			    vanished != 0 ? ", " : "");
	if (vanished != 0)
		strbuf_addf(said, "%zu %svanished", vanished,
			    appeared != 0 ? "" : vanished == 1 ? "route " : "routes ");
	if (file != NULL)
		strbuf_addf(said, " against %s", file);
	else
		strbuf_addf(said, " since %02d:%02d UTC", civil.hour, civil.minute);
	if (vanished != 0)
		strbuf_adds(said, ": ");
	add_names(said, openapi->compared.vanished);
}

/* The judged end: the lists, and one sentence of what is wrong with them. */
static void conclude(struct openapi_probe *openapi)
{
	struct sample_value values[VALUES_MAX];
	struct sample *sample = &openapi->answer;
	const struct comparison *compared = compare(openapi);
	struct strbuf said, message;

	strbuf_init(&said, PROBE_RAW);
	strbuf_init(&message, LIMIT_MESSAGE);
	sample->values = values;
	sample->exchange = openapi->exchange;
	values[sample->value_count++] = (struct sample_value){
		.subject = SUBJECT_STATUS, .value = value_number(openapi->status)};
	add_list(sample, values, SUBJECT_ROUTES, (struct route_list){openapi->routes->at, openapi->routes->count});
	add_list(sample, values, SUBJECT_MISSING, compared->missing);
	add_list(sample, values, SUBJECT_APPEARED, compared->appeared);
	add_list(sample, values, SUBJECT_VANISHED, compared->vanished);
	for (size_t i = 0; i < openapi->cert_count; i++)
		values[sample->value_count++] = openapi->certs[i];
	if (compared->missing.count != 0)
		strbuf_adds(&said, "lacks ");
	add_names(&said, compared->missing);
	say_change(openapi, &said);
	if (said.len != 0) {
		probe_sentence(&openapi->probe, said.data, &message);
		sample->message = message.data;
	}
	probe_finish(&openapi->probe, sample);
	strbuf_release(&said);
	strbuf_release(&message);
}

/* An answer that is no document. */
static void refuse(struct openapi_probe *openapi, enum failure failure, const char *said)
{
	struct sample_value values[1 + PROBE_CERT_VALUES];
	struct sample *sample = &openapi->answer;
	struct strbuf message;

	strbuf_init(&message, LIMIT_MESSAGE);
	probe_sentence(&openapi->probe, said, &message);
	sample->failure = failure;
	sample->refused = openapi->status != 0 && (openapi->status < 200 || openapi->status > 299);
	sample->refused_as = SUBJECT_STATUS;
	if (sample->failed_phase == PHASE_NONE && openapi->status != 0)
		sample->failed_phase = PHASE_RECEIVE;
	sample->message = message.data;
	sample->values = values;
	sample->exchange = openapi->exchange;
	if (openapi->status != 0)
		values[sample->value_count++] = (struct sample_value){
			.subject = SUBJECT_STATUS, .value = value_number(openapi->status)};
	for (size_t i = 0; i < openapi->cert_count; i++)
		values[sample->value_count++] = openapi->certs[i];
	probe_finish(&openapi->probe, sample);
	strbuf_release(&message);
}

/* --- reading ------------------------------------------------------------------------------ */

static void read_file(struct reading *reading)
{
	FILE *file = fopen(reading->file, "re");
	struct strbuf bytes;
	char chunk[4096];
	size_t len;

	if (file == NULL) {
		strbuf_addf(&reading->file_err, "cannot be opened: %s", strerror(errno));
		return;
	}
	strbuf_init(&bytes, LIMIT_OPENAPI);
	while ((len = fread(chunk, 1, sizeof(chunk), file)) != 0)
		strbuf_add(&bytes, chunk, len);
	if (ferror(file))
		strbuf_addf(&reading->file_err, "cannot be read: %s", strerror(errno));
	else if (bytes.truncated)
		strbuf_adds(&reading->file_err, "is larger than 4 MB");
	else
		reading->reference = routes_read(bytes.data, bytes.len, &reading->file_err);
	(void)fclose(file);
	strbuf_release(&bytes);
}

static void work(void *context, const struct net_job *job)
{
	struct reading *reading = context;

	if (net_job_cancelled(job))
		return;
	reading->routes = routes_read(reading->body, reading->len, &reading->err);
	if (reading->file != NULL)
		read_file(reading);
}

static bool same_routes(struct openapi_probe *openapi, const struct routes *a, const struct routes *b)
{
	size_t only_a, only_b;

	(void)openapi_lacking(a, b, &openapi->arena, &only_a);
	(void)openapi_lacking(b, a, &openapi->arena, &only_b);
	return only_a == 0 && only_b == 0;
}

static bool lacks_wanted(const struct openapi_probe *openapi, const struct routes *routes)
{
	struct strbuf where;
	bool lacks = false;

	strbuf_init(&where, PROBE_RAW);
	for (size_t i = 0; i < openapi->wanted.len && !lacks; i++) {
		strbuf_reset(&where);
		lacks = !openapi_has(routes, &openapi->wanted.at[i], &where);
	}
	strbuf_release(&where);
	return lacks;
}

/* Takes over what was read. Without a file, the list before a change is the reference for a while, unless
 * it was a broken one that is mended now; once the server lists the same again, nothing has changed. */
static void take(struct openapi_probe *openapi, struct reading *reading)
{
	bool back = openapi->reference != NULL &&
		    same_routes(openapi, reading->routes, openapi->reference);

	routes_unref(openapi->routes);
	openapi->routes = routes_ref(back ? openapi->reference : reading->routes);
	openapi->digest = digest_fast(reading->body, reading->len);
	openapi->changed = net_now(openapi->probe.prober->net);
	if (reading->reference != NULL) {
		routes_unref(openapi->reference);
		openapi->reference = routes_ref(reading->reference);
	} else if (openapi->reference == NULL ||
		   (check_text(openapi->probe.check, CHECK_KEY_FILE, NULL) == NULL &&
		    lacks_wanted(openapi, openapi->reference) &&
		    !lacks_wanted(openapi, openapi->routes))) {
		routes_unref(openapi->reference);
		openapi->reference = routes_ref(openapi->routes);
	}
}

/* As long as nothing differs, or after the time for which a change is told, the list is its own reference. */
static void settle_reference(struct openapi_probe *openapi)
{
	struct mono_time now = net_now(openapi->probe.prober->net);

	if (check_text(openapi->probe.check, CHECK_KEY_FILE, NULL) != NULL)
		return;
	if (openapi->reference != openapi->routes && now.ns - openapi->changed.ns > CHANGE_TOLD_NS) {
		routes_unref(openapi->reference);
		openapi->reference = routes_ref(openapi->routes);
	}
	if (openapi->reference == openapi->routes)
		openapi->seen = clock_wall();
}

static void on_read(void *context, bool cancelled)
{
	struct reading *reading = context;
	struct openapi_probe *openapi = reading->probe;
	char *said = NULL;

	if (openapi != NULL && !cancelled) {
		CHECK_MAGIC(&openapi->probe, PROBE_MAGIC);
		openapi->reading = NULL;
		if (reading->file != NULL && reading->reference == NULL) {
			said = xasprintf("has nothing to compare with: the file %s %s", reading->file,
					 reading->file_err.data);
			refuse(openapi, FAILURE_CONFIG, said);
		} else if (reading->routes == NULL) {
			said = xasprintf("has no document: the answer %s", reading->err.data);
			refuse(openapi, FAILURE_PROTOCOL, said);
		} else {
			take(openapi, reading);
			settle_reference(openapi);
			conclude(openapi);
		}
	}
	free(said);
	routes_unref(reading->routes);
	routes_unref(reading->reference);
	strbuf_release(&reading->err);
	strbuf_release(&reading->file_err);
	free(reading->body);
	free(reading->file);
	free(reading);
}

static void start_reading(struct openapi_probe *openapi, const struct http_result *result)
{
	const char *file = check_text(openapi->probe.check, CHECK_KEY_FILE, NULL);
	struct reading *reading = xcalloc(1, sizeof(*reading));

	reading->probe = openapi;
	reading->body = xmemdup(result->body != NULL ? result->body : "", result->body_len + 1);
	reading->len = result->body_len;
	strbuf_init(&reading->err, PROBE_RAW);
	strbuf_init(&reading->file_err, PROBE_RAW);
	if (file != NULL && openapi->reference == NULL)
		reading->file = xstrdup(file);
	openapi->reading = reading;
	reading->job = net_job_start(openapi->probe.prober->net, work, on_read, reading);
}

static void drop_reading(struct openapi_probe *openapi)
{
	if (openapi->reading == NULL)
		return;
	openapi->reading->probe = NULL;
	net_job_cancel(openapi->reading->job);
	openapi->reading = NULL;
}

/* --- the answer --------------------------------------------------------------------------- */

/* True where the status is one that comes without a document; `said` gets what that means. */
static bool is_refused(int status, enum failure *failure, struct strbuf *said)
{
	if (status >= 200 && status <= 299)
		return false;
	*failure = FAILURE_SERVER;
	strbuf_addf(said, "answered %d in place of the document", status);
	if (status == 401 || status == 403) {
		*failure = FAILURE_CREDENTIALS;
		strbuf_adds(said, "; it wants credentials: check auth of this service");
	} else if (status == 404 || status == 410) {
		strbuf_adds(said, "; other usual paths are /openapi.json, /v3/api-docs and /swagger.json");
	}
	return true;
}

static void on_done(void *context, struct http_run *run, const struct http_result *result)
{
	struct openapi_probe *openapi = context;
	enum failure failure = FAILURE_NONE;
	struct strbuf said;

	CHECK_MAGIC(&openapi->probe, PROBE_MAGIC);
	openapi->run = NULL;
	openapi->status = result->status;
	openapi->answer = (struct sample){.failed_phase = result->failed_phase,
					  .latency_ns = result->latency_ns,
					  .phases = result->phases};
	arena_release(&openapi->arena);
	arena_init(&openapi->arena);
	openapi->cert_count = probe_cert_values(result->certs, result->cert_count, openapi->certs,
						&openapi->arena);
	exchange_unref(openapi->exchange);
	openapi->exchange = http_evidence(run, result, probe_redactor(&openapi->probe));
	strbuf_init(&said, PROBE_RAW);
	if (result->failure != FAILURE_NONE) {
		refuse(openapi, result->failure, result->message);
	} else if (is_refused(result->status, &failure, &said)) {
		refuse(openapi, failure, said.data);
	} else if (result->body_cut) {
		refuse(openapi, FAILURE_TOO_LARGE, "has a document that is larger than 4 MB");
	} else if (openapi->routes == NULL || openapi->reference == NULL ||
		   openapi->digest != digest_fast(result->body, result->body_len)) {
		start_reading(openapi, result);
	} else {
		settle_reference(openapi);
		conclude(openapi);
	}
	strbuf_release(&said);
}

/* --- life --------------------------------------------------------------------------------- */

static struct http_options options_of(const struct probe *probe)
{
	struct http_options options = probe_http_options(probe, "GET");

	options.follow = LIMIT_REDIRECTS;
	options.body_max = LIMIT_OPENAPI;
	return options;
}

static void start(struct probe *probe)
{
	struct openapi_probe *openapi = (struct openapi_probe *)probe;

	if (openapi->target == NULL) {
		struct http_options options = options_of(probe);
		struct strbuf err;

		strbuf_init(&err, LIMIT_MESSAGE);
		read_wanted(openapi);
		openapi->target = http_target_new(probe->prober->net, &options, &err);
		if (openapi->target == NULL)
			probe_fail_soon(probe, FAILURE_CONFIG, err.data);
		strbuf_release(&err);
		if (openapi->target == NULL)
			return;
	}
	openapi->run = http_start(openapi->target, probe_time_left(probe), on_done, openapi);
}

static void cancel(struct probe *probe)
{
	struct openapi_probe *openapi = (struct openapi_probe *)probe;

	if (openapi->run != NULL)
		http_cancel(openapi->run);
	openapi->run = NULL;
	drop_reading(openapi);
}

/* Another load may bring other `route` checks, and another file at the same path. */
static void rebind(struct probe *probe)
{
	struct openapi_probe *openapi = (struct openapi_probe *)probe;
	struct http_options options = options_of(probe);

	if (openapi->target == NULL)
		return;
	http_target_rebind(openapi->target, &options);
	read_wanted(openapi);
	if (check_text(probe->check, CHECK_KEY_FILE, NULL) != NULL) {
		routes_unref(openapi->reference);
		openapi->reference = NULL;
	}
}

static void release(struct probe *probe)
{
	struct openapi_probe *openapi = (struct openapi_probe *)probe;

	drop_reading(openapi);
	http_target_free(openapi->target);
	routes_unref(openapi->routes);
	routes_unref(openapi->reference);
	exchange_unref(openapi->exchange);
	forget_comparison(&openapi->compared);
	vec_release(&openapi->wanted);
	arena_release(&openapi->names);
	arena_release(&openapi->arena);
}

const struct probe_type probe_openapi = {
	.size = sizeof(struct openapi_probe),
	.start = start,
	.cancel = cancel,
	.rebind = rebind,
	.release = release,
};
