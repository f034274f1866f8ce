/* libyaml's events -> the node tree. Invariants: every node knows its place (from 1); keys are
 * texts and unique; an alias shares the node it names, so that a "billion laughs" file costs no
 * memory, and what it would unroll to is counted against LIMIT_CONFIG_NODES all the same. The
 * only file that knows libyaml. YAML 1.1 as libyaml reads it; `<<` as yaml.org/type/merge. */
#include "config/yaml.h"

#include "base/limits.h"
#include "base/map.h"
#include "base/vec.h"
#include "config/config.h"

#include <yaml.h>

#define TAG_PREFIX "tag:yaml.org,2002:"
/* Maps with more keys look for duplicates by hashing. */
#define SMALL_MAP 16

/* A list or map that is still open; its children are `children[first..]`, keys and values in
 * turn. `weight` counts its nodes with aliases unrolled. */
struct frame {
	struct node *node;
	size_t first;
	size_t weight;
	const char *anchor;
};
/* What an anchor names. */
struct anchored {
	struct node *node;
	size_t weight;
};
struct child {
	struct node *node;
	size_t weight;
};

struct reader {
	yaml_parser_t parser;
	struct arena *arena;
	const char *file;
	struct diags *diags;
	struct map *anchors;
	struct frame_vec VEC_OF(struct frame) frames;
	struct child_vec VEC_OF(struct child) children;
	struct node *root;
	size_t documents;
	bool failed;
};

static struct srcpos pos_of(const struct reader *reader, const yaml_mark_t *mark)
{
	return (struct srcpos){
		.file = reader->file,
		.line = (int)mark->line + 1,
		.col = (int)mark->column + 1,
	};
}

static void fail(struct reader *reader, struct srcpos pos, const char *sentence)
{
	diags_add(reader->diags, DIAG_ERROR, pos, "%s", sentence);
	reader->failed = true;
}

static struct node *node_new(struct reader *reader, enum node_kind kind, const yaml_mark_t *mark)
{
	struct node *node = arena_alloc(reader->arena, sizeof(*node));

	node->kind = kind;
	node->pos = pos_of(reader, mark);
	return node;
}

static bool in_key_place(const struct reader *reader)
{
	const struct frame *frame;

	if (reader->frames.len == 0)
		return false;
	frame = &reader->frames.at[reader->frames.len - 1];
	return frame->node->kind == NODE_MAP && (reader->children.len - frame->first) % 2 == 0;
}

static void remember_anchor(struct reader *reader, const char *name, struct node *node,
			    size_t weight)
{
	struct anchored *anchored = arena_alloc(reader->arena, sizeof(*anchored));

	*anchored = (struct anchored){.node = node, .weight = weight};
	map_put(reader->anchors, name, anchored);
}

/* Hands a finished node to the list or map around it. */
static void deliver(struct reader *reader, struct node *node, size_t weight)
{
	struct frame *frame;

	if (reader->frames.len == 0) {
		reader->root = node;
		return;
	}
	if (in_key_place(reader) && node->kind != NODE_SCALAR) {
		diags_add(reader->diags, DIAG_ERROR, node->pos, "a key must be a text, not %s%s",
			  node_kind_name(node->kind),
			  node->kind == NODE_MAP ? "; quote a value that begins with '{{'" : "");
		reader->failed = true;
		return;
	}
	vec_push(&reader->children, ((struct child){.node = node, .weight = weight}));
	frame = &reader->frames.at[reader->frames.len - 1];
	frame->weight += weight;
	if (frame->weight > LIMIT_CONFIG_NODES)
		fail(reader, node->pos, "aliases unroll to too many values");
}

