/* The screen's files and tables: ini files, keys, keymaps, themes, colours, and the documents made from the tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "action.h"
#include "buf.h"
#include "color.h"
#include "config.h"
#include "file.h"
#include "theme.h"

static void parse(struct ini *ini, const char *text, struct notes *notes)
{
	assert_int_equal(ini_parse(ini, "f.ini", text, strlen(text), notes), 0);
}

static void ini_keeps_what_it_does_not_know(void **state)
{
	struct ini ini = {};
	struct notes notes = {};
	struct buf out = {};

	parse(&ini, "# mine\n[screen]\ntheme = a ; b # c\nodd = 1\n\n[else]\nx=y\n", &notes);
	assert_int_equal(notes.count, 0);
	assert_string_equal(ini_get(&ini, "screen", "theme", NULL), "a ; b # c");
	assert_int_equal(ini_set(&ini, "screen", "theme", "dark"), 0);
	assert_int_equal(ini_set(&ini, "screen", "sort", "pid"), 0);
	assert_int_equal(ini_set(&ini, "keys", "quit", "x"), 0);
	ini_write(&ini, &out);
	buf_putc(&out, '\0');
	assert_string_equal((char *)buf_at(&out),
			    "# mine\n[screen]\ntheme = dark\nodd = 1\nsort = pid\n\n[else]\nx=y\n[keys]\nquit = x\n");
	buf_deinit(&out);
	ini_deinit(&ini);
}

static void ini_errors_have_lines(void **state)
{
	struct ini ini = {};
	struct notes notes = {};

	parse(&ini, "a = 1\nnonsense\n[open\n= 2\nb = \x1b[31m\n", &notes);
	assert_int_equal(notes.count, 3);
	assert_non_null(strstr(notes.text[0], "f.ini:2:"));
	assert_non_null(strstr(notes.text[1], "f.ini:3:"));
	assert_non_null(strstr(notes.text[2], "f.ini:4:"));
	assert_string_equal(ini_get(&ini, "", "a", NULL), "1");
	ini_deinit(&ini);
}

static void config_is_stored_in_place(void **state)
{
	char dir[] = "/tmp/skbtop-config-XXXXXX", path[64], link_path[64];
	struct config c = {};
	struct error err = {};
	struct buf text = {};

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/new/config.ini", dir);
	assert_int_equal(config_load(&c, path, NULL), 0);
	assert_int_equal(config_store(&c, CONFIG_SCREEN, "theme", "light", &err), 0);
	assert_int_equal(config_store(&c, CONFIG_SCREEN, "sort", "pid:asc", &err), 0);
	assert_int_equal(file_read(path, 4096, &text, &err), 0);
	buf_putc(&text, '\0');
	assert_string_equal((char *)buf_at(&text), "[screen]\ntheme = light\nsort = pid:asc\n");
	buf_deinit(&text);
	config_deinit(&c);
	/* Never through a link. */
	snprintf(link_path, sizeof(link_path), "%s/link.ini", dir);
	assert_int_equal(symlink(path, link_path), 0);
	assert_int_equal(config_load(&c, link_path, NULL), 0);
	assert_true(config_store(&c, CONFIG_SCREEN, "theme", "dark", &err) < 0);
	config_deinit(&c);
	unlink(link_path);
	unlink(path);
	snprintf(path, sizeof(path), "%s/new", dir);
	rmdir(path);
	rmdir(dir);
}

static void keys_have_names(void **state)
{
	static const char *const names[] = {"q",   "\\",    "F1",   "F12",   "C-c", "Enter",
					    "Esc", "Space", "PgUp", "S-Tab", "+"};
	char name[KEY_NAME_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_int_not_equal(key_parse(names[i]), K_NONE);
		key_text(name, key_parse(names[i]));
		assert_string_equal(name, names[i]);
	}
	assert_int_equal(key_parse("é"), 0xe9);
	assert_int_equal(key_parse("F99"), K_NONE);
	assert_int_equal(key_parse("Entre"), K_NONE);
	assert_int_equal(key_parse(""), K_NONE);
}

