/* Golden files: what a screen looked like when a person accepted it. */
#pragma once

#include <stdbool.h>

#include "buf.h"
#include "error.h"

/* Is the text the same as folder/NAME.txt, or is that to be rewritten (UPDATE_GOLDENS=1)? Silent, unlike
 * golden_check(). */
bool golden_is(const char *folder, const char *name, const struct buf *text);
/* Compares text with folder/NAME.txt; with UPDATE_GOLDENS=1 in the environment writes it instead. 0, or -EBADMSG with
 * err; the lines that differ go to stderr. */
int golden_check(const char *folder, const char *name, struct buf *text, struct error *err) must_check;
