/* Sockets without a file: iter/tcp and iter/udp show them, in one namespace each. A walk goes through the whole of the
 * kernel's tables, however few sockets are the namespace's, and there can be thousands of namespaces: a turn takes a
 * small part of each tick. */
#include "slow.h"

#include <bpf/libbpf.h>

#include "clock.h"
#include "collector.h"
#include "maps.h"
#include "skbtop.skel.h"

#define SLOW_NS (10 * NSEC_PER_SEC)         /* from turn to turn, when nothing asks for it sooner */
#define SLOW_WANTED_NS (1 * NSEC_PER_SEC)   /* … and when something does */
#define SLOW_SHARE 30                       /* turns take at most a thirtieth of the time … */
#define SLOW_PAUSE_NS (30 * NSEC_PER_SEC)   /* … unless that would keep them apart for longer */
#define SLOW_APART_NS (500 * NSEC_PER_MSEC) /* … and at least so, or half an interval, even when a tick comes late */
#define SLOW_SLICE_NS (50 * NSEC_PER_MSEC)  /* of a tick */

static const enum feature_id parts[SLOW_PASSES] = {FEATURE_NO_FILE, FEATURE_NO_FILE_UDP};

/* How thin the sample of minisocks must be, from how many there were; falls back only well below the bound. */
static void set_mini_share(struct collector *c, u32 seen)
{
	while (seen / c->mini_share > MINI_MAX)
		c->mini_share *= 2;
	while (c->mini_share > 1 && seen / c->mini_share < MINI_MAX / 4)
		c->mini_share /= 2;
}

/* -- one namespace ------------------------------------------------------------------------------------------------ */

/* An iterator stays in the namespace in which it was opened. */
static void begin_passes(struct collector *c)
{
	struct slow *s = &c->slow;

	c->unheld = 0;
	for (size_t i = 0; i < SLOW_PASSES; i++) {
		if (!hooks_has(&c->hooks, parts[i]))
			continue;
		s->passes[i].aside = &s->aside;
		if (aside_start(&s->aside) < 0 || pass_begin(&s->passes[i], hooks_link(&c->hooks, parts[i])) < 0)
			c->pass_errors++;
	}
}

static bool begin_visit(struct collector *c, bool again)
{
	struct space *space = &c->spaces.at[c->slow.next];
	cleanup_close int fd = -1;

	if (!spaces_enter(&c->spaces, space, &fd)) {
		/* What is there and cannot be entered is not tried again in this turn. */
		if (!space->lost)
			space->turn = c->slow_pass;
		return false;
	}
	begin_passes(c);
	if (!again) {
		space->moves -= space->moves > 0;
		snmp_read(&space->snmp);
		space->time_wait = snmp_time_wait();
	}
	if (fd >= 0)
		spaces_leave(&c->spaces);
	c->slow.again = again;
	return true;
}

/* false: the slice is over. */
static bool go_on_passes(struct collector *c, const struct slice *slice)
{
	for (size_t i = 0; i < SLOW_PASSES; i++) {
		struct pass *p = &c->slow.passes[i];
		int r = p->open ? pass_go_on(p, slice, see_record, collector_between, c) : 0;

		if (r > 0)
			return false;
		if (r < 0)
			c->pass_errors++;
	}
	return true;
}

static void go_on_visit(struct collector *c, const struct slice *slice)
{
	struct slow *s = &c->slow;

	if (!go_on_passes(c, slice))
		return;
	/* Sockets turned up that have a file which nobody holds: their values have to be asked for. */
	if (c->unheld && !s->again) {
		collector_set_wanted(c);
		if (begin_visit(c, true))
			return;
	}
	c->spaces.at[s->next++].turn = c->slow_pass;
	s->visiting = false;
}

/* -- the turn ----------------------------------------------------------------------------------------------------- */

enum turn { TURN_NONE, TURN_MOVING, TURN_ALL };

static bool any_moves(const struct collector *c)
{
	for (u32 i = 0; i < c->spaces.count; i++)
		if (c->spaces.at[i].moves)
			return true;
	return false;
}

/* What moves and is in no map of ours is looked at with each tick, as far as that is cheap. Two samples that are close
 * together make a rate of a single packet, and it stands until the next. */
