/* From the kernel's numbers to the stream's: addresses, queues, times, rates, how it ended, and what is not known. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "conn_fixture.h"
#include "id.h"

/* -- addresses and ids --------------------------------------------------------------------------------------------- */

static void mapped_addresses_are_ipv4(void **state)
{
	struct abi_sock a = {.kind = ABI_FILE,
			     .family = AF_INET6,
			     .protocol = IPPROTO_TCP,
			     .state = STATE_ESTABLISHED,
			     .laddr = {[10] = 0xff, [11] = 0xff, 10, 0, 0, 5},
			     .raddr = {[10] = 0xff, [11] = 0xff, 192, 0, 2, 9},
			     .lport = 1,
			     .rport = 2};
	const u8 local[16] = {10, 0, 0, 5}, remote[16] = {192, 0, 2, 9}, zero[16] = {};
	struct record_socket s = converted(&a);

	assert_int_equal(s.family, 4);
	assert_int_equal(s.is_mapped, 1);
	assert_memory_equal(s.laddr, local, 16);
	assert_memory_equal(s.raddr, remote, 16);
	assert_true(s.has & HAS_REMOTE);
	/* bound to a mapped address, not connected: the remote end is :: or ::ffff:0.0.0.0 */
	a.rport = 0;
	memset(a.raddr + 12, 0, 4);
	s = converted(&a);
	assert_false(s.has & HAS_REMOTE);
	assert_memory_equal(s.raddr, zero, 16);
	memset(a.raddr, 0, 16);
	assert_false(converted(&a).has & HAS_REMOTE);
}

static void ipv6_addresses_stay(void **state)
{
	struct abi_sock a = {
	    .kind = ABI_FILE, .family = AF_INET6, .protocol = IPPROTO_TCP, .state = STATE_LISTEN, .lport = 80};
	const u8 zero[16] = {};
	struct record_socket s = converted(&a);

	assert_int_equal(s.family, 6);
	assert_int_equal(s.is_mapped, 0);
	assert_memory_equal(s.laddr, zero, 16);
	assert_false(s.has & HAS_REMOTE);
	a.laddr[0] = a.raddr[0] = 0x20;
	a.raddr[15] = 1;
	s = converted(&a);
	assert_int_equal(s.family, 6);
	assert_memory_equal(s.laddr, a.laddr, 16);
	assert_memory_equal(s.raddr, a.raddr, 16);
	assert_true(s.has & HAS_REMOTE);
}

static void ids_carry_the_generation(void **state)
{
	struct abi_sock a = {.cookie = 0x00ab00000000cdefULL, .generation = 3, .protocol = IPPROTO_TCP};
	struct abi_info i = {};
	struct record_info info;

	assert_true(id_make(5, 0) == 5);
	assert_true(id_make(5, 1) == (1ULL << 56 | 5));
	assert_true(id_make(5, 255) == (255ULL << 56 | 5));
	assert_true(id_make(~0ULL, 0) == (1ULL << 56) - 1);
	assert_true(converted(&a).id == 0x03ab00000000cdefULL);
	convert_info(&a, &i, HZ_CLOCK(250), &info);
	assert_true(info.id == 0x03ab00000000cdefULL);
}

/* -- queues -------------------------------------------------------------------------------------------------------- */

static void listener_tells_its_accept_queue(void **state)
{
	struct abi_sock a = {.kind = ABI_FILE,
			     .family = AF_INET,
			     .protocol = IPPROTO_TCP,
			     .state = STATE_LISTEN,
			     .lport = 80,
			     .ack_backlog = 7,
			     .max_ack_backlog = 128,
			     .rcv_nxt = 100};
	struct abi_sock end = ended(a);
	struct record_socket s = converted(&a);

	for (unsigned i = 0; i < 2; i++, s = converted(&end)) {
		assert_int_equal(s.accept_queue, 7);
		assert_int_equal(s.accept_limit, 128);
		assert_int_equal(s.recvq, 0);
		assert_int_equal(s.sendq, 0);
		assert_true(s.has & HAS_ACCEPT);
		assert_false(s.has & (HAS_TCP | HAS_CHRONO | HAS_RX_BYTES | HAS_TX_BYTES | HAS_DELIVERY));
	}
}

