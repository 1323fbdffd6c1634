/* The model: lives of rows, what is kept of each, names, and streams that lie. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bounds.h"
#include "model.h"
#include "rows_private.h"
#include "sample.h"
#include "text.h"

static void rows_keep_their_addresses(void **state)
{
	struct model *m = *state;
	struct row *first;
	u32 index;

	put(m, tcp_sample(1, 1, 0, 0));
	first = row_of(m, 1);
	index = model_find(m, 1);
	for (u64 id = 2; id <= 20000; id++)
		put(m, tcp_sample(id, 1, 0, 0));
	tick(m, 1);
	assert_ptr_equal(row_of(m, 1), first);
	assert_int_equal(model_find(m, 1), index);
	assert_int_equal(model_totals(m)->live, 20000);
	assert_int_equal(model_find(m, 0), IDMAP_NONE);
	assert_int_equal(model_find(m, 20001), IDMAP_NONE);
}

/* Mostly they come in the order of the tick before; rows go meanwhile, and their slots are given to others. */
static void records_may_come_in_any_order(void **state)
{
	struct model *m = *state;
	u64 ids[64], next = 1;

	model_keep_closed(m, 0);
	for (u64 t = 1; t <= 40; t++) {
		for (u64 i = 0; i < ARRAY_SIZE(ids); i++) {
			if (t == 1 || (i * 7 + t) % 13 == 0) {
				if (t > 1)
					put(m, ended(tcp_sample(ids[i], t, 9, 9), tick_time(t)));
				ids[i] = next++;
			}
			put(m, tcp_sample(ids[i], t, ids[i] * 1000 + t, t));
		}
		tick(m, t);
		for (u64 i = 0; i < ARRAY_SIZE(ids); i++)
			assert_int_equal(row_of(m, ids[i])->s.rx_bytes, ids[i] * 1000 + t);
		assert_int_equal(model_totals(m)->rows, ARRAY_SIZE(ids));
		assert_int_equal(model_totals(m)->by_state[STATE_ESTABLISHED], ARRAY_SIZE(ids));
		for (u64 i = 0, k = t * 11 % 64; i < 3; i++) { /* some change places */
			u64 id = ids[i];

			ids[i] = ids[k];
			ids[k] = id;
		}
	}
	assert_true(model_rows_end(m) <= ARRAY_SIZE(ids) + 1);
}

static void counts_follow_states_owners_and_namespaces(void **state)
{
	struct model *m = *state;
	struct record_socket s = tcp_sample(2, 1, 0, 0);

	put(m, tcp_sample(1, 1, 0, 0));
	s.netns = 7;
	s.state = STATE_LISTEN;
	s.owner = OWNER_EXACT;
	put(m, s);
	assert_int_equal(model_totals(m)->live, 2); /* before the first tick: what is there so far */
	tick(m, 1);
	assert_int_equal(model_totals(m)->netns, 2);
	assert_int_equal(model_totals(m)->by_state[STATE_LISTEN], 1);
	assert_int_equal(model_totals(m)->owners_known, 2);
	assert_int_equal(model_totals(m)->owners_exact, 1);
	s = tcp_sample(2, 2, 0, 0);
	s.state = STATE_CLOSE_WAIT;
	s.has &= ~(u64)HAS_OWNER;
	put(m, s);
	tick(m, 2);
	assert_int_equal(model_totals(m)->netns, 1);
	assert_int_equal(model_totals(m)->by_state[STATE_LISTEN], 0);
	assert_int_equal(model_totals(m)->by_state[STATE_CLOSE_WAIT], 1);
	assert_int_equal(model_totals(m)->owners_known, 1);
	assert_int_equal(model_totals(m)->owners_exact, 0);
	assert_int_equal(model_totals(m)->tcp, 2);
}

