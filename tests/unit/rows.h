/* A model with a few well-known sockets, fed as a collector would, for the tests of columns,
 * filters, lists and groups. */
#pragma once

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "clock.h"
#include "fixture.h"
#include "idmap.h"
#include "socket_table.h"
#include "store.h"
#include "totals.h"

#define ROWS_SECOND 1000000000ULL
#define ROWS_HAS_FULL                                                                                                  \
	(HAS_OWNER | HAS_UID | HAS_REMOTE | HAS_RX_BYTES | HAS_TX_BYTES | HAS_RX_PKTS | HAS_TX_PKTS | HAS_TCP |        \
	 HAS_CHRONO | HAS_MEM | HAS_DROPS | HAS_CGROUP | HAS_STATE_TIME)

/* The same numbers in every run (splitmix64): the hash of the id table has a key of its process. */
static inline u64 rows_scramble(u64 n)
{
	n ^= n >> 30;
	n *= 0xbf58476d1ce4e5b9ULL;
	n ^= n >> 27;
	n *= 0x94d049bb133111ebULL;
	return n ^ n >> 31;
}

static inline struct record_tick rows_tick_of(u64 number)
{
	return (struct record_tick){.number = number,
				    .time_ns = number * ROWS_SECOND,
				    .realtime_ns = number * ROWS_SECOND,
				    .interval_ns = ROWS_SECOND,
				    .bpf_run_ns = UINT64_MAX};
}

static inline void rows_tick(struct model *m, u64 number)
{
	const struct record_tick t = rows_tick_of(number);

	apply(m, RECORD_TICK, &t);
}

static inline void rows_name(struct model *m, enum name_kind kind, u64 key, u64 scope, const char *text)
{
	struct record_name n = {.kind = kind, .key = key, .scope = scope};

	strncpy((char *)n.text, text, sizeof(n.text) - 1);
	apply(m, RECORD_NAME, &n);
}

/* A full TCP socket; the caller changes what it tests before rows_put(). */
static inline struct record_socket rows_tcp(u64 id, const char *laddr, u16 lport, const char *raddr, u16 rport)
{
	struct record_socket s = {.id = id,
				  .has = ROWS_HAS_FULL,
				  .sample_ns = ROWS_SECOND,
				  .lport = lport,
				  .rport = rport,
				  .family = strchr(laddr, ':') ? 6 : 4,
				  .proto = IPPROTO_TCP,
				  .state = STATE_ESTABLISHED,
				  .dir = DIR_OUT,
				  .owner = OWNER_EXACT,
				  .owners = 1,
				  .pid = 100,
				  .minrtt_us = UINT32_MAX,
				  .ssthresh = 0x7fffffff,
				  .pacing_rate = UINT64_MAX,
				  .netns = 4026531840U,
				  .cwnd = 10,
				  .state_ns = ROWS_SECOND};

	assert_int_equal(inet_pton(s.family == 6 ? AF_INET6 : AF_INET, laddr, s.laddr), 1);
	if (raddr)
		assert_int_equal(inet_pton(s.family == 6 ? AF_INET6 : AF_INET, raddr, s.raddr), 1);
	else
		s.has &= ~(u64)HAS_REMOTE;
	strcpy((char *)s.comm, "app");
	strcpy((char *)s.cc, "cubic");
	return s;
}

static inline struct row *rows_put(struct model *m, const struct record_socket *s)
{
	u32 i;

	apply(m, RECORD_SOCKET, s);
	i = model_find(m, model_key(m, s->id));
	assert_int_not_equal(i, IDMAP_NONE);
	return model_row(m, i);
}
