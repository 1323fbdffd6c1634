/* The running screen without a terminal: a made-up recording, keys, and the picture that comes of them. */
#include "ui_fixture.h"

#include "choose.h"
#include "socket_table.h"
#include "ui.h"
#include "views.h"

#define SOCKETS 60
#define TICKS 8

/* Socket i sends at a rate that turns the order round with every tick, so that every row moves. */
static void put_sockets(struct buf *b, struct record_socket *s, u64 tick)
{
	for (u64 i = 0; i < SOCKETS; i++) {
		struct record_socket *r = &s[i];

		r->sample_ns = tick * SECOND;
		r->tx_bytes += (tick % 2 ? i + 1 : SOCKETS - i) * 100000;
		/* One ends in the fourth tick. */
		if (i == 10 && tick == 4) {
			r->flags |= SOCKET_ENDED;
			r->ended_ns = r->sample_ns;
		}
		if (i != 10 || tick <= 4)
			stream_put(b, RECORD_SOCKET, r);
	}
}

static void make_recording(const char *path)
{
	cleanup_buf struct buf b = {};
	struct record_socket s[SOCKETS] = {};
	struct record_hello hello = {.cpus = 2, .host = "web1"};

	stream_open(&b);
	stream_put(&b, RECORD_HELLO, &hello);
	for (u64 i = 0; i < SOCKETS; i++) {
		s[i] = (struct record_socket){.id = i + 1,
					      .has = HAS_OWNER | HAS_REMOTE | HAS_TX_BYTES | HAS_RX_BYTES | HAS_TCP,
					      .laddr = {10, 0, 0, 5},
					      .raddr = {192, 0, 2, (u8)i},
					      .netns = 4026531840U,
					      .pid = (u32)(1000 + i / 10),
					      .rtt_us = (u32)(1000 * (i + 1)),
					      .minrtt_us = UINT32_MAX,
					      .ssthresh = 0x7fffffff,
					      .cwnd = 10,
					      .lport = 443,
					      .rport = (u16)(40000 + i),
					      .owners = 1,
					      .family = 4,
					      .proto = IPPROTO_TCP,
					      .state = STATE_ESTABLISHED,
					      .owner = OWNER_EXACT};
		snprintf((char *)s[i].comm, sizeof(s[i].comm), "prog%u", (unsigned)(i / 10));
	}
	for (u64 n = 1; n <= TICKS; n++) {
		struct record_tick t = {.number = n,
					.time_ns = n * SECOND,
					.realtime_ns = n * SECOND,
					.interval_ns = SECOND,
					.bpf_run_ns = UINT64_MAX,
					.netns_count = 1};

		put_sockets(&b, s, n);
		stream_put(&b, RECORD_TICK, &t);
	}
	assert_int_equal(file_write_atomic(path, buf_at(&b), buf_len(&b), NULL), 0);
}

static int snapshot(const char *path, const struct cells *cells, struct error *err)
{
	if (strcmp(path, "bad.txt") == 0)
		return error_set(err, -1, "bad.txt: refused");
	return 0;
}

static int setup(void **state)
{
	*state = world_open(make_recording, (struct ui_options){.write_snapshot = snapshot});
	return 0;
}

static u64 selected(struct world *w)
{
	const struct row *r = table_view_selected(table_view_of(w->app->stack[0]));

	return r ? r->s.id : 0;
}

static u32 screen_line(struct world *w)
{
	struct table_view *s = table_view_of(w->app->stack[0]);

	return s->cursor - s->top;
}

static void first_tick_has_no_rates(void **state)
{
	struct world *w = *state;

	show(w);
	assert_true(seen(w, "looking at the sockets"));
	tick(w);
	assert_true(seen(w, "prog"));
	assert_true(seen(w, "…"));
	tick(w);
	assert_false(seen(w, "…"));
	assert_true(seen(w, "60 sockets"));
}

