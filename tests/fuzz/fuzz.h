/* What the fuzz targets share. A target is one function that libFuzzer calls with any bytes; it
 * must neither crash nor break the promises of the header it tests. Without libFuzzer,
 * replay_main.c calls it with the files of corpus/. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include "base/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A broken promise is a crash, with its text. */
#define PROMISE(condition)                                                                     \
	do {                                                                                   \
		if (!(condition))                                                              \
			BUG("broken promise: %s", #condition);                                 \
	} while (0)

#endif
