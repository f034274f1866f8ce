/* A body from a stranger, judged by its own verdict and by assertions: every sentence is clean and
 * bounded, and the same bytes lead to the same verdict by way of the memo. */
#include "fuzz.h"

#include "base/limits.h"
#include "base/scrub.h"
#include "judge/judge.h"

static void judge_text(const char *text)
{
	PROMISE(scrub_is_clean(text, strlen(text)));
	PROMISE(strlen(text) <= 4 * LIMIT_MESSAGE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_path *path = json_path_new(".a", NULL), *each = json_path_new(".b[*].c", NULL);
	struct operand_range ranges[] = {{1, 5, NULL}, {0, 0, "x"}};
	struct assertion any[] = {
		{.text = "body == x", .subject = SUBJECT_BODY, .op = OP_EQ, .operand = value_string("x")},
		{.text = "json .a absent", .subject = SUBJECT_JSON, .argument = ".a", .path = path,
		 .op = OP_ABSENT},
	};
	struct assertion list[] = {
		{.text = "json .a == 1", .subject = SUBJECT_JSON, .argument = ".a", .path = path,
		 .op = OP_EQ, .operand = value_number(1)},
		{.text = "json .b[*].c in 1..5|x", .subject = SUBJECT_JSON, .argument = ".b[*].c",
		 .path = each, .op = OP_IN, .ranges = ranges, .range_count = 2},
		{.text = "any of", .any = any, .any_count = 2},
	};
	struct check check = {.type = CHECK_TYPE_HTTP,
			      .target = "http://h/x",
			      .url = "http://h/x",
			      .expect = list,
			      .expect_count = 2,
			      .warn = list + 2,
			      .warn_count = 1};
	struct sample_value status = {SUBJECT_STATUS, NULL, value_number(200)};
	struct sample sample = {.values = &status,
				.value_count = 1,
				.phases = phases_unmeasured(),
				.body = (const char *)data,
				.body_len = size < LIMIT_BODY ? size : LIMIT_BODY};
	struct judge_memo *memo = NULL;
	struct verdict first, second;
	struct arena arena;

	arena_init(&arena);
	judge_sample(&check, NULL, &sample, &memo, &arena, &first);
	judge_sample(&check, NULL, &sample, &memo, &arena, &second);
	PROMISE(first.state == second.state && strcmp(first.message, second.message) == 0);
	PROMISE(first.assertion_count == second.assertion_count);
	PROMISE((first.state == CHECK_PASS) == (first.message[0] == '\0'));
	judge_text(first.message);
	for (size_t i = 0; i < first.assertion_count; i++) {
		judge_text(first.assertions[i].got);
		PROMISE(strcmp(first.assertions[i].got, second.assertions[i].got) == 0);
		PROMISE(first.assertions[i].pass == second.assertions[i].pass);
	}
	judge_memo_free(memo);
	arena_release(&arena);
	json_path_free(path);
	json_path_free(each);
	return 0;
}
