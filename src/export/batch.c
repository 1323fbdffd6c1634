/* The loop over ticks: which rows of a tick are due, in which order, and that each end is told once. */
#include "batch.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "array.h"
#include "clock.h"
#include "findings.h"
#include "fold.h"
#include "idmap.h"
#include "layers.h"
#include "list.h"
#include "bounds.h"
#include "outlet.h"
#include "packets.h"
#include "packet_rows.h"
#include "writer.h"

#define BATCH_LIVES_MAX 65536 /* events of Lives that one tick may bring; 32 MB, if they come */
#define CHUNK (256U * 1024)
#define STEP_BUDGET_NS (50 * NSEC_PER_MSEC)

/* Ended rows left in the model after they were written: a repeated or late record finds its row again. */
#define KEEP_AFTER_WRITE 1000

/* A connection that was written as closed can come back as TIME_WAIT and end again within the next minute
 * (TCP_TIMEWAIT_LEN is 60 s). Its id is remembered for at least this long. */
#define REMEMBER_NS (120 * NSEC_PER_SEC)

/* The ids written as closed: two generations, the older one forgotten as a whole. */
struct told {
	struct idmap now, before;
	u64 since_ns;
};

struct batch {
	const struct batch_options *o;
	struct model *m;
	struct folded *fold; /* the picture of a table that is a fold; NULL: it is none */
	const void *picture; /* of the table: one of these, or m */
	struct list *list;
	struct packet_rows *packets; /* NULL: none are written */
	u64 armed;                   /* whom the collector was asked to trace; BATCH_PACKETS: packet_rows knows */
	u64 written;                 /* age of the newest event that was looked at */
	struct outlet outlet;
	struct buf buf;
	struct told told;
	u32 *rows;
	u32 row_cap;
	u16 *widths;
	u64 ticks;  /* written */
	u64 events; /* alarms of the layers that were written */
};

/* 1: told before; 0: now remembered; -ENOMEM. */
static int told_check(struct told *t, u64 id)
{
	if (!id)
		return 0;
	if (idmap_get(&t->now, id) != IDMAP_NONE || idmap_get(&t->before, id) != IDMAP_NONE)
		return 1;
	return idmap_set(&t->now, id, 1);
}

static void told_age(struct told *t, u64 now)
{
	if (now - t->since_ns < REMEMBER_NS)
		return;
	idmap_deinit(&t->before);
	t->before = t->now;
	t->now = (struct idmap){};
	t->since_ns = now;
}

static void batch_deinit(struct batch *b)
{
	outlet_deinit(&b->outlet);
	list_free(b->list);
	fold_free(b->fold);
	packet_rows_free(b->packets);
	buf_deinit(&b->buf);
	idmap_deinit(&b->told.now);
	idmap_deinit(&b->told.before);
	free(b->rows);
	free(b->widths);
}

/* The table's picture: of a fold what is written and what it is sorted by is summed from the first tick on; a filter
 * asks itself for what it needs. */
static int make_picture(struct batch *b)
{
	const struct table_choice *what = b->o->what;
	int r = 0;

	b->picture = b->m;
	if (b->o->findings) {
		b->picture = b->o->findings;
	} else if (what->t->fold) {
		r = fold_new(&b->fold, what->t, b->m);
		b->picture = b->fold;
	}
	for (size_t i = 0; b->fold && i < what->columns.count; i++)
		fold_want(b->fold, what->columns.at[i]);
	if (b->fold && what->sort)
		fold_want(b->fold, what->sort);
	return r;
}

static int batch_init(struct batch *b, const struct batch_options *o, struct model *m, FILE *out)
{
	int r;

	*b = (struct batch){.o = o, .m = m};
	outlet_init(&b->outlet, out, o->format != EXPORT_PCAPNG);
	b->widths = calloc(o->what->columns.count + 1, sizeof(*b->widths));
	if (!b->widths)
		return -ENOMEM;
	r = make_picture(b);
	if (r == 0)
		r = list_new(&b->list, o->what->t, b->picture);
	if (r < 0)
		return r;
	if (o->rows == BATCH_PACKETS)
		return packet_rows_new(&b->packets, o, m);
	list_set_query(b->list, o->what->query);
	list_set_closed(b->list, o->closed);
	list_set_sort(b->list, o->what->sort, o->what->descending);
	/* However many end within one tick: they are dropped after they were written. */
	model_keep_closed(m, UINT32_MAX);
	model_keep_lives(m, BATCH_LIVES_MAX);
	return 0;
}

