/* Sockets without a file: iter/tcp and iter/udp show them, one namespace at a time. A walk goes through the kernel's
 * whole tables, however few of the sockets are in the namespace, and there can be thousands of namespaces: a turn takes
 * a small part of each tick. */
#include <bpf/libbpf.h>
#include <string.h>

#include "aside.h"
#include "clock.h"
#include "hooks.h"
#include "maps.h"
#include "pass.h"
#include "port_range.h"
#include "skbtop.skel.h"
#include "sockets.h"
#include "spaces.h"

#define SLOW_NS (10 * NSEC_PER_SEC)         /* between two turns, if nothing asks for one sooner */
#define SLOW_WANTED_NS (1 * NSEC_PER_SEC)   /* … and if something does */
#define SLOW_SHARE 30                       /* turns take at most 1/30 of a CPU … */
#define SLOW_PAUSE_NS (30 * NSEC_PER_SEC)   /* … unless that would keep them further apart than this */
#define SLOW_APART_NS (500 * NSEC_PER_MSEC) /* … and at least this, or half an interval, even after a late tick */
#define SLOW_SLICE_NS (50 * NSEC_PER_MSEC)  /* of a tick */

#define NEW_PER_TICK 8 /* namespaces that are entered for their settings, which are a few small files */

#define SLOW_PASSES 2 /* over TCP and over UDP sockets */

enum slow_stage { SLOW_RESTS, SLOW_VISITS, SLOW_SEARCHES };

struct slow {
	struct source source;
	enum slow_stage stage;
	u32 next, end; /* indices of namespaces: the one that is visited; end of those known when the turn began */
	bool moving;   /* only those in which sockets move */
	bool visiting; /* the visit of `next` is not done */
	bool again;    /* … it is the second one, for the values of what the first has found */
	bool searched; /* lost namespaces were searched for in this turn */
	struct pass passes[SLOW_PASSES];
	struct aside aside;      /* the thread that reads */
	struct bpf_link *values; /* owned: the iterator over the map no_file; NULL until needed */
	u64 ended_ns;            /* when the last turn of either kind ended */
	u64 all_ns;              /* … and the last one through all namespaces; 0: there was none */
	u64 begun_ns;            /* when the current or last turn began */
	u64 worked_ns;           /* CPU time that it has taken so far, without time in which others ran */
	u32 ticks;               /* ticks that it has taken so far */
};

static const enum feature_id parts[SLOW_PASSES] = {FEATURE_NO_FILE, FEATURE_NO_FILE_UDP};

/* How sparse the sample of minisocks must be, from how many there were. It gets denser again only well below the
 * limit. */
static void set_mini_share(struct sockets *s, u32 seen)
{
	while (seen / s->mini_share > MINI_MAX)
		s->mini_share *= 2;
	while (s->mini_share > 1 && seen / s->mini_share < MINI_MAX / 4)
		s->mini_share /= 2;
}

/* -- one namespace ------------------------------------------------------------------------------------------------- */

/* An iterator stays in the namespace in which it was opened. */
static void begin_passes(struct slow *s)
{
	struct collector *c = s->source.c;

	c->sockets->unheld = 0;
	for (size_t i = 0; i < SLOW_PASSES; i++) {
		if (!hooks_has(c->hooks, parts[i]))
			continue;
		s->passes[i].aside = &s->aside;
		if (aside_start(&s->aside) < 0 || pass_begin(&s->passes[i], hooks_link(c->hooks, parts[i])) < 0)
			c->errors++;
	}
}

/* What is set there changes hardly ever. */
static void send_ports(struct collector *c, struct space *space)
{
	struct record_ports p = {.netns = space->netns, .netns_cookie = space->cookie};
	bool known = port_range_read(&p);

	if (known && memcmp(&p, &space->ports, sizeof(p)) != 0)
		outbox_event(&c->out, RECORD_PORTS, &p, true);
	space->ports = p;
}

/* Of a new namespace they are wanted sooner than its turn comes. */
static void look_at_new(struct collector *c)
{
	u32 left = NEW_PER_TICK;

	for (u32 i = 0; i < c->spaces->count && left; i++) {
		struct space *space = &c->spaces->at[i];
		cleanup_close int fd = -1;

		if (space->ports.netns || space->lost || space->barred)
			continue;
		left--;
		if (!spaces_enter(c->spaces, space, &fd))
			continue;
		send_ports(c, space);
		if (fd >= 0)
			spaces_leave(c->spaces);
	}
}

