/* Arrays that grow. array is the address of the pointer to the elements, of size bytes each; there is room for *cap of
 * them. -ENOMEM leaves everything as it was. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "cleanup.h"

/* Makes room for one more after count elements. Doubles the room, so that adding n one by one takes O(n). */
int array_append(void *array, uint32_t *cap, uint32_t count, size_t size) must_check;
/* Makes room for `need` elements, and some more. */
int array_reserve(void *array, uint32_t *cap, uint32_t need, size_t size) must_check;
