/* The sentence on a socket's page: what holds it back, how long, and how it ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app.h"
#include "limited.h"
#include "sample.h"
#include "socket.h"

static struct app app;

static const char *sentence(struct model *m, struct row *r)
{
	static char text[512];

	app.model = m;
	socket_verdict(&app, r, text, sizeof(text));
	return text;
}

/* A row with these verdicts in its last ticks, the newest last: "ccccccl". */
static struct row *row_with(struct model *m, const char *verdicts)
{
	static const char letters[LIMITED_COUNT + 1] = "?iacrslpquneAQ";
	struct row *r;
	u64 n = strlen(verdicts);

	put(m, tcp_sample(1, 1, 0, 1000));
	for (u64 i = 1; i <= n; i++)
		tick(m, i);
	r = row_of(m, 1);
	r->first_tick = 1;
	for (u64 i = 0; i < n; i++) {
		r->limited = (u8)(strchr(letters, verdicts[i]) - letters);
		limited_push(r);
	}
	return r;
}

static void sentences_have_their_numbers(void **state)
{
	struct model *m = *state;
	struct row *r = row_with(m, "crs");

	r->s.recvq = 34000;
	r->s.accept_queue = 2;
	r->s.accept_limit = 1;
	r->s.has |= HAS_ACCEPT | HAS_STATE_TIME;
	r->s.state_ns = tick_time(3) - 70 * SEC;
	for (unsigned v = LIMITED_UNKNOWN; v < LIMITED_COUNT; v++) {
		const char *text;

		r->limited = (u8)v;
		for (unsigned i = 0; i < LIMITED_RECENT; i++)
			limited_push(r);
		text = sentence(m, r);
		if (!*text || strpbrk(text, "{}") || strstr(text, "  "))
			fail_msg("%s: \"%s\"", limited_name(v), text);
		if (v > LIMITED_IDLE && !strstr(text, ", 100% of the last 3 s"))
			fail_msg("%s has no share: \"%s\"", limited_name(v), text);
	}
}

static void most_of_the_last_ticks_is_said(void **state)
{
	assert_string_equal(
	    sentence(*state, row_with(*state, "iiiaallllll")),
	    "nginx waits for the network: segments were lost on the way, 0 segments sent again so far, 60% of "
	    "the last 10 s; app 20%");
}

static void one_tick_does_not_change_it(void **state)
{
	assert_string_equal(sentence(*state, row_with(*state, "rrra")),
			    "nginx waits for the peer: its receive window is full, 75% of the last 4 s; app 25%");
}

static void idle_is_idle_now(void **state)
{
	assert_string_equal(sentence(*state, row_with(*state, "rrri")),
			    "idle: all that nginx wrote has arrived, all that came is read; of the last 4 s: rwnd 75%");
}

static void one_tick_is_no_history(void **state)
{
	assert_string_equal(sentence(*state, row_with(*state, "c")),
			    "nginx waits for the network: the congestion window of 10 segments is full");
}

static void times_are_told(void **state)
{
	struct row *r = row_with(*state, "e");

	r->s.has |= HAS_STATE_TIME;
	r->s.state_ns = tick_time(1) - 70 * SEC;
	assert_string_equal(sentence(*state, r), "the peer has closed the connection and nginx has not, for 1m10s");
}

static void unknown_parts_are_left_out(void **state)
{
	struct row *r = row_with(*state, "p");

	r->s.pacing_rate = UINT64_MAX;
	r->s.has &= ~(u64)HAS_OWNER;
	assert_string_equal(sentence(*state, r), "pacing holds back what the program sends");
}

/* How: by the state before the end, the flags, the count of resets. */
static void ends(void **state)
{
	static const struct {
		const char *how;
		u8 last_state;
		bool aborted;
		u32 resets;
	} cases[] = {
	    {"closed by nginx first", STATE_FIN_WAIT2, false, 0},
	    {"closed by the peer first", STATE_LAST_ACK, false, 0},
	    {"closed by both at once", STATE_CLOSING, false, 0},
	    {"reset", STATE_ESTABLISHED, true, 1},
	    {"cut off, by a time-out or with data unread", STATE_ESTABLISHED, true, 0},
	    {"refused by the peer", STATE_SYN_SENT, true, 1},
	    {"never answered", STATE_SYN_SENT, true, 0},
	    {"closed", 0, false, 0},
	};
	struct model *m = *state;
	struct record_socket s = born(tcp_sample(1, 1, 2100, 1000), tick_time(1) - 4 * SEC);
	char want[256];

	s.retrans = 4;
	put(m, ended(s, tick_time(1) - SEC));
	tick(m, 1);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct row *r = row_of(m, 1);

		r->s.last_state = cases[i].last_state;
		r->s.flags = SOCKET_ENDED | (cases[i].aborted ? SOCKET_ABORTED : 0);
		r->s.has |= HAS_RESETS;
		r->s.resets = cases[i].resets;
		snprintf(want, sizeof(want), "after 3.0s: %s; 1,000 B sent%s, 2,100 B received, 4 segments sent again",
			 cases[i].how, cases[i].aborted ? " and acknowledged" : "");
		if (!strstr(sentence(m, r), want))
			fail_msg("\"%s\", not \"… %s\"", sentence(m, r), want);
	}
	row_of(m, 1)->s.flags = 0; /* no end came: it was not found any more */
	assert_non_null(strstr(sentence(m, row_of(m, 1)), "after 3.0s: gone, nothing told how; "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    MODEL_TEST(sentences_have_their_numbers),
	    MODEL_TEST(most_of_the_last_ticks_is_said),
	    MODEL_TEST(idle_is_idle_now),
	    MODEL_TEST(one_tick_does_not_change_it),
	    MODEL_TEST(one_tick_is_no_history),
	    MODEL_TEST(unknown_parts_are_left_out),
	    MODEL_TEST(times_are_told),
	    MODEL_TEST(ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
