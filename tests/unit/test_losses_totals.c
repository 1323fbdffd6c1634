/* Losses in the model: totals and rates, what listeners refuse, and bounds. */
#include "fold.h"
#include "loss_make.h"

static void listeners_are_charged_if_it_came_to_this_host(void **state)
{
	struct model *m = *state;
	struct record_socket any = with_drops(tcp_sample(1, 1, 0, 0), 0), bound;
	struct record_loss local, through;

	any.state = STATE_LISTEN;
	any.has &= ~(u64)HAS_REMOTE;
	any.rport = 0;
	memset(any.raddr, 0, sizeof(any.raddr));
	bound = any;
	bound.id = 2;
	memset(any.laddr, 0, sizeof(any.laddr));
	local = drop_of(&bound);
	local.rport = 1234;
	through = local;
	local.flags |= LOSS_LOCAL;
	put(m, any);
	tick(m, 1);
	lose(m, local);
	lose(m, through);
	tick(m, 2);
	assert_int_equal(model_loss(m, 1)->r.id, 1);
	assert_int_equal(model_loss(m, 2)->r.id, 0);
	/* The listener with the packet's address comes before one with a wildcard. */
	put(m, bound);
	lose(m, local);
	tick(m, 3);
	assert_int_equal(model_loss(m, 3)->r.id, 2);
}

static void totals_are_exact_and_have_rates(void **state)
{
	struct model *m = *state;
	struct record_socket s = with_drops(tcp_sample(1, 1, 0, 0), 0);

	put(m, s);
	tick(m, 1);
	assert_nan(model_totals(m)->drops_rate);
	assert_null(model_losses(m));
	watched(m, 0);
	count(m, LOSS_DROP, 12, 30);
	count(m, LOSS_DROP, 3, 10);
	count(m, LOSS_RESET_SENT, 1, 2);
	count(m, LOSS_RETRANSMIT, RETRANSMIT_RTO, 1);
	count(m, LOSS_RETRANSMIT, RETRANSMIT_TLP, 4);
	s.tx_pkts = 50;
	s.retrans = 3; /* the others are SYN-ACKs, say */
	put(m, s);
	tick(m, 2);
	assert_near(model_totals(m)->drops_rate, 40);
	assert_near(model_totals(m)->resets_rate, 2);
	assert_near(model_totals(m)->retrans_rate, 5);
	assert_near(model_totals(m)->retrans_share, 0.1);
	assert_near(model_totals(m)->missed_share, 0.02);
	count(m, LOSS_DROP, 12, 29); /* a counter never falls */
	watched(m, 0);
	tick(m, 3);
	assert_near(model_totals(m)->drops_rate, 0);
	assert_int_equal(model_loss_count(m, 0)->r.count, 30);
	assert_int_equal(loss_count_moved(m, model_loss_count(m, 0)), 0);
	assert_null(model_loss_count(m, 5));
}

static struct record_socket listening(u64 second, u32 drops)
{
	struct record_socket s = with_drops(tcp_sample(1, second, 0, 0), drops);

	s.state = STATE_LISTEN;
	s.has &= ~(u64)HAS_REMOTE;
	memset(s.raddr, 0, sizeof(s.raddr));
	s.rport = 0;
	return s;
}

static u64 refused(const struct model *m)
{
	u64 n = 0;

	for (u64 i = 1; i <= model_losses_newest(m); i++)
		n += model_loss(m, i)->r.flags & LOSS_REFUSED && model_loss(m, i)->r.id == 1;
	return n;
}

static u32 refused_now(struct model *m)
{
	u32 n;

	assert_true(losses_refused(m, row_of(m, 1), &n));
	return n;
}