/* Is the row to be written in this tick? 1, 0 or -ENOMEM. What happened is written once, and so is an end. */
static int row_due(struct batch *b, const void *row)
{
	const struct table *t = b->o->what->t;
	int told;

	if (t->events)
		return t->age(row) > b->written;
	if (!table_ended(t, row))
		return 1;
	if (!b->o->closed)
		return 0;
	told = told_check(&b->told, t->id(row));
	return told < 0 ? told : !told;
}

/* Collects the rows of this tick into b->rows; returns how many, or -ENOMEM. */
static ssize_t collect_rows(struct batch *b)
{
	const struct table *t = b->o->what->t;
	u32 n = list_count(b->list);
	u64 newest = b->written;
	size_t due = 0;

	if (array_reserve(&b->rows, &b->row_cap, n, sizeof(*b->rows)) < 0)
		return -ENOMEM;
	for (u32 i = 0; i < n; i++) {
		u32 index = list_at(b->list, i);
		const void *row = index == IDMAP_NONE ? NULL : t->row(b->picture, index);
		int r = row ? row_due(b, row) : 0;

		if (r < 0)
			return r;
		/* Beyond the limit the loop goes on: an end that is cut off now must not turn up in a later tick. */
		if (r && (!b->o->limit || due < b->o->limit))
			b->rows[due++] = index;
		newest = row ? MAX(newest, t->age(row)) : newest;
	}
	b->written = newest;
	return (ssize_t)due;
}

/* Hands the buffer to the file. An enum outlet_result, or a negative errno. */
static int batch_write(struct batch *b, struct error *err)
{
	int r = outlet_write(&b->outlet, &b->buf, err);

	if (r == OUTLET_DONE)
		buf_reset(&b->buf, 2 * CHUNK);
	return r;
}

static struct page page_of(struct batch *b)
{
	return (struct page){.m = b->m,
			     .t = b->o->what->t,
			     .picture = b->picture,
			     .columns = &b->o->what->columns,
			     .number = b->ticks,
			     .several = b->o->count != 1,
			     .events = b->events,
			     .widths = b->widths};
}

/* Writes a tick's packets: as batch_write(). */
static int batch_packets(struct batch *b, struct error *err)
{
	struct page page = page_of(b);
	int r = packet_rows_put(b->packets, &page, &b->buf);

	if (r < 0)
		return error_set(err, r, "out of memory");
	b->ticks++;
	return batch_write(b, err);
}

/* What is wrong is worked out in each tick, whether it is written or not. -ENOMEM. */
static int look(struct batch *b)
{
	if (!b->o->findings)
		return 0;
	findings_tick(b->o->findings);
	return MIN(findings_work(b->o->findings, 0), 0);
}

/* Nobody should have to guess what an empty list means. */
static void say_nothing_found(struct batch *b)
{
	if (b->o->check && b->o->format == EXPORT_TEXT && !findings_count(b->o->findings, FINDING_INFO))
		buf_printf(&b->buf, "nothing is wrong: %zu checks, none speaks\n", findings_checks(b->o->findings));
}

/* The rows of the present picture, in their order. -ENOMEM. */
static int make_list(struct batch *b)
{
	int r = look(b);

	return r < 0 ? r : fold_list(b->fold, b->list);
}

/* Writes one tick: as batch_write(). */
static int batch_tick(struct batch *b, struct error *err)
{
	const struct writer *w = writer_of(b->o->format);
	struct page page = page_of(b);
	ssize_t n;
	int r;

	r = make_list(b);
	n = r < 0 ? r : collect_rows(b);
	if (n < 0)
		return error_set(err, (int)n, "out of memory");
	page.rows = b->rows;
	page.row_count = (size_t)n;
	w->head(&b->buf, &page);
	for (size_t i = 0; i < page.row_count; i++) {
		w->row(&b->buf, &page, page.t->row(b->picture, page.rows[i]));
		if (buf_len(&b->buf) < CHUNK)
			continue;
		r = batch_write(b, err);
		if (r != 0)
			return r;
	}
	say_nothing_found(b);
	b->ticks++;
	b->events = model_layer_events(b->m);
	return batch_write(b, err);
}

/* What was written may go; what comes next must stay until it is. */
static void batch_forget(struct batch *b)
{
	model_keep_closed(b->m, KEEP_AFTER_WRITE);
	model_keep_closed(b->m, UINT32_MAX);
	told_age(&b->told, now_ns());
}

