/* Is it them or is it us? Either the fleet names observers, and all of them fail, but for those whose
 * own question could not be put; or three hosts in a row of at most one interval gave nothing but errors
 * of this machine, with no answer from anywhere outside it in between. Loopback speaks neither for nor
 * against the network. */
#include "engine/state.h"

#include "base/digest.h"

/* Errors that say "this host's network", not "this check's file or permission". */
static bool is_network_local(enum failure failure)
{
	return failure == FAILURE_NO_ROUTE || failure == FAILURE_NO_FAMILY ||
	       failure == FAILURE_RESOLVER || failure == FAILURE_NO_DESCRIPTORS;
}

/* The host that a check talks to, without its port; "" where it is none. */
static const char *host_of(const struct check *check, size_t *len)
{
	const char *start, *at;

	*len = 0;
	if (check->unix_path != NULL)
		return "";
	if (check->url == NULL) {
		start = check->host != NULL ? check->host : "";
		*len = strlen(start);
		return start;
	}
	start = strstr(check->url, "://");
	start = start != NULL ? start + 3 : check->url;
	*len = strcspn(start, "/?#");
	for (at = start; at < start + *len; at++)
		if (*at == '@') {
			*len -= (size_t)(at + 1 - start);
			start = at + 1;
		}
	if (start[0] == '[') {
		const char *end = memchr(start, ']', *len);

		*len = end != NULL ? (size_t)(end - start - 1) : *len - 1;
		return start + 1;
	}
	at = memchr(start, ':', *len);
	if (at != NULL)
		*len = (size_t)(at - start);
	return start;
}

static bool is_loopback(const char *host, size_t len)
{
	return len == 0 || (len >= 4 && memcmp(host, "127.", 4) == 0) ||
	       (len == 3 && memcmp(host, "::1", 3) == 0) ||
	       (len == 9 && memcmp(host, "localhost", 9) == 0);
}

/* True where three hosts failed locally within the last interval. */
static bool note_local_error(struct engine *engine, uint64_t host)
{
	int64_t now = engine_time(engine);
	int64_t interval =
		engine->fleet->interval_ns > 0 ? engine->fleet->interval_ns : 10 * NS_PER_S;
	struct local_host *place = &engine->local_hosts[0];
	size_t recent = 0;

	for (size_t i = 0; i < LOCAL_HOSTS; i++) {
		struct local_host *known = &engine->local_hosts[i];

		if (known->host == host) {
			place = known;
			break;
		}
		if (known->at_ns < place->at_ns || known->host == 0)
			place = known;
		if (known->host == 0)
			break;
	}
	*place = (struct local_host){.host = host, .at_ns = now};
	for (size_t i = 0; i < LOCAL_HOSTS; i++)
		recent += engine->local_hosts[i].host != 0 &&
			  now - engine->local_hosts[i].at_ns <= interval;
	return recent == LOCAL_HOSTS;
}

void observer_note(struct engine *engine, const struct check_node *node,
		   const struct sample *sample)
{
	size_t len;
	const char *host = host_of(node->check, &len);

	if (is_loopback(host, len))
		return;
	if (is_network_local(sample->failure)) {
		if (note_local_error(engine, digest_fast(host, len) | 1))
			engine->offline_by_errors = true;
	} else if (!failure_is_local(sample->failure)) {
		memset(engine->local_hosts, 0, sizeof(engine->local_hosts));
		engine->offline_by_errors = false;
	}
}

enum word {
	WORD_ONLINE,
	WORD_OFFLINE,
	WORD_NONE, /* its own question could not be put: no socket, no permission */
};

/* What an observer says of this host: by its newest answer, or by its state. After a sleep the
 * newest is nobody's word yet, and doubt stays. */
static enum word word_of(const struct check_node *node, bool newest)
{
	enum failure failure = (enum failure)node->failure;

	switch (newest ? node->series.last : node->series.state) {
	case CHECK_FAIL:
		return WORD_OFFLINE;
	case CHECK_UNKNOWN:
		if (is_network_local(failure) || (newest && failure == FAILURE_SUSPENDED))
			return WORD_OFFLINE;
		return failure_is_local(failure) ? WORD_NONE : WORD_ONLINE;
	default:
		return WORD_ONLINE;
	}
}

static bool all_observers(const struct engine *engine, bool newest)
{
	bool offline = false;

	for (size_t i = 0; i < engine->observer_count; i++)
		switch (word_of(&engine->observers[i], newest)) {
		case WORD_ONLINE:
			return false;
		case WORD_OFFLINE:
			offline = true;
			break;
		case WORD_NONE:
			break;
		}
	return offline;
}

bool observer_doubts(const struct engine *engine)
{
	return engine->offline || all_observers(engine, true);
}

void observer_settle(struct engine *engine)
{
	bool offline = engine->offline_by_errors || all_observers(engine, false);

	if (offline == engine->offline)
		return;
	engine->offline = offline;
	engine_log(engine, EVENT_EDGE, 0, 0, engine->wall,
		   offline ? "this host is offline" : "this host is online again");
	/* That one line stands for all of them: a fleet's worth would push out everything else. */
	engine->quiet = true;
	engine_settle_all(engine);
	engine->quiet = false;
}
