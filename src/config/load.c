/* Files -> one fleet: reading, the keys of the top level from all files together, and putting
 * the parts into place. Invariants: every mistake is told, with its line; what is returned can be
 * watched; nothing of the node trees outlives the loading. See config.h. */
#include "config/build.h"
#include "config/file.h"
#include "config/keys.h"
#include "config/yaml.h"

#include "base/digest.h"
#include "base/limits.h"
#include "base/userinfo.h"
#include "model/ids.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#define INTERVAL_DEFAULT (10 * NS_PER_S)
#define TIMEOUT_DEFAULT (3 * NS_PER_S)

static void builder_init(struct builder *builder, const struct config_request *request,
			 struct diags *diags)
{
	struct fleet *fleet = xcalloc(1, sizeof(*fleet));

	fleet->refs = 1;
	fleet->redactor = redactor_new();
	*builder = (struct builder){.fleet = fleet, .diags = diags, .request = request};
	arena_init_bulk(&fleet->arena);
	arena_init_bulk(&builder->scratch);
	interner_init(&builder->strings, &fleet->arena);
	builder->cron_of = map_new();
	builder->path_of = map_new();
	builder->pattern_of = map_new();
	builder->templates = map_new();
	builder->services = map_new();
	builder->left_out = map_new();
	builder->variables = map_new();
	builder->secrets = map_new();
	builder->suggestions = map_new();
	builder->assertions = idmap_new();
	builder->defaults = (struct options){
		.interval_ns = request->interval_ns != 0 ? request->interval_ns : INTERVAL_DEFAULT,
		.timeout_ns = request->timeout_ns != 0 ? request->timeout_ns : TIMEOUT_DEFAULT,
		.fall = 2,
		.rise = 1,
		.tls = {.verify = true},
	};
}

/* The node trees go at once; the pages they took go back to the system, since a loader that
 * needed 30 MB for a moment would otherwise hold them for as long as the console runs. */
static void builder_release(struct builder *builder)
{
	for (size_t i = 0; i < builder->sources.len; i++)
		free(builder->sources.at[i].bytes);
	vec_release(&builder->sources);
	vec_release(&builder->checks);
	vec_release(&builder->observers);
	vec_release(&builder->template_names);
	vec_release(&builder->variable_names);
	vec_release(&builder->service_names);
	vec_release(&builder->secret_files);
	path_list_release(&builder->folders);
	map_free(builder->cron_of);
	map_free(builder->path_of);
	map_free(builder->pattern_of);
	map_free(builder->templates);
	map_free(builder->services);
	map_free(builder->left_out);
	map_free(builder->variables);
	map_free(builder->secrets);
	map_free(builder->suggestions);
	idmap_free(builder->assertions);
	interner_release(&builder->strings);
	arena_release(&builder->scratch);
#ifdef __GLIBC__
	(void)malloc_trim(0);
#endif
}

static bool read_source(struct builder *builder, const char *path)
{
	struct source source = {.path = arena_strdup(&builder->fleet->arena, path)};
	struct strbuf bytes, err;
	bool ok;

	strbuf_init(&bytes, LIMIT_CONFIG_BYTES);
	strbuf_init(&err, 200);
	ok = file_read(path, &bytes, NULL, &err);
	if (!ok)
		diags_add(builder->diags, DIAG_ERROR, (struct srcpos){0}, "%s %s", path, err.data);
	source.len = bytes.len;
	source.bytes = strbuf_detach(&bytes);
	builder->digest ^= digest_fast(source.bytes, source.len) + (builder->digest << 6);
	if (ok)
		source.root = yaml_read(&builder->scratch, source.path, source.bytes, source.len,
					builder->diags);
	vec_push(&builder->sources, source);
	strbuf_release(&err);
	return source.root != NULL;
}

