/* --explain: how its input is cut into documents, what it prints, and that no input hurts it. The
 * table of facts in docs/rules.md is held against facts.def here too. */
#include "unit.h"

#include "app/explain.h"
#include "app/explain_input.h"
#include "app/explain_text.h"
#include "base/limits.h"
#include "base/scrub.h"
#include "base/utf8.h"
#include "diagnose/facts.h"

#include <unistd.h>

static void test_split(void **state)
{
	static const struct {
		const char *input, *want; /* id:symptoms:log bytes of each document */
	} rows[] = {
		{"", "f:0:0 "},
		{"a\nb\n", "f:0:4 "},
		{"a\r\nb", "f:0:4 "},
		{"{\"id\":\"x\",\"symptoms\":{}}\n", "x:0:0 "},
		{"{\"id\":\"x\",\"symptoms\":{\"http_status\":404},\"logs\":[\"ab\",{\"message\":"
		 "\"c\"}]}\n",
		 "x:1:5 "},
		{"{\"id\":\"x\",\"logs\":[]}\n{\"id\":\"y\",\"logs\":[]}\n", "x:0:0 y:0:0 "},
		{"{\"logs\":[]}\n", "document 1:0:0 "},
		{"{\"logs\":\"no list\"}\n", "f:0:19 "}, /* a JSON log line */
		{"{\"msg\":\"symptoms\"}\n", "f:0:19 "},
		{"{\"symptoms\":\n", "f:0:13 "}, /* broken */
		{"a\n{\"id\":\"x\",\"logs\":[]}\nb\n",
		 "f:0:4 x:0:0 "}, /* the text is one document */
		{"{\n  \"id\": \"x\",\n  \"symptoms\": {\"a\": 1, \"response_headers\": "
		 "{\"Server\": null}},\n"
		 "  \"container\": {\"state\": \"exited\"}\n}\n",
		 "x:3:0 "}, /* a whole file */
		{"[{\"symptoms\":{}}]\n", "f:0:18 "},
		{"\033]0;evil\007\xff\n", NULL},
	};

	(void)state;
	for (size_t i = 0; i < BASE_LEN(rows); i++) {
		struct explain_documents documents;
		struct strbuf got;

		strbuf_init(&got, 1000);
		explain_split(&documents, "f", rows[i].input, strlen(rows[i].input));
		for (size_t k = 0; k < documents.list.len; k++) {
			const struct explain_document *one = &documents.list.at[k];

			strbuf_addf(&got, "%s:%zu:%zu ", one->id, one->symptom_count, one->log.len);
			for (size_t at = 0; at < one->log.len; at++)
				assert_true(one->log.data[at] == '\n' ||
					    (unsigned char)one->log.data[at] >= ' ');
		}
		if (rows[i].want != NULL && strcmp(got.data, rows[i].want) != 0)
			fail_msg("row %zu: %s", i, got.data);
		strbuf_release(&got);
		explain_documents_release(&documents);
	}
}

/* Runs --explain over bytes in a file. */
static int explain(const char *bytes, size_t len, const char *format, struct strbuf *out)
{
	char path[] = "/tmp/sitrep-explain-XXXXXX";
	int fd = mkstemp(path);
	struct strbuf err;
	int code;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	(void)close(fd);
	strbuf_init(&err, 1000);
	code = explain_run(path, format, out, &err);
	(void)unlink(path);
	strbuf_release(&err);
	return code;
}

static void test_formats(void **state)
{
	static const char log[] = "2026-11-21 10:00:00 boot\n2026-11-21 10:00:01 "
				  "ModuleNotFoundError: No module named 'torchaudio'\n";
	struct strbuf out, err;

	(void)state;
	strbuf_init(&out, 1u << 20);
	strbuf_init(&err, 1000);
	assert_int_equal(explain(log, strlen(log), NULL, &out), 0);
	assert_non_null(strstr(out.data, "Python cannot import torchaudio"));
	assert_non_null(strstr(out.data, "line 2"));
	assert_non_null(strstr(out.data, "$ docker compose up -d --build SERVICE   # change"));
	strbuf_reset(&out);
	assert_int_equal(explain(log, strlen(log), "json", &out), 0);
	assert_non_null(strstr(out.data, "\"id\":\"python-module-missing\""));
	assert_ptr_equal(strchr(out.data, '\n'), out.data + out.len - 1);
	strbuf_reset(&out);
	assert_int_equal(explain(log, strlen(log), "yaml", &out), 3);
	assert_int_equal(explain_run("/nonexistent/file", NULL, &out, &err), 3);
	assert_non_null(strstr(err.data, "cannot read"));
	strbuf_release(&out);
	strbuf_release(&err);
}

/* Bytes that would command a terminal, and lines without an end: every line of the report is clean
 * and fits, but for commands and links. */
static void test_hostile(void **state)
{
	struct strbuf in, out;
	const char *line;

	(void)state;
	strbuf_init(&in, 1u << 20);
	strbuf_init(&out, 1u << 20);
	strbuf_adds(&in, "\033]52;c;aGk=\007 EADDRINUSE: address already in use "
			 ":::80\n\xe2\x80\xae\xff\xc2\x9b connection refused\n");
	for (int i = 0; i < 60000; i++)
		strbuf_adds(&in, "no space left on device \xc3\xa9");
	assert_int_equal(explain(in.data, in.len, "text", &out), 0);
	assert_non_null(strstr(out.data, "port-in-use"));
	for (line = out.data; *line != '\0'; line += strcspn(line, "\n") + 1) {
		size_t len = strcspn(line, "\n");

		assert_true(scrub_is_clean(line, len));
		if (memmem(line, len, "$ ", 2) == NULL && memmem(line, len, "https://", 8) == NULL)
			assert_true(utf8_width(line, len) <= EXPLAIN_WIDTH);
	}
	strbuf_release(&in);
	strbuf_release(&out);
}

static const char *kind_word(enum value_type type)
{
	return type == VALUE_NUMBER	? "number"
	       : type == VALUE_DURATION ? "duration"
	       : type == VALUE_BOOL	? "true/false"
					: "text";
}

static void test_documented_facts(void **state)
{
	static const char *const scopes[] = {"case", "check", "dependency"};
	const char *srcdir = getenv("srcdir");
	char *path = xasprintf("%s/docs/rules.md", srcdir != NULL ? srcdir : ".");
	FILE *file = fopen(path, "re");
	char line[1000];
	size_t facts = 0;

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		const struct fact_info *info;
		struct strbuf want;

		if (strncmp(line, "| `", 3) != 0)
			continue;
		assert_true(facts < FACT_COUNT);
		info = fact_info((enum fact_id)facts++);
		strbuf_init(&want, 1000);
		strbuf_addf(&want, "| `%s` | %s | %s | ", info->name, kind_word(info->type),
			    scopes[info->scope]);
		for (const char *c = info->doc; *c != '\0'; c++)
			strbuf_addf(&want, "%s%c", *c == '|' ? "\\" : "", *c);
		strbuf_adds(&want, " |\n");
		assert_string_equal(line, want.data);
		strbuf_release(&want);
	}
	assert_int_equal(facts, FACT_COUNT);
	(void)fclose(file);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_documented_facts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
