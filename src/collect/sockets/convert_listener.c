/* Converts a listener's queues, and how long its connections waited in them. */
#include <string.h>

#include "cleanup.h"
#include "convert.h"

#define HIGH_BEFORE 7 /* slots before the present one: with it they are 60 to 69 s */

_Static_assert(ABI_QUEUE_BUCKETS == LISTENER_LENGTHS, "lengths are carried as they are counted");
_Static_assert(ABI_TIME_BUCKETS == LAYER_BUCKETS, "so are times");

/* tcp_conn_request(): with cookies they begin when as many wait as may wait for accept(); without, SYNs are dropped
 * then, and already when a quarter of tcp_max_syn_backlog is left, unless the peer is known. */
static u32 syn_limit(const struct abi_listener *l)
{
	switch (l->syncookies) {
	case 0: return MIN(l->accept_limit, l->max_syn_backlog - (l->max_syn_backlog >> 2));
	case 1: return l->accept_limit;
	default: return 0;
	}
}

static u32 high_60s(const struct abi_listener *l, const struct abi_accepts *a)
{
	u32 now = (u32)(l->ktime_ns >> ABI_HIGH_SHIFT), high = l->accept_queue;

	for (size_t i = 0; i < ABI_HIGH_SLOTS; i++)
		if (now - a->recent[i].at <= HIGH_BEFORE || a->recent[i].at > now)
			high = MAX(high, a->recent[i].high);
	return high;
}

static void convert_times(const struct abi_times *t, enum listener_times which, struct record_listener *r)
{
	memcpy(&r->buckets[which * LAYER_BUCKETS], t->buckets, sizeof(t->buckets));
	for (size_t b = 0; b < ABI_TIME_BUCKETS; b++)
		r->n[which] += t->buckets[b];
	r->sum_ns[which] = t->sum_ns;
	r->max_ns[which] = t->max_ns;
}

void convert_listener(const struct abi_listener *l, const struct abi_accepts *counts, u64 id, struct record_listener *r)
{
	*r = (struct record_listener){
	    .id = id,
	    .has = l->flags & LISTENER_UNCOUNTED ? 0 : LISTENER_HAS_COUNTS,
	    .accept_queue = l->accept_queue,
	    .accept_high = l->accept_queue,
	    .accept_high_60s = l->accept_queue,
	    .syn_queue = l->syn_queue,
	    .syn_limit = syn_limit(l),
	};
	if (!counts)
		return;
	r->accept_high = MAX(counts->high, l->accept_queue);
	r->accept_high_60s = high_60s(l, counts);
	memcpy(r->found, counts->found, sizeof(r->found));
	convert_times(&counts->wait, LISTENER_WAIT, r);
	convert_times(&counts->whole, LISTENER_WHOLE, r);
}