static struct record_listener listener(struct abi_listener l, const struct abi_accepts *counts)
{
	struct record_listener r;

	convert_listener(&l, counts, 5, &r);
	return r;
}

static void when_the_syn_queue_is_full(void **state)
{
	static const struct {
		u8 syncookies;
		u32 limit, max, wanted;
	} cases[] = {{1, 128, 16, 128}, {0, 128, 1024, 128}, {0, 1024, 256, 192}, {0, 128, 8, 6}, {2, 128, 256, 0}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct abi_listener l = {
		    .syncookies = cases[i].syncookies, .accept_limit = cases[i].limit, .max_syn_backlog = cases[i].max};

		assert_int_equal(listener(l, NULL).syn_limit, cases[i].wanted);
	}
}

/* The high-water mark of the last minute leaves out what was longer ago, but not what is there now. */
static void the_queue_of_the_last_minute(void **state)
{
	struct abi_listener l = {.ktime_ns = 100ULL << ABI_HIGH_SHIFT, .accept_queue = 2};
	struct abi_accepts a = {.high = 50};
	struct record_listener r;

	a.recent[0].at = 92;
	a.recent[0].high = 50;
	a.recent[5].at = 93;
	a.recent[5].high = 7;
	a.recent[1].at = 101; /* noted after the sample was begun */
	a.recent[1].high = 4;
	r = listener(l, &a);
	assert_int_equal(r.accept_high, 50);
	assert_int_equal(r.accept_high_60s, 7);
	assert_true(r.has & LISTENER_HAS_COUNTS);
	a.recent[5].high = 3;
	assert_int_equal(listener(l, &a).accept_high_60s, 4);
	l.accept_queue = 60;
	assert_int_equal(listener(l, &a).accept_high, 60);
	assert_int_equal(listener(l, &a).accept_high_60s, 60);
	l.flags = LISTENER_UNCOUNTED;
	assert_false(listener(l, NULL).has & LISTENER_HAS_COUNTS);
}

static void times_until_accept(void **state)
{
	struct abi_accepts a = {.wait = {.sum_ns = 30, .max_ns = 20, .buckets = {[1] = 2, [63] = 1}},
				.whole = {.sum_ns = 70, .max_ns = 40, .buckets = {[2] = 4}},
				.found = {[0] = 6, [17] = 1}};
	struct record_listener r = listener((struct abi_listener){}, &a);

	assert_int_equal(r.n[LISTENER_WAIT], 3);
	assert_int_equal(r.n[LISTENER_WHOLE], 4);
	assert_int_equal(r.max_ns[LISTENER_WHOLE], 40);
	assert_int_equal(r.sum_ns[LISTENER_WAIT], 30);
	assert_int_equal(r.buckets[63], 1);
	assert_int_equal(r.buckets[LAYER_BUCKETS + 2], 4);
	assert_int_equal(r.found[17], 1);
}

static void tcp_queues_as_ss_shows_them(void **state)
{
	struct life l = {.state = STATE_CLOSING,
			 .fin = FIN_SENT,
			 .peer_fin = true,
			 .written = 1000,
			 .sent = 1000,
			 .acked = 400,
			 .received = 50};
	struct abi_sock a = made_connection(&l), end = ended(a);

	a.copied_seq -= 50;
	end.copied_seq -= 50;
	assert_int_equal(converted(&a).recvq, 51); /* the FINs sit in the queues */
	assert_int_equal(converted(&a).sendq, 601);
	assert_int_equal(converted(&end).recvq, 50);
	assert_int_equal(converted(&end).sendq, 600);
	end.copied_seq = end.rcv_nxt; /* the end of file was read, too */
	assert_int_equal(converted(&end).recvq, 0);
}

