/* The view of the layers without a terminal: when the collector is asked for them and when no more, and what keys do.
 */
#include "ui_fixture.h"

#include "choose.h"
#include "layer_table.h"
#include "layers_view.h"
#include "view_layers.h"
#include "view_losses.h"
#include "view_rtt.h"
#include "view_sockets.h"

#define TICKS 15
#define SOCKETS 5

static void put_layers(struct buf *b, u64 id, u64 tick)
{
	struct record_layers r = {.id = id};

	for (unsigned i = 0; i < LAYER_PARTS; i++) {
		r.n[i] = tick * 100;
		r.sum_ns[i] = tick * 100 * 1000 * (id + 1) * (i + 1);
		r.max_ns[i] = 1500 * (id + 1) * (i + 1);
		r.buckets[i * LAYER_BUCKETS + 6 + id] = (u32)(tick * 100);
	}
	stream_put(b, RECORD_LAYERS, &r);
}

static void make_recording(const char *path)
{
	cleanup_buf struct buf b = {};

	stream_open(&b);
	for (u64 n = 1; n <= TICKS; n++) {
		struct record_stages stages = {.sample = 1, .merged = 1U << LAYER_TX_IP};

		for (u64 id = 1; id <= SOCKETS; id++) {
			struct record_socket s = {.id = id,
						  .has = HAS_OWNER | HAS_REMOTE | HAS_TCP,
						  .sample_ns = n * SECOND,
						  .pid = (u32)(1000 - id),
						  .family = 4,
						  .proto = IPPROTO_TCP,
						  .state = STATE_ESTABLISHED};

			stream_put(&b, RECORD_SOCKET, &s);
			put_layers(&b, id, n);
		}
		put_layers(&b, 0, n);
		stream_put(&b, RECORD_STAGES, &stages);
		stream_put(&b, RECORD_TICK,
			   &(struct record_tick){.number = n, .time_ns = n * SECOND, .interval_ns = SECOND});
	}
	assert_int_equal(file_write_atomic(path, buf_at(&b), buf_len(&b), NULL), 0);
}

static struct world *open_world(void **state, const struct ui_options *o)
{
	struct world *w = *state = world_open(make_recording, *o);

	for (int i = 0; i < TICKS; i++)
		tick(w);
	return w;
}

static void on_while_they_are_seen(void **state)
{
	struct world *w = open_world(state, &(struct ui_options){.sample = 10});

	assert_int_equal(w->app->layers_asked, 0);
	app_show_view(w->app, &view_layers_class);
	assert_int_equal(w->app->layers_asked, 10);
	/* The socket that was opened from there shows them, and help lies on top. */
	key(w, 'j');
	key(w, K_ENTER);
	assert_ptr_equal(app_view(w->app)->class, &view_socket_class);
	assert_int_equal(w->app->layers_asked, 10);
	key(w, '?');
	assert_int_equal(w->app->layers_asked, 10);
	key(w, K_ESC);
	key(w, K_ESC);
	assert_ptr_equal(app_view(w->app)->class, &view_layers_class);
	key(w, K_ESC);
	assert_ptr_equal(app_view(w->app)->class, &view_sockets_class);
	assert_int_equal(w->app->layers_asked, 0);
	key(w, '2');
	assert_ptr_equal(app_view(w->app)->class, &view_layers_class);
	key(w, '1');
	assert_int_equal(w->app->layers_asked, 0);
}

static void on_while_a_column_needs_them(void **state)
{
	cleanup_choice struct table_choice c = choose(&socket_table, NULL, NULL, "pid,rx_app_p99_us");
	struct world *w = open_world(state, &(struct ui_options){.rows = &c});

	assert_int_equal(w->app->layers_asked, 1);
	key(w, K_ENTER);
	assert_int_equal(w->app->layers_asked, 1);
}

static void on_while_round_trips_are_seen_one_by_one(void **state)
{
	struct world *w = open_world(state, &(struct ui_options){});

	key(w, 'H');
	assert_ptr_equal(app_view(w->app)->class, &view_rtt_class);
	assert_int_equal(w->app->layers_asked, 0);
	key(w, 'H');
	assert_int_equal(w->app->layers_asked, 1);
	key(w, 'H');
	assert_int_equal(w->app->layers_asked, 0);
	key(w, 'H');
	key(w, K_ESC);
	assert_int_equal(w->app->layers_asked, 0);
}

