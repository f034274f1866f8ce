/* `${…}` in the scalars of a parsed tree, once: what a value brings in is never looked at again,
 * so a variable can neither add YAML nor reach another variable. Invariants: every secret is
 * known to the redactor before anything can show it; a value that could not be expanded is one
 * complaint and then the broken text, about which nobody complains again. */
#include "config/build.h"

#include "base/digest.h"
#include "base/limits.h"
#include "base/userinfo.h"
#include "config/file.h"

#include <ctype.h>
#include <sys/stat.h>

#define SECRET_BYTES (64u << 10)

/* Stands for every value that could not be expanded; known by its address. */
static const char broken_text[] = "";

bool build_broken(const struct node *node)
{
	return node != NULL && node->kind == NODE_SCALAR && node->text == broken_text;
}

/* One `${name:-fallback}` inside a scalar. */
struct variable {
	const char *name;     /* in scratch */
	const char *fallback; /* NULL where there is none */
};

static bool is_name(const char *name)
{
	if (!isalpha((unsigned char)name[0]) && name[0] != '_')
		return false;
	while (isalnum((unsigned char)*name) || *name == '_' || *name == '-' || *name == '.')
		name++;
	return *name == '\0';
}

static void check_mode(struct builder *builder, const struct node *node, const char *path,
		       mode_t mode)
{
	if ((mode & (S_IWGRP | S_IWOTH)) != 0)
		build_complain(builder, node,
			       "others may change the secret file '%s' (mode %04o); chmod 600 it",
			       path, (unsigned)mode & 07777u);
	else if ((mode & S_IROTH) != 0 && strncmp(path, "/run/secrets/", 13) != 0)
		diags_add(builder->diags, DIAG_WARNING, node->pos,
			  "everybody can read the secret file '%s' (mode %04o); chmod 600 it", path,
			  (unsigned)mode & 07777u);
}

/* The text of a secret file without its last newline; NULL after a complaint or, where there is
 * a fallback, when the file is not there. */
static char *read_secret_file(struct builder *builder, const struct node *node,
			      const struct variable *variable)
{
	char *path = file_beside(node->pos.file, variable->name + strlen("file:"));
	struct strbuf bytes, err;
	mode_t mode = 0;
	char *secret = NULL;

	strbuf_init(&bytes, SECRET_BYTES);
	strbuf_init(&err, 200);
	if (!file_read(path, &bytes, &mode, &err)) {
		if (variable->fallback == NULL)
			build_complain(builder, node, "the secret ${%s} %s", variable->name,
				       err.data);
	} else if (memchr(bytes.data, '\0', bytes.len) != NULL) {
		build_complain(builder, node, "the secret ${%s} holds a NUL byte", variable->name);
	} else {
		check_mode(builder, node, path, mode);
		vec_push(&builder->secret_files, arena_strdup(&builder->fleet->arena, path));
		if (bytes.len != 0 && bytes.data[bytes.len - 1] == '\n')
			strbuf_cut(&bytes, bytes.len - 1);
		if (bytes.len != 0 && bytes.data[bytes.len - 1] == '\r')
			strbuf_cut(&bytes, bytes.len - 1);
		secret = strbuf_detach(&bytes);
	}
	strbuf_release(&bytes);
	strbuf_release(&err);
	free(path);
	return secret;
}

static const char *secret_value(struct builder *builder, const struct node *node,
				const struct variable *variable)
{
	const char *known = map_get(builder->secrets, variable->name);
	char *from_file = NULL;
	const char *value;

	if (known != NULL)
		return known;
	if (strncmp(variable->name, "env:", 4) == 0)
		value = getenv(variable->name + 4);
	else
		value = from_file = read_secret_file(builder, node, variable);
	if (value == NULL)
		return NULL;
	redactor_add(builder->fleet->redactor, value);
	known = arena_strdup(&builder->scratch, value);
	map_put(builder->secrets, variable->name, (char *)known);
	free(from_file);
	return known;
}

static const char *plain_value(struct builder *builder, const char *name)
{
	const char *value = NULL;

	if (builder->instance != NULL && strcmp(name, "instance") == 0)
		return builder->instance;
	if (builder->variables != NULL)
		value = map_get(builder->variables, name);
	return value != NULL ? value : getenv(name);
}