/* What TCP waits for with data that is not sent, and how much of what is sent is still below it. */
static void why_data_waits(void **state)
{
	struct life l = {.active = true, .state = STATE_ESTABLISHED, .written = 40000, .sent = 10000};
	struct abi_sock a = made_connection(&l);

	a.packets_out = 7;
	a.wmem_queued = 60000; /* of it, 15,000 for what is sent */
	a.wmem_alloc = 1;
	assert_int_equal(converted(&a).flags, 0);
	a.bits |= ABI_PACING | ABI_PACED | ABI_TSQ_THROTTLED | ABI_PACING_MAX;
	assert_int_equal(converted(&a).flags, SOCKET_PACING | SOCKET_PACED | SOCKET_TSQ_THROTTLED | SOCKET_PACING_MAX);
	a.bits = ABI_NAGLE | ABI_NO_SPACE;
	assert_int_equal(converted(&a).flags, SOCKET_NAGLE | SOCKET_NO_SPACE);
	a.bits = ABI_END_SACKED;
	assert_int_equal(converted(&a).flags, SOCKET_END_SACKED);
	a.bits = 0;
	a.wmem_alloc = 1 + 7499;
	assert_int_equal(converted(&a).flags, 0);
	a.wmem_alloc = 1 + 7500;
	assert_int_equal(converted(&a).flags, SOCKET_TX_HELD);
	a.packets_out = 0; /* an acknowledgement of ours */
	assert_int_equal(converted(&a).flags, 0);
}

static void udp_queues(void **state)
{
	struct abi_sock a = {.kind = ABI_FILE,
			     .family = AF_INET,
			     .protocol = IPPROTO_UDP,
			     .state = STATE_CLOSE,
			     .lport = 53,
			     .rmem_alloc = 4352,
			     .wmem_alloc = 769,
			     .sndbuf = 212992,
			     .drops = 4,
			     .rcv_nxt = 9};
	struct record_socket s = converted(&a);

	assert_int_equal(s.recvq, 4352);
	assert_int_equal(s.sendq, 768);
	assert_int_equal(s.drops, 4);
	assert_true((s.has & (HAS_MEM | HAS_DROPS)) == (HAS_MEM | HAS_DROPS));
	assert_false(s.has & (HAS_TCP | HAS_CHRONO | HAS_ACCEPT | HAS_REMOTE | HAS_RETRANS_SPLIT));
	a.wmem_alloc = 0; /* torn: it starts at 1 */
	assert_int_equal(converted(&a).sendq, 0);
	a.kind = ABI_END;
	assert_false(converted(&a).has & (HAS_MEM | HAS_DROPS));
}

static void udp_counts(void **state)
{
	struct abi_sock a = {.kind = ABI_FILE,
			     .family = AF_INET6,
			     .protocol = IPPROTO_UDP,
			     .state = STATE_CLOSE,
			     .bytes_received = 21000,
			     .bytes_sent = 5,
			     .udp_rx_pkts = 13,
			     .udp_tx_pkts = 1,
			     .bits = ABI_HAS_FLOW};
	struct record_socket s = converted(&a);

	assert_int_equal(s.rx_bytes, 21000);
	assert_int_equal(s.tx_bytes, 5);
	assert_int_equal(s.rx_pkts, 13);
	assert_int_equal(s.tx_pkts, 1);
	assert_true((s.has & (HAS_RX_PKTS | HAS_TX_PKTS)) == (HAS_RX_PKTS | HAS_TX_PKTS));
	a.bits |= ABI_RX_PKTS_UNKNOWN; /* UDP_GRO */
	assert_true((converted(&a).has & (HAS_RX_PKTS | HAS_TX_PKTS)) == HAS_TX_PKTS);
	a.bits = ABI_HAS_FLOW | ABI_TX_PKTS_UNKNOWN; /* UDP_SEGMENT */
	assert_true((converted(&a).has & (HAS_RX_PKTS | HAS_TX_PKTS)) == HAS_RX_PKTS);
	assert_true((converted(&a).has & (HAS_RX_BYTES | HAS_TX_BYTES)) == (HAS_RX_BYTES | HAS_TX_BYTES));
	a = ended(a);
	assert_int_equal(converted(&a).flags, SOCKET_ENDED);
	assert_true(converted(&a).has & HAS_UID);
	a.family = 0; /* the end of a socket that made no call is a cookie alone: its user is not root */
	assert_false(converted(&a).has & HAS_UID);
}

/* -- times and rates ----------------------------------------------------------------------------------------------- */