/* Tags say a type that this program does not take from YAML; `!!str` alone means "a text". */
static bool tag_is_text(struct reader *reader, const yaml_char_t *tag, const yaml_mark_t *mark)
{
	static const char *const known[] = {"map", "seq", "int", "float", "bool", "null"};
	const char *text = (const char *)tag;

	if (text == NULL)
		return false;
	if (strcmp(text, TAG_PREFIX "str") == 0 || strcmp(text, "!") == 0)
		return true;
	for (size_t i = 0; i < BASE_LEN(known); i++) {
		if (strncmp(text, TAG_PREFIX, strlen(TAG_PREFIX)) == 0 &&
		    strcmp(text + strlen(TAG_PREFIX), known[i]) == 0)
			return false;
	}
	diags_add(reader->diags, DIAG_ERROR, pos_of(reader, mark),
		  "the tag '%.80s' means nothing here", text);
	reader->failed = true;
	return false;
}

static void on_scalar(struct reader *reader, const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;
	size_t len = event->data.scalar.length;
	struct node *node = node_new(reader, NODE_SCALAR, &event->start_mark);

	if (len > LIMIT_CONFIG_SCALAR) {
		fail(reader, node->pos, "this text is longer than 256 KB");
		return;
	}
	if (memchr(text, '\0', len) != NULL) {
		fail(reader, node->pos, "a text cannot hold a NUL byte");
		return;
	}
	node->text = arena_strndup(reader->arena, text, len);
	node->text_len = (uint32_t)len;
	node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	if (tag_is_text(reader, event->data.scalar.tag, &event->start_mark))
		node->quoted = true;
	if (event->data.scalar.anchor != NULL)
		remember_anchor(reader, (const char *)event->data.scalar.anchor, node, 1);
	deliver(reader, node, 1);
}

static void on_alias(struct reader *reader, const yaml_event_t *event)
{
	const char *name = (const char *)event->data.alias.anchor;
	const struct anchored *anchored = map_get(reader->anchors, name);

	if (anchored == NULL) {
		diags_add(reader->diags, DIAG_ERROR, pos_of(reader, &event->start_mark),
			  "'*%.80s' names no anchor above it", name);
		reader->failed = true;
		return;
	}
	deliver(reader, anchored->node, anchored->weight);
}

static void on_open(struct reader *reader, enum node_kind kind, const yaml_char_t *anchor,
		    const yaml_char_t *tag, const yaml_mark_t *mark)
{
	(void)tag_is_text(reader, tag, mark);
	if (reader->frames.len >= LIMIT_CONFIG_DEPTH) {
		fail(reader, pos_of(reader, mark), "lists and maps are nested too deeply here");
		return;
	}
	vec_push(&reader->frames,
		 ((struct frame){
			 .node = node_new(reader, kind, mark),
			 .first = reader->children.len,
			 .weight = 1,
			 .anchor = anchor != NULL
					   ? arena_strdup(reader->arena, (const char *)anchor)
					   : NULL,
		 }));
}

static bool is_merge(const struct node *key)
{
	return !key->quoted && key->text_len == 2 && memcmp(key->text, "<<", 2) == 0;
}

/* A map under construction: room for all it may get, and where to look for a key. */
struct keys {
	struct node *map;
	struct map *index; /* key -> its node; NULL while linear search is faster */
};

static struct node *keys_find(const struct keys *keys, const struct node *key)
{
	if (keys->index != NULL)
		return map_get(keys->index, key->text);
	for (size_t i = 0; i < keys->map->len; i++) {
		if (keys->map->keys[i]->text_len == key->text_len &&
		    memcmp(keys->map->keys[i]->text, key->text, key->text_len) == 0)
			return keys->map->keys[i];
	}
	return NULL;
}

static void keys_add(struct keys *keys, struct node *key, struct node *value)
{
	keys->map->keys[keys->map->len] = key;
	keys->map->items[keys->map->len] = value;
	keys->map->len++;
	if (keys->index != NULL)
		map_put(keys->index, key->text, key);
}

