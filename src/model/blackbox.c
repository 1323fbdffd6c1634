/* Keeps what was told last of connections that ended badly. */
#include "blackbox_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "packets.h"
#include "rows_private.h"
#include "text.h"

struct boxes {
	struct ring boxes; /* of struct box */
	struct idmap ids;  /* socket → low half of its box's number */
	u64 losses;        /* those up to this number have been looked at … */
	u64 packets;       /* … and packets up to this serial */
};

int boxes_init(struct model *m)
{
	m->boxes = calloc(1, sizeof(*m->boxes));
	if (!m->boxes)
		return -ENOMEM;
	ring_init(&m->boxes->boxes, sizeof(struct box), BOXES_MAX);
	return 0;
}

void boxes_deinit(struct model *m)
{
	if (!m->boxes)
		return;
	ring_deinit(&m->boxes->boxes);
	idmap_deinit(&m->boxes->ids);
	free(take(m->boxes));
}

static struct box *box_of(const struct model *m, u64 id)
{
	u32 low = idmap_get(&m->boxes->ids, id);
	struct box *b = low == IDMAP_NONE ? NULL : ring_get(&m->boxes->boxes, ring_number(&m->boxes->boxes, low));

	return b && b->id == id ? b : NULL;
}

const struct box *model_box(const struct model *m, u64 id)
{
	return box_of(m, id);
}

static bool is_bad(const struct record_socket *s)
{
	if (s->proto != IPPROTO_TCP || s->last_state == STATE_LISTEN)
		return false;
	return s->last_state == STATE_SYN_SENT ||
	       (s->ended_by != ENDED_UNKNOWN && s->ended_by != ENDED_LOCAL && s->ended_by != ENDED_REMOTE);
}

void boxes_ended(struct model *m, const struct record_socket *s, u64 ended_ns)
{
	struct boxes *all = m->boxes;
	const struct box *old;
	struct box *b;

	if (!is_bad(s))
		return;
	if (ring_reserve(&all->boxes) > 0) {
		old = ring_get(&all->boxes, all->boxes.first);
		if (box_of(m, old->id) == old)
			idmap_remove(&all->ids, old->id);
	}
	b = ring_add(&all->boxes);
	if (!b)
		return; /* no memory: there is none of it */
	*b = (struct box){.id = s->id, .ended_ns = ended_ns, .tick = m->ticks + 1};
	if (idmap_set(&all->ids, s->id, (u32)(all->boxes.end - 1)) < 0)
		b->id = 0;
}

/* -- filling ------------------------------------------------------------------------------------------------------- */

static bool is_packet(const struct box_event *e)
{
	return e->what == BOX_SENT || e->what == BOX_RECEIVED;
}

static void remove_at(struct box *b, u32 at)
{
	b->losses -= !is_packet(&b->events[at]);
	b->count--;
	memmove(&b->events[at], &b->events[at + 1], (b->count - at) * sizeof(b->events[0]));
}

/* Of either sort the newest stay. */
static void put(struct box *b, const struct box_event *e)
{
	bool packet = is_packet(e);
	u32 at = 0, oldest = 0;

	if ((packet ? b->count - b->losses : b->losses) == (packet ? BOX_PACKETS : BOX_LOSSES)) {
		while (is_packet(&b->events[oldest]) != packet)
			oldest++;
		if (b->events[oldest].time_ns > e->time_ns)
			return;
		remove_at(b, oldest);
	}
	for (at = b->count; at && b->events[at - 1].time_ns > e->time_ns; at--)
		b->events[at] = b->events[at - 1];
	b->events[at] = *e;
	b->count++;
	b->losses += !packet;
}

struct box_event box_event_of(const struct loss *l)
{
	static const u8 whats[LOSS_KINDS] = {[LOSS_RETRANSMIT] = BOX_RETRANSMIT,
					     [LOSS_DROP] = BOX_DROP,
					     [LOSS_RESET_SENT] = BOX_RESET_SENT,
					     [LOSS_RESET_RECEIVED] = BOX_RESET_RECEIVED};

	return (struct box_event){
	    .time_ns = l->r.time_ns,
	    .location = l->r.location,
	    .seq = l->r.seq,
	    .end_seq = l->r.end_seq,
	    .cwnd = l->r.cwnd,
	    .reason = l->r.reason,
	    .segments = l->r.segments,
	    .loss_flags = l->r.flags,
	    .what = whats[l->r.kind],
	    .tcp_flags = l->r.tcp_flags,
	    .marks = l->marks,
	    .family = l->r.family,
	};
}

