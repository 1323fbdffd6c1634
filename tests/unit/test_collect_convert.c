/* From the kernel's numbers to the stream's: payload bytes and direction, and reads that are torn. The connections come
 * from a model of the kernel's rules that is itself held to figures read with TCP_INFO on Linux 6.18. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "conn_fixture.h"

/* Read with TCP_INFO: n bytes each way, then our FIN, then the other's. */
static void model_counts_as_the_kernel_does(void **state)
{
	static const struct {
		struct life life;
		u64 acked, received, sent;
	} seen[] = {
	    {{true, STATE_ESTABLISHED}, 1, 0, 0},
	    {{false, STATE_ESTABLISHED}, 0, 0, 0},
	    {{true, STATE_FIN_WAIT2, FIN_ACKED}, 2, 0, 0},
	    {{false, STATE_CLOSE_WAIT, FIN_NONE, true}, 0, 1, 0},
	    {{false, STATE_LAST_ACK, FIN_ACKED, true}, 1, 1, 0},
	    {{true, STATE_FIN_WAIT2, FIN_ACKED, true}, 2, 1, 0},
	    {{true, STATE_ESTABLISHED, FIN_NONE, false, 1, 1, 1, 1, 0}, 2, 1, 1},
	    {{false, STATE_CLOSE_WAIT, FIN_NONE, true, 1, 1, 1, 1, 0}, 1, 2, 1},
	    {{true, STATE_ESTABLISHED, FIN_NONE, false, 1000, 1000, 1000, 1000, 0}, 1001, 1000, 1000},
	    {{false, STATE_ESTABLISHED, FIN_NONE, false, 1000, 1000, 1000, 1000, 0}, 1000, 1000, 1000},
	    {{true, STATE_FIN_WAIT2, FIN_ACKED, true, 1000, 1000, 1000, 1000, 0}, 1002, 1001, 1000},
	    {{false, STATE_LAST_ACK, FIN_ACKED, true, 1000, 1000, 1000, 1000, 0}, 1001, 1001, 1000},
	};

	for (size_t i = 0; i < ARRAY_SIZE(seen); i++) {
		struct abi_sock a = made_connection(&seen[i].life);

		assert_int_equal(a.bytes_acked, seen[i].acked);
		assert_int_equal(a.bytes_received, seen[i].received);
		assert_int_equal(a.bytes_sent, seen[i].sent);
		assert_int_equal(convert_rx_bytes(&a), seen[i].life.received);
		assert_int_equal(convert_tx_bytes(&a), seen[i].life.acked);
	}
}

static const struct phase {
	u8 state;
	enum fin fin;
	bool peer_fin;
} phases[] = {
    {STATE_ESTABLISHED, FIN_NONE, false}, {STATE_CLOSE_WAIT, FIN_NONE, true},  {STATE_FIN_WAIT1, FIN_QUEUED, false},
    {STATE_FIN_WAIT1, FIN_SENT, false},   {STATE_FIN_WAIT2, FIN_ACKED, false}, {STATE_FIN_WAIT2, FIN_ACKED, true},
    {STATE_CLOSING, FIN_QUEUED, true},    {STATE_CLOSING, FIN_SENT, true},     {STATE_CLOSING, FIN_ACKED, true},
    {STATE_LAST_ACK, FIN_QUEUED, true},   {STATE_LAST_ACK, FIN_SENT, true},    {STATE_LAST_ACK, FIN_ACKED, true},
};

static void expect_payload(const struct abi_sock *a, const struct life *l)
{
	struct record_socket s = converted(a);

	assert_int_equal(s.rx_bytes, l->received);
	assert_int_equal(s.tx_bytes, l->acked);
	assert_int_equal(s.dir, l->active ? DIR_OUT : DIR_IN);
	assert_int_equal(s.has & (HAS_RX_BYTES | HAS_TX_BYTES), HAS_RX_BYTES | HAS_TX_BYTES);
}

/* Alive and as an end, with its birth seen or deduced: always the payload, and who opened. */
static void expect_payload_everywhere(const struct life *l)
{
	struct abi_sock live = made_connection(l), end = ended(live);
	struct abi_sock live_born = born(live, l->active ? DIR_OUT : DIR_IN), end_born = ended(live_born);

	expect_payload(&live, l);
	expect_payload(&end, l);
	expect_payload(&live_born, l);
	expect_payload(&end_born, l);
}

