/* Lines that are asked for: completion, hints, and the history that is kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "cleanup.h"
#include "file.h"
#include "history.h"
#include "text.h"

/* -- where in a filter ----------------------------------------------------------------------------------------------
 */

static const char *name_at(void *ctx, size_t i)
{
	static const char *const names[] = {"state", "comm", "rtt_us", "nofile", "retrans", "local"};

	return i < ARRAY_SIZE(names) ? names[i] : NULL;
}

static void values_of(void *ctx, const char *column, struct complete *c)
{
	static const struct {
		const char *column, *value;
	} values[] = {{"state", "established"}, {"state", "listening"}, {"comm", "nginx"}, {"comm", "node"},
		      {"comm", "\"a b\""},      {"src", "10.0.0.5"},    {"comm", "NodeX"}};

	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		if (strcmp(values[i].column, column) == 0)
			complete_offer(c, values[i].value);
}

static const char *const words[] = {"src", "state", NULL}, *const states[] = {"connected", NULL};
static const struct complete_source source = {name_at, values_of, words, states, NULL};

/* The words at the bar in the text, in brackets the part of the text that they replace. */
static void check(const char *text, const char *expected)
{
	struct complete c;
	char line[128], found[256];
	size_t cursor = strcspn(text, "|");

	snprintf(line, sizeof(line), "%.*s%s", (int)cursor, text, text + cursor + 1);
	complete_filter(&source, line, cursor, &c);
	snprintf(found, sizeof(found), "[%.*s]", (int)(cursor - c.from), line + c.from);
	for (size_t i = 0; i < c.count; i++)
		text_join(found, sizeof(found), " ", "%s", complete_at(&c, i));
	assert_string_equal(found, expected);
}

static void words_by_their_place(void **state)
{
	check("|", "[] comm known local nofile not retrans rtt_us src state");
	check("r|", "[r] retrans rtt_us");
	check("re|trans", "[re] retrans");
	check("not st|", "[st] state");
	check("(re|", "[re] retrans");
	check("!lo|", "[lo] local");
	check("known r|", "[r] retrans rtt_us");
	check("state |", "[] connected established listening");
	check("exclude l|", "[l] listening");
	check("state = |", "[] established listening");
	check("state est and c|", "[c] comm");
	check("rtt_us |", "[] != !~ < <= = > >= and or ~");
	check("nofile a|", "[a] and");
	check("src 1|", "[1] 10.0.0.5");
	check("comm = n|", "[n] NodeX nginx node");
	check("comm=no|", "[no] NodeX node");
	check("comm !~ ng|", "[ng] nginx");
	check("comm eq ng|", "[ng] nginx");
	check("comm = a|", "[a] \"a b\"");
	check("comm = \"a |", "[\"a ] \"a b\"");
	check("comm = \"a b\" |", "[] and comm known local nofile not or retrans rtt_us src state");
	check("comm = x o|", "[o] or");
	check("comm = x or comm = ng|", "[ng] nginx");
	check("(comm = x) a|", "[a] and");
	check("comm = x && re|", "[re] retrans");
	check("comm = x&&re|", "[re] retrans");
	check("comm ~ (a|", "[(a]");
	check("comm ~ (x)n|", "[(x)n]");
	check("rtt_us > 5|", "[5]");
	check("rtt_us>5 and c|", "[c] comm");
	check("unheard-of|", "[unheard-of]");
}

static void words_are_bounded_and_ordered(void **state)
{
	struct complete c;
	char word[64];

	complete_begin(&c, "", 0, 0);
	assert_int_equal(complete_common(&c), 0);
	complete_offer(&c, "bbé");
	assert_int_equal(complete_common(&c), 4);
	complete_offer(&c, "bbè");
	complete_offer(&c, "bbé");
	complete_offer(&c, "");
	assert_int_equal(c.count, 2);
	assert_int_equal(complete_common(&c), 2);
	for (int i = 0; i < 2 * COMPLETE_MAX; i++) {
		snprintf(word, sizeof(word), "%057d", i);
		complete_offer(&c, word);
	}
	assert_true(c.more);
	assert_true(c.count <= COMPLETE_MAX && c.used <= COMPLETE_POOL);
	for (size_t i = 1; i < c.count; i++)
		assert_true(strcmp(complete_at(&c, i - 1), complete_at(&c, i)) < 0);
}

