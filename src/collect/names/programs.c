/* Asks the kernel which programs are attached where. */
#include "programs.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "cleanup.h"

void programs_add(struct record_attached *a, u8 hook, u32 id)
{
	if (a->count < ATTACHED_MAX) {
		a->programs[a->count] = id;
		a->hooks[a->count] = hook;
	}
	a->count++;
}

int programs_query(struct record_attached *a, int target, u8 hook, u32 flags)
{
	u32 ids[ATTACHED_MAX], count = ATTACHED_MAX;
	int r = bpf_prog_query(target, hook, flags, NULL, ids, &count);

	/* There are more than fit: the first ones were written. */
	if (r < 0 && r != -ENOSPC)
		return r;
	for (u32 i = 0; i < count; i++)
		programs_add(a, hook, i < ATTACHED_MAX ? ids[i] : 0);
	return 0;
}

bool program_name(u32 id, char name[16])
{
	cleanup_close int fd = bpf_prog_get_fd_by_id(id);
	struct bpf_prog_info info = {};
	u32 size = sizeof(info);

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size) < 0)
		return false;
	memcpy(name, info.name, sizeof(info.name));
	return true;
}
