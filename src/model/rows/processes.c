/* What is known of processes beside their names: the newest MODEL_PROCESSES_MAX of them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "rows_private.h"
#include "text.h"

/* The place of a process, a new one or the oldest's where there are too many. */
static struct process *place_of(struct processes *p, u32 pid)
{
	u32 at = idmap_get(&p->ids, pid + 1ULL);
	struct process *found;

	if (at != IDMAP_NONE)
		return &p->at[at];
	if (p->count < MODEL_PROCESSES_MAX) {
		if (array_append(&p->at, &p->cap, p->count, sizeof(*p->at)) < 0)
			return NULL;
		at = p->count;
		p->at[at] = (struct process){};
	} else {
		at = p->oldest;
	}
	if (idmap_set(&p->ids, pid + 1ULL, at) < 0)
		return NULL;
	found = &p->at[at];
	if (at < p->count) {
		idmap_remove(&p->ids, found->pid + 1ULL);
		p->oldest = (p->oldest + 1) % MODEL_PROCESSES_MAX;
	}
	p->count += at == p->count;
	return found;
}

int take_process(struct model *m, const struct record_process *rec)
{
	char exe[sizeof(rec->exe) * 3 + 1]; /* each byte that is not UTF-8 takes three */
	struct process *p = place_of(&m->processes, rec->pid);

	if (!p)
		return -ENOMEM;
	text_clean(exe, sizeof(exe), (const char *)rec->exe, sizeof(rec->exe));
	free(p->exe);
	*p = (struct process){.pid = rec->pid, .mntns = rec->mntns, .pidns = rec->pidns, .exe = strdup(exe)};
	return p->exe ? 0 : -ENOMEM;
}

const struct process *model_process(const struct model *m, u32 pid)
{
	u32 at = idmap_get(&m->processes.ids, pid + 1ULL);

	return at == IDMAP_NONE ? NULL : &m->processes.at[at];
}

void processes_deinit(struct model *m)
{
	for (u32 i = 0; i < m->processes.count; i++)
		free(m->processes.at[i].exe);
	free(m->processes.at);
	idmap_deinit(&m->processes.ids);
}