static void values_are_quoted(void **state)
{
	static const struct {
		const char *value, *text;
	} cases[] = {{"nginx", "nginx"},
		     {"", "\"\""},
		     {"a b", "\"a b\""},
		     {"a\"b", "\"a\\\"b\""},
		     {"[kworker]", "?kworker]"},
		     {"D\\u x", "\"D?u x\""},
		     {"10.0.0.5:80", "10.0.0.5:80"}};
	char text[64], tight[8];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		complete_quote(cases[i].value, text, sizeof(text));
		assert_string_equal(text, cases[i].text);
	}
	complete_quote("a\"\"\"\"\"\"\"", tight, sizeof(tight));
	assert_true(strlen(tight) < sizeof(tight));
}

/* -- the prompt -----------------------------------------------------------------------------------------------------
 */

static int accept_all(void *ctx, const char *text, struct query_error *err)
{
	return 0;
}

static void complete_text(void *ctx, const char *text, size_t cursor, struct complete *c)
{
	complete_filter(&source, text, cursor, c);
}

static void hint_of(void *ctx, const char *text, char *dst, size_t size)
{
	snprintf(dst, size, "%s", strchr(text, '>') ? "microseconds" : "");
}

static const struct prompt_ops ops = {.accept = accept_all, .complete = complete_text, .hint = hint_of};

static void type(struct prompt *p, const char *text)
{
	for (; *text; text++)
		prompt_key(p, *text == '\t' ? K_TAB : (unsigned char)*text);
}

/* The line below the prompt. */
static void below(struct prompt *p, int columns, char *dst, size_t size)
{
	struct canvas canvas = {};
	struct cells cells;
	struct theme theme;
	struct pane pane;

	theme_init(&theme, "");
	assert_int_equal(canvas_resize(&canvas, columns, 4), 0);
	pane = pane_of(&canvas);
	prompt_draw(p, &pane);
	assert_int_equal(canvas_cells(&canvas, &theme, &cells), 0);
	*dst = '\0';
	for (int x = 0; x < columns; x++)
		text_join(dst, size, "", "%s", cells.cell[3 * columns + x].text);
	for (size_t n = strlen(dst); n > 0 && dst[n - 1] == ' '; n--)
		dst[n - 1] = '\0';
	free(cells.cell);
	canvas_deinit(&canvas);
}

static void tab_completes(void **state)
{
	struct prompt p;
	char line[256];

	prompt_open(&p, "filter", "hint", "", &ops, NULL, NULL);
	type(&p, "com\t");
	assert_string_equal(p.text, "comm ");
	type(&p, "= \t");
	assert_string_equal(p.text, "comm = ");
	below(&p, 80, line, sizeof(line));
	assert_string_equal(line, "         \"a b\"  NodeX  nginx  node");
	type(&p, "n");
	below(&p, 80, line, sizeof(line));
	assert_string_equal(line, "         hint");
	type(&p, "g\t");
	assert_string_equal(p.text, "comm = nginx ");
	/* In the middle of the text: what follows stays. */
	type(&p, "and x");
	prompt_key(&p, K_HOME);
	type(&p, "retr\t");
	assert_string_equal(p.text, "retrans comm = nginx and x");
	assert_int_equal(p.cursor, 8);
	prompt_open(&p, "filter", "hint", " = x", &ops, NULL, NULL);
	prompt_key(&p, K_HOME);
	type(&p, "com\t");
	assert_string_equal(p.text, "comm = x");
	/* Nothing to complete. */
	prompt_open(&p, "filter", "hint", "retrans comm = nginx and x", &ops, NULL, NULL);
	prompt_key(&p, K_END);
	type(&p, "yz\t");
	assert_string_equal(p.text, "retrans comm = nginx and xyz");
	below(&p, 80, line, sizeof(line));
	assert_string_equal(line, "         nothing to complete here");
	type(&p, " ");
	below(&p, 80, line, sizeof(line));
	assert_string_equal(line, "         hint");
}

