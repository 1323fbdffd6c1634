/* The black box: who gets one, what of it stays, in which order, what comes after the end, and packets where there are
 * some. */
#include "loss_make.h"

#include "blackbox.h"
#include "life_table.h"
#include "packet_make.h"

/* At the end of tick number. */
static void end(struct model *m, u64 id, u64 number, u8 by, u8 last_state)
{
	struct record_socket s = ended(tcp_sample(id, number, 0, 0), tick_time(number) - SEC / 2);

	s.last_state = last_state;
	s.ended_by = by;
	put(m, s);
}

static void tell(struct model *m, u64 id, u8 kind, u64 time_ns, u32 seq)
{
	struct record_socket s = tcp_sample(id, 1, 0, 0);
	struct record_loss r = retransmit_of(&s, seq, 1);

	r.rport = (u16)id; /* of no other socket */
	r.kind = kind;
	r.time_ns = time_ns;
	r.flags = LOSS_SOCKET | (kind == LOSS_RETRANSMIT ? LOSS_REASON : 0);
	r.reason = RETRANSMIT_RTO;
	apply(m, RECORD_LOSS, &r);
}

static const char *text_of(const struct model *m, u64 number)
{
	static char text[512];

	if (!column_print(table_find(&life_table, "blackbox"), m, model_life(m, number), text, sizeof(text)))
		*text = '\0';
	return text;
}

static void who_ends_badly_has_one(void **state)
{
	struct model *m = *state;

	end(m, 1, 1, ENDED_LOCAL, STATE_TIME_WAIT);
	end(m, 2, 1, ENDED_REMOTE, STATE_LAST_ACK);
	end(m, 3, 1, ENDED_RESET_SENT, STATE_ESTABLISHED);
	end(m, 4, 1, ENDED_TIMEOUT, STATE_ESTABLISHED);
	end(m, 5, 1, ENDED_UNKNOWN, STATE_SYN_SENT);
	end(m, 6, 1, ENDED_UNKNOWN, STATE_ESTABLISHED);
	end(m, 7, 1, ENDED_ERROR, STATE_LISTEN);
	for (u64 id = 1; id <= 7; id++)
		tell(m, id, LOSS_RETRANSMIT, tick_time(1) - SEC, 1);
	tick(m, 1);
	for (u64 id = 1; id <= 7; id++)
		assert_int_equal(model_box(m, id) != NULL, id >= 3 && id <= 5);
	assert_string_equal(text_of(m, 2), "");
	assert_string_equal(text_of(m, 3), "retransmit rto 500ms");
}

/* The newest eight in the order of time, though later events of others have long pushed out the first. */
static void what_was_told_last_stays(void **state)
{
	struct model *m = *state;
	const struct box *b;

	for (u32 i = 0; i < 12; i++)
		tell(m, 3, LOSS_RETRANSMIT, tick_time(1) + (i ^ 1) * 1000, i ^ 1);
	tell(m, 4, LOSS_RETRANSMIT, tick_time(1), 99);
	tick(m, 1);
	end(m, 3, 2, ENDED_TIMEOUT, STATE_ESTABLISHED);
	tell(m, 3, LOSS_RESET_SENT, tick_time(2), 0);
	tick(m, 2);
	for (u32 i = 0; i < LOSSES_MAX + 5; i++)
		tell(m, 5, LOSS_RETRANSMIT, tick_time(2), i);
	tick(m, 3);
	b = model_box(m, 3);
	assert_int_equal(b->count, BOX_LOSSES);
	for (u32 i = 0; i < BOX_LOSSES - 1; i++)
		assert_int_equal(b->events[i].seq, 5 + i);
	assert_int_equal(b->events[BOX_LOSSES - 1].what, BOX_RESET_SENT);
	/* With the tick after the end, and too late. */
	end(m, 6, 4, ENDED_RESET_RECEIVED, STATE_SYN_SENT);
	tick(m, 4);
	tell(m, 6, LOSS_RESET_RECEIVED, tick_time(4) - SEC / 4, 0);
	tick(m, 5);
	assert_string_equal(text_of(m, model_lives_newest(m)), "reset received +250ms");
	tell(m, 6, LOSS_RESET_RECEIVED, tick_time(5), 0);
	tick(m, 6);
	assert_int_equal(model_box(m, 6)->count, 1);
}

static void headers_of_traced_packets(void **state)
{
	struct model *m = *state;
	struct record_packet p;
	char text[200];

	for (u64 n = 1; n <= 20; n++) {
		p = make_packet(n, tick_time(1) + n * MS, n % 2, 1000 + (u32)n, 500, n == 20 ? 0 : 10);
		p.window = 64240;
		p.tcp_flags = n == 20 ? TCP_RST | TCP_ACK : TCP_ACK | TCP_PSH;
		apply(m, RECORD_PACKET, &p);
		p.id = 8;
		apply(m, RECORD_PACKET, &p);
	}
	tell(m, 7, LOSS_RETRANSMIT, tick_time(1) + 15 * MS + 1, 1015);
	end(m, 7, 2, ENDED_RESET_RECEIVED, STATE_ESTABLISHED);
	tick(m, 2);
	assert_int_equal(model_box(m, 7)->count, BOX_PACKETS + 1);
	assert_int_equal(model_box(m, 7)->events[0].seq, 1005);
	box_event_text(m, &model_box(m, 7)->events[0], text, sizeof(text));
	assert_string_equal(text, "sent  PA  seq 1005-1015  ack 500  win 64240");
	box_event_text(m, &model_box(m, 7)->events[11], text, sizeof(text));
	assert_string_equal(text, "retransmit  rto  seq 1015-2463  cwnd 7");
	box_event_text(m, &model_box(m, 7)->events[16], text, sizeof(text));
	assert_string_equal(text, "received  RA  seq 1020  ack 500  win 64240");
	assert_null(model_box(m, 8));
}

static void the_oldest_go_first(void **state)
{
	struct model *m = *state;

	for (u64 id = 1; id <= BOXES_MAX + 10; id++)
		end(m, id, 1, ENDED_TIMEOUT, STATE_ESTABLISHED);
	tell(m, 10, LOSS_RETRANSMIT, tick_time(1), 1);
	tell(m, 11, LOSS_RETRANSMIT, tick_time(1), 1);
	tick(m, 1);
	assert_null(model_box(m, 10));
	assert_int_equal(model_box(m, 11)->count, 1);
	assert_int_equal(model_box(m, BOXES_MAX + 10)->count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    MODEL_TEST(who_ends_badly_has_one),
	    MODEL_TEST(what_was_told_last_stays),
	    MODEL_TEST(headers_of_traced_packets),
	    MODEL_TEST(the_oldest_go_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
