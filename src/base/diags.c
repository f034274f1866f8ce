/* Complaints about files. Invariants: what is stored is scrubbed, at most LIMIT_DIAGS are kept,
 * and `errors` counts the dropped ones too, so that a flood never looks like success. */
#include "base/diags.h"

#include "base/limits.h"
#include "base/scrub.h"
#include "base/utf8.h"

#define QUOTE_BYTES 400
/* Longer words are no typos of ours. */
#define WORD_MAX 63

void diags_init(struct diags *diags)
{
	*diags = (struct diags){0};
}

void diags_release(struct diags *diags)
{
	for (size_t i = 0; i < diags->len; i++) {
		free(diags->at[i].file);
		free(diags->at[i].message);
		free(diags->at[i].quote);
	}
	vec_release(diags);
	diags_init(diags);
}

void diags_add(struct diags *diags, enum diag_level level, struct srcpos pos, const char *fmt, ...)
{
	struct strbuf message;
	va_list args;

	if (level == DIAG_ERROR)
		diags->errors++;
	if (diags->len >= LIMIT_DIAGS) {
		diags->dropped++;
		return;
	}
	strbuf_init(&message, LIMIT_MESSAGE);
	va_start(args, fmt);
	strbuf_vaddf(&message, fmt, args);
	va_end(args);
	vec_push(diags, ((struct diag){
				.level = level,
				.file = xstrdup(pos.file != NULL ? pos.file : ""),
				.line = pos.line,
				.col = pos.col,
				.message = scrub_dup(message.data, message.len, LIMIT_MESSAGE, SCRUB_LINE),
			}));
	strbuf_release(&message);
}

/* Name of the file, then the place in it, then the order of complaint (they lie in one array). */
static int by_place(const void *left, const void *right)
{
	const struct diag *a = *(const struct diag *const *)left;
	const struct diag *b = *(const struct diag *const *)right;
	int order = strcmp(a->file, b->file);

	if (order == 0)
		order = (a->line > b->line) - (a->line < b->line);
	if (order == 0)
		order = (a->col > b->col) - (a->col < b->col);
	return order != 0 ? order : (a > b) - (a < b);
}

/* All entries in the order of their places; the caller frees the array. */
static struct diag **sorted(const struct diags *diags)
{
	struct diag **order = xreallocarray(NULL, diags->len, sizeof(*order));

	for (size_t i = 0; i < diags->len; i++)
		order[i] = &diags->at[i];
	qsort(order, diags->len, sizeof(struct diag *), by_place);
	return order;
}

void diags_quote(struct diags *diags, const char *file, const char *bytes, size_t len)
{
	struct diag **order = sorted(diags);
	size_t at = 0;
	int line = 1;

	for (size_t i = 0; i < diags->len; i++) {
		struct diag *diag = order[i];
		const char *end;

		if (strcmp(diag->file, file) != 0 || diag->line <= 0 || diag->quote != NULL)
			continue;
		while (line < diag->line && at < len) {
			end = memchr(bytes + at, '\n', len - at);
			at = end != NULL ? (size_t)(end - bytes) + 1 : len;
			line++;
		}
		if (line != diag->line || at >= len)
			continue;
		end = memchr(bytes + at, '\n', len - at);
		if (end == NULL)
			end = bytes + len;
		if (end > bytes + at && end[-1] == '\r')
			end--;
		diag->quote = scrub_dup(bytes + at, (size_t)(end - (bytes + at)), QUOTE_BYTES,
					SCRUB_LINE);
	}
	free(order);
}

/* The line, and a caret under the column (in characters, as libyaml counts them). */
static void print_quote(struct strbuf *out, const struct diag *diag)
{
	size_t len = strlen(diag->quote);
	size_t at = 0;
	uint32_t cp;

	strbuf_addf(out, "  %s\n", diag->quote);
	if (diag->col <= 0)
		return;
	for (int col = 1; col < diag->col && at < len; col++)
		at += utf8_decode(diag->quote + at, len - at, &cp);
	strbuf_addf(out, "  %*s^\n", (int)utf8_width(diag->quote, at), "");
}

void diags_print(const struct diags *diags, struct strbuf *out)
{
	struct diag **order = sorted(diags);

	for (size_t i = 0; i < diags->len; i++) {
		const struct diag *diag = order[i];

		scrub(out, diag->file, strlen(diag->file), SCRUB_LINE);
		if (diag->file[0] != '\0' && diag->line > 0)
			strbuf_addf(out, ":%d", diag->line);
		if (diag->file[0] != '\0' && diag->line > 0 && diag->col > 0)
			strbuf_addf(out, ":%d", diag->col);
		strbuf_addf(out, "%s%s%s\n", diag->file[0] != '\0' ? ": " : "",
			    diag->level == DIAG_WARNING ? "warning: " : "", diag->message);
		if (diag->quote != NULL)
			print_quote(out, diag);
	}
	if (diags->dropped != 0)
		strbuf_addf(out, "and %zu more\n", diags->dropped);
	free(order);
}

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Optimal string alignment: insert, delete, replace, or swap two neighbours. Both at most
 * WORD_MAX bytes. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][WORD_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *row = rows[2];

	for (size_t j = 0; j <= b_len; j++)
		last[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *oldest = before;

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			row[j] = min3(last[j] + 1, row[j - 1] + 1,
				      last[j - 1] + (a[i - 1] != b[j - 1] ? 1 : 0));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
		before = last;
		last = row;
		row = oldest;
	}
	return last[b_len];
}

const char *diags_suggest(const char *word, const char *const *candidates, size_t count)
{
	size_t len = strlen(word);
	size_t best = len / 3 + 1;
	const char *found = NULL;

	if (len > WORD_MAX)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		size_t candidate_len = strlen(candidates[i]);
		size_t wrong;

		if (candidate_len > WORD_MAX)
			continue;
		wrong = distance(word, len, candidates[i], candidate_len);
		if (wrong < best) {
			best = wrong;
			found = candidates[i];
		}
	}
	return found;
}
