/* Both ends of a connection within the machine: which they are, where that is not certain, and that an index that is
 * kept as rows come and go finds what a search through all rows finds. */
#include "rows.h"

#include "bounds.h"
#include "life_table.h"

#define HERE 4026531840U
#define THERE 4026532281U

static struct model *m;
static u64 tick;

static int setup(void **state)
{
	tick = 0;
	m = fixture_new();
	return 0;
}

static int teardown(void **state)
{
	fixture_free(m);
	return 0;
}

static struct record_socket end_of(u64 id, u32 netns, const char *laddr, u16 lport, const char *raddr, u16 rport)
{
	struct record_socket s = rows_tcp(id, laddr, lport, raddr, rport);

	s.netns = netns;
	return s;
}

static void put(u64 id, u32 netns, const char *laddr, u16 lport, const char *raddr, u16 rport)
{
	struct record_socket s = end_of(id, netns, laddr, lport, raddr, rport);

	rows_put(m, &s);
}

/* The id of the other end; 0: none. */
static u64 peer_of(u64 id)
{
	const struct row *peer = model_peer(m, model_row(m, model_find(m, id)));

	return peer ? peer->s.id : 0;
}

static void expect(const u64 *peers)
{
	for (u64 id = 1; peers[id - 1] != ~0ULL; id++)
		assert_int_equal(peer_of(id), peers[id - 1]);
}

#define EXPECT(...) expect((const u64[]){__VA_ARGS__, ~0ULL})

static void next_tick(void)
{
	rows_tick(m, ++tick);
}

static void test_loopback(void **state)
{
	put(1, HERE, "127.0.0.1", 40000, "127.0.0.1", 80);
	put(2, HERE, "127.0.0.1", 80, "127.0.0.1", 40000);
	put(3, HERE, "127.0.0.1", 40001, "127.0.0.1", 80);
	put(4, HERE, "::1", 40000, "::1", 80);
	put(5, HERE, "::1", 80, "::1", 40000);
	/* Another namespace has a loopback of its own. */
	put(6, THERE, "127.0.0.1", 40000, "127.0.0.1", 80);
	put(7, THERE, "127.0.0.1", 80, "127.0.0.1", 40001);
	/* Connected to itself. */
	put(8, HERE, "127.0.0.1", 9, "127.0.0.1", 9);
	EXPECT(2, 1, 0, 5, 4, 0, 0, 0);
	next_tick();
	EXPECT(2, 1, 0, 5, 4, 0, 0, 0);
}

/* An event is no row, but has one's columns. */
static void test_event(void **state)
{
	struct record_socket s = end_of(1, HERE, "127.0.0.1", 40000, "127.0.0.1", 80);
	struct value v;

	put(3, HERE, "127.0.0.1", 90, "127.0.0.1", 50000);
	put(4, HERE, "127.0.0.1", 50000, "127.0.0.1", 90);
	s.has |= HAS_BIRTH;
	s.birth_ns = ROWS_SECOND;
	rows_put(m, &s);
	put(2, HERE, "127.0.0.1", 80, "127.0.0.1", 40000);
	next_tick();
	column_value(table_find(&life_table, "peer"), m, model_life(m, model_lives_newest(m)), &v);
	assert_int_equal(v.integer, 2);
}

static void test_columns(void **state)
{
	struct record_socket s;
	struct value v;
	char text[GROUP_LABEL_MAX];
	const struct row *a, *b;

	s = end_of(1, HERE, "127.0.0.1", 40000, "127.0.0.1", 80);
	a = rows_put(m, &s);
	s = end_of(2, HERE, "127.0.0.1", 80, "127.0.0.1", 40000);
	s.dir = DIR_IN;
	s.pid = 7;
	strcpy((char *)s.comm, "server");
	b = rows_put(m, &s);
	column_print(table_find(&socket_table, "peer"), m, a, text, sizeof(text));
	assert_string_equal(text, "2");
	column_print(table_find(&socket_table, "peer_pid"), m, a, text, sizeof(text));
	assert_string_equal(text, "7");
	column_print(table_find(&socket_table, "peer_comm"), m, b, text, sizeof(text));
	assert_string_equal(text, "app");
	for (size_t i = 0; i < socket_table.group_count; i++) {
		const struct table_group *g = &socket_table.groups[i];

		if (strcmp(g->name, "pair") != 0)
			continue;
		assert_int_equal(g->key(m, a), g->key(m, b));
		/* Who called comes first, whoever is asked. */
		g->label(m, a, text, sizeof(text));
		assert_string_equal(text, "app[100] 127.0.0.1:40000 to server[7] 127.0.0.1:80");
		g->label(m, b, text, sizeof(text));
		assert_string_equal(text, "app[100] 127.0.0.1:40000 to server[7] 127.0.0.1:80");
		s = end_of(3, HERE, "10.0.0.1", 5, "10.0.0.2", 6);
		a = rows_put(m, &s);
		assert_int_not_equal(g->key(m, a), g->key(m, b));
		g->label(m, a, text, sizeof(text));
		assert_string_equal(text, "no other end here");
		column_value(table_find(&socket_table, "peer_comm"), m, a, &v);
		assert_int_equal(v.kind, VALUE_NONE);
		return;
	}
	fail();
}