/* Nobody holds a minisock, even if its row still says who held the connection. */
static void a_minisock_has_no_owner(void **state)
{
	struct model *m = *state;
	struct record_socket s = tcp_sample(1, 1, 0, 0);

	s.owner = OWNER_EXACT;
	put(m, s);
	tick(m, 1);
	assert_int_equal(model_totals(m)->owners_exact, 1);
	s.sample_ns = tick_time(2);
	s.state = STATE_TIME_WAIT;
	put(m, s);
	tick(m, 2);
	assert_int_equal(row_of(m, 1)->s.owner, OWNER_EXACT);
	assert_int_equal(model_totals(m)->owners_exact, 0);
	assert_int_equal(model_totals(m)->owners_known, 0);
}

static void row_tells_when_it_changed(void **state)
{
	struct model *m = *state;
	u64 generation = model_generation(m);
	struct record_socket s = tcp_sample(1, 1, 1, 1);

	assert_null(model_tick(m));
	put(m, s);
	assert_true(model_generation(m) > generation);
	tick(m, 1);
	assert_int_equal(row_of(m, 1)->first_tick, 1);
	s.sample_ns += SEC; /* sent again, nothing new */
	put(m, s);
	generation = model_generation(m);
	tick(m, 2);
	assert_true(model_generation(m) > generation);
	s.sample_ns += SEC;
	s.rtt_us++;
	put(m, s);
	tick(m, 3);
	assert_int_equal(row_of(m, 1)->first_tick, 1);
	assert_int_equal(model_tick(m)->number, 3);
}

static bool printable(const char *s)
{
	char clean[1024];

	text_clean(clean, sizeof(clean), s, strlen(s));
	return strcmp(clean, s) == 0;
}

static void hostile_records_are_made_harmless(void **state)
{
	struct model *m = *state;
	struct record_socket s;
	const struct row *r;

	memset(&s, 0xff, sizeof(s));
	s.flags &= ~(u32)SOCKET_ENDED;
	s.id = 5;
	put(m, s);
	tick(m, 1);
	r = row_of(m, 5);
	assert_true(r->s.state < STATE_COUNT && r->s.dir <= DIR_LISTEN && r->s.owner <= OWNER_CREATOR);
	assert_true(r->s.family == 4 || r->s.family == 6);
	assert_true(memchr(r->s.comm, 0, 16) && memchr(r->s.cc, 0, 16) && memchr(r->s.ulp, 0, 16));
	assert_true(printable((const char *)r->s.comm));
	s.id = 0;
	put(m, s);
	assert_int_equal(model_totals(m)->rows, 1);
	s = tcp_sample(6, 2, 0, 0);
	memcpy(s.comm, "\033[31mx\n\x80\xe2\x80\xae zz", 15);
	s.comm[15] = 'z';
	put(m, s);
	assert_true(printable((const char *)row_of(m, 6)->s.comm));
	assert_null(strchr((const char *)row_of(m, 6)->s.comm, '\033'));
	memcpy(s.comm, "abcdefghijklm\xc3\xa9", 15); /* fits exactly: é is two bytes */
	s.comm[15] = 0;
	s.sample_ns++;
	put(m, s);
	assert_string_equal((const char *)row_of(m, 6)->s.comm, "abcdefghijklm\xc3\xa9");
	memcpy(s.comm, "abcdefghijklmn\xc3\xa9", 16); /* does not: cut before it */
	s.sample_ns++;
	put(m, s);
	assert_string_equal((const char *)row_of(m, 6)->s.comm, "abcdefghijklmn");
}