static void tab_shows_page_after_page(void **state)
{
	struct prompt p;
	char line[256];

	prompt_open(&p, "filter", NULL, "", &ops, NULL, NULL);
	type(&p, "\t");
	below(&p, 40, line, sizeof(line));
	assert_string_equal(line, "         comm  known  Tab: 7 more");
	type(&p, "\t");
	below(&p, 40, line, sizeof(line));
	assert_string_equal(line, "         local  nofile  Tab: 7 more");
	for (int i = 0; i < 8 && !strstr(line, "comm"); i++) {
		type(&p, "\t");
		below(&p, 40, line, sizeof(line));
	}
	assert_string_equal(line, "         comm  known  Tab: 7 more");
	assert_string_equal(p.text, "");
	/* A cursor that was moved is another place. */
	prompt_key(&p, K_LEFT);
	below(&p, 40, line, sizeof(line));
	assert_string_equal(line, "");
}

static void hints_follow_the_text(void **state)
{
	struct prompt p;
	char line[256];

	prompt_open(&p, "filter", "as ss", "", &ops, NULL, NULL);
	below(&p, 80, line, sizeof(line));
	assert_string_equal(line, "         as ss");
	type(&p, "rtt > 5");
	below(&p, 80, line, sizeof(line));
	assert_string_equal(line, "         microseconds");
	prompt_key(&p, KEY_CTRL('u'));
	below(&p, 80, line, sizeof(line));
	assert_string_equal(line, "         as ss");
	prompt_open(&p, "filter", "as ss", "rtt > 5", &ops, NULL, NULL);
	below(&p, 80, line, sizeof(line));
	assert_string_equal(line, "         microseconds");
}

/* -- history --------------------------------------------------------------------------------------------------------
 */

static void history_is_walked(void **state)
{
	struct prompt_history h = {};
	struct prompt p;

	prompt_history_add(&h, "one");
	prompt_history_add(&h, "two");
	prompt_history_add(&h, "one");
	assert_int_equal(h.count, 2);
	prompt_open(&p, "find", NULL, "", &ops, NULL, &h);
	type(&p, "dra");
	prompt_key(&p, K_UP);
	assert_string_equal(p.text, "one");
	prompt_key(&p, K_UP);
	prompt_key(&p, K_UP);
	assert_string_equal(p.text, "two");
	prompt_key(&p, K_DOWN);
	prompt_key(&p, K_DOWN);
	prompt_key(&p, K_DOWN);
	assert_string_equal(p.text, "dra");
	for (int i = 0; i < 2 * PROMPT_HISTORY; i++) {
		char line[16];

		snprintf(line, sizeof(line), "%d", i);
		prompt_history_add(&h, line);
	}
	assert_int_equal(h.count, PROMPT_HISTORY);
	assert_int_equal(h.fresh, PROMPT_HISTORY);
	assert_string_equal(prompt_history_last(&h), "199");
	prompt_history_deinit(&h);
	assert_string_equal(prompt_history_last(&h), "");
}

struct kept {
	struct prompt_history filters, searches;
};

#define FILES(k) ((struct history_file[]){{"filter", &(k)->filters}, {"search", &(k)->searches}})

static void load(struct kept *k, const char *path, struct notes *notes)
{
	memset(k, 0, sizeof(*k));
	history_load(path, FILES(k), 2, notes);
}

static void deinit(struct kept *k)
{
	prompt_history_deinit(&k->filters);
	prompt_history_deinit(&k->searches);
}

