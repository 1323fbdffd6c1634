/* The store of packets: order, relative numbers, marks, bounds; a packet's times and words. */
#include <stdlib.h>

#include "rows.h"

#include "packet_fixture.h"
#include "packet_table.h"

static struct record_packet with_flags(struct record_packet r, u8 tcp_flags, u8 flags)
{
	r.tcp_flags = tcp_flags;
	r.flags |= flags;
	return r;
}

/* -- echo ---------------------------------------------------------------------------------------------------------- */

static struct record_packet make_echo(u64 number, bool tx, u16 seq)
{
	struct record_packet r = make_packet(number, number * MS, tx, 0, 0, 56);

	r.proto = IPPROTO_ICMP;
	r.icmp_type = tx ? 8 : 0;
	r.echo_id = 1368;
	r.echo_seq = seq;
	return r;
}

/* Requests of a tick may all come before the replies: none has lost its own to another. */
static void each_reply_finds_its_request(void **state)
{
	struct packets *p = *state;

	for (u16 i = 0; i < 300; i++)
		put(p, make_echo(1 + i, true, i));
	for (u16 i = 0; i < 300; i++) {
		put(p, make_echo(301 + i, false, i));
		assert_int_equal(at(p, 300 + i)->echo_rtt_ns, 300 * MS);
	}
	put(p, make_echo(601, false, 300));
	assert_int_equal(at(p, 600)->echo_rtt_ns, 0);
}

/* -- numbers ------------------------------------------------------------------------------------------------------- */

static void test_from_syn(void **state)
{
	struct packets *p = *state;

	put(p, with_flags(make_packet(1, 1 * MS, false, 4294967290U, 0, 0), 2, 0));
	put(p, with_flags(make_packet(2, 2 * MS, true, 1000, 4294967291U, 0), 18, 0));
	put(p, make_packet(3, 3 * MS, false, 4294967291U, 1001, 100));
	/* Beyond the end of 32 bits. */
	put(p, make_packet(4, 4 * MS, false, 95, 1001, 10));
	assert_int_equal(at(p, 0)->rel_seq, 0);
	assert_false(at(p, 0)->marks & PACKET_HAS_ACK);
	assert_int_equal(at(p, 1)->rel_seq, 0);
	assert_int_equal(at(p, 1)->rel_ack, 1);
	assert_int_equal(at(p, 2)->rel_seq, 1);
	assert_int_equal(at(p, 2)->rel_ack, 1);
	assert_int_equal(at(p, 3)->rel_seq, 101);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(at(p, i)->marks & ~(PACKET_HAS_SEQ | PACKET_HAS_ACK), 0);
}

/* Met in the middle: the lowest byte that the first tick speaks of is 1, and stays so. */
static void test_without_syn(void **state)
{
	struct packets *p = *state;

	put(p, make_packet(1, 2 * MS, false, 5100, 900, 100));
	put(p, make_packet(2, 1 * MS, false, 5000, 900, 100));
	assert_int_equal(at(p, 0)->rel_seq, 1);
	assert_int_equal(at(p, 1)->rel_seq, 101);
	assert_int_equal(at(p, 1)->rel_ack, 1);
	put(p, make_packet(3, 3 * MS, false, 4900, 900, 100));
	assert_int_equal(at(p, 2)->rel_seq, -99);
	assert_int_equal(at(p, 1)->rel_seq, 101);
}

/* More than 4 GiB in one connection. */
static void test_far(void **state)
{
	struct packets *p = *state;
	u32 seq = 0;

	for (u64 i = 0; i < 10; i++, seq += 1U << 30)
		put(p, make_packet(i + 1, i * MS, true, seq, 0, 1));
	assert_int_equal(at(p, 9)->rel_seq, 9LL * (1 << 30) + 1);
}

