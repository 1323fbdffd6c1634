/* The store: packets in the order of time, the streams of bytes that they belong to, and what follows from both. */
#include "packets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "echo.h"
#include "packet_decode.h"
#include "packets_streams.h"
#include "ring.h"

#define TOLD 4096 /* packets that may be told once more: as many as the collector remembers, a power of two */

/* A packet that may be told once more, by its number. */
struct told {
	u64 id, number, time_ns;
	struct packet *here; /* borrowed; NULL: it left … */
	bool forgotten;      /* … because its reader has had it, with what follows */
	u8 marks;
	s64 gap;
	u64 echo_rtt_ns;
};

struct packets {
	struct ring order; /* of struct packet *, owned: by the times of their first stamps */
	struct streams streams;
	struct packet **slots; /* owned: where a serial is found … */
	u32 slot_count;        /* … a power of two, twice as many as packets or more */
	u64 serial, round;
	u64 settled;      /* serial of the last packet that was there at the last settling */
	u64 number_of;    /* whose trace it is that is counted … */
	u64 least, most;  /* … the numbers that came of it … */
	u64 came, latest; /* … how many, each once, and the time of the last */
	struct told told[TOLD];
	bool payload, unsettled;
	struct echo_requests echoes; /* sent, whose replies may still come */
	struct record_trace trace;
	struct packets_counts counts;
};

/* Where the i-th packet is kept, by time. */
static struct packet **place_of(const struct packets *p, size_t i)
{
	return ring_get(&p->order, p->order.first + i);
}

/* -- slots --------------------------------------------------------------------------------------------------------- */

static struct packet **slot_of(const struct packets *p, u64 serial)
{
	return &p->slots[serial & (p->slot_count - 1)];
}

/* For cap packets; there may be more before, but never less. Memory that is not used is not taken. */
static int slots_make(struct packets *p, size_t cap)
{
	struct packet **slots;
	u32 count = 2;

	while (count < 2 * cap)
		count *= 2;
	slots = calloc(count, sizeof(struct packet *));
	if (!slots)
		return -ENOMEM;
	free(p->slots);
	p->slots = slots;
	p->slot_count = count;
	for (size_t i = 0; i < packets_count(p); i++)
		*slot_of(p, packets_at(p, i)->serial) = *place_of(p, i);
	return 0;
}

/* The next serial; one whose slot is not free yet is passed over. */
static u64 next_serial(struct packets *p)
{
	while (*slot_of(p, ++p->serial))
		;
	return p->serial;
}

int packets_new(struct packets **out)
{
	struct packets *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	streams_init(&p->streams);
	ring_init(&p->order, sizeof(struct packet *), PACKETS_KEPT);
	if (slots_make(p, PACKETS_KEPT) < 0) {
		free(p);
		return -ENOMEM;
	}
	*out = p;
	return 0;
}

void packets_free(struct packets *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < packets_count(p); i++)
		free(*place_of(p, i));
	ring_deinit(&p->order);
	free(p->slots);
	streams_deinit(&p->streams);
	echo_requests_deinit(&p->echoes);
	free(p);
}

void packets_keep_payload(struct packets *p, bool keep)
{
	p->payload = keep;
}

void packets_keep_like(struct packets *p, const struct packets *other)
{
	packets_keep_payload(p, other->payload);
	packets_keep(p, other->order.most);
}

/* -- marks --------------------------------------------------------------------------------------------------------- */

void packets_settle(struct packets *p)
{
	if (!p->unsettled)
		return;
	p->unsettled = false;
	p->settled = p->serial;
	p->round++;
	for (size_t i = 0; i < packets_count(p); i++) {
		struct packet *at = *place_of(p, i);

		stream_mark(&p->streams.at[at->stream], at, p->round);
	}
}

/* -- in and out ---------------------------------------------------------------------------------------------------- */

static struct told *told_at(struct packets *p, u64 number)
{
	return &p->told[number & (TOLD - 1)];
}