static void test_namespaces(void **state)
{
	put(1, HERE, "10.0.0.1", 40000, "10.0.0.2", 80);
	put(2, THERE, "10.0.0.2", 80, "10.0.0.1", 40000);
	EXPECT(2, 1);
	/* A third namespace with an end like one of them: whose it is cannot be told, for any of the three. */
	put(3, THERE + 1, "10.0.0.2", 80, "10.0.0.1", 40000);
	EXPECT(0, 0, 0);
	/* And a fourth. Within a namespace it is certain all the same. */
	put(4, THERE + 1, "10.0.0.1", 40000, "10.0.0.2", 80);
	EXPECT(0, 0, 4, 3);
	apply(m, RECORD_GONE, &(struct record_gone){.id = 3});
	EXPECT(0, 0);
	apply(m, RECORD_GONE, &(struct record_gone){.id = 4});
	EXPECT(2, 1);
	assert_int_equal(peer_of(3), 0);
}

/* Nothing but the addresses of two that are not connected is alike. */
static void test_equal_addresses(void **state)
{
	put(1, HERE, "10.0.0.1", 40000, "10.0.0.2", 80);
	put(2, THERE, "10.0.0.1", 40000, "10.0.0.2", 80);
	put(3, THERE + 1, "10.0.0.2", 80, "10.0.0.1", 40001);
	EXPECT(0, 0, 0);
}

/* An inode that another namespace has now is not the same place. */
static void test_cookie(void **state)
{
	struct record_socket s = end_of(1, HERE, "127.0.0.1", 40000, "127.0.0.1", 80);

	s.netns_cookie = 1;
	rows_put(m, &s);
	s = end_of(2, HERE, "127.0.0.1", 80, "127.0.0.1", 40000);
	s.netns_cookie = 2;
	rows_put(m, &s);
	EXPECT(0, 0);
}

static void test_time_wait(void **state)
{
	struct record_socket s = end_of(1, HERE, "127.0.0.1", 40000, "127.0.0.1", 80);

	rows_put(m, &s);
	put(2, HERE, "127.0.0.1", 80, "127.0.0.1", 40000);
	EXPECT(2, 1);
	s.state = STATE_TIME_WAIT;
	s.has = HAS_REMOTE;
	rows_put(m, &s);
	EXPECT(0, 0);
	/* The same ports again: what waits is not in the way. */
	put(3, HERE, "127.0.0.1", 40000, "127.0.0.1", 80);
	EXPECT(0, 3, 2);
}

static void test_ended(void **state)
{
	struct record_socket s = end_of(1, HERE, "127.0.0.1", 40000, "127.0.0.1", 80);

	rows_put(m, &s);
	put(2, HERE, "127.0.0.1", 80, "127.0.0.1", 40000);
	EXPECT(2, 1);
	s.flags |= SOCKET_ENDED;
	s.ended_ns = 2 * ROWS_SECOND;
	s.state = STATE_CLOSE;
	rows_put(m, &s);
	EXPECT(0, 0);
	put(3, HERE, "127.0.0.1", 40000, "127.0.0.1", 80);
	EXPECT(0, 3, 2);
}