static void test_reset_without_number(void **state)
{
	struct packets *p = *state;

	put(p, make_packet(1, 1 * MS, true, 5000, 70, 10));
	put(p, with_flags(make_packet(2, 2 * MS, false, 0, 5010, 0), 20, 0));
	assert_false(at(p, 1)->marks & PACKET_HAS_SEQ);
	assert_int_equal(at(p, 1)->rel_ack, 11);
}

static void test_udp_has_none(void **state)
{
	struct packets *p = *state;
	struct record_packet r = make_packet(1, 1 * MS, true, 0, 0, 10);
	char text[PACKET_TEXT];

	r.proto = IPPROTO_UDP;
	put(p, r);
	assert_int_equal(at(p, 0)->marks, 0);
	assert_int_equal(packet_flags_text(&at(p, 0)->r, text, sizeof(text)), 0);
}

/* -- marks --------------------------------------------------------------------------------------------------------- */

static void test_order_on_receive(void **state)
{
	struct packets *p = *state;

	put(p, make_packet(1, 1 * MS, false, 1000, 1, 100));
	put(p, make_packet(2, 2 * MS, false, 1300, 1, 100));
	put(p, make_packet(3, 3 * MS, false, 1100, 1, 100));
	put(p, make_packet(4, 4 * MS, false, 1200, 1, 100));
	put(p, make_packet(5, 5 * MS, false, 1200, 1, 100));
	put(p, make_packet(6, 6 * MS, false, 1400, 1, 0));
	assert_int_equal(marks(p, 0), 0);
	assert_int_equal(marks(p, 1), PACKET_GAP);
	assert_int_equal(at(p, 1)->gap, 200);
	assert_int_equal(marks(p, 2), PACKET_LATE);
	assert_int_equal(marks(p, 3), PACKET_LATE);
	assert_int_equal(marks(p, 4), PACKET_AGAIN);
	assert_string_equal(packet_retransmit_name(at(p, 4)), "again");
	assert_int_equal(marks(p, 5), 0);
}

/* Reported in the order of reading, which is that of the bytes; what counts is when they were received. */
static void test_order_is_of_time(void **state)
{
	struct packets *p = *state;

	put(p, make_packet(1, 1 * MS, false, 1000, 1, 100));
	put(p, make_packet(2, 3 * MS, false, 1100, 1, 100));
	put(p, make_packet(3, 2 * MS, false, 1200, 1, 100));
	assert_int_equal(at(p, 1)->r.number, 3);
	assert_int_equal(marks(p, 1), PACKET_GAP);
	assert_int_equal(marks(p, 2), PACKET_LATE);
}

static void test_sent_again(void **state)
{
	struct packets *p = *state;

	put(p, make_packet(1, 1 * MS, true, 1000, 1, 100));
	put(p, make_packet(2, 2 * MS, true, 1000, 1, 100));
	put(p, with_flags(make_packet(3, 3 * MS, true, 1000, 1, 100), 16, PACKET_RETRANSMIT));
	/* The trace missed some: no gap of the connection's. */
	put(p, make_packet(5, 4 * MS, true, 1500, 1, 100));
	assert_int_equal(marks(p, 1), PACKET_AGAIN);
	assert_int_equal(marks(p, 2), 0);
	assert_string_equal(packet_retransmit_name(at(p, 2)), "unknown");
	assert_int_equal(marks(p, 3), 0);
	assert_string_equal(packet_retransmit_name(at(p, 3)), "");
}

/* More holes than are remembered. */
static void test_many_holes(void **state)
{
	struct packets *p = *state;

	for (u32 i = 0; i < 100; i++)
		put(p, make_packet(i + 1, i * MS, false, 1000 + i * 200, 1, 100));
	for (u32 i = 0; i < 99; i++)
		put(p, make_packet(101 + i, (200 + i) * MS, false, 1100 + i * 200, 1, 100));
	assert_int_equal(marks(p, 100), PACKET_AGAIN);
	assert_int_equal(marks(p, 198), PACKET_LATE);
	/* One packet over all of them. */
	put(p, make_packet(300, 400 * MS, false, 1000, 1, 50000));
	assert_int_equal(marks(p, 199), PACKET_AGAIN);
}

