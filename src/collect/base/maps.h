/* Reading the programs' maps: hash maps by an iterator, and maps with elements for each processor that lie in our
 * memory (src/bpf/own.h). Where kprobes serve, neither holds their programs off. */
#pragma once

#include "cleanup.h"
#include "record.h"

struct bpf_link;
struct bpf_map;
struct bpf_program;

/* Called for every element of a hash map. value: its first bytes, as many as its iterator writes. */
typedef void (*map_fn)(void *context, const void *key, const void *value);

/* Walks over a map. walk: the iterator's program, which writes of each value the first value_bytes; NULL: there is
 * none, the map is read by look-ups. 0 or negative errno. */
int map_each(const struct bpf_map *map, const struct bpf_program *walk, size_t value_bytes, map_fn each,
	     void *context) must_check;

/* One more than the highest number that a processor can have here. */
u32 map_cpus(void);
/* An iterator over the map with this program. NULL, with errno: the kernel refuses. */
struct bpf_link *map_link(const struct bpf_map *map, const struct bpf_program *program);
/* The whole map, *size bytes to be given back by munmap(); NULL: it could not be mapped. */
void *map_view(const struct bpf_map *map, size_t *size);
