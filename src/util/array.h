/* Arrays that grow. array is the address of the pointer to the elements, of which there is room for *cap, each of size
 * bytes. -ENOMEM leaves all as it was. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "cleanup.h"

/* Room for one behind count of them. It is doubled, so that adding many, one by one, takes a time in proportion. */
int array_append(void *array, uint32_t *cap, uint32_t count, size_t size) must_check;
/* Room for as many as are needed, and some beyond. */
int array_reserve(void *array, uint32_t *cap, uint32_t need, size_t size) must_check;
