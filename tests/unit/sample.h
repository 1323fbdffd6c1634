/* For tests of the model: records made by hand, and the ticks that close them. Include after cmocka. */
#pragma once

#include <math.h>
#include <string.h>

#include "fixture.h"
#include "idmap.h"
#include "store.h"
#include "totals.h"

#define SEC 1000000000ULL
#define T0 (1000 * SEC) /* time of tick 1; tick n is at T0 + (n - 1) seconds */

static inline u64 tick_time(u64 number)
{
	return T0 + (number - 1) * SEC;
}

/* An established connection as a pass of tick number finds it, older than the collector. */
static inline struct record_socket tcp_sample(u64 id, u64 number, u64 rx, u64 tx)
{
	struct record_socket s = {
	    .id = id,
	    .has = HAS_OWNER | HAS_UID | HAS_REMOTE | HAS_RX_BYTES | HAS_TX_BYTES | HAS_RX_PKTS | HAS_TX_PKTS |
		   HAS_TCP | HAS_CHRONO | HAS_MEM,
	    .sample_ns = tick_time(number) + SEC / 100,
	    .flags = SOCKET_SEEDED,
	    .rx_bytes = rx,
	    .tx_bytes = tx,
	    .rx_pkts = rx / 1000,
	    .tx_pkts = tx / 1000,
	    .laddr = {10, 0, 0, 5},
	    .raddr = {203, 0, 113, 9},
	    .comm = "nginx",
	    .cc = "cubic",
	    .netns = 4026531840U,
	    .pid = 2211,
	    .owners = 1,
	    .rtt_us = 48000,
	    .cwnd = 10,
	    .snd_wnd = 65536,
	    .mss = 1448,
	    .lport = 443,
	    .rport = 51822,
	    .family = 4,
	    .proto = IPPROTO_TCP,
	    .state = STATE_ESTABLISHED,
	    .dir = DIR_IN,
	    .owner = OWNER_SEEDED,
	};

	return s;
}

static inline struct record_socket udp_sample(u64 id, u64 number, u64 rx, u64 tx)
{
	struct record_socket s = tcp_sample(id, number, rx, tx);

	s.proto = IPPROTO_UDP;
	s.state = STATE_CLOSE;
	s.has = HAS_OWNER | HAS_RX_BYTES | HAS_TX_BYTES | HAS_DROPS;
	return s;
}

/* The same connection, over: its final totals. */
static inline struct record_socket ended(struct record_socket s, u64 ended_ns)
{
	s.flags |= SOCKET_ENDED;
	s.state = STATE_CLOSE;
	s.ended_ns = s.sample_ns = ended_ns;
	return s;
}

/* The same connection, seen from its birth on. */
static inline struct record_socket born(struct record_socket s, u64 birth_ns)
{
	s.flags &= ~(u32)SOCKET_SEEDED;
	s.has |= HAS_BIRTH;
	s.birth_ns = birth_ns;
	return s;
}

static inline void put(struct model *m, struct record_socket s)
{
	assert_int_equal(apply(m, RECORD_SOCKET, &s), 0);
}

static inline void tick(struct model *m, u64 number)
{
	const struct record_tick t = {
	    .number = number,
	    .time_ns = tick_time(number),
	    .realtime_ns = tick_time(number) + 1700000000 * SEC,
	    .interval_ns = SEC,
	    .collector_cpu_ns = number * SEC / 50,
	    .bpf_run_ns = UINT64_MAX,
	};

	assert_int_equal(apply(m, RECORD_TICK, &t), 1);
}

static inline void gone(struct model *m, u64 id, u64 ns)
{
	const struct record_gone g = {.id = id, .time_ns = ns};

	assert_int_equal(apply(m, RECORD_GONE, &g), 0);
}

static inline struct row *row_of(const struct model *m, u64 id)
{
	u32 i = model_find(m, id);

	return i == IDMAP_NONE ? NULL : model_row(m, i);
}

#define assert_near(a, b) assert_true(fabs((double)(a) - (double)(b)) <= 1e-4 * fabs((double)(b)) + 1e-9)
#define assert_nan(a) assert_true(isnan(a))
