/* What the programs in the kernel take for an exchange (src/bpf/turns.h), run in user space: conversations
 * with their times in ms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "record.h"

#include "turns.h"

#define MS 1000000ULL
#define START (1000 * MS)

/* The conversation, and what has become of it. */
static struct abi_turn t;
static struct turn_socket s;
static u64 now;
static u32 copied, queued;
static struct abi_exchange last;
static enum abi_reader reader; /* when something comes */
static int told;

static void begin(u8 role, bool fresh)
{
	t = (struct abi_turn){};
	s = (struct turn_socket){};
	copied = queued = 0;
	told = 0;
	reader = ABI_READER_UNKNOWN;
	turn_meet(&t, 7, role, fresh);
}

static void note(bool over, const struct abi_exchange *x)
{
	if (!over)
		return;
	last = *x;
	told++;
}

/* At this time, ms: so many bytes come, and acknowledge everything or nothing. */
static void segment(u64 ms, u32 bytes, bool acks)
{
	struct abi_exchange x;

	now = START + ms * MS;
	note(turn_segment(&t, now, &s, acks, bytes != 0, reader, &x), &x);
	s.rx_bytes += bytes;
	queued += bytes;
	s.unread = queued != copied;
}

static void comes(u64 ms, u32 bytes)
{
	segment(ms, bytes, true);
}

static void ack(u64 ms)
{
	segment(ms, 0, true);
}

static void reads(u64 ms, u32 bytes)
{
	now = START + ms * MS;
	copied += bytes;
	s.unread = queued != copied;
	turn_read(&t, now, s.rx_bytes, copied);
}

static void sends(u64 ms, u32 bytes)
{
	struct abi_exchange x;

	now = START + ms * MS;
	note(turn_send(&t, now, &s, &x), &x);
	s.tx_bytes += bytes;
}

static void ends(u64 ms, enum turn_end how)
{
	struct abi_exchange x;

	now = START + ms * MS;
	note(turn_end(&t, now, &s, how, &x), &x);
}

/* The last exchange that is over: its parts, ms. */
static void check(int number, u64 in, u64 wait, u64 think, u64 write, u64 out, u64 away)
{
	assert_int_equal(told, number);
	assert_int_equal(last.ns[ABI_IN], in * MS);
	assert_int_equal(last.ns[ABI_WAIT], wait * MS);
	assert_int_equal(last.ns[ABI_THINK], think * MS);
	assert_int_equal(last.ns[ABI_WRITE], write * MS);
	assert_int_equal(last.ns[ABI_OUT], out * MS);
	assert_int_equal(last.ns[ABI_AWAY], away * MS);
}

/* -- a server ------------------------------------------------------------------------------------------------------ */

static void test_server(void **state)
{
	(void)state;
	begin(ABI_SERVER, true);
	comes(0, 100);
	comes(3, 50);
	s.retrans = 2;
	reads(5, 150);
	sends(12, 1000);
	sends(14, 500);
	s.retrans = 5;
	ack(30);
	assert_int_equal(told, 0);
	comes(500, 100);
	check(1, 3, 2, 7, 2, 16, 0);
	assert_int_equal(last.cookie, 7);
	assert_int_equal(last.begin_ns, START);
	assert_int_equal(last.rx_bytes, 150);
	assert_int_equal(last.tx_bytes, 1500);
	assert_int_equal(last.retrans, 5);
	assert_int_equal(last.role, ABI_SERVER);
	assert_int_equal(last.flags, 0);
	/* The next has its own, and what lies between belongs to nobody. */
	reads(501, 100);
	sends(503, 10);
	comes(510, 100); /* the acknowledgement rides on the next request */
	check(2, 0, 1, 2, 0, 7, 0);
	assert_int_equal(last.rx_bytes, 100);
	assert_int_equal(last.tx_bytes, 10);
	assert_int_equal(last.retrans, 0);
}

/* A body is read while it comes; only the last read took the request's last byte. */
static void test_server_reads_as_it_comes(void **state)
{
	(void)state;
	begin(ABI_SERVER, true);
	comes(0, 100);
	reads(1, 100);
	comes(10, 100);
	reads(14, 100);
	sends(20, 5);
	ack(21);
	comes(30, 1);
	check(1, 10, 4, 6, 0, 1, 0);
}

