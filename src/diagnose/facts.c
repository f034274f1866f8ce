/* Collecting the facts of a polled service. Invariants: a scope's facts come in the order of
 * facts.def's sections, scopes in the order of the case file, so equal cases give equal facts;
 * what was not observed gives no fact. */
#include "base/limits.h"
#include "base/scrub.h"
#include "base/units.h"
#include "diagnose/rule.h"
#include "model/routes.h"

#include <math.h>
#include <strings.h>

#define CUT_LEAST_NS (5 * NS_PER_S)

static const struct fact_info infos[] = {
#define FACT(id, name, type, scope, label, doc) {name, VALUE_##type, FACT_OF_##scope, label, doc},
#include "diagnose/facts.def"
#undef FACT
};

static const char *const names[] = {
#define FACT(id, name, type, scope, label, doc) name,
#include "diagnose/facts.def"
#undef FACT
};

const struct fact_info *fact_info(enum fact_id id)
{
	return &infos[id];
}

enum fact_id fact_find(const char *name, size_t len)
{
	for (size_t i = 0; i < FACT_COUNT; i++) {
		if (strlen(names[i]) == len && memcmp(names[i], name, len) == 0)
			return (enum fact_id)i;
	}
	return FACT_COUNT;
}

const char *const *fact_names(void)
{
	return names;
}

size_t facts_add_scope(struct facts *facts, const struct scope *scope)
{
	vec_push(&facts->scopes, *scope);
	return facts->scopes.len - 1;
}

void facts_add(struct facts *facts, enum fact_id id, size_t scope, struct value value)
{
	struct fact fact = {.id = id, .value = value, .scope = scope};

	vec_push(&facts->list, fact);
	facts->present[id] = true;
}

void facts_add_text(struct facts *facts, enum fact_id id, size_t scope, const char *text)
{
	if (text != NULL && text[0] != '\0')
		facts_add(facts, id, scope, value_string(text));
}

static void add_number(struct facts *facts, enum fact_id id, size_t scope, double number)
{
	facts_add(facts, id, scope, value_number(number));
}

/* Products as their header and error pages name them. */
static const struct {
	const char *mark;
	const char *proxy;
} proxies[] = {
	{"openresty", "nginx"},
	{"nginx", "nginx"},
	{"awselb", "aws-elb"},
	{"cloudflare", "cloudflare"},
	{"envoy", "envoy"},
	{"haproxy", "haproxy"},
	{"no server is available to handle this request", "haproxy"},
	{"traefik", "traefik"},
	{"caddy", "caddy"},
	{"varnish", "varnish"},
	{"apache", "apache"},
	{"proxy error", "apache"},
	{"upstream connect error", "envoy"},
};

void facts_add_proxy(struct facts *facts, size_t scope, const char *server, const char *body,
		     double status)
{
	for (size_t i = 0; i < BASE_LEN(proxies); i++) {
		/* A page that talks about nginx is no proxy; an error page signed by it is. */
		bool signed_page = status >= 400 && body != NULL &&
				   strcasestr(body, proxies[i].mark) != NULL && strlen(body) < 2000;

		if ((server != NULL && strcasestr(server, proxies[i].mark) != NULL) ||
		    signed_page) {
			facts_add_text(facts, FACT_HTTP_PROXY, scope, proxies[i].proxy);
			return;
		}
	}
}

/* Path of an absolute URL, without query; "/" where it has none. */
static const char *url_path(struct arena *arena, const char *url)
{
	const char *host = strstr(url, "://");
	const char *path;

	host = host != NULL ? host + 3 : url;
	path = host + strcspn(host, "/?#");
	return *path == '/' ? arena_strndup(arena, path, strcspn(path, "?#")) : "/";
}

/* The last of the same answers across the proxy: same type, method and path, the other way. */
static const struct case_check *twin_of(const struct case_file *file, const struct case_check *one,
					struct arena *arena)
{
	for (size_t i = 0; i < file->check_count; i++) {
		const struct case_check *other = &file->checks[i];

		if (other->check->via == one->check->via ||
		    other->check->type != one->check->type || other->check->url == NULL ||
		    one->check->url == NULL)
			continue;
		if (strcmp(url_path(arena, other->check->url), url_path(arena, one->check->url)) ==
		    0)
			return other;
	}
	return NULL;
}