static void payload_has_neither_syn_nor_fin(void **state)
{
	static const u32 sizes[] = {0, 1, 1000}, retrans[] = {0, 1, 2896};
	unsigned cases = 0;

	for (size_t p = 0; p < ARRAY_SIZE(phases); p++)
		for (size_t w = 0; w < ARRAY_SIZE(sizes); w++)
			for (size_t r = 0; r < ARRAY_SIZE(sizes); r++)
				for (size_t k = 0; k < ARRAY_SIZE(retrans) * 6; k++) {
					const struct phase *ph = &phases[p];
					u32 sent = ph->fin == FIN_QUEUED ? sizes[w] / 2 : sizes[w];
					u32 acked = ph->fin == FIN_ACKED ? sent : sent * (k / 2 % 3) / 2;
					struct life l = {k % 2, ph->state, ph->fin,  ph->peer_fin,  sizes[w],
							 sent,  acked,     sizes[r], retrans[k / 6]};

					expect_payload_everywhere(&l);
					cases++;
				}
	assert_int_equal(cases, ARRAY_SIZE(phases) * 9 * 18);
}

static void before_the_handshake_is_over(void **state)
{
	struct abi_sock syn_sent = made_connection(&(struct life){.active = true, .state = STATE_SYN_SENT});
	struct abi_sock end;

	syn_sent.bytes_acked = 0;
	syn_sent.snd_una = ISN;
	assert_int_equal(convert_tx_bytes(&syn_sent), 0);
	assert_int_equal(convert_rx_bytes(&syn_sent), 0);
	assert_int_equal(convert_dir(&syn_sent), DIR_OUT);
	end = ended(syn_sent);
	assert_int_equal(convert_tx_bytes(&end), 0);
	assert_int_equal(convert_dir(&end), DIR_OUT);
	/* TCP Fast Open: 100 bytes rode on the SYN; then acknowledged with it; or not, and sent again. */
	syn_sent.bytes_sent = 100;
	syn_sent.snd_nxt = syn_sent.write_seq = ISN + 101;
	assert_int_equal(convert_tx_bytes(&syn_sent), 0);
	syn_sent.state = STATE_ESTABLISHED;
	syn_sent.bytes_acked = 1;
	syn_sent.snd_una = ISN + 1;
	syn_sent.bytes_sent = 200;
	syn_sent.bytes_retrans = 100;
	assert_int_equal(convert_tx_bytes(&syn_sent), 0);
	assert_int_equal(convert_dir(&syn_sent), DIR_OUT);
	syn_sent.bytes_acked = 101;
	syn_sent.snd_una = ISN + 101;
	assert_int_equal(convert_tx_bytes(&syn_sent), 100);
	assert_int_equal(convert_dir(&syn_sent), DIR_OUT);
}

static void fast_open_child(void **state)
{
	struct life l = {.state = STATE_SYN_RECV, .received = 100};
	struct abi_sock a = made_connection(&l);

	expect_payload(&a, &l);
	a.kind = ABI_NO_FILE;
	assert_true(converted(&a).flags & SOCKET_NO_FILE);
}

/* -- direction ----------------------------------------------------------------------------------------------------- */

static void direction_is_unknown_where_the_counters_do_not_tell(void **state)
{
	struct life l = {.active = true, .state = STATE_ESTABLISHED, .written = 1000, .sent = 1000, .acked = 1000};
	struct abi_sock a = made_connection(&l), b;

	assert_int_equal(convert_dir(&a), DIR_OUT);
	a.bits |= ABI_REPAIR;
	assert_int_equal(convert_dir(&a), DIR_UNKNOWN);
	b = born(a, DIR_OUT);
	assert_int_equal(convert_dir(&b), DIR_OUT);
	/* Dropped by our own qdisc: sent twice, and not counted as retransmitted. */
	a.bits = 0;
	a.bytes_sent += 500;
	assert_int_equal(convert_dir(&a), DIR_UNKNOWN);
	assert_in_range(convert_tx_bytes(&a), 1000, 1001);
	/* Restored by TCP_REPAIR with 700 bytes in its queue, which this socket never counted as sent. */
	a.bytes_sent = 300;
	assert_int_equal(convert_dir(&a), DIR_UNKNOWN);
}

