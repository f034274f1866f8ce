/* bench_patterns [MB [PATTERNS-FILE]]: how fast the signatures of a log are found. A mixed log of
 * so many megabytes (200) is made in memory, about one line in 200 an error; the patterns are put
 * to it by base/pattern_set as --explain and the followers do, then by PCRE2 alone, a pattern a
 * line (on a tenth of the log), then by `rg -j1` where it is installed. MB/s of CPU time, medians
 * of five rounds that alternate; the lines that match must be the same for all. */
#include "log_bench.h"

struct tally {
	const char *last;
	size_t lines, hits;
};

static bool on_hit(void *context, const struct pattern_hit *hit)
{
	struct tally *tally = context;

	tally->hits++;
	if (hit->line != tally->last)
		tally->lines++;
	tally->last = hit->line;
	return true;
}

static double by_set(const struct pattern_set *set, const struct strbuf *log, size_t *lines)
{
	struct pattern_scratch *scratch = pattern_scratch_new(set);
	struct tally tally = {0};
	double start = cpu_s(RUSAGE_SELF);

	pattern_set_scan(set, scratch, log->data, log->len, on_hit, &tally);
	start = cpu_s(RUSAGE_SELF) - start;
	pattern_scratch_free(scratch);
	*lines = tally.lines;
	return (double)log->len / 1e6 / start;
}

static double by_pcre2(struct pattern **patterns, size_t count, const struct strbuf *log, size_t len,
		       size_t *lines)
{
	struct pattern_room *room = pattern_room_new();
	double start = cpu_s(RUSAGE_SELF);

	*lines = 0;
	for (size_t at = 0; at < len;) {
		const char *newline = memchr(log->data + at, '\n', len - at);
		size_t end = newline != NULL ? (size_t)(newline - log->data) : len;
		bool any = false;

		for (size_t i = 0; i < count; i++)
			any |= pattern_find_in(patterns[i], room, log->data + at, end - at, 0, NULL) == 1;
		*lines += any ? 1 : 0;
		at = end + 1;
	}
	start = cpu_s(RUSAGE_SELF) - start;
	pattern_room_free(room);
	return (double)len / 1e6 / start;
}

int main(int argc, char **argv)
{
	size_t size = (argc > 1 ? strtoul(argv[1], NULL, 10) : 200) * 1000000;
	const char *patterns = argc > 2 ? argv[2] : "bench/patterns.txt";
	struct texts texts = read_patterns(patterns);
	char file[] = "/tmp/bench_patterns.XXXXXX";
	double set_speed[ROUNDS], pcre2_speed[ROUNDS], rg_speed[ROUNDS];
	size_t lines = 0, part_lines = 0, rg_lines = 0, part;
	struct pattern **alone;
	struct pattern_set *set;
	struct strbuf log, err;
	uint64_t seed = 1;
	double start;

	strbuf_init(&err, 500);
	strbuf_init(&log, size + 1000);
	for (unsigned number = 0; log.len < size; number++)
		add_line(&log, &seed, number);
	part = log.len / 10;
	start = cpu_s(RUSAGE_SELF);
	set = pattern_set_new(texts.at, texts.len, &err);
	start = cpu_s(RUSAGE_SELF) - start;
	if (set == NULL || !save(&log, file)) {
		(void)fprintf(stderr, "bench_patterns: %s\n", set == NULL ? err.data : file);
		return 1;
	}
	alone = xcalloc(texts.len, sizeof(*alone));
	for (size_t i = 0; i < texts.len; i++)
		alone[i] = pattern_fast_copy(pattern_set_at(set, i));
	for (int i = 0; i < ROUNDS; i++) {
		set_speed[i] = by_set(set, &log, &lines);
		pcre2_speed[i] = by_pcre2(alone, texts.len, &log, part, &part_lines);
		rg_speed[i] = by_ripgrep(patterns, file, log.len, &rg_lines);
	}
	(void)unlink(file);
	printf("patterns=%zu slow=%zu log_MB=%zu compile_ms=%.1f lines=%zu\n", texts.len,
	       pattern_set_slow(set), log.len / 1000000, start * 1e3, lines);
	printf("set_MB_s=%.0f pcre2_MB_s=%.0f ratio=%.1f\n", median(set_speed), median(pcre2_speed),
	       median(set_speed) / median(pcre2_speed));
	if (median(rg_speed) > 0)
		printf("rg_MB_s=%.0f ratio=%.2f rg_lines=%zu\n", median(rg_speed),
		       median(set_speed) / median(rg_speed), rg_lines);
	for (size_t i = 0; i < texts.len; i++) {
		free((char *)(uintptr_t)texts.at[i].regex);
		pattern_free(alone[i]);
	}
	free(alone);
	vec_release(&texts);
	pattern_set_unref(set);
	strbuf_release(&log);
	strbuf_release(&err);
	return rg_lines != 0 && rg_lines != lines ? 1 : 0;
}