static void chrono_adds_the_running_stretch(void **state)
{
	struct abi_sock a = made_connection(&(struct life){.state = STATE_ESTABLISHED}), end;
	struct record_socket s;

	a.chrono_stat[0] = 100;
	a.chrono_stat[1] = 20;
	a.chrono_stat[2] = 3;
	a.jiffies = 4; /* wrapped */
	a.chrono_start = 0U - 6;
	s = converted(&a);
	assert_int_equal(s.busy_us, 123 * 4000);
	a.chrono_type = 2;
	s = converted(&a);
	assert_int_equal(s.rwnd_limited_us, 30 * 4000);
	assert_int_equal(s.sndbuf_limited_us, 3 * 4000);
	assert_int_equal(s.busy_us, 133 * 4000);
	a.chrono_start = 5; /* set after the sample's jiffies were read */
	assert_int_equal(converted(&a).busy_us, 123 * 4000);
	a.chrono_stat[1] = 0;
	assert_int_equal(converted(&a).busy_us, 103 * 4000);
	/* An end whose queue was purged has none running; one that was aborted has, and it counts to the end. */
	a.chrono_start = 0U - 6;
	a.chrono_type = 1;
	end = ended(a);
	assert_int_equal(converted(&end).busy_us, 113 * 4000);
	end.chrono_type = 0;
	assert_int_equal(converted(&end).busy_us, 103 * 4000);
	a.chrono_stat[0] = UINT32_MAX;
	a.chrono_type = 1;
	assert_true(converted(&a).busy_us == (UINT32_MAX + 10ULL + 3) * 4000);
}

/* tcp_compute_delivery_rate(), word for word. */
static u64 kernel_delivery_rate(u32 rate, u32 interval, u32 mss)
{
	u64 rate64 = 0;

	if (rate && interval) {
		rate64 = (u64)rate * mss * 1000000L;
		rate64 /= interval;
	}
	return rate64;
}

static void delivery_rate_is_the_kernels(void **state)
{
	static const u32 rates[] = {0, 1, 10, 45, 100000}, intervals[] = {0, 1, 33, 1000, 250000, UINT32_MAX};
	struct abi_sock a = made_connection(&(struct life){.state = STATE_ESTABLISHED});

	a.mss = 1448;
	for (size_t r = 0; r < ARRAY_SIZE(rates); r++)
		for (size_t i = 0; i < ARRAY_SIZE(intervals); i++) {
			struct record_socket s;

			a.rate_delivered = rates[r];
			a.rate_interval_us = intervals[i];
			s = converted(&a);
			assert_true(s.delivery_rate == kernel_delivery_rate(rates[r], intervals[i], 1448));
			assert_int_equal(!(s.has & HAS_DELIVERY), !rates[r] || !intervals[i]);
		}
}

static void jiffies_become_time_at_every_hz(void **state)
{
	static const u32 hz[] = {100, 250, 1000};
	struct tick_clock here = tick_clock_now();

	for (size_t c = 0; c < ARRAY_SIZE(hz); c++) {
		struct tick_clock clock = HZ_CLOCK(hz[c]);
		struct abi_sock a = made_connection(&(struct life){.state = STATE_ESTABLISHED});
		struct abi_info i = {.ato = hz[c] / 25, .lsndtime = 500, .timer = 1};
		struct record_socket s;
		struct record_info info;

		a.jiffies = 500 + hz[c];
		a.rto = hz[c] / 5;
		a.srtt_us = 8 * 123;
		a.mdev_us = 4 * 45;
		convert_sock(&a, clock, &s);
		assert_int_equal(s.rto_us, 200000);
		assert_int_equal(s.rtt_us, 123);
		assert_int_equal(s.rttvar_us, 45);
		a.rto = hz[c] * 120; /* TCP_RTO_MAX */
		convert_sock(&a, clock, &s);
		assert_int_equal(s.rto_us, 120000000);
		i.jiffies64 = 1ULL << 32;
		i.timer_expires = i.jiffies64 + hz[c] / 2;
		convert_info(&a, &i, clock, &info);
		assert_int_equal(info.ato_us, 40000);
		assert_true(info.lastsnd_ns == NOW_NS - 1000000000ULL);
		assert_true(info.timer_expires_ns == NOW_NS + 500000000ULL);
		i.timer_expires = i.jiffies64 - 1; /* about to fire */
		convert_info(&a, &i, clock, &info);
		assert_true(info.timer_expires_ns == NOW_NS - clock.ns_per_jiffy);
		i.timer_expires =
		    i.jiffies64 - hz[c] * 7200; /* before the machine was started: nonsense, but no 2^64 */
		convert_info(&a, &i, clock, &info);
		assert_int_equal(info.timer_expires_ns, 1);
		i.timer_expires = 1ULL << 63;
		convert_info(&a, &i, clock, &info);
		assert_int_equal(info.timer_expires_ns, 0);
		i.timer = 0;
		i.timer_expires = i.jiffies64;
		convert_info(&a, &i, clock, &info);
		assert_int_equal(info.timer_expires_ns, 0);
	}
	assert_in_range(here.ns_per_jiffy, 100000, 10000000); /* HZ 100 … 10,000 */
}