static bool begin_visit(struct slow *s, bool again)
{
	struct collector *c = s->source.c;
	struct space *space = &c->spaces->at[s->next];
	cleanup_close int fd = -1;

	if (!spaces_enter(c->spaces, space, &fd)) {
		/* A namespace that exists but cannot be entered is not tried again in this turn. */
		if (!space->lost)
			space->turn = c->sockets->slow_pass;
		return false;
	}
	begin_passes(s);
	if (!again) {
		space->moves -= space->moves > 0;
		snmp_read(&space->snmp);
		space->time_wait = snmp_time_wait();
		send_ports(c, space);
	}
	if (fd >= 0)
		spaces_leave(c->spaces);
	s->again = again;
	return true;
}

/* false: the slice is used up. */
static bool go_on_passes(struct slow *s, const struct slice *slice)
{
	struct collector *c = s->source.c;
	for (size_t i = 0; i < SLOW_PASSES; i++) {
		struct pass *p = &s->passes[i];
		int r = p->open ? pass_go_on(p, slice, see_record, collector_between, c) : 0;

		if (r > 0)
			return false;
		if (r < 0)
			c->errors++;
	}
	return true;
}

static void go_on_visit(struct slow *s, const struct slice *slice)
{
	struct collector *c = s->source.c;

	if (!go_on_passes(s, slice))
		return;
	/* There are sockets whose file no process holds: their values have to be asked for. */
	if (c->sockets->unheld && !s->again) {
		sockets_set_wanted(c->sockets, c->hooks);
		if (begin_visit(s, true))
			return;
	}
	c->spaces->at[s->next++].turn = c->sockets->slow_pass;
	s->visiting = false;
}

/* -- the turn ------------------------------------------------------------------------------------------------------ */

enum turn { TURN_NONE, TURN_MOVING, TURN_ALL };

static bool any_moves(const struct collector *c)
{
	for (u32 i = 0; i < c->spaces->count; i++)
		if (c->spaces->at[i].moves)
			return true;
	return false;
}

/* Sockets that move and are in none of our maps are looked at with each tick, as far as that is cheap. Two samples
 * close together make a rate out of a single packet, which then stands until the next sample. */
static enum turn due(const struct slow *s, u64 now)
{
	const struct collector *c = s->source.c;
	u64 since = now - s->all_ns;
	u64 apart = s->all_ns ? MIN(c->interval_ns / 2, SLOW_APART_NS) : 0;
	bool all = !s->all_ns || since >= (c->sockets->slow_wanted ? SLOW_WANTED_NS : SLOW_NS);

	if (now - s->ended_ns < MAX(apart, MIN(SLOW_SHARE * s->worked_ns, SLOW_PAUSE_NS)))
		return TURN_NONE;
	return all ? TURN_ALL : any_moves(c) ? TURN_MOVING : TURN_NONE;
}

static void begin_turn(struct slow *s, enum turn turn, u64 now)
{
	struct collector *c = s->source.c;

	s->stage = SLOW_VISITS;
	s->moving = turn == TURN_MOVING;
	s->next = 0;
	s->end = c->spaces->count;
	s->visiting = false;
	s->searched = s->moving; /* a walk of /proc is left to the turn through all */
	s->begun_ns = now;
	s->worked_ns = 0;
	s->ticks = 0;
	c->sockets->slow_pass++;
	c->hooks->table->bss->mini_mask = c->sockets->mini_share - 1;
	c->hooks->table->bss->mini_seen = 0;
	if (turn == TURN_ALL)
		c->sockets->slow_wanted = false;
}

static void end_turn(struct slow *s)
{
	struct collector *c = s->source.c;

	s->stage = SLOW_RESTS;
	s->ended_ns = now_ns();
	if (s->moving)
		return;
	spaces_forget_lost(c->spaces);
	set_mini_share(c->sockets, c->hooks->table->bss->mini_seen);
	s->all_ns = s->ended_ns;
}

static bool is_next(const struct slow *s, const struct space *space)
{
	return !space->lost && space->turn != s->source.c->sockets->slow_pass && (space->moves || !s->moving);
}

/* The next namespace that this turn has not visited. false: there is none. */
static bool find_next(struct slow *s)
{
	struct collector *c = s->source.c;

	while (s->next < s->end && !is_next(s, &c->spaces->at[s->next]))
		s->next++;
	return s->next < s->end;
}

static void visit(struct slow *s, const struct slice *slice)
{
	struct collector *c = s->source.c;

	if (s->visiting)
		go_on_visit(s, slice);
	else if (find_next(s))
		s->visiting = begin_visit(s, false);
	else if (c->spaces->lost && !s->searched)
		s->stage = SLOW_SEARCHES;
	else
		end_turn(s);
}

