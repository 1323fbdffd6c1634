/* The screen's small parts: canvas, layout of columns, line editor, graphs. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <string.h>

#include <cmocka.h>

#include "canvas.h"
#include "graph.h"
#include "layout.h"
#include "socket_table.h"
#include "prompt.h"
#include "rates.h"
#include "text.h"
#include "words.h"

/* A line of the canvas as text. */
static const char *line_of(const struct canvas *c, int y, char *dst)
{
	struct cells cells;
	struct theme t;

	theme_init(&t, "");
	assert_int_equal(canvas_cells(c, &t, &cells), 0);
	*dst = '\0';
	for (int x = 0; x < c->columns; x++)
		strcat(dst, cells.cell[y * c->columns + x].text);
	free(cells.cell);
	return dst;
}

static void wide_characters_keep_the_columns(void **state)
{
	struct canvas c = {};
	struct pane p;
	char line[128];

	assert_int_equal(canvas_resize(&c, 8, 2), 0);
	p = pane_of(&c);
	assert_int_equal(pane_put(&p, 0, 0, -1, STYLE_TEXT, "網a路b網"), 8);
	assert_string_equal(line_of(&c, 0, line), "網a路b網");
	/* A wide one that does not fit is left out; half of one is never left. */
	assert_int_equal(pane_put(&p, 1, 0, 3, STYLE_TEXT, "網路"), 2);
	pane_put(&p, 0, 1, -1, STYLE_TEXT, "x");
	assert_string_equal(line_of(&c, 0, line), " xa路b網");
	pane_put(&p, 0, 3, 1, STYLE_TEXT, "y");
	assert_string_equal(line_of(&c, 0, line), " xay b網");
	/* Combining marks stay with their character. */
	pane_put(&p, 1, 0, -1, STYLE_TEXT, "e\xcc\x81o");
	assert_string_equal(line_of(&c, 1, line), "e\xcc\x81o      ");
	canvas_deinit(&c);
}

static void cells_are_cut_and_clipped(void **state)
{
	struct canvas c = {};
	struct pane p, part;
	char line[128];

	assert_int_equal(canvas_resize(&c, 10, 3), 0);
	p = pane_of(&c);
	pane_cell(&p, 0, 0, 6, true, STYLE_TEXT, "12");
	assert_string_equal(line_of(&c, 0, line), "    12    ");
	pane_cell(&p, 0, 0, 6, false, STYLE_TEXT, "abcdefgh");
	assert_string_equal(line_of(&c, 0, line), "abcde…    ");
	pane_tail(&p, 1, 0, 8, STYLE_TEXT, "203.0.113.9:443");
	assert_string_equal(line_of(&c, 1, line), "…3.9:443  ");
	part = pane_part(&p, 8, 2, 50, 50);
	assert_int_equal(part.w, 2);
	assert_int_equal(part.h, 1);
	pane_put(&part, 0, 0, -1, STYLE_TEXT, "long");
	pane_put(&part, 5, 0, -1, STYLE_TEXT, "outside");
	pane_put(&part, -1, -3, -1, STYLE_TEXT, "outside");
	assert_string_equal(line_of(&c, 2, line), "        lo");
	canvas_deinit(&c);
}

static void long_texts_are_broken_at_blanks(void **state)
{
	struct canvas c = {};
	struct pane p;
	char line[128];

	assert_int_equal(canvas_resize(&c, 10, 4), 0);
	p = pane_of(&c);
	assert_int_equal(pane_wrap(&p, 0, 2, STYLE_TEXT, "one two  three 網路網路網"), 4);
	assert_string_equal(line_of(&c, 0, line), "  one two ");
	assert_string_equal(line_of(&c, 1, line), "  three   ");
	assert_string_equal(line_of(&c, 2, line), "  網路網路");
	assert_string_equal(line_of(&c, 3, line), "  網      ");
	assert_int_equal(pane_wrap(&p, 0, 0, STYLE_TEXT, ""), 1);
	assert_int_equal(pane_wrap(&p, 0, 2, STYLE_TEXT, "12345678"), 1);
	assert_int_equal(pane_wrap(&p, -1, 2, STYLE_TEXT, "above here"), 2);
	assert_string_equal(line_of(&c, 0, line), "  here5678");
	canvas_deinit(&c);
}

