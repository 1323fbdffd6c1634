/* Arrays that grow. */
#include "array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LEAST 16 /* elements */

static int resize(void *array, uint32_t *cap, uint64_t want, size_t size)
{
	void *at, *bigger;

	if (want > UINT32_MAX)
		return -ENOMEM;
	memcpy(&at, array, sizeof(at)); /* a pointer to any type */
	bigger = reallocarray(at, want, size);
	if (!bigger)
		return -ENOMEM;
	memcpy(array, &bigger, sizeof(bigger));
	*cap = (uint32_t)want;
	return 0;
}

int array_append(void *array, uint32_t *cap, uint32_t count, size_t size)
{
	return count < *cap ? 0 : resize(array, cap, MAX(2 * (uint64_t)count, LEAST), size);
}

int array_reserve(void *array, uint32_t *cap, uint32_t need, size_t size)
{
	return need <= *cap ? 0 : resize(array, cap, need + (uint64_t)need / 8, size);
}