/* While TCP_REPAIR is on nothing is deduced: a SYN is taken off only where something beyond data and FIN was
 * acknowledged. */
static void repaired_connections_lose_no_byte(void **state)
{
	struct life in = {.state = STATE_FIN_WAIT2, .fin = FIN_ACKED, .written = 1000, .sent = 1000, .acked = 1000},
		    out = in;
	struct abi_sock a = made_connection(&in), b;

	out.active = true;
	b = made_connection(&out);
	a.bits |= ABI_REPAIR;
	b.bits |= ABI_REPAIR;
	assert_int_equal(convert_tx_bytes(&a), 1000);
	assert_int_equal(convert_tx_bytes(&b), 1000);
}

static void direction_of_listeners(void **state)
{
	struct abi_sock a = {.kind = ABI_FILE, .family = AF_INET, .protocol = IPPROTO_TCP, .state = STATE_LISTEN},
			end = ended(a);

	assert_int_equal(convert_dir(&a), DIR_LISTEN);
	assert_int_equal(convert_dir(&end), DIR_LISTEN);
}

/* Bound, closed, and older than us: the SYN and FINs among its counters are forgotten, what it sent once is not. */
static void closed_socket_with_a_past(void **state)
{
	struct life l = {.active = true,
			 .state = STATE_CLOSE,
			 .fin = FIN_ACKED,
			 .peer_fin = true,
			 .written = 1000,
			 .sent = 1000,
			 .acked = 1000,
			 .received = 10,
			 .retrans = 500};
	struct abi_sock a = made_connection(&l);

	assert_int_equal(convert_dir(&a), DIR_UNKNOWN);
	assert_int_equal(convert_tx_bytes(&a), 1000);
	assert_int_equal(convert_rx_bytes(&a), 10);
}

/* -- torn reads ---------------------------------------------------------------------------------------------------- */

static void torn_counters_clamp_at_zero(void **state)
{
	struct abi_sock a = made_connection(&(struct life){.active = true, .state = STATE_FIN_WAIT2, .fin = FIN_ACKED});

	a.bits |= ABI_SOCK_DONE;
	a.bytes_received = 0;
	a.bytes_acked = 0;
	assert_int_equal(convert_rx_bytes(&a), 0);
	a = born(a, DIR_OUT);
	assert_int_equal(convert_tx_bytes(&a), 0);
	a.bytes_acked = 1;
	assert_int_equal(convert_tx_bytes(&a), 0);
	a.packets_out = 1;
	a.sacked_out = 3;
	assert_int_equal(converted(&a).inflight, 0);
	a.bytes_sent = 5;
	a.bytes_retrans = 10;
	a.bits = 0;
	assert_true(convert_tx_bytes(&a) <= a.bytes_acked);
}

/* Each field as it was at one of two moments, 64 KB apart. */
static void torn_samples_never_give_huge_numbers(void **state)
{
	struct life early = {true, STATE_ESTABLISHED, FIN_NONE, false, 70000, 66000, 60000, 100, 0};
	struct life late = {true, STATE_ESTABLISHED, FIN_NONE, false, 135536, 131536, 125536, 65636, 1448};
	struct abi_sock a[2] = {made_connection(&early), made_connection(&late)}, torn;
	u64 seed = 1;

	a[0].jiffies = 7000;
	a[0].chrono_start = 6900;
	a[1].jiffies = 7002;
	a[1].chrono_start = 7001;
	for (unsigned n = 0; n < 20000; n++) {
		u32 words[sizeof(torn) / 4];
		struct record_socket s;

		for (size_t i = 0; i < ARRAY_SIZE(words); i++)
			memcpy(&words[i], (u8 *)&a[random_next(&seed) >> 40 & 1] + i * 4, 4);
		memcpy(&torn, words, sizeof(torn));
		torn.chrono_type = 1;
		s = converted(&torn);
		assert_in_range(s.tx_bytes, 60000, 125537);
		assert_in_range(s.rx_bytes, 100, 65636);
		assert_in_range(s.recvq, 0, 65536);
		assert_in_range(s.sendq, 0, 75536);
		assert_in_range(s.notsent, 0, 70000);
		assert_in_range(s.busy_us, 0, 110 * 4000);
		assert_in_range(s.inflight, 0, 100);
	}
}