/* What a change of has to be noticed: the files, the folders they were found in, secrets. */
static void keep_paths(struct builder *builder)
{
	struct fleet *fleet = builder->fleet;
	const char **kept =
		arena_array(&fleet->arena,
			    builder->sources.len + builder->folders.len + builder->secret_files.len,
			    sizeof(*kept));

	for (size_t i = 0; i < builder->sources.len; i++)
		kept[fleet->file_count++] = builder->sources.at[i].path;
	fleet->folders = kept + fleet->file_count;
	fleet->folder_count = builder->folders.len;
	for (size_t i = 0; i < builder->folders.len; i++)
		kept[fleet->file_count++] = arena_strdup(&fleet->arena, builder->folders.at[i]);
	for (size_t i = 0; i < builder->secret_files.len; i++)
		kept[fleet->file_count++] = builder->secret_files.at[i];
	fleet->files = kept;
}

static bool read_sources(struct builder *builder)
{
	struct path_list files = {0};
	bool ok = find_files(builder->request, &files, &builder->folders, builder->diags);

	for (size_t i = 0; i < files.len; i++)
		ok &= read_source(builder, files.at[i]);
	path_list_release(&files);
	return ok;
}

/* The top level of one file; empty files and lists in its place are told. */
static bool check_root(struct builder *builder, const struct node *root)
{
	const char *names[16];
	size_t count = config_key_names(1u << KEY_SCOPE_FILE, names, BASE_LEN(names));

	if (root->kind == NODE_MAP) {
		node_check_keys(root, names, count, builder->diags);
		return true;
	}
	if (node_is_null(root))
		build_complain(builder, root, "the file is empty; it wants at least 'services'");
	else
		build_complain(builder, root, "the file is a map with 'services', not %s",
			       node_kind_name(root->kind));
	return false;
}

/* The one value of a scalar key in all files; two that differ are told. */
static const struct node *scalar_of_all(struct builder *builder, const char *key)
{
	const struct node *found = NULL;

	for (size_t i = 0; i < builder->sources.len; i++) {
		const struct node *node = node_get(builder->sources.at[i].root, key);

		if (node == NULL)
			continue;
		if (found == NULL)
			found = node;
		else if (node_text(found) != NULL && node_text(node) != NULL &&
			 strcmp(found->text, node->text) != 0)
			build_complain(builder, node, "'%s' is '%.80s' here and '%.80s' in %s:%d",
				       key, node->text, found->text, found->pos.file,
				       found->pos.line);
	}
	return found;
}

/* The one value of a key that may be a map; a second file that says it too is told. */
static const struct node *node_of_all(struct builder *builder, const char *key)
{
	const struct node *found = NULL;

	for (size_t i = 0; i < builder->sources.len; i++) {
		const struct node *node = node_get(builder->sources.at[i].root, key);

		if (node != NULL && found != NULL)
			build_complain(builder, node, "'%s' is in %s:%d already", key,
				       found->pos.file, found->pos.line);
		else if (node != NULL)
			found = node;
	}
	return found;
}

static void each_entry(struct builder *builder, const char *key,
		       void (*visit)(struct builder *builder, const struct node *key,
				     const struct node *value))
{
	for (size_t i = 0; i < builder->sources.len; i++) {
		const struct node *map = node_get(builder->sources.at[i].root, key);

		if (node_is_null(map))
			continue;
		if (map->kind != NODE_MAP) {
			build_complain(builder, map, "'%s' is a map, not %s", key,
				       build_shown(builder, map));
			continue;
		}
		for (size_t j = 0; j < map->len; j++)
			visit(builder, map->keys[j], map->items[j]);
	}
}

static void read_names(struct builder *builder)
{
	struct fleet *fleet = builder->fleet;
	const struct node *version = scalar_of_all(builder, "version");
	const struct node *name = scalar_of_all(builder, "fleet");
	const char *text;

	if (version != NULL && (node_text(version) == NULL || strcmp(version->text, "1") != 0))
		build_complain(builder, version, "this program reads version 1, not %s",
			       build_shown(builder, version));
	text = name != NULL ? build_name(builder, build_expand(builder, name), "'fleet'") : NULL;
	fleet->name = build_keep(builder, text != NULL ? text : "default");
}