static void the_cursor_sticks_to_its_connection(void **state)
{
	struct world *w = *state;
	u64 id;
	u32 line, moved = 0;

	tick(w);
	tick(w);
	app_key(w->app, K_PAGE_DOWN, NULL);
	press(w, "jjj");
	id = selected(w);
	line = screen_line(w);
	for (int i = 0; i < 5; i++) {
		struct table_view *s = table_view_of(w->app->stack[0]);
		u32 before = s->cursor, top;

		tick(w);
		assert_int_equal(selected(w), id);
		/* Its place in the list changes; where it stands on the screen does not, but for the list's ends. */
		moved += s->cursor != before;
		top = s->cursor > line ? s->cursor - line : 0;
		top = MIN(top, table_view_lines(s) - s->height);
		assert_int_equal(s->top, top);
		line = s->cursor - top;
	}
	assert_true(moved > 0);
	press(w, "<<I");
	assert_int_equal(selected(w), id);
	press(w, "g");
	assert_int_equal(table_view_of(w->app->stack[0])->top, 0);
	assert_int_equal(screen_line(w), 0);
}

static void filters_and_their_errors(void **state)
{
	struct world *w = *state;

	tick(w);
	tick(w);
	press(w, "\\comm = prog3\n");
	assert_true(seen(w, "10 of 60"));
	press(w, "\\");
	app_key(w->app, KEY_CTRL('u'), NULL);
	press(w, "rttt > 3\n");
	assert_true(w->app->prompt.open);
	assert_true(seen(w, "rttt > 3"));
	assert_true(seen(w, "^ no column 'rttt'"));
	assert_true(seen(w, "10 of 60")); /* the last good one is still on */
	app_key(w->app, KEY_CTRL('u'), NULL);
	press(w, "comm = nobody\n");
	assert_true(seen(w, "no socket matches the filter"));
	assert_true(seen(w, "before: 10 sockets matched  comm = prog3"));
	app_key(w->app, K_ESC, NULL);
	show(w);
	assert_true(seen(w, "60 sockets"));
}

static void search_moves_while_typing(void **state)
{
	struct world *w = *state;
	u64 first;

	tick(w);
	tick(w);
	press(w, "/192.0.2.7:");
	assert_int_equal(selected(w), 8);
	app_key(w->app, K_ESC, NULL);
	press(w, "/prog2\n");
	first = selected(w);
	assert_true(first > 20 && first <= 30);
	press(w, "n");
	assert_int_not_equal(selected(w), first);
	press(w, "N");
	assert_int_equal(selected(w), first);
	press(w, "/nowhere");
	assert_true(seen(w, "prog"));
	assert_int_equal(selected(w), first);
}

static void trees_fold(void **state)
{
	struct world *w = *state;
	struct table_view *s = table_view_of(w->app->stack[0]);

	tick(w);
	tick(w);
	press(w, "jjt");
	assert_true(seen(w, "tree by process"));
	assert_int_equal(table_view_lines(s), 66);
	press(w, "-");
	assert_int_equal(table_view_lines(s), 56);
	assert_true(s->on_head);
	press(w, "+");
	assert_int_equal(table_view_lines(s), 66);
	press(w, "*");
	assert_int_equal(table_view_lines(s), 6);
	tick(w);
	assert_int_equal(table_view_lines(s), 6);
	press(w, "\n");
	assert_int_equal(table_view_lines(s), 16);
	press(w, "ttttt");
	assert_false(table_view_is_tree(s));
}

static void closed_connections_and_follow(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 3; i++)
		tick(w);
	press(w, "/192.0.2.10:\n");
	assert_int_equal(selected(w), 11);
	press(w, "F");
	assert_true(seen(w, " follow "));
	tick(w);
	assert_true(seen(w, "59 sockets"));
	assert_true(seen(w, "the followed socket is not in the list"));
	press(w, "a");
	assert_true(seen(w, "60 sockets"));
	app_key(w->app, K_ESC, NULL);
	press(w, "\\id = 11\n\n");
	assert_true(seen(w, "ended: closed"));
}

static void tags_are_summed(void **state)
{
	struct world *w = *state;

	tick(w);
	tick(w);
	press(w, "  ");
	assert_true(seen(w, "2 tagged"));
	for (int i = 0; i < 5; i++)
		tick(w);
	assert_true(seen(w, "2 tagged"));
	press(w, "U");
	assert_false(seen(w, "tagged"));
}

static void columns_are_chosen_and_kept(void **state)
{
	struct world *w = *state;
	cleanup_buf struct buf text = {};

	tick(w);
	press(w, "c ");
	press(w, "\n"); /* the first, pid, is taken away */
	assert_false(seen(w, "  PID "));
	assert_int_equal(file_read(w->config, 4096, &text, NULL), 0);
	buf_putc(&text, '\0');
	assert_non_null(strstr((char *)buf_at(&text), "columns = comm,state,"));
}