static const struct value *find_value(const struct case_check *one, enum subject subject)
{
	for (size_t i = 0; i < one->value_count; i++) {
		if (one->values[i].subject == subject && one->values[i].argument == NULL)
			return &one->values[i].value;
	}
	return NULL;
}

/* What the server's own list says about a route that it answered with "not there". */
static void add_routes(struct facts *facts, size_t scope, const struct value *routes,
		       const char *method, const char *path)
{
	const char *found[ROUTE_SAME + 1] = {NULL};
	size_t best = 0;

	for (size_t i = 0; i < routes->as.list.len; i++) {
		const char *listed = routes->as.list.items[i];
		size_t tail;
		enum route_relation relation = route_compare(listed, method, path, &tail);

		if (relation == ROUTE_SAME_TAIL && tail <= best)
			continue;
		if (relation == ROUTE_SAME_TAIL)
			best = tail;
		found[relation] = listed;
	}
	facts_add_text(facts, FACT_ROUTE_LISTED, scope, found[ROUTE_SAME]);
	facts_add_text(facts, FACT_ROUTE_OTHER_METHOD, scope, found[ROUTE_METHOD_DIFFERS]);
	facts_add_text(facts, FACT_ROUTE_ELSEWHERE, scope, found[ROUTE_SAME_TAIL]);
	if (found[ROUTE_SAME] == NULL && found[ROUTE_METHOD_DIFFERS] == NULL &&
	    found[ROUTE_SAME_TAIL] == NULL)
		facts_add_text(facts, FACT_ROUTE_GONE, scope,
			       arena_printf(facts->arena, "%s %s", method, path));
}

/* "POST /x: served at /y" of an `openapi` check: what its list says about a route that is wanted. */
static void add_missing(struct facts *facts, size_t scope, const struct case_check *one)
{
	const struct value *missing = find_value(one, SUBJECT_MISSING);
	const struct value *routes = find_value(one, SUBJECT_ROUTES);

	if (missing == NULL || missing->type != VALUE_LIST || routes == NULL ||
	    routes->type != VALUE_LIST)
		return;
	for (size_t i = 0; i < missing->as.list.len; i++) {
		const char *item = missing->as.list.items[i];
		const char *blank = strchr(item, ' '), *end = strstr(item, ": ");
		const char *method;

		if (blank == NULL || end == NULL || end < blank)
			continue;
		method = arena_strndup(facts->arena, item, (size_t)(blank - item));
		facts_add_text(facts, FACT_ROUTE_WANTED, scope,
			       arena_strndup(facts->arena, item, (size_t)(end - item)));
		add_routes(facts, scope, routes, method,
			   arena_strndup(facts->arena, blank + 1, (size_t)(end - blank) - 1));
	}
}

/* RFC 9110 section 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT". False for the obsolete forms. */
static bool parse_http_date(const char *text, struct wall_time *at)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct civil_time civil = {0};
	char month[4];
	const char *found;

	if (sscanf(text, "%*3s, %2d %3s %4d %2d:%2d:%2d GMT", &civil.day, month, &civil.year,
		   &civil.hour, &civil.minute, &civil.second) != 6)
		return false;
	found = strstr(months, month);
	if (found == NULL || (found - months) % 3 != 0 || civil.year < 1970 || civil.year > 2200)
		return false;
	civil.month = (int)((found - months) / 3) + 1;
	*at = civil_to_wall(&civil, 0);
	return true;
}

static void add_exchange(struct facts *facts, size_t scope, const struct exchange *exchange,
			 struct wall_time now)
{
	const char *date = exchange_header(exchange, "date");
	struct wall_time theirs;

