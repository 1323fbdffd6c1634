/* Scope-bound release of what a function owns, and a few macros that C lacks. A pointer marked cleanup_free is freed
 * when it leaves its scope; take() moves it out. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define cleanup(f) __attribute__((cleanup(f)))
#define printf_like(fmt, args) __attribute__((format(printf, fmt, args)))
#define must_check __attribute__((warn_unused_result))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define CLAMP(x, lo, hi) ((x) < (lo) ? (lo) : (x) > (hi) ? (hi) : (x))

/* The value of a pointer that its scope gives up. */
#define take(p)                                                                                                        \
	({                                                                                                             \
		__typeof__(p) _taken = (p);                                                                            \
		(p) = NULL;                                                                                            \
		_taken;                                                                                                \
	})

static inline void cleanup_free_p(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_close_p(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_fclose_p(FILE **f)
{
	if (*f)
		fclose(*f);
}

#define cleanup_free cleanup(cleanup_free_p)
#define cleanup_close cleanup(cleanup_close_p)
#define cleanup_fclose cleanup(cleanup_fclose_p)
