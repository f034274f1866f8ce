/* Readers and complaints that all of config/ shares. Invariant: one wrong value gives one
 * complaint, at its own place, and a fallback to go on with. See build.h. */
#include "config/build.h"

#include "base/limits.h"
#include "base/scrub.h"
#include "base/units.h"
#include "config/file.h"

#include <errno.h>
#include <math.h>
#include <unistd.h>

/* Looking for the nearest of many names takes time; nobody reads more than this. A word that is
 * met again gets the same words, so that its complaint is known for a repeat. */
#define SUGGESTIONS_MOST 500
#define KEY_FILE_BYTES (64u << 10)

/* The redactor masks whole secrets. Where a sentence quotes only a piece of a node that holds one (a
 * word of it, its first 80 bytes), each quoted word that stands in the node is masked here. */
static void mask_pieces(const struct node *node, char *sentence)
{
	char *word = strchr(sentence, '\'');
	const char *last = strrchr(sentence, '\'');

	if (node->kind != NODE_SCALAR || !node->secret || strstr(sentence, node->text) != NULL)
		return;
	while (word != NULL && word < last) {
		size_t len = strcspn(word, "' ");

		if (memmem(node->text, node->text_len, word, len) != NULL)
			memset(word, '*', len);
		word += len + 1;
	}
}

void build_complain(struct builder *builder, const struct node *node, const char *fmt, ...)
{
	va_list args;
	char *sentence;

	if (build_broken(node))
		return;
	va_start(args, fmt);
	if (vasprintf(&sentence, fmt, args) < 0)
		BUG("out of memory");
	va_end(args);
	mask_pieces(node, sentence);
	diags_add(builder->diags, DIAG_ERROR, node->pos, "%s", sentence);
	free(sentence);
}

const char *build_shown(struct builder *builder, const struct node *node)
{
	if (node->kind == NODE_SCALAR)
		return arena_printf(&builder->scratch, "'%.80s'", node->text);
	return node_kind_name(node->kind);
}

const char *build_suggest(struct builder *builder, const char *word, const char *const *candidates,
			  size_t count)
{
	const char *key, *said, *near;

	if (count == 0)
		return "";
	key = arena_printf(&builder->scratch, "%s\n%s", word, candidates[0]);
	said = map_get(builder->suggestions, key);
	if (said != NULL || map_len(builder->suggestions) >= SUGGESTIONS_MOST)
		return said != NULL ? said : "";
	near = diags_suggest(word, candidates, count);
	said = near != NULL ? arena_printf(&builder->scratch, "; did you mean '%s'?", near) : "";
	map_put(builder->suggestions, key, (char *)said);
	return said;
}

const char *build_text(struct builder *builder, const struct node *node, const char *what,
		       const char *fallback)
{
	if (node == NULL || build_broken(node))
		return fallback;
	if (node->kind != NODE_SCALAR) {
		build_complain(builder, node, "%s is a text, not %s%s", what, node_kind_name(node->kind),
			       node->kind == NODE_MAP ? "; quote it" : "");
		return fallback;
	}
	if (node->text_len == 0 || node_is_null(node)) {
		build_complain(builder, node, node->text_len == 0 ? "%s is empty" : "%s has no value",
			       what);
		return fallback;
	}
	return node->text;
}

const char *build_line(struct builder *builder, const struct node *node, const char *what,
		       size_t most)
{
	const char *text = build_text(builder, node, what, NULL);

	if (text == NULL)
		return NULL;
	if (!scrub_is_clean(text, node->text_len)) {
		build_complain(builder, node, "%s holds bytes that cannot be shown", what);
		return NULL;
	}
	if (node->text_len > most) {
		build_complain(builder, node, "%s is longer than %zu bytes", what, most);
		return NULL;
	}
	return text;
}

const char *build_name(struct builder *builder, const struct node *node, const char *what)
{
	const char *text = build_line(builder, node, what, LIMIT_NAME);

	if (text == NULL || !node->secret)
		return text;
	build_complain(builder, node, "%s holds a secret; names are shown everywhere", what);
	return NULL;
}

bool build_bool(struct builder *builder, const struct node *node, bool fallback)
{
	return build_broken(node) ? fallback : node_bool(node, fallback, builder->diags);
}

int64_t build_duration(struct builder *builder, const struct node *node, int64_t fallback_ns,
		       int64_t least_ns, int64_t most_ns)
{
	struct strbuf sentence;
	int64_t ns;

	if (build_broken(node))
		return fallback_ns;
	ns = node_duration(node, fallback_ns, builder->diags);
	if (node == NULL || (ns >= least_ns && ns <= most_ns))
		return ns;
	strbuf_init(&sentence, 200);
	strbuf_addf(&sentence, "%s is not between ", build_shown(builder, node));
	duration_format(&sentence, least_ns);
	strbuf_adds(&sentence, " and ");
	duration_format(&sentence, most_ns);
	build_complain(builder, node, "%s", sentence.data);
	strbuf_release(&sentence);
	return fallback_ns;
}

