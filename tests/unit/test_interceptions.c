/* What has taken sockets over: whose it is, for how long it is known, how it is said, and that the table of such
 * sockets has exactly those, whatever comes and goes. */
#include "rows.h"

#include <errno.h>
#include <stdlib.h>

#include "bounds.h"
#include "check_folds.h"
#include "fold.h"
#include "folds.h"
#include "interception_table.h"
#include "model.h"

static struct model *m;

static int setup(void **state)
{
	(void)state;
	assert_int_equal(model_new(&m), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	model_free(m);
	return 0;
}

static struct record_socket socket_of(u64 id, u32 flags)
{
	struct record_socket s = rows_tcp(id, "10.0.0.1", (u16)id, "10.0.0.2", 80);

	s.flags = flags;
	return s;
}

static void put(u64 id, u32 flags)
{
	struct record_socket s = socket_of(id, flags);

	rows_put(m, &s);
}

static const struct row *row_of(u64 id)
{
	return model_row(m, model_find(m, model_key(m, id)));
}

static void tell(const struct record_interception *i)
{
	apply(m, RECORD_INTERCEPTION, i);
}

static void says(u64 id, const char *column, const char *want)
{
	char text[512];

	column_print(table_find(&interception_table, column), m, row_of(id), text, sizeof(text));
	assert_string_equal(text, want);
}

static unsigned rows_in_table(void)
{
	unsigned n = 0;

	for (u32 i = 0; i < interception_table.end(m); i++) {
		const void *row = interception_table.row(m, i);

		n += row != NULL;
		if (row)
			assert_int_equal(interception_table.find(m, interception_table.id(row)), i);
	}
	return n;
}

static void nobodys_is_ignored(void **state)
{
	struct record_interception i = {.id = 1, .flags = INTERCEPTION_PSOCK};

	(void)state;
	tell(&i);
	put(1, 0);
	tell(&i);
	assert_null(model_interception(m, row_of(1)));
	says(1, "intercepted", "");
	assert_int_equal(rows_in_table(), 0);
	assert_int_equal(interception_table.find(m, model_key(m, 1)), IDMAP_NONE);
}

static void it_is_known_while_the_socket_has_it(void **state)
{
	struct record_interception i = {.id = 1, .flags = INTERCEPTION_PSOCK};
	struct record_socket s = socket_of(1, SOCKET_INTERCEPTED);

	(void)state;
	rows_put(m, &s);
	tell(&i);
	i.flags |= INTERCEPTION_STRPARSER;
	i.strp_msgs = 7;
	tell(&i); /* the last one counts */
	assert_int_equal(rows_in_table(), 1);
	says(1, "strp_msgs", "7");
	says(1, "strp_aborted", "false");
	s.flags = 0;
	s.sample_ns++;
	rows_put(m, &s);
	says(1, "strp_msgs", "");
	assert_int_equal(rows_in_table(), 0);
	/* Its place is another's now. */
	put(2, SOCKET_INTERCEPTED);
	i.id = 2;
	tell(&i);
	assert_int_equal(interception_table.end(m), 1);
	says(2, "strp_msgs", "7");
}

static void an_end_keeps_it(void **state)
{
	struct record_interception i = {.id = 1, .flags = INTERCEPTION_PSOCK};
	struct record_socket s = socket_of(1, SOCKET_INTERCEPTED);

	(void)state;
	rows_put(m, &s);
	put(2, SOCKET_INTERCEPTED);
	tell(&i);
	i.id = 2;
	tell(&i);
	rows_tick(m, 1);
	assert_int_equal(interception_table.rows(m, false), 2);
	/* Neither an end nor a minisock knows anything of it. */
	s.has = HAS_REMOTE;
	s.flags = 0;
	s.state = STATE_TIME_WAIT;
	s.sample_ns++;
	rows_put(m, &s);
	rows_tick(m, 2);
	says(1, "intercepted", "sockmap");
	assert_true(interception_table.waiting(row_of(1)));
	assert_int_equal(interception_table.rows(m, false), 1);
	assert_int_equal(interception_table.rows(m, true), 2);
	s = socket_of(2, SOCKET_ENDED);
	s.state = STATE_CLOSE;
	s.ended_ns = s.sample_ns;
	rows_put(m, &s);
	rows_tick(m, 3);
	says(2, "intercepted", "sockmap");
	assert_int_equal(interception_table.rows(m, false), 0);
	assert_int_equal(interception_table.rows(m, true), 2);
	model_keep_closed(m, 0);
	assert_int_equal(rows_in_table(), 1);
}

static void words_and_programs(void **state)
{
	struct record_interception i = {
	    .id = 1,
	    .flags = INTERCEPTION_PSOCK | INTERCEPTION_ULP,
	    .programs = {3, 4, 5, 6, PROGRAM_CLASSIC, 8},
	};
	struct record_socket s = socket_of(1, SOCKET_INTERCEPTED);

	(void)state;
	strcpy((char *)s.ulp, "tls");
	rows_put(m, &s);
	rows_name(m, NAME_PROGRAM, 3, 0, "parse");
	rows_name(m, NAME_PROGRAM, 6, 0, "m\x1bsg");
	tell(&i);
	says(1, "intercepted", "parser verdict skb_verdict msg tls filter reuseport");
	says(1, "psock_progs", "parse#3 #4 #5 m?sg#6");
	says(1, "filter_prog", "classic");
	says(1, "reuseport_prog", "#8");
	memset(i.programs, 0, sizeof(i.programs));
	tell(&i);
	says(1, "intercepted", "sockmap tls");
	says(1, "psock_progs", "");
	says(1, "filter_prog", "");
	i.flags = INTERCEPTION_ULP;
	tell(&i);
	says(1, "intercepted", "tls");
}

/* Nothing is redirected only where it is counted. */
static void redirected_bytes_are_known_while_they_are_counted(void **state)
{
	struct record_interception i = {.id = 1, .flags = INTERCEPTION_PSOCK};

	(void)state;
	put(1, SOCKET_INTERCEPTED);
	tell(&i);
	says(1, "redir_rx", "");
	says(1, "redir_tx", "");
	i.flags |= INTERCEPTION_REDIRECTS;
	i.redir_tx = 5000;
	tell(&i);
	says(1, "redir_rx", "0");
	says(1, "redir_tx", "5000");
	says(1, "tx_bytes", "0"); /* these are its own */
	i.flags = INTERCEPTION_PSOCK;
	tell(&i);
	says(1, "redir_tx", "");
	assert_int_equal(table_find(&interception_table, "redir_rx")->needs, NEEDS_REDIRECTS);
}

static void tls_is_said_as_ss_says_it(void **state)
{
	struct record_interception i = {.id = 1, .flags = INTERCEPTION_ULP, .tls_tx = TLS_CONF_SW};

	(void)state;
	put(1, SOCKET_INTERCEPTED);
	tell(&i); /* the kernel's layout is not known */
	says(1, "tls_tx", "");
	i.flags |= INTERCEPTION_TLS;
	tell(&i); /* no key was set yet */
	says(1, "tls_tx", "sw");
	says(1, "tls_rx", "none");
	says(1, "tls_version", "");
	says(1, "tls_cipher", "");
	i.tls_version = 0x0304;
	i.tls_cipher = 51;
	tell(&i);
	says(1, "tls_version", "1.3");
	says(1, "tls_cipher", "aes-gcm-128");
	i.tls_version = 0x0303;
	i.tls_cipher = 58;
	i.tls_rx = 200;
	tell(&i);
	says(1, "tls_version", "1.2");
	says(1, "tls_cipher", "aria-gcm-256");
	says(1, "tls_rx", "?");
	i.tls_cipher = 59;
	tell(&i); /* one that came later */
	says(1, "tls_cipher", "59");
}

/* One step of many that are chosen by chance: a socket comes, is taken over, let go, or ends. */
static void step(u64 n, bool *taken)
{
	u64 r = rows_scramble(n), id = 1 + r % 50;
	struct record_interception i = {.id = id, .flags = INTERCEPTION_PSOCK, .strp_msgs = id};
	struct record_socket s = socket_of(id, r >> 32 & 1 ? SOCKET_INTERCEPTED : 0);

	s.sample_ns = n;
	if (r >> 33 & 7) {
		rows_put(m, &s);
		if (s.flags)
			tell(&i);
		taken[id] = s.flags;
	} else if (model_find(m, model_key(m, id)) != IDMAP_NONE) {
		apply(m, RECORD_GONE, &(struct record_gone){.id = id, .time_ns = n});
		taken[id] = false;
	}
}

static void the_table_has_exactly_those(void **state)
{
	bool taken[51] = {};
	unsigned n;

	(void)state;
	model_keep_closed(m, 0);
	for (u64 at = 1; at <= 4000; at++) {
		step(at, taken);
		n = 0;
		for (u64 id = 1; id <= 50; id++) {
			u32 index = model_find(m, model_key(m, id));
			const struct row *r = index == IDMAP_NONE ? NULL : model_row(m, index);
			const struct record_interception *i = r ? model_interception(m, r) : NULL;

			assert_int_equal(i != NULL, taken[id]);
			assert_true(!i || i->strp_msgs == id);
			n += taken[id];
		}
		assert_int_equal(rows_in_table(), n);
		assert_int_equal(interception_table.rows(m, true), n);
	}
	assert_true(interception_table.end(m) <= 50);
}

static void tell_many(u64 from, u64 to, u32 pid, const u32 programs[PROGRAM_COUNT])
{
	for (u64 id = from; id < to; id++) {
		struct record_interception i = {.id = id, .flags = INTERCEPTION_PSOCK};
		struct record_socket s = socket_of(id, SOCKET_INTERCEPTED);

		memcpy(i.programs, programs, sizeof(i.programs));
		s.has |= HAS_OWNER;
		s.pid = pid;
		rows_put(m, &s);
		tell(&i);
	}
}

/* Thousands of sockets are one row for each process and its programs; a filter alone is none. */
static void a_check_gathers_them(void **state)
{
	static const u32 both[PROGRAM_COUNT] = {1, 2}, filter[PROGRAM_COUNT] = {[PROGRAM_FILTER] = 3};
	static const u32 msg[PROGRAM_COUNT] = {[PROGRAM_MSG] = 2}, none[PROGRAM_COUNT];
	const struct table *t = &check_intercepted;
	struct folded *f = NULL;
	u64 members = 0, rows = 0;
	char down[256];

	(void)state;
	tell_many(1, 3000, 7, both);
	tell_many(3000, 3010, 8, both);
	tell_many(3010, 3013, 8, msg);
	tell_many(3013, 3100, 8, filter);
	tell_many(3100, 3200, 8, none);
	rows_name(m, NAME_PROGRAM, 1, 0, "a");
	rows_name(m, NAME_PROGRAM, 2, 0, "b");
	rows_tick(m, 1);
	assert_int_equal(fold_new(&f, t, m), 0);
	table_each (t, c)
		fold_want(f, c);
	while (!fold_whole(f))
		assert_int_equal(fold_work(f, 0), 1);
	for (u32 i = 0; i < fold_end(f); i++) {
		const void *row = fold_row(f, i);
		struct value v;

		if (!row)
			continue;
		column_value(table_find(t, "members"), f, row, &v);
		rows++;
		members += v.integer;
		assert_true(fold_down(t, f, row, down, sizeof(down)));
		assert_true(v.integer != 3 || strcmp(down, "pid = 8 and psock_progs = \"b#2\"") == 0);
	}
	assert_int_equal(rows, 3);
	assert_int_equal(members, 3012);
	fold_free(f);
}

static void memory_is_bounded(void **state)
{
	struct record_interception i = {.id = 1, .flags = INTERCEPTION_PSOCK};
	struct record rec = {.kind = RECORD_INTERCEPTION, .interception = &i};
	struct error err = {};

	(void)state;
	put(1, SOCKET_INTERCEPTED);
	model_limit(m, 100, 1);
	assert_int_equal(model_apply(m, &rec, &err), -E2BIG);
	assert_null(model_interception(m, row_of(1)));
	assert_int_equal(rows_in_table(), 0);
}

/* -- MPTCP --------------------------------------------------------------------------------------------------------- */

static void put_subflow(u64 id, u32 netns, u32 token, u64 rx, u64 all)
{
	struct record_interception i = {.id = id,
					.flags = INTERCEPTION_ULP | INTERCEPTION_MPTCP_BYTES,
					.mptcp_token = token,
					.mptcp_rx_bytes = all};
	struct record_socket s = socket_of(id, SOCKET_INTERCEPTED | SOCKET_MPTCP);

	s.netns = netns;
	s.rx_bytes = rx;
	rows_put(m, &s);
	tell(&i);
}

/* Two connections have the same token in different namespaces; what the subflows carried twice counts once. */
static void subflows_are_one_connection(void **state)
{
	const struct table *t = &mptcp_fold;
	struct folded *f = NULL;
	char down[256], text[256], of[2][512] = {};

	(void)state;
	put_subflow(1, 5, 0xabc, 700, 900);
	put_subflow(2, 5, 0xabc, 300, 1000);
	put_subflow(3, 6, 0xabc, 50, 50);
	put_subflow(4, 6, 0, 1, 1);
	put(5, 0);
	says(1, "mptcp_conn", "abc");
	says(4, "mptcp_conn", "");
	rows_tick(m, 1);
	assert_int_equal(fold_new(&f, t, m), 0);
	table_each (t, c)
		fold_want(f, c);
	while (!fold_whole(f))
		assert_int_equal(fold_work(f, 0), 1);
	for (u32 i = 0; i < fold_end(f); i++) {
		static const char *const columns[] = {"netns", "members", "rx_bytes", "mptcp_rx_bytes"};
		const void *row = fold_row(f, i);
		u64 netns = 0;

		for (size_t c = 0; row && c < ARRAY_SIZE(columns); c++) {
			column_print(table_find(t, columns[c]), f, row, text, sizeof(text));
			netns = c ? netns : strtoull(text, NULL, 10);
			strcat(strcat(of[netns - 5], text), " ");
		}
		if (!row)
			continue;
		assert_true(fold_down(t, f, row, down, sizeof(down)));
		strcat(of[netns - 5], down);
	}
	assert_string_equal(of[0], "5 2 1000 1000 netns = 5 and mptcp_conn = abc");
	assert_string_equal(of[1], "6 1 50 50 netns = 6 and mptcp_conn = abc");
	fold_free(f);
}

/* -- programs where many sockets pass ------------------------------------------------------------------------------ */

static void attach(enum attach_place place, u64 key, u32 count, const u8 *hooks)
{
	struct record_attached a = {.key = key, .place = (u8)place, .count = count};

	for (u32 i = 0; i < MIN(count, ATTACHED_MAX); i++) {
		a.hooks[i] = hooks[i];
		a.programs[i] = i + 1;
	}
	apply(m, RECORD_ATTACHED, &a);
}

static void only_programs_that_see_such_a_socket(void **state)
{
	static const u8 hooks[] = {10, 11, 3, 14, 15, 1, 99};
	struct record_socket s = socket_of(1, 0);

	(void)state;
	s.cgroup_id = 8;
	rows_put(m, &s);
	says(1, "cgroup_progs", ""); /* nobody has said anything */
	attach(ATTACH_CGROUP, 8, 0, hooks);
	says(1, "cgroup_progs", "none");
	attach(ATTACH_CGROUP, 8, 7, hooks);
	rows_name(m, NAME_PROGRAM, 3, 0, "o\x1bps");
	says(1, "cgroup_progs", "connect4:#1 sock_ops:o?ps#3 egress:#6");
	s.is_mapped = 1;
	s.sample_ns++;
	rows_put(m, &s);
	says(1, "cgroup_progs", "connect6:#2 sock_ops:o?ps#3 egress:#6");
	s.id = 2;
	s.proto = IPPROTO_UDP;
	rows_put(m, &s);
	says(2, "cgroup_progs", "connect6:#2 sendmsg4:#4 sendmsg6:#5 egress:#6");
	s.id = 3;
	s.is_mapped = 0;
	rows_put(m, &s);
	says(3, "cgroup_progs", "connect4:#1 sendmsg4:#4 egress:#6");
	attach(ATTACH_CGROUP, 8, 0, hooks);
	says(3, "cgroup_progs", "none");
	s.has &= ~(u64)HAS_CGROUP;
	s.id = 4;
	rows_put(m, &s);
	says(4, "cgroup_progs", "");
	assert_int_equal(rows_in_table(), 0);
}

static void put_device(u64 id, u32 ifindex, u64 has)
{
	apply(m, RECORD_DEVICE,
	      &(struct record_device){.id = id, .has = has, .space = 1, .kind = DEVICE_NIC, .ifindex = ifindex});
}

static void programs_go_with_their_device(void **state)
{
	static const u8 hooks[ATTACHED_MAX] = {ATTACH_XDP, ATTACH_TC_EGRESS};
	struct record_socket s = socket_of(1, 0);

	(void)state;
	s.netns = 5;
	s.via = 3;
	rows_put(m, &s);
	apply(m, RECORD_SPACE, &(struct record_space){.id = 1, .netns = 5, .time_ns = 1});
	attach(ATTACH_DEVICE, 8, 2, hooks); /* its device comes later */
	attach(ATTACH_DEVICE, 9, 1, hooks);
	says(1, "device_progs", "");
	put_device(8, 3, 0);
	put_device(9, 4, 0);
	says(1, "device_progs", "xdp:#1 tc_egress:#2");
	attach(ATTACH_CGROUP, 8, 0, hooks); /* the same number, of another place */
	says(1, "device_progs", "xdp:#1 tc_egress:#2");
	put_device(8, 3, DEVICE_GONE);
	assert_null(model_attached(m, ATTACH_DEVICE, 8));
	assert_non_null(model_attached(m, ATTACH_DEVICE, 9)); /* which has taken its place */
	assert_non_null(model_attached(m, ATTACH_CGROUP, 8));
	put_device(8, 3, 0);
	says(1, "device_progs", "");
	attach(ATTACH_DEVICE, 8, ATTACHED_MAX + 5, hooks);
	assert_int_equal(model_attached(m, ATTACH_DEVICE, 8)->count, ATTACHED_MAX + 5);
	apply(m, RECORD_ATTACHED, &(struct record_attached){.key = 8, .place = ATTACH_CGROUP, .gone = 1});
	assert_null(model_attached(m, ATTACH_CGROUP, 8));
	attach(ATTACH_PLACES, 8, 1, hooks);
	attach(0, 8, 1, hooks);
	attach(ATTACH_CGROUP, 0, 1, hooks);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(nobodys_is_ignored),
	    CASE(it_is_known_while_the_socket_has_it),
	    CASE(an_end_keeps_it),
	    CASE(words_and_programs),
	    CASE(redirected_bytes_are_known_while_they_are_counted),
	    CASE(tls_is_said_as_ss_says_it),
	    CASE(the_table_has_exactly_those),
	    CASE(a_check_gathers_them),
	    CASE(memory_is_bounded),
	    CASE(only_programs_that_see_such_a_socket),
	    CASE(programs_go_with_their_device),
	    CASE(subflows_are_one_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