static void sorting(void **state)
{
	struct world *w = *state;
	bool down;

	tick(w);
	tick(w);
	press(w, "srtt\n");
	assert_string_equal(list_sort(table_view_of(w->app->stack[0])->list, &down)->name, "rtt_us");
	assert_true(down);
	press(w, "I");
	list_sort(table_view_of(w->app->stack[0])->list, &down);
	assert_false(down);
	press(w, ">");
	assert_string_equal(list_sort(table_view_of(w->app->stack[0])->list, &down)->name, "retrans");
}

static void snapshots_are_asked_for(void **state)
{
	struct world *w = *state;

	tick(w);
	press(w, "w");
	app_key(w->app, KEY_CTRL('u'), NULL);
	press(w, "bad.txt\n");
	assert_true(w->app->prompt.open);
	assert_true(seen(w, "^ bad.txt: refused"));
	app_key(w->app, KEY_CTRL('u'), NULL);
	press(w, "good.svg\n");
	assert_true(seen(w, "written: good.svg"));
}

static void freezing_is_marked(void **state)
{
	struct world *w = *state;

	tick(w);
	tick(w);
	press(w, "Z");
	assert_true(seen(w, " frozen 0s "));
	press(w, "jj\n"); /* it can still be looked at, in every view */
	assert_true(seen(w, " frozen 0s "));
	assert_true(seen(w, "ESTAB"));
	assert_int_equal(canvas_resize(&w->app->canvas, 20, 5), 0);
	show(w);
	assert_true(seen(w, " frozen 0s "));
	press(w, "Z");
	assert_false(seen(w, "frozen"));
}

static void intervals_are_checked(void **state)
{
	struct world *w = *state;

	press(w, "d");
	app_key(w->app, KEY_CTRL('u'), NULL);
	press(w, "0.01\n");
	assert_true(w->app->prompt.open);
	app_key(w->app, KEY_CTRL('u'), NULL);
	press(w, "500ms\n");
	assert_false(w->app->prompt.open);
	assert_true(w->app->interval > 0.49 && w->app->interval < 0.51);
}

static void mouse_does_what_is_there(void **state)
{
	struct world *w = *state;
	struct mouse m = {MOUSE_PRESS, 20, 0};
	struct table_view *s = table_view_of(w->app->stack[0]);
	bool down;
	char line[2048], *help;

	tick(w);
	tick(w);
	m.y = app_view(w->app)->pane.y + s->heading_line + 4;
	app_key(w->app, K_MOUSE, &m);
	show(w);
	assert_int_equal(screen_line(w), 3);
	app_key(w->app, K_MOUSE, &m);
	show(w);
	assert_string_equal(app_view(w->app)->class->name, "socket");
	app_key(w->app, K_ESC, NULL);
	show(w);
	m.y = app_view(w->app)->pane.y + s->heading_line;
	m.x = 5;
	app_key(w->app, K_MOUSE, &m);
	assert_string_equal(list_sort(s->list, &down)->name, "pid");
	m.y = w->app->canvas.lines - 1;
	help = strstr(line_at(w, m.y, line), "help");
	assert_non_null(help);
	m.x = (int)(help - line);
	app_key(w->app, K_MOUSE, &m);
	assert_string_equal(app_view(w->app)->class->name, "help");
}

static void no_size_is_too_small(void **state)
{
	static const char keys[] = "j\n?\x1b\\x\x1b/p\x1bsc\x1bT\x1b"
				   "tt*Gg d\x1bw\x1b";
	struct world *w = *state;

	tick(w);
	tick(w);
	for (int columns = 1; columns < 40; columns += 3) {
		for (int lines = 1; lines < 14; lines++) {
			assert_int_equal(canvas_resize(&w->app->canvas, columns, lines), 0);
			show(w);
			press(w, keys);
		}
	}
	assert_int_equal(canvas_resize(&w->app->canvas, 300, 60), 0);
	show(w);
	press(w, keys);
}