/* What a stream may make us keep: rows, and bytes for them and what is known of them. */
static void limits_are_told(void **state)
{
	struct model *m = *state;
	struct record_info info = {};
	struct record rec = {};
	struct record_socket s;
	struct error err = {};

	model_limit(m, 3, UINT64_MAX);
	for (u64 id = 1; id <= 3; id++)
		put(m, tcp_sample(id, 1, 0, 0));
	s = tcp_sample(4, 1, 0, 0);
	rec = (struct record){.kind = RECORD_SOCKET, .socket = &s};
	assert_int_equal(model_apply(m, &rec, &err), -E2BIG);
	assert_string_equal(err.text, "more than 3 sockets at a time: --max-rows raises the limit");
	/* One that goes makes room. */
	slot_free(m, model_slot(m, model_find(m, 2)));
	assert_int_equal(model_apply(m, &rec, &err), 0);
	assert_int_equal(model_totals(m)->rows, 3);

	model_limit(m, MODEL_ROWS_MAX, m->bytes);
	info.id = 4;
	rec = (struct record){.kind = RECORD_INFO, .info = &info};
	assert_int_equal(model_apply(m, &rec, &err), -E2BIG);
	assert_non_null(strstr(err.text, "MiB for sockets: --max-mb raises the limit"));
	model_limit(m, MODEL_ROWS_MAX, m->bytes + sizeof(info));
	assert_int_equal(model_apply(m, &rec, &err), 0);
	for (u64 id = 5; id <= SLAB_ROWS + 1; id++)
		put(m, tcp_sample(id, 1, 0, 0));
	s = tcp_sample(SLAB_ROWS + 2, 1, 0, 0);
	rec = (struct record){.kind = RECORD_SOCKET, .socket = &s};
	assert_int_equal(model_apply(m, &rec, &err), -E2BIG);
	assert_non_null(strstr(err.text, "--max-mb"));
}

static void names_are_kept_and_cleaned(void **state)
{
	struct model *m = *state;
	struct record_name n = {.kind = NAME_IFACE, .key = 2, .scope = 7, .text = "eth0"};
	struct record_socket s = tcp_sample(1, 1, 0, 0);

	apply(m, RECORD_NAME, &n);
	n = (struct record_name){.kind = NAME_CGROUP, .key = 2, .text = "/web\033[2J"};
	apply(m, RECORD_NAME, &n);
	assert_string_equal(model_name(m, NAME_IFACE, 2, 7), "eth0");
	assert_null(model_name(m, NAME_IFACE, 2, 8));
	/* A socket's device, in a recording that has no more than this. */
	s.ifindex = 2;
	s.netns = 7;
	s.netns_cookie = 70;
	assert_string_equal(model_device(m, &s), "eth0");
	/* The namespace's number may have been another's; its cookie never was. */
	n = (struct record_name){.kind = NAME_DEVICE, .key = 2, .scope = 69, .text = "dead"};
	apply(m, RECORD_NAME, &n);
	assert_null(model_device(m, &s));
	n.scope = 70;
	memcpy(n.text, "eth1", 5);
	apply(m, RECORD_NAME, &n);
	assert_string_equal(model_device(m, &s), "eth1");
	n.text[0] = '\0';
	apply(m, RECORD_NAME, &n);
	assert_null(model_device(m, &s));
	assert_null(model_name(m, NAME_USER, 2, 0));
	assert_string_equal(model_name(m, NAME_CGROUP, 2, 0), "/web?[2J");
	memset(n.text, 0x80, sizeof(n.text));
	apply(m, RECORD_NAME, &n);
	assert_true(printable(model_name(m, NAME_CGROUP, 2, 0)));
	n.kind = 99;
	apply(m, RECORD_NAME, &n);
	for (u64 key = 0; key < 3000; key++) {
		n = (struct record_name){.kind = NAME_USER, .key = key};
		snprintf((char *)n.text, sizeof(n.text), "user%u", (unsigned)key);
		apply(m, RECORD_NAME, &n);
	}
	assert_string_equal(model_name(m, NAME_USER, 2999, 0), "user2999");
	assert_string_equal(model_name(m, NAME_USER, 0, 0), "user0");
}

