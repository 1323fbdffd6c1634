/* Listeners: what waits at a port, whose it is, and what its connections are together. */
#include "rows.h"

#include "folds.h"
#include "model.h"

static struct model *m;
static struct folded *f;

static struct record_socket listening(u64 id, const char *laddr, u16 port, u32 queue, u32 limit)
{
	struct record_socket s = rows_tcp(id, laddr, port, NULL, 0);

	s.state = STATE_LISTEN;
	s.dir = DIR_LISTEN;
	s.has = (s.has & ~(u64)(HAS_TCP | HAS_CHRONO | HAS_RX_BYTES | HAS_TX_BYTES)) | HAS_ACCEPT;
	s.accept_queue = queue;
	s.accept_limit = limit;
	s.pid = 7;
	strcpy((char *)s.comm, "master");
	return s;
}

static struct record_socket accepted(u64 id, u16 port, u64 rx_bytes)
{
	struct record_socket s = rows_tcp(id, "10.0.0.1", port, "10.0.0.2", (u16)(2000 + id));

	s.dir = DIR_IN;
	s.rx_bytes = rx_bytes;
	return s;
}

static void put(struct record_socket s)
{
	rows_put(m, &s);
}

static int setup(void **state)
{
	(void)state;
	assert_int_equal(model_new(&m), 0);
	assert_int_equal(fold_new(&f, &listeners_fold, m), 0);
	table_each (&listeners_fold, c)
		fold_want(f, c);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fold_free(f);
	model_free(m);
	return 0;
}

static void finish(u64 tick)
{
	rows_tick(m, tick);
	fold_invalidate(f);
	while (!fold_whole(f))
		assert_int_equal(fold_work(f, 0), 1);
}

/* The row of a port. */
static const void *at(u64 port)
{
	const struct column *c = table_find(&listeners_fold, "lport");

	for (u32 i = 0; i < fold_end(f); i++) {
		const void *row = fold_row(f, i);
		struct value v;

		if (row && c->get(c, f, row, &v) && v.integer == port)
			return row;
	}
	return NULL;
}

static void expect(u64 port, const char *column, const char *wanted)
{
	char text[64];

	assert_non_null(at(port));
	column_print(table_find(&listeners_fold, column), f, at(port), text, sizeof(text));
	assert_string_equal(text, wanted);
}

static void test_queue(void **state)
{
	struct record_socket waits = accepted(12, 80, 5);

	(void)state;
	waits.flags |= SOCKET_NO_FILE;
	put(listening(1, "0.0.0.0", 80, 3, 128));
	put(listening(2, "0.0.0.0", 80, 4, 128)); /* SO_REUSEPORT */
	put(listening(3, "127.0.0.1", 22, 0, 10));
	put(accepted(10, 80, 100));
	put(accepted(11, 80, 50));
	put(waits);
	put(rows_tcp(20, "10.0.0.1", 443, "10.0.0.3", 443)); /* out */
	finish(1);
	assert_int_equal(fold_rows(f, true), 2);
	expect(80, "accept_queue", "7");
	expect(80, "accept_limit", "256");
	/* Who waits is in the queue, and in no program's hands. */
	expect(80, "connections", "2");
	expect(80, "members", "5");
	expect(80, "rx_bytes", "155");
	expect(80, "label", "tcp :80");
	/* Nobody is connected: there is still a row. */
	expect(22, "connections", "0");
	expect(22, "laddr", "127.0.0.1");
	expect(22, "rx_bytes", "");
}

/* The owner is who listens, not who serves the connections. */
static void test_owner(void **state)
{
	(void)state;
	put(accepted(10, 80, 1));
	put(listening(1, "0.0.0.0", 80, 0, 128));
	put(accepted(11, 80, 1));
	finish(1);
	expect(80, "comm", "master");
	expect(80, "pid", "7");
	expect(80, "state", "listen");
	expect(80, "laddr", "0.0.0.0");
	expect(80, "raddr", "");
}

/* A full queue is bad, whatever there is room for in another. */
static void test_full(void **state)
{
	const struct column *c = table_find(&listeners_fold, "accept_queue");

	(void)state;
	put(listening(1, "0.0.0.0", 80, 2, 2));
	put(listening(2, "0.0.0.0", 80, 0, 1000));
	put(listening(3, "0.0.0.0", 22, 2, 1000));
	finish(1);
	assert_int_equal(table_severity(&listeners_fold, c, f, at(80)), 2);
	assert_int_equal(table_severity(&listeners_fold, c, f, at(22)), 0);
}

static void test_ended(void **state)
{
	struct record_socket s = listening(1, "0.0.0.0", 80, 0, 128), t = accepted(10, 80, 3);

	(void)state;
	put(s);
	put(t);
	finish(1);
	s.flags |= SOCKET_ENDED;
	s.ended_ns = 2 * ROWS_SECOND;
	put(s);
	t.state = STATE_TIME_WAIT;
	put(t);
	finish(2);
	/* What it did in its last tick is still to be seen. */
	assert_false(fold_ended(at(80)));
	finish(3);
	/* What is only waited out holds nothing open. */
	assert_true(fold_ended(at(80)));
	assert_int_equal(fold_rows(f, false), 0);
	/* One connection outlives the listener. */
	put(accepted(11, 80, 4));
	finish(4);
	assert_false(fold_ended(at(80)));
	expect(80, "accept_queue", "");
	expect(80, "connections", "1");
}

/* Ports of different namespaces have nothing to do with each other. */
static void test_places(void **state)
{
	struct record_socket s = listening(2, "0.0.0.0", 80, 1, 1), t = listening(3, "::", 80, 0, 1);

	(void)state;
	put(listening(1, "0.0.0.0", 80, 0, 1));
	s.netns++;
	put(s);
	put(t);
	finish(1);
	assert_int_equal(fold_rows(f, false), 2);
	expect(80, "accept_limit", "2");
	expect(80, "laddr", "");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {TEST(test_queue), TEST(test_owner), TEST(test_full), TEST(test_ended),
					   TEST(test_places)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
