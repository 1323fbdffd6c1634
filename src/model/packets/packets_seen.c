/* The bytes of a direction: the highest one seen, and the holes below it. */
#include "packets_seen.h"

#include <string.h>

#include "cleanup.h"

static void hole_add(struct seen *s, s64 from, s64 to)
{
	/* The oldest is forgotten: its bytes count as seen. */
	if (s->count == HOLES_MAX)
		memmove(s->holes, s->holes + 1, --s->count * sizeof(*s->holes));
	s->holes[s->count++] = (struct hole){from, to};
}

/* Removes [from, to) from the holes; returns whether any of it was in one. */
static bool hole_fill(struct seen *s, s64 from, s64 to)
{
	struct hole left[HOLES_MAX * 2];
	unsigned n = 0;
	bool any = false;

	for (unsigned i = 0; i < s->count; i++) {
		struct hole h = s->holes[i];

		if (to <= h.from || from >= h.to) {
			left[n++] = h;
			continue;
		}
		any = true;
		if (h.from < from)
			left[n++] = (struct hole){h.from, from};
		if (to < h.to)
			left[n++] = (struct hole){to, h.to};
	}
	s->count = MIN(n, (unsigned)HOLES_MAX);
	memcpy(s->holes, left + (n - s->count), s->count * sizeof(*left));
	return any;
}

u8 seen_enter(struct seen *s, const struct packet *p, s64 *gap)
{
	s64 from = p->seq_at, to = from + p->r.payload + !!(p->r.tcp_flags & TCP_SYN) + !!(p->r.tcp_flags & TCP_FIN);
	bool behind = s->any && from > s->high;

	*gap = 0;
	if (!(p->marks & PACKET_HAS_SEQ) || to == from)
		return 0;
	if (!s->any || from >= s->high) {
		if (behind) {
			*gap = from - s->high;
			hole_add(s, s->high, from);
		}
		s->any = true;
		s->high = to;
		return behind ? PACKET_GAP : 0;
	}
	if (hole_fill(s, from, to)) {
		s->high = MAX(s->high, to);
		return PACKET_LATE;
	}
	/* It may contain new bytes, too: a retransmit includes what was written since. */
	s->high = MAX(s->high, to);
	return PACKET_AGAIN;
}