/* A peek takes nothing. */
static void test_peek(void **state)
{
	(void)state;
	begin(ABI_SERVER, true);
	comes(0, 100);
	reads(2, 0);
	reads(8, 100);
	sends(9, 5);
	ack(10);
	comes(30, 1);
	check(1, 0, 8, 1, 0, 1, 0);
}

/* It answers before it has read all, or anything: the answer is the program's earliest word. */
static void test_server_answers_early(void **state)
{
	(void)state;
	begin(ABI_SERVER, true);
	comes(0, 100);
	sends(6, 5);
	reads(8, 100);
	ack(10);
	comes(30, 1);
	check(1, 0, 0, 6, 0, 4, 0);
	reads(31, 1);
	comes(35, 100);
	sends(37, 5);
	ack(38);
	comes(50, 1);
	check(2, 5, 0, 2, 0, 1, 0);
}

/* Who speaks first greets; that is no answer. */
static void test_greeting(void **state)
{
	(void)state;
	begin(ABI_SERVER, true);
	sends(0, 70);
	ack(5);
	comes(10, 20);
	assert_int_equal(told, 0);
	reads(11, 20);
	sends(12, 30);
	ack(13);
	comes(20, 1);
	check(1, 0, 1, 1, 0, 1, 0);
	assert_int_equal(last.tx_bytes, 30);
	assert_int_equal(last.flags, 0);
}

/* The next request before the answer has arrived: neither is a measure, the one after them is. */
static void test_server_overlap(void **state)
{
	(void)state;
	begin(ABI_SERVER, true);
	comes(0, 100);
	reads(1, 100);
	sends(2, 1000);
	segment(3, 100, false);
	assert_int_equal(told, 1);
	assert_int_equal(last.flags, ABI_OVERLAP);
	reads(4, 100);
	sends(5, 1000);
	ack(8);
	comes(20, 1);
	assert_int_equal(told, 2);
	assert_int_equal(last.flags, ABI_OVERLAP);
	reads(21, 1);
	sends(22, 1);
	ack(23);
	comes(30, 1);
	check(3, 0, 1, 1, 0, 1, 0);
	assert_int_equal(last.flags, 0);
}

/* After a second of silence it pushes: that belongs to no answer. Before, the answer goes on. */
static void test_push(void **state)
{
	(void)state;
	begin(ABI_SERVER, true);
	comes(0, 100);
	reads(1, 100);
	sends(2, 1000);
	ack(10);
	sends(900, 1000);
	ack(910);
	assert_int_equal(told, 0);
	assert_false(turn_is_settled(&t, START + 1909 * MS));
	assert_true(turn_is_settled(&t, START + 1911 * MS));
	sends(2000, 1000);
	check(1, 0, 1, 1, 898, 10, 0);
	ack(2010);
	sends(2020, 5);
	comes(2100, 1);
	assert_int_equal(told, 1);
}

static void test_older_than_us(void **state)
{
	(void)state;
	begin(ABI_SERVER, false);
	comes(0, 1);
	reads(1, 1);
	sends(2, 1);
	ack(3);
	comes(10, 1);
	assert_int_equal(last.flags, ABI_PARTLY);
	reads(11, 1);
	sends(12, 1);
	ack(13);
	comes(20, 1);
	assert_int_equal(last.flags, 0);
}

