/* Forms of speech in which a line names a failure without reporting one. Invariants: each reason is
 * read off the bytes around the match alone; where the service fails by other evidence, only forms
 * that cannot be a report count; a line of a level above info is believed whatever it quotes. */
#include "diagnose/doubt.h"

#include "base/base.h"

#include <string.h>
#include <strings.h>

#define DENIED 0.1   /* the line says that it did not happen */
#define TALK 0.3     /* it is no report of now */
#define PERHAPS 0.5  /* it may be one */
#define LEAD_WORDS 3 /* a commit or a change says its kind within these */
#define CLAUSE_WORDS 5

struct word {
	const char *text;
	size_t len;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_word(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9') || c == '_';
}

static bool is_one_of(struct word word, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strlen(list[i]) == word.len && strncasecmp(list[i], word.text, word.len) == 0)
			return true;
	}
	return false;
}

/* The word that ends before `*at` with nothing but blanks between; false where there is none. */
static bool word_before(const char *text, size_t *at, struct word *word)
{
	size_t end = *at;

	while (end > 0 && is_blank(text[end - 1]))
		end--;
	if (end == *at)
		return false;
	*at = end;
	while (*at > 0 && is_word(text[*at - 1]))
		--*at;
	*word = (struct word){text + *at, end - *at};
	return word->len > 0;
}

/* "worker 0", "shard:0": the word before `at` names what such numbers, which begin at 0, are given to. */
static bool is_numbered(const char *text, size_t at)
{
	static const char *const names[] = {
		"worker",    "shard",	  "node",     "attempt",    "try",    "retry",	 "replica",
		"instance",  "partition", "pod",      "container",  "broker", "process", "proc",
		"thread",    "core",	  "cpu",      "gpu",	    "device", "disk",	 "slot",
		"rank",	     "task",	  "job",      "index",	    "idx",    "id",	 "queue",
		"channel",   "bucket",	  "segment",  "member",	    "peer",   "host",	 "server",
		"client",    "consumer",  "producer", "connection", "conn",   "session", "stream",
		"backend",   "upstream",  "endpoint", "executor",   "runner", "agent",	 "group",
		"db",	     "database",  "batch",    "chunk",	    "block",  "step",	 "stage",
		"iteration", "round",	  "epoch",    "generation", "offset", "line",	 "column",
		"fd",	     "port",	  "pid",      "uid",	    "gid",    "code",	 "status",
		"exit",	     "signal",	  "errno",    "level",	    "number", "nr",	 "zone",
		"rack",	     "region",	  "cluster",  "ordinal",    "unit",   "item",	 "request",
	};
	struct word word;

	at -= at > 0 && text[at - 1] == ':';
	while (at > 0 && is_blank(text[at - 1]))
		at--;
	word.len = at;
	while (at > 0 && is_letter(text[at - 1]))
		at--;
	word = (struct word){text + at, word.len - at};
	return is_one_of(word, names, BASE_LEN(names));
}

/* "no OOM kill", "0 permission denied", "without any timeout"; not "worker 0 OOMKilled". */
static bool is_denied(const struct statement *line)
{
	static const char *const nothing[] = {"no", "zero", "without", "never"};
	size_t at = line->start;
	struct word word;

	for (int i = 0; i < 2 && word_before(line->text, &at, &word); i++) {
		bool none = i == 0 && word.len == 1 && word.text[0] == '0' &&
			    !is_numbered(line->text, at);

		if (none || is_one_of(word, nothing, BASE_LEN(nothing)))
			return at == 0 || strchr(" \t,;([|:", line->text[at - 1]) != NULL;
	}
	return false;
}

/* `timeouts=0`, `"refused": 0`. */
static bool is_count_of_none(const struct statement *line)
{
	const char *text = line->text;
	size_t at = line->end;

	while (at < line->len && is_word(text[at]))
		at++;
	at += at < line->len && text[at] == '"';
	if (at >= line->len || (text[at] != '=' && text[at] != ':'))
		return false;
	at++;
	while (at < line->len && is_blank(text[at]))
		at++;
	if (at >= line->len || text[at] != '0')
		return false;
	return at + 1 == line->len || strchr(" \t,;)}]\"", text[at + 1]) != NULL;
}

static bool starts_with(const struct statement *line, size_t at, const char *mark)
{
	size_t len = strlen(mark);

	return line->len - at >= len && memcmp(line->text + at, mark, len) == 0;
}

static size_t first_byte(const struct statement *line)
{
	size_t at = 0;

	while (at < line->len && is_blank(line->text[at]))
		at++;
	return at;
}

/* `maxmemory_policy:noeviction`, `STAT rejected_connections 4`: the line is a name and its value, and
 * the words are the name's. */