static void ascii_has_stand_ins(void **state)
{
	struct canvas c = {.ascii = true};
	struct pane p;
	char line[64];

	assert_int_equal(canvas_resize(&c, 12, 1), 0);
	p = pane_of(&c);
	pane_put(&p, 0, 0, -1, STYLE_TEXT, "a…網é→b");
	assert_string_equal(line_of(&c, 0, line), "a.?"
						  "?"
						  "?>b     ");
	canvas_deinit(&c);
}

/* At no width do the columns overlap or leave the screen. */
static void default_columns_fit(void **state)
{
	const struct columns none = {};
	size_t before = 0;

	for (int width = 1; width <= 400; width++) {
		struct layout l;
		int x = 0;

		layout_fit(&l, &socket_table, &none, width, false);
		assert_true(l.count >= 1);
		assert_true(l.count == 1 || l.width <= width);
		for (size_t i = 0; i < l.count; i++) {
			assert_int_equal(l.columns[i].x, x);
			x += l.columns[i].width + 1;
		}
		if (width >= 80)
			assert_true(l.count >= 10);
		if (width == 79) { /* 80 columns of the screen, less the mark's */
			static const char *const names[] = {"pid",     "comm",    "state",  "local",   "remote",
							    "rx_rate", "tx_rate", "rtt_us", "retrans", "limited"};

			assert_int_equal(l.count, ARRAY_SIZE(names));
			for (size_t i = 0; i < l.count; i++)
				assert_string_equal(l.columns[i].column->name, names[i]);
		}
		before = MAX(before, l.count);
	}
	assert_true(before > 20);
}

static void chosen_columns_stay(void **state)
{
	cleanup_columns struct columns set = {}, ends = {};
	struct error err = {};
	char text[256];
	struct layout l;

	assert_int_equal(columns_parse(&set, &socket_table, "rtt_us, remote,comm", &err), 0);
	columns_text(&set, text, sizeof(text));
	assert_string_equal(text, "rtt_us,remote,comm");
	layout_fit(&l, &socket_table, &set, 200, false);
	assert_int_equal(l.count, 3);
	layout_fit(&l, &socket_table, &set, 5, false);
	assert_int_equal(l.count, 3);
	assert_true(l.width > 5);
	/* Our own address gives way before the other; of either so much is left that it says something. */
	assert_int_equal(columns_parse(&ends, &socket_table, "local,remote", &err), 0);
	layout_fit(&l, &socket_table, &ends, 30, false);
	assert_int_equal(l.columns[0].width, 8);
	assert_int_equal(l.columns[1].width, 21);
	layout_fit(&l, &socket_table, &ends, 10, false);
	assert_int_equal(l.columns[0].width, 7);
	assert_int_equal(l.columns[1].width, 15);
	assert_int_equal(columns_parse(&set, &socket_table, "pid,rttt", &err), -EINVAL);
	assert_string_equal(err.text, "unknown column 'rttt'; did you mean rtt_us?");
}

