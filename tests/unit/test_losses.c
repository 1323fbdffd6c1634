/* Losses in the model: which socket they are charged to, what is marked, and streams that lie. */
#include <stdlib.h>

#include "loss_make.h"

static void turned(struct record_loss *r)
{
	u8 a[16];
	u16 port = r->lport;

	memcpy(a, r->laddr, sizeof(a));
	memcpy(r->laddr, r->raddr, sizeof(a));
	memcpy(r->raddr, a, sizeof(a));
	r->lport = r->rport;
	r->rport = port;
	r->flags ^= LOSS_TX;
}

static void a_named_socket_is_charged(void **state)
{
	struct model *m = *state;
	struct record_socket s = with_drops(tcp_sample(1, 1, 0, 0), 5);
	struct record_loss r = drop_of(&s);

	r.id = 1;
	r.flags |= LOSS_SOCKET;
	put(m, s);
	tick(m, 1);
	lose(m, r);
	lose(m, r);
	tick(m, 2);
	assert_int_equal(row_of(m, 1)->s.drops, 7);
	assert_int_equal(row_of(m, 1)->drops_tick, 2);
	assert_int_equal(model_loss(m, 1)->marks, 0);
	assert_ptr_equal(loss_row(m, model_loss(m, 2)), row_of(m, 1));
}

/* The kernel's own counter counts the same drops, sooner or later: they must not be counted twice. */
static void drops_are_counted_once(void **state)
{
	struct model *m = *state;
	struct record_socket s = with_drops(udp_sample(1, 1, 0, 0), 5);
	struct record_loss r = drop_of(&s);

	r.id = 1;
	put(m, s);
	tick(m, 1);
	lose(m, r);
	put(m, with_drops(udp_sample(1, 2, 0, 0), 6));
	tick(m, 2);
	assert_int_equal(row_of(m, 1)->s.drops, 6);
	lose(m, r);
	tick(m, 3);
	assert_int_equal(row_of(m, 1)->s.drops, 7);
	put(m, with_drops(udp_sample(1, 4, 0, 0), 7));
	tick(m, 4);
	assert_int_equal(row_of(m, 1)->s.drops, 7);
	put(m, with_drops(udp_sample(1, 5, 0, 0), 30));
	tick(m, 5);
	assert_int_equal(row_of(m, 1)->s.drops, 30);
}

static void addresses_find_the_connection(void **state)
{
	struct model *m = *state;
	struct record_socket s = with_drops(tcp_sample(1, 1, 0, 0), 0), other = s;
	struct record_loss r = drop_of(&s), elsewhere = r, way_out = r;

	other.id = 2;
	other.rport++;
	elsewhere.netns++;
	turned(&way_out); /* as it is seen on its way between two devices of this machine */
	put(m, s);
	put(m, other);
	tick(m, 1);
	lose(m, r);
	lose(m, elsewhere);
	lose(m, way_out);
	tick(m, 2);
	assert_int_equal(model_loss(m, 1)->r.id, 1);
	assert_true(model_loss(m, 1)->marks & LOSS_BY_ADDRESS);
	assert_int_equal(model_loss(m, 2)->r.id, 1);
	assert_int_equal(model_loss(m, 2)->r.netns, s.netns + 1);
	assert_int_equal(model_loss(m, 2)->r.socket_netns, s.netns);
	assert_int_equal(model_loss(m, 3)->r.id, 1);
	assert_int_equal(model_loss(m, 3)->r.lport, 443);
	assert_false(model_loss(m, 3)->r.flags & LOSS_TX);
	assert_int_equal(row_of(m, 1)->s.drops, 3);
	assert_int_equal(row_of(m, 2)->s.drops, 0);
}

/* In a router between them: it is the sender's loss. With two connections that have the same ends, nobody's. */
static void on_its_way_it_is_the_senders(void **state)
{
	struct model *m = *state;
	struct record_socket s = with_drops(tcp_sample(1, 1, 0, 0), 0), peer = s, twin;
	struct record_loss r = drop_of(&s), arrived, loopback;

	peer.id = 2;
	peer.netns++;
	memcpy(peer.laddr, s.raddr, sizeof(peer.laddr));
	memcpy(peer.raddr, s.laddr, sizeof(peer.raddr));
	peer.lport = s.rport;
	peer.rport = s.lport;
	r.netns += 2;
	arrived = r;
	arrived.flags |= LOSS_LOCAL; /* it has come to its host, which has no such socket any more */
	put(m, s);
	put(m, peer);
	tick(m, 1);
	lose(m, r);
	lose(m, arrived);
	tick(m, 2);
	assert_int_equal(model_loss(m, 1)->r.id, 2);
	assert_int_equal(model_loss(m, 1)->r.lport, s.rport);
	assert_true(model_loss(m, 1)->r.flags & LOSS_TX);
	assert_int_equal(model_loss(m, 2)->r.id, 0);
	assert_int_equal(model_loss(m, 2)->r.socket_netns, 0);
	twin = peer;
	twin.id = 3;
	twin.netns += 5;
	put(m, twin);
	lose(m, r);
	tick(m, 3);
	assert_int_equal(model_loss(m, 3)->r.id, 0);
	assert_int_equal(model_loss(m, 3)->r.lport, s.lport);
	/* An address that every namespace has (127.0.0.1) identifies none of them. */
	s = tcp_sample(4, 4, 0, 0);
	memcpy(s.laddr, (u8[]){127, 0, 0, 1}, 4);
	memcpy(s.raddr, (u8[]){127, 0, 0, 1}, 4);
	put(m, s);
	loopback = drop_of(&s);
	loopback.netns += 2;
	lose(m, loopback);
	tick(m, 4);
	assert_int_equal(model_loss(m, 4)->r.id, 0);
}