static void greeting_features_and_last_words(void **state)
{
	struct model *m = *state;
	struct record_hello hello = {.start_ns = T0, .realtime_offset_ns = 5 * SEC, .host = "web1\n"};
	struct record_feature f = {.name = "births", .hook = "tp_btf", .required = 1};
	struct record_bye bye = {.code = 1};

	assert_null(model_hello(m));
	assert_null(model_bye(m));
	assert_int_equal(model_realtime(m, T0), 0);
	apply(m, RECORD_HELLO, &hello);
	assert_string_equal((const char *)model_hello(m)->host, "web1?");
	assert_true(model_realtime(m, T0) == T0 + 5 * SEC);
	assert_int_equal(model_realtime(m, 0), 0);
	apply(m, RECORD_FEATURE, &f);
	memcpy(f.name, "ends", 5);
	memset(f.name + 5, 0, sizeof(f.name) - 5);
	apply(m, RECORD_FEATURE, &f);
	memset(f.reason, 'x', sizeof(f.reason));
	apply(m, RECORD_FEATURE, &f);
	assert_string_equal((const char *)model_feature(m, 0)->name, "births");
	assert_int_equal(strlen((const char *)model_feature(m, 1)->reason), sizeof(f.reason) - 1);
	assert_null(model_feature(m, 2));
	f = (struct record_feature){.name = "served", .number = 7, .hook = "tp_btf"};
	apply(m, RECORD_FEATURE, &f);
	assert_null(model_unserved(m, 7));
	f = (struct record_feature){.name = "not served", .number = 7};
	apply(m, RECORD_FEATURE, &f);
	assert_string_equal((const char *)model_unserved(m, 7)->name, "not served");
	assert_null(model_unserved(m, 8));
	memset(bye.text, 0xff, sizeof(bye.text));
	apply(m, RECORD_BYE, &bye);
	assert_true(printable((const char *)model_bye(m)->text));
	assert_int_equal(model_bye(m)->code, 1);
}

static void info_belongs_to_its_row(void **state)
{
	struct model *m = *state;
	struct record_info info = {.id = 1, .segs_in = 3};

	apply(m, RECORD_INFO, &info); /* of nobody */
	put(m, tcp_sample(1, 1, 0, 0));
	assert_null(row_of(m, 1)->info);
	apply(m, RECORD_INFO, &info);
	info.segs_in = 4;
	apply(m, RECORD_INFO, &info);
	assert_int_equal(row_of(m, 1)->info->segs_in, 4);
}

static void owners_change_without_a_sample(void **state)
{
	struct model *m = *state;
	struct record_owners o = {.id = 1, .pid = 2211, .owners = 4};

	apply(m, RECORD_OWNERS, &o); /* of nobody */
	put(m, tcp_sample(1, 1, 0, 0));
	tick(m, 1);
	apply(m, RECORD_OWNERS, &o);
	tick(m, 2);
	assert_int_equal(row_of(m, 1)->s.owners, 4);
	assert_string_equal((const char *)row_of(m, 1)->s.comm, "nginx");
	/* It moved on from its last sample, but within one tick. */
	put(m, tcp_sample(1, 3, 600, 0));
	tick(m, 3);
	assert_near(row_of(m, 1)->rx_rate, 600);
	o.pid = 99;
	apply(m, RECORD_OWNERS, &o);
	assert_string_equal((const char *)row_of(m, 1)->s.comm, "");
	assert_int_equal(row_of(m, 1)->s.pid, 99);
	o.owners = 0;
	apply(m, RECORD_OWNERS, &o);
	assert_int_equal(row_of(m, 1)->s.owner, OWNER_CREATOR);
}

static void processes_are_bounded(void **state)
{
	struct record_process p = {.pid = 7, .mntns = 1, .pidns = 2, .exe = "/bin/a\033"};
	struct model *m = *state;
	u32 most = 1U << 16;

	apply(m, RECORD_PROCESS, &p);
	assert_string_equal(model_process(m, 7)->exe, "/bin/a?");
	assert_int_equal(model_process(m, 7)->pidns, 2);
	/* The last word counts. */
	p = (struct record_process){.pid = 7, .mntns = 3, .exe = "/bin/b"};
	apply(m, RECORD_PROCESS, &p);
	assert_string_equal(model_process(m, 7)->exe, "/bin/b");
	assert_int_equal(model_process(m, 7)->mntns, 3);
	/* The oldest make room for others. */
	for (u32 pid = 100; pid < 100 + most; pid++) {
		p.pid = pid;
		apply(m, RECORD_PROCESS, &p);
	}
	assert_null(model_process(m, 7));
	assert_non_null(model_process(m, 100));
	p.pid = 5;
	apply(m, RECORD_PROCESS, &p);
	assert_null(model_process(m, 100));
	assert_int_equal(model_process(m, 5)->pid, 5);
	assert_int_equal(model_process(m, 101)->pid, 101);
}

