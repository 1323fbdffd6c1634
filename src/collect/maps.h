/* Reading the programs' maps. */
#pragma once

#include "record.h"

/* Calls each for every element of a hash map whose keys are u64, batch of them at a time. 0 or negative errno. */
int map_each(int fd, size_t value_size, u32 batch, void (*each)(void *context, u64 key, const void *value), void *context);
/* An element of a per-CPU array: what each processor has, *cpus of size bytes, owned by the caller. NULL: it could not
 * be read. */
void *map_percpu(int fd, u32 key, size_t size, int *cpus);
/* Makes it zero on all of them; without memory it stays as it is. */
void map_percpu_clear(int fd, u32 key, size_t size);