/* Whatever is scrolled out: the pinned columns are where they were and the others follow without a gap. */
static void first_columns_stay(void **state)
{
	cleanup_columns struct columns set = {};
	struct error err = {};
	bool pinned = false;

	assert_int_equal(columns_parse(&set, &socket_table, "pid,comm,state,remote,rtt_us,cwnd,rx_rate,cgroup", &err),
			 0);
	for (int width = 1; width <= 200; width++) {
		struct layout l;
		size_t most;

		layout_fit(&l, &socket_table, &set, width, false);
		most = layout_most_left(&l, width);
		assert_int_equal(most == 0, l.width <= width);
		assert_true(l.pinned <= 2); /* the state tells of no row which it is */
		pinned |= l.pinned == 2;
		for (size_t left = 0; left <= most; left++) {
			int x = 0;

			for (size_t i = 0; i < l.count; i++) {
				bool out = i >= l.pinned && i < l.pinned + left;

				assert_int_equal(layout_x(&l, left, i), out ? -1 : x);
				x += out ? 0 : l.columns[i].width + 1;
				if (!out && i < l.pinned)
					assert_true(x - 1 <= width / 2);
			}
			assert_true(left < most || l.count == l.pinned + left + 1 || x - 1 <= width);
		}
		for (size_t i = 0; i < l.count; i++) {
			size_t left = layout_left_for(&l, i % 2 ? most : 0, i, width);
			int x = layout_x(&l, left, i);

			assert_true(left <= MAX(most, i));
			assert_true(x >= 0 && (x + l.columns[i].width <= width || i <= l.pinned + left));
		}
	}
	assert_true(pinned);
}

static int refuse(void *ctx, const char *text, struct query_error *err)
{
	int *calls = ctx;

	(*calls)++;
	if (strcmp(text, "good") == 0)
		return 0;
	err->column = 2;
	text_copy(err->text, sizeof(err->text), "no good");
	return -1;
}

static void type(struct prompt *p, const char *text)
{
	uint32_t ch = 0;
	size_t n;

	while ((n = text_decode(text, strlen(text), &ch)) > 0) {
		prompt_key(p, ch);
		text += n;
	}
}

static void prompt_edits(void **state)
{
	static const struct prompt_ops ops = {refuse, NULL, NULL};
	struct prompt_history history = {};
	struct prompt p;
	int calls = 0;

	prompt_open(&p, "filter", NULL, "ab", &ops, &calls, &history);
	type(&p, "é網");
	assert_string_equal(p.text, "abé網");
	prompt_key(&p, K_LEFT);
	prompt_key(&p, K_LEFT);
	type(&p, "c");
	assert_string_equal(p.text, "abcé網");
	prompt_key(&p, K_DELETE);
	assert_string_equal(p.text, "abc網");
	prompt_key(&p, K_HOME);
	prompt_key(&p, K_BACKSPACE);
	prompt_key(&p, K_LEFT);
	assert_string_equal(p.text, "abc網");
	prompt_key(&p, KEY_CTRL('k'));
	assert_string_equal(p.text, "");
	type(&p, "one two");
	prompt_key(&p, KEY_CTRL('w'));
	assert_string_equal(p.text, "one ");
	/* Refused: open, the text kept, the error there until the text changes. */
	prompt_key(&p, K_ENTER);
	assert_true(p.open);
	assert_string_equal(p.error.text, "no good");
	assert_string_equal(p.text, "one ");
	type(&p, "x");
	assert_string_equal(p.error.text, "");
	prompt_key(&p, KEY_CTRL('u'));
	type(&p, "good");
	prompt_key(&p, K_ENTER);
	assert_false(p.open);
	assert_int_equal(calls, 2);
	prompt_open(&p, "filter", NULL, "", &ops, &calls, &history);
	prompt_key(&p, K_UP);
	assert_string_equal(p.text, "good");
	prompt_key(&p, K_DOWN);
	assert_string_equal(p.text, "");
	for (int i = 0; i < PROMPT_MAX + 100; i++)
		prompt_key(&p, 'x');
	assert_int_equal(p.len, PROMPT_MAX);
	prompt_history_deinit(&history);
}

