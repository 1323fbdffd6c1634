/* The kinds of records as the schema describes them, and the words for their numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "record.h"

/* No padding: what the fields do not cover would travel uninitialised. */
static void fields_cover_their_structs(void **state)
{
	for (unsigned kind = 1; kind < RECORD_KIND_COUNT; kind++) {
		const struct record_type *t = record_type(kind);
		size_t at = 0;

		if (!t) /* a number that no kind has */
			continue;
		assert_int_equal(t->size % 8, 0);
		for (size_t i = 0; i < t->field_count; i++) {
			const struct record_field *f = &t->fields[i];

			if (f->offset != at)
				fail_msg("%s.%s is at %u, not at %zu", t->name, f->name, f->offset, at);
			at += (size_t)f->width * f->count;
			assert_true(strlen(f->name) < 256);
			for (size_t k = 0; k < i; k++)
				assert_string_not_equal(f->name, t->fields[k].name);
		}
		assert_int_equal(at, t->size);
	}
	assert_null(record_type(0));
	assert_null(record_type(RECORD_KIND_COUNT));
	assert_null(record_type(~0U));
}

#define BIT(x) (1U << STATE_##x)
#define SYN_RECVS (BIT(SYN_RECV) | BIT(NEW_SYN_RECV))
#define SYNCHRONIZED                                                                                                   \
	(BIT(ESTABLISHED) | SYN_RECVS | BIT(FIN_WAIT1) | BIT(FIN_WAIT2) | BIT(TIME_WAIT) | BIT(CLOSE_WAIT) |           \
	 BIT(LAST_ACK) | BIT(CLOSING))

/* The sets are those that ss -h of iproute2 6.1 lists. */
static void states_parse_as_ss_has_them(void **state)
{
	static const struct {
		const char *name;
		u32 set;
	} cases[] = {
	    {"established", BIT(ESTABLISHED)},
	    {"ESTAB", BIT(ESTABLISHED)},
	    {"syn-sent", BIT(SYN_SENT)},
	    {"syn-recv", SYN_RECVS},
	    {"syn-rcv", SYN_RECVS},
	    {"fin-wait-1", BIT(FIN_WAIT1)},
	    {"fin-wait-2", BIT(FIN_WAIT2)},
	    {"time-wait", BIT(TIME_WAIT)},
	    {"close-wait", BIT(CLOSE_WAIT)},
	    {"last-ack", BIT(LAST_ACK)},
	    {"closing", BIT(CLOSING)},
	    {"listening", BIT(LISTEN)},
	    {"listen", BIT(LISTEN)},
	    {"close", BIT(CLOSE)},
	    {"Closed", BIT(CLOSE)},
	    {"unconn", BIT(CLOSE)},
	    {"unconnected", BIT(CLOSE)},
	    {"all", SYNCHRONIZED | BIT(SYN_SENT) | BIT(CLOSE) | BIT(LISTEN)},
	    {"connected", SYNCHRONIZED | BIT(SYN_SENT)},
	    {"synchronized", SYNCHRONIZED},
	    {"bucket", SYN_RECVS | BIT(TIME_WAIT)},
	    {"big", BIT(ESTABLISHED) | BIT(SYN_SENT) | BIT(FIN_WAIT1) | BIT(FIN_WAIT2) | BIT(CLOSE) | BIT(CLOSE_WAIT) |
			BIT(LAST_ACK) | BIT(LISTEN) | BIT(CLOSING)},
	    {"bogus", 0},
	    {"", 0},
	    {"unknown", 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (state_parse(cases[i].name) != cases[i].set)
			fail_msg("%s is %#x, not %#x", cases[i].name, state_parse(cases[i].name), cases[i].set);
}

static void names_go_both_ways(void **state)
{
	for (unsigned s = 1; s < STATE_COUNT; s++)
		assert_true(state_parse(state_name(s)) & 1U << s);
	assert_string_equal(state_name(STATE_COUNT), "?");
	assert_string_equal(dir_name(DIR_LISTEN), "listen");
	assert_string_equal(dir_name(77), "unknown");
	assert_string_equal(owner_name(OWNER_CREATOR), "creator");
	assert_string_equal(owner_name(255), "unknown");
	assert_string_equal(ca_state_name(CA_LOSS), "loss");
	assert_string_equal(ca_state_name(5), "?");
	assert_string_equal(proto_name(6), "tcp");
	assert_string_equal(proto_name(17), "udp");
	assert_string_equal(proto_name(1), "icmp");
	assert_string_equal(proto_name(58), "icmpv6");
	assert_string_equal(proto_name(255), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fields_cover_their_structs),
	    cmocka_unit_test(states_parse_as_ss_has_them),
	    cmocka_unit_test(names_go_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
