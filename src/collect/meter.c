/* The truth meter's figures: what we cost and what was lost, and the kernel's own counters beside ours. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/timerfd.h>

#include "clock.h"
#include "collector.h"
#include "skbtop.skel.h"

void meter_init(struct meter *m)
{
	*m = (struct meter){.stats_fd = -1, .timer_fd = -1, .last_run_ns = ~0ULL};
}

void meter_start(struct collector *c)
{
	c->meter.timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	/* Nothing would end a window in time. */
	if (c->meter.timer_fd < 0 || collector_watch(c, c->meter.timer_fd) < 0)
		c->meter.refused = true;
}

void meter_deinit(struct meter *m)
{
	if (m->stats_fd >= 0)
		close(m->stats_fd);
	if (m->timer_fd >= 0)
		close(m->timer_fd);
	m->stats_fd = m->timer_fd = -1;
}

/* Of all our programs since they were loaded; times and runs as far as statistics were on. */
struct program_sums {
	u64 run_ns, runs, skipped;
	u64 pass_ns; /* of run_ns: by the iterators */
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

static struct program_sums program_sums(const struct collector *c)
{
	struct program_sums sums = {};

	for (enum hook_set set = 0; set < SET_COUNT; set++)
		if (hooks_object(&c->hooks, set))
			add_programs(hooks_object(&c->hooks, set), &sums);
	return sums;
}

static void open_window(struct collector *c)
{
	struct program_sums sums = program_sums(c);
	struct meter *m = &c->meter;

	m->stats_fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	if (m->stats_fd < 0) {
		m->refused = true;
		return;
	}
	m->run_ns = sums.run_ns;
	m->pass_ns = sums.pass_ns;
	m->run_count = sums.runs;
	m->opened_ns = now_ns();
	collector_set_timer(m->timer_fd, METER_WINDOW_NS, 0);
}

/* A window that ends before the next tick has the whole of a pass, and a part of the rest. */
static u64 share_of_passes(u64 pass_ns, u64 window_ns, u64 interval_ns)
{
	return window_ns < interval_ns ? (u64)((double)pass_ns * (double)window_ns / (double)interval_ns) : pass_ns;
}

static void close_window(struct collector *c, bool whole)
{
	struct program_sums sums = program_sums(c);
	struct meter *m = &c->meter;

	/* Programs that were unloaded meanwhile took their figures along: such a window says nothing. */
	if (sums.run_ns >= m->run_ns && sums.pass_ns >= m->pass_ns && sums.runs >= m->run_count) {
		u64 pass_ns = sums.pass_ns - m->pass_ns;

		m->last_window_ns = now_ns() - m->opened_ns;
		m->last_run_ns = sums.run_ns - m->run_ns;
		if (!whole)
			m->last_run_ns -= pass_ns - share_of_passes(pass_ns, m->last_window_ns, c->interval_ns);
		m->last_run_count = sums.runs - m->run_count;
	}
	close(m->stats_fd);
	m->stats_fd = -1;
	collector_set_timer(m->timer_fd, 0, 0); /* it is not ready any more */
}

/* In the second tick, so that the figure is there soon, and then in each METER_PERIOD-th. */
void meter_begin(struct collector *c)
{
	struct meter *m = &c->meter;

	if (m->stats_fd >= 0)
		close_window(c, true);
	else if (!m->refused && c->number % METER_PERIOD == 2)
		open_window(c);
}

void meter_watch(struct collector *c)
{
	if (c->meter.stats_fd >= 0 && now_ns() - c->meter.opened_ns >= METER_WINDOW_NS)
		close_window(c, false);
}

/* A program that was unloaded took its count along. */
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

static u64 all_map_memory(const struct collector *c)
{
	struct bpf_map *map;
	u64 sum = 0;

	for (enum hook_set set = 0; set < SET_COUNT; set++)
		if (hooks_object(&c->hooks, set))
			bpf_object__for_each_map(map, hooks_object(&c->hooks, set)) sum += map_memory(bpf_map__fd(map));
	return sum;
}

/* Which sets are loaded: a bit each. */
static u32 loaded_sets(const struct collector *c)
{
	u32 loaded = 0;

	for (enum hook_set set = 0; set < SET_COUNT; set++)
		loaded |= (u32)(hooks_object(&c->hooks, set) != NULL) << set;
	return loaded;
}

void meter_tick(struct collector *c)
{
	struct program_sums sums = program_sums(c);
	struct meter *m = &c->meter;

	note_skipped(m, sums.skipped);
	if (c->number % 10 == 1 || m->loaded != loaded_sets(c))
		m->map_bytes = all_map_memory(c);
	m->loaded = loaded_sets(c);
}

static struct abi_stats read_stats(struct collector *c)
{
	u32 cpus;
	const struct abi_stats *each = hooks_view(&c->hooks, c->hooks.table->maps.stats, &cpus);
	struct abi_stats sum = {};

	for (u32 i = 0; i < cpus; i++) {
		sum.lost_events += each[i].lost_events;
		sum.lost_conns += each[i].lost_conns;
		sum.lost_flows += each[i].lost_flows;
		sum.lost_lookups += each[i].lost_lookups;
	}
	return sum;
}

void meter_fill(struct collector *c, struct record_tick *t)
{
	struct abi_stats stats = read_stats(c);
	struct space *own = spaces_own(&c->spaces);
	struct snmp snmp;

	t->collector_cpu_ns = cpu_ns();
	t->bpf_run_ns = c->meter.last_run_ns;
	t->bpf_run_count = c->meter.last_run_count;
	t->bpf_window_ns = c->meter.last_window_ns;
	t->map_bytes = c->meter.map_bytes;
	t->lost_events = stats.lost_events + drain_lost(&c->drain);
	t->lost_ends = c->out.lost_ends;
	t->lost_conns = stats.lost_conns;
	t->lost_flows = stats.lost_flows;
	t->lost_lookups = stats.lost_lookups + c->pass_errors;
	t->missed_runs = c->meter.missed_runs;
	t->skipped_ticks = c->out.skipped;
	t->sockets = c->files.seen;
	t->pass = c->pass;
	t->pass_ns = c->files.begun_ns;
	/* One that goes on takes another tick at least. */
	t->pass_ticks = MAX(c->files.whole ? 1 : c->files.ticks + 1, c->files.whole_ticks);
	t->slow_turn = c->slow_pass;
	t->slow_ns = c->slow.begun_ns;
	t->slow_ticks = c->slow.ticks;
	t->slow_held_ms = (u32)(aside_held_ns(&c->slow.aside) / NSEC_PER_MSEC);
	t->pass_whole = (c->files.whole ? PASS_FILES : 0) | (slow_rests(&c->slow) ? PASS_SLOW : 0);
	t->sockets_alive = c->table.live;
	t->events = c->events;
	t->time_wait = spaces_time_wait(&c->spaces);
	t->mini_share = c->mini_share;
	t->netns_count = c->spaces.count;
	t->netns_unreachable = spaces_unreachable(&c->spaces);
	t->netns_unlinked = c->stages.netfilter.missing;
	/* Of our own namespace as of now, of the others as of the last slow turn. */
	if (own)
		snmp_read(&own->snmp);
	spaces_sum(&c->spaces, &snmp);
	snmp_fill(&snmp, t);
}