/* What a bridge drops is a loss if it belongs to somebody here, and then in the machine's rate as well. */
static void what_is_for_another_host(void **state)
{
	struct model *m = *state;
	struct record_socket s = with_drops(tcp_sample(1, 1, 0, 0), 0);
	struct record_loss r = drop_of(&s), other;
	struct record_losses l = {.limit = 10000, .foreign = 2};

	r.flags |= LOSS_FOREIGN;
	r.netns++;
	other = r;
	other.lport++;
	put(m, s);
	watched(m, 0);
	tick(m, 1);
	lose(m, other);
	lose(m, r);
	assert_int_equal(apply(m, RECORD_LOSSES, &l), 0);
	tick(m, 2);
	assert_null(model_loss(m, 1));
	assert_int_equal(model_loss(m, 2)->r.id, 1);
	assert_int_equal(row_of(m, 1)->s.drops, 1);
	assert_near(model_totals(m)->drops_rate, 1);
	assert_int_equal(model_losses(m)->foreign, 1);
	assert_int_equal(apply(m, RECORD_LOSSES, &l), 0);
	tick(m, 3);
	assert_int_equal(model_losses(m)->foreign, 1);
}

/* A reset that no socket sent is not the peer's, even if that is on this machine. */
static void who_sent_a_reset_is_known(void **state)
{
	struct model *m = *state;
	struct record_socket s = tcp_sample(1, 1, 0, 0);
	struct record_loss r = drop_of(&s);

	r.kind = LOSS_RESET_SENT;
	turned(&r);
	put(m, s);
	tick(m, 1);
	lose(m, r);
	tick(m, 2);
	assert_int_equal(model_loss(m, 1)->r.id, 0);
	assert_int_equal(model_loss(m, 1)->r.lport, s.rport);
}

static void a_segment_lost_here_is_known(void **state)
{
	struct model *m = *state;
	struct record_socket s = tcp_sample(1, 1, 0, 0);
	struct record_loss dropped = drop_of(&s), received = dropped;

	/* Seen at the other end, in another namespace: received there, sent from here. */
	turned(&dropped);
	dropped.flags &= ~(u32)LOSS_TX;
	dropped.netns = 77;
	received.seq = 5000;
	received.end_seq = 6448;
	put(m, s);
	tick(m, 1);
	lose(m, dropped);
	lose(m, received); /* what we received has numbers of the other direction */
	lose(m, retransmit_of(&s, 1000, 1));
	lose(m, retransmit_of(&s, 2448, 1));
	lose(m, retransmit_of(&s, 5000, 1));
	lose(m, retransmit_of(&s, 0xfffff000, 4)); /* wraps, and reaches into it */
	tick(m, 2);
	assert_true(model_loss(m, 3)->marks & LOSS_DROPPED_HERE);
	assert_int_equal(model_loss(m, 3)->drop, 1);
	assert_false(model_loss(m, 4)->marks & LOSS_DROPPED_HERE);
	assert_false(model_loss(m, 5)->marks & LOSS_DROPPED_HERE);
	assert_true(model_loss(m, 6)->marks & LOSS_DROPPED_HERE);
}

static void dsacks_mark_the_newest(void **state)
{
	struct model *m = *state;
	struct record_socket s = tcp_sample(1, 1, 0, 0), later = tcp_sample(1, 3, 0, 0);

	put(m, s);
	tick(m, 1);
	lose(m, retransmit_of(&s, 1000, 1));
	lose(m, retransmit_of(&s, 3000, 2));
	lose(m, retransmit_of(&s, 9000, 1));
	tick(m, 2);
	later.dsack_dups = 3;
	put(m, later);
	tick(m, 3);
	assert_false(model_loss(m, 1)->marks & LOSS_SPURIOUS);
	assert_true(model_loss(m, 2)->marks & LOSS_SPURIOUS);
	assert_true(model_loss(m, 3)->marks & LOSS_SPURIOUS);
}

