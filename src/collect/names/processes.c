/* What /proc says of the processes that hold sockets: namespaces, and the file that runs. Nothing that could make us
 * wait is read: a command line is in the process's own memory, which a user can have come from a file system of theirs.
 * A process is asked for when its first socket is reported, a few in each tick, and again after a while, because its
 * number may be another's by then. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "collector.h"
#include "namer.h"
#include "processes.h"

#define TICK_NS NSEC_PER_MSEC /* at most, in a tick; some 15 us each */
#define AGAIN_TICKS 60

void processes_note(struct namer_processes *p, const struct record_socket *s)
{
	u64 comm[2], key;

	if (!(s->has & HAS_OWNER) || p->count == PROCESSES_QUEUED)
		return;
	memcpy(comm, s->comm, sizeof(comm));
	key = idmap_hash(idmap_mix(idmap_hash(s->pid + 1ULL), comm[0] ^ comm[1])) | 1;
	if (p->asked.used >= PROCESSES_ASKED)
		idmap_clear(&p->asked);
	if (idmap_get(&p->asked, key) != IDMAP_NONE || idmap_set(&p->asked, key, 0) < 0)
		return;
	p->queue[(p->first + p->count++) % PROCESSES_QUEUED] = s->pid;
}

static u32 namespace_of(u32 pid, const char *kind)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%u/ns/%s", pid, kind);
	return stat(path, &st) == 0 ? (u32)st.st_ino : 0;
}

/* false: it is gone, or not to be looked at. */
static bool look_at(u32 pid, struct record_process *r)
{
	char path[64];

	*r = (struct record_process){.pid = pid, .mntns = namespace_of(pid, "mnt"), .pidns = namespace_of(pid, "pid")};
	snprintf(path, sizeof(path), "/proc/%u/exe", pid);
	return readlink(path, (char *)r->exe, sizeof(r->exe) - 1) > 0 || r->mntns || r->pidns;
}

static void processes_tick(struct source *s)
{
	struct collector *c = s->c;
	struct namer_processes *p = &c->namer->processes;
	u64 until = now_ns() + TICK_NS;
	struct record_process r;

	if (c->number % AGAIN_TICKS == 0)
		idmap_clear(&p->asked);
	for (; p->count && now_ns() < until; p->count--) {
		if (look_at(p->queue[p->first], &r))
			outbox_event(&c->out, RECORD_PROCESS, &r, true);
		p->first = (p->first + 1) % PROCESSES_QUEUED;
	}
}

const struct source_class processes_source = {
    .name = "processes", .size = sizeof(struct source), .tick = processes_tick};