int build_int(struct builder *builder, const struct node *node, int fallback, int least, int most)
{
	double number;

	if (node == NULL || build_broken(node))
		return fallback;
	if (node->kind == NODE_SCALAR && number_parse(node->text, node->text_len, &number) &&
	    number >= least && number <= most && trunc(number) == number)
		return (int)number;
	build_complain(builder, node, "wanted a whole number from %d to %d, got %s", least, most,
		       build_shown(builder, node));
	return fallback;
}

size_t build_list_len(const struct node *node)
{
	if (node_is_null(node))
		return 0;
	return node->kind == NODE_LIST ? node->len : 1;
}

const struct node *build_list_at(const struct node *node, size_t index)
{
	return node->kind == NODE_LIST ? node->items[index] : node;
}

const char *build_keep(struct builder *builder, const char *text)
{
	return text != NULL ? intern(&builder->strings, text) : NULL;
}

const char *build_copy(struct builder *builder, const char *text)
{
	return text != NULL ? arena_strdup(&builder->fleet->arena, text) : NULL;
}

const char *build_masked(struct builder *builder, const char *kept)
{
	const char *shown = kept;
	char *masked;

	if (kept == NULL || redactor_empty(builder->fleet->redactor))
		return kept;
	masked = redact_dup(builder->fleet->redactor, kept);
	if (strcmp(masked, kept) != 0)
		shown = arena_strdup(&builder->fleet->arena, masked);
	free(masked);
	return shown;
}

const char *build_shown_text(struct builder *builder, const char *text)
{
	return build_masked(builder, build_keep(builder, text));
}

struct build_mark build_mark(const struct builder *builder)
{
	return (struct build_mark){.errors = builder->diags->errors, .len = builder->diags->len};
}

const char *build_error_since(struct builder *builder, struct build_mark mark)
{
	const struct diags *diags = builder->diags;

	if (diags->errors == mark.errors)
		return NULL;
	for (size_t i = mark.len; i < diags->len; i++) {
		const struct diag *diag = &diags->at[i];

		if (diag->level == DIAG_ERROR)
			return build_shown_text(builder,
						arena_printf(&builder->scratch, "%s:%d:%d: %s",
							     diag->file, diag->line, diag->col,
							     diag->message));
	}
	return "its configuration is wrong, see sitrep --check";
}

static bool same_diag(const struct diag *a, const struct diag *b)
{
	return a->line == b->line && a->col == b->col && a->level == b->level &&
	       strcmp(a->message, b->message) == 0 && strcmp(a->file, b->file) == 0;
}

void build_drop_repeats(struct builder *builder, struct build_mark mark)
{
	struct diags *diags = builder->diags;
	size_t kept = mark.len;

	for (size_t i = mark.len; i < diags->len; i++) {
		struct diag *diag = &diags->at[i];
		size_t before = 0;

		while (before < kept && !same_diag(&diags->at[before], diag))
			before++;
		if (before == kept) {
			diags->at[kept++] = *diag;
			continue;
		}
		if (diag->level == DIAG_ERROR)
			diags->errors--;
		free(diag->file);
		free(diag->message);
		free(diag->quote);
	}
	diags->len = kept;
}

const char *build_file(struct builder *builder, const struct node *node, const char *what)
{
	const char *text = build_text(builder, node, what, NULL);
	const char *kept;
	char *path;

	if (text == NULL)
		return NULL;
	path = file_beside(node->pos.file, text);
	if (access(path, R_OK) != 0)
		build_complain(builder, node, "%s: cannot read %s: %s", what, path,
			       strerror(errno));
	kept = build_keep(builder, path);
	free(path);
	return kept;
}

const char *build_key_file(struct builder *builder, const struct node *node)
{
	const char *path = build_file(builder, node, "'key'");
	struct strbuf bytes, err;

	if (path == NULL)
		return NULL;
	strbuf_init(&bytes, KEY_FILE_BYTES);
	strbuf_init(&err, LIMIT_MESSAGE);
	if (file_read(path, &bytes, NULL, &err) &&
	    memmem(bytes.data, bytes.len, "ENCRYPTED", strlen("ENCRYPTED")) != NULL)
		build_complain(builder, node, "the key in %s is encrypted, and nobody is asked for its pass "
			       "phrase: name one that is not, readable by its owner alone "
			       "(openssl pkey -in FILE -out PLAIN)", path);
	if (bytes.len != 0)
		explicit_bzero(bytes.data, bytes.len);
	strbuf_release(&bytes);
	strbuf_release(&err);
	return path;
}
