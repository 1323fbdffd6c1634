/* What /proc says of the processes that hold sockets: namespaces, the file that runs, when it was started, and the
 * command line. Nothing is read here that could make us wait, which a command line could (cmdlines.h).
 * A process is asked for when its first socket is reported, a few in each tick, and again after a while, because its
 * number may be another's by then, or it may run another file. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "cmdlines.h"
#include "collector.h"
#include "namer.h"
#include "processes.h"

#define SHARE 500                   /* 1/SHARE of a tick at most … */
#define TICK_NS (5 * NSEC_PER_MSEC) /* … and no more than this; a process takes some 40 us */
#define AGAIN_TICKS 60              /* if that is enough for all */
#define STARTTIME_FIELD 22          /* proc_pid_stat(5) */
#define USER_HZ 100                 /* on all architectures that we build for */

struct processes {
	struct source source;
	struct cmdlines cmdlines;
	u32 wanted; /* whose command line was asked for as a whole */
};

static void enqueue(struct namer_processes *p, u32 pid)
{
	if (p->count < PROCESSES_QUEUED)
		p->queue[(p->first + p->count++) % PROCESSES_QUEUED] = pid;
}

void processes_note(struct namer_processes *p, const struct record_socket *s)
{
	u64 comm[2];
	u32 name;

	if (!(s->has & HAS_OWNER) || p->count == PROCESSES_QUEUED)
		return;
	memcpy(comm, s->comm, sizeof(comm));
	name = (u32)(idmap_hash(comm[0] ^ idmap_hash(comm[1])) >> 33); /* never IDMAP_NONE */
	if (idmap_get(&p->asked, s->pid + 1ULL) == name)
		return;
	if (p->asked.used >= PROCESSES_ASKED)
		idmap_clear(&p->asked);
	if (idmap_set(&p->asked, s->pid + 1ULL, name) == 0)
		enqueue(p, s->pid);
}

/* A share of all, so that a round through them takes AGAIN_TICKS; new ones come first. */
static void ask_again(struct namer_processes *p)
{
	for (size_t left = p->asked.slots / AGAIN_TICKS + 1; p->asked.slots && left; left--) {
		u64 id = p->asked.ids[p->again++ % p->asked.slots];

		if (id)
			enqueue(p, (u32)(id - 1));
	}
}

static u32 namespace_of(u32 pid, const char *kind)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%u/ns/%s", pid, kind);
	return stat(path, &st) == 0 ? (u32)st.st_ino : 0;
}

bool process_start_ticks(FILE *stat, u64 *ticks)
{
	char text[1024];
	size_t n = stat ? fread(text, 1, sizeof(text) - 1, stat) : 0;
	char *at;

	/* A name can have anything in it, but for what follows the last bracket. */
	text[n] = '\0';
	at = strrchr(text, ')');
	for (unsigned field = 2; at && field < STARTTIME_FIELD; field++)
		at = strchr(at + 1, ' ');
	return at && sscanf(at, " %" SCNu64, ticks) == 1;
}

/* In the time of CLOCK_BOOTTIME, which has gone on while the machine was suspended. */
static u64 start_ns_of(u32 pid)
{
	char path[64];
	cleanup_fclose FILE *f = NULL;
	struct timespec boot;
	u64 ticks;

	snprintf(path, sizeof(path), "/proc/%u/stat", pid);
	f = fopen(path, "re");
	if (!process_start_ticks(f, &ticks) || clock_gettime(CLOCK_BOOTTIME, &boot) < 0)
		return 0;
	return now_ns() - ((u64)boot.tv_sec * NSEC_PER_SEC + (u64)boot.tv_nsec - ticks * (NSEC_PER_SEC / USER_HZ));
}

/* false: it is gone, or not to be looked at. */
static bool look_at(u32 pid, struct record_process *r)
{
	char path[64];

	*r = (struct record_process){.pid = pid,
				     .mntns = namespace_of(pid, "mnt"),
				     .pidns = namespace_of(pid, "pid"),
				     .start_ns = start_ns_of(pid)};
	snprintf(path, sizeof(path), "/proc/%u/exe", pid);
	return readlink(path, (char *)r->exe, sizeof(r->exe) - 1) > 0 || r->mntns || r->pidns || r->start_ns;
}

static void processes_tick(struct source *s)
{
	struct collector *c = s->c;
	struct cmdlines *lines = &((struct processes *)s)->cmdlines;
	struct namer_processes *p = &c->namer->processes;
	u64 until = now_ns() + MIN(c->interval_ns / SHARE, (u64)TICK_NS);
	struct record_process r;

	if (!p->count)
		ask_again(p);
	cmdlines_poll(lines, &c->out);
	for (; p->count && cmdlines_ready(lines) && now_ns() < until; p->count--) {
		if (look_at(p->queue[p->first], &r)) {
			outbox_event(&c->out, RECORD_PROCESS, &r, true);
			cmdlines_ask(lines, &c->out, &r);
		} else {
			idmap_remove(&p->asked, r.pid + 1ULL);
		}
		p->first = (p->first + 1) % PROCESSES_QUEUED;
	}
}

static bool processes_want(struct source *s, const struct wishes *w)
{
	struct processes *p = (struct processes *)s;

	if (w->cmdline != p->wanted)
		cmdlines_ask_whole(&p->cmdlines, &s->c->out, w->cmdline);
	p->wanted = w->cmdline;
	return true;
}

static bool processes_stop(struct source *s)
{
	return cmdlines_stop(&((struct processes *)s)->cmdlines);
}

const struct source_class processes_source = {.name = "processes",
					      .size = sizeof(struct processes),
					      .tick = processes_tick,
					      .want = processes_want,
					      .stop = processes_stop};