static struct box_event event_of_packet(const struct packet *p)
{
	return (struct box_event){
	    .time_ns = p->r.time_ns,
	    .seq = p->r.seq,
	    .end_seq = p->r.seq + p->r.payload,
	    .ack = p->r.ack,
	    .window = p->r.window,
	    .what = packet_is_tx(&p->r) ? BOX_SENT : BOX_RECEIVED,
	    .tcp_flags = p->r.tcp_flags,
	};
}

/* What came with this tick goes into boxes of the tick before, too: a reset can be told after the end. Those that are
 * new get all that is still kept. */
static bool is_wanted(const struct model *m, const struct box *b, bool fresh)
{
	return b && b->tick + fresh >= m->ticks;
}

static void add_losses(struct model *m)
{
	u64 newest = model_losses_newest(m), first = newest > LOSSES_MAX ? newest - LOSSES_MAX : 0;

	for (u64 n = newest; n > first; n--) {
		const struct loss *l = model_loss(m, n);
		struct box *b = l && l->r.id ? box_of(m, l->r.id) : NULL;
		struct box_event e;

		if (!is_wanted(m, b, n > m->boxes->losses))
			continue;
		e = box_event_of(l);
		put(b, &e);
	}
	m->boxes->losses = newest;
}

static void add_packets(struct model *m)
{
	const struct packets *all = model_packets(m);
	u64 newest = m->boxes->packets;

	for (size_t i = packets_count(all); i-- > 0;) {
		const struct packet *p = packets_at(all, i);
		struct box *b = box_of(m, p->r.id);
		struct box_event e;

		newest = MAX(newest, p->serial);
		if (!is_wanted(m, b, p->serial > m->boxes->packets))
			continue;
		e = event_of_packet(p);
		put(b, &e);
	}
	m->boxes->packets = newest;
}

/* Both stores are looked through only where something ended badly in this tick or the last. */
void boxes_end_tick(struct model *m)
{
	const struct box *newest = ring_get(&m->boxes->boxes, m->boxes->boxes.end - 1);

	if (!newest || newest->tick + 1 < m->ticks)
		return;
	add_losses(m);
	add_packets(m);
}

/* -- words --------------------------------------------------------------------------------------------------------- */

const char *box_what_name(unsigned what)
{
	static const char *const names[BOX_WHATS] = {"?",    "retransmit", "drop", "reset_sent", "reset_received",
						     "sent", "received"};

	return what < BOX_WHATS ? names[what] : names[0];
}

void box_event_reason(const struct model *m, const struct box_event *e, char *text, size_t size)
{
	static const u8 kinds[BOX_WHATS] = {[BOX_RETRANSMIT] = LOSS_RETRANSMIT,
					    [BOX_DROP] = LOSS_DROP,
					    [BOX_RESET_SENT] = LOSS_RESET_SENT,
					    [BOX_RESET_RECEIVED] = LOSS_RESET_RECEIVED};
	struct record_loss r = {.kind = kinds[e->what], .flags = e->loss_flags, .reason = e->reason};

	loss_reason(m, &r, text, size);
}

void box_event_flags(const struct box_event *e, char *text, size_t size)
{
	struct record_packet r = {.proto = IPPROTO_TCP, .tcp_flags = e->tcp_flags};

	packet_flags_text(&r, text, size);
}

/* Of a segment without data one number is enough. */
static void say_seq(const struct box_event *e, char *text, size_t size)
{
	if (e->end_seq != e->seq)
		text_join(text, size, "  ", "seq %u-%u", e->seq, e->end_seq);
	else if (is_packet(e))
		text_join(text, size, "  ", "seq %u", e->seq);
}

void box_event_text(const struct model *m, const struct box_event *e, char *text, size_t size)
{
	char word[RECORD_NAME_LEN];

	text_copy(text, size, box_what_name(e->what));
	text_blanks(text);
	box_event_reason(m, e, word, sizeof(word));
	if (*word)
		text_join(text, size, "  ", "%s", word);
	loss_function(m, e->location, false, word, sizeof(word));
	if (*word)
		text_join(text, size, " ", "in %s", word);
	box_event_flags(e, word, sizeof(word));
	if (*word && e->tcp_flags)
		text_join(text, size, "  ", "%s", word);
	say_seq(e, text, size);
	if (is_packet(e))
		text_join(text, size, "  ", "ack %u  win %u", e->ack, e->window);
	if (e->what == BOX_RETRANSMIT && e->segments > 1)
		text_join(text, size, "  ", "%u segments", e->segments);
	if (e->what == BOX_RETRANSMIT && e->cwnd)
		text_join(text, size, "  ", "cwnd %u", e->cwnd);
	if (e->marks & LOSS_SPURIOUS)
		text_join(text, size, "  ", "spurious");
	if (e->marks & LOSS_DROPPED_HERE)
		text_join(text, size, "  ", "dropped on this machine");
}