static void history_is_kept(void **state)
{
	char dir[] = "/tmp/skbtop-history-XXXXXX", path[64];
	struct notes notes = {};
	struct error err = {};
	struct kept one, two;
	struct stat st;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/history", dir);
	load(&one, path, &notes);
	assert_int_equal(history_store(path, FILES(&one), 2, &err), 0);
	assert_true(stat(path, &st) < 0);
	/* Two at a time: neither loses what the other wrote. */
	load(&two, path, &notes);
	prompt_history_add(&one.filters, "rtt > 5ms");
	prompt_history_add(&one.searches, " ngi nx");
	prompt_history_add(&two.filters, "state established");
	assert_int_equal(history_store(path, FILES(&one), 2, &err), 0);
	assert_int_equal(history_store(path, FILES(&two), 2, &err), 0);
	deinit(&one);
	deinit(&two);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	load(&one, path, &notes);
	assert_int_equal(one.filters.count, 2);
	assert_int_equal(one.filters.fresh, 0);
	assert_string_equal(one.filters.lines[0], "rtt > 5ms");
	assert_string_equal(one.filters.lines[1], "state established");
	assert_int_equal(one.searches.count, 1);
	assert_string_equal(one.searches.lines[0], " ngi nx");
	/* An old line that is typed again is the newest. */
	prompt_history_add(&one.filters, "rtt > 5ms");
	assert_int_equal(one.filters.fresh, 1);
	assert_int_equal(history_store(path, FILES(&one), 2, &err), 0);
	deinit(&one);
	load(&one, path, &notes);
	assert_string_equal(prompt_history_last(&one.filters), "rtt > 5ms");
	assert_int_equal(one.filters.count, 2);
	deinit(&one);
	assert_int_equal(notes.count, 0);
	unlink(path);
	rmdir(dir);
}

/* Whatever the file holds. */
static void history_is_bounded_and_clean(void **state)
{
	static const char text[] = "filter a\033[2Jb\nfilterx\nfilter\nfilter \nother x\n\nsearch last";
	char dir[] = "/tmp/skbtop-history-XXXXXX", path[64];
	cleanup_buf struct buf b = {};
	struct notes notes = {};
	struct kept k;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/history", dir);
	buf_puts(&b, text);
	assert_int_equal(file_write_atomic(path, buf_at(&b), buf_len(&b), NULL), 0);
	load(&k, path, &notes);
	assert_int_equal(k.filters.count, 1);
	assert_string_equal(k.filters.lines[0], "a?[2Jb");
	assert_string_equal(prompt_history_last(&k.searches), "last");
	deinit(&k);
	buf_reset(&b, 0);
	for (int i = 0; i < 3 * PROMPT_HISTORY; i++)
		buf_printf(&b, "filter %d%*s\n", i, 3 * PROMPT_MAX, "x");
	assert_int_equal(file_write_atomic(path, buf_at(&b), buf_len(&b), NULL), 0);
	load(&k, path, &notes);
	assert_int_equal(k.filters.count, PROMPT_HISTORY);
	assert_int_equal(strlen(k.filters.lines[0]), PROMPT_MAX);
	assert_int_equal(notes.count, 0);
	/* Too large to be ours. */
	deinit(&k);
	assert_int_equal(truncate(path, 64 << 20), 0);
	load(&k, path, &notes);
	assert_int_equal(k.filters.count, 0);
	assert_int_equal(notes.count, 1);
	unlink(path);
	rmdir(dir);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(words_by_their_place),
	    cmocka_unit_test(words_are_bounded_and_ordered),
	    cmocka_unit_test(values_are_quoted),
	    cmocka_unit_test(tab_completes),
	    cmocka_unit_test(tab_shows_page_after_page),
	    cmocka_unit_test(hints_follow_the_text),
	    cmocka_unit_test(history_is_walked),
	    cmocka_unit_test(history_is_kept),
	    cmocka_unit_test(history_is_bounded_and_clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
