/* The store of packets: which ICMP echo reply belongs to which request, and packets that are reported again. */
#include <stdlib.h>

#include "rows.h"

#include "packet_fixture.h"

/* -- ICMP echo ----------------------------------------------------------------------------------------------------- */

static struct record_packet make_echo(u64 number, u64 time_ns, bool tx, u8 type, u16 id, u16 seq)
{
	struct record_packet r = make_packet(number, time_ns, tx, 0, 0, 56);

	r.id = ECHO_ID;
	r.proto = type >= 128 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
	r.icmp_type = type;
	r.echo_id = id;
	r.echo_seq = seq;
	r.lport = r.rport = 0;
	return r;
}

/* By addresses, id, sequence number and protocol; the time is from the request's first stamp to the reply's. */
static void test_echo_round_trip(void **state)
{
	struct packets *p = *state;
	struct record_packet other = make_echo(6, 9 * MS, false, 0, 5, 1);

	put(p, make_echo(1, 1 * MS, true, 8, 5, 1));
	put(p, make_echo(2, 2 * MS, true, 8, 5, 2));
	put(p, make_echo(3, 3 * MS, true, 128, 5, 1));
	put(p, make_echo(4, 7 * MS, false, 0, 5, 2));
	put(p, make_echo(5, 8 * MS, false, 0, 5, 1));
	other.raddr[3] = 9;
	put(p, other);
	put(p, make_echo(7, 10 * MS, false, 129, 5, 1));
	put(p, make_echo(8, 11 * MS, false, 0, 5, 3));
	put(p, make_echo(9, 12 * MS, false, 0, 6, 1));
	/* Twice, as ping says DUP. */
	put(p, make_echo(10, 13 * MS, false, 0, 5, 1));
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(at(p, i)->echo_rtt_ns, 0);
	assert_int_equal(at(p, 3)->echo_rtt_ns, 5 * MS);
	assert_int_equal(at(p, 4)->echo_rtt_ns, 7 * MS);
	assert_int_equal(at(p, 5)->echo_rtt_ns, 0);
	assert_int_equal(at(p, 6)->echo_rtt_ns, 7 * MS);
	assert_int_equal(at(p, 7)->echo_rtt_ns, 0);
	assert_int_equal(at(p, 8)->echo_rtt_ns, 0);
	assert_int_equal(at(p, 9)->echo_rtt_ns, 12 * MS);
}

/* Requests that come in and replies that go out are another's; a reply before its request is none. */
static void test_echo_of_others(void **state)
{
	struct packets *p = *state;

	put(p, make_echo(1, 1 * MS, false, 8, 5, 1));
	put(p, make_echo(2, 2 * MS, true, 0, 5, 1));
	put(p, make_echo(3, 9 * MS, true, 8, 5, 2));
	put(p, make_echo(4, 4 * MS, false, 0, 5, 2));
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(at(p, i)->echo_rtt_ns, 0);
}

/* More requests than are remembered: a few share a place, and no reply gets the time of another. */
static void test_echo_flood(void **state)
{
	struct packets *p = *state;
	unsigned known = 0;

	for (u16 i = 0; i < 3000; i++)
		put(p, make_echo(1U + i, (1U + i) * MS, true, 8, 7, i));
	for (u16 i = 0; i < 3000; i++)
		put(p, make_echo(3001U + i, (5001U + i) * MS, false, 0, 7, i));
	for (size_t i = 3000; i < 6000; i++) {
		u64 rtt = at(p, i)->echo_rtt_ns;

		assert_true(!rtt || rtt == 5000 * MS);
		known += rtt != 0;
	}
	assert_true(known > 1500);
}

static void test_echo_words(void **state)
{
	struct record_packet r = make_echo(1, 1 * MS, false, 128, 5, 1);
	struct model *m;
	char text[PACKET_TEXT];

	m = fixture_new();
	r.stamp_ns[STAGE_RX_QUEUED] = r.stamp_ns[STAGE_RX_READ] = 0;
	apply(m, RECORD_PACKET, &r);
	rows_tick(m, 1);
	packet_note(m, packets_at(model_packets(m), 0), text, sizeof(text));
	assert_string_equal(text, "id 5, for the kernel");
	packet_ends_text(&r, false, text, sizeof(text));
	assert_string_equal(text, "10.0.0.1 -> 10.0.0.2");
	packet_flags_text(&r, text, sizeof(text));
	assert_string_equal(text, "req");
	/* Queued on a socket, or dropped, it is not the kernel's. */
	assert_true(packet_ends_in_icmp(&r));
	r.stamp_ns[STAGE_RX_QUEUED] = 5 * MS;
	assert_false(packet_ends_in_icmp(&r));
	r.stamp_ns[STAGE_RX_QUEUED] = 0;
	r.flags = PACKET_DROPPED;
	assert_false(packet_ends_in_icmp(&r));
	/* An unreachable host is no echo. */
	r.proto = IPPROTO_ICMP;
	r.icmp_type = 3;
	assert_false(packet_is_echo(&r));
	fixture_free(m);
}

/* -- reported again ------------------------------------------------------------------------------------------------ */

