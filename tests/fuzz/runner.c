/* Runs a fuzz target without libFuzzer: the files given, or its seeds and a fixed number of mutations of them, the same
 * ones each time. --seeds DIR writes the seeds, as a corpus for libFuzzer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "fuzz.h"

#define MUTANTS 10000 /* per seed */

static uint64_t next_random(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

/* One small change: a bit, a byte, a run of bytes moved, cut or doubled, the end cut off. */
static size_t mutate(uint8_t *p, size_t len, size_t cap, uint64_t *x)
{
	static const uint8_t telling[] = {0, 1, 0x7f, 0x80, 0xff, '(', ')', '\'', '\\', ' '};
	size_t at, n;

	if (!len)
		return 0;
	/* What lies behind a long opening deserves most of the attention. */
	at = next_random(x) % len;
	if (next_random(x) % 8)
		at = MAX(at, next_random(x) % len);
	n = next_random(x) % (len - at) % 64;
	switch (next_random(x) % 12) {
	case 0: return at;
	case 1: memmove(p + at, p + at + n, len - at - n); return len - n;
	case 2:
		n = MIN(n, cap - len);
		memmove(p + at + n, p + at, len - at);
		return len + n;
	case 3:
	case 4:
	case 5: p[at] ^= (uint8_t)(1U << next_random(x) % 8); return len;
	case 6:
	case 7:
	case 8: p[at] = telling[next_random(x) % sizeof(telling)]; return len;
	default: p[at] = (uint8_t)next_random(x); return len;
	}
}

/* The input lies in a block of exactly its size, so that a sanitizer sees a read beyond it. */
static void run_exactly(const uint8_t *p, size_t len)
{
	cleanup_free uint8_t *copy = malloc(len ? len : 1);

	if (!copy)
		abort();
	memcpy(copy, p, len);
	LLVMFuzzerTestOneInput(copy, len);
}

static void run_mutants(const struct buf *seed)
{
	size_t cap = buf_len(seed) + 4096;
	cleanup_free uint8_t *work = malloc(cap);
	uint64_t x = 0x9e3779b97f4a7c15ULL;

	if (!work)
		abort();
	for (int i = 0; i < MUTANTS; i++) {
		size_t len = buf_len(seed);

		memcpy(work, buf_at(seed), len);
		for (uint64_t k = next_random(&x) % 8; k <= 7; k++)
			len = mutate(work, len, cap, &x);
		run_exactly(work, len);
	}
}

static int write_seed(const char *dir, unsigned i, const struct buf *seed)
{
	char path[4096];
	struct error err = {};

	snprintf(path, sizeof(path), "%s/seed-%u", dir, i);
	if (file_write_atomic(path, buf_at(seed), buf_len(seed), &err) == 0)
		return 0;
	fprintf(stderr, "%s\n", err.text);
	return -1;
}

static int run_file(const char *path)
{
	cleanup_buf struct buf b = {};
	struct error err = {};

	if (file_read(path, 64U << 20, &b, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return -1;
	}
	run_exactly(buf_at(&b), buf_len(&b));
	return 0;
}

int main(int argc, char **argv)
{
	bool write = argc == 3 && strcmp(argv[1], "--seeds") == 0;
	int r = 0;

	for (int i = 1; !write && i < argc; i++)
		r |= run_file(argv[i]);
	for (unsigned i = 0; write || argc == 1; i++) {
		cleanup_buf struct buf seed = {};

		if (!fuzz_seed(i, &seed))
			break;
		if (write) {
			r |= write_seed(argv[2], i, &seed);
			continue;
		}
		run_exactly(buf_at(&seed), buf_len(&seed));
		run_mutants(&seed);
	}
	return r ? 1 : 0;
}
