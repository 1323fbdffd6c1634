/* Losses of the connection of tcp_sample(), as the collector would report them. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "loss_table.h"
#include "sample.h"

static inline struct record_socket with_drops(struct record_socket s, u32 drops)
{
	s.has |= HAS_DROPS;
	s.drops = drops;
	return s;
}

/* A packet to the connection of tcp_sample(), dropped before it had a socket. */
static inline struct record_loss drop_of(const struct record_socket *s)
{
	struct record_loss r = {
	    .time_ns = s->sample_ns,
	    .location = 0xffffffff81000123,
	    .stack = {0xffffffff81000123, 0xffffffff81000456},
	    .netns = s->netns,
	    .reason = 12,
	    .seq = 1000,
	    .end_seq = 2448,
	    .length = 1500,
	    .lport = s->lport,
	    .rport = s->rport,
	    .segments = 1,
	    .flags = LOSS_REASON,
	    .kind = LOSS_DROP,
	    .family = s->family,
	    .proto = s->proto,
	};

	memcpy(r.laddr, s->laddr, sizeof(r.laddr));
	memcpy(r.raddr, s->raddr, sizeof(r.raddr));
	return r;
}

static inline struct record_loss retransmit_of(const struct record_socket *s, u32 seq, u16 segments)
{
	struct record_loss r = drop_of(s);

	r.kind = LOSS_RETRANSMIT;
	r.id = s->id;
	r.flags = LOSS_SOCKET | LOSS_REASON | LOSS_TX;
	r.reason = RETRANSMIT_FAST;
	r.seq = seq;
	r.end_seq = seq + 1448U * segments;
	r.segments = segments;
	r.location = 0;
	r.cwnd = 7;
	r.cwnd_before = 14;
	return r;
}

static inline void lose(struct model *m, struct record_loss r)
{
	assert_int_equal(apply(m, RECORD_LOSS, &r), 0);
}

static inline void count(struct model *m, u8 kind, u32 reason, u64 n)
{
	struct record_loss_count c = {.count = n, .kind = kind, .reason = reason, .has_reason = 1};

	assert_int_equal(apply(m, RECORD_LOSS_COUNT, &c), 0);
}

static inline void watched(struct model *m, u64 limited)
{
	struct record_losses l = {.limit = 10000, .limited = limited};

	assert_int_equal(apply(m, RECORD_LOSSES, &l), 0);
}