static void test_server_ends(void **state)
{
	(void)state;
	/* Closed by either side; the last acknowledgement is that of the FIN. */
	begin(ABI_SERVER, true);
	comes(0, 1);
	reads(1, 1);
	sends(2, 1);
	ends(9, TURN_IN_ORDER);
	check(1, 0, 1, 1, 0, 7, 0);
	assert_int_equal(last.flags, 0);
	/* Reset while the answer was under way. */
	begin(ABI_SERVER, true);
	comes(0, 1);
	reads(1, 1);
	sends(2, 1);
	ends(9, TURN_BROKEN_OFF);
	assert_int_equal(last.flags, ABI_CUT);
	/* It never answered. */
	begin(ABI_SERVER, true);
	comes(0, 1);
	reads(1, 1);
	ends(9, TURN_IN_ORDER);
	assert_int_equal(told, 1);
	assert_int_equal(last.flags, ABI_NO_ANSWER);
	/* Half closed: acknowledged, but nobody has seen when. */
	begin(ABI_SERVER, true);
	comes(0, 1);
	reads(1, 1);
	sends(2, 1);
	ends(900, TURN_HALF_CLOSED);
	assert_int_equal(told, 1);
	assert_int_equal(last.flags, ABI_PARTLY);
	/* What was acknowledged before that is whole. */
	begin(ABI_SERVER, true);
	comes(0, 1);
	reads(1, 1);
	sends(2, 1);
	ack(5);
	ends(900, TURN_HALF_CLOSED);
	check(1, 0, 1, 1, 0, 3, 0);
	assert_int_equal(last.flags, 0);
	/* Nobody asked. */
	begin(ABI_SERVER, true);
	ends(9, TURN_IN_ORDER);
	assert_int_equal(told, 0);
}

/* -- a client ------------------------------------------------------------------------------------------------------ */

static void test_client(void **state)
{
	(void)state;
	begin(ABI_CLIENT, true);
	sends(0, 100);
	sends(2, 100);
	ack(10);
	comes(40, 1000);
	reads(41, 1000);
	comes(45, 500);
	reads(48, 500);
	assert_int_equal(told, 0);
	sends(600, 100);
	check(1, 5, 3, 0, 2, 0, 38);
	assert_int_equal(last.begin_ns, START);
	assert_int_equal(last.rx_bytes, 1500);
	assert_int_equal(last.tx_bytes, 200);
	assert_int_equal(last.role, ABI_CLIENT);
	assert_int_equal(last.flags, 0);
	comes(610, 10);
	reads(611, 10);
	ends(700, TURN_IN_ORDER);
	check(2, 0, 1, 0, 0, 0, 10);
}

/* A call of more than 2.147 s, which is not what an int has room for. */
static void test_long(void **state)
{
	(void)state;
	begin(ABI_CLIENT, true);
	sends(0, 100);
	ack(1);
	comes(3600000, 1);
	reads(3600001, 1);
	ends(3600002, TURN_IN_ORDER);
	check(1, 0, 1, 0, 0, 0, 3600000);
}

static void test_client_overlap(void **state)
{
	(void)state;
	/* What comes before the request has arrived answers something else. */
	begin(ABI_CLIENT, true);
	sends(0, 100);
	segment(1, 10, false);
	reads(2, 10);
	sends(10, 1);
	assert_int_equal(told, 1);
	assert_int_equal(last.flags, ABI_OVERLAP);
	/* It asks again while there is an answer to read. */
	comes(20, 100);
	reads(21, 50);
	sends(22, 1);
	assert_int_equal(told, 2);
	assert_int_equal(last.flags, ABI_OVERLAP);
	reads(23, 50);
	comes(30, 10);
	reads(31, 10);
	sends(40, 1);
	assert_int_equal(told, 3);
	assert_int_equal(last.flags, ABI_OVERLAP);
	comes(50, 1);
	reads(51, 1);
	sends(60, 1);
	check(4, 0, 1, 0, 0, 0, 10);
	assert_int_equal(last.flags, 0);
}

/* The server pushes: no request, no exchange; nor does what is pushed a second later make the answer longer. */
static void test_client_is_pushed(void **state)
{
	(void)state;
	begin(ABI_CLIENT, true);
	comes(0, 10);
	reads(1, 10);
	assert_int_equal(told, 0);
	sends(10, 1);
	comes(20, 1);
	reads(21, 1);
	comes(3000, 5);
	check(1, 0, 1, 0, 0, 0, 10);
	reads(3001, 5);
	sends(3010, 1);
	assert_int_equal(told, 1);
}

/* Half closed, segments are not seen: the answer came at the latest when it was read. */
static void test_client_half_closed(void **state)
{
	(void)state;
	begin(ABI_CLIENT, true);
	sends(0, 1);
	copied = 0;
	reads(30, 10);
	reads(32, 10);
	ends(40, TURN_IN_ORDER);
	check(1, 0, 2, 0, 0, 0, 30);
}