static void search(struct slow *s, const struct slice *slice)
{
	struct collector *c = s->source.c;

	if (!spaces_search(c->spaces, slice))
		return;
	s->searched = true;
	s->next = 0;
	s->stage = SLOW_VISITS;
}

/* Does a part of the turn, if one is going on or due. */
static void take_turn(struct slow *s)
{
	struct collector *c = s->source.c;
	u64 start = cpu_ns();
	struct slice slice = budget_slice(&c->budget, c->number == 1 ? budget_wall(&c->budget) : SLOW_SLICE_NS);

	if (s->stage == SLOW_RESTS) {
		u64 now = now_ns();
		enum turn turn = due(s, now);

		if (turn == TURN_NONE)
			return;
		begin_turn(s, turn, now);
	}
	s->ticks++;
	do {
		if (s->stage == SLOW_VISITS)
			visit(s, &slice);
		else
			search(s, &slice);
	} while (s->stage != SLOW_RESTS && !slice_over(&slice) && !aside_held_ns(&s->aside));
	s->worked_ns += cpu_ns() - start;
}

/* -- each tick ----------------------------------------------------------------------------------------------------- */

/* A connection without a file: not accepted yet, or an orphan. Only iter/tcp can read it. */
static void look_for_orphan(void *collector, const void *key, const void *value)
{
	struct collector *c = collector;
	const struct abi_conn *conn = value;
	const struct entry *e;

	if (conn->flags & CONN_ENDED || !conn->state)
		return;
	e = entries_find(&c->sockets->entries, *(const u64 *)key);
	if (e && e->pass == c->sockets->pass)
		return;
	c->sockets->slow_wanted = true;
	c->sockets->orphans = true;
	spaces_note(c->spaces, conn->netns, 0, conn->tgid);
}

/* Walking a hash map takes time however few entries it has, so it is skipped if nothing can have changed. (A connection
 * that was seen and is gone is handled in sweep.c.) */
static void look_for_orphans(struct collector *c)
{
	u32 *changed = &c->hooks->table->bss->conns_changed;

	if (!*changed && !c->sockets->orphans)
		return;
	*changed = 0;
	c->sockets->orphans = false;
	if (map_each(c->hooks->table->maps.conns, hooks_program(c->hooks, FEATURE_WALK, 0), sizeof(struct abi_conn),
		     look_for_orphan, c) < 0)
		c->errors++;
}

/* Reads new values of the sockets that the turns have found. */
static void see_values(struct slow *s)
{
	struct collector *c = s->source.c;

	if (!c->hooks->table->bss->kept_any || !hooks_has(c->hooks, FEATURE_KEPT))
		return;
	if (!s->values)
		s->values = map_link(c->hooks->table->maps.no_file, hooks_program(c->hooks, FEATURE_KEPT, 0));
	if (!s->values || pass_run(s->values, see_record, collector_between, c) < 0)
		c->errors++;
}

static void slow_tick(struct source *source)
{
	struct slow *s = (struct slow *)source;
	struct collector *c = source->c;

	see_values(s);
	look_at_new(c);
	if (!c->sockets->whole)
		return;
	look_for_orphans(c);
	ends_take(c->sockets->ends); /* a minisock comes after the end of its socket */
	take_turn(s);
}

static void slow_fill(struct source *source, struct record_tick *t)
{
	struct slow *s = (struct slow *)source;
	struct collector *c = source->c;
	struct space *own = spaces_own(c->spaces);
	struct snmp snmp;

	t->slow_turn = c->sockets->slow_pass;
	t->slow_ns = s->begun_ns;
	t->slow_ticks = s->ticks;
	t->slow_held_ms = (u32)(aside_held_ns(&s->aside) / NSEC_PER_MSEC);
	t->pass_whole |= s->stage == SLOW_RESTS ? PASS_SLOW : 0;
	t->mini_share = c->sockets->mini_share;
	t->time_wait = spaces_time_wait(c->spaces);
	t->netns_count = c->spaces->count;
	t->netns_unreachable = spaces_unreachable(c->spaces);
	/* Our own namespace's are current, the others' as of the last slow turn. */
	if (own)
		snmp_read(&own->snmp);
	spaces_sum(c->spaces, &snmp);
	snmp_fill(&snmp, t);
}

static bool slow_stop(struct source *source)
{
	struct slow *s = (struct slow *)source;

	if (!aside_stop(&s->aside))
		return false;
	for (size_t i = 0; i < SLOW_PASSES; i++)
		pass_deinit(&s->passes[i]);
	bpf_link__destroy(take(s->values));
	return true;
}

const struct source_class slow_source = {
    .name = "slow",
    .size = sizeof(struct slow),
    .tick = slow_tick,
    .fill = slow_fill,
    .stop = slow_stop,
};
