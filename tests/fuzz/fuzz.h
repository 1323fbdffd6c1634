/* What a fuzz target offers: libFuzzer's entry, and seeds for the runner that needs no libFuzzer. */
#pragma once

#include "buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* Appends well-formed input number i. false: there is no such seed. */
bool fuzz_seed(unsigned i, struct buf *out);