/* A connection's own counter includes packets that need not be sent again: its drops, and the machine's, are those that
 * were reported. */
static void a_connection_has_those_that_are_told(void **state)
{
	struct model *m = *state;
	struct record_socket s = with_drops(tcp_sample(1, 1, 0, 0), 5);
	struct record_loss r = drop_of(&s);

	put(m, s);
	watched(m, 0);
	tick(m, 1);
	lose(m, r);
	lose(m, r);
	count(m, LOSS_DROP, 12, 3); /* two of this connection, and one of nobody */
	put(m, with_drops(tcp_sample(1, 2, 0, 0), 105));
	watched(m, 0);
	tick(m, 2);
	assert_near(model_totals(m)->drops_rate, 3);
	assert_int_equal(row_of(m, 1)->s.drops, 7);
	assert_int_equal(row_of(m, 1)->drops_tick, 2);
}

/* Random events: nothing breaks, and every text is printable. */
static void lies_do_no_harm(void **state)
{
	struct model *m = *state;
	struct record_socket s = with_drops(tcp_sample(1, 1, 0, 0), 0);
	char text[1024];
	unsigned seed = 1;

	put(m, s);
	tick(m, 1);
	for (u32 n = 0; n < 3000; n++) {
		struct record_loss r;
		struct record_loss_count c;
		u8 *bytes = (u8 *)&r, *more = (u8 *)&c;

		for (size_t i = 0; i < sizeof(r); i++)
			bytes[i] = (u8)(rand_r(&seed) >> 8);
		for (size_t i = 0; i < sizeof(c); i++)
			more[i] = (u8)(rand_r(&seed) >> 8);
		r.kind %= 6;
		c.kind %= 6;
		r.id = n % 3 ? r.id : 1;
		lose(m, r);
		assert_int_equal(apply(m, RECORD_LOSS_COUNT, &c), 0);
		if (n % 100 == 0)
			tick(m, n / 100 + 2);
	}
	for (u64 n = 1; n <= model_losses_newest(m); n++) {
		table_each (&loss_table, c) {
			if (!model_loss(m, n))
				continue;
			column_format(c, m, model_loss(m, n), RATE_BYTES, text, sizeof(text));
			assert_true(strlen(text) < sizeof(text));
			column_print(c, m, model_loss(m, n), text, sizeof(text));
			assert_true(strlen(text) < sizeof(text));
			table_severity(&loss_table, c, m, model_loss(m, n));
		}
	}
}

static void words(void **state)
{
	struct model *m = *state;
	struct record_socket s = tcp_sample(1, 1, 0, 0);
	struct record_loss r = drop_of(&s);
	struct record_name function = {.kind = NAME_SYMBOL, .key = r.location, .text = "nft_do_chain+0x1f [nf_tables]"};
	struct record_name reason = {.kind = NAME_DROP_REASON, .key = 42, .text = "TCP_INVALID_SEQUENCE"};
	char text[512];

	apply(m, RECORD_NAME, &function);
	apply(m, RECORD_NAME, &reason);
	loss_function(m, r.location, false, text, sizeof(text));
	assert_string_equal(text, "nft_do_chain");
	loss_function(m, r.location, true, text, sizeof(text));
	assert_string_equal(text, "nft_do_chain+0x1f [nf_tables]");
	loss_function(m, 0, true, text, sizeof(text));
	assert_string_equal(text, "");
	loss_reason(m, &r, text, sizeof(text));
	assert_string_equal(text, "12"); /* a number without a name */
	assert_false(loss_is_error(m, &r));
	r.reason = 42;
	loss_reason(m, &r, text, sizeof(text));
	assert_string_equal(text, "TCP_INVALID_SEQUENCE");
	assert_true(loss_is_error(m, &r));
	r.flags = 0; /* a kernel that gives no reasons */
	loss_reason(m, &r, text, sizeof(text));
	assert_string_equal(text, "");
	assert_false(loss_is_error(m, &r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    MODEL_TEST(a_named_socket_is_charged),
	    MODEL_TEST(drops_are_counted_once),
	    MODEL_TEST(addresses_find_the_connection),
	    MODEL_TEST(on_its_way_it_is_the_senders),
	    MODEL_TEST(what_is_for_another_host),
	    MODEL_TEST(who_sent_a_reset_is_known),
	    MODEL_TEST(a_segment_lost_here_is_known),
	    MODEL_TEST(dsacks_mark_the_newest),
	    MODEL_TEST(a_connection_has_those_that_are_told),
	    MODEL_TEST(lies_do_no_harm),
	    MODEL_TEST(words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
