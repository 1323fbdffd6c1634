/* Runs a fuzz target without libFuzzer: the files given, or its seeds and a fixed number of mutations of them, the same
 * ones each time.
 *   fuzz_NAME FILE...                     these inputs
 *   fuzz_NAME [--corpus DIR] [--words FILE]   seeds, files of DIR, and mutations that use the words of a dictionary
 *   fuzz_NAME --seeds DIR                 writes the seeds, as a corpus for libFuzzer */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "fuzz.h"

#define MUTANTS 10000     /* per seed … */
#define MUTANTS_MAX 60000 /* … and in all, which bounds the time of a target with many */
#define WORDS_MAX 256
#define INPUT_MAX (64U << 20)

/* A libFuzzer dictionary: lines of "word" or name="word", with \\ \" and \xAB. */
struct words {
	struct word {
		uint8_t at[64];
		size_t len;
	} word[WORDS_MAX];
	size_t count;
};

static struct words dictionary;

/* A target whose inputs are text has files instead. */
__attribute__((weak)) bool fuzz_seed(unsigned i, struct buf *out)
{
	(void)i;
	(void)out;
	return false;
}

static uint64_t next_random(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static size_t insert(uint8_t *p, size_t len, size_t cap, size_t at, const struct word *w)
{
	if (w->len > cap - len)
		return len;
	memmove(p + at + w->len, p + at, len - at);
	memcpy(p + at, w->at, w->len);
	return len + w->len;
}

/* One small change: a bit, a byte, a run of bytes moved, cut or doubled, a word of the dictionary, the end cut off. */
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
	if (dictionary.count && next_random(x) % 4 == 0)
		return insert(p, len, cap, at, &dictionary.word[next_random(x) % dictionary.count]);
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
	if (len)
		memcpy(copy, p, len);
	LLVMFuzzerTestOneInput(copy, len);
}

static void run_mutants(const struct buf *seed, unsigned mutants)
{
	size_t cap = buf_len(seed) + 4096;
	cleanup_free uint8_t *work = malloc(cap);
	uint64_t x = 0x9e3779b97f4a7c15ULL;

	if (!work)
		abort();
	for (unsigned i = 0; i < mutants; i++) {
		size_t len = buf_len(seed);

		if (len)
			memcpy(work, buf_at(seed), len);
		for (uint64_t k = next_random(&x) % 8; k <= 7; k++)
			len = mutate(work, len, cap, &x);
		run_exactly(work, len);
	}
}

/* -- seeds --------------------------------------------------------------------------------------------------------- */

struct seeds {
	struct buf *at; /* owned */
	size_t count;
};

static struct buf *seed_add(struct seeds *s)
{
	struct buf *bigger = reallocarray(s->at, s->count + 1, sizeof(*bigger));

	if (!bigger)
		abort();
	s->at = bigger;
	s->at[s->count] = (struct buf){};
	return &s->at[s->count++];
}

static void seeds_made(struct seeds *s)
{
	while (fuzz_seed((unsigned)s->count, seed_add(s)))
		;
	buf_deinit(&s->at[--s->count]);
}

static int read_into(const char *path, struct buf *b)
{
	struct error err = {};

	if (file_read(path, INPUT_MAX, b, &err) == 0)
		return 0;
	fprintf(stderr, "%s\n", err.text);
	return -1;
}

/* The files of a corpus, in the order of their names. A target without a folder has none. */
static int seeds_found(struct seeds *s, const char *dir)
{
	struct dirent **entries = NULL;
	int n = scandir(dir, &entries, NULL, alphasort), r = 0;

	for (int i = 0; i < n; i++) {
		char path[4096];

		snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.')
			r |= read_into(path, seed_add(s));
		free(entries[i]);
	}
	free(entries);
	return r;
}

static void seeds_free(struct seeds *s)
{
	for (size_t i = 0; i < s->count; i++)
		buf_deinit(&s->at[i]);
	free(s->at);
}

static void word_read(struct word *w, const char *p)
{
	unsigned byte;

	for (; *p && *p != '"' && w->len < sizeof(w->at); p++) {
		if (*p == '\\' && sscanf(p, "\\x%2x", &byte) == 1) {
			w->at[w->len++] = (uint8_t)byte;
			p += 3;
		} else {
			p += *p == '\\' && p[1];
			w->at[w->len++] = (uint8_t)*p;
		}
	}
}

/* A target without a dictionary has none. */
static void words_read(struct words *words, const char *path)
{
	cleanup_fclose FILE *f = fopen(path, "re");
	char line[256];

	while (f && words->count < WORDS_MAX && fgets(line, sizeof(line), f)) {
		char *quote = line[0] == '#' ? NULL : strchr(line, '"');

		if (!quote)
			continue;
		word_read(&words->word[words->count], quote + 1);
		words->count += words->word[words->count].len > 0;
	}
}

static int seeds_write(const struct seeds *s, const char *dir)
{
	struct error err = {};
	int r = 0;

	for (size_t i = 0; i < s->count; i++) {
		char path[4096];

		snprintf(path, sizeof(path), "%s/seed-%zu", dir, i);
		if (file_write_atomic(path, buf_at(&s->at[i]), buf_len(&s->at[i]), &err) < 0) {
			fprintf(stderr, "%s\n", err.text);
			r = -1;
		}
	}
	return r;
}

static int run_files(char **paths)
{
	int r = 0;

	for (; *paths; paths++) {
		cleanup_buf struct buf b = {};

		if (read_into(*paths, &b) < 0)
			r = 1;
		else
			run_exactly(buf_at(&b), buf_len(&b));
	}
	return r;
}

int main(int argc, char **argv)
{
	struct seeds seeds = {};
	const char *write = NULL;
	int r = 0, i = 1;

	seeds_made(&seeds);
	for (; i + 1 < argc && strncmp(argv[i], "--", 2) == 0; i += 2) {
		if (strcmp(argv[i], "--corpus") == 0)
			r |= seeds_found(&seeds, argv[i + 1]);
		else if (strcmp(argv[i], "--words") == 0)
			words_read(&dictionary, argv[i + 1]);
		else if (strcmp(argv[i], "--seeds") == 0)
			write = argv[i + 1];
	}
	if (i < argc)
		r |= run_files(argv + i);
	else if (write)
		r |= seeds_write(&seeds, write);
	for (size_t k = 0; i == argc && !write && k < seeds.count; k++) {
		run_exactly(buf_at(&seeds.at[k]), buf_len(&seeds.at[k]));
		run_mutants(&seeds.at[k], (unsigned)MIN((size_t)MUTANTS, MUTANTS_MAX / seeds.count));
	}
	/* A target that ran on nothing has shown nothing. */
	if (i == argc && !seeds.count) {
		fprintf(stderr, "no seeds: which --corpus?\n");
		r = 1;
	}
	seeds_free(&seeds);
	return r ? 1 : 0;
}