/* -- bounds -------------------------------------------------------------------------------------------------------- */

static void test_pushed_out(void **state)
{
	struct packets *p = *state;
	u64 serial;

	packets_keep(p, 3);
	put(p, with_flags(make_packet(1, 1 * MS, false, 999, 0, 0), 2, 0));
	serial = at(p, 0)->serial;
	for (u32 i = 0; i < 9; i++)
		put(p, make_packet(2 + i, (2 + i) * MS, false, 1000 + 100 * i, 1, 100));
	assert_int_equal(packets_count(p), 3);
	assert_int_equal(packets_counts(p).pushed, 7);
	assert_int_equal(packets_counts(p).taken, 10);
	/* The base stays when the SYN has gone, and so does what was seen. */
	assert_int_equal(at(p, 2)->rel_seq, 801);
	put(p, make_packet(11, 20 * MS, false, 1000, 1, 100));
	assert_int_equal(marks(p, 2), PACKET_AGAIN);
	assert_int_equal(packets_slot(p, serial), IDMAP_NONE);
	assert_ptr_equal(packets_in_slot(p, packets_slot(p, at(p, 1)->serial)), at(p, 1));
	packets_keep(p, 1);
	assert_int_equal(packets_count(p), 1);
}

/* One whose time keeps it here while more come and go than there are slots: the slot stays its own. */
static void test_slots(void **state)
{
	struct packets *p = *state;
	u64 serial, last = 0;
	u32 slot;

	packets_keep(p, 2);
	put(p, make_packet(1, 1000000 * MS, false, 1000, 1, 10));
	serial = at(p, 0)->serial;
	slot = packets_slot(p, serial);
	for (u32 i = 0; i < 2 * packets_slots(p); i++)
		put(p, make_packet(2 + i, i * MS, false, 1000, 1, 10));
	assert_int_equal(packets_slot(p, serial), slot);
	assert_ptr_equal(packets_in_slot(p, slot), at(p, 1));
	last = at(p, 0)->serial;
	assert_int_not_equal(last, serial);
	assert_ptr_equal(packets_in_slot(p, packets_slot(p, last)), at(p, 0));
	/* More room: they are found as before. */
	packets_keep(p, packets_slots(p));
	assert_ptr_equal(packets_in_slot(p, packets_slot(p, last)), at(p, 0));
	assert_ptr_equal(packets_in_slot(p, packets_slot(p, serial)), at(p, 1));
	packets_keep(p, 1);
	assert_int_equal(packets_slot(p, last), IDMAP_NONE);
}

static void test_forget(void **state)
{
	struct packets *p = *state;

	put(p, with_flags(make_packet(1, 1 * MS, false, 999, 0, 0), 2, 0));
	put(p, make_packet(2, 2 * MS, false, 1000, 1, 500));
	packets_forget(p, packets_count(p));
	assert_int_equal(packets_count(p), 0);
	assert_int_equal(packets_counts(p).pushed, 0);
	put(p, make_packet(3, 3 * MS, false, 1500, 1, 10));
	assert_int_equal(at(p, 0)->rel_seq, 501);
	assert_int_equal(marks(p, 0), 0);
}

/* Many sockets, each with one packet: what is known of them is bounded as well. */
static void test_many_sockets(void **state)
{
	struct packets *p = *state;

	packets_keep(p, 10);
	for (u32 i = 0; i < 1000; i++) {
		struct record_packet r = make_packet(1, i * MS, false, 1000 + i, 1, 10);

		r.id = i + 1;
		put(p, r);
	}
	for (size_t i = 0; i < 10; i++) {
		assert_int_equal(at(p, i)->rel_seq, 1);
		assert_int_equal(at(p, i)->r.id, 991 + i);
	}
}