static void stamps(void **state)
{
	struct abi_sock a = {.ktime_ns = NOW_NS, .jiffies = 3, .fd = 9, .kind = ABI_FILE};
	struct abi_info i = {.lsndtime = 5, .lrcvtime = 0U - 7, .rcv_tstamp = 0};
	struct record_info info;

	convert_info(&a, &i, HZ_CLOCK(250), &info);
	assert_true(info.lastsnd_ns == NOW_NS); /* ahead by two: it was set while we read */
	assert_true(info.lastrcv_ns == NOW_NS - 10 * 4000000ULL);
	assert_int_equal(info.lastack_ns, 0);
	assert_int_equal(info.fd, 9);
	a.ktime_ns = 1000; /* older than the machine: never */
	a.kind = ABI_NO_FILE;
	convert_info(&a, &i, HZ_CLOCK(250), &info);
	assert_int_equal(info.lastrcv_ns, 0);
	assert_int_equal(info.fd, UINT32_MAX);
}

/* tcp_get_info(): the smoothed times are kept as 8 and 4 times of what they are, and tcp_packets_in_flight(). */
static void numbers_of_tcp(void **state)
{
	struct abi_sock a = {.kind = ABI_FILE,
			     .protocol = IPPROTO_TCP,
			     .state = STATE_ESTABLISHED,
			     .srtt_us = 807,
			     .mdev_us = 403,
			     .packets_out = 10,
			     .sacked_out = 2,
			     .lost_out = 3,
			     .retrans_out = 1};
	struct abi_info i = {.rcv_rtt_us = 807, .snd_wscale = 7, .rcv_wscale = 9};
	struct record_socket s = converted(&a);
	struct record_info info;

	assert_int_equal(s.rtt_us, 100);
	assert_int_equal(s.rttvar_us, 100);
	assert_int_equal(s.inflight, 6);
	assert_int_equal(s.lost, 3);
	a.lost_out = 20; /* read while it changed */
	assert_int_equal(converted(&a).inflight, 0);
	convert_info(&a, &i, HZ_CLOCK(250), &info);
	assert_int_equal(info.rcv_rtt_us, 100);
	assert_int_equal(info.snd_wscale, 7);
	assert_int_equal(info.rcv_wscale, 9);
}

/* -- ends ---------------------------------------------------------------------------------------------------------- */

static bool is_aborted(u8 old, enum fin fin, u8 conn_flags)
{
	struct life l = {.state = old, .fin = fin, .written = 10, .sent = 10, .acked = 10};
	struct abi_sock a = made_connection(&l), end = ended(a);
	struct record_socket s;

	end.conn_flags = conn_flags;
	s = converted(&end);
	assert_true(s.flags & SOCKET_ENDED);
	assert_true(s.ended_ns == NOW_NS);
	assert_int_equal(s.last_state, old);
	assert_false(converted(&a).flags & (SOCKET_ENDED | SOCKET_ABORTED));
	return s.flags & SOCKET_ABORTED;
}

