/* The fold: one event at a time changes the fleet as it stands. See engine.h. */
#include "engine/state.h"

#include "base/utf8.h"

int64_t engine_time(const struct engine *engine)
{
	return engine->mono.ns + engine->slept_ns;
}

struct service_node *engine_service(const struct engine *engine, uint64_t service_id)
{
	return idmap_get(engine->by_service, service_id);
}

void engine_emit(struct engine *engine, const struct event *event)
{
	struct event numbered = *event;

	numbered.number = ++engine->number;
	if (engine->options.on_event != NULL)
		engine->options.on_event(engine->options.context, &numbered);
}

/* --- timeline -------------------------------------------------------------------------------- */

static struct timeline_node *timeline_place(struct engine *engine)
{
	struct timeline_node *place;

	if (engine->timeline_len == engine->timeline_cap &&
	    engine->timeline_cap < LIMIT_EVENTS_KEPT) {
		size_t cap = engine->timeline_cap != 0 ? engine->timeline_cap * 2 : 64;

		/* Still in order from 0: the ring turns only once it is as large as it may be. */
		engine->timeline = xreallocarray(engine->timeline, cap, sizeof(*engine->timeline));
		engine->timeline_cap = cap;
		engine->timeline_at = engine->timeline_len;
	}
	place = &engine->timeline[engine->timeline_at];
	engine->timeline_at = (engine->timeline_at + 1) % engine->timeline_cap;
	if (engine->timeline_len < engine->timeline_cap)
		engine->timeline_len++;
	else
		free(place->text);
	return place;
}

void engine_log(struct engine *engine, enum event_kind kind, uint64_t service_id, uint64_t check_id,
		struct wall_time at, const char *text)
{
	size_t len = utf8_valid_len(text, strlen(text)); /* a ceiling may have halved a character */

	*timeline_place(engine) = (struct timeline_node){.at = at,
							 .service_id = service_id,
							 .check_id = check_id,
							 .kind = kind,
							 .text = xstrndup(text, len)};
	engine->dirty = true;
}

/* --- life ------------------------------------------------------------------------------------ */

struct engine *engine_new(struct fleet *fleet, struct ruleset *rules, struct mono_time mono,
			  struct wall_time wall, const struct engine_options *options)
{
	struct engine *engine = xcalloc(1, sizeof(*engine));

	if (options != NULL)
		engine->options = *options;
	engine->mono = mono;
	engine->wall = engine->watched_since = wall;
	engine->awake_since.ns = INT64_MIN;
	engine->shown_slot = -1;
	engine->rules = rules != NULL ? ruleset_ref(rules) : NULL;
	engine_load_fleet(engine, fleet);
	return engine;
}

void engine_free(struct engine *engine)
{
	if (engine == NULL)
		return;
	engine_unload(engine);
	ruleset_unref(engine->rules);
	for (size_t i = 0; i < engine->timeline_len; i++)
		free(engine->timeline[i].text);
	free(engine->timeline);
	free(engine);
}

bool engine_dirty(const struct engine *engine)
{
	return engine->dirty || engine_time(engine) / engine->slot_ns != engine->shown_slot;
}

/* --- words of people ------------------------------------------------------------------------- */

static void take_word(struct engine *engine, const struct event *event)
{
	struct service_node *node = engine_service(engine, event->service_id);
	const char *who = event->as.word.who != NULL ? event->as.word.who : "";
	const char *words = event->as.word.text != NULL ? event->as.word.text : "";
	static const char *const verbs[][2] = {{"gave it back", "took it"},
					       {"unmuted it", "muted it"}};
	struct strbuf text;

	if (node == NULL && event->service_id != 0)
		return;
	strbuf_init(&text, LIMIT_MESSAGE);
	strbuf_adds(&text, who);
	if (event->kind != EVENT_NOTE)
		strbuf_addf(&text, "%s%s", who[0] != '\0' ? " " : "",
			    verbs[event->kind == EVENT_MUTE][event->as.word.on]);
	if (words[0] != '\0')
		strbuf_addf(&text, "%s%s", text.len != 0 ? ": " : "", words);
	engine_log(engine, event->kind, event->service_id, 0, event->wall, text.data);
	strbuf_release(&text);
	if (node == NULL)
		return;
	if (event->kind == EVENT_ACK) {
		free(node->acked_by);
		free(node->ack_text);
		node->acked_by = event->as.word.on ? xstrdup(who) : NULL;
		node->ack_text = event->as.word.on ? xstrdup(words) : NULL;
	} else if (event->kind == EVENT_MUTE) {
		node->muted = event->as.word.on;
	}
}