static bool is_reading(const struct statement *line)
{
	size_t at = first_byte(line), name;
	bool listed, split = false;

	at += starts_with(line, at, "< ") ? 2 : 0; /* received, in a transcript */
	listed = starts_with(line, at, "STAT ");
	at += listed ? 5 : 0;
	for (name = at; at < line->len && is_word(line->text[at]); at++) {
		split = split || line->text[at] == '_';
		if (line->text[at] >= 'A' && line->text[at] <= 'Z')
			return false;
	}
	if (!split || at == name || at >= line->len || line->start >= at ||
	    strchr(listed ? " " : ":=", line->text[at]) == NULL)
		return false;
	for (at++; at < line->len && !is_blank(line->text[at]) && line->text[at] != '\r'; at++)
		continue;
	return at == line->len || line->text[at] == '\r';
}

/* `GET /kb/articles/OOMKilled`: all of the match lies in what a client asked for. */
static bool is_asked_for(const struct statement *line)
{
	static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};
	size_t at = line->start;
	struct word method;

	for (size_t i = line->start; i < line->end; i++) {
		if (is_blank(line->text[i]))
			return false;
	}
	while (at > 0 && !is_blank(line->text[at - 1]))
		at--;
	return at < line->start && line->text[at] == '/' && word_before(line->text, &at, &method) &&
	       is_one_of(method, methods, BASE_LEN(methods));
}

/* A test of this name has passed. */
static bool is_passed_test(const struct statement *line)
{
	static const char *const marks[] = {"\u2713 ", "\u2714 ",     "\u221a ", "--- PASS",
					    "PASS ",   "PASS: ",      "[PASS]",	 "ok ",
					    "[OK]",    "[       OK ]"};
	size_t at = first_byte(line);
	const char *rest = line->text + line->end;
	size_t len = line->len - line->end;

	for (size_t i = 0; i < BASE_LEN(marks); i++) {
		if (starts_with(line, at, marks[i]))
			return true;
	}
	return memmem(rest, len, " PASSED", 7) != NULL || memmem(rest, len, " ... ok", 7) != NULL;
}

/* "- Fixed: …", "a41be0 fix(net): …": the subject of a commit, an item of a list of changes. */
static bool is_change(const struct statement *line)
{
	static const char *const kinds[] = {"fix",  "fixes", "fixed",	"bugfix",  "resolved",
					    "docs", "chore", "feature", "changed", "added",
					    "feat", "perf",  "refactor"};
	size_t at = 0;

	for (int i = 0; i < LEAD_WORDS && at < line->start;) {
		struct word word;
		size_t end;

		while (at < line->start && !is_word(line->text[at]))
			at++;
		for (end = at; end < line->start && is_word(line->text[end]); end++)
			continue;
		word = (struct word){line->text + at, end - at};
		at = end;
		if (end < line->start && line->text[end] == '(') {
			while (end < line->start && line->text[end] != ')')
				end++;
			end++;
		}
		if (end < line->start && line->text[end] == ':' &&
		    is_one_of(word, kinds, BASE_LEN(kinds)))
			return true;
		i++;
	}
	return false;
}

/* `--retries N   retry when …`, `-t, --timeout`. */
static bool is_option(const struct statement *line)
{
	size_t at = first_byte(line);

	if (line->len - at > 6 && line->text[at] == '-' && is_letter(line->text[at + 1]) &&
	    line->text[at + 2] == ',' && line->text[at + 3] == ' ')
		at += 4;
	return line->len - at > 3 && starts_with(line, at, "--") && is_letter(line->text[at + 2]) &&
	       line->start > at + 2;
}

/* "retries when the connection is refused". */
static bool is_supposed(const struct statement *line)
{
	static const char *const conjunctions[] = {"if", "when", "unless", "whether"};
	size_t at = line->start;
	struct word word;

	for (int i = 0; i < CLAUSE_WORDS && word_before(line->text, &at, &word); i++) {
		if (is_one_of(word, conjunctions, BASE_LEN(conjunctions)))
			return true;
	}
	return false;
}

/* Where the quotation that holds the match opens; SIZE_MAX where none does. */
static size_t quotation(const struct statement *line)
{
	const char *text = line->text;
	size_t open = SIZE_MAX;

	for (size_t i = 0; i < line->start; i++) {
		if (text[i] == '"')
			open = open == SIZE_MAX ? i : SIZE_MAX;
		i += text[i] == '\\';
	}
	if (open != SIZE_MAX)
		return memchr(text + line->end, '"', line->len - line->end) != NULL ? open
										    : SIZE_MAX;
	for (size_t i = line->start; i > 0 && open == SIZE_MAX; i--) {
		if (text[i - 1] == '\'' && (i == 1 || strchr(" =:([", text[i - 2]) != NULL))
			open = i - 1;
	}
	if (open == SIZE_MAX || memchr(text + open + 1, '\'', line->start - open - 1) != NULL)
		return SIZE_MAX;
	return memchr(text + line->end, '\'', line->len - line->end) != NULL ? open : SIZE_MAX;
}

/* The name in front of `="…`, `: "…` or `":"…`; empty where there is none. */
static struct word name_of(const char *text, size_t open)
{
	size_t at = open, end;