static void aborted_ends_are_told(void **state)
{
	static const u8 cut_short[] = {STATE_ESTABLISHED, STATE_SYN_SENT, STATE_SYN_RECV, STATE_FIN_WAIT1,
				       STATE_CLOSE_WAIT};

	for (size_t i = 0; i < ARRAY_SIZE(cut_short); i++)
		assert_true(is_aborted(cut_short[i], cut_short[i] == STATE_FIN_WAIT1 ? FIN_SENT : FIN_NONE, 0));
	assert_false(is_aborted(STATE_FIN_WAIT2, FIN_ACKED, 0));
	assert_false(is_aborted(STATE_CLOSING, FIN_ACKED, 0));
	assert_true(is_aborted(STATE_CLOSING, FIN_SENT, 0));
	assert_false(is_aborted(STATE_LAST_ACK, FIN_ACKED, 0));
	assert_true(is_aborted(STATE_LAST_ACK, FIN_SENT, 0));
	assert_false(is_aborted(STATE_LISTEN, FIN_NONE, 0));
	for (u8 old = 1; old < STATE_COUNT; old++)
		assert_true(is_aborted(old, FIN_ACKED, CONN_RESET));
}

static struct record_socket end_of(u8 old, u8 error, u8 conn_flags, u32 segs_out)
{
	struct abi_sock a = made_connection(&(struct life){.state = old}), end = ended(born(a, DIR_OUT));

	end.error = error;
	end.conn_flags |= conn_flags;
	end.segs_out = segs_out;
	return converted(&end);
}

static void check_end(struct record_socket s, enum sock_ended_by by, int error)
{
	assert_int_equal(s.ended_by, by);
	assert_int_equal(s.error, error);
}

static void how_it_ended(void **state)
{
	check_end(end_of(STATE_FIN_WAIT2, 0, 0, 9), ENDED_LOCAL, 0);
	check_end(end_of(STATE_CLOSING, 0, 0, 9), ENDED_LOCAL, 0);
	check_end(end_of(STATE_LISTEN, 0, 0, 0), ENDED_LOCAL, 0);
	check_end(end_of(STATE_LAST_ACK, 0, 0, 9), ENDED_REMOTE, 0);
	check_end(end_of(STATE_ESTABLISHED, 0, CONN_RESET, 9), ENDED_RESET_SENT, 0);
	check_end(end_of(STATE_FIN_WAIT2, 0, CONN_RESET, 9), ENDED_RESET_SENT, 0);
	check_end(end_of(STATE_ESTABLISHED, ECONNRESET, CONN_RESET, 9), ENDED_RESET_RECEIVED, ECONNRESET);
	check_end(end_of(STATE_CLOSE_WAIT, EPIPE, CONN_RESET, 9), ENDED_RESET_RECEIVED, EPIPE);
	check_end(end_of(STATE_ESTABLISHED, ETIMEDOUT, 0, 9), ENDED_TIMEOUT, ETIMEDOUT);
	check_end(end_of(STATE_ESTABLISHED, ECONNABORTED, CONN_RESET, 9), ENDED_ERROR, ECONNABORTED);
	check_end(end_of(STATE_ESTABLISHED, 0, 0, 9), ENDED_UNKNOWN, 0); /* where no hook tells of resets */
}

static void how_connect_failed(void **state)
{
	struct record_socket s = end_of(STATE_SYN_SENT, 0, CONN_UNSENT, 0);

	/* What the kernel has not worked out yet is not known, not 0. */
	check_end(s, ENDED_ERROR, EADDRNOTAVAIL);
	assert_false(s.has & (HAS_TCP | HAS_CHRONO | HAS_MEM | HAS_DROPS));
	assert_true(s.has & HAS_BIRTH && s.has & HAS_RX_BYTES);
	check_end(end_of(STATE_SYN_SENT, ENETUNREACH, 0, 0), ENDED_ERROR, ENETUNREACH);
	s = end_of(STATE_SYN_SENT, ECONNREFUSED, CONN_RESET, 1);
	check_end(s, ENDED_RESET_RECEIVED, ECONNREFUSED);
	assert_true(s.has & HAS_TCP && s.has & HAS_MEM);
	check_end(end_of(STATE_SYN_SENT, ECONNREFUSED, 0, 1), ENDED_ERROR, ECONNREFUSED); /* by ICMP */
	check_end(end_of(STATE_SYN_SENT, ETIMEDOUT, 0, 3), ENDED_TIMEOUT, ETIMEDOUT);
	check_end(end_of(STATE_SYN_SENT, 0, 0, 2), ENDED_GAVE_UP, 0);
}