static void add_default(struct builder *builder, const struct node *key, const struct node *value)
{
	if (!build_option(builder, &builder->defaults, key, build_expand(builder, value))) {
		const char *names[32];
		size_t count = config_key_names(1u << KEY_SCOPE_OPTION, names, BASE_LEN(names));

		build_complain(builder, key, "unknown key '%.80s' in defaults%s", key->text,
			       build_suggest(builder, key->text, names, count));
	}
}

static size_t count_services(const struct builder *builder)
{
	size_t count = 0;

	for (size_t i = 0; i < builder->sources.len; i++)
		count += build_list_len(node_get(builder->sources.at[i].root, "services"));
	return count;
}

static void read_services(struct builder *builder)
{
	struct fleet *fleet = builder->fleet;
	size_t room = count_services(builder);

	fleet->services = arena_array(&fleet->arena, room, sizeof(*fleet->services));
	builder->depends = arena_array(&builder->scratch, room, sizeof(*builder->depends));
	for (size_t i = 0; i < builder->sources.len; i++) {
		const struct node *list = node_get(builder->sources.at[i].root, "services");

		if (list != NULL && list->kind != NODE_LIST) {
			build_complain(
				builder, list,
				"'services' is a list, each beginning with '- name:', not %s",
				build_shown(builder, list));
			continue;
		}
		for (size_t j = 0; j < build_list_len(list); j++)
			build_service(builder, list->items[j]);
	}
	build_dependencies(builder);
}

/* `observer:` belongs to a service of its own that no table shows. */
static void read_observers(struct builder *builder)
{
	struct fleet *fleet = builder->fleet;
	struct service *service = arena_alloc(&fleet->arena, sizeof(*service));
	struct scope scope = {
		.service = service,
		.options = builder->defaults,
		.instance = -1,
		.checks = &builder->observers,
	};

	*service = (struct service){
		.id = service_id_of(fleet->name, fleet->environment, ""),
		.index = SIZE_MAX,
		.name = "observer",
		.group = "",
	};
	for (size_t i = 0; i < builder->sources.len; i++) {
		const struct node *list = node_get(builder->sources.at[i].root, "observer");

		for (size_t j = 0; j < build_list_len(list); j++)
			build_check(builder, &scope, build_list_at(list, j));
	}
}

/* Moves a growing array into the fleet's arena and frees it. */
static void *settle(struct fleet *fleet, void *at, size_t len, size_t size)
{
	return len != 0 ? arena_memdup(&fleet->arena, at, len * size) : NULL;
}

/* Checks get their final place, and services point at theirs. */
static void place_checks(struct builder *builder)
{
	struct fleet *fleet = builder->fleet;
	struct service *services = (struct service *)fleet->services;
	const struct check **all = arena_array(&fleet->arena, builder->checks.len, sizeof(*all));
	struct check *checks =
		settle(fleet, builder->checks.at, builder->checks.len, sizeof(*checks));
	struct check *observers =
		settle(fleet, builder->observers.at, builder->observers.len, sizeof(*observers));
	size_t at = 0;

	for (size_t i = 0; i < builder->checks.len; i++) {
		checks[i].index = i;
		all[i] = &checks[i];
	}
	for (size_t i = 0; i < builder->observers.len; i++)
		observers[i].index = builder->checks.len + i;
	for (size_t i = 0; i < fleet->service_count; i++) {
		services[i].checks = all + at;
		at += services[i].check_count;
	}
	fleet->checks = checks;
	fleet->check_count = builder->checks.len;
	fleet->observers = observers;
	fleet->observer_count = builder->observers.len;
}