/* A silence as Alertmanager has it: the newest word about its end counts. */
static void take_silence(struct engine *engine, const struct event *event)
{
	struct service_node *node = engine_service(engine, event->service_id);
	const char *who = event->as.silence.who != NULL ? event->as.silence.who : "";
	const char *words = event->as.silence.text != NULL ? event->as.silence.text : "";
	bool was = node != NULL && node->silenced_until.ns != 0;
	bool is = event->as.silence.until.ns > event->wall.ns;
	struct strbuf text;

	if (node == NULL)
		return;
	node->silenced_until.ns = is ? event->as.silence.until.ns : 0;
	if (was != is) {
		strbuf_init(&text, LIMIT_MESSAGE);
		strbuf_addf(&text, "alertmanager%s%s", is && who[0] != '\0' ? ", " : "", is ? who : "");
		strbuf_addf(&text, " %s%s%s", is ? "muted it" : "unmuted it",
			    is && words[0] != '\0' ? ": " : "", is ? words : "");
		engine_log(engine, EVENT_SILENCE, event->service_id, 0, event->wall, text.data);
		strbuf_release(&text);
	}
	service_settle(engine, node, engine->wall);
}

/* --- sleep ----------------------------------------------------------------------------------- */

/* Neither did anything fail in that time, nor was anything seen: a gap in the strips, and every answer
 * gets its time anew. */
static void wake_up(struct engine *engine, int64_t slept_ns)
{
	int64_t slot;

	engine->slept_ns += slept_ns > 0 ? slept_ns : 0;
	engine->awake_since = engine->mono;
	memset(engine->local_hosts, 0, sizeof(engine->local_hosts));
	slot = engine_time(engine) / engine->slot_ns;
	for (size_t i = 0; i < engine->check_count; i++)
		engine->checks[i].answered_ns = engine_time(engine);
	for (size_t i = 0; i < engine->observer_count; i++)
		engine->observers[i].answered_ns = engine_time(engine);
	for (size_t i = 0; i < engine->service_count; i++) {
		strip_advance(&engine->services[i].strip, slot, HISTORY_NONE);
		engine->services[i].measures_dirty = true;
		engine->services[i].deadline_ns = 0;
	}
	engine->deadline_ns = 0;
	engine_log(engine, EVENT_SUSPENDED, 0, 0, engine->wall, "this machine slept");
	engine_pass_time(engine);
}

/* --- the fold -------------------------------------------------------------------------------- */

void engine_apply(struct engine *engine, const struct event *event)
{
	int64_t slept = 0;

	if (event->kind == EVENT_EDGE)
		return; /* a consequence of the others, never a cause */
	if (event->kind == EVENT_SUSPENDED)
		slept = (event->wall.ns - engine->wall.ns) - (event->mono.ns - engine->mono.ns);
	if (event->mono.ns > engine->mono.ns)
		engine->mono = event->mono;
	if (event->wall.ns != 0)
		engine->wall = event->wall;
	engine_emit(engine, event);
	switch (event->kind) {
	case EVENT_SAMPLE:
		engine_take_sample(engine, event->as.sample);
		break;
	case EVENT_LOG_MATCH:
		engine_take_match(engine, event->service_id, event->as.match);
		break;
	case EVENT_ACK:
	case EVENT_MUTE:
	case EVENT_NOTE:
		take_word(engine, event);
		break;
	case EVENT_SILENCE:
		take_silence(engine, event);
		break;
	case EVENT_RELOAD:
		if (event->as.fleet != NULL) /* a recording has none */
			engine_load_fleet(engine, event->as.fleet);
		engine_log(engine, EVENT_RELOAD, 0, 0, event->wall, "the fleet was read again");
		break;
	case EVENT_SUSPENDED:
		wake_up(engine, slept);
		break;
	case EVENT_TICK:
	case EVENT_EDGE:
	case EVENT_KIND_COUNT:
		break;
	}
	engine_pass_time(engine);
	engine_settle_cases(engine, event->kind);
}
