/* Whose packets the batch asks for, and how each format writes them. */
#include "packet_rows.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "idmap.h"
#include "json.h"
#include "packet_table.h"
#include "packets.h"
#include "pcapng.h"
#include "text.h"
#include "units.h"
#include "wall.h"

#define KEPT_IN_A_TICK 200000 /* some 100 MB; what is more is counted as not kept */
#define WAIT_TICKS 3          /* until the kernel traces */
#define HOLD_TICKS 3          /* that a packet waits for its later stamps, where it is written once … */
#define HELD_MAX 100000       /* … and so many at most: the next tick's need room, too */

struct packet_rows {
	const struct batch_options *o; /* borrowed */
	bool chosen;                   /* text with columns that the user names */
	struct pcapng *pcapng;         /* owned; only for that format */
	u64 asked;                     /* whom the collector was asked to trace */
	unsigned waited;
	const struct model *m; /* while rows are sorted */
	u64 told;              /* packets that are missing, as the text format said last */
};

int packet_rows_new(struct packet_rows **out, const struct batch_options *o, struct model *m)
{
	struct packet_rows *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	*r = (struct packet_rows){.o = o, .chosen = o->chosen && o->format == EXPORT_TEXT};
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

/* -- formats ------------------------------------------------------------------------------------------------------- */

/* Columns of the text format; a negative width is left-aligned. The parts are those of the direction. */
static const struct {
	const char *title;
	int width;
} columns[] = {{"TIME", -15},    {"DIR", -3},    {"FLAGS", -5},    {"SEQ", 13},    {"ACK", 13},
	       {"LEN", 6},       {"WIN", 5},     {"DEVICES", -11}, {"MAC|TCP", 7}, {"IP", 6},
	       {"TCP|QDISC", 9}, {"APP|NIC", 7}, {"TOTAL", 6},     {"NOTE", 0}};

static void put_cell(struct buf *out, size_t i, const char *text)
{
	int width = columns[i].width, gap = abs(width) - (int)text_width(text);

	buf_printf(out, "%s%*s%s%*s", i ? " " : "", width > 0 ? MAX(gap, 0) : 0, "", text, width < 0 ? MAX(gap, 0) : 0,
		   "");
}

static void text_head(struct buf *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		put_cell(out, i, columns[i].title);
	buf_putc(out, '\n');
}

/* Echo packets are of any two hosts. Behind the note stands what netfilter's hooks took. */
static void note_text(const struct packet_rows *r, const struct model *m, const struct packet *p, char *text,
		      size_t size)
{
	char hooks[PACKET_TEXT];
	size_t n = r->o->echo ? packet_ends_text(&p->r, false, text, size) : 0;

	if (n)
		n += text_copy(text + n, size - n, ", ");
	if (p->is_retold)
		n += text_copy(text + n, size - n, "told again, ");
	n += packet_note(m, p, text + n, size - n);
	if (packet_hooks_text(&p->r, hooks, sizeof(hooks)))
		text_join(text, size, ", ", "netfilter %s", hooks);
}

static void put_text(const struct packet_rows *r, struct buf *out, const struct model *m, const struct packet *p)
{
	char text[PACKET_TEXT];
	struct packet_times t;
	size_t i = 0;

	packet_times(&p->r, &t);
	if (!wall_clock(text, sizeof(text), model_realtime(m, p->r.time_ns), 6))
		text_copy(text, sizeof(text), "-");
	put_cell(out, i++, text);
	put_cell(out, i++, packet_is_tx(&p->r) ? "tx" : "rx");
	put_cell(out, i++, packet_flags_text(&p->r, text, sizeof(text)) ? text : "-");
	snprintf(text, sizeof(text), "%" PRId64, packet_is_echo(&p->r) ? p->r.echo_seq : p->rel_seq);
	put_cell(out, i++, p->marks & PACKET_HAS_SEQ || packet_is_echo(&p->r) ? text : "-");
	snprintf(text, sizeof(text), "%" PRId64, p->rel_ack);
	put_cell(out, i++, p->marks & PACKET_HAS_ACK ? text : "-");
	snprintf(text, sizeof(text), "%" PRIu32, p->r.payload);
	put_cell(out, i++, text);
	units_count(text, p->r.window);
	put_cell(out, i++, p->r.proto == IPPROTO_TCP ? text : "-");
	put_cell(out, i++, packet_devices_text(m, &p->r, text, sizeof(text)) ? text : "-");
	for (unsigned k = 0; k < PACKET_PARTS; k++) {
		packet_duration(text, t.part_ns[k]);
		/* Its time is in the next one's. */
		put_cell(out, i++, t.known & 1U << k ? text : t.merged & 1U << k ? ">" : "-");
	}
	packet_duration(text, t.total_ns);
	put_cell(out, i++, t.known ? text : "-");
	note_text(r, m, p, text, sizeof(text));
	put_cell(out, i, text);
	buf_putc(out, '\n');
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
	if (r->chosen) {
		writer_text.head(out, p);
		text_missing(r, p->m, out);
		return;
	}
	switch (r->o->format) {
	case EXPORT_JSON: json_put_tick(out, p); break;
	case EXPORT_CSV: writer_csv.head(out, p); break;
	case EXPORT_PCAPNG:
		if (!p->number)
			pcapng_begin(r->pcapng, p->m, out);
		break;
	default:
		if (!p->number)
			text_head(out);
		text_missing(r, p->m, out);
		break;
	}
}

static void put_packet(struct packet_rows *r, const struct page *page, const struct packet *p, struct buf *out)
{
	if (r->chosen) {
		writer_text.row(out, page, p);
		return;
	}
	switch (r->o->format) {
	case EXPORT_JSON: writer_json.row(out, page, p); break;
	case EXPORT_CSV: writer_csv.row(out, page, p); break;
	case EXPORT_PCAPNG: pcapng_packet(r->pcapng, page->m, p, out); break;
	default: put_text(r, out, page->m, p); break;
	}
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

	return table_compare(&packet_table, r->o->what->sort, r->m, *(const struct packet *const *)a,
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
	r->m = p->m;
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