	while (at > 0 && is_blank(text[at - 1]))
		at--;
	if (at == 0 || (text[at - 1] != '=' && text[at - 1] != ':'))
		return (struct word){text, 0};
	at--;
	while (at > 0 && (is_blank(text[at - 1]) || text[at - 1] == '"'))
		at--;
	end = at;
	while (at > 0 && is_word(text[at - 1]))
		at--;
	return (struct word){text + at, end - at};
}

/* Names under which a program puts its own words. */
static bool is_own_words(struct word name)
{
	static const char *const ends[] = {"msg",   "message", "error",	  "err",    "reason",
					   "cause", "detail",  "details", "log",    "exception",
					   "text",  "stderr",  "output",  "status", "description",
					   "event", "line",    "body",	  "stack"};

	for (size_t i = 0; i < BASE_LEN(ends); i++) {
		size_t len = strlen(ends[i]);

		if (name.len >= len && strncasecmp(name.text + name.len - len, ends[i], len) == 0)
			return true;
	}
	return false;
}

static bool is_calm(enum log_level level)
{
	return level >= LOG_TRACE && level <= LOG_INFO;
}

/* Words with which a line says itself that something fails. */
static bool is_complaint(const char *text, size_t len)
{
	static const char *const words[] = {"fail",	 "err",	   "cannot", "can't",
					    "could not", "unable", "denied", "refus",
					    "exception", "fatal",  "warn",   "caus",
					    "invalid",	 "reject", "lost",   "abort"};

	for (size_t at = 0; at < len; at++) {
		for (size_t i = 0; i < BASE_LEN(words); i++) {
			size_t n = strlen(words[i]);

			if (len - at >= n && strncasecmp(text + at, words[i], n) == 0)
				return true;
		}
	}
	return false;
}

/* `# the file limit`, `size 25m; # 413 above that`; and no line of Redis without its time, whose mark of
 * a warning is the same. */
static bool is_comment(const struct statement *line)
{
	size_t at = first_byte(line);

	if (is_complaint(line->text, line->len))
		return false;
	if (starts_with(line, at, "# ") || starts_with(line, at, "// "))
		return true;
	return memmem(line->text, line->start, "; # ", 4) != NULL ||
	       memmem(line->text, line->start, "; // ", 5) != NULL;
}

/* In a line without a level: the value of a setting, or words in a sentence, `feature "x"`. In JSON
 * names are as many as writers, and what follows a colon in a sentence is what was said. */
static bool is_mentioned(const struct statement *line, size_t open, struct word name)
{
	const char *text = line->text;
	size_t at = open;

	if (line->failing || is_complaint(text, open))
		return false;
	if (name.len > 0 && name.text[name.len] == '"')
		return false;
	if (name.len > 0)
		return memchr(name.text, '=', (size_t)(text + open - name.text)) != NULL ||
		       name.text == text + first_byte(line);
	while (at > 0 && is_blank(text[at - 1]))
		at--;
	return at > 0 && at < open && is_word(text[at - 1]);
}

/* `search query="No module named x"`. A calm line quotes whom it wants. */
static bool is_quoted(const struct statement *line)
{
	size_t open = quotation(line);
	struct word name;

	if (open == SIZE_MAX || line->level > LOG_INFO)
		return false;
	name = name_of(line->text, open);
	if (is_own_words(name))
		return false;
	return is_calm(line->level) || is_mentioned(line, open, name);
}

/* PostgreSQL says LOG of what it could not do as well. */
static bool is_calm_report(const struct statement *line)
{
	return is_calm(line->level) && memmem(line->text, line->start, "LOG:", 4) == NULL;
}

struct doubt doubt_of(const struct statement *line)
{
	if (is_denied(line) || is_count_of_none(line))
		return (struct doubt){line->failing && line->level >= LOG_ERROR ? PERHAPS : DENIED,
				      "counts less: it says that there was none"};
	if (is_passed_test(line))
		return (struct doubt){DENIED, "counts less: it says that a test passed"};
	if (is_change(line))
		return (struct doubt){TALK, "counts less: it lists a change"};
	if (is_asked_for(line))
		return (struct doubt){TALK, "counts less: it is what a client asked for"};
	if (is_option(line))
		return (struct doubt){TALK, "counts less: it explains an option"};
	if (is_reading(line))
		return (struct doubt){TALK, "counts less: it is the name of a setting or counter"};
	if (is_quoted(line))
		return (struct doubt){is_calm(line->level) ? TALK : PERHAPS,
				      "counts less: it quotes the words"};
	if (line->failing)
		return (struct doubt){1, NULL};
	if (line->settled)
		return (struct doubt){TALK, "counts less: a later line says that it works"};
	if (is_comment(line))
		return (struct doubt){TALK, "counts less: it is a comment"};
	if (line->level <= LOG_INFO && is_supposed(line))
		return (struct doubt){PERHAPS, "counts less: it says what would be"};
	if (is_calm_report(line))
		return (struct doubt){PERHAPS, "counts less: its own level is no alarm"};
	return (struct doubt){1, NULL};
}