/* What is known of a packet that leaves, should it be told once more. */
static void told_leaves(struct packets *p, const struct packet *at, bool forgotten)
{
	struct told *t = told_at(p, at->r.number);

	if (t->here != at)
		return;
	t->here = NULL;
	t->forgotten = forgotten;
	t->marks = at->marks;
	t->gap = at->gap;
	t->echo_rtt_ns = at->echo_rtt_ns;
}

/* The oldest leaves, pushed out or forgotten; what it showed of its connection stays. */
static struct packet *pop(struct packets *p, bool forgotten)
{
	struct packet *oldest = *place_of(p, 0);

	if (forgotten)
		ring_drop(&p->order);
	else
		ring_push_out(&p->order);
	*slot_of(p, oldest->serial) = NULL;
	told_leaves(p, oldest, forgotten);
	streams_left(&p->streams, oldest);
	return oldest;
}

void packets_keep(struct packets *p, size_t cap)
{
	cap = MIN(cap, (size_t)PACKETS_MOST);
	/* Without memory the bound is where it is. */
	if (2 * cap > p->slot_count && slots_make(p, cap) < 0)
		cap = p->slot_count / 2;
	p->order.most = (u32)cap;
	while (packets_count(p) > cap)
		free(pop(p, false));
}

void packets_forget(struct packets *p, size_t n)
{
	while (n-- > 0 && packets_count(p))
		free(pop(p, true));
}

/* Puts it where its time is, most often at the end; those behind it move up by one, into the last place, which is
 * free. */
static void insert(struct packets *p, struct packet *neu)
{
	size_t last = packets_count(p) - 1, lo = 0, hi = last;

	while (lo < hi) {
		size_t mid = hi - lo > 64 ? (lo + hi) / 2 : hi - 1;

		if (packets_at(p, mid)->r.time_ns <= neu->r.time_ns)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (size_t i = last; i > lo; i--)
		*place_of(p, i) = *place_of(p, i - 1);
	*place_of(p, lo) = neu;
}

/* To where its time is now; time_ns is what it was. */
static void move(struct packets *p, struct packet *at, u64 time_ns)
{
	size_t count = packets_count(p), lo = 0, hi = count;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (packets_at(p, mid) != at && packets_at(p, mid)->r.time_ns < time_ns)
			lo = mid + 1;
		else
			hi = mid;
	}
	while (lo < count && packets_at(p, lo) != at)
		lo++;
	if (lo == count)
		return;
	for (; lo < count - 1; lo++)
		*place_of(p, lo) = *place_of(p, lo + 1);
	insert(p, at);
}

/* A copy whose counts can be used as they are. */
static void clean(const struct packets *p, struct record_packet *r)
{
	r->captured = MIN(r->captured, (u32)PACKET_DATA);
	r->family = r->family == 6 ? 6 : 4;
	if (!p->payload)
		r->captured = (u32)packet_headers_len(r->data, r->captured);
	memset(r->data + r->captured, 0, sizeof(r->data) - r->captured);
	if (!r->segments)
		r->segments = 1;
}

/* Numbers need not come in their order. */
static void count_number(struct packets *p, const struct record_packet *r)
{
	/* A trace counts from 1; of one that was begun before us, what came before is not held against it. */
	if (r->id != p->number_of || (r->number <= 1 && r->time_ns > p->latest)) {
		p->number_of = r->id;
		p->least = p->most = r->number;
		p->came = p->latest = 0;
	}
	p->latest = MAX(p->latest, r->time_ns);
	p->least = MIN(p->least, r->number);
	p->most = MAX(p->most, r->number);
	p->came++;
}

/* How many numbers never came. */
static u64 missing(const struct packets *p)
{
	u64 all = p->most - p->least + 1;

	return p->came && all > p->came ? all - p->came : 0;
}

/* What is known of a packet that is told once more: its later stamps have come, or its first. NULL: it is new. A later
 * trace of the same socket counts from 1 again. */