static enum turn due(const struct collector *c, u64 now)
{
	u64 since = now - c->slow_at_ns;
	u64 apart = c->slow_at_ns ? MIN(c->interval_ns / 2, SLOW_APART_NS) : 0;
	bool all = !c->slow_at_ns || since >= (c->slow_wanted ? SLOW_WANTED_NS : SLOW_NS);

	if (now - c->slow.ended_ns < MAX(apart, MIN(SLOW_SHARE * c->slow.worked_ns, SLOW_PAUSE_NS)))
		return TURN_NONE;
	return all ? TURN_ALL : any_moves(c) ? TURN_MOVING : TURN_NONE;
}

static void begin_turn(struct collector *c, enum turn turn, u64 now)
{
	struct slow *s = &c->slow;

	s->stage = SLOW_VISITS;
	s->moving = turn == TURN_MOVING;
	s->next = 0;
	s->end = c->spaces.count;
	s->visiting = false;
	s->searched = s->moving; /* a walk of /proc is for the turn through all */
	s->begun_ns = now;
	s->worked_ns = 0;
	s->ticks = 0;
	c->slow_pass++;
	c->hooks.table->bss->mini_mask = c->mini_share - 1;
	c->hooks.table->bss->mini_seen = 0;
	if (turn == TURN_ALL)
		c->slow_wanted = false;
}

static void end_turn(struct collector *c)
{
	struct slow *s = &c->slow;

	s->stage = SLOW_RESTS;
	s->ended_ns = now_ns();
	if (s->moving)
		return;
	spaces_forget_lost(&c->spaces);
	set_mini_share(c, c->hooks.table->bss->mini_seen);
	c->slow_at_ns = s->ended_ns;
}

static bool is_next(const struct collector *c, const struct space *space)
{
	return !space->lost && space->turn != c->slow_pass && (space->moves || !c->slow.moving);
}

/* The next namespace that this turn has not seen. false: there is none. */
static bool find_next(struct collector *c)
{
	struct slow *s = &c->slow;

	while (s->next < s->end && !is_next(c, &c->spaces.at[s->next]))
		s->next++;
	return s->next < s->end;
}

static void visit(struct collector *c, const struct slice *slice)
{
	struct slow *s = &c->slow;

	if (s->visiting)
		go_on_visit(c, slice);
	else if (find_next(c))
		s->visiting = begin_visit(c, false);
	else if (c->spaces.lost && !s->searched)
		s->stage = SLOW_SEARCHES;
	else
		end_turn(c);
}

static void search(struct collector *c, const struct slice *slice)
{
	struct slow *s = &c->slow;

	if (!spaces_search(&c->spaces, slice))
		return;
	s->searched = true;
	s->next = 0;
	s->stage = SLOW_VISITS;
}

void slow_tick(struct collector *c)
{
	struct slow *s = &c->slow;
	u64 start = now_ns();
	struct slice slice = budget_slice(&c->budget, c->number == 1 ? budget_wall(&c->budget) : SLOW_SLICE_NS);
	if (s->stage == SLOW_RESTS) {
		enum turn turn = due(c, start);

		if (turn == TURN_NONE)
			return;
		begin_turn(c, turn, start);
	}
	s->ticks++;
	do {
		if (s->stage == SLOW_VISITS)
			visit(c, &slice);
		else
			search(c, &slice);
	} while (s->stage != SLOW_RESTS && !slice_over(&slice) && !aside_held_ns(&s->aside));
	s->worked_ns += now_ns() - start;
}

/* -- between the turns -------------------------------------------------------------------------------------------- */

void slow_values(struct collector *c)
{
	struct slow *s = &c->slow;

	if (!c->hooks.table->bss->kept_any || !hooks_has(&c->hooks, FEATURE_KEPT))
		return;
	if (!s->values)
		s->values = map_link(c->hooks.table->maps.no_file, hooks_program(&c->hooks, FEATURE_KEPT, 0));
	if (!s->values || pass_run(s->values, see_record, collector_between, c) < 0)
		c->pass_errors++;
}

bool slow_deinit(struct slow *s)
{
	if (!aside_stop(&s->aside))
		return false;
	for (size_t i = 0; i < SLOW_PASSES; i++)
		pass_deinit(&s->passes[i]);
	bpf_link__destroy(take(s->values));
	return true;
}