	facts_add_text(facts, FACT_HTTP_BODY, scope,
		       exchange->body_len > 0 ? exchange->body : NULL);
	if (exchange->body != NULL && exchange->body_len > 0) {
		struct fact_text text = {exchange->body, exchange->body_len, scope};

		vec_push(&facts->texts, text);
	}
	facts_add_proxy(facts, scope, exchange_header(exchange, "server"),
			exchange->body_len > 0 ? exchange->body : NULL, exchange->http_status);
	if (date != NULL && now.ns != 0 && parse_http_date(date, &theirs)) {
		int64_t skew = now.ns > theirs.ns ? now.ns - theirs.ns : theirs.ns - now.ns;

		facts_add(facts, FACT_HTTP_SKEW, scope, value_duration(skew));
	}
	if (exchange->certificate_count > 0) {
		const struct certificate *leaf = &exchange->certificates[0];

		if (now.ns != 0 && leaf->not_after.ns != 0)
			facts_add(facts, FACT_CERT_LEFT, scope,
				  value_duration(leaf->not_after.ns - now.ns));
		facts_add_text(facts, FACT_CERT_NAMES, scope, leaf->names);
		facts_add_text(facts, FACT_CERT_ISSUER, scope, leaf->issuer);
		if (leaf->issuer != NULL && leaf->subject != NULL)
			facts_add(facts, FACT_CERT_SELF_SIGNED, scope,
				  value_bool(strcmp(leaf->issuer, leaf->subject) == 0));
	}
}

/* Who is asked, of `https://user@host:8443/path`: the host, and the port or that of the scheme. */
static void add_authority(struct facts *facts, size_t scope, const char *url)
{
	const char *host = strstr(url, "://");
	const char *end, *colon, *at;
	bool secure = strncmp(url, "https:", 6) == 0 || strncmp(url, "wss:", 4) == 0;
	double port = secure ? 443 : 80;

	if (host == NULL)
		return;
	host += 3;
	end = host + strcspn(host, "/?#");
	while ((at = memchr(host, '@', (size_t)(end - host))) != NULL)
		host = at + 1;
	colon = memrchr(host, ':', (size_t)(end - host));
	if (colon != NULL && memchr(colon, ']', (size_t)(end - colon)) == NULL &&
	    number_parse(colon + 1, (size_t)(end - colon - 1), &port))
		end = colon;
	facts_add_text(facts, FACT_CHECK_HOST, scope,
		       arena_strndup(facts->arena, host, (size_t)(end - host)));
	add_number(facts, FACT_CHECK_PORT, scope, port);
}

static void add_web(struct facts *facts, size_t scope, const struct case_file *file,
		    const struct case_check *one)
{
	const struct check *check = one->check;
	const struct value *status = find_value(one, SUBJECT_STATUS);
	const char *path = url_path(facts->arena, check->url);
	const char *method = check->method != NULL ? check->method : "GET";
	const struct value *routes = NULL;
	double code = status != NULL && status->type == VALUE_NUMBER ? status->as.number : 0;

	/* That a list of routes can be had says nothing about a route. */
	if (code != 0 && (check->type != CHECK_TYPE_OPENAPI || code >= 400))
		add_number(facts, FACT_HTTP_STATUS, scope, code);
	facts_add_text(facts, FACT_HTTP_METHOD, scope, method);
	facts_add_text(facts, FACT_HTTP_PATH, scope, path);
	if (code == 404 || code == 405 || code == 410) {
		facts_add_text(facts, FACT_ROUTE_WANTED, scope,
			       arena_printf(facts->arena, "%s %s", method, path));
		/* Any check of the service may have brought the list. */
		for (size_t i = 0; i < file->check_count && routes == NULL; i++)
			routes = find_value(&file->checks[i], SUBJECT_ROUTES);
		if (routes != NULL && routes->type == VALUE_LIST)
			add_routes(facts, scope, routes, method, path);
	}
	status = find_value(one, SUBJECT_SIBLING_STATUS);
	if (status != NULL && status->type == VALUE_NUMBER)
		add_number(facts, FACT_SIBLING_STATUS, scope, status->as.number);
}

/* The facts that are a subject's value as it was measured. */
static const struct {
	enum subject subject;
	enum fact_id fact;
} measured[] = {
#define FACT(id, name, type, scope, label, doc)
#define MEASURED(id, name, type, subject, label, doc) {SUBJECT_##subject, FACT_##id},
#include "diagnose/facts.def"
#undef FACT
};