static struct told *told_before(struct packets *p, const struct record_packet *r)
{
	struct told *t = told_at(p, r->number);

	return r->number && t->id == r->id && t->number == r->number && r->time_ns <= t->time_ns ? t : NULL;
}

static void tell_again(struct packets *p, struct packet *at, const struct record_packet *r)
{
	u64 time_ns = at->r.time_ns;

	at->r = *r;
	clean(p, &at->r);
	/* Its first stamp may be an earlier one now. */
	if (r->time_ns != time_ns)
		move(p, at, time_ns);
	p->unsettled = true;
}

/* Room for one more: the oldest's if all is taken. NULL: out of memory. */
static struct packet *packet_new(struct packets *p)
{
	int full = ring_reserve(&p->order);

	if (full < 0)
		return NULL;
	return full ? pop(p, false) : malloc(sizeof(struct packet));
}

/* One that comes for the first time, or its reader has had it and is to have it once more, as it was counted and marked
 * then. */
static int take_in(struct packets *p, const struct record_packet *r, const struct told *known)
{
	struct told t = {.id = r->id, .number = r->number, .time_ns = r->time_ns};
	cleanup_free struct packet *neu = packet_new(p);
	u32 i;

	if (!neu)
		return -ENOMEM;
	i = streams_get(&p->streams, r->id);
	if (i == IDMAP_NONE || !ring_add(&p->order))
		return -ENOMEM;
	*neu = (struct packet){.r = *r, .serial = next_serial(p), .stream = i, .is_retold = known};
	clean(p, &neu->r);
	stream_place(&p->streams.at[i], neu);
	if (known) {
		neu->echo_rtt_ns = known->echo_rtt_ns;
		neu->marks = known->marks;
		neu->gap = known->gap;
	} else {
		neu->echo_rtt_ns = echo_requests_take(&p->echoes, &neu->r);
		count_number(p, r);
		p->counts.taken++;
	}
	streams_entered(&p->streams, i);
	p->unsettled = true;
	*slot_of(p, neu->serial) = neu;
	t.here = neu;
	*told_at(p, r->number) = t;
	insert(p, take(neu));
	return 0;
}

int packets_take(struct packets *p, const struct record_packet *r)
{
	struct told *before = told_before(p, r);

	if (!r->id)
		return 0;
	if (!before || (!before->here && before->forgotten))
		return take_in(p, r, before);
	if (before->here) {
		before->time_ns = r->time_ns;
		tell_again(p, before->here, r);
	}
	return 0;
}

void packets_take_trace(struct packets *p, const struct record_trace *t)
{
	p->trace = *t;
}

/* -- reading ------------------------------------------------------------------------------------------------------- */

size_t packets_count(const struct packets *p)
{
	return ring_count(&p->order);
}

const struct packet *packets_at(const struct packets *p, size_t i)
{
	return *place_of(p, i);
}

bool packets_is_settled(const struct packets *p, const struct packet *packet)
{
	return packet->serial <= p->settled;
}

u32 packets_slots(const struct packets *p)
{
	return p->slot_count;
}

const struct packet *packets_in_slot(const struct packets *p, u32 slot)
{
	return p->slots[slot];
}

u32 packets_slot(const struct packets *p, u64 serial)
{
	const struct packet *at = *slot_of(p, serial);

	return at && at->serial == serial ? (u32)(serial & (p->slot_count - 1)) : IDMAP_NONE;
}

struct packets_counts packets_counts(const struct packets *p)
{
	struct packets_counts c = p->counts;

	c.pushed = p->order.pushed;
	/* The collector's own figure, or the numbers that never came: whichever knows more. */
	c.lost = MAX(p->trace.lost, missing(p));
	c.limited = p->trace.limited;
	c.unseen = p->trace.unseen;
	c.limit = p->trace.limit;
	return c;
}

const struct record_trace *packets_trace(const struct packets *p)
{
	return &p->trace;
}
