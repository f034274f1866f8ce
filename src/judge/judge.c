/* One sample to one verdict. What outranks what: a question that could not be put is unknown; no
 * answer fails; then the status, the body's own verdict, `expect:` in the order written, `warn:`. The
 * first that does not hold gives the sentence. */
#include "judge/judging.h"

#include "base/digest.h"
#include "base/vec.h"

/* --- what the same bytes led to ------------------------------------------------------------ */

struct memo_entry {
	uint16_t got, said; /* offsets into the strings */
	bool pass;
};

struct judge_memo {
	uint64_t digest;
	size_t body_len;
	size_t size;
	bool spoke;
	enum check_state state;
	uint16_t said, features;
	uint16_t count;
	struct memo_entry entries[];
};

void judge_memo_free(struct judge_memo *memo)
{
	free(memo);
}

size_t judge_memo_size(const struct judge_memo *memo)
{
	return memo != NULL ? memo->size : 0;
}

static const char *memo_text(const struct judge_memo *memo, uint16_t offset)
{
	return (const char *)&memo->entries[memo->count] + offset;
}

bool memo_finding(const struct judge_memo *memo, size_t index, struct finding *finding)
{
	if (index >= memo->count)
		return false;
	finding->pass = memo->entries[index].pass;
	finding->got = memo_text(memo, memo->entries[index].got);
	finding->said = memo_text(memo, memo->entries[index].said);
	return true;
}

static bool memo_add_text(struct strbuf *strings, const char *text, uint16_t *offset)
{
	*offset = (uint16_t)strings->len;
	if (text[0] == '\0' && strings->len != 0) {
		*offset = (uint16_t)(strings->len - 1); /* the last string's NUL */
		return true;
	}
	strbuf_add(strings, text, strlen(text) + 1);
	return !strings->truncated;
}

/* NULL where it would be too large to be worth it. */
static struct judge_memo *memo_new(const struct judging *judging, uint64_t digest,
				   const struct health *health)
{
	size_t count = judging->findings.len;
	struct judge_memo *memo;
	struct strbuf strings;
	bool fits = count < 1024;
	size_t head = sizeof(*memo) + count * sizeof(memo->entries[0]);

	strbuf_init(&strings, UINT16_MAX);
	memo = xcalloc(1, head);
	fits = fits && memo_add_text(&strings, health->said, &memo->said) &&
	       memo_add_text(&strings, health->features, &memo->features);
	for (size_t i = 0; fits && i < count; i++) {
		const struct finding *finding = &judging->findings.at[i];

		memo->entries[i].pass = finding->pass;
		fits = memo_add_text(&strings, finding->got, &memo->entries[i].got) &&
		       memo_add_text(&strings, finding->said, &memo->entries[i].said);
	}
	if (!fits) {
		free(memo);
		strbuf_release(&strings);
		return NULL;
	}
	memo->digest = digest;
	memo->body_len = judging->sample->body_len;
	memo->spoke = health->spoke;
	memo->state = health->state;
	memo->count = (uint16_t)count;
	memo->size = head + strings.len;
	memo = xrealloc(memo, memo->size);
	memcpy((char *)&memo->entries[count], strings.data, strings.len);
	strbuf_release(&strings);
	return memo;
}

/* --- the verdict --------------------------------------------------------------------------- */

struct assembly {
	struct judging judging;
	struct verdict *verdict;
	struct assertion_result *results;
	size_t count;
	const char *message; /* of the worst so far */
};

static void worsen(struct assembly *assembly, enum check_state state, const char *said)
{
	static const int rank[] = {
		[CHECK_PASS] = 0, [CHECK_WARN] = 1, [CHECK_UNKNOWN] = 2, [CHECK_FAIL] = 3};

	if (rank[state] <= rank[assembly->verdict->state])
		return;
	assembly->verdict->state = state;
	assembly->message = said;
}

static struct assertion_result *add_result(struct assembly *assembly, const char *expected,
					   const struct finding *finding)
{
	struct assertion_result *result = &assembly->results[assembly->count++];

	*result = (struct assertion_result){.expected = expected,
					    .got = finding->got,
					    .pass = finding->pass,
					    .skipped = finding->skipped};
	return result;
}

static void judge_status(struct assembly *assembly)
{
	struct judging *judging = &assembly->judging;
	const struct value *status = sample_value(judging->sample, SUBJECT_STATUS, NULL);
	const struct exchange *exchange = judging->sample->exchange;
	struct finding finding = {.got = "no status", .said = "the answer has no status"};

	if (judging->sample->failure != FAILURE_NONE)
		finding.got = "no answer";
	if (status != NULL && status->type == VALUE_NUMBER) {
		int code = (int)status->as.number;

		finding.pass = code >= 200 && code <= 299;
		finding.got = arena_printf(judging->arena, "%d", code);
		finding.said = "";
		if (code >= 300 && code <= 399 && exchange != NULL &&
		    exchange->redirected_to != NULL)
			finding.said =
				arena_printf(judging->arena, "status %d to %s, wanted 200..299",
					     code, exchange->redirected_to);
		else if (!finding.pass)
			finding.said =
				arena_printf(judging->arena, "status %d, wanted 200..299", code);
	}
	add_result(assembly, "status in 200..299", &finding);
	if (!finding.pass)
		worsen(assembly, CHECK_FAIL, finding.said);
}