/* A packet that is reported again has its later stamps, and is not there twice. */
static void test_told_again(void **state)
{
	struct packets *p = *state;
	struct record_packet r = make_echo(2, 21 * MS, false, 0, 5, 1);

	put(p, make_echo(1, 1 * MS, true, 8, 5, 1));
	r.stamp_ns[STAGE_RX_READ] = 0;
	put(p, r);
	put(p, make_echo(3, 30 * MS, true, 8, 5, 2));
	r.stamp_ns[STAGE_RX_READ] = 40 * MS;
	put(p, r);
	assert_int_equal(at(p, 1)->r.stamp_ns[STAGE_RX_READ], 40 * MS);
	assert_int_equal(at(p, 1)->echo_rtt_ns, 20 * MS);
	assert_int_equal(packets_count(p), 3);
	assert_int_equal(packets_counts(p).lost, 0);
	assert_int_equal(at(p, 2)->r.number, 3);
}

/* Its send call is known only as the driver has taken it: then it goes to where its first stamp is now. */
static void test_told_again_earlier(void **state)
{
	struct packets *p = *state;
	struct record_packet r = make_packet(3, 30 * MS, true, 1200, 1, 100);

	put(p, make_packet(1, 10 * MS, true, 1000, 1, 100));
	put(p, make_packet(2, 20 * MS, true, 1100, 1, 100));
	put(p, r);
	r.time_ns = 15 * MS;
	put(p, r);
	assert_int_equal(packets_count(p), 3);
	assert_int_equal(packets_counts(p).taken, 3);
	assert_int_equal(at(p, 1)->r.number, 3);
	assert_int_equal(at(p, 2)->r.number, 2);
	/* The same socket is traced again: its first packet is another one. */
	put(p, make_packet(1, 40 * MS, true, 1300, 1, 100));
	put(p, make_packet(2, 50 * MS, true, 1400, 1, 100));
	assert_int_equal(packets_count(p), 5);
	assert_int_equal(packets_counts(p).lost, 0);
}

/* A reader gets it again as the same packet: its bytes were not sent again, and it is not counted again. */
static void test_told_again_forgotten(void **state)
{
	struct packets *p = *state;
	struct record_packet r = make_packet(1, 10 * MS, true, 1000, 1, 100);

	put(p, r);
	put(p, make_packet(2, 20 * MS, true, 1100, 1, 100));
	packets_forget(p, packets_count(p));
	for (unsigned i = 0; i < 2; i++) {
		r.time_ns = (10 - i) * MS;
		r.stamp_ns[STAGE_TX_ACCEPTED] = (30 + i) * MS;
		put(p, r);
		assert_int_equal(packets_count(p), 1);
		assert_true(at(p, 0)->is_retold);
		assert_int_equal(marks(p, 0), 0);
		assert_int_equal(at(p, 0)->r.stamp_ns[STAGE_TX_ACCEPTED], (30 + i) * MS);
		packets_forget(p, 1);
	}
	assert_int_equal(packets_counts(p).taken, 2);
	assert_int_equal(packets_counts(p).lost, 0);
	/* These bytes were. */
	put(p, make_packet(3, 40 * MS, true, 1000, 1, 100));
	assert_false(at(p, 0)->is_retold);
	assert_int_equal(marks(p, 0), PACKET_AGAIN);
	r = make_packet(3, 40 * MS, true, 1000, 1, 100);
	packets_forget(p, 1);
	put(p, r);
	assert_int_equal(marks(p, 0), PACKET_AGAIN);
	/* The same number of a later trace. */
	packets_forget(p, 1);
	put(p, make_packet(1, 50 * MS, true, 1200, 1, 100));
	assert_false(at(p, 0)->is_retold);
}

/* A packet that was pushed out does not come back when it is reported again. */
static void test_told_again_pushed_out(void **state)
{
	struct packets *p = *state;
	struct record_packet r = make_packet(1, 10 * MS, true, 1000, 1, 100);

	packets_keep(p, 2);
	put(p, r);
	put(p, make_packet(2, 20 * MS, true, 1100, 1, 100));
	put(p, make_packet(3, 30 * MS, true, 1200, 1, 100));
	put(p, r);
	assert_int_equal(packets_count(p), 2);
	assert_int_equal(at(p, 0)->r.number, 2);
	assert_int_equal(packets_counts(p).taken, 3);
	assert_int_equal(packets_counts(p).pushed, 1);
}

/* A reply's round trip is computed once, and stays when the reply is reported again. */
static void test_told_again_echo(void **state)
{
	struct packets *p = *state;
	struct record_packet reply = make_echo(2, 21 * MS, false, 0, 5, 1);

	put(p, make_echo(1, 1 * MS, true, 8, 5, 1));
	put(p, reply);
	packets_forget(p, packets_count(p));
	put(p, reply);
	assert_int_equal(at(p, 0)->echo_rtt_ns, 20 * MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    PACKETS_TEST(test_echo_round_trip),      PACKETS_TEST(test_echo_of_others),
	    PACKETS_TEST(test_echo_flood),           PACKETS_TEST(test_echo_words),
	    PACKETS_TEST(test_told_again),           PACKETS_TEST(test_told_again_earlier),
	    PACKETS_TEST(test_told_again_forgotten), PACKETS_TEST(test_told_again_pushed_out),
	    PACKETS_TEST(test_told_again_echo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
