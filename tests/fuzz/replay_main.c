/* Runs a fuzz target over files, without libFuzzer, so that `make check` replays the corpus with
 * any compiler: each file as it is, every prefix of a small one, and a fixed number of simple
 * mutations. The same run every time. */
#include "fuzz.h"

#include "base/xalloc.h"

#define INPUT_MAX (1u << 20)
#define PREFIXES 300
#define MUTATIONS 200

/* A copy of exactly its size for each call: a read past the end is a read past a heap block. */
static void run(const uint8_t *bytes, size_t len)
{
	uint8_t *copy = xmemdup(bytes, len);

	(void)LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

static uint64_t next_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return *state >> 33;
}

static void mutate(uint8_t *bytes, size_t *len, uint64_t *seed)
{
	static const uint8_t nasty[] = {0, '\n', '"', '\'', '\\', 0x1b, 0x7f, 0x80, 0xc2, 0xe2,
					0xf0, 0xff, '{', '[', ':', '%', '-', '9', '$', '*'};
	size_t at = next_random(seed) % *len;

	switch (next_random(seed) % 4) {
	case 0:
		bytes[at] = nasty[next_random(seed) % BASE_LEN(nasty)];
		break;
	case 1:
		bytes[at] ^= (uint8_t)(1u << next_random(seed) % 8);
		break;
	case 2: /* cut out a few */
		memmove(bytes + at, bytes + at + 1, *len - at - 1);
		(*len)--;
		break;
	default: /* say something twice */
		if (*len < INPUT_MAX) {
			memmove(bytes + at + 1, bytes + at, *len - at);
			(*len)++;
		}
		break;
	}
}

static void run_all(const uint8_t *bytes, size_t len)
{
	uint8_t *work = xmalloc(INPUT_MAX + 1);
	uint64_t seed = 42 + len;

	run(bytes, len);
	for (size_t prefix = 0; prefix < len && prefix < PREFIXES; prefix++)
		run(bytes, prefix);
	for (int round = 0; round < MUTATIONS && len != 0; round++) {
		size_t work_len = len;

		memcpy(work, bytes, len);
		for (uint64_t i = next_random(&seed) % 6; i < 6 && work_len != 0; i++)
			mutate(work, &work_len, &seed);
		run(work, work_len);
	}
	free(work);
}

int main(int argc, char **argv)
{
	uint8_t *bytes = xmalloc(INPUT_MAX);

	for (int i = 1; i < argc; i++) {
		FILE *file = fopen(argv[i], "rb");
		size_t len;

		if (file == NULL) {
			(void)fprintf(stderr, "%s cannot be read\n", argv[i]);
			return 1;
		}
		len = fread(bytes, 1, INPUT_MAX, file);
		(void)fclose(file);
		run_all(bytes, len);
	}
	free(bytes);
	return 0;
}
