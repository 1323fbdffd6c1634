/* Programs of BPF that are made by hand, and maps of one socket. */
#include "programs.h"

#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static int bpf(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

int bpf_load(const char *name, enum bpf_prog_type type, enum bpf_attach_type how, const struct bpf_insn *code,
	     uint32_t count, uint32_t *id)
{
	union bpf_attr attr = {.prog_type = type,
			       .expected_attach_type = how,
			       .insns = (uintptr_t)code,
			       .insn_cnt = count,
			       .license = (uintptr_t) "GPL"};
	struct bpf_prog_info info = {};
	int fd;

	snprintf(attr.prog_name, sizeof(attr.prog_name), "%s", name);
	fd = bpf(BPF_PROG_LOAD, &attr);
	attr = (union bpf_attr){.info = {.bpf_fd = (uint32_t)fd, .info_len = sizeof(info), .info = (uintptr_t)&info}};
	if (fd < 0 || bpf(BPF_OBJ_GET_INFO_BY_FD, &attr) < 0)
		return -1;
	*id = info.id;
	return fd;
}

int bpf_sockmap(void)
{
	union bpf_attr attr = {.map_type = BPF_MAP_TYPE_SOCKMAP, .key_size = 4, .value_size = 4, .max_entries = 1};

	return bpf(BPF_MAP_CREATE, &attr);
}

int bpf_attach(int map, int program, enum bpf_attach_type how)
{
	union bpf_attr attr = {.target_fd = (uint32_t)map, .attach_bpf_fd = (uint32_t)program, .attach_type = how};

	return bpf(BPF_PROG_ATTACH, &attr);
}

int bpf_put(int map, int fd)
{
	uint32_t key = 0, value = (uint32_t)fd;
	union bpf_attr attr = {.map_fd = (uint32_t)map, .key = (uintptr_t)&key, .value = (uintptr_t)&value};

	return bpf(BPF_MAP_UPDATE_ELEM, &attr);
}

int bpf_link(int program, int target, enum bpf_attach_type how)
{
	union bpf_attr attr = {
	    .link_create = {.prog_fd = (uint32_t)program, .target_fd = (uint32_t)target, .attach_type = how}};

	return bpf(BPF_LINK_CREATE, &attr);
}