static void say(struct model *m, u32 pid, const char *text, bool whole)
{
	struct record_cmdline c = {.pid = pid, .whole = whole};

	memcpy(c.text, text, strlen(text));
	apply(m, RECORD_CMDLINE, &c);
}

/* A command line is that of the process that has the number now, from when it was first seen on. */
static void command_lines_belong_to_their_time(void **state)
{
	struct record_process p = {.pid = 7, .start_ns = 50, .exe = "/bin/a"};
	struct row now = {.s = {.has = HAS_OWNER, .pid = 7}}, past = now, closed = now;
	struct model *m = *state;

	past.past = 1;
	past.s.birth_ns = 60;
	closed.closed = 1;
	closed.s.ended_ns = 40;
	say(m, 7, "of nobody", true);
	assert_null(model_process(m, 7));
	apply(m, RECORD_PROCESS, &p);
	assert_null(model_cmdline(m, &now));
	say(m, 7, "a --b\033[2J \xff", false);
	assert_string_equal(model_cmdline(m, &now), "a --b?[2J \xef\xbf\xbd");
	assert_string_equal(model_cmdline(m, &past), "a --b?[2J \xef\xbf\xbd");
	assert_null(model_owner(m, &closed));
	assert_null(model_cmdline(m, &closed));
	/* More of it, the beginning again, and what has the beginning as a whole. */
	say(m, 7, "a --b\033[2J \xff --c", true);
	say(m, 7, "a --b", false);
	assert_string_equal(model_cmdline(m, &past), "a --b?[2J \xef\xbf\xbd --c");
	tick(m, 1);
	say(m, 7, "a --b", true);
	assert_string_equal(model_cmdline(m, &now), "a --b");
	assert_null(model_cmdline(m, &past));
	assert_string_equal(model_owner(m, &past)->exe, "/bin/a");
	past.s.birth_ns = ~0ULL;
	assert_string_equal(model_cmdline(m, &past), "a --b");
	/* The clocks were read a little later; and another process, of which nothing is known yet. */
	p.start_ns += 1000;
	apply(m, RECORD_PROCESS, &p);
	assert_string_equal(model_cmdline(m, &now), "a --b");
	p.start_ns += 20000000;
	apply(m, RECORD_PROCESS, &p);
	assert_null(model_cmdline(m, &now));
	/* Started before a suspend, which CLOCK_MONOTONIC has not seen. */
	p.start_ns = (u64)-5;
	apply(m, RECORD_PROCESS, &p);
	closed.s.ended_ns = 1;
	assert_non_null(model_owner(m, &closed));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    MODEL_TEST(rows_keep_their_addresses),
	    MODEL_TEST(records_may_come_in_any_order),
	    MODEL_TEST(counts_follow_states_owners_and_namespaces),
	    MODEL_TEST(a_minisock_has_no_owner),
	    MODEL_TEST(row_tells_when_it_changed),
	    MODEL_TEST(hostile_records_are_made_harmless),
	    MODEL_TEST(limits_are_told),
	    MODEL_TEST(names_are_kept_and_cleaned),
	    MODEL_TEST(greeting_features_and_last_words),
	    MODEL_TEST(info_belongs_to_its_row),
	    MODEL_TEST(owners_change_without_a_sample),
	    MODEL_TEST(processes_are_bounded),
	    MODEL_TEST(command_lines_belong_to_their_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