/* Translated connections: for a column, for a filter, for pairs as groups; and for who looks for another end. */
static void nat_is_asked_for(void **state)
{
	struct world *w = open_world(state, &(struct ui_options){});

	assert_int_equal(w->app->nat_asked, 0);
	for (int i = 0; i < 16 && !w->app->nat_asked; i++)
		key(w, 't');
	assert_int_equal(w->app->nat_asked, 1);
	key(w, 't');
	assert_int_equal(w->app->nat_asked, 0);
	key(w, '\\');
	press(w, "known peer_comm\n");
	assert_int_equal(w->app->nat_asked, 1);
	key(w, K_ESC);
	assert_int_equal(w->app->nat_asked, 0);
	key(w, 'o');
	assert_int_equal(w->app->nat_asked, 1);
}

static void redirected_bytes_are_asked_for(void **state)
{
	struct world *w = open_world(state, &(struct ui_options){});

	assert_int_equal(w->app->redirects_asked, 0);
	key(w, '\\');
	press(w, "redir_tx > 0\n");
	assert_int_equal(w->app->redirects_asked, 1);
	key(w, K_ESC);
	assert_int_equal(w->app->redirects_asked, 0);
}

static void on_while_a_filter_or_the_order_needs_them(void **state)
{
	cleanup_choice struct table_choice order = choose(&socket_table, NULL, "tx_nic_max:desc", NULL);
	struct world *w = open_world(state, &(struct ui_options){.rows = &order});

	assert_int_equal(w->app->layers_asked, 1);
	key(w, '<');
	assert_int_equal(w->app->layers_asked, 0);
	key(w, '\\');
	press(w, "rx_ip_p50 > 1us\n");
	assert_int_equal(w->app->layers_asked, 1);
	/* Nobody sees it while another view is in front. */
	app_show_view(w->app, &view_drops_class);
	assert_int_equal(w->app->layers_asked, 0);
	key(w, '1');
	assert_int_equal(w->app->layers_asked, 1);
	key(w, K_ESC);
	assert_int_equal(w->app->layers_asked, 0);
}

static void on_all_the_time(void **state)
{
	struct world *w = open_world(state, &(struct ui_options){.layers = true, .sample = 3, .view = "layers"});

	assert_ptr_equal(app_view(w->app)->class, &view_layers_class);
	key(w, '1');
	assert_int_equal(w->app->layers_asked, 3);
}

static u64 owner_at(const struct layers_view *s, u32 line)
{
	const struct layer_row *r = table_view_line(&s->list, line).row;

	assert_non_null(r);
	return layer_row_owner(r);
}

static void while_the_cursor_is_on_no_row_keys_choose_the_machines_layer(void **state)
{
	struct world *w = open_world(state, &(struct ui_options){.view = "layers"});
	struct layers_view *s = layers_view_of(app_view(w->app));

	/* Layers that are not told apart are passed over, and after the last comes the first. */
	assert_int_equal(s->layer, LAYER_RX_APP);
	key(w, K_RIGHT);
	assert_int_equal(s->layer, LAYER_TX_TCP);
	key(w, K_RIGHT);
	assert_int_equal(s->layer, LAYER_TX_QDISC);
	key(w, K_RIGHT);
	key(w, K_RIGHT);
	assert_int_equal(s->layer, LAYER_RX_MAC);
	key(w, K_LEFT);
	assert_int_equal(s->layer, LAYER_TX_NIC);
	assert_int_equal(layers_view_focus(s).layer, LAYER_TX_NIC);
	assert_int_equal(layers_view_focus(s).owner, 0);
	/* There is nothing to open. */
	key(w, K_ENTER);
	assert_ptr_equal(app_view(w->app)->class, &view_layers_class);
	/* On a row they are the list's own. */
	key(w, 'j');
	key(w, K_RIGHT);
	assert_int_equal(s->layer, LAYER_TX_NIC);
}

