/* Holds docs/json.md ($JSON_MD) to the code: every name is there, once, under its heading, and no other. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "exchange_table.h"
#include "request_table.h"
#include "finding_table.h"
#include "folds.h"
#include "harness.h"
#include "documented.h"
#include "json.h"
#include "interception_table.h"
#include "devices_table.h"
#include "layer_table.h"
#include "life_table.h"
#include "loss_table.h"
#include "packet.h"
#include "socket_table.h"
#include "packet_table.h"

static void take_name(struct names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->at[i], name) == 0) {
			names->count--;
			memmove(names->at[i], names->at[names->count], sizeof(names->at[i]));
			return;
		}
	fail_msg("docs/json.md lacks '%s'", name);
}

static void assert_empty(const struct names *names)
{
	if (names->count)
		fail_msg("docs/json.md has '%s', which does not exist or stands twice", names->at[0]);
}

static void test_tick(void **state)
{
	struct json_name n;
	struct names names;
	char name[64];

	(void)state;
	documented("tick", &names);
	for (size_t i = 0; json_tick_name(i, &n); i++) {
		snprintf(name, sizeof(name), "%s%s%s", n.group, *n.group ? "." : "", n.name);
		take_name(&names, name);
	}
	assert_empty(&names);
}

static void check_columns(const char *heading, bool contract)
{
	struct names names;

	documented(heading, &names);
	table_each (&socket_table, c)
		if (column_is_contract(&socket_table, c) == contract)
			take_name(&names, c->name);
	assert_empty(&names);
}

static void test_socket(void **state)
{
	(void)state;
	check_columns("socket", true);
}

static void test_packet(void **state)
{
	struct names names;

	(void)state;
	documented("packet", &names);
	table_each (&packet_table, c)
		if (column_is_contract(&packet_table, c))
			take_name(&names, c->name);
	assert_empty(&names);
}

static void test_more(void **state)
{
	(void)state;
	check_columns("more names", false);
}

/* Every name of the other tables' rows is under the heading of its kind. */
static void test_other_tables(void **state)
{
	static const struct {
		const char *heading;
		const struct table *table;
	} kinds[] = {{"retransmit", &retransmit_table},
		     {"drop", &drop_table},
		     {"reset", &reset_table},
		     {"life", &life_table},
		     {"exchange", &exchange_table},
		     {"request", &request_table},
		     {"device", &device_table},
		     {"cpu", &cpu_table},
		     {"counter", &counter_table},
		     {"stack", &stack_table},
		     {"interception", &interception_table},
		     {"layer", &layer_table},
		     {"event", &layer_event_table},
		     {"finding", &finding_table}};
	struct names names;

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		documented(kinds[k].heading, &names);
		table_each (kinds[k].table, c)
			if (column_is_contract(kinds[k].table, c))
				take_name(&names, c->name);
		assert_empty(&names);
	}
}

/* What ways of gathering have in common stands under the first one's heading. */
static void test_folds(void **state)
{
	struct names names;
	const struct table *t;

	(void)state;
	for (size_t i = 0; (t = fold_at(i)); i++) {
		const struct table *first = t->fold->way_of;

		documented(t->name, &names);
		table_each (t, c)
			if (column_is_contract(t, c) && !(first && column_is_contract(first, c)))
				take_name(&names, c->name);
		assert_empty(&names);
	}
}

static void test_limited(void **state)
{
	struct names names;

	(void)state;
	documented("limited", &names);
	for (unsigned v = LIMITED_UNKNOWN + 1; v < LIMITED_COUNT; v++)
		take_name(&names, limited_name(v));
	assert_empty(&names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_other_tables), cmocka_unit_test(test_tick),    cmocka_unit_test(test_socket),
	    cmocka_unit_test(test_more),         cmocka_unit_test(test_limited), cmocka_unit_test(test_packet),
	    cmocka_unit_test(test_folds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
