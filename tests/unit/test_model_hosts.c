/* Whose rows they are: two machines give their sockets the same numbers, and all that is remembered of a row has to
 * tell them apart. */
#include "model.h"
#include "rows.h"

#include <stdlib.h>

#include "layers.h"
#include "loss_table.h"
#include "losses.h"
#include "packets.h"
#include "packet_table.h"

#define ID (4711 | 2ULL << 56) /* a cookie, and its third connection */

static struct row *put(struct model *m, u64 id)
{
	struct record_socket s = rows_tcp(id, "10.0.0.1", 443, "10.0.0.2", 50000);

	return rows_put(m, &s);
}

static void the_first_host_keeps_its_numbers(void **state)
{
	struct model *m = *state;

	assert_true(model_key(m, ID) == ID);
	model_set_host(m, 0);
	assert_true(model_key(m, ID) == ID);
	assert_true(put(m, ID)->s.id == ID);
	assert_int_equal(put(m, ID)->host, 0);
	assert_int_not_equal(model_find(m, ID), IDMAP_NONE);
}

static void another_hosts_are_set_apart(void **state)
{
	struct model *m = *state, *other;
	u64 key;

	put(m, ID);
	other = fixture_new();
	model_set_host(other, 3);
	key = model_key(other, ID);
	assert_true(key != ID);
	assert_true(model_socket_id(other, key) == ID);
	assert_true(model_key(other, 1) != model_key(m, 1));
	assert_int_equal(put(other, ID)->host, 3);
	assert_true(put(other, ID)->s.id == key);
	/* Neither takes the other's for its own. */
	assert_int_equal(model_find(other, ID), IDMAP_NONE);
	assert_int_equal(model_find(m, key), IDMAP_NONE);
	/* What is remembered by its key is found again in a picture that is made anew. */
	fixture_free(other);
	other = fixture_new();
	model_set_host(other, 3);
	assert_true(model_key(other, ID) == key);
	model_set_host(other, 4);
	assert_true(model_key(other, ID) != key);
	fixture_free(other);
}

static void what_is_no_socket_stays(void **state)
{
	struct model *m = *state;

	model_set_host(m, 9);
	assert_true(model_key(m, 0) == 0);
	assert_true(model_key(m, ECHO_ID) == ECHO_ID);
	assert_true(model_socket_id(m, 0) == 0);
	assert_true(model_socket_id(m, ECHO_ID) == ECHO_ID);
}

/* Each kind of record that names a socket means this host's. */
static void records_find_their_row(void **state)
{
	struct model *m = *state;
	struct record_layers layers = {.id = ID, .n = {5}, .sum_ns = {5000}, .max_ns = {1000}, .buckets = {[6] = 5}};
	struct row *r;

	model_set_host(m, 3);
	r = put(m, ID);
	apply(m, RECORD_OWNERS, &(struct record_owners){.id = ID, .owners = 7});
	assert_int_equal(r->s.owners, 7);
	apply(m, RECORD_INFO, &(struct record_info){.id = ID, .has = 1});
	assert_non_null(r->info);
	apply(m, RECORD_LAYERS, &layers);
	assert_non_null(row_layers(m, r));
	apply(m, RECORD_LOSS, &(struct record_loss){.id = ID, .kind = LOSS_RETRANSMIT, .segments = 1});
	rows_tick(m, 1);
	assert_ptr_equal(loss_row(m, model_loss(m, 1)), r);
	apply(m, RECORD_GONE, &(struct record_gone){.id = ID, .time_ns = 2 * ROWS_SECOND});
	assert_true(r->closed);
	apply(m, RECORD_RESETS, &(struct record_resets){.id = ID, .resets = 1});
	assert_int_equal(r->s.resets, 1);
	apply(m, RECORD_LAYERS, &(struct record_layers){.id = ECHO_ID, .n = {1}, .buckets = {1}});
	assert_non_null(model_layers_echo(m));
	assert_int_equal(layer_row_owner(layers_row(row_layers(m, r), 0)), r->s.id);
}

static void packets_name_their_row(void **state)
{
	struct model *m = *state;
	struct record_packet p = {.id = ID, .number = 1, .time_ns = 5, .family = 4, .proto = IPPROTO_UDP};
	struct row *r;

	model_set_host(m, 3);
	r = put(m, ID);
	apply(m, RECORD_PACKET, &p);
	apply(m, RECORD_TRACE, &(struct record_trace){.id = ID, .packets = 1});
	assert_true(packets_at(model_packets(m), 0)->r.id == r->s.id);
	assert_true(packets_trace(model_packets(m))->id == r->s.id);
}

/* People see the number that the host's own tools show. */
static void people_see_the_hosts_number(void **state)
{
	char text[64], packet[PACKET_TEXT];
	struct model *m = *state;
	struct packet p = {};

	model_set_host(m, 3);
	assert_int_not_equal(column_print(table_find(&socket_table, "id"), m, put(m, ID), text, sizeof(text)), 0);
	assert_string_equal(text, "4711.2");
	apply(m, RECORD_LOSS, &(struct record_loss){.id = ID, .kind = LOSS_DROP, .family = 4, .lport = 443});
	rows_tick(m, 1);
	assert_int_not_equal(column_print(table_find(&loss_table, "id"), m, model_loss(m, 1), text, sizeof(text)), 0);
	assert_string_equal(text, "4711.2");
	p.r.id = model_key(m, ID);
	assert_int_not_equal(column_print(table_find(&packet_table, "id"), m, &p, packet, sizeof(packet)), 0);
	assert_string_equal(packet, "4711.2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    MODEL_TEST(the_first_host_keeps_its_numbers), MODEL_TEST(another_hosts_are_set_apart),
	    MODEL_TEST(what_is_no_socket_stays),          MODEL_TEST(records_find_their_row),
	    MODEL_TEST(packets_name_their_row),           MODEL_TEST(people_see_the_hosts_number),
	};

	return cmocka_run_group_tests_name("model_hosts", tests, NULL, NULL);
}
