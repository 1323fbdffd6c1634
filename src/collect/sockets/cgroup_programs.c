/* Which programs of BPF are attached to the control groups of sockets: each is asked for once in five seconds. Who
 * attaches, or moves processes between groups, holds cgroup_mutex meanwhile, which the question waits for: a thread of
 * its own asks. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/capability.h>
#include <string.h>

#include "array.h"
#include "aside.h"
#include "clock.h"
#include "confine.h"
#include "entries.h"
#include "hooks.h"
#include "namer.h"
#include "programs.h"
#include "sockets.h"

#define ROUND_NS (5 * NSEC_PER_SEC)
#define SLICE_NS NSEC_PER_MSEC        /* of a tick */
#define ANSWER_NS (NSEC_PER_MSEC / 2) /* for an answer: it takes some 30 us */
#define GROUPS_MAX 4096               /* of a round */

struct cgroup_programs {
	struct source source;
	struct aside aside;
	bool refused; /* we may not ask, or this kernel has no such programs */
	u64 begun_ns; /* when the last round began; 0: there was none */
	u64 *groups;  /* owned, GROUPS_MAX: those of the round */
	u32 count, next;
	int fd;                       /* of the one that is being asked for; -1: none is */
	struct record_attached found; /* the thread's until it has answered */
	struct idmap told;            /* group → what was sent of it, as a sum */
	struct idmap ours;            /* ids of programs that are our own, or were; plus 1 */
};

/* -- the thread ---------------------------------------------------------------------------------------------------- */

/* 0: the kernel has no programs of control groups. */
static ssize_t ask(int fd, void *attached, size_t size)
{
	struct record_attached *a = attached;
	ssize_t hooks = 0;

	(void)size;
	*a = (struct record_attached){.key = a->key, .place = ATTACH_CGROUP};
	for (unsigned i = 0; i < attach_hook_count; i++) {
		const struct attach_hook *h = &attach_hooks[i];
		int r = h->place == ATTACH_CGROUP ? programs_query(a, fd, h->number, BPF_F_QUERY_EFFECTIVE) : -EINVAL;

		if (r < 0 && r != -EINVAL)
			return r;
		hooks += r == 0;
	}
	return hooks;
}

/* -- the main thread ----------------------------------------------------------------------------------------------- */

static void note_ours(struct cgroup_programs *p)
{
	const struct hooks *h = p->source.c->hooks;
	const struct bpf_program *program;

	for (enum feature_id f = 0; f < FEATURE_COUNT; f++) {
		if (!hooks_serves(h, f, HOOK_CGROUP_SKB) && !hooks_serves(h, f, HOOK_CGROUP_SOCK) &&
		    !hooks_serves(h, f, HOOK_SOCK_OPS))
			continue;
		for (size_t i = 0; (program = hooks_program(h, f, i)); i++) {
			struct bpf_prog_info info = {};
			u32 size = sizeof(info);

			if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) == 0)
				(void)!idmap_set(&p->ours, (u64)info.id + 1, 0);
		}
	}
}

static void leave_out_ours(struct cgroup_programs *p, struct record_attached *a)
{
	struct record_attached all = *a;

	a->count = 0;
	memset(a->programs, 0, sizeof(a->programs));
	memset(a->hooks, 0, sizeof(a->hooks));
	note_ours(p);
	for (u32 i = 0; i < MIN(all.count, ATTACHED_MAX); i++)
		if (idmap_get(&p->ours, (u64)all.programs[i] + 1) == IDMAP_NONE)
			programs_add(a, all.hooks[i], all.programs[i]);
	a->count += all.count - MIN(all.count, ATTACHED_MAX);
}

static void tell(struct cgroup_programs *p, struct record_attached *a)
{
	struct collector *c = p->source.c;
	u32 sum, before = idmap_get(&p->told, a->key);

	leave_out_ours(p, a);
	sum = (u32)(entries_sum(a, sizeof(*a)) >> 33);
	if (sum == before || idmap_set(&p->told, a->key, sum) < 0)
		return;
	namer_send_attached(c->namer, &c->out, a);
	outbox_keep(&c->out, RECORD_ATTACHED, a);
}

static void forget(struct cgroup_programs *p, u64 group)
{
	if (idmap_remove(&p->told, group) != IDMAP_NONE)
		outbox_keep(&p->source.c->out, RECORD_ATTACHED,
			    &(struct record_attached){.key = group, .place = ATTACH_CGROUP, .gone = 1});
}

static void begin_round(struct cgroup_programs *p, u64 now)
{
	const struct idmap *all = &p->source.c->namer->seen[NAME_CGROUP];

	p->begun_ns = now;
	p->count = p->next = 0;
	for (size_t i = 0; i < all->slots && p->count < GROUPS_MAX; i++)
		if (all->ids[i])
			p->groups[p->count++] = all->ids[i] - 1;
	note_ours(p);
}

/* false: it has no answer yet. */
static bool look_at_next(struct cgroup_programs *p)
{
	u64 group = p->groups[p->next];
	ssize_t n;

	if (p->fd < 0) {
		p->found.key = group;
		p->fd = namer_open_cgroup(p->source.c->namer, group);
	}
	if (p->fd >= 0) {
		n = aside_read(&p->aside, p->fd, &p->found, sizeof(p->found), ANSWER_NS);
		if (n == -EINPROGRESS)
			return false;
		close(p->fd);
		p->fd = -1;
		p->refused = n == 0 || n == -EPERM;
		if (n > 0)
			tell(p, &p->found);
	} else {
		forget(p, group);
	}
	p->next++;
	return true;
}

static int start(struct source *s, struct error *err)
{
	struct cgroup_programs *p = (struct cgroup_programs *)s;

	(void)err;
	p->fd = -1;
	p->aside.call = ask;
	/* bpf_prog_query() asks for the first, to 5.17 each bpf() for the second where others may make none. */
	p->aside.keep = CONFINE_KEEP(CAP_NET_ADMIN) | CONFINE_KEEP(CAP_BPF);
	p->aside.name = "skbtop-groups";
	p->groups = calloc(GROUPS_MAX, sizeof(*p->groups));
	p->refused = !p->groups || aside_start(&p->aside) < 0;
	s->c->errors += p->refused;
	return 0;
}

static void tick(struct source *s)
{
	struct cgroup_programs *p = (struct cgroup_programs *)s;
	struct slice slice = budget_slice(&s->c->budget, SLICE_NS);
	u64 now = now_ns();

	if (p->refused)
		return;
	if (p->next == p->count && (!p->begun_ns || now - p->begun_ns >= ROUND_NS))
		begin_round(p, now);
	while (!p->refused && p->next < p->count && look_at_next(p) && !slice_over(&slice)) {
	}
}

static bool stop(struct source *s)
{
	struct cgroup_programs *p = (struct cgroup_programs *)s;

	if (!aside_stop(&p->aside))
		return false;
	if (p->fd > 0)
		close(p->fd);
	free(p->groups);
	idmap_deinit(&p->told);
	idmap_deinit(&p->ours);
	return true;
}

const struct source_class cgroup_programs_source = {
    .name = "programs of control groups",
    .late = true,
    .size = sizeof(struct cgroup_programs),
    .start = start,
    .tick = tick,
    .stop = stop,
};
