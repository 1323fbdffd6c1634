/* Reading the programs' maps: hash maps by an iterator, and per-processor arrays that are mapped into our memory
 * (src/bpf/own.h). Neither keeps kprobes' programs from running. */
#pragma once

#include "cleanup.h"
#include "record.h"

struct bpf_link;
struct bpf_map;
struct bpf_program;

/* Called for every element of a hash map. value: its first bytes, as many as the iterator's program writes. */
typedef void (*map_fn)(void *context, const void *key, const void *value);

/* Walks a map. walk: the iterator's program, which writes the first value_bytes of each value; NULL: there is none, the
 * map is read by look-ups. 0 or negative errno. */
int map_each(const struct bpf_map *map, const struct bpf_program *walk, size_t value_bytes, map_fn each,
	     void *context) must_check;

/* One more than the highest possible processor number. */
u32 map_cpus(void);
/* Attaches this program as an iterator to the map. NULL, with errno set: the kernel refuses. */
struct bpf_link *map_link(const struct bpf_map *map, const struct bpf_program *program);
/* Maps the whole map, *size bytes; the caller calls munmap(). NULL: it could not be mapped. */
void *map_view(const struct bpf_map *map, size_t *size);