/* A listener refuses SYNs that only its own counter knows; the last segment of a handshake it counts twice. */
static void a_listener_refuses(void **state)
{
	struct model *m = *state;
	struct record_name name = {.kind = NAME_DROP_REASON, .key = 40, .text = "TCP_LISTEN_OVERFLOW"};
	struct record_socket s = listening(1, 100);
	struct record_loss r = drop_of(&s);
	char text[512];

	r.id = 1;
	r.flags |= LOSS_SOCKET;
	r.reason = 40;
	r.tcp_flags = TCP_ACK;
	apply(m, RECORD_NAME, &name);
	put(m, s);
	watched(m, 0);
	tick(m, 1);
	put(m, listening(2, 104));
	watched(m, 0);
	tick(m, 2);
	assert_int_equal(refused(m), 4);
	assert_int_equal(refused_now(m), 4);
	assert_near(model_totals(m)->drops_rate, 4);
	assert_int_equal(row_of(m, 1)->s.drops, 104);
	assert_int_equal(row_of(m, 1)->drops_tick, 4);
	loss_reason(m, &model_loss(m, 1)->r, text, sizeof(text));
	assert_string_equal(text, "ListenDrops");
	/* Two with events, one of which is in the counter only in the next tick, and one refusal. */
	lose(m, r);
	lose(m, r);
	count(m, LOSS_DROP, 40, 2);
	put(m, listening(3, 106));
	watched(m, 0);
	tick(m, 3);
	assert_int_equal(refused(m), 4);
	assert_int_equal(refused_now(m), 2);
	assert_int_equal(row_of(m, 1)->drops_tick, 2);
	put(m, listening(4, 109));
	watched(m, 0);
	tick(m, 4);
	assert_int_equal(refused(m), 5);
	assert_int_equal(refused_now(m), 1);
	assert_near(model_totals(m)->drops_rate, 1);
	assert_int_equal(row_of(m, 1)->s.drops, 107);
	/* If not every event was reported, it is unknown which of them are in the counter. */
	put(m, listening(5, 200));
	count(m, LOSS_DROP, 40, 80);
	watched(m, 70);
	tick(m, 5);
	assert_int_equal(refused(m), 5);
	assert_near(model_totals(m)->drops_rate, 78);
	/* What never came to TCP is not in the counter. */
	r.id = 0;
	r.flags = LOSS_REASON | LOSS_LOCAL;
	r.reason = 12;
	name = (struct record_name){.kind = NAME_DROP_REASON, .key = 12, .text = "NETFILTER_DROP"};
	apply(m, RECORD_NAME, &name);
	lose(m, r);
	put(m, listening(6, 201));
	watched(m, 70);
	tick(m, 6);
	assert_int_equal(refused(m), 6);
	assert_int_equal(refused_now(m), 1);
	assert_int_equal(row_of(m, 1)->drops_tick, 2);
	tick(m, 7);
	assert_int_equal(refused_now(m), 0);
}

/* A flood is counted, but only as many become rows as leave room for other events. */
static void a_flood_of_refusals_is_bounded(void **state)
{
	struct model *m = *state;

	put(m, listening(1, 0));
	watched(m, 0);
	tick(m, 1);
	put(m, listening(2, 50000));
	watched(m, 0);
	tick(m, 2);
	assert_int_equal(refused(m), 1000);
	assert_near(model_totals(m)->drops_rate, 50000);
	assert_int_equal(model_losses(m)->limited, 49000);
	put(m, listening(3, 50001));
	watched(m, 0);
	tick(m, 3);
	assert_int_equal(refused(m), 1001);
}

/* Whatever happens can be gathered as sockets are. */
static void drops_fold(void **state)
{
	const struct fold fold = {.of = &drop_table, .by = &drop_table.groups[0]};
	const struct table t = {.name = "reason", .fold = &fold, FOLD_TABLE};
	static const char *const names[] = {"length", "reason", "lport", "time"};
	static const char *const wanted[] = {"3000", "12", "443", ""};
	struct model *m = *state;
	struct record_socket s = with_drops(tcp_sample(1, 1, 0, 0), 0);
	struct record_loss r = drop_of(&s);
	struct folded *f;
	char text[64];

	tick(m, 1);
	lose(m, r);
	r.time_ns += 2 * SEC;
	r.seq++;
	lose(m, r);
	r.reason = 13;
	lose(m, r);
	tick(m, 4);
	assert_int_equal(fold_new(&f, &t, m), 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		fold_want(f, table_find(&t, names[i]));
	assert_null(table_find(&t, "seq"));
	assert_null(table_find(&t, "segments"));
	assert_int_equal(fold_work(f, 0), 1);
	assert_int_equal(fold_rows(f, false), 2);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct column *c = table_find(&t, names[i]);

		column_print(c, f, fold_row(f, 0), text, sizeof(text));
		assert_string_equal(text, wanted[i]);
	}
	fold_free(f);
}

static void the_oldest_are_forgotten(void **state)
{
	struct model *m = *state;
	struct record_socket s = with_drops(tcp_sample(1, 1, 0, 0), 0);

	put(m, s);
	tick(m, 1);
	for (u32 i = 0; i < LOSSES_MAX + 100; i++)
		lose(m, retransmit_of(&s, i * 1448, 1));
	tick(m, 2);
	assert_int_equal(model_losses_newest(m), LOSSES_MAX + 100);
	assert_null(model_loss(m, 100));
	assert_non_null(model_loss(m, 101));
	assert_null(model_loss(m, model_losses_newest(m) + 1));
	assert_null(model_loss(m, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    MODEL_TEST(listeners_are_charged_if_it_came_to_this_host),
	    MODEL_TEST(totals_are_exact_and_have_rates),
	    MODEL_TEST(a_listener_refuses),
	    MODEL_TEST(a_flood_of_refusals_is_bounded),
	    MODEL_TEST(drops_fold),
	    MODEL_TEST(the_oldest_are_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