static void how_long_connect_took(void **state)
{
	struct abi_sock a = born(made_connection(&(struct life){.state = STATE_ESTABLISHED}), DIR_OUT);

	a.connect_us = 1234;
	assert_int_equal(converted(&a).connect_us, 1234);
	a.conn_flags = 0;
	assert_int_equal(converted(&a).connect_us, 0);
}

static void what_is_not_known_is_absent(void **state)
{
	struct abi_sock a = made_connection(&(struct life){.state = STATE_TIME_WAIT});
	struct record_socket s;

	a.kind = ABI_MINI;
	s = converted(&a);
	assert_true(s.has == HAS_REMOTE);
	assert_true(s.flags == SOCKET_NO_FILE);
	a = made_connection(&(struct life){.state = STATE_ESTABLISHED});
	s = converted(&a);
	assert_false(s.has & (HAS_BIRTH | HAS_STATE_TIME | HAS_RETRANS_SPLIT | HAS_RESETS | HAS_CGROUP | HAS_OWNER));
	a = born(a, DIR_IN);
	a.state_ns = NOW_NS - 1;
	a.cgroup_id = 8;
	s = converted(&a);
	assert_true(s.has & HAS_BIRTH && s.has & HAS_STATE_TIME && s.has & HAS_RETRANS_SPLIT && s.has & HAS_CGROUP);
}

/* bind() has chosen the port of one that was opened from here. What was accepted has its listener's mark. */
static void bound_before_connect(void **state)
{
	struct abi_sock a = made_connection(&(struct life){.state = STATE_ESTABLISHED});

	a.bits |= ABI_BOUND;
	a = born(a, DIR_OUT);
	assert_true(converted(&a).flags & SOCKET_BOUND);
	a = born(a, DIR_IN);
	assert_false(converted(&a).flags & SOCKET_BOUND);
	a = born(a, DIR_OUT);
	a.bits &= ~(u32)ABI_BOUND;
	assert_false(converted(&a).flags & SOCKET_BOUND);
}

/* The same whenever it is read, although jiffies are coarse. */
static void since_when_in_time_wait(void **state)
{
	struct abi_mini m = {.ktime_ns = 1000030000000ULL, .expires_in = 45 * 250}; /* 15 s ago */

	assert_true(convert_mini_since(&m, HZ_CLOCK(250)) == 985000000000ULL);
	m.ktime_ns += 3999999;
	assert_true(convert_mini_since(&m, HZ_CLOCK(250)) == 985000000000ULL);
	m.ktime_ns += 10000000000ULL;
	m.expires_in -= 2500;
	assert_true(convert_mini_since(&m, HZ_CLOCK(250)) == 985000000000ULL);
	m.expires_in = -1; /* about to go */
	assert_true(convert_mini_since(&m, HZ_CLOCK(250)) == 950000000000ULL);
	m.expires_in = INT32_MAX; /* none that the kernel sets */
	assert_true(convert_mini_since(&m, HZ_CLOCK(250)) == 1010000000000ULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(mapped_addresses_are_ipv4),
	    cmocka_unit_test(ipv6_addresses_stay),
	    cmocka_unit_test(ids_carry_the_generation),
	    cmocka_unit_test(listener_tells_its_accept_queue),
	    cmocka_unit_test(when_the_syn_queue_is_full),
	    cmocka_unit_test(the_queue_of_the_last_minute),
	    cmocka_unit_test(times_until_accept),
	    cmocka_unit_test(tcp_queues_as_ss_shows_them),
	    cmocka_unit_test(why_data_waits),
	    cmocka_unit_test(udp_queues),
	    cmocka_unit_test(udp_counts),
	    cmocka_unit_test(chrono_adds_the_running_stretch),
	    cmocka_unit_test(delivery_rate_is_the_kernels),
	    cmocka_unit_test(jiffies_become_time_at_every_hz),
	    cmocka_unit_test(stamps),
	    cmocka_unit_test(numbers_of_tcp),
	    cmocka_unit_test(aborted_ends_are_told),
	    cmocka_unit_test(how_it_ended),
	    cmocka_unit_test(how_connect_failed),
	    cmocka_unit_test(how_long_connect_took),
	    cmocka_unit_test(what_is_not_known_is_absent),
	    cmocka_unit_test(bound_before_connect),
	    cmocka_unit_test(since_when_in_time_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