static void test_client_ends(void **state)
{
	(void)state;
	begin(ABI_CLIENT, true);
	sends(0, 1);
	ends(10, TURN_BROKEN_OFF);
	assert_int_equal(last.flags, ABI_NO_ANSWER);
	begin(ABI_CLIENT, true);
	sends(0, 1);
	comes(10, 10);
	ends(11, TURN_IN_ORDER);
	assert_int_equal(last.flags, ABI_CUT);
}

/* What was told though nothing had followed is not told again, whatever comes next; the exchange after it is. */
static void test_told_once(void **state)
{
	(void)state;
	begin(ABI_SERVER, true);
	comes(0, 1);
	reads(1, 1);
	sends(2, 1);
	ack(3);
	t.told = t.asked_first;
	comes(2000, 1);
	assert_int_equal(told, 0);
	reads(2001, 1);
	sends(2002, 1);
	ends(2003, TURN_IN_ORDER);
	assert_int_equal(told, 1);
	begin(ABI_CLIENT, true);
	sends(0, 1);
	comes(1, 1);
	reads(2, 1);
	t.told = t.asked_first;
	sends(3, 1);
	assert_int_equal(told, 0);
	t.told = t.asked_first;
	ends(4, TURN_BROKEN_OFF);
	assert_int_equal(told, 0);
	assert_int_equal(t.phase, ABI_IDLE);
}

static void check_wakeup(bool known, u64 ms)
{
	assert_int_equal(last.has, known ? ABI_HAS_WAKEUP : 0);
	assert_int_equal(last.wakeup_ns, ms * MS);
}

/* Who slept when the last segment came was woken until its first read; who was elsewhere did not wait for the kernel.
 */
static void test_wakeup(void **state)
{
	(void)state;
	begin(ABI_SERVER, true);
	comes(0, 10);
	reader = ABI_READER_SLEEPS;
	comes(1, 10);
	reads(3, 5);
	reads(9, 15);
	sends(10, 1);
	ack(11);
	reader = ABI_READER_ELSEWHERE;
	comes(20, 1);
	check(1, 1, 8, 1, 0, 1, 0);
	check_wakeup(true, 2);
	reads(25, 1);
	sends(26, 1);
	ack(27);
	reader = ABI_READER_UNKNOWN;
	comes(30, 1);
	check_wakeup(true, 0);
	reads(31, 1);
	sends(32, 1);
	ack(33);
	comes(40, 1);
	check_wakeup(false, 0);
	begin(ABI_CLIENT, true);
	sends(0, 1);
	reader = ABI_READER_SLEEPS;
	comes(5, 1);
	reads(9, 1);
	sends(20, 1);
	check(1, 0, 4, 0, 0, 0, 5);
	check_wakeup(true, 4);
}

static void reads_after(u32 switches, u64 arrived_ms, u64 ms)
{
	assert_true(turn_polled(&t));
	turn_poller_ran(&t, switches, arrived_ms);
	reads(ms, 1);
	assert_true(t.woken || !turn_polled(&t));
}

/* Who slept in poll() was switched to once until its first read: that is when it was woken. The exchange tells it in
 * the scheduler's clock, and who knows that clock makes of it a part of the wait. */
static void test_poller(void **state)
{
	(void)state;
	begin(ABI_SERVER, true);
	reader = ABI_READER_POLLS;
	comes(0, 1);
	t.switches = UINT32_MAX;
	reads_after(0, 777, 5);
	assert_false(turn_polled(&t));
	sends(6, 1);
	ack(7);
	comes(10, 1);
	assert_int_equal(last.has, ABI_HAS_ARRIVED);
	assert_int_equal(last.wakeup_ns, 777);
	turn_arrived(&last, START + 3 * MS);
	check_wakeup(true, 3);
	turn_arrived(&last, START + 6 * MS);
	check_wakeup(true, 5);
	turn_arrived(&last, START - 1);
	check_wakeup(true, 0);
	t.switches = 4;
	reads_after(4, 888, 15); /* it was not asleep yet */
	sends(16, 1);
	ack(17);
	comes(20, 1);
	check_wakeup(true, 0);
	t.switches = 4;
	reads_after(6, 999, 25); /* the first time is not known */
	sends(26, 1);
	ack(27);
	comes(30, 1);
	check_wakeup(false, 0);
	sends(36, 1); /* it was never read */
	ack(37);
	comes(40, 1);
	check_wakeup(false, 0);
}