static void finish_fleet(struct builder *builder)
{
	struct fleet *fleet = builder->fleet;

	place_checks(builder);
	keep_paths(builder);
	fleet->interval_ns = builder->defaults.interval_ns;
	fleet->digest =
		builder->digest ^ digest_fast(fleet->environment, strlen(fleet->environment));
	fleet->path_count = builder->paths.len;
	fleet->paths = builder->paths.at;
	fleet->pattern_count = builder->patterns.len;
	fleet->patterns = builder->patterns.at;
}

static char *masked(const struct redactor *redactor, char *text)
{
	char *clean;

	if (text == NULL)
		return NULL;
	clean = redact_dup(redactor, text);
	free(text);
	return clean;
}

/* Complaints get their line, and no secret: neither one that was expanded nor one that stands in
 * the file itself. */
static void finish_diags(struct builder *builder)
{
	struct diags *diags = builder->diags;
	const struct redactor *redactor = builder->fleet->redactor;

	for (size_t i = 0; diags->len != 0 && i < builder->sources.len; i++)
		diags_quote(diags, builder->sources.at[i].path, builder->sources.at[i].bytes,
			    builder->sources.at[i].len);
	for (size_t i = 0; !redactor_empty(redactor) && i < diags->len; i++) {
		diags->at[i].message = masked(redactor, diags->at[i].message);
		diags->at[i].quote = masked(redactor, diags->at[i].quote);
	}
}

/* False where nothing can be watched. */
static bool build_fleet(struct builder *builder)
{
	struct build_mark mark;
	bool ok = read_sources(builder);

	for (size_t i = 0; i < builder->sources.len; i++) {
		if (builder->sources.at[i].bytes != NULL)
			userinfo_learn(builder->fleet->redactor, builder->sources.at[i].bytes);
		if (builder->sources.at[i].root != NULL)
			ok &= check_root(builder, builder->sources.at[i].root);
	}
	if (!ok)
		return false;
	if (!build_environment(builder))
		return false;
	read_names(builder);
	mark = build_mark(builder);
	each_entry(builder, "defaults", add_default);
	for (size_t i = 0; i < builder->sources.len; i++)
		build_one_rhythm(builder, node_get(builder->sources.at[i].root, "defaults"));
	builder->defaults_error = build_error_since(builder, mark);
	each_entry(builder, "templates", build_template_add);
	read_services(builder);
	read_observers(builder);
	build_alertmanager(builder, node_of_all(builder, "alertmanager"));
	if (!build_select(builder))
		return false;
	finish_fleet(builder);
	if (builder->fleet->service_count == 0 && builder->diags->errors == 0)
		diags_add(builder->diags, DIAG_ERROR,
			  (struct srcpos){.file = builder->sources.at[0].path},
			  "no services to watch%s%s",
			  builder->fleet->environment[0] != '\0' ? " in environment " : "",
			  builder->fleet->environment);
	return builder->fleet->service_count != 0;
}

struct fleet *config_load(const struct config_request *request, struct diags *diags)
{
	struct builder builder;
	struct fleet *fleet;
	bool ok;

	builder_init(&builder, request, diags);
	ok = build_fleet(&builder);
	finish_diags(&builder);
	fleet = builder.fleet;
	if (!ok) {
		fleet->path_count = builder.paths.len;
		fleet->paths = builder.paths.at;
		fleet->pattern_count = builder.patterns.len;
		fleet->patterns = builder.patterns.at;
		fleet_unref(fleet);
		fleet = NULL;
	}
	builder_release(&builder);
	return fleet;
}

const struct node *config_read_file(struct arena *arena, const char *path, struct diags *diags)
{
	const struct node *root = NULL;
	struct strbuf bytes, err;

	strbuf_init(&bytes, LIMIT_CONFIG_BYTES);
	strbuf_init(&err, 200);
	if (file_read(path, &bytes, NULL, &err))
		root = config_read_yaml(arena, path, bytes.data, bytes.len, diags);
	else
		diags_add(diags, DIAG_ERROR, (struct srcpos){0}, "%s %s", path, err.data);
	strbuf_release(&bytes);
	strbuf_release(&err);
	return root;
}
