/* iter/task_file, in as many ticks as it takes. */
#include "files.h"

#include <string.h>

#include "clock.h"
#include "collector.h"
#include "cookies.h"
#include "skbtop.skel.h"

/* What the programs are to know stays the same for the whole of a pass. */
static void set_control(struct collector *c)
{
	struct skbtop_bpf__bss *bss = c->hooks.table->bss;

	collector_set_wanted(c);
	bss->since_jiffies = c->delivered_since;
	bss->since_valid = c->since_known && !c->want_all;
	bss->refresh_slot = c->pass % 64;
	c->want_all = false;
}

static void begin(struct collector *c, u64 tick_ns)
{
	struct files *f = &c->files;

	c->pass++;
	c->seen = 0;
	f->begun_ns = tick_ns;
	f->ticks = 0;
	f->unread = false;
	set_control(c);
	memcpy(f->wanted, c->want, c->want_count * sizeof(*c->want));
	f->wanted_count = c->want_count;
	c->want_count = 0;
	if (c->number == 1)
		cookies_seed(c);
	cookies_tick(c);
	if (pass_begin(&f->pass, hooks_link(&c->hooks, FEATURE_FILES)) < 0)
		c->pass_errors++;
}

void files_next(struct collector *c, bool delivered)
{
	struct files *f = &c->files;

	if (!delivered)
		f->unread = true;
	if (!f->whole || f->unread)
		return;
	c->delivered_since = c->held_since;
	c->since_known = true;
}

void files_tick(struct collector *c, u64 tick_ns)
{
	struct files *f = &c->files;
	struct slice slice = budget_slice(&c->budget, budget_wall(&c->budget));
	int r = 0;

	if (!f->pass.open)
		begin(c, tick_ns);
	c->hooks.table->bss->info_cookie = c->info == ~0ULL ? ~0ULL : c->info & ((1ULL << 56) - 1);
	if (f->pass.open)
		r = pass_go_on(&f->pass, &slice, see_record, collector_between, c);
	if (r < 0)
		c->pass_errors++;
	if (f->ticks++ == 0)
		c->held_since = c->hooks.table->bss->pass_jiffies;
	f->whole = r <= 0;
	if (!f->whole)
		return;
	f->whole_ticks = f->ticks;
	f->took_ns = now_ns() - f->begun_ns;
}

void files_done(struct collector *c)
{
	struct skbtop_bpf__bss *bss = c->hooks.table->bss;
	struct files *f = &c->files;

	for (u32 i = 0; i < f->wanted_count; i++) {
		struct entry *e = entries_find(&c->table, f->wanted[i]);

		if (e)
			e->flags &= (u8)~ENTRY_WANTED;
	}
	f->wanted_count = 0;
	if (bss->wanted_count)
		memset(bss->wanted, 0, sizeof(bss->wanted));
	bss->wanted_count = 0;
	f->seen = c->seen;
}