static void test_lost(void **state)
{
	struct packets *p = *state;
	struct record_trace t = {.id = 7, .packets = 9, .lost = 2, .limited = 5, .limit = 1000, .unseen = 3};
	struct record_packet none = make_packet(1, MS, false, 1, 1, 1);

	none.id = 0;
	put(p, none);
	assert_int_equal(packets_count(p), 0);
	put(p, make_packet(1, 1 * MS, false, 1000, 1, 100));
	put(p, make_packet(5, 2 * MS, false, 1100, 1, 100));
	assert_int_equal(packets_counts(p).lost, 3);
	/* A packet that comes late is no second trace, and not lost. */
	put(p, make_packet(4, 3 * MS, false, 1200, 1, 100));
	assert_int_equal(packets_counts(p).lost, 2);
	packets_take_trace(p, &t);
	assert_int_equal(packets_counts(p).lost, 2);
	t.lost = 8;
	packets_take_trace(p, &t);
	assert_int_equal(packets_counts(p).lost, 8);
	assert_int_equal(packets_counts(p).limited, 5);
	assert_int_equal(packets_counts(p).unseen, 3);
	assert_int_equal(packets_counts(p).limit, 1000);
	assert_int_equal(packets_trace(p)->id, 7);
}

static void test_shown_when_settled(void **state)
{
	struct packets *p = *state;

	put(p, make_packet(1, 1 * MS, false, 1000, 1, 100));
	assert_false(packets_is_settled(p, packets_at(p, 0)));
	packets_settle(p);
	assert_true(packets_is_settled(p, packets_at(p, 0)));
}

/* -- payload ------------------------------------------------------------------------------------------------------- */

static void test_payload(void **state)
{
	struct packets *p = *state;
	struct record_packet r = make_packet(1, 1 * MS, false, 1, 1, 60);
	char text[PACKET_TEXT];

	memcpy(r.data + 40, "GET / HTTP/1.1\r\nHost: a\r\n", 25);
	put(p, r);
	assert_int_equal(at(p, 0)->r.captured, 40);
	for (size_t i = 40; i < PACKET_DATA; i++)
		assert_int_equal(at(p, 0)->r.data[i], 0);
	assert_int_equal(packet_first_line(&at(p, 0)->r, text, sizeof(text)), 0);
	packets_keep_payload(p, true);
	r.number = 2;
	r.captured = 100000;
	put(p, r);
	assert_int_equal(at(p, 1)->r.captured, PACKET_DATA);
	packet_first_line(&at(p, 1)->r, text, sizeof(text));
	assert_string_equal(text, "GET / HTTP/1.1");
	/* What would write to the terminal is no text. */
	memcpy(r.data + 40, "\033]0;x\007\r\n", 8);
	r.number = 3;
	put(p, r);
	assert_int_equal(packet_first_line(&at(p, 2)->r, text, sizeof(text)), 0);
}

/* -- times --------------------------------------------------------------------------------------------------------- */

static struct packet_times times_of(u64 a, u64 b, u64 c, u64 d, u64 e)
{
	struct record_packet r = {.stamp_ns = {a, b, c, d, e}};
	struct packet_times t;
	u64 sum = 0;

	packet_times(&r, &t);
	for (unsigned i = 0; i < PACKET_PARTS; i++) {
		sum += t.part_ns[i];
		assert_true(t.known & 1U << i || !t.part_ns[i]);
	}
	assert_int_equal(sum, t.total_ns);
	assert_int_equal(t.known & t.merged, 0);
	return t;
}

