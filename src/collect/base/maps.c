/* Reads hash maps by iterator or in batches, and maps that are mapped into our memory. */
#include "maps.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "cleanup.h"
#include "pass.h"

#define BATCH_BYTES (384 << 10)

struct walk {
	size_t key_bytes, value_bytes;
	map_fn each;
	void *context;
};

static ssize_t cut(void *walk, u8 *piece, size_t len)
{
	const struct walk *w = walk;
	size_t element = w->key_bytes + w->value_bytes, at = 0;

	for (; len - at >= element; at += element)
		w->each(w->context, piece + at, piece + at + w->key_bytes);
	return (ssize_t)at;
}

struct bpf_link *map_link(const struct bpf_map *map, const struct bpf_program *program)
{
	union bpf_iter_link_info info = {.map.map_fd = (u32)bpf_map__fd(map)};
	LIBBPF_OPTS(bpf_iter_attach_opts, opts, .link_info = &info, .link_info_len = sizeof(info));

	return bpf_program__attach_iter(program, &opts);
}

static int walk_over(const struct bpf_map *map, const struct bpf_program *program, struct walk *w)
{
	struct bpf_link *link = map_link(map, program);
	int fd, r;

	if (!link)
		return -errno;
	fd = bpf_iter_create(bpf_link__fd(link));
	r = fd < 0 ? fd : pass_read(fd, cut, w, NULL, NULL);
	if (fd >= 0)
		close(fd);
	bpf_link__destroy(link);
	return r;
}

static int look_up(const struct bpf_map *map, const struct walk *w)
{
	size_t value_size = bpf_map__value_size(map);
	u32 most = (u32)(BATCH_BYTES / (w->key_bytes + value_size)), in = 0, out = 0;
	cleanup_free u8 *keys = calloc(most, w->key_bytes);
	cleanup_free u8 *values = calloc(most, value_size);
	bool first = true;

	if (!keys || !values)
		return -ENOMEM;
	for (;;) {
		u32 count = most;
		int r = bpf_map_lookup_batch(bpf_map__fd(map), first ? NULL : &in, &out, keys, values, &count, NULL);

		if (r < 0 && r != -ENOENT && errno != ENOENT)
			return -errno;
		for (u32 i = 0; i < count; i++)
			w->each(w->context, keys + i * w->key_bytes, values + i * value_size);
		if (r < 0)
			return 0;
		in = out;
		first = false;
	}
}

int map_each(const struct bpf_map *map, const struct bpf_program *walk, size_t value_bytes, map_fn each, void *context)
{
	struct walk w = {bpf_map__key_size(map), value_bytes, each, context};

	return walk ? walk_over(map, walk, &w) : look_up(map, &w);
}

/* "0-3,8-11" */
static u32 read_cpus(void)
{
	cleanup_fclose FILE *f = fopen("/sys/devices/system/cpu/possible", "re");
	unsigned int number, highest = 0;

	while (f && fscanf(f, "%u%*1[-,]", &number) == 1)
		highest = number;
	return f ? highest + 1 : (u32)MAX(libbpf_num_possible_cpus(), 1);
}

u32 map_cpus(void)
{
	static u32 cpus; /* it never changes */

	cpus = cpus ? cpus : read_cpus();
	return cpus;
}

void *map_view(const struct bpf_map *map, size_t *size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), element = (bpf_map__value_size(map) + 7) & ~7U;
	void *at;

	*size = (element * bpf_map__max_entries(map) + page - 1) & ~(page - 1);
	at = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
	return at == MAP_FAILED ? NULL : at;
}