static void prompt_shows_the_place(void **state)
{
	static const struct prompt_ops ops = {refuse, NULL, NULL};
	struct canvas c = {};
	struct prompt p;
	struct pane pane;
	int calls = 0;
	char line[256];

	assert_int_equal(canvas_resize(&c, 40, 6), 0);
	pane = pane_of(&c);
	prompt_open(&p, "filter", "hint", "rt > 5", &ops, &calls, NULL);
	prompt_key(&p, K_ENTER);
	prompt_draw(&p, &pane);
	assert_string_equal(line_of(&c, 4, line), " filter  rt > 5                         ");
	assert_string_equal(line_of(&c, 5, line), "           ^ no good                    ");
	assert_int_equal(c.cursor_x, 15);
	assert_int_equal(c.cursor_y, 4);
	canvas_deinit(&c);
}

static void graphs_scale(void **state)
{
	struct history h = {};
	struct canvas c = {};
	struct pane p;
	char line[64];

	for (int i = 0; i < 4; i++)
		h.values[HISTORY_TX][i] = (float[]){0, 50, NAN, 100}[i];
	h.next = h.count = 4;
	assert_int_equal(canvas_resize(&c, 6, 2), 0);
	p = pane_of(&c);
	graph_draw(&p, &h, HISTORY_TX, 0, CHARSET_BLOCK, STYLE_TX);
	assert_string_equal(line_of(&c, 0, line), "     █");
	assert_string_equal(line_of(&c, 1, line), "   █ █");
	canvas_clear(&c);
	graph_draw(&p, &h, HISTORY_TX, 0, CHARSET_ASCII, STYLE_TX);
	assert_string_equal(line_of(&c, 1, line), "   # #");
	canvas_clear(&c);
	graph_draw(&p, &h, HISTORY_TX, 0, CHARSET_BRAILLE, STYLE_TX);
	assert_string_equal(line_of(&c, 1, line), "    ⢸⢸");
	/* A ring that has gone round. */
	for (int i = 0; i < HISTORY_LEN; i++)
		h.values[HISTORY_TX][i] = i == 0 ? 7 : 0;
	h.next = 1;
	h.count = HISTORY_LEN;
	canvas_clear(&c);
	graph_draw(&p, &h, HISTORY_TX, 0, CHARSET_BLOCK, STYLE_TX);
	assert_string_equal(line_of(&c, 1, line), "     █");
	canvas_deinit(&c);
}

static void rates_have_one_unit(void **state)
{
	static const struct {
		double rate;
		const char *bytes, *bits;
	} cases[] = {{66.1e6, "66.1 MB/s", "529 Mb/s"},
		     {1500, "1.5 kB/s", "12.0 kb/s"},
		     {0, "0 B/s", "0 b/s"},
		     {0.01, "<1 B/s", "<1 b/s"},
		     {NAN, "…", "…"},
		     {999, "999 B/s", "8.0 kb/s"}};
	char text[32];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		rate_text(RATE_BYTES, cases[i].rate, text, sizeof(text));
		assert_string_equal(text, cases[i].bytes);
		rate_text(RATE_BITS, cases[i].rate, text, sizeof(text));
		assert_string_equal(text, cases[i].bits);
	}
}

static void words_fit_into_80_columns(void **state)
{
	static const struct view_word *const lists[] = {words_header, words_layers, words_losses, words_packets};

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		for (const struct view_word *w = lists[i]; w->word; w++) {
			assert_in_range(text_width(w->word), 1, WORD_WIDTH);
			assert_in_range(text_width(w->help), 1, 80 - 2 - WORD_WIDTH - 1);
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(wide_characters_keep_the_columns),
	    cmocka_unit_test(cells_are_cut_and_clipped),
	    cmocka_unit_test(long_texts_are_broken_at_blanks),
	    cmocka_unit_test(ascii_has_stand_ins),
	    cmocka_unit_test(default_columns_fit),
	    cmocka_unit_test(chosen_columns_stay),
	    cmocka_unit_test(first_columns_stay),
	    cmocka_unit_test(prompt_edits),
	    cmocka_unit_test(prompt_shows_the_place),
	    cmocka_unit_test(graphs_scale),
	    cmocka_unit_test(rates_have_one_unit),
	    cmocka_unit_test(words_fit_into_80_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
