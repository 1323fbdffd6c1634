/* What a fuzz target offers: libFuzzer's entry, and seeds for the runner that needs no libFuzzer. */
#pragma once

#include <stdlib.h>

#include "buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* Appends well-formed input number i, of a target whose inputs are no text: those have files in corpus/. false: there
 * is no such seed. */
bool fuzz_seed(unsigned i, struct buf *out);

/* The target's claim about what it tests. */
static inline void check(bool holds)
{
	if (!holds)
		abort();
}

/* A text of exactly these bytes and a NUL, to be freed. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	check(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}
