/* The writers: JSON strings, the sets of columns, and pictures of the screen. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "columns.h"
#include "host_line.h"
#include "json.h"
#include "snapshot.h"
#include "socket_table.h"

/* The buffer as a string. */
static const char *text(struct buf *b)
{
	buf_putc(b, '\0');
	assert_false(b->failed);
	return (const char *)buf_at(b);
}

static void test_json_string(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
	    {"", "\"\""},
	    {"a\"b\\c/", "\"a\\\"b\\\\c/\""},
	    {"\n\t\x1b\x7f", "\"\\u000a\\u0009\\u001b\\u007f\""},
	    {"\x01\x1f ~", "\"\\u0001\\u001f ~\""},
	    {"\xe4\xb8\xad\xf0\x9f\x98\x80", "\"\xe4\xb8\xad\xf0\x9f\x98\x80\""},
	    {"\xff\xc3(\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
	    {"\xef\xbf\xbd", "\"\xef\xbf\xbd\""},
	    {"cut\xf0\x9f\x98", "\"cut\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_buf struct buf b = {};

		json_put_string(&b, cases[i].in);
		assert_string_equal(text(&b), cases[i].out);
	}
}

/* An object that were opened twice would lose its first half in most readers. */
static void test_tick_groups_are_together(void **state)
{
	const char *seen[16] = {};
	size_t groups = 0;
	struct json_name n, other;

	for (size_t i = 0; json_tick_name(i, &n); i++) {
		assert_true(*n.name && *n.help);
		for (size_t k = i + 1; json_tick_name(k, &other); k++)
			assert_false(strcmp(n.group, other.group) == 0 && strcmp(n.name, other.name) == 0);
		if (groups && strcmp(seen[groups - 1], n.group) == 0)
			continue;
		for (size_t k = 0; k < groups; k++)
			assert_string_not_equal(seen[k], n.group);
		assert_true(groups < 16);
		seen[groups++] = n.group;
	}
	assert_string_equal(seen[0], "");
}

static void assert_distinct(const struct columns *c)
{
	for (size_t i = 0; i < c->count; i++)
		for (size_t k = i + 1; k < c->count; k++)
			assert_ptr_not_equal(c->at[i], c->at[k]);
}

/* A default name that the column table does not have is left out silently: the counts would fall. */
static void test_column_sets(void **state)
{
	static const size_t counts[EXPORT_FORMATS][2] = {{14, 27}, {70, 0}, {70, 0}};
	size_t all = 0;

	table_each (&socket_table, c)
		all++;
	for (unsigned f = 0; f < EXPORT_FORMATS; f++) {
		cleanup_columns struct columns c = {};

		assert_int_equal(columns_default(&c, &socket_table, f), 0);
		assert_int_equal(c.count, counts[f][0]);
		assert_int_equal(columns_extra(&c, &socket_table, f), 0);
		/* All but the 27 of the layers, the two histories, the two names of hosts and what is spoken. */
		assert_int_equal(c.count, counts[f][1] ? counts[f][1] : all - 27 - 2 - 2 - 1);
		assert_distinct(&c);
	}
}

static void test_columns_parse(void **state)
{
	cleanup_columns struct columns good = {}, bad = {};
	struct error err = {};

	assert_int_equal(columns_parse(&good, &socket_table, "pid,rtt,pid", &err), 0);
	assert_int_equal(good.count, 3);
	assert_ptr_equal(good.at[1], table_find(&socket_table, "rtt_us"));
	assert_int_equal(columns_parse(&bad, &socket_table, "pid,cwdn", &err), -EINVAL);
	assert_string_equal(err.text, "unknown column 'cwdn'; did you mean cwnd?");
	assert_int_equal(columns_parse(&bad, &socket_table, "pid,", &err), -EINVAL);
}

/* -- pictures ----------------------------------------------------------------------------------------------------- */

#define WIDE "\xe4\xb8\xad"

/* Two lines of six: a red "a", a bold "<", a wide character, blanks; and an empty line whose end is reversed. */
static struct cells picture(struct cell cell[12])
{
	for (size_t i = 0; i < 12; i++)
		cell[i] = (struct cell){.text = " ", .fg = CELL_DEFAULT_COLOR, .bg = CELL_DEFAULT_COLOR};
	strcpy(cell[0].text, "a");
	cell[0].fg = 0xff0102;
	strcpy(cell[1].text, "<");
	cell[1].attr = CELL_BOLD;
	strcpy(cell[2].text, WIDE);
	cell[3].text[0] = '\0';
	cell[11].attr = CELL_REVERSE;
	return (struct cells){.columns = 6, .lines = 2, .cell = cell};
}

static void render(enum snapshot_format format, struct buf *b)
{
	struct cell cell[12];
	struct cells cells = picture(cell);

	assert_int_equal(snapshot_render(&cells, format, b), 0);
}

static void test_txt(void **state)
{
	cleanup_buf struct buf b = {};

	render(SNAPSHOT_TXT, &b);
	assert_string_equal(text(&b), "a<" WIDE "\n\n");
}

static void test_ansi(void **state)
{
	cleanup_buf struct buf b = {};

	render(SNAPSHOT_ANSI, &b);
	assert_string_equal(text(&b), "\033[0;38;2;255;1;2ma\033[0;1m<\033[0m" WIDE "\n"
				      "     \033[0;7m \033[0m\n");
}

static void test_markup(void **state)
{
	cleanup_buf struct buf svg = {}, html = {};

	render(SNAPSHOT_SVG, &svg);
	assert_non_null(strstr(text(&svg), "fill=\"#ff0102\">a</text>"));
	assert_non_null(strstr((char *)svg.data, " font-weight=\"bold\">&lt;</text>"));
	assert_non_null(strstr((char *)svg.data, "textLength=\"16.8\""));
	render(SNAPSHOT_HTML, &html);
	assert_non_null(strstr(text(&html), "<span style=\"color:#ff0102\">a</span>"));
	assert_non_null(strstr((char *)html.data, ";font-weight:bold\">&lt;</span>"));
	assert_null(strstr((char *)html.data, "><<"));
}

/* Each run of one width is stretched for itself, and the ground of most cells is the page's. */
static void test_markup_alignment(void **state)
{
	static const char *const texts[] = {"a", "b", "\xe4\xb8\x96", "", "c", "\xe2\xa3\xbf", "d"};
	struct cell cell[ARRAY_SIZE(texts)] = {};
	struct cells cells = {.columns = ARRAY_SIZE(texts), .lines = 1, .cell = cell};
	cleanup_buf struct buf svg = {};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		strcpy(cell[i].text, texts[i]);
		cell[i].bg = i ? 0xfafafa : 0x112233;
	}
	assert_int_equal(snapshot_render(&cells, SNAPSHOT_SVG, &svg), 0);
	assert_non_null(strstr(text(&svg), ">\xe4\xb8\x96</text>"));
	assert_non_null(strstr((char *)svg.data, ">\xe2\xa3\xbf</text>"));
	assert_non_null(strstr((char *)svg.data, "rx=\"6\" fill=\"#fafafa\""));
	assert_non_null(strstr((char *)svg.data, "fill=\"#112233\""));
	assert_non_null(strstr((char *)svg.data, "crispEdges"));
}

