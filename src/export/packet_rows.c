/* Whose packets the batch asks for, and how each format writes them. */
#include "packet_rows.h"

#include <errno.h>
#include <inttypes.h>

#include "idmap.h"
#include "packets.h"
#include "pcapng.h"

#define KEPT_IN_A_TICK 200000 /* some 100 MB; what is more is counted as not kept */
#define WAIT_TICKS 3          /* until the kernel traces */
#define HOLD_TICKS 3          /* that a packet waits for its later stamps, where it is written once … */
#define HELD_MAX 100000       /* … and so many at most: the next tick's need room, too */

struct packet_rows {
	const struct batch_options *o; /* borrowed */
	struct pcapng *pcapng;         /* owned; only for that format */
	u64 asked;                     /* whom the collector was asked to trace */
	unsigned waited;
	const struct page *page; /* while rows are sorted */
	u64 told;                /* packets that are missing, as the text format said last */
};

int packet_rows_new(struct packet_rows **out, const struct batch_options *o, struct model *m)
{
	struct packet_rows *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	*r = (struct packet_rows){.o = o};
	if (o->format == EXPORT_PCAPNG && pcapng_new(&r->pcapng) < 0) {
		free(r);
		return -ENOMEM;
	}
	packets_keep(model_packets(m), KEPT_IN_A_TICK);
	*out = r;
	return 0;
}

void packet_rows_free(struct packet_rows *r)
{
	if (!r)
		return;
	pcapng_free(r->pcapng);
	free(r);
}

/* -- whose --------------------------------------------------------------------------------------------------------- */

static const struct row *row_of(const struct model *m, u64 id)
{
	u32 index = model_find(m, id);

	return index == IDMAP_NONE ? NULL : model_row(m, index);
}

/* The first that matches, until it ends: then the next one. */
static u64 choose(const struct packet_rows *r, const struct model *m)
{
	const struct row *now = r->asked ? row_of(m, r->asked) : NULL;
	u32 index;

	if (r->o->echo)
		return ECHO_ID;
	if (now && !now->closed)
		return r->asked;
	index = arm_first(m, r->o->whose);
	return index == IDMAP_NONE ? 0 : model_row(m, index)->s.id;
}

bool packet_rows_ask(struct packet_rows *r, struct feed *f, const struct model *m)
{
	u64 id = r->o->arm ? arm_tick(r->o->arm, m) : choose(r, m);
	bool first = !r->asked;

	/* A command that did not fit is sent again after the next tick; a recording heeds none. */
	if (id != r->asked && feed_command(f, COMMAND_TRACE, id) != -EAGAIN)
		r->asked = id;
	if (feed_fd(f) < 0 || r->o->arm || !r->asked || packets_count(model_packets(m)))
		return true;
	if (packets_trace(model_packets(m))->id == r->asked && !first)
		return true;
	return r->waited++ >= WAIT_TICKS;
}

static bool wanted(const struct packet_rows *r, const struct model *m, const struct packet *p)
{
	const struct row *row;

	if (!query_match(r->o->what->query, m, p))
		return false;
	if (r->o->echo || p->r.id == ECHO_ID)
		return r->o->echo && p->r.id == ECHO_ID;
	if (!r->o->whose || p->r.id == r->asked)
		return true;
	row = row_of(m, p->r.id);
	return row && query_match(r->o->whose, m, row);
}

/* -- a tick -------------------------------------------------------------------------------------------------------- */

/* JSON has this in its tick line. */
static void text_missing(struct packet_rows *r, const struct model *m, struct buf *out)
{
	struct packets_counts c = packets_counts(model_packets(m));
	u64 all = c.lost + c.limited + c.pushed;

	if (all && all != r->told)
		buf_printf(out,
			   "-- not here: %" PRIu64 " lost, %" PRIu64 " above %" PRIu64 " in a second, %" PRIu64
			   " not kept\n",
			   c.lost, c.limited, c.limit, c.pushed);
	r->told = all;
}

static void put_head(struct packet_rows *r, const struct page *p, struct buf *out)
{
	if (r->pcapng && !p->number)
		pcapng_begin(r->pcapng, p->m, out);
	if (!r->pcapng)
		writer_of(r->o->format)->head(out, p);
	if (r->o->format == EXPORT_TEXT)
		text_missing(r, p->m, out);
}

static void put_packet(struct packet_rows *r, const struct page *page, const struct packet *p, struct buf *out)
{
	if (r->pcapng)
		pcapng_packet(r->pcapng, page->m, p, out);
	else
		writer_of(r->o->format)->row(out, page, p);
}

/* How many packets are due. In lines a packet of which more is known later is told again; a file of packets must have
 * it once, and in the order of time. */
static size_t count_due(const struct packet_rows *r, const struct model *m)
{
	const struct packets *store = model_packets(m);
	const struct record_tick *t = model_tick(m);
	size_t count = packets_count(store), n = count > HELD_MAX ? count - HELD_MAX : 0;
	u64 hold = HOLD_TICKS * t->interval_ns;

	if (r->o->format != EXPORT_PCAPNG)
		return count;
	while (n < count && packets_at(store, n)->r.time_ns + hold < t->time_ns)
		n++;
	return n;
}

static int by_column(const void *a, const void *b, void *order)
{
	const struct packet_rows *r = order;

	return table_compare(r->o->what->t, r->o->what->sort, r->page->m, *(const struct packet *const *)a,
			     *(const struct packet *const *)b, r->o->what->descending);
}

/* The first `due` packets, those that are wanted, in their order or in that which the user names. */
static int put_packets(struct packet_rows *r, const struct page *p, size_t due, struct buf *out)
{
	struct packets *store = model_packets(p->m);
	cleanup_free const struct packet **rows = calloc(MAX(due, (size_t)1), sizeof(struct packet *));
	size_t n = 0;

	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < due; i++) {
		const struct packet *at = packets_at(store, i);

		if (wanted(r, p->m, at) && !(r->o->format == EXPORT_PCAPNG && at->is_retold))
			rows[n++] = at;
	}
	r->page = p;
	if (r->o->what->sort)
		qsort_r(rows, n, sizeof(*rows), by_column, r);
	for (size_t i = 0; i < n && (!r->o->limit || i < r->o->limit); i++)
		put_packet(r, p, rows[i], out);
	packets_forget(store, due);
	return 0;
}

int packet_rows_put(struct packet_rows *r, const struct page *p, struct buf *out)
{
	put_head(r, p, out);
	return put_packets(r, p, count_due(r, p->m), out);
}

int packet_rows_end(struct packet_rows *r, const struct page *p, struct buf *out)
{
	struct packets *store = model_packets(p->m);

	if (r->o->format != EXPORT_PCAPNG)
		return 0;
	packets_settle(store); /* of the tick that did not become whole */
	return put_packets(r, p, packets_count(store), out);
}
