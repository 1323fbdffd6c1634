/* The view of the layers without a terminal: when the collector is asked for them and when no more, and what keys do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "app.h"
#include "choose.h"
#include "buf.h"
#include "file.h"
#include "model.h"
#include "layer_table.h"
#include "layers_view.h"
#include "socket_table.h"
#include "stream.h"
#include "view_layers.h"
#include "view_losses.h"
#include "view_sockets.h"
#include "views.h"

#define SECOND 1000000000ULL
#define TICKS 15
#define SOCKETS 5

struct world {
	char dir[40], path[64], config[64];
	struct model *model;
	struct feed *feed;
	struct app app;
	struct ui_options o;
};

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

static void show(struct world *w)
{
	struct view *v = app_view(&w->app);

	if (v->class->work)
		while (!v->class->work(v, 0))
			;
	app_draw(&w->app);
}

static struct world *open_world(void **state, const struct ui_options *o)
{
	struct world *w = *state;
	struct error err = {};
	int r;

	w->o = *o;
	w->o.config = w->config;
	assert_int_equal(model_new(&w->model), 0);
	assert_int_equal(feed_replay(&w->feed, w->model, w->path, 0, &err), 0);
	assert_int_equal(app_init(&w->app, &w->o, ui_views, w->feed, w->model, true, &err), 0);
	assert_int_equal(canvas_resize(&w->app.canvas, 100, 30), 0);
	while ((r = feed_step(w->feed, SECOND, &err)) != FEED_END) {
		assert_true(r >= 0);
		if (r == FEED_TICK)
			app_tick(&w->app);
	}
	show(w);
	return w;
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	strcpy(w->dir, "/tmp/skbtop-layers-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	snprintf(w->path, sizeof(w->path), "%s/r.skbtop", w->dir);
	snprintf(w->config, sizeof(w->config), "%s/config.ini", w->dir);
	make_recording(w->path);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	app_deinit(&w->app);
	feed_free(w->feed);
	model_free(w->model);
	unlink(w->path);
	unlink(w->config);
	rmdir(w->dir);
	free(w);
	return 0;
}

static void press(struct world *w, uint32_t key)
{
	app_key(&w->app, key, NULL);
	show(w);
}

static void on_while_they_are_seen(void **state)
{
	struct world *w = open_world(state, &(struct ui_options){.sample = 10});

	assert_int_equal(w->app.layers_asked, 0);
	app_show_view(&w->app, &view_layers_class);
	assert_int_equal(w->app.layers_asked, 10);
	/* The socket that was opened from there shows them, and help lies on top. */
	press(w, 'j');
	press(w, K_ENTER);
	assert_ptr_equal(app_view(&w->app)->class, &view_socket_class);
	assert_int_equal(w->app.layers_asked, 10);
	press(w, '?');
	assert_int_equal(w->app.layers_asked, 10);
	press(w, K_ESC);
	press(w, K_ESC);
	assert_ptr_equal(app_view(&w->app)->class, &view_layers_class);
	press(w, K_ESC);
	assert_ptr_equal(app_view(&w->app)->class, &view_sockets_class);
	assert_int_equal(w->app.layers_asked, 0);
	press(w, '2');
	assert_ptr_equal(app_view(&w->app)->class, &view_layers_class);
	press(w, '1');
	assert_int_equal(w->app.layers_asked, 0);
}

static void on_while_a_column_needs_them(void **state)
{
	cleanup_choice struct table_choice c = choose(&socket_table, NULL, NULL, "pid,rx_app_p99_us");
	struct world *w = open_world(state, &(struct ui_options){.rows = &c});

	assert_int_equal(w->app.layers_asked, 1);
	press(w, K_ENTER);
	assert_int_equal(w->app.layers_asked, 1);
}

static void on_while_a_filter_or_the_order_needs_them(void **state)
{
	cleanup_choice struct table_choice order = choose(&socket_table, NULL, "tx_nic_max:desc", NULL);
	struct world *w = open_world(state, &(struct ui_options){.rows = &order});

	assert_int_equal(w->app.layers_asked, 1);
	press(w, '<');
	assert_int_equal(w->app.layers_asked, 0);
	press(w, '\\');
	for (const char *c = "rx_ip_p50 > 1us"; *c; c++)
		press(w, (uint32_t)*c);
	press(w, K_ENTER);
	assert_int_equal(w->app.layers_asked, 1);
	/* Nobody sees it while another view is in front. */
	app_show_view(&w->app, &view_drops_class);
	assert_int_equal(w->app.layers_asked, 0);
	press(w, '1');
	assert_int_equal(w->app.layers_asked, 1);
	press(w, K_ESC);
	assert_int_equal(w->app.layers_asked, 0);
}

