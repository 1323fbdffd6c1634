/* One line that says what failed and what to do: how a failure is reported upwards. A function that can fail returns 0
 * or a negative errno and, given a struct error, writes its line there. */
#pragma once

#include "cleanup.h"

struct error {
	char text[512]; /* one line, printable, no newline; "" when nothing failed */
};

/* Writes the line (cleaned of control characters) and returns code, so that callers can `return error_set(...)`.
 * err may be NULL. code is a negative errno. */
int error_set(struct error *err, int code, const char *fmt, ...) printf_like(3, 4);