static void complain_unset(struct builder *builder, const struct node *node, const char *name)
{
	const char *environment = builder->fleet->environment;
	const char *step = builder->in_flow
				   ? arena_printf(&builder->scratch,
						  "; what a step captures is put in as {{%.80s}}", name)
				   : "";

	if (strncmp(name, "env:", 4) == 0)
		build_complain(builder, node,
			       "the secret ${%s} is not set in the process environment", name);
	else if (strcmp(name, "instance") == 0)
		build_complain(builder, node,
			       "${instance} has a value only in a service with 'instances'");
	else if (environment != NULL && environment[0] != '\0')
		build_complain(
			builder, node,
			"${%s} is set neither in environment '%s' nor in the process environment%s%s",
			name, environment, step,
			build_suggest(builder, name, builder->variable_names.at,
				      builder->variable_names.len));
	else
		build_complain(builder, node, "${%s} is not set in the process environment%s", name, step);
}

/* NULL after a complaint. */
static const char *value_of(struct builder *builder, const struct node *node,
			    const struct variable *variable)
{
	bool file = strncmp(variable->name, "file:", 5) == 0;
	size_t errors = builder->diags->errors;
	const char *value;

	if (file || strncmp(variable->name, "env:", 4) == 0) {
		value = secret_value(builder, node, variable);
		builder->used_secret |= value != NULL;
	} else if (is_name(variable->name)) {
		value = plain_value(builder, variable->name);
	} else {
		build_complain(
			builder, node,
			"'${%.80s}' is no variable; wanted ${name}, ${env:NAME} or ${file:PATH}",
			variable->name);
		return NULL;
	}
	if (value == broken_text) {
		build_complain(builder, node, "the value of ${%s} is wrong in its environment",
			       variable->name);
		return NULL;
	}
	if (variable->fallback != NULL && (value == NULL || value[0] == '\0'))
		return variable->fallback;
	if (value == NULL && builder->diags->errors == errors)
		complain_unset(builder, node, variable->name);
	return value;
}

/* Reads what stands between `${` and `}`. */
static struct variable variable_read(struct builder *builder, const char *from, size_t len)
{
	struct variable variable = {.name = arena_strndup(&builder->scratch, from, len)};
	char *fallback = strstr(variable.name, ":-");

	if (fallback != NULL) {
		*fallback = '\0';
		variable.fallback = fallback + 2;
	}
	return variable;
}

static bool expand_into(struct builder *builder, const struct node *node, struct strbuf *out)
{
	const char *at = node->text;
	const char *dollar;

	while ((dollar = strchr(at, '$')) != NULL) {
		const char *end = strchr(dollar, '}');
		struct variable variable;
		const char *value;

		strbuf_add(out, at, (size_t)(dollar - at));
		if (dollar[1] != '{') {
			strbuf_addc(out, '$');
			at = dollar + (dollar[1] == '$' ? 2 : 1);
			continue;
		}
		if (end == NULL) {
			build_complain(builder, node,
				       "'${' without its '}'; a dollar itself is '$$'");
			return false;
		}
		variable = variable_read(builder, dollar + 2, (size_t)(end - dollar - 2));
		value = value_of(builder, node, &variable);
		if (value == NULL)
			return false;
		strbuf_adds(out, value);
		at = end + 1;
	}
	strbuf_adds(out, at);
	if (out->truncated)
		build_complain(builder, node, "this text is longer than 256 KB with its variables");
	return !out->truncated;
}

static const struct node *expand_scalar(struct builder *builder, const struct node *node)
{
	struct node *copy = arena_memdup(&builder->scratch, node, sizeof(*node));
	struct strbuf out;

	strbuf_init(&out, LIMIT_CONFIG_SCALAR);
	builder->used_secret = false;
	if (expand_into(builder, node, &out)) {
		copy->text = arena_strndup(&builder->scratch, out.data, out.len);
		copy->text_len = (uint32_t)out.len;
		userinfo_learn(builder->fleet->redactor, copy->text);
		copy->secret = builder->used_secret;
		builder->digest ^= digest_fast(out.data, out.len) + (builder->digest << 6) +
				   (builder->digest >> 2);
	} else {
		copy->text = broken_text;
		copy->text_len = 0;
	}
	strbuf_release(&out);
	return copy;
}

const struct node *build_expand(struct builder *builder, const struct node *node)
{
	struct node *copy = NULL;

	if (node == NULL)
		return NULL;
	if (node->kind == NODE_SCALAR)
		return memchr(node->text, '$', node->text_len) != NULL
			       ? expand_scalar(builder, node)
			       : node;
	for (size_t i = 0; i < node->len; i++) {
		const struct node *item = build_expand(builder, node->items[i]);

		if (item == node->items[i])
			continue;
		if (copy == NULL) {
			copy = arena_memdup(&builder->scratch, node, sizeof(*node));
			copy->items = arena_memdup(&builder->scratch, node->items,
						   node->len * sizeof(struct node *));
		}
		copy->items[i] = (struct node *)item;
	}
	return copy != NULL ? copy : node;
}