static void on_all_the_time(void **state)
{
	struct world *w = open_world(state, &(struct ui_options){.layers = true, .sample = 3, .view = "layers"});

	assert_ptr_equal(app_view(&w->app)->class, &view_layers_class);
	press(w, '1');
	assert_int_equal(w->app.layers_asked, 3);
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
	struct layers_view *s = layers_view_of(app_view(&w->app));

	/* Layers that are not told apart are passed over, and after the last comes the first. */
	assert_int_equal(s->layer, LAYER_RX_APP);
	press(w, K_RIGHT);
	assert_int_equal(s->layer, LAYER_TX_TCP);
	press(w, K_RIGHT);
	assert_int_equal(s->layer, LAYER_TX_QDISC);
	press(w, K_RIGHT);
	press(w, K_RIGHT);
	assert_int_equal(s->layer, LAYER_RX_MAC);
	press(w, K_LEFT);
	assert_int_equal(s->layer, LAYER_TX_NIC);
	assert_int_equal(layers_view_focus(s).layer, LAYER_TX_NIC);
	assert_int_equal(layers_view_focus(s).owner, 0);
	/* There is nothing to open. */
	press(w, K_ENTER);
	assert_ptr_equal(app_view(&w->app)->class, &view_layers_class);
	/* On a row they are the list's own. */
	press(w, 'j');
	press(w, K_RIGHT);
	assert_int_equal(s->layer, LAYER_TX_NIC);
}

static void what_is_drawn_follows_the_cursor(void **state)
{
	struct world *w = open_world(state, &(struct ui_options){.view = "layers"});
	struct layers_view *s = layers_view_of(app_view(&w->app));
	struct layers_focus f;

	/* The most time is in the last layer of the last socket; the machine's are not in the list. */
	assert_int_equal(list_count(s->list.list), SOCKETS * (LAYER_PARTS - 1));
	press(w, 'j');
	f = layers_view_focus(s);
	assert_int_equal(f.owner, SOCKETS);
	assert_int_equal(f.layer, LAYER_TX_NIC);
	press(w, 'j');
	f = layers_view_focus(s);
	assert_int_equal(f.owner, SOCKETS);
	assert_int_equal(f.layer, LAYER_TX_QDISC);
	/* The cursor stays with its row. */
	press(w, 'I');
	assert_int_equal(owner_at(s, 0), 1);
	f = layers_view_focus(s);
	assert_int_equal(f.owner, SOCKETS);
	assert_int_equal(f.layer, LAYER_TX_QDISC);
	press(w, 'g');
	assert_int_equal(layers_view_focus(s).owner, 0);
	press(w, 'j');
	press(w, 'k');
	assert_null(table_view_selected(&s->list));
	press(w, 'G');
	press(w, 'j');
	assert_int_equal(layers_view_focus(s).owner, SOCKETS);
	/* The machine's are there where all is asked for. */
	press(w, 'a');
	assert_int_equal(list_count(s->list.list), (SOCKETS + 1) * (LAYER_PARTS - 1));
}

static void click(struct world *w, int y)
{
	struct view *v = app_view(&w->app);

	v->class->mouse(v, &(struct mouse){MOUSE_PRESS, 70, y});
	show(w);
}

/* The line of the view on which a heading of the list stands. */
static int heading_line(const struct world *w)
{
	const struct canvas *c = &w->app.canvas;

	for (int y = 0; y < c->lines; y++) {
		const struct glyph *g = &c->glyphs[y * c->columns];

		if (g[1].ch == 'O' && g[2].ch == 'W' && g[3].ch == 'N')
			return y - app_view(&w->app)->pane.y;
	}
	fail_msg("no list is drawn");
	return -1;
}

/* The list is a part of the view: what is clicked at is what stands there. */
static void the_mouse_finds_the_rows(void **state)
{
	struct world *w = open_world(state, &(struct ui_options){.view = "layers"});
	struct layers_view *s = layers_view_of(app_view(&w->app));
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
	assert_ptr_equal(app_view(&w->app)->class, &view_socket_class);
}

static void a_filter_of_the_command_line_holds(void **state)
{
	cleanup_choice struct table_choice c = choose(&layer_table, "pid = 997 and layer = rx_*", NULL, NULL);
	struct world *w = open_world(state, &(struct ui_options){.view = "layers", .rows = &c});
	struct layers_view *s = layers_view_of(app_view(&w->app));

	assert_int_equal(list_count(s->list.list), 4);
	assert_int_equal(owner_at(s, 0), 3);
	assert_int_equal(owner_at(s, 3), 3);
}

static void any_size_can_be_drawn(void **state)
{
	struct world *w = open_world(state, &(struct ui_options){.view = "layers", .layer_alarm = true});

	press(w, 'j');
	for (int columns = 1; columns < 230; columns += columns < 90 ? 1 : 13) {
		for (int lines = 1; lines < 60; lines += lines < 30 ? 1 : 7) {
			assert_int_equal(canvas_resize(&w->app.canvas, columns, lines), 0);
			app_draw(&w->app);
		}
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(on_while_they_are_seen),
	    TEST(on_while_a_column_needs_them),
	    TEST(on_while_a_filter_or_the_order_needs_them),
	    TEST(on_all_the_time),
	    TEST(while_the_cursor_is_on_no_row_keys_choose_the_machines_layer),
	    TEST(what_is_drawn_follows_the_cursor),
	    TEST(the_mouse_finds_the_rows),
	    TEST(a_filter_of_the_command_line_holds),
	    TEST(any_size_can_be_drawn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