static void test_times(void **state)
{
	struct packet_times t = times_of(10, 12, 15, 20, 100);

	(void)state;
	assert_int_equal(t.known, 15);
	assert_int_equal(t.total_ns, 90);
	/* One that is missing goes to the next. */
	t = times_of(10, 0, 15, 20, 100);
	assert_int_equal(t.known, 14);
	assert_int_equal(t.merged, 1);
	assert_int_equal(t.part_ns[1], 5);
	/* Not begun, not ended. */
	t = times_of(0, 12, 15, 0, 0);
	assert_int_equal(t.known, 2);
	assert_int_equal(t.merged, 0);
	/* A stamp before an earlier one is none. */
	t = times_of(10, 20, 5, 30, 0);
	assert_int_equal(t.known, 1 | 4);
	assert_int_equal(t.merged, 2);
	assert_int_equal(t.part_ns[2], 10);
	t = times_of(0, 0, 0, 0, 0);
	assert_int_equal(t.known, 0);
	t = times_of(7, 0, 0, 0, 0);
	assert_int_equal(t.known, 0);
	t = times_of(7, 7, 7, 7, 7);
	assert_int_equal(t.known, 15);
	assert_int_equal(t.total_ns, 0);
}

/* -- words --------------------------------------------------------------------------------------------------------- */

static void test_words(void **state)
{
	struct record_packet r = make_packet(1, 1 * MS, true, 1000, 500, 14480);
	struct record_socket s = rows_tcp(7, "10.0.0.1", 443, "10.0.0.2", 50000);
	struct packets *p;
	struct model *m;
	char text[PACKET_TEXT];

	(void)state;
	m = fixture_new();
	rows_put(m, &s);
	rows_name(m, NAME_IFACE, 2, r.netns, "eth0");
	rows_name(m, NAME_DROP_REASON, 5, 0, "NETFILTER_DROP");
	rows_name(m, NAME_SYMBOL, 0x1234, 0, "nf_hook_slow");
	r.segments = 10;
	r.cause = RETRANSMIT_RTO;
	r.cwnd = 7;
	r.flags |= PACKET_RETRANSMIT | PACKET_DROPPED | PACKET_NAT;
	r.drop_reason = 5;
	r.drop_location = 0x1234;
	r.ifindex[1] = 9;
	r.sack[0] = 600;
	r.sack[1] = 5600;
	memcpy(r.nat_laddr, (u8[]){1, 2, 3, 4}, 4);
	memcpy(r.nat_raddr, (u8[]){5, 6, 7, 8}, 4);
	r.nat_lport = 1;
	r.nat_rport = 2;
	r.stamp_ns[2] = 0;
	apply(m, RECORD_PACKET, &r);
	rows_tick(m, 1);
	p = model_packets(m);
	packet_note(m, packets_at(p, 0), text, sizeof(text));
	assert_string_equal(
	    text, "dropped: NETFILTER_DROP at nf_hook_slow, retransmit (rto), cwnd 7, SACK 101-5,101, x10 GSO, "
		  "NAT 1.2.3.4:1 -> 5.6.7.8:2");
	packet_comment(m, packets_at(p, 0), text, sizeof(text));
	assert_memory_equal(text, "app[100] tx eth0,if9; tcp 1.0ms ip+qdisc 2.0ms nic 1.0ms = 4.0ms; dropped", 70);
	assert_int_equal(packet_severity(packets_at(p, 0)), 2);
	/* Names that are not known are numbers; a text that does not fit is cut. */
	r.drop_reason = 77;
	r.drop_location = 0x99;
	r.number = 2;
	apply(m, RECORD_PACKET, &r);
	packet_note(m, packets_at(p, 1), text, 36);
	assert_string_equal(text, "dropped: reason 77 at 0x99, retrans");
	fixture_free(m);
}