static void add_measured(struct facts *facts, size_t scope, const struct case_check *one)
{
	for (size_t i = 0; i < BASE_LEN(measured); i++) {
		const struct value *value = find_value(one, measured[i].subject);

		if (value == NULL)
			continue;
		if (value->type != VALUE_LIST)
			facts_add(facts, measured[i].fact, scope, *value);
		for (size_t j = 0; value->type == VALUE_LIST && j < value->as.list.len; j++)
			facts_add_text(facts, measured[i].fact, scope, value->as.list.items[j]);
	}
}

/* A WebSocket that was cut without a close frame after a while: an idle time-out has a round number of
 * seconds; what ends at once is something else. */
static void add_cut(struct facts *facts, size_t scope, const struct case_check *one)
{
	const struct value *code = find_value(one, SUBJECT_CLOSE_CODE);
	const struct value *open = find_value(one, SUBJECT_OPEN_FOR);

	if (code != NULL && open != NULL && code->type == VALUE_NUMBER && code->as.number == 1006 &&
	    open->type == VALUE_DURATION && open->as.duration_ns >= CUT_LEAST_NS)
		add_number(facts, FACT_CLOSES_AFTER, scope,
			   round((double)open->as.duration_ns / (double)NS_PER_S));
}

/* Who was asked by a dns check, whose target is a name: `127.0.0.1:53`, `[::1]:53`. */
static void add_name_server(struct facts *facts, size_t scope, const char *peer)
{
	const char *colon = strrchr(peer, ':');
	size_t bracket = peer[0] == '[';
	double port;

	if (colon == NULL || colon <= peer + 2 * bracket ||
	    !number_parse(colon + 1, strlen(colon + 1), &port))
		return;
	facts_add_text(facts, FACT_CHECK_HOST, scope,
		       arena_strndup(facts->arena, peer + bracket,
				     (size_t)(colon - peer) - 2 * bracket));
	add_number(facts, FACT_CHECK_PORT, scope, port);
}

/* What a command check runs, as a shell takes it. */
static void add_command(struct facts *facts, size_t scope, const struct check *check)
{
	struct strbuf line, shown;

	strbuf_init(&line, LIMIT_CONFIG_SCALAR);
	strbuf_init(&shown, LIMIT_CONFIG_SCALAR);
	for (size_t i = 0; i < check->word_count; i++) {
		if (i > 0)
			strbuf_addc(&line, ' ');
		shell_quote(&line, check->words[i]);
	}
	scrub(&shown, line.data, line.len, SCRUB_LINE);
	facts_add_text(facts, FACT_COMMAND_LINE, scope,
		       arena_strndup(facts->arena, shown.data, shown.len));
	strbuf_release(&line);
	strbuf_release(&shown);
}

static void add_check(struct facts *facts, const struct case_file *file,
		      const struct case_check *one)
{
	const struct check *check = one->check;
	const struct value *latency = find_value(one, SUBJECT_LATENCY);
	const struct case_check *twin = twin_of(file, one, facts->arena);
	struct scope scope = {
		.kind = FACT_OF_CHECK,
		.evidence = EVIDENCE_CHECK,
		.source = arena_printf(facts->arena, "check %s", check->name),
		.check_id = check->id,
		.at = file->now,
		.exchange = one->exchange,
	};
	size_t at = facts_add_scope(facts, &scope);

	facts_add_text(facts, FACT_CHECK_TYPE, at, check_type_info(check->type)->name);
	facts_add_text(facts, FACT_CHECK_STATE, at, check_state_name(one->state));
	facts_add_text(facts, FACT_CHECK_TARGET, at, check->target);
	if (check->url != NULL && check->unix_path == NULL) {
		add_authority(facts, at, check->url);
	} else if (check->type == CHECK_TYPE_DNS) {
		if (one->exchange != NULL && one->exchange->peer != NULL)
			add_name_server(facts, at, one->exchange->peer);
	} else {
		facts_add_text(facts, FACT_CHECK_HOST, at, check->host);
		if (check->port > 0)
			add_number(facts, FACT_CHECK_PORT, at, check->port);
	}
	if (one->failure != FAILURE_NONE) {
		facts_add_text(facts, FACT_CHECK_FAILURE, at, failure_name(one->failure));
		if (one->failed_phase < PHASE_COUNT)
			facts_add_text(facts, FACT_CHECK_PHASE, at, phase_name(one->failed_phase));
	}
	facts_add_text(facts, FACT_CHECK_MESSAGE, at, one->message);
	facts_add_text(facts, FACT_CHECK_VIA, at, check->via == VIA_DIRECT ? "direct" : "url");
	if (twin != NULL && check->via == VIA_URL)
		facts_add_text(facts, FACT_CHECK_DIRECT, at, check_state_name(twin->state));
	if (latency != NULL && latency->type == VALUE_DURATION) {
		facts_add(facts, FACT_LATENCY, at, *latency);
		if (one->state == CHECK_FAIL)
			add_number(facts, FACT_FAILS_AFTER, at,
				   (double)latency->as.duration_ns / (double)NS_PER_S);
	}
	if (check->word_count > 0)
		add_command(facts, at, check);
	if (check->url != NULL)
		add_web(facts, at, file, one);
	add_missing(facts, at, one);
	add_measured(facts, at, one);
	add_cut(facts, at, one);
	if (one->exchange != NULL)
		add_exchange(facts, at, one->exchange, file->now);
}

