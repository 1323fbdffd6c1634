/* Wall-clock times (CLOCK_REALTIME, ns since 1970) as text. 0 is an unknown time: its text is empty. `decimals` (0 … 9)
 * of a second are cut, not rounded. All return the text's length. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define WALL_MAX 40 /* room for any of them, with its NUL */

/* "14:02:11.214812": the local time of day. */
size_t wall_clock(char *dst, size_t size, uint64_t ns, unsigned decimals);
/* "2026-03-14 14:02:11.214": with the date. */
size_t wall_date(char *dst, size_t size, uint64_t ns, unsigned decimals);
/* "1773497131.214812": unix seconds. */
size_t wall_unix(char *dst, size_t size, uint64_t ns, unsigned decimals);
/* "skbtop-20260314-140211.txt": a name for a file that is written at that time. */
size_t wall_file_name(char *dst, size_t size, uint64_t ns, const char *suffix);