static void test_polling_client(void **state)
{
	(void)state;
	begin(ABI_CLIENT, true);
	sends(0, 1);
	sends(2, 1);
	reader = ABI_READER_POLLS;
	comes(5, 1);
	comes(6, 1);
	t.switches = 4;
	reads_after(5, 777, 9);
	sends(20, 1);
	check(1, 1, 3, 0, 2, 0, 3);
	turn_arrived(&last, START + 8 * MS);
	check_wakeup(true, 2);
}

/* What ends in the middle has lasted until then, and says how it ended. */
static void test_cut_has_its_time(void **state)
{
	(void)state;
	begin(ABI_SERVER, true);
	comes(0, 1);
	reads(3, 1);
	ends(9, TURN_RESET);
	check(1, 0, 3, 6, 0, 0, 0);
	assert_int_equal(last.flags, ABI_NO_ANSWER | ABI_BY_RESET);
	begin(ABI_SERVER, true);
	comes(0, 1);
	reads(3, 1);
	sends(5, 1);
	ends(9, TURN_TIMED_OUT);
	check(1, 0, 3, 2, 0, 4, 0);
	assert_int_equal(last.flags, ABI_CUT | ABI_BY_TIMEOUT);
	begin(ABI_CLIENT, true);
	sends(0, 1);
	ends(7, TURN_BROKEN_OFF);
	check(1, 0, 0, 0, 0, 0, 7);
	assert_int_equal(last.flags, ABI_NO_ANSWER);
	begin(ABI_CLIENT, true);
	sends(0, 1);
	comes(7, 1);
	ends(9, TURN_BROKEN_OFF);
	check(1, 0, 2, 0, 0, 0, 7);
	assert_int_equal(last.flags, ABI_CUT);
}

/* Of two who want a place at the same time at most one has it, and it can be had again once he has left. */
static void test_places(void **state)
{
	struct abi_turn place = {};
	u64 mark = 7;

	(void)state;
	assert_true(turn_claim(&place));
	assert_false(turn_claim(&place));
	turn_leave(&place, &mark);
	assert_int_equal(mark, 0);
	assert_true(turn_claim(&place));
	turn_leave(&place, &mark);
	place.claims = 1; /* somebody else's, who has counted himself and not looked yet */
	assert_false(turn_claim(&place));
	place.claims = 0;
	assert_true(turn_claim(&place));
}

/* Sockets that were opened one after the other do not share few sets, how ever many there are. */
static void test_sets(void **state)
{
	static u8 in[ABI_TURNS_MOST / ABI_TURN_SET];
	u32 mask = ABI_TURNS_MOST / ABI_TURN_SET - 1, most = 0;

	(void)state;
	for (u64 cookie = 1; cookie <= 114000; cookie++) {
		u32 n = turn_set_of(cookie * 3, mask);

		assert_true(n <= mask);
		in[n]++;
		most = in[n] > most ? in[n] : most;
	}
	assert_true(most <= ABI_TURN_SET);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_server),
	    cmocka_unit_test(test_server_reads_as_it_comes),
	    cmocka_unit_test(test_peek),
	    cmocka_unit_test(test_server_answers_early),
	    cmocka_unit_test(test_greeting),
	    cmocka_unit_test(test_server_overlap),
	    cmocka_unit_test(test_push),
	    cmocka_unit_test(test_older_than_us),
	    cmocka_unit_test(test_server_ends),
	    cmocka_unit_test(test_client),
	    cmocka_unit_test(test_long),
	    cmocka_unit_test(test_client_overlap),
	    cmocka_unit_test(test_client_is_pushed),
	    cmocka_unit_test(test_client_half_closed),
	    cmocka_unit_test(test_client_ends),
	    cmocka_unit_test(test_told_once),
	    cmocka_unit_test(test_cut_has_its_time),
	    cmocka_unit_test(test_wakeup),
	    cmocka_unit_test(test_poller),
	    cmocka_unit_test(test_polling_client),
	    cmocka_unit_test(test_places),
	    cmocka_unit_test(test_sets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
