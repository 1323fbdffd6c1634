/* What waits for the reader, in any order and read in pieces of any size. */
#include "outbox_fixture.h"

#define STEPS 12000

struct story {
	u64 began; /* ticks */
	struct buf part;
	u64 parts; /* that went ahead */
	u64 events, names;
	u64 began_at[STEPS + 1]; /* of each event: ticks that had begun */
	u64 held_at[STEPS + 1];  /* of each event: the tick that it belongs behind, 0: none */
	u64 named_at[STEPS + 1];
};

static void random_step(struct fixture *x, struct story *s)
{
	switch (random_next(x) % 8) {
	case 0:
		if (x->out.in_pass) {
			stream_put(&s->part, RECORD_TICK, &(struct record_tick){.number = s->began});
			outbox_tick(&x->out, &s->part, s->began);
		} else if (random_next(x) % 4 == 0) {
			outbox_begin(&x->out);
			s->began++;
		}
		break;
	case 1:
	case 2:
		s->events++;
		s->began_at[s->events] = s->began;
		s->held_at[s->events] = x->out.in_pass || x->out.delivered != s->began ? s->began : 0;
		event(x, s->events);
		break;
	case 3:
		if (x->out.in_pass) {
			s->names++;
			s->named_at[s->names] = s->began;
			name(x, s->names);
		}
		break;
	case 4: outbox_flush(&x->out); break;
	case 5:
		if (x->out.in_pass) {
			ahead(x, &s->part, s->began, (unsigned)(random_next(x) % 10));
			s->parts += !buf_len(&s->part);
		}
		break;
	default: take_in(x, 1 + random_next(x) % 777);
	}
}

/* Every event and name once and in order; names before their tick, events behind theirs and before all that began
 * later. Behind a part comes nothing of another tick until its own is whole. */
static void check_story(const struct fixture *x, const struct story *s)
{
	u64 tick = 0, events = 0, names = 0, ticks = 0, part = 0;

	for (size_t i = 0; i < x->count; i++) {
		u64 tag = x->log[i].tag;

		switch (x->log[i].kind) {
		case RECORD_TICK:
			assert_true(tag > tick && (part <= tick || part == tag));
			tick = tag;
			ticks++;
			break;
		case RECORD_OWNERS:
			assert_true(tag > tick && (part <= tick || part == tag));
			part = tag;
			break;
		case RECORD_GONE:
			assert_int_equal(tag, ++events);
			assert_true(tick <= s->began_at[tag]);
			for (size_t k = i + 1; s->held_at[tag] && k < x->count; k++)
				assert_false(x->log[k].kind == RECORD_TICK && x->log[k].tag <= s->held_at[tag]);
			break;
		default: assert_int_equal(tag, ++names); assert_true(tick < s->named_at[tag]);
		}
	}
	assert_int_equal(events, s->events);
	assert_int_equal(names, s->names);
	assert_int_equal(ticks + x->out.skipped, s->began);
	assert_true(ticks > 10 && x->out.skipped > 10 && events > 1000 && s->parts > 10);
}

static void any_order_of_events_keeps_the_rules(void **state)
{
	struct fixture *x = *state;
	cleanup_free struct story *s = calloc(1, sizeof(*s));

	for (unsigned i = 0; i < STEPS; i++)
		random_step(x, s);
	if (x->out.in_pass)
		hand_in(x, s->began, 0);
	take_all(x);
	check_story(x, s);
	buf_deinit(&s->part);
}

static void pieces_of_any_size_decode_to_the_same(void **state)
{
	struct fixture *x = *state;

	outbox_begin(&x->out);
	hand_in(x, 1, MANY);
	for (u64 i = 1; i <= 100; i++)
		event(x, i);
	while (outbox_waiting(&x->out)) {
		outbox_flush(&x->out);
		while (take_in(x, 1 + random_next(x) % 61))
			;
	}
	take_all(x);
	assert_int_equal(x->sockets, MANY);
	assert_int_equal(x->count, 101);
	for (u64 i = 1; i <= 100; i++)
		assert_int_equal(x->log[i].tag, i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    OUTBOX_TEST(any_order_of_events_keeps_the_rules),
	    OUTBOX_TEST(pieces_of_any_size_decode_to_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