/* A datagram socket is connected to somebody else. */
static void test_reconnected(void **state)
{
	struct record_socket s = end_of(1, HERE, "127.0.0.1", 53, "127.0.0.1", 1000);

	s.proto = IPPROTO_UDP;
	rows_put(m, &s);
	for (u64 id = 2; id <= 3; id++) {
		struct record_socket t = end_of(id, HERE, "127.0.0.1", (u16)(998 + id), "127.0.0.1", 53);

		t.proto = IPPROTO_UDP;
		rows_put(m, &t);
	}
	EXPECT(2, 1, 0);
	s.rport = 1001;
	rows_put(m, &s);
	EXPECT(3, 0, 1);
	put(4, HERE, "127.0.0.1", 1000, "127.0.0.1", 53); /* TCP */
	s.rport = 1000;
	rows_put(m, &s);
	EXPECT(2, 1, 0, 0);
}

/* Too many with the same ends are not searched. */
static void test_many_alike(void **state)
{
	for (u64 id = 1; id <= 5000; id++)
		put(id, (u32)(HERE + id), "10.0.0.1", 1, "10.0.0.2", 2);
	put(5001, HERE, "10.0.0.2", 2, "10.0.0.1", 1);
	assert_int_equal(peer_of(5001), 0);
	assert_int_equal(peer_of(1), 0);
}

/* -- against a search through all rows ----------------------------------------------------------------------------- */

static bool stands(const struct row *r)
{
	return r->live && !r->closed && r->s.has & HAS_REMOTE && r->s.state != STATE_TIME_WAIT;
}

static bool leads_back(const struct row *a, const struct row *b)
{
	return a->s.proto == b->s.proto && a->s.lport == b->s.rport && a->s.rport == b->s.lport &&
	       memcmp(a->s.laddr, b->s.raddr, 16) == 0 && memcmp(a->s.raddr, b->s.laddr, 16) == 0;
}

static bool leads_there(const struct row *a, const struct row *b)
{
	return a->s.proto == b->s.proto && a->s.lport == b->s.lport && a->s.rport == b->s.rport &&
	       memcmp(a->s.laddr, b->s.laddr, 16) == 0 && memcmp(a->s.raddr, b->s.raddr, 16) == 0;
}

static u64 searched(const struct row *r)
{
	u32 near = 0, far = 0, near_twins = 0, far_twins = 0;
	u64 near_id = 0, far_id = 0;

	for (u32 i = 0; stands(r) && i < model_rows_end(m); i++) {
		const struct row *o = model_row(m, i);
		bool same = o->s.netns == r->s.netns;

		if (o == r || !stands(o))
			continue;
		if (leads_back(r, o) && same)
			near++, near_id = o->s.id;
		else if (leads_back(r, o))
			far++, far_id = o->s.id;
		else if (leads_there(r, o))
			*(same ? &near_twins : &far_twins) += 1;
	}
	if (near_twins || near > 1)
		return 0;
	return near ? near_id : far == 1 && !far_twins && r->s.laddr[0] != 127 ? far_id : 0;
}

static void check_all(void)
{
	for (u32 i = 0; i < model_rows_end(m); i++) {
		const struct row *r = model_row(m, i), *peer;

		if (!r->live)
			continue;
		peer = model_peer(m, r);
		assert_int_equal(peer ? peer->s.id : 0, searched(r));
	}
}

static u64 drawn;

static u32 draw(u32 below)
{
	return (u32)(rows_scramble(++drawn) % below);
}

static struct record_socket drawn_socket(u64 id)
{
	static const char *const addresses[] = {"127.0.0.1", "10.0.0.1", "10.0.0.2"};
	u32 a = draw(3), b = a ? 1 + draw(2) : 0;

	return end_of(id, HERE + draw(3), addresses[a], (u16)(1 + draw(3)), addresses[b], (u16)(1 + draw(3)));
}

static void test_random(void **state)
{
	model_keep_closed(m, 4);
	drawn = 1;
	for (unsigned step = 0; step < 6000; step++) {
		u64 id = 1 + draw(24);
		struct record_socket s = drawn_socket(id);

		s.sample_ns = (step + 2) * ROWS_SECOND;
		switch (draw(8)) {
		case 0: apply(m, RECORD_GONE, &(struct record_gone){.id = id, .time_ns = s.sample_ns}); break;
		case 1:
			s.flags |= SOCKET_ENDED;
			s.ended_ns = s.sample_ns;
			s.state = STATE_CLOSE;
			apply(m, RECORD_SOCKET, &s);
			break;
		case 2:
			s.state = STATE_TIME_WAIT;
			s.has = HAS_REMOTE;
			apply(m, RECORD_SOCKET, &s);
			break;
		default: apply(m, RECORD_SOCKET, &s);
		}
		if (draw(4) == 0)
			check_all();
	}
}