/* -- the loop ------------------------------------------------------------------------------------------------------ */

static int feed_wait(const struct outlet *o, struct feed *f, struct error *err)
{
	struct pollfd p = {.fd = feed_fd(f), .events = POLLIN};

	if (outlet_poll(o, &p, 1, feed_timeout_ms(f)) < 0 && errno != EINTR)
		return error_set(err, -errno, "poll: %s", strerror(errno));
	return 0;
}

int batch_next(const struct outlet *o, struct feed *f, struct error *err)
{
	for (;;) {
		int r = feed_step(f, STEP_BUDGET_NS, err);

		if (outlet_stopped(o))
			return FEED_IDLE;
		if (r == FEED_MORE)
			continue;
		if (r != FEED_IDLE)
			return r;
		r = feed_wait(o, f, err);
		if (r < 0)
			return r;
	}
}

/* The packets of whom --arm names are asked for: what is written has them, or a recording. A command that did not fit
 * is sent again after the next tick. */
static void ask_armed(struct batch *b, struct feed *f)
{
	u64 id = b->o->arm && !b->packets ? arm_tick(b->o->arm, b->m) : 0;

	if (id != b->armed && feed_command(f, COMMAND_TRACE, id) != -EAGAIN)
		b->armed = id;
}

/* What came with a tick: as batch_write(). */
static int batch_put(struct batch *b, struct error *err)
{
	if (b->packets)
		return batch_packets(b, err);
	return batch_tick(b, err);
}

/* What was held back. Returns end, or a negative errno. */
static int batch_end(struct batch *b, enum batch_end end, struct error *err)
{
	struct page page;
	int r;

	if (!b->packets)
		return end;
	page = page_of(b);
	r = packet_rows_end(b->packets, &page, &b->buf);
	if (r < 0)
		return error_set(err, r, "out of memory");
	r = batch_write(b, err);
	return r < 0 ? r : (int)end;
}

static bool found(const struct batch *b)
{
	return b->o->check && findings_count(b->o->findings, FINDING_WARNING);
}

/* A recording may have fewer ticks than a check waits for: its last one counts then. */
static int feed_ended(struct batch *b, const struct feed *f, struct error *err)
{
	int r;

	if (!b->o->check || b->ticks || feed_fd(f) >= 0 || !model_tick(b->m))
		return batch_end(b, BATCH_FEED_ENDED, err);
	r = batch_put(b, err);
	return r < 0 ? r : found(b) ? BATCH_FOUND : BATCH_FEED_ENDED;
}

/* A tick before what is to be written: what happened in it, or ended, is not written later. -ENOMEM. */
static int pass(struct batch *b)
{
	ssize_t r;

	if (b->packets) {
		packets_forget(model_packets(b->m), packets_count(model_packets(b->m)));
		return 0;
	}
	if (!b->o->what->t->events && !b->o->closed && !b->fold)
		return look(b);
	r = make_list(b);
	r = r < 0 ? r : collect_rows(b);
	batch_forget(b);
	return r < 0 ? (int)r : 0;
}

int batch_run(const struct batch_options *o, struct feed *f, struct model *m, FILE *out, struct error *err)
{
	cleanup(batch_deinit) struct batch b;
	u64 skipped = 0;
	int r = batch_init(&b, o, m, out);

	if (r < 0)
		return error_set(err, r, "out of memory");
	b.told.since_ns = now_ns();
	for (;;) {
		r = batch_next(&b.outlet, f, err);
		if (r < 0)
			return r;
		if (outlet_stopped(&b.outlet))
			return batch_end(&b, BATCH_DONE, err);
		if (r == FEED_END)
			return feed_ended(&b, f, err);
		if (feed_is_early(f) || skipped < o->skip) {
			skipped++;
			r = feed_is_early(f) ? pass(&b) : look(&b);
			if (r < 0)
				return error_set(err, r, "out of memory");
			continue;
		}
		ask_armed(&b, f);
		if (b.packets && !packet_rows_ask(b.packets, f, m))
			continue;
		r = batch_put(&b, err);
		if (r != 0)
			return r < 0 ? r : BATCH_DONE;
		if (o->count && b.ticks >= o->count)
			return batch_end(&b, found(&b) ? BATCH_FOUND : BATCH_DONE, err);
		batch_forget(&b);
	}
}
