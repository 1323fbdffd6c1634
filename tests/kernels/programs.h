/* Programs of BPF that are made by hand, and maps of one socket. What fails returns -1, with errno. */
#pragma once

#include <linux/bpf.h>
#include <stdint.h>

/* Loads it; its descriptor and its id. */
int bpf_load(const char *name, enum bpf_prog_type type, enum bpf_attach_type how, const struct bpf_insn *code,
	     uint32_t count, uint32_t *id);
int bpf_sockmap(void);
/* Those that are put into the map from then on have the program. */
int bpf_attach(int map, int program, enum bpf_attach_type how);
int bpf_put(int map, int fd);
int bpf_link(int program, int target, enum bpf_attach_type how);