static void translate(struct record_nat r, const char *src, u16 sport, const char *dst, u16 dport, const char *new_src,
		      u16 new_sport, const char *new_dst, u16 new_dport)
{
	r.proto = IPPROTO_TCP;
	r.family = 4;
	inet_pton(AF_INET, src, r.src);
	inet_pton(AF_INET, dst, r.dst);
	inet_pton(AF_INET, new_src, r.new_src);
	inet_pton(AF_INET, new_dst, r.new_dst);
	r.sport = sport;
	r.dport = dport;
	r.new_sport = new_sport;
	r.new_dport = new_dport;
	apply(m, RECORD_NAT, &r);
}

/* Each end has what the translation makes of the other's. */
static void test_translated(void **state)
{
	struct record_nat none = {.space = 1}, first = {.space = 1, .count = 2},
			  second = {.space = 1, .index = 1, .count = 2};

	put(1, HERE, "10.0.0.1", 5000, "10.0.0.9", 80);
	put(2, THERE, "10.1.0.2", 8080, "10.1.0.1", 40000);
	put(3, HERE, "127.0.0.1", 5001, "127.0.0.1", 80);
	put(4, HERE, "127.0.0.1", 8080, "127.0.0.1", 5001);
	/* Between others: the same destination, another port. */
	put(5, THERE, "10.1.0.2", 8080, "10.1.0.1", 40001);
	EXPECT(0, 0, 0, 0, 0);
	translate(first, "10.0.0.1", 5000, "10.0.0.9", 80, "10.1.0.1", 40000, "10.1.0.2", 8080);
	translate(second, "127.0.0.1", 5001, "127.0.0.1", 80, "127.0.0.1", 5001, "127.0.0.1", 8080);
	EXPECT(2, 1, 4, 3, 0);
	/* An older one of another namespace says something else of the same ends. */
	first.space = 2;
	translate(first, "10.0.0.1", 5000, "10.0.0.9", 80, "10.1.0.1", 40001, "10.1.0.2", 8080);
	EXPECT(0, 1, 4, 3, 1);
	none.space = 2;
	apply(m, RECORD_NAT, &none);
	EXPECT(2, 1, 4, 3, 0);
	/* Two that it could be. */
	put(6, HERE, "10.1.0.2", 8080, "10.1.0.1", 40000);
	EXPECT(0, 0, 4, 3, 0, 0);
	first.space = 1;
	first.count = 1;
	translate(first, "127.0.0.1", 5001, "127.0.0.1", 80, "127.0.0.1", 5001, "127.0.0.1", 8080);
	EXPECT(0, 0, 4, 3, 0, 0);
	apply(m, RECORD_SPACE, &(struct record_space){.id = 1, .has = SPACE_GONE});
	EXPECT(0, 0, 0, 0, 0, 0);
}

/* Nobody asks for long: the index is thrown away, and made anew. */
static void test_forgotten(void **state)
{
	put(1, HERE, "127.0.0.1", 40000, "127.0.0.1", 80);
	put(2, HERE, "127.0.0.1", 80, "127.0.0.1", 40000);
	EXPECT(2, 1);
	for (u64 id = 10; id < 10000; id++)
		put(id, HERE, "10.0.0.1", (u16)id, "10.0.0.2", 80);
	put(3, HERE, "127.0.0.1", 40001, "127.0.0.1", 80);
	put(4, HERE, "127.0.0.1", 80, "127.0.0.1", 40001);
	EXPECT(2, 1, 4, 3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_loopback),        TEST(test_event),      TEST(test_columns), TEST(test_namespaces),
	    TEST(test_equal_addresses), TEST(test_cookie),     TEST(test_ended),   TEST(test_time_wait),
	    TEST(test_reconnected),     TEST(test_many_alike), TEST(test_random),  TEST(test_forgotten),
	    TEST(test_translated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
