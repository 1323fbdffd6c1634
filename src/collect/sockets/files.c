/* The pass over sockets that are held by a file: iter/task_file. A new one begins with each tick, unless the last one
 * has not reached its end: descriptors can be made by the million. */
#include "clock.h"
#include "cookies.h"
#include "hooks.h"
#include "id.h"
#include "pass.h"
#include "skbtop.skel.h"
#include "sockets.h"

struct files {
	struct source source;
	struct pass pass;
	struct cookies cookies;
	u32 ticks;                       /* ticks that the pass has taken so far */
	bool unread;                     /* one of its ticks was never read */
	u64 seen;                        /* sockets that the last whole pass has seen */
	u32 held_since, delivered_since; /* jiffies at the start of the pass whose tick is held, and was delivered */
	bool since_known;
};

/* What the programs are told stays the same during a pass. */
static void set_control(struct files *f)
{
	struct collector *c = f->source.c;
	struct skbtop_bpf__bss *bss = c->hooks->table->bss;

	sockets_begin_wanted(c->sockets, c->hooks);
	bss->since_jiffies = f->delivered_since;
	bss->since_valid = f->since_known && !c->sockets->want_all;
	bss->refresh_slot = c->sockets->pass % 64;
	c->sockets->want_all = false;
}

static void begin(struct files *f, u64 now)
{
	struct collector *c = f->source.c;

	c->sockets->pass++;
	c->sockets->seen = 0;
	c->sockets->begun_ns = now;
	f->ticks = 0;
	f->unread = false;
	set_control(f);
	if (c->number == 1)
		cookies_seed(c);
	cookies_tick(&f->cookies, c);
	if (pass_begin(&f->pass, hooks_link(c->hooks, FEATURE_FILES)) < 0)
		c->errors++;
}

/* Does the reader have what the last whole pass wrote? Then the next one can omit what has been idle since. */
static void note_delivered(struct files *f)
{
	if (!f->source.c->delivered)
		f->unread = true;
	if (!f->source.c->sockets->whole || f->unread)
		return;
	f->delivered_since = f->held_since;
	f->since_known = true;
}

/* Runs a part of the pass, or all of it. */
static void files_tick(struct source *source)
{
	struct files *f = (struct files *)source;
	struct collector *c = source->c;
	struct sockets *s = c->sockets;
	struct slice slice = budget_slice(&c->budget, budget_wall(&c->budget));
	int r = 0;

	note_delivered(f);
	if (!f->pass.open)
		begin(f, c->tick_ns);
	c->hooks->table->bss->info_cookie = c->wishes.info == ~0ULL ? ~0ULL : id_cookie(c->wishes.info);
	if (f->pass.open)
		r = pass_go_on(&f->pass, &slice, see_record, collector_between, c);
	if (r < 0)
		c->errors++;
	if (f->ticks++ == 0)
		f->held_since = c->hooks->table->bss->pass_jiffies;
	s->whole = r <= 0;
	if (!s->whole)
		return;
	s->whole_ticks = f->ticks;
	s->took_ns = now_ns() - s->begun_ns;
}

/* The reader did not get the last records of these sockets. */
static void files_resend(struct source *source)
{
	struct entries *all = &source->c->sockets->entries;

	for (u32 i = 0; i < all->end; i++) {
		if (all->at[i].sent_tick == (u32)source->c->out.tick_number)
			all->at[i].sum = 0;
		all->at[i].layers_sum = all->at[i].queues = 0;
	}
}

static void files_fill(struct source *source, struct record_tick *t)
{
	struct files *f = (struct files *)source;
	const struct sockets *s = source->c->sockets;

	if (s->whole)
		f->seen = s->seen;
	t->sockets = f->seen;
	t->sockets_alive = s->entries.live;
	t->pass = s->pass;
	t->pass_ns = s->begun_ns;
	/* A pass that is not done takes at least another tick. */
	t->pass_ticks = MAX(s->whole ? 1 : f->ticks + 1, s->whole_ticks);
	t->pass_whole |= s->whole ? PASS_FILES : 0;
}

static bool files_stop(struct source *source)
{
	pass_deinit(&((struct files *)source)->pass);
	return true;
}

const struct source_class files_source = {
    .name = "files",
    .size = sizeof(struct files),
    .tick = files_tick,
    .resend = files_resend,
    .fill = files_fill,
    .stop = files_stop,
};