/* Times besides the stages are never part of their sum, never negative, and never of the other direction. */
static void test_beside_the_stages(void **state)
{
	struct record_packet r = make_packet(1, 1 * MS, false, 1000, 500, 100);
	struct packet_times t;
	u64 ns;

	(void)state;
	assert_false(packet_gro(&r, &ns) || packet_direct(&r, &ns) || packet_done(&r, &ns));
	r.gro_ns = r.stamp_ns[STAGE_RX_DEVICE] + 300;
	r.dequeue_ns = r.freed_ns = r.stamp_ns[STAGE_TX_DRIVER];
	assert_true(packet_gro(&r, &ns) && ns == 300);
	assert_false(packet_direct(&r, &ns) || packet_done(&r, &ns));
	packet_times(&r, &t);
	assert_true(t.total_ns == 4 * MS);
	r.gro_ns = r.stamp_ns[STAGE_RX_DEVICE] - 1;
	assert_false(packet_gro(&r, &ns));

	r = make_packet(1, 1 * MS, true, 1000, 500, 100);
	r.gro_ns = r.stamp_ns[0];
	r.dequeue_ns = r.stamp_ns[STAGE_TX_DRIVER] - 700;
	r.freed_ns = r.stamp_ns[STAGE_TX_ACCEPTED] + 900;
	assert_false(packet_gro(&r, &ns));
	assert_true(packet_direct(&r, &ns) && ns == 700);
	assert_true(packet_done(&r, &ns) && ns == 900);
	packet_times(&r, &t);
	assert_true(t.total_ns == 4 * MS);
	/* Another processor was faster than the driver's call. */
	r.freed_ns = r.stamp_ns[STAGE_TX_ACCEPTED] - 20;
	assert_true(packet_done(&r, &ns) && ns == 0);
	/* Of an earlier queue, or not given to a driver yet. */
	r.dequeue_ns = r.stamp_ns[STAGE_TX_QUEUE] - 1;
	assert_false(packet_direct(&r, &ns));
	r.dequeue_ns = r.stamp_ns[STAGE_TX_QUEUE];
	r.stamp_ns[STAGE_TX_QUEUE] = 0;
	assert_false(packet_direct(&r, &ns));
	r.stamp_ns[STAGE_TX_QUEUE] = r.dequeue_ns;
	r.stamp_ns[STAGE_TX_DRIVER] = r.stamp_ns[STAGE_TX_ACCEPTED] = 0;
	assert_false(packet_direct(&r, &ns) || packet_done(&r, &ns));
}

/* Where each stamp was taken: what is not known is left out, and told as such, and freeing is not on the way. */
static void test_cpus(void **state)
{
	struct record_packet r = make_packet(1, 1 * MS, false, 1000, 500, 100);
	struct packet_cpu cpus[PACKET_CPUS];
	char text[PACKET_TEXT];

	(void)state;
	assert_int_equal(packet_cpus(&r, cpus), 0);
	assert_int_equal(packet_cpu_changes(&r), -1);
	assert_int_equal(packet_cpus_text(&r, text, sizeof(text)), 0);
	r.cpu[STAGE_RX_DEVICE] = 1;
	assert_int_equal(packet_cpu_changes(&r), -1);
	r.cpu[STAGE_RX_READ] = 1;
	assert_int_equal(packet_cpu_changes(&r), 0);
	packet_cpus_text(&r, text, sizeof(text));
	assert_string_equal(text, "CPU 0");
	r.gro_cpu = r.cpu[STAGE_RX_QUEUED] = 1 + 12;
	assert_int_equal(packet_cpus(&r, cpus), 4);
	assert_string_equal(cpus[0].stage, "gro");
	assert_true(strcmp(cpus[1].stage, "device") == 0 && cpus[1].cpu == 12);
	assert_int_equal(packet_cpu_changes(&r), 2);
	packet_cpus_text(&r, text, sizeof(text));
	assert_string_equal(text, "CPU 0 -> 12 (device) -> 0 (read)");

	r = make_packet(1, 1 * MS, true, 1000, 500, 100);
	r.cpu[STAGE_TX_SEND] = r.cpu[STAGE_TX_QUEUE] = r.dequeue_cpu = 1 + 1;
	r.cpu[STAGE_TX_DRIVER] = r.cpu[STAGE_TX_ACCEPTED] = 1 + 3;
	r.freed_cpu = 1;
	assert_int_equal(packet_cpus(&r, cpus), 6);
	assert_true(strcmp(cpus[2].stage, "dequeue") == 0 && cpus[2].cpu == 1);
	assert_true(strcmp(cpus[5].stage, "freed") == 0 && cpus[5].cpu == 0);
	packet_cpus_text(&r, text, sizeof(text));
	assert_string_equal(text, "CPU 1 -> 3 (driver)");
	assert_int_equal(packet_cpu_changes(&r), 1);
}

