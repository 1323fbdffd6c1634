/* What is known of processes beside their names: the newest MODEL_PROCESSES_MAX of them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "clock.h"
#include "rows_private.h"
#include "text.h"

#define SAME_NS (10 * NSEC_PER_MSEC)

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

/* Stamps of one process differ by what lies between two looks at two clocks. */
static bool is_same(const struct process *p, const struct record_process *rec)
{
	return p->pid == rec->pid && p->start_ns + SAME_NS / 2 - rec->start_ns < SAME_NS;
}

int take_process(struct model *m, const struct record_process *rec)
{
	char exe[sizeof(rec->exe) * 3 + 1]; /* each byte that is not UTF-8 takes three */
	struct process *p = place_of(&m->processes, rec->pid);

	if (!p)
		return -ENOMEM;
	if (!is_same(p, rec)) {
		free(take(p->cmdline));
		p->start_ns = rec->start_ns;
		p->line_ns = 0;
	}
	text_clean(exe, sizeof(exe), (const char *)rec->exe, sizeof(rec->exe));
	free(p->exe);
	p->pid = rec->pid;
	p->mntns = rec->mntns;
	p->pidns = rec->pidns;
	p->exe = strdup(exe);
	return p->exe ? 0 : -ENOMEM;
}

int take_cmdline(struct model *m, const struct record_cmdline *rec)
{
	u32 at = idmap_get(&m->processes.ids, rec->pid + 1ULL);
	char text[sizeof(rec->text) * 3 + 1];
	struct process *p = at == IDMAP_NONE ? NULL : &m->processes.at[at];
	size_t n = text_clean(text, sizeof(text), (const char *)rec->text, sizeof(rec->text));

	if (!p)
		return 0;
	/* The beginning of what is known, perhaps as a whole. */
	if (p->cmdline && !rec->whole && strncmp(p->cmdline, text, n) == 0)
		return 0;
	if (p->cmdline && strncmp(p->cmdline, text, p->cut ? strlen(p->cmdline) : SIZE_MAX) != 0)
		p->line_ns = m->tick.time_ns;
	free(p->cmdline);
	p->cmdline = strdup(text);
	p->cut = !rec->whole;
	return p->cmdline ? 0 : -ENOMEM;
}

const struct process *model_process(const struct model *m, u32 pid)
{
	u32 at = idmap_get(&m->processes.ids, pid + 1ULL);

	return at == IDMAP_NONE ? NULL : &m->processes.at[at];
}

/* Of what the row tells, CLOCK_MONOTONIC. */
static u64 moment_of(const struct row *r)
{
	return r->closed ? r->s.ended_ns : r->past ? r->s.birth_ns : UINT64_MAX;
}

const struct process *model_owner(const struct model *m, const struct row *r)
{
	const struct process *p = r->s.has & HAS_OWNER ? model_process(m, r->s.pid) : NULL;

	return p && ((s64)p->start_ns < 0 || moment_of(r) >= p->start_ns) ? p : NULL;
}

const char *model_cmdline(const struct model *m, const struct row *r)
{
	const struct process *p = model_owner(m, r);

	return p && moment_of(r) >= p->line_ns ? p->cmdline : NULL;
}

void processes_deinit(struct model *m)
{
	for (u32 i = 0; i < m->processes.count; i++) {
		free(m->processes.at[i].exe);
		free(m->processes.at[i].cmdline);
	}
	free(m->processes.at);
	idmap_deinit(&m->processes.ids);
}