/* `<<: *a` or `<<: [*a, *b]`: keys that are not there yet, the first map wins. */
static void merge_into(struct reader *reader, struct keys *keys, const struct node *from)
{
	if (from->kind == NODE_LIST) {
		for (size_t i = 0; i < from->len; i++) {
			if (from->items[i]->kind == NODE_LIST) {
				diags_add(reader->diags, DIAG_ERROR, from->items[i]->pos,
					  "'<<' wants a map, got a list");
				continue;
			}
			merge_into(reader, keys, from->items[i]);
		}
		return;
	}
	if (from->kind != NODE_MAP) {
		diags_add(reader->diags, DIAG_ERROR, from->pos, "'<<' wants a map, got %s",
			  node_kind_name(from->kind));
		return;
	}
	for (size_t i = 0; i < from->len; i++) {
		if (keys_find(keys, from->keys[i]) == NULL)
			keys_add(keys, from->keys[i], from->items[i]);
	}
}

static size_t merged_len(const struct node *from)
{
	size_t len = from->kind == NODE_MAP ? from->len : 0;

	for (size_t i = 0; from->kind == NODE_LIST && i < from->len; i++)
		len += from->items[i]->kind == NODE_MAP ? from->items[i]->len : 0;
	return len;
}

static void close_map(struct reader *reader, struct node *node, const struct child *children,
		      size_t count)
{
	size_t room = 0;
	struct keys keys = {.map = node};

	for (size_t i = 0; i + 1 < count; i += 2)
		room += is_merge(children[i].node) ? merged_len(children[i + 1].node) : 1;
	node->keys = arena_array(reader->arena, room, sizeof(struct node *));
	node->items = arena_array(reader->arena, room, sizeof(struct node *));
	if (room > SMALL_MAP)
		keys.index = map_new();
	for (size_t i = 0; i + 1 < count; i += 2) {
		const struct node *before;

		if (is_merge(children[i].node))
			continue;
		before = keys_find(&keys, children[i].node);
		if (before == NULL)
			keys_add(&keys, children[i].node, children[i + 1].node);
		else
			diags_add(reader->diags, DIAG_ERROR, children[i].node->pos,
				  "the key '%.80s' is here twice; the first is in line %d",
				  before->text, before->pos.line);
	}
	for (size_t i = 0; i + 1 < count; i += 2) {
		if (is_merge(children[i].node))
			merge_into(reader, &keys, children[i + 1].node);
	}
	if (keys.index != NULL)
		map_free(keys.index);
}

static void on_close(struct reader *reader)
{
	struct frame frame = reader->frames.at[--reader->frames.len];
	const struct child *children = &reader->children.at[frame.first];
	size_t count = reader->children.len - frame.first;
	struct node *node = frame.node;

	if (node->kind == NODE_LIST) {
		node->len = (uint32_t)count;
		node->items = arena_array(reader->arena, count, sizeof(struct node *));
		for (size_t i = 0; i < count; i++)
			node->items[i] = children[i].node;
	} else {
		close_map(reader, node, children, count);
	}
	reader->children.len = frame.first;
	if (frame.anchor != NULL)
		remember_anchor(reader, frame.anchor, node, frame.weight);
	deliver(reader, node, frame.weight);
}

static void on_event(struct reader *reader, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (++reader->documents > 1)
			fail(reader, pos_of(reader, &event->start_mark),
			     "a second YAML document begins here; a file holds one");
		break;
	case YAML_SCALAR_EVENT:
		on_scalar(reader, event);
		break;
	case YAML_ALIAS_EVENT:
		on_alias(reader, event);
		break;
	case YAML_SEQUENCE_START_EVENT:
		on_open(reader, NODE_LIST, event->data.sequence_start.anchor,
			event->data.sequence_start.tag, &event->start_mark);
		break;
	case YAML_MAPPING_START_EVENT:
		on_open(reader, NODE_MAP, event->data.mapping_start.anchor,
			event->data.mapping_start.tag, &event->start_mark);
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		on_close(reader);
		break;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		break;
	}
}