/* Bytes at random, for the sanitizers; and queues stay within what an int can hold. */
static void any_bytes_convert(void **state)
{
	u64 seed = 2;

	for (unsigned n = 0; n < 20000; n++) {
		u64 words[(sizeof(struct abi_sock) + sizeof(struct abi_info)) / 8];
		struct abi_sock a;
		struct abi_info i;
		struct record_socket s;
		struct record_info info;

		for (size_t k = 0; k < ARRAY_SIZE(words); k++)
			words[k] = random_next(&seed);
		memcpy(&a, words, sizeof(a));
		memcpy(&i, (u8 *)words + sizeof(a), sizeof(i));
		if (n % 2)
			a.protocol = IPPROTO_TCP;
		convert_sock(&a, HZ_CLOCK(1000), &s);
		convert_info(&a, &i, HZ_CLOCK(1000), &info);
		assert_true(s.rx_bytes <= a.bytes_received &&
			    (a.protocol != IPPROTO_TCP || s.tx_bytes <= a.bytes_acked));
		assert_true(a.protocol != IPPROTO_TCP || a.state == STATE_LISTEN || a.kind == ABI_END ||
			    s.recvq <= INT32_MAX);
		assert_true(info.lastsnd_ns <= a.ktime_ns && info.lastrcv_ns <= a.ktime_ns);
	}
}

/* The elements of all processors are added up; the number of packets is the sum of the buckets. */
static void netfilter_of_all_processors(void **state)
{
	struct abi_nf_times first = {.missed = 1}, second = {.missed = 2};
	struct record_netfilter r = {};

	first.buckets[NETFILTER_LOCAL_IN][7] = 3;
	first.sum_ns[NETFILTER_LOCAL_IN] = 3000;
	first.max_ns[NETFILTER_LOCAL_IN] = 1200;
	first.dropped[NETFILTER_LOCAL_IN] = 1;
	second.buckets[NETFILTER_LOCAL_IN][7] = 1;
	second.buckets[NETFILTER_LOCAL_IN][LAYER_BUCKETS - 1] = 1;
	second.sum_ns[NETFILTER_LOCAL_IN] = 500;
	second.max_ns[NETFILTER_LOCAL_IN] = 900;
	second.buckets[NETFILTER_POST_ROUTING][0] = 8;
	convert_netfilter(&first, &r);
	convert_netfilter(&second, &r);
	assert_int_equal(r.n[NETFILTER_LOCAL_IN], 5);
	assert_int_equal(r.buckets[NETFILTER_LOCAL_IN * LAYER_BUCKETS + 7], 4);
	assert_int_equal(r.buckets[NETFILTER_FORWARD * LAYER_BUCKETS - 1], 1);
	assert_int_equal(r.sum_ns[NETFILTER_LOCAL_IN], 3500);
	assert_int_equal(r.max_ns[NETFILTER_LOCAL_IN], 1200);
	assert_int_equal(r.dropped[NETFILTER_LOCAL_IN], 1);
	assert_int_equal(r.n[NETFILTER_POST_ROUTING], 8);
	assert_int_equal(r.n[NETFILTER_PRE_ROUTING] + r.n[NETFILTER_FORWARD] + r.n[NETFILTER_LOCAL_OUT], 0);
	assert_int_equal(r.missed, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(model_counts_as_the_kernel_does),
	    cmocka_unit_test(payload_has_neither_syn_nor_fin),
	    cmocka_unit_test(before_the_handshake_is_over),
	    cmocka_unit_test(fast_open_child),
	    cmocka_unit_test(direction_is_unknown_where_the_counters_do_not_tell),
	    cmocka_unit_test(repaired_connections_lose_no_byte),
	    cmocka_unit_test(direction_of_listeners),
	    cmocka_unit_test(closed_socket_with_a_past),
	    cmocka_unit_test(torn_counters_clamp_at_zero),
	    cmocka_unit_test(torn_samples_never_give_huge_numbers),
	    cmocka_unit_test(any_bytes_convert),
	    cmocka_unit_test(netfilter_of_all_processors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