/* Each default key means one thing in each place. */
static void default_keys_do_not_clash(void **state)
{
	struct keymap m;

	keymap_init(&m);
	for (size_t a = 0; a < ACTION_COUNT; a++) {
		const struct action_info *info = action_info((enum action)a);
		char words[64], *save = NULL;

		assert_true(strlen(info->help) <= 60);
		snprintf(words, sizeof(words), "%s", info->keys);
		for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save))
			assert_int_equal(keymap_find(&m, key_parse(w), info->scope, NULL), a);
	}
}

static void keys_can_be_bound_anew(void **state)
{
	struct ini ini = {};
	struct notes notes = {};
	struct keymap m;
	unsigned which;
	char text[64];

	parse(&ini, "[keys]\nquit = x C-q\nfilter = q\nmouse =\nfly = z\nsort = s F77\ntheme = j\n", &notes);
	keymap_init(&m);
	keymap_configure(&m, &ini, "f.ini", &notes);
	assert_int_equal(keymap_find(&m, 'x', SCOPE_LIST, NULL), ACTION_QUIT);
	assert_int_equal(keymap_find(&m, KEY_CTRL('q'), SCOPE_HELP, &which), ACTION_QUIT);
	assert_int_equal(which, 1);
	assert_int_equal(keymap_find(&m, 'q', SCOPE_LIST, NULL), ACTION_FILTER);
	assert_int_equal(keymap_find(&m, K_FUNCTION + 10, SCOPE_LIST, NULL), ACTION_NONE);
	assert_int_equal(keymap_find(&m, 'm', SCOPE_LIST, NULL), ACTION_NONE);
	keymap_text(&m, ACTION_QUIT, ", ", text, sizeof(text));
	assert_string_equal(text, "x, C-q");
	/* A key that is given to one is taken from the other. */
	assert_int_equal(keymap_find(&m, 'j', SCOPE_LIST, NULL), ACTION_THEME);
	keymap_text(&m, ACTION_DOWN, " ", text, sizeof(text));
	assert_string_equal(text, "Down C-n");
	assert_int_equal(notes.count, 2);
	assert_non_null(strstr(notes.text[0], "f.ini:5: no action 'fly'"));
	assert_non_null(strstr(notes.text[1], "f.ini:6: no key 'F77'"));
	ini_deinit(&ini);
}

static void colors_are_read(void **state)
{
	int32_t c = 0;

	assert_true(theme_parse_color("#f80", &c) && c == 0xff8800);
	assert_true(theme_parse_color("#102030", &c) && c == 0x102030);
	assert_true(theme_parse_color("default", &c) && c == COLOR_DEFAULT);
	assert_true(theme_parse_color("bright-red", &c) && c == COLOR_PALETTE + 9);
	assert_true(theme_parse_color("208", &c) && c == COLOR_PALETTE + 208);
	assert_false(theme_parse_color("256", &c));
	assert_false(theme_parse_color("#12345", &c));
	assert_false(theme_parse_color("reddish", &c));
}

static void nearest_colors_keep_the_hue(void **state)
{
	for (unsigned i = 16; i < 256; i++)
		assert_int_equal(color_of_palette(color_nearest(color_of_palette(i), 256)), color_of_palette(i));
	assert_int_equal(color_nearest(0xff6b5e, 8), 1);
	assert_int_equal(color_nearest(0xf0b45a, 8), 3);
	assert_int_equal(color_nearest(0x6f9fd8, 8), 4);
	assert_int_equal(color_nearest(0xffffff, 8), 7);
	assert_int_equal(color_nearest(0x202020, 16), 0);
	assert_int_equal(color_nearest(0x808080, 16), 8);
}

static void built_in_themes_are_whole(void **state)
{
	for (size_t i = 0; theme_builtin(i); i++) {
		struct notes notes = {};
		struct error err = {};
		struct theme t;

		assert_int_equal(theme_load(&t, theme_builtin(i), "/nonexistent", &notes, &err), 0);
		assert_int_equal(notes.count, 0);
		assert_string_equal(t.name, theme_builtin(i));
		for (size_t e = 0; e < STYLE_COUNT; e++)
			assert_true(t.look[e].fg != COLOR_UNSET || t.look[e].attr);
		/* What is wrong must look different from what is not. */
		assert_true(memcmp(&t.look[STYLE_ALARM], &t.look[STYLE_TEXT], sizeof(struct look)) != 0);
		assert_true(memcmp(&t.look[STYLE_SELECTED], &t.look[STYLE_TEXT], sizeof(struct look)) != 0);
	}
}

