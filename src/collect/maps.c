/* Hash maps in batches, and per-CPU arrays. */
#include "maps.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "cleanup.h"

int map_each(int fd, size_t value_size, u32 batch, void (*each)(void *context, u64 key, const void *value), void *context)
{
	cleanup_free u64 *keys = calloc(batch, sizeof(*keys));
	cleanup_free u8 *values = calloc(batch, value_size);
	u32 in = 0, out = 0;
	bool first = true;

	if (!keys || !values)
		return -ENOMEM;
	for (;;) {
		u32 count = batch;
		int r = bpf_map_lookup_batch(fd, first ? NULL : &in, &out, keys, values, &count, NULL);

		if (r < 0 && r != -ENOENT && errno != ENOENT)
			return -errno;
		for (u32 i = 0; i < count; i++)
			each(context, keys[i], values + i * value_size);
		if (r < 0)
			return 0;
		in = out;
		first = false;
	}
}

void *map_percpu(int fd, u32 key, size_t size, int *cpus)
{
	void *each;

	*cpus = libbpf_num_possible_cpus();
	each = calloc((size_t)MAX(*cpus, 1), size);
	if (each && bpf_map_lookup_elem(fd, &key, each) < 0)
		free(take(each));
	return each;
}

void map_percpu_clear(int fd, u32 key, size_t size)
{
	cleanup_free void *each = calloc((size_t)MAX(libbpf_num_possible_cpus(), 1), size);

	if (each)
		(void)!bpf_map_update_elem(fd, &key, each, BPF_ANY);
}