static void what_is_drawn_follows_the_cursor(void **state)
{
	struct world *w = open_world(state, &(struct ui_options){.view = "layers"});
	struct layers_view *s = layers_view_of(app_view(w->app));
	struct layers_focus f;

	/* The most time is in the last layer of the last socket; the machine's are not in the list. */
	assert_int_equal(list_count(s->list.list), SOCKETS * (LAYER_PARTS - 1));
	key(w, 'j');
	f = layers_view_focus(s);
	assert_int_equal(f.owner, SOCKETS);
	assert_int_equal(f.layer, LAYER_TX_NIC);
	key(w, 'j');
	f = layers_view_focus(s);
	assert_int_equal(f.owner, SOCKETS);
	assert_int_equal(f.layer, LAYER_TX_QDISC);
	/* The cursor stays with its row. */
	key(w, 'I');
	assert_int_equal(owner_at(s, 0), 1);
	f = layers_view_focus(s);
	assert_int_equal(f.owner, SOCKETS);
	assert_int_equal(f.layer, LAYER_TX_QDISC);
	key(w, 'g');
	assert_int_equal(layers_view_focus(s).owner, 0);
	key(w, 'j');
	key(w, 'k');
	assert_null(table_view_selected(&s->list));
	key(w, 'G');
	key(w, 'j');
	assert_int_equal(layers_view_focus(s).owner, SOCKETS);
	/* The machine's are there where all is asked for. */
	key(w, 'a');
	assert_int_equal(list_count(s->list.list), (SOCKETS + 1) * (LAYER_PARTS - 1));
}

static void click(struct world *w, int y)
{
	struct view *v = app_view(w->app);

	v->class->mouse(v, &(struct mouse){MOUSE_PRESS, 70, y});
	show(w);
}

/* The line of the view on which a heading of the list stands. */
static int heading_line(const struct world *w)
{
	const struct canvas *c = &w->app->canvas;

	for (int y = 0; y < c->lines; y++) {
		const struct glyph *g = &c->glyphs[y * c->columns];

		if (g[1].ch == 'O' && g[2].ch == 'W' && g[3].ch == 'N')
			return y - app_view(w->app)->pane.y;
	}
	fail_msg("no list is drawn");
	return -1;
}

/* The list is a part of the view: what is clicked at is what stands there. */
static void the_mouse_finds_the_rows(void **state)
{
	struct world *w = open_world(state, &(struct ui_options){.view = "layers"});
	struct layers_view *s = layers_view_of(app_view(w->app));
	bool down;
	const struct column *before = list_sort(s->list.list, &down);
	int heading = heading_line(w);

	click(w, 0);
	assert_null(table_view_selected(&s->list));
	click(w, heading + 3);
	assert_int_equal(s->list.cursor, 2);
	assert_ptr_equal(table_view_selected(&s->list), table_view_line(&s->list, 2).row);
	s->list.view.class->mouse(&s->list.view, &(struct mouse){MOUSE_WHEEL_UP, 0, 0});
	assert_null(table_view_selected(&s->list));
	s->list.view.class->mouse(&s->list.view, &(struct mouse){MOUSE_WHEEL_DOWN, 0, 0});
	assert_int_equal(s->list.cursor, 2);
	click(w, heading);
	assert_ptr_not_equal(list_sort(s->list.list, &down), before);
	/* A second time at a row opens it. */
	click(w, heading + 1 + (int)(s->list.cursor - s->list.top));
	assert_ptr_equal(app_view(w->app)->class, &view_socket_class);
}

static void a_filter_of_the_command_line_holds(void **state)
{
	cleanup_choice struct table_choice c = choose(&layer_table, "pid = 997 and layer = rx_*", NULL, NULL);
	struct world *w = open_world(state, &(struct ui_options){.view = "layers", .rows = &c});
	struct layers_view *s = layers_view_of(app_view(w->app));

	assert_int_equal(list_count(s->list.list), 4);
	assert_int_equal(owner_at(s, 0), 3);
	assert_int_equal(owner_at(s, 3), 3);
}

static void any_size_can_be_drawn(void **state)
{
	struct world *w = open_world(state, &(struct ui_options){.view = "layers", .layer_alarm = true});

	key(w, 'j');
	for (int columns = 1; columns < 230; columns += columns < 90 ? 1 : 13) {
		for (int lines = 1; lines < 60; lines += lines < 30 ? 1 : 7) {
			assert_int_equal(canvas_resize(&w->app->canvas, columns, lines), 0);
			app_draw(w->app);
		}
	}
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(on_while_they_are_seen),
	    TEST(on_while_a_column_needs_them),
	    TEST(on_while_round_trips_are_seen_one_by_one),
	    TEST(on_while_a_filter_or_the_order_needs_them),
	    TEST(nat_is_asked_for),
	    TEST(redirected_bytes_are_asked_for),
	    TEST(on_all_the_time),
	    TEST(while_the_cursor_is_on_no_row_keys_choose_the_machines_layer),
	    TEST(what_is_drawn_follows_the_cursor),
	    TEST(the_mouse_finds_the_rows),
	    TEST(a_filter_of_the_command_line_holds),
	    TEST(any_size_can_be_drawn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