static void theme_errors_have_lines(void **state)
{
	static const char text[] = "[colors]\ntext = #fff on #000\nalarm = rad bold\nnosuch = red\nwarn = yellow\n";
	struct notes notes = {};
	struct theme t;

	theme_init(&t, "x");
	theme_parse_ini(&t, "x.ini", text, strlen(text), &notes);
	assert_int_equal(notes.count, 2);
	assert_non_null(strstr(notes.text[0], "x.ini:3: 'rad' is no color"));
	assert_non_null(strstr(notes.text[1], "x.ini:4: no element 'nosuch'"));
	assert_int_equal(t.look[STYLE_TEXT].bg, 0);
	assert_int_equal(t.look[STYLE_WARN].fg, COLOR_PALETTE + 3);
	/* An element in error keeps the text's look. */
	assert_int_equal(theme_look(&t, STYLE_ALARM, STYLE_TEXT).fg, 0xffffff);
}

static void btop_themes_are_read(void **state)
{
	static const char text[] = "# a btop theme\ntheme[main_bg]=\"#1d2021\"\ntheme[main_fg]='#a89984'\n"
				   "theme[title]=\"200 201 202\"\ntheme[inactive_fg]=\"#3c\"\ntheme[temp_end]=\"\"\n"
				   "theme[unknown_thing]=\"#123456\"\ntheme[hi_fg]=\"#xyz\"\nrubbish\n";
	struct notes notes = {};
	struct theme t;

	theme_init(&t, "x");
	theme_parse_btop(&t, "x.theme", text, strlen(text), &notes);
	assert_int_equal(t.look[STYLE_TEXT].bg, 0x1d2021);
	assert_int_equal(t.look[STYLE_TEXT].fg, 0xa89984);
	assert_int_equal(t.look[STYLE_TITLE].fg, 0xc8c9ca);
	assert_int_equal(t.look[STYLE_DIM].fg, 0x3c3c3c);
	assert_int_equal(notes.count, 2);
	assert_non_null(strstr(notes.text[0], "x.theme:8:"));
	assert_non_null(strstr(notes.text[1], "x.theme:9:"));
}

/* docs/keys.md and docs/themes.md say what the tables say. */
static void documents_match_the_tables(void **state)
{
	cleanup_buf struct buf keys = {}, themes = {};
	struct error err = {};
	char line[256], row[ACTION_ROW_MAX];
	size_t rows = 0;

	assert_int_equal(file_read(DOCS "/keys.md", 1 << 20, &keys, &err), 0);
	assert_int_equal(file_read(DOCS "/themes.md", 1 << 20, &themes, &err), 0);
	buf_putc(&keys, '\0');
	buf_putc(&themes, '\0');
	/* build/src/docgen keys prints it. */
	for (; rows < ACTION_COUNT; rows++) {
		action_row((enum action)rows, row);
		assert_non_null(strstr((char *)buf_at(&keys), row));
	}
	for (const char *at = (char *)buf_at(&keys); (at = strstr(at, "\n| `")); at++)
		rows--;
	assert_int_equal(rows, 0);
	for (size_t i = 0; theme_element_name(i); i++) {
		snprintf(line, sizeof(line), "| `%s` |", theme_element_name(i));
		assert_non_null(strstr((char *)buf_at(&themes), line));
		assert_non_null(strstr((char *)buf_at(&themes), theme_element_help(i)));
	}
	for (size_t i = 0; theme_builtin(i); i++)
		assert_non_null(strstr((char *)buf_at(&themes), theme_builtin(i)));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ini_keeps_what_it_does_not_know),
	    cmocka_unit_test(ini_errors_have_lines),
	    cmocka_unit_test(config_is_stored_in_place),
	    cmocka_unit_test(keys_have_names),
	    cmocka_unit_test(default_keys_do_not_clash),
	    cmocka_unit_test(keys_can_be_bound_anew),
	    cmocka_unit_test(colors_are_read),
	    cmocka_unit_test(nearest_colors_keep_the_hue),
	    cmocka_unit_test(built_in_themes_are_whole),
	    cmocka_unit_test(theme_errors_have_lines),
	    cmocka_unit_test(btop_themes_are_read),
	    cmocka_unit_test(documents_match_the_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