/* Whatever stands in a cell, XML stays well-formed: no control character gets in, and quotes are escaped. */
static void test_markup_of_hostile_cells(void **state)
{
	static const char *const texts[] = {"\x1b", "\x01", "&", "\"", "\xff", "]]>", "<!--", "\xc2\x9b"};
	struct cell cell[ARRAY_SIZE(texts)] = {};
	struct cells cells = {.columns = ARRAY_SIZE(texts), .lines = 1, .cell = cell};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		strcpy(cell[i].text, texts[i]);
	for (unsigned f = SNAPSHOT_HTML; f <= SNAPSHOT_SVG; f++) {
		cleanup_buf struct buf b = {};

		assert_int_equal(snapshot_render(&cells, f, &b), 0);
		for (const char *p = text(&b); *p; p++)
			assert_true((unsigned char)*p >= 0x20 || *p == '\n');
		assert_non_null(strstr((char *)b.data, "??&amp;&quot;\xef\xbf\xbd]]&gt;&lt;!--?"));
	}
}

static void test_format_by_name(void **state)
{
	static const struct {
		const char *path;
		int result;
		enum snapshot_format format;
	} cases[] = {
	    {"a.txt", 0, SNAPSHOT_TXT},
	    {"/x.y/a", 0, SNAPSHOT_TXT},
	    {"a.b.svg", 0, SNAPSHOT_SVG},
	    {"/tmp/a.json", 0, SNAPSHOT_JSON},
	    {".ansi", 0, SNAPSHOT_TXT},
	    {"a.html", 0, SNAPSHOT_HTML},
	    {"a.png", -EINVAL, 0},
	    {"dir/", -EINVAL, 0},
	    {"", -EINVAL, 0},
	    {"a.", -EINVAL, 0},
	    {"a.TXT", -EINVAL, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		enum snapshot_format format = SNAPSHOT_FORMATS;

		assert_int_equal(snapshot_format(cases[i].path, &format, NULL), cases[i].result);
		if (cases[i].result == 0)
			assert_int_equal(format, cases[i].format);
	}
}

/* What was under way for the least time is nearest; what is older than two rounds of ticks counts no more. */
static void test_clock_offset(void **state)
{
	struct clock_offset o = {};
	s64 ns = 0;

	(void)state;
	assert_false(clock_offset(&o, &ns));
	clock_offset_add(&o, -500);
	clock_offset_add(&o, -200);
	clock_offset_add(&o, -900);
	assert_true(clock_offset(&o, &ns));
	assert_int_equal(ns, -200);
	for (u32 i = 0; i < OFFSET_TICKS; i++)
		clock_offset_add(&o, -700);
	assert_true(clock_offset(&o, &ns));
	assert_int_equal(ns, -200);
	for (u32 i = 0; i < OFFSET_TICKS; i++)
		clock_offset_add(&o, -700);
	assert_true(clock_offset(&o, &ns));
	assert_int_equal(ns, -700);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_json_string),
	    cmocka_unit_test(test_tick_groups_are_together),
	    cmocka_unit_test(test_column_sets),
	    cmocka_unit_test(test_columns_parse),
	    cmocka_unit_test(test_txt),
	    cmocka_unit_test(test_ansi),
	    cmocka_unit_test(test_markup),
	    cmocka_unit_test(test_markup_alignment),
	    cmocka_unit_test(test_markup_of_hostile_cells),
	    cmocka_unit_test(test_markup_of_hostile_cells),
	    cmocka_unit_test(test_format_by_name),
	    cmocka_unit_test(test_clock_offset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