/* What a container check measured is about the service, whether the check passes or not. */
static void add_container(struct facts *facts, const struct case_file *file,
			  const struct case_check *one)
{
	static const struct {
		enum subject subject;
		enum fact_id fact;
	} told[] = {
		{SUBJECT_STATE, FACT_CONTAINER_STATE},
		{SUBJECT_EXIT_CODE, FACT_CONTAINER_EXIT},
		{SUBJECT_REASON, FACT_CONTAINER_REASON},
		{SUBJECT_OOM_KILLED, FACT_CONTAINER_OOM},
		{SUBJECT_RESTARTS, FACT_CONTAINER_RESTARTS},
		{SUBJECT_RESTART_RATE, FACT_CONTAINER_RESTART_RATE},
		{SUBJECT_HEALTH_OUTPUT, FACT_CONTAINER_HEALTH_OUTPUT},
		{SUBJECT_IMAGE, FACT_CONTAINER_IMAGE},
		{SUBJECT_IMAGE_AGE, FACT_CONTAINER_IMAGE_AGE},
		{SUBJECT_REVISION, FACT_CONTAINER_REVISION},
	};
	const struct value *health = find_value(one, SUBJECT_HEALTH);
	size_t first = facts->list.len,
	       cited = facts_add_scope(facts,
				       &(struct scope){.kind = FACT_OF_NONE,
						       .evidence = EVIDENCE_CHECK,
						       .check_id = one->check->id,
						       .source = arena_printf(facts->arena,
									      "check %s",
									      one->check->name),
						       .at = file->now});

	facts_add_text(facts, FACT_CONTAINER_NAME, 0, one->check->target);
	for (size_t i = 0; i < BASE_LEN(told); i++) {
		const struct value *value = find_value(one, told[i].subject);

		if (value != NULL && value->type == fact_info(told[i].fact)->type)
			facts_add(facts, told[i].fact, 0, *value);
	}
	/* Documents call an unhealthy container's state so. */
	if (health != NULL && health->type == VALUE_STRING &&
	    strcmp(health->as.string.bytes, "unhealthy") == 0)
		facts_add(facts, FACT_CONTAINER_STATE, 0, *health);
	for (size_t i = first; i < facts->list.len; i++)
		facts->list.at[i].cited = cited;
}

static void add_dependency(struct facts *facts, const struct case_file *file,
			   const struct case_dependency *one)
{
	/* As for `caused_by`: a parent's edge may be seen up to two intervals after the child's. */
	int64_t slack =
		file->service->check_count > 0 ? 2 * file->service->checks[0]->interval_ns : 0;
	struct scope scope = {
		.kind = FACT_OF_DEPENDENCY,
		.evidence = EVIDENCE_DEPENDENCY,
		.source = arena_printf(facts->arena, "dependency %s", one->service->name),
		.service_id = one->service->id,
		.at = one->since,
	};
	size_t at = facts_add_scope(facts, &scope);

	facts_add_text(facts, FACT_DEPENDENCY_NAME, at, one->service->name);
	facts_add_text(facts, FACT_DEPENDENCY_STATE, at, service_state_name(one->state));
	facts_add_text(facts, FACT_DEPENDENCY_WHY, at, one->why);
	facts_add_text(facts, FACT_DEPENDENCY_CAUSE, at, one->top_cause);
	facts_add(facts, FACT_DEPENDENCY_EXTERNAL, at, value_bool(one->service->external));
	facts_add(facts, FACT_DEPENDENCY_FIRST, at,
		  value_bool(file->since.ns == 0 || one->since.ns <= file->since.ns + slack));
}