static void test_beside_in_words(void **state)
{
	struct record_packet r = make_packet(1, 1 * MS, false, 1000, 500, 100);
	char text[PACKET_TEXT];
	struct model *m;

	(void)state;
	m = fixture_new();
	r.gro_ns = r.stamp_ns[STAGE_RX_DEVICE] + 3000;
	apply(m, RECORD_PACKET, &r);
	r = make_packet(2, 2 * MS, true, 500, 1100, 100);
	r.dequeue_ns = r.stamp_ns[STAGE_TX_DRIVER] - 2000;
	r.freed_ns = r.stamp_ns[STAGE_TX_ACCEPTED] + 40000;
	apply(m, RECORD_PACKET, &r);
	rows_tick(m, 1);
	packet_comment(m, packets_at(model_packets(m), 0), text, sizeof(text));
	assert_non_null(strstr(text, "mac 1.0ms (gro 3.0us) ip 1.0ms tcp 1.0ms app 1.0ms = 4.0ms"));
	packet_comment(m, packets_at(model_packets(m), 1), text, sizeof(text));
	assert_non_null(
	    strstr(text, "tcp 1.0ms ip 1.0ms qdisc 1.0ms (direct 2.0us) nic 1.0ms = 4.0ms, done after 40.0us"));
	fixture_free(m);
}

static void test_fields(void **state)
{
	struct record_packet r = make_packet(1, 1 * MS, false, 1000, 500, 100);
	struct model *m;
	char text[PACKET_TEXT];

	(void)state;
	m = fixture_new();
	apply(m, RECORD_PACKET, &r);
	rows_tick(m, 1);
	table_each (&packet_table, f) {
		memset(text, '#', sizeof(text));
		assert_true(column_print(f, m, packets_at(model_packets(m), 0), text, sizeof(text)) == strlen(text));
		if (strcmp(f->name, "rx_ip_us") == 0)
			assert_string_equal(text, "1000.000");
		if (strcmp(f->name, "tx_ip_us") == 0 || strcmp(f->name, "pid") == 0 || strcmp(f->name, "sack") == 0)
			assert_string_equal(text, "");
		if (strcmp(f->name, "seq") == 0)
			assert_string_equal(text, "1");
	}
	fixture_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    PACKETS_TEST(each_reply_finds_its_request),
	    PACKETS_TEST(test_from_syn),
	    PACKETS_TEST(test_without_syn),
	    PACKETS_TEST(test_far),
	    PACKETS_TEST(test_reset_without_number),
	    PACKETS_TEST(test_udp_has_none),
	    PACKETS_TEST(test_order_on_receive),
	    PACKETS_TEST(test_order_is_of_time),
	    PACKETS_TEST(test_sent_again),
	    PACKETS_TEST(test_many_holes),
	    PACKETS_TEST(test_pushed_out),
	    PACKETS_TEST(test_slots),
	    PACKETS_TEST(test_forget),
	    PACKETS_TEST(test_many_sockets),
	    PACKETS_TEST(test_lost),
	    PACKETS_TEST(test_shown_when_settled),
	    PACKETS_TEST(test_payload),
	    PACKETS_TEST(test_times),
	    PACKETS_TEST(test_words),
	    PACKETS_TEST(test_fields),
	    PACKETS_TEST(test_beside_the_stages),
	    PACKETS_TEST(test_cpus),
	    PACKETS_TEST(test_beside_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
