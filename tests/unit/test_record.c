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
	(void)state;
	for (unsigned kind = 1; kind < RECORD_KIND_COUNT; kind++) {
		const struct record_type *t = record_type(kind);
		size_t at = 0;

		assert_non_null(t);
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

static void states_parse_as_ss_has_them(void **state)
{
	static const struct {
		const char *name;
		u32 has, has_not;
	} cases[] = {
	    {"established", BIT(ESTABLISHED), ~BIT(ESTABLISHED)},
	    {"ESTAB", BIT(ESTABLISHED), ~BIT(ESTABLISHED)},
	    {"syn-sent", BIT(SYN_SENT), ~BIT(SYN_SENT)},
	    {"syn-recv", BIT(SYN_RECV) | BIT(NEW_SYN_RECV), BIT(SYN_SENT)},
	    {"syn-rcv", BIT(SYN_RECV) | BIT(NEW_SYN_RECV), BIT(SYN_SENT)},
	    {"fin-wait-1", BIT(FIN_WAIT1), BIT(FIN_WAIT2)},
	    {"time-wait", BIT(TIME_WAIT), BIT(CLOSE_WAIT)},
	    {"listening", BIT(LISTEN), ~BIT(LISTEN)},
	    {"listen", BIT(LISTEN), ~BIT(LISTEN)},
	    {"closed", BIT(CLOSE), ~BIT(CLOSE)},
	    {"unconn", BIT(CLOSE), ~BIT(CLOSE)},
	    {"all", BIT(ESTABLISHED) | BIT(CLOSE) | BIT(TIME_WAIT) | BIT(LISTEN) | BIT(CLOSING), BIT(UNKNOWN)},
	    {"connected", BIT(ESTABLISHED) | BIT(SYN_SENT) | BIT(LAST_ACK), BIT(LISTEN) | BIT(CLOSE) | BIT(TIME_WAIT)},
	    {"synchronized", BIT(ESTABLISHED) | BIT(CLOSE_WAIT), BIT(SYN_SENT) | BIT(LISTEN)},
	    {"bucket", BIT(TIME_WAIT) | BIT(NEW_SYN_RECV), BIT(ESTABLISHED)},
	    {"big", BIT(ESTABLISHED) | BIT(LISTEN) | BIT(CLOSE), BIT(TIME_WAIT) | BIT(NEW_SYN_RECV)},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		u32 set = state_parse(cases[i].name);

		if ((set & cases[i].has) != cases[i].has || set & cases[i].has_not || set >> STATE_COUNT)
			fail_msg("%s is %#x", cases[i].name, set);
	}
	assert_int_equal(state_parse("bogus"), 0);
	assert_int_equal(state_parse(""), 0);
	assert_int_equal(state_parse("unknown"), 0);
}

static void names_go_both_ways(void **state)
{
	(void)state;
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
