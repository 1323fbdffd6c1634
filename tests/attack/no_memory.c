/* Preloaded: the calloc() that NO_MEMORY says (1, 2, …) of those of 16 KiB and more fails. What reads the command line
 * is content with less. */
#include <errno.h>
#include <stdlib.h>

#define LARGE 16384

extern void *__libc_calloc(size_t n, size_t size);
void *calloc(size_t n, size_t size);

void *calloc(size_t n, size_t size)
{
	static int count;
	const char *which = getenv("NO_MEMORY");

	if (which && n * size >= LARGE && ++count == atoi(which)) {
		errno = ENOMEM;
		return NULL;
	}
	return __libc_calloc(n, size);
}