static void collect_service(struct facts *facts, const struct case_file *file)
{
	size_t failing = 0, passing = 0;

	facts_add_text(facts, FACT_VANTAGE, 0, "live");
	facts_add_text(facts, FACT_SERVICE_NAME, 0, file->service->name);
	if (file->service->url != NULL)
		facts_add_text(facts, FACT_SERVICE_URL, 0, file->service->url);
	facts_add_text(facts, FACT_SERVICE_STATE, 0, service_state_name(file->state));
	if (file->since.ns != 0 && file->now.ns >= file->since.ns)
		facts_add(facts, FACT_SERVICE_AGE, 0,
			  value_duration(file->now.ns - file->since.ns));
	facts_add(facts, FACT_SERVICE_EXTERNAL, 0, value_bool(file->service->external));
	for (size_t i = 0; i < file->check_count; i++) {
		failing += file->checks[i].state == CHECK_FAIL;
		passing += file->checks[i].state == CHECK_PASS;
	}
	add_number(facts, FACT_CHECKS_FAILING, 0, (double)failing);
	add_number(facts, FACT_CHECKS_PASSING, 0, (double)passing);
	for (size_t i = 0; i < file->check_count; i++) {
		const struct case_check *one = &file->checks[i];

		if (one->state == CHECK_PASS || one->state == CHECK_WARN)
			facts_add_text(facts, FACT_PASSING_TYPE, 0,
				       check_type_info(one->check->type)->name);
		if (one->check->type == CHECK_TYPE_CONTAINER)
			add_container(facts, file, one);
	}
	for (size_t i = 0; i < file->check_count; i++) {
		if (file->checks[i].state != CHECK_PASS && file->checks[i].state != CHECK_PENDING)
			add_check(facts, file, &file->checks[i]);
	}
	for (size_t i = 0; i < file->dependency_count; i++)
		add_dependency(facts, file, &file->dependencies[i]);
}

void facts_collect(struct facts *facts, const struct case_file *file, struct arena *arena)
{
	struct scope whole = {.kind = FACT_OF_CASE,
			      .evidence = EVIDENCE_DOCUMENT,
			      .source = "service"};

	*facts = (struct facts){.arena = arena};
	if (file->service == NULL)
		whole.source = "document";
	facts_add_scope(facts, &whole);
	if (file->service != NULL)
		collect_service(facts, file);
	facts_collect_document(facts, file);
}

void facts_release(struct facts *facts)
{
	vec_release(&facts->list);
	vec_release(&facts->scopes);
	vec_release(&facts->texts);
}

const struct fact *facts_get(const struct facts *facts, enum fact_id id, size_t scope)
{
	for (size_t i = 0; i < facts->list.len; i++) {
		const struct fact *fact = &facts->list.at[i];

		if (fact->id == id && (scope == SIZE_MAX || fact->scope == scope))
			return fact;
	}
	return NULL;
}

const char *facts_header(const struct facts *facts, size_t scope, const char *name, bool *known)
{
	const struct exchange *exchange = facts->scopes.at[scope].exchange;

	*known = exchange != NULL && exchange->http_status != 0;
	if (*known)
		return exchange_header(exchange, name);
	for (size_t i = 0; i < facts->list.len; i++) {
		const struct fact *fact = &facts->list.at[i];

		if (fact->id == FACT_HTTP_HEADER && fact->scope == scope &&
		    strcasecmp(fact->argument, name) == 0) {
			*known = true;
			return fact->value.type == VALUE_STRING ? fact->value.as.string.bytes
								: NULL;
		}
	}
	return NULL;
}
