/* Connections by their ids, the places of their packets' numbers, and what follows from what was seen before. */
#include "packets_streams.h"

#include <netinet/in.h>
#include <stdlib.h>

#include "array.h"
#include "packet_decode.h"

#define IDLE_MOST 64 /* connections without packets that stay known */

void streams_init(struct streams *s)
{
	*s = (struct streams){.free = IDMAP_NONE};
}

void streams_deinit(struct streams *s)
{
	free(s->at);
	idmap_deinit(&s->ids);
}

/* A connection whose packets have all left may go on: it stays known until there are too many of its kind. */
static void sweep(struct streams *s)
{
	if (s->idle <= IDLE_MOST)
		return;
	for (u32 i = 0; i < s->count; i++) {
		struct stream *at = &s->at[i];

		if (!at->used || at->packets)
			continue;
		idmap_remove(&s->ids, at->id);
		at->used = false;
		at->next_free = s->free;
		s->free = i;
	}
	s->idle = 0;
}

static u32 stream_new(struct streams *s, u64 id)
{
	u32 i;

	sweep(s);
	i = s->free;
	if (i == IDMAP_NONE) {
		if (array_append(&s->at, &s->cap, s->count, sizeof(*s->at)) < 0)
			return IDMAP_NONE;
		i = s->count;
	}
	if (idmap_set(&s->ids, id, i) < 0)
		return IDMAP_NONE;
	if (i == s->free)
		s->free = s->at[i].next_free;
	else
		s->count++;
	s->at[i] = (struct stream){.id = id, .used = true};
	s->idle++;
	return i;
}

u32 streams_get(struct streams *s, u64 id)
{
	u32 i = idmap_get(&s->ids, id);

	return i == IDMAP_NONE ? stream_new(s, id) : i;
}

void streams_entered(struct streams *s, u32 i)
{
	s->idle -= s->at[i].packets++ == 0;
}

void streams_left(struct streams *s, const struct packet *p)
{
	struct stream *at = &s->at[p->stream];
	s64 gap;

	if (!p->is_retold)
		seen_enter(&at->side[packet_is_tx(&p->r)].gone, p, &gap);
	s->idle += --at->packets == 0;
}

/* Where a number on the wire is in the stream of bytes; numbers wrap round at 4 GiB. */
static s64 side_place(struct side *s, u32 raw)
{
	s64 at;

	if (!s->known) {
		*s = (struct side){.known = true, .raw = raw};
		return 0;
	}
	at = s->at + (int32_t)(raw - s->raw);
	if (at > s->at) {
		s->at = at;
		s->raw = raw;
	}
	s->lowest = MIN(s->lowest, at);
	return at;
}

static s64 side_relative(const struct side *s, s64 at)
{
	return at - s->base + !s->synced;
}

/* A RST that answers what has no connection bears a 0 that counts nothing. */
static bool has_seq(const struct record_packet *r)
{
	return r->proto == IPPROTO_TCP && !(r->tcp_flags & TCP_RST && r->seq == 0);
}

void stream_place(struct stream *s, struct packet *p)
{
	bool tx = packet_is_tx(&p->r);

	if (has_seq(&p->r)) {
		struct side *side = &s->side[tx];

		p->seq_at = side_place(side, p->r.seq);
		p->marks |= PACKET_HAS_SEQ;
		if (p->r.tcp_flags & TCP_SYN) {
			side->base = p->seq_at;
			side->based = side->synced = true;
		}
	}
	if (p->r.proto == IPPROTO_TCP && p->r.tcp_flags & TCP_ACK) {
		p->ack_at = side_place(&s->side[!tx], p->r.ack);
		p->marks |= PACKET_HAS_ACK;
	}
}

static void stream_begin(struct stream *s, u64 round)
{
	if (s->round == round)
		return;
	s->round = round;
	for (unsigned i = 0; i < 2; i++) {
		struct side *side = &s->side[i];

		side->now = side->gone;
		if (!side->based) {
			side->base = side->lowest;
			side->based = side->known;
		}
	}
}

void stream_mark(struct stream *s, struct packet *p, u64 round)
{
	bool tx = packet_is_tx(&p->r);
	u8 marks;

	stream_begin(s, round);
	marks = p->is_retold ? p->marks : seen_enter(&s->side[tx].now, p, &p->gap);
	/* What we send is in order but for retransmits; a gap there is only a packet that was not told. */
	if (tx)
		marks &= (u8) ~(PACKET_GAP | PACKET_LATE);
	if (p->r.flags & PACKET_RETRANSMIT)
		marks &= (u8)~PACKET_AGAIN;
	p->marks = (u8)((p->marks & (PACKET_HAS_SEQ | PACKET_HAS_ACK)) | marks);
	p->rel_seq = side_relative(&s->side[tx], p->seq_at);
	p->rel_ack = side_relative(&s->side[!tx], p->ack_at);
}