static void judge_route(struct assembly *assembly)
{
	struct finding finding = {.got = "no answer", .said = ""};
	enum check_state state = CHECK_PASS;

	if (assembly->judging.sample->failure == FAILURE_NONE)
		state = route_judge(&assembly->judging, &finding);
	add_result(assembly, "status not in 404|405|410|5xx", &finding);
	worsen(assembly, state, finding.said);
}

static void judge_list(struct assembly *assembly, const struct assertion *list, size_t count,
		       bool warn)
{
	const struct sample *sample = assembly->judging.sample;
	const char *words = sample->failure == FAILURE_NONE ? sample->message : NULL;

	for (size_t i = 0; i < count; i++) {
		struct finding finding;

		assertion_judge(&assembly->judging, &list[i], &finding);
		if (!finding.pass && list[i].held && words != NULL)
			finding.said = judging_clean(&assembly->judging, words, strlen(words));
		add_result(assembly, list[i].text, &finding)->warn = warn;
		if (!finding.pass)
			worsen(assembly, warn ? CHECK_WARN : CHECK_FAIL, finding.said);
	}
}

static void apply_health(struct assembly *assembly, const struct health *health)
{
	struct arena *arena = assembly->judging.arena;
	struct finding finding = {.pass = health->state == CHECK_PASS, .got = health->said};

	if (health->spoke && (!finding.pass || finding.got[0] != '\0')) {
		add_result(assembly, "the body's own verdict is good", &finding)->warn =
			health->state == CHECK_WARN;
		/* A bad status and a body that says why belong in one sentence. */
		if (assembly->verdict->state == CHECK_FAIL && health->state == CHECK_FAIL)
			assembly->message = arena_printf(arena, "status %s; %s",
							 assembly->results[0].got, health->said);
		worsen(assembly, health->state, health->said);
	}
	if (health->features[0] != '\0') {
		finding = (struct finding){.pass = true, .got = health->features};
		add_result(assembly, "note: features that are off", &finding);
	}
}

/* An error answer that was asked for (`status == 404`) speaks about the request, not the service. */
static bool has_own_verdict(const struct check *check, const struct sample *sample)
{
	const struct value *status = sample_value(sample, SUBJECT_STATUS, NULL);
	bool refused = status != NULL && status->type == VALUE_NUMBER && status->as.number >= 400 &&
		       status->as.number <= 499;

	return check->type == CHECK_TYPE_HTTP && !check->ignore_health &&
	       sample->failure == FAILURE_NONE && sample->body != NULL &&
	       !(check->own_status && refused);
}

/* Everything that looks at an answer. */
static void judge_answer(struct assembly *assembly, struct judge_memo **memo)
{
	struct judging *judging = &assembly->judging;
	const struct check *check = judging->check;
	const struct sample *sample = judging->sample;
	struct health health = {.state = CHECK_PASS, .said = "", .features = ""};
	bool looks = sample->failure == FAILURE_NONE && sample->body != NULL && memo != NULL;
	uint64_t digest = looks ? digest_fast(sample->body, sample->body_len) : 0;

	if (looks && *memo != NULL && (*memo)->digest == digest &&
	    (*memo)->body_len == sample->body_len)
		judging->remembered = *memo;
	if (check->type == CHECK_TYPE_ROUTE && !check->own_status)
		judge_route(assembly);
	else if (check->type == CHECK_TYPE_HTTP && !check->own_status)
		judge_status(assembly);
	if (has_own_verdict(check, sample)) {
		if (judging->remembered != NULL)
			health = (struct health){.spoke = (*memo)->spoke,
						 .state = (*memo)->state,
						 .said = memo_text(*memo, (*memo)->said),
						 .features = memo_text(*memo, (*memo)->features)};
		else
			health_judge(judging, &health);
		apply_health(assembly, &health);
	}
	judge_list(assembly, check->expect, check->expect_count, false);
	judge_list(assembly, check->warn, check->warn_count, true);
	if (looks && judging->remembered == NULL) {
		judge_memo_free(*memo);
		*memo = memo_new(judging, digest, &health);
	}
}

static const char *failure_sentence(const struct judging *judging)
{
	const struct sample *sample = judging->sample;

	if (sample->message != NULL && sample->message[0] != '\0')
		return judging_clean((struct judging *)judging, sample->message,
				     strlen(sample->message));
	return failure_words(sample->failure);
}

void judge_sample(const struct check *check, const struct redactor *redactor,
		  const struct sample *sample, struct judge_memo **memo, struct arena *arena,
		  struct verdict *verdict)
{
	size_t most = check->expect_count + check->warn_count + 3;
	struct assembly assembly = {
		.judging = {.check = check, .redactor = redactor, .sample = sample, .arena = arena},
		.verdict = verdict,
		.results = arena_array(arena, most, sizeof(*assembly.results)),
		.message = ""};

	*verdict = (struct verdict){.state = CHECK_PASS};
	if (sample->failure != FAILURE_NONE)
		worsen(&assembly, failure_is_local(sample->failure) ? CHECK_UNKNOWN : CHECK_FAIL,
		       failure_sentence(&assembly.judging));
	/* Nothing that no answer says can outrank that the question was not put. */
	if (verdict->state != CHECK_UNKNOWN)
		judge_answer(&assembly, memo);
	/* Strings of the memo are the memo's: whoever keeps the verdict copies them. */
	verdict->message = assembly.message;
	verdict->assertions = assembly.results;
	verdict->assertion_count = assembly.count;
	json_free(assembly.judging.doc);
	free(assembly.judging.findings.at);
}