/* The place of a byte that libyaml could not even decode: it gives an offset alone. */
static yaml_mark_t mark_of_offset(const char *bytes, size_t len, size_t offset)
{
	yaml_mark_t mark = {0};

	for (size_t i = 0; i < offset && i < len; i++) {
		mark.column++;
		if (bytes[i] == '\n') {
			mark.line++;
			mark.column = 0;
		}
	}
	return mark;
}

/* The byte that libyaml stumbled over, NUL past the end. */
static char byte_at(const char *bytes, size_t len, const yaml_mark_t *mark)
{
	return mark->index < len ? bytes[mark->index] : '\0';
}

/* True where one of the lines `from`..`to` (from 0) holds these two bytes. */
static bool lines_hold(const char *bytes, size_t len, const char *two, size_t from, size_t to)
{
	size_t line = 0;

	for (size_t i = 0; i + 1 < len && line <= to; i++) {
		if (line >= from && bytes[i] == two[0] && bytes[i + 1] == two[1])
			return true;
		if (bytes[i] == '\n')
			line++;
	}
	return false;
}

/* The useful place: an unclosed `[` or quote is noticed at the end of the file, but begun at the
 * context mark; a block goes wrong at the problem mark and may have begun pages above. */
static void syntax_error(struct reader *reader, const char *bytes, size_t len)
{
	const yaml_parser_t *parser = &reader->parser;
	yaml_mark_t problem = parser->problem_mark;
	const char *sentence = parser->problem != NULL ? parser->problem : "no YAML";
	yaml_mark_t mark;
	const char *hint = "";

	if (parser->error == YAML_READER_ERROR)
		problem = mark_of_offset(bytes, len, parser->problem_offset);
	mark = problem;
	if (parser->context != NULL && strstr(parser->context, "block") == NULL)
		mark = parser->context_mark;
	if (byte_at(bytes, len, &problem) == '\t')
		hint = "; this is a tab, YAML is indented with blanks";
	else if (lines_hold(bytes, len, "${", mark.line, problem.line))
		hint = "; near a '${': quote the value, \"${...}\"";
	else if (lines_hold(bytes, len, "{{", mark.line, problem.line))
		hint = "; near a '{{': quote the value, \"{{...}}\"";
	if (parser->context != NULL)
		diags_add(reader->diags, DIAG_ERROR, pos_of(reader, &mark), "%s: %s%s",
			  parser->context, sentence, hint);
	else
		diags_add(reader->diags, DIAG_ERROR, pos_of(reader, &mark), "%s%s", sentence, hint);
	reader->failed = true;
}

static void read_events(struct reader *reader, const char *bytes, size_t len)
{
	bool done = false;

	while (!done && !reader->failed) {
		yaml_event_t event;

		if (!yaml_parser_parse(&reader->parser, &event)) {
			syntax_error(reader, bytes, len);
			return;
		}
		on_event(reader, &event);
		done = event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
}

const struct node *yaml_read(struct arena *arena, const char *file, const char *bytes, size_t len,
			     struct diags *diags)
{
	struct reader reader = {.arena = arena, .file = file, .diags = diags};

	if (!yaml_parser_initialize(&reader.parser))
		BUG("out of memory");
	yaml_parser_set_input_string(&reader.parser, (const unsigned char *)bytes, len);
	reader.anchors = map_new();
	read_events(&reader, bytes, len);
	yaml_parser_delete(&reader.parser);
	map_free(reader.anchors);
	vec_release(&reader.frames);
	vec_release(&reader.children);
	if (reader.failed)
		return NULL;
	if (reader.root == NULL)
		reader.root = node_new(&reader, NODE_SCALAR, &(yaml_mark_t){0});
	if (reader.root->kind == NODE_SCALAR && reader.root->text == NULL)
		reader.root->text = "";
	return reader.root;
}

const struct node *config_read_yaml(struct arena *arena, const char *file, const char *bytes,
				    size_t len, struct diags *diags)
{
	size_t before = diags->len;
	const struct node *root = yaml_read(arena, arena_strdup(arena, file), bytes, len, diags);

	if (diags->len != before)
		diags_quote(diags, file, bytes, len);
	return root;
}
