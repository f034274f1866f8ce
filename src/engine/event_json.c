/* One event as one JSON line and back. A line carries its version; a line of a later one is refused
 * with a sentence, an unknown key in a known one is ignored. */
#include "engine/codec.h"
#include "engine/engine.h"

static const char *const kind_names[EVENT_KIND_COUNT] = {
	[EVENT_SAMPLE] = "sample", [EVENT_TICK] = "tick",	    [EVENT_LOG_MATCH] = "log_match",
	[EVENT_ACK] = "ack",	   [EVENT_MUTE] = "mute",	    [EVENT_SILENCE] = "silence",
		    [EVENT_NOTE] = "note",
	[EVENT_RELOAD] = "reload", [EVENT_SUSPENDED] = "suspended", [EVENT_EDGE] = "edge",
};

const char *event_kind_name(enum event_kind kind)
{
	return kind_names[kind];
}

static void write_edge(const struct event *event, struct json_writer *out)
{
	bool of_check = event->as.edge.check_id != 0;

	if (of_check)
		codec_add_id(out, "check", event->as.edge.check_id);
	codec_add_text(out, "from",
		       of_check ? check_state_name((enum check_state)event->as.edge.from)
				: service_state_name((enum service_state)event->as.edge.from));
	codec_add_text(out, "to",
		       of_check ? check_state_name((enum check_state)event->as.edge.to)
				: service_state_name((enum service_state)event->as.edge.to));
	codec_add_text(out, "why", event->as.edge.why);
}

void event_write(const struct event *event, struct json_writer *out)
{
	json_open_map(out);
	codec_add_int(out, "v", EVENT_VERSION);
	codec_add_ns(out, "n", (int64_t)event->number);
	codec_add_ns(out, "mono", event->mono.ns);
	codec_add_ns(out, "wall", event->wall.ns);
	codec_add_text(out, "kind", kind_names[event->kind]);
	if (event->service_id != 0)
		codec_add_id(out, "service", event->service_id);
	switch (event->kind) {
	case EVENT_SAMPLE:
		codec_add_sample(out, "sample", event->as.sample);
		break;
	case EVENT_LOG_MATCH:
		codec_add_match(out, "match", event->as.match);
		break;
	case EVENT_ACK:
	case EVENT_MUTE:
	case EVENT_NOTE:
		codec_add_bool(out, "on", event->as.word.on);
		codec_add_text(out, "who", event->as.word.who);
		codec_add_text(out, "text", event->as.word.text);
		break;
	case EVENT_SILENCE:
		codec_add_ns(out, "until", event->as.silence.until.ns);
		codec_add_text(out, "who", event->as.silence.who);
		codec_add_text(out, "text", event->as.silence.text);
		break;
	case EVENT_RELOAD:
		if (event->as.fleet != NULL)
			codec_add_id(out, "digest", event->as.fleet->digest);
		break;
	case EVENT_EDGE:
		write_edge(event, out);
		break;
	case EVENT_TICK:
	case EVENT_SUSPENDED:
	case EVENT_KIND_COUNT:
		break;
	}
	json_close_map(out);
}

enum event_kind event_kind_find(const char *name)
{
	for (int i = 0; name != NULL && i < EVENT_KIND_COUNT; i++)
		if (strcmp(kind_names[i], name) == 0)
			return (enum event_kind)i;
	return EVENT_KIND_COUNT;
}

static int check_state_of(const char *name)
{
	for (int i = 0; name != NULL && i < CHECK_STATE_COUNT; i++)
		if (strcmp(check_state_name((enum check_state)i), name) == 0)
			return i;
	return CHECK_PENDING;
}

static int service_state_of(const char *name)
{
	for (int i = 0; name != NULL && i < SERVICE_STATE_COUNT; i++)
		if (strcmp(service_state_name((enum service_state)i), name) == 0)
			return i;
	return SERVICE_PENDING;
}

static void read_edge(const struct json *line, struct arena *arena, struct event *event)
{
	const char *from = json_string(json_get(line, "from"));
	const char *to = json_string(json_get(line, "to"));
	const char *why = codec_get_text(line, "why", arena);

	event->as.edge.check_id = codec_get_id(line, "check");
	if (event->as.edge.check_id != 0) {
		event->as.edge.from = check_state_of(from);
		event->as.edge.to = check_state_of(to);
	} else {
		event->as.edge.from = service_state_of(from);
		event->as.edge.to = service_state_of(to);
	}
	event->as.edge.why = why != NULL ? why : "";
}

static bool read_body(const struct json *line, struct arena *arena, struct event *event,
		      struct strbuf *err)
{
	struct log_match *match;

	switch (event->kind) {
	case EVENT_SAMPLE:
		event->as.sample = codec_sample(json_get(line, "sample"), arena);
		if (event->as.sample != NULL)
			return true;
		strbuf_adds(err, "a sample event without its sample");
		return false;
	case EVENT_LOG_MATCH:
		match = arena_alloc(arena, sizeof(*match));
		event->as.match = match;
		if (codec_match(json_get(line, "match"), arena, match))
			return true;
		strbuf_adds(err, "a log event without its line");
		return false;
	case EVENT_ACK:
	case EVENT_MUTE:
	case EVENT_NOTE:
		event->as.word.on = codec_get_bool(line, "on");
		event->as.word.who = codec_get_text(line, "who", arena);
		event->as.word.text = codec_get_text(line, "text", arena);
		return true;
	case EVENT_SILENCE:
		event->as.silence.until.ns = codec_get_ns(line, "until", 0);
		event->as.silence.who = codec_get_text(line, "who", arena);
		event->as.silence.text = codec_get_text(line, "text", arena);
		return true;
	case EVENT_EDGE:
		read_edge(line, arena, event);
		return true;
	case EVENT_TICK:
	case EVENT_RELOAD:
	case EVENT_SUSPENDED:
		return true;
	case EVENT_KIND_COUNT:
		break;
	}
	strbuf_adds(err, "an event of an unknown kind");
	return false;
}

bool event_read(const struct json *line, struct arena *arena, struct event *event,
		struct strbuf *err)
{
	int64_t version = codec_get_ns(line, "v", 0);

	*event = (struct event){.kind = event_kind_find(json_string(json_get(line, "kind")))};
	if (version != EVENT_VERSION) {
		strbuf_addf(err, "an event of version %lld; this program reads %d",
			    (long long)version, EVENT_VERSION);
		return false;
	}
	event->number = (uint64_t)codec_get_int(line, "n", 0, INT64_MAX);
	event->mono.ns = codec_get_ns(line, "mono", 0);
	event->wall.ns = codec_get_ns(line, "wall", 0);
	event->service_id = codec_get_id(line, "service");
	return read_body(line, arena, event, err);
}

void event_release(struct event *event)
{
	if (event->kind == EVENT_SAMPLE && event->as.sample != NULL)
		exchange_unref(event->as.sample->exchange);
}
