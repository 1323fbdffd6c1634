/* What skbtop costs: CPU time, the run time of its programs, the memory of their maps; and runs that the kernel
 * skipped. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "clock.h"
#include "collector.h"
#include "hooks.h"

/* BPF run time is measured in windows: BPF_ENABLE_STATS slows every BPF program of the machine. So it is on during one
 * tick in METER_PERIOD, and never for more than a second. */
#define METER_PERIOD 30
#define METER_WINDOW_NS (950 * NSEC_PER_MSEC)

struct meter {
	struct source source;
	int stats_fd;                                    /* BPF_ENABLE_STATS while a window is open, else -1 */
	int timer;                                       /* expires when the window is to be closed */
	bool refused;                                    /* it needs CAP_SYS_ADMIN */
	u64 opened_ns, run_ns, pass_ns, run_count;       /* when the window was opened */
	u64 last_run_ns, last_run_count, last_window_ns; /* in the last whole window; run ~0: none yet */
	u64 map_bytes;
	u64 skipped, missed_runs; /* runs that the kernel skipped: at the last look, and in total */
	u32 loaded;               /* sets whose maps are counted, a bit each */
};

static int meter_open(struct source *s, struct error *err)
{
	struct meter *m = (struct meter *)s;

	(void)err;
	m->stats_fd = m->timer = -1;
	m->last_run_ns = ~0ULL;
	return 0;
}

static int meter_start(struct source *s, struct error *err)
{
	struct meter *m = (struct meter *)s;

	(void)err;
	m->timer = source_timer(s);
	m->refused = m->timer < 0; /* without a timer nothing would end a window in time */
	return 0;
}

static bool meter_stop(struct source *s)
{
	struct meter *m = (struct meter *)s;

	if (m->stats_fd >= 0)
		close(m->stats_fd);
	if (m->timer >= 0)
		close(m->timer);
	return true;
}

/* Sums over all our programs since they were loaded; times and runs count only while statistics are on. */
struct program_sums {
	u64 run_ns, runs, skipped;
	u64 pass_ns; /* part of run_ns: by the iterators */
};

static void add_programs(const struct bpf_object *obj, struct program_sums *sums)
{
	struct bpf_program *p;

	bpf_object__for_each_program(p, obj)
	{
		struct bpf_prog_info info = {};
		u32 len = sizeof(info);
		int fd = bpf_program__fd(p);

		if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) < 0)
			continue;
		sums->run_ns += info.run_time_ns;
		sums->runs += info.run_cnt;
		if (bpf_program__expected_attach_type(p) == BPF_TRACE_ITER)
			sums->pass_ns += info.run_time_ns;
		sums->skipped += info.recursion_misses;
	}
}

static struct program_sums program_sums(const struct hooks *h)
{
	struct program_sums sums = {};

	for (enum hook_set set = 0; set < SET_COUNT; set++)
		if (hooks_object(h, set))
			add_programs(hooks_object(h, set), &sums);
	return sums;
}

static void open_window(struct meter *m)
{
	struct program_sums sums = program_sums(m->source.c->hooks);

	m->stats_fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	if (m->stats_fd < 0) {
		m->refused = true;
		return;
	}
	m->run_ns = sums.run_ns;
	m->pass_ns = sums.pass_ns;
	m->run_count = sums.runs;
	m->opened_ns = now_ns();
	source_set_timer(m->timer, METER_WINDOW_NS, 0);
}

/* A window that ends before the next tick contains a whole pass, but only a part of everything else. */
static u64 share_of_passes(u64 pass_ns, u64 window_ns, u64 interval_ns)
{
	return window_ns < interval_ns ? (u64)((double)pass_ns * (double)window_ns / (double)interval_ns) : pass_ns;
}

static void close_window(struct meter *m, bool whole)
{
	struct program_sums sums = program_sums(m->source.c->hooks);

	/* Programs that were unloaded in between are no longer counted: such a window is not used. */
	if (sums.run_ns >= m->run_ns && sums.pass_ns >= m->pass_ns && sums.runs >= m->run_count) {
		u64 pass_ns = sums.pass_ns - m->pass_ns;

		m->last_window_ns = now_ns() - m->opened_ns;
		m->last_run_ns = sums.run_ns - m->run_ns;
		if (!whole)
			m->last_run_ns -=
			    pass_ns - share_of_passes(pass_ns, m->last_window_ns, m->source.c->interval_ns);
		m->last_run_count = sums.runs - m->run_count;
	}
	close(m->stats_fd);
	m->stats_fd = -1;
	source_set_timer(m->timer, 0, 0); /* so that it is not readable any more */
}

/* In the second tick, so that a figure is there soon, and then in every METER_PERIOD-th. */
static void meter_tick(struct source *s)
{
	struct meter *m = (struct meter *)s;

	if (m->stats_fd >= 0)
		close_window(m, true);
	else if (!m->refused && s->c->number % METER_PERIOD == 2)
		open_window(m);
}

static void meter_watch(struct source *s)
{
	struct meter *m = (struct meter *)s;

	if (m->stats_fd >= 0 && now_ns() - m->opened_ns >= METER_WINDOW_NS)
		close_window(m, false);
}

/* The count of a program that was unloaded is no longer in it. */
static void note_skipped(struct meter *m, u64 skipped)
{
	if (skipped > m->skipped)
		m->missed_runs += skipped - m->skipped;
	m->skipped = skipped;
}

/* fdinfo's memlock: what the kernel charges for the map. */
static u64 map_memory(int fd)
{
	char path[64], line[128];
	cleanup_fclose FILE *f = NULL;
	u64 bytes = 0;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "memlock: %" SCNu64, &bytes) == 1)
			break;
	return bytes;
}

static u64 all_map_memory(const struct hooks *h)
{
	struct bpf_map *map;
	u64 sum = 0;

	for (enum hook_set set = 0; set < SET_COUNT; set++)
		if (hooks_object(h, set))
			bpf_object__for_each_map(map, hooks_object(h, set)) sum += map_memory(bpf_map__fd(map));
	return sum;
}

/* Which sets are loaded, a bit each. */
static u32 loaded_sets(const struct hooks *h)
{
	u32 loaded = 0;

	for (enum hook_set set = 0; set < SET_COUNT; set++)
		loaded |= (u32)(hooks_object(h, set) != NULL) << set;
	return loaded;
}

static void meter_fill(struct source *s, struct record_tick *t)
{
	struct meter *m = (struct meter *)s;
	const struct hooks *h = s->c->hooks;
	u32 loaded = loaded_sets(h);

	note_skipped(m, program_sums(h).skipped);
	if (s->c->number % 10 == 1 || m->loaded != loaded)
		m->map_bytes = all_map_memory(h);
	m->loaded = loaded;
	t->collector_cpu_ns = cpu_ns();
	t->bpf_run_ns = m->last_run_ns;
	t->bpf_run_count = m->last_run_count;
	t->bpf_window_ns = m->last_window_ns;
	t->map_bytes = m->map_bytes;
	t->missed_runs = m->missed_runs;
}

const struct source_class meter_source = {
    .name = "meter",
    .size = sizeof(struct meter),
    .open = meter_open,
    .start = meter_start,
    .tick = meter_tick,
    .between = meter_watch,
    .fill = meter_fill,
    .readable = meter_watch,
    .stop = meter_stop,
};