static void a_wrong_config_is_told(void **state)
{
	static const char text[] =
	    "[screen]\ntheme = drak\nsort = nonsense\ncolumns = pid,oops\nmouse = maybe\nodd = 1\n"
	    "drops.columns = time,reason\ndrops.mouse = no\nsockets.sort = pid\ngraph = dots\n"
	    "[keys]\nquit = Q\n";
	struct world *w = *state;
	struct error err = {};
	struct app *app = calloc(1, sizeof(*app));

	assert_int_equal(file_write_atomic(w->config, text, strlen(text), NULL), 0);
	assert_int_equal(app_init(app, &w->o, ui_views, w->feed, w->model, true, &err), 0);
	assert_int_equal(app->notes.count, 8);
	assert_non_null(strstr(app->notes.text[0], "config.ini:6: no setting 'odd' in [screen]"));
	assert_non_null(strstr(app->notes.text[1], "config.ini:8: no setting 'drops.mouse' in [screen]"));
	assert_non_null(strstr(app->notes.text[2], "config.ini:9: no setting 'sockets.sort' in [screen]"));
	assert_non_null(strstr(app->notes.text[3], "config.ini:10: graph is auto, braille, block or ascii"));
	assert_non_null(strstr(app->message, "config.ini:"));
	assert_int_equal(keymap_find(&app->keymap, 'Q', SCOPE_LIST, NULL), ACTION_QUIT);
	app_deinit(app);
	free(app);
}

static void one_picture_without_a_terminal(void **state)
{
	struct world *w = *state;
	cleanup_choice struct table_choice c = choose(&socket_table, "comm = prog1", "rtt_us:asc", NULL);
	struct ui_options o = {.config = w->config, .rows = &c, .theme = "light"};
	struct cells cells = {};
	struct error err = {};
	struct model *m;
	struct feed *f;

	m = fixture_new();
	assert_int_equal(feed_replay(&f, m, w->path, 0, &err), 0);
	assert_int_equal(ui_snapshot(&o, f, m, 120, 20, &cells, &err), 0);
	assert_int_equal(cells.columns, 120);
	assert_int_equal(cells.cell[0].bg, 0xfafafa);
	assert_int_equal(model_tick(m)->number, 2);
	free(cells.cell);
	feed_free(f);
	fixture_free(m);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

/* At its end it scrolls back when the screen grows. */
static void pages_have_no_room_below(void **state)
{
	struct world *w = *state;
	char line[2048];

	tick(w);
	press(w, "?G");
	assert_false(seen(w, "top for the Linux network stack"));
	assert_int_equal(canvas_resize(&w->app->canvas, 100, 400), 0);
	show(w);
	assert_non_null(strstr(line_at(w, app_view(w->app)->pane.y, line), "top for the Linux network stack"));
}

/* Keys come faster than a list is made: Enter opens what the filter leaves. */
static void who_types_ahead_means_the_new_list(void **state)
{
	struct world *w = *state;

	tick(w);
	tick(w);
	press(w, "\\");
	for (const char *k = "rport = 40041\n\n"; *k; k++)
		app_key(w->app, *k == '\n' ? K_ENTER : (unsigned char)*k, NULL);
	show(w);
	assert_string_equal(app_view(w->app)->class->name, "socket");
	assert_true(seen(w, ":40041"));
}

static void names_are_checked(void **state)
{
	struct error err = {};

	assert_int_equal(ui_check_view("sockets", &err), 0);
	assert_true(ui_check_view("socks", &err) < 0);
	assert_non_null(strstr(err.text, "sockets"));
	assert_int_equal(ui_check_theme("light", &err), 0);
	assert_true(ui_check_theme("lihgt", &err) < 0);
	assert_non_null(strstr(err.text, "high-contrast"));
	assert_true(ui_check_theme("/nonexistent/x.theme", &err) < 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    T(first_tick_has_no_rates),
	    T(the_cursor_sticks_to_its_connection),
	    T(filters_and_their_errors),
	    T(search_moves_while_typing),
	    T(trees_fold),
	    T(closed_connections_and_follow),
	    T(tags_are_summed),
	    T(columns_are_chosen_and_kept),
	    T(sorting),
	    T(snapshots_are_asked_for),
	    T(freezing_is_marked),
	    T(intervals_are_checked),
	    T(mouse_does_what_is_there),
	    T(no_size_is_too_small),
	    T(a_wrong_config_is_told),
	    T(one_picture_without_a_terminal),
	    T(pages_have_no_room_below),
	    T(who_types_ahead_means_the_new_list),
	    cmocka_unit_test(names_are_checked),
	};

	unsetenv("NO_COLOR");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
