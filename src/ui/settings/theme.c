/* Themes: the table of elements, the parsers of the two formats, and where themes are found. */
#include "theme.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "color.h"
#include "file.h"
#include "ini.h"
#include "named.h"
#include "text.h"

#define THEME_FILE_MAX (256 << 10)

struct element {
	const char *name, *btop, *help;
};

static const struct element elements[STYLE_COUNT] = {
#define E(id, name, btop, help) [STYLE_##id] = {name, btop, help},
    THEME_ELEMENTS(E)
#undef E
};

struct builtin {
	const char *name, *text;
};

/* The files of themes/, turned into string literals when the program is built. */
static const struct builtin builtins[] = {
    {
	"dark",
#include "dark.ini.inc"
    },
    {
	"light",
#include "light.ini.inc"
    },
    {
	"high-contrast",
#include "high-contrast.ini.inc"
    },
    {
	"monochrome",
#include "monochrome.ini.inc"
    },
    {
	"terminal",
#include "terminal.ini.inc"
    },
};

const char *theme_element_name(size_t i)
{
	return i < STYLE_COUNT ? elements[i].name : NULL;
}

const char *theme_element_help(size_t i)
{
	return i < STYLE_COUNT ? elements[i].help : NULL;
}

const char *theme_builtin(size_t i)
{
	return i < ARRAY_SIZE(builtins) ? builtins[i].name : NULL;
}

/* The theme that "auto" selects: light if the terminal reported a light background, else dark. */
static const char *theme_auto(void)
{
	/* rxvt, konsole and others: "foreground;background" or "foreground;other;background". */
	const char *fgbg = getenv("COLORFGBG"), *bg = fgbg ? strrchr(fgbg, ';') : NULL;
	long n = bg && isdigit((unsigned char)bg[1]) ? strtol(bg + 1, NULL, 10) : 0;

	return n == 7 || n == 15 ? "light" : "dark";
}

void theme_init(struct theme *t, const char *name)
{
	*t = (struct theme){};
	text_clean(t->name, sizeof(t->name), name, strlen(name));
	for (size_t i = 0; i < STYLE_COUNT; i++)
		t->look[i] = (struct look){.fg = COLOR_UNSET, .bg = COLOR_UNSET};
}

/* Brightness from 0 to 255, or -1 if the terminal decides. */
static int brightness(int32_t color)
{
	if (color < 0)
		return -1;
	if (color >= COLOR_PALETTE)
		color = color_of_palette((unsigned)(color - COLOR_PALETTE));
	return ((color >> 16 & 0xff) * 30 + (color >> 8 & 0xff) * 59 + (color & 0xff) * 11) / 100;
}

static bool readable(int32_t fg, int32_t bg)
{
	int f = brightness(fg), b = brightness(bg);

	return f < 0 || b < 0 || abs(f - b) >= 64;
}

struct look theme_look(const struct theme *t, enum style style, enum style ground)
{
	const struct look *s = &t->look[style], *g = &t->look[ground], *base = &t->look[STYLE_TEXT];
	struct look look = {.fg = s->fg, .bg = s->bg, .attr = s->attr};

	/* Plain and dimmed text takes the background's text colour: grey on a coloured bar is unreadable. */
	if (ground != STYLE_TEXT) {
		if (style == STYLE_TEXT || ((style == STYLE_DIM || style == STYLE_LABEL) && ground == STYLE_SELECTED))
			look = (struct look){.fg = g->fg, .bg = g->bg, .attr = 0};
		if (look.bg == COLOR_UNSET)
			look.bg = g->bg;
		if (look.fg == COLOR_UNSET)
			look.fg = g->fg;
		look.attr |= g->attr;
		/* A warning in yellow on a cyan cursor is unreadable. */
		if (!readable(look.fg, look.bg)) {
			look.fg = g->fg;
			look.attr |= style == STYLE_WARN || style == STYLE_ALARM ? CELL_BOLD : 0;
		}
	}
	if (look.fg == COLOR_UNSET)
		look.fg = base->fg;
	if (look.bg == COLOR_UNSET)
		look.bg = base->bg;
	if (look.fg == COLOR_UNSET)
		look.fg = COLOR_DEFAULT;
	if (look.bg == COLOR_UNSET)
		look.bg = COLOR_DEFAULT;
	return look;
}

/* -- colours ------------------------------------------------------------------------------------------------ */

static bool parse_hex(const char *s, int32_t *color)
{
	size_t n = strspn(s, "0123456789abcdefABCDEF");
	long v = strtol(s, NULL, 16);

	if (s[n] || (n != 2 && n != 3 && n != 6))
		return false;
	if (n == 2) /* btop's short form for greys */
		*color = (int32_t)v * 0x010101;
	else if (n == 3)
		*color = (int32_t)((v >> 8) * 0x110000 | (v >> 4 & 15) * 0x1100 | (v & 15) * 0x11);
	else
		*color = (int32_t)v;
	return true;
}

bool theme_parse_color(const char *word, int32_t *color)
{
	static const char *const names[] = {"black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"};
	const char *base = word;
	size_t bright = 0, n;

	if (strcmp(word, "default") == 0) {
		*color = COLOR_DEFAULT;
		return true;
	}
	if (*word == '#')
		return parse_hex(word + 1, color);
	n = strspn(word, "0123456789");
	if (n > 0 && n <= 3 && !word[n] && atoi(word) < 256) {
		*color = COLOR_PALETTE + atoi(word);
		return true;
	}
	if (strncmp(base, "bright-", 7) == 0) {
		base += 7;
		bright = 8;
	}
	n = named_find(names, sizeof(*names), ARRAY_SIZE(names), base);
	if (n == ARRAY_SIZE(names))
		return false;
	*color = COLOR_PALETTE + (int32_t)(n + bright);
	return true;
}

static uint32_t parse_attr(const char *word)
{
	static const char *const names[] = {"bold", "dim", "underline", "reverse", "italic"};
	size_t i = named_find(names, sizeof(*names), ARRAY_SIZE(names), word);

	return i < ARRAY_SIZE(names) ? 1U << i : 0;
}

/* "FG [on BG] [attributes]". Returns the wrong word, or NULL. */
static const char *parse_look(char *value, struct look *out)
{
	struct look look = {.fg = COLOR_UNSET, .bg = COLOR_UNSET};
	bool ground = false;
	char *save = NULL;

	for (char *w = strtok_r(value, " \t", &save); w; w = strtok_r(NULL, " \t", &save)) {
		uint32_t attr = parse_attr(w);

		if (attr)
			look.attr |= attr;
		else if (strcmp(w, "on") == 0)
			ground = true;
		else if (!theme_parse_color(w, ground ? &look.bg : &look.fg))
			return w;
	}
	*out = look;
	return NULL;
}

void theme_parse_ini(struct theme *t, const char *file, const char *text, size_t len, struct notes *notes)
{
	struct ini ini = {};

	if (ini_parse(&ini, file, text, len, notes) < 0)
		notes_add(notes, "%s: out of memory", file);
	for (size_t i = 0; i < ini.count; i++) {
		const struct ini_line *l = &ini.lines[i];
		const char *wrong;
		size_t e;

		if (!l->key || !l->value || !l->section || (*l->section && strcmp(l->section, "colors") != 0))
			continue;
		e = named_find(&elements[0].name, sizeof(elements[0]), STYLE_COUNT, l->key);
		if (e == STYLE_COUNT) {
			notes_add(notes, "%s:%zu: no element '%s'", file, i + 1, l->key);
			continue;
		}
		wrong = parse_look(l->value, &t->look[e]);
		if (wrong)
			notes_add(notes, "%s:%zu: '%s' is no color", file, i + 1, wrong);
	}
	ini_deinit(&ini);
}

/* -- btop --------------------------------------------------------------------------------------------------- */

/* "#rrggbb", or "r g b" in decimal; "" means: none. */
static bool btop_color(const char *value, int32_t *color)
{
	int r, g, b, n = 0;

	if (*value == '#')
		return parse_hex(value + 1, color);
	if (sscanf(value, "%d %d %d%n", &r, &g, &b, &n) == 3 && !value[n] && (r | g | b) >= 0 && (r | g | b) < 256) {
		*color = r << 16 | g << 8 | b;
		return true;
	}
	return false;
}

static void btop_assign(struct theme *t, const char *key, int32_t color)
{
	for (size_t i = 0; i < STYLE_COUNT; i++)
		if (strcmp(elements[i].btop, key) == 0)
			t->look[i].fg = color;
	if (strcmp(key, "main_bg") == 0)
		t->look[STYLE_TEXT].bg = color;
	if (strcmp(key, "selected_bg") == 0)
		t->look[STYLE_SELECTED].bg = color;
	if (strcmp(key, "meter_bg") == 0)
		t->look[STYLE_BAR].bg = color;
}

/* One line: theme[key]="value", comments with #. Returns what is wrong, or NULL. */
static const char *btop_line(struct theme *t, char *line)
{
	char *key, *close, *value;
	int32_t color;

	line += strspn(line, " \t\r");
	if (!*line || *line == '#')
		return NULL;
	if (strncmp(line, "theme[", 6) != 0 || !(close = strchr(line, ']')))
		return "not a line of the form theme[name]=\"color\"";
	key = line + 6;
	*close = '\0';
	value = close + 1 + strspn(close + 1, " \t");
	if (*value != '=')
		return "= is missing";
	value += 1 + strspn(value + 1, " \t");
	if (*value == '"' || *value == '\'') {
		char *end = strchr(value + 1, *value);

		if (!end)
			return "a quote is not closed";
		*end = '\0';
		value++;
	} else {
		value[strcspn(value, " \t\r")] = '\0';
	}
	if (!*value)
		return NULL;
	if (!btop_color(value, &color))
		return "not a color";
	btop_assign(t, key, color);
	return NULL;
}

void theme_parse_btop(struct theme *t, const char *file, const char *text, size_t len, struct notes *notes)
{
	cleanup_free char *copy = strndup(text, len);
	size_t number = 1;

	/* btop has no keys for these. */
	t->look[STYLE_HEADING].attr = t->look[STYLE_ALARM].attr = t->look[STYLE_GROUP].attr = CELL_BOLD;
	t->look[STYLE_MATCH].attr = CELL_REVERSE;
	t->look[STYLE_MARK].attr = CELL_REVERSE | CELL_BOLD;
	for (char *line = copy, *next; line; line = next, number++) {
		const char *wrong;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		wrong = btop_line(t, line);
		if (wrong)
			notes_add(notes, "%s:%zu: %s", file, number, wrong);
	}
}

/* -- finding ------------------------------------------------------------------------------------------------ */

static bool ends_with(const char *s, const char *tail)
{
	size_t n = strlen(s), k = strlen(tail);

	return n > k && strcmp(s + n - k, tail) == 0;
}

static int load_file(struct theme *t, const char *path, struct notes *notes, struct error *err)
{
	cleanup_buf struct buf text = {};
	const char *base = strrchr(path, '/');
	int r = file_read(path, THEME_FILE_MAX, &text, err);

	if (r < 0)
		return r;
	theme_init(t, base ? base + 1 : path);
	if (ends_with(path, ".theme"))
		theme_parse_btop(t, notes_file(path), buf_len(&text) ? (const char *)buf_at(&text) : "", buf_len(&text),
				 notes);
	else
		theme_parse_ini(t, notes_file(path), buf_len(&text) ? (const char *)buf_at(&text) : "", buf_len(&text),
				notes);
	return 0;
}

/* 0, or -ENOENT if the folder has no such theme. */
static int load_from(struct theme *t, const char *dir, const char *name, struct notes *notes, struct error *err)
{
	static const char *const tails[] = {"ini", "theme"};

	for (size_t i = 0; dir && i < ARRAY_SIZE(tails); i++) {
		cleanup_free char *path = NULL;
		int r;

		if (asprintf(&path, "%s/%s.%s", dir, name, tails[i]) < 0) {
			path = NULL;
			return -ENOMEM;
		}
		if (access(path, F_OK) < 0)
			continue;
		r = load_file(t, path, notes, err);
		if (r == 0)
			text_clean(t->name, sizeof(t->name), name, strlen(name));
		return r;
	}
	return -ENOENT;
}

static int no_such(const char *name, struct error *err)
{
	char names[256] = "";

	for (size_t i = 0; i < ARRAY_SIZE(builtins); i++)
		text_join(names, sizeof(names), ", ", "%s", builtins[i].name);
	return error_set(err, -ENOENT, "no theme '%s'; built in are auto, %s", name, names);
}

int theme_load(struct theme *t, const char *name, const char *dir, struct notes *notes, struct error *err)
{
	size_t i;
	int r;

	if (strcmp(name, "auto") == 0)
		name = theme_auto();
	if (strchr(name, '/') || ends_with(name, ".ini") || ends_with(name, ".theme"))
		return load_file(t, name, notes, err);
	r = load_from(t, dir, name, notes, err);
	if (r != -ENOENT)
		return r;
	i = named_find(&builtins[0].name, sizeof(builtins[0]), ARRAY_SIZE(builtins), name);
	if (i < ARRAY_SIZE(builtins)) {
		theme_init(t, name);
		theme_parse_ini(t, name, builtins[i].text, strlen(builtins[i].text), notes);
		return 0;
	}
	r = load_from(t, SKBTOP_THEMES, name, notes, err);
	return r == -ENOENT ? no_such(name, err) : r;
}

static int add_name(char ***names, size_t *count, const char *name, size_t len)
{
	char **grown;

	for (size_t i = 0; i < *count; i++)
		if (strlen((*names)[i]) == len && strncmp((*names)[i], name, len) == 0)
			return 0;
	grown = reallocarray(*names, *count + 1, sizeof(**names));
	if (!grown)
		return -ENOMEM;
	*names = grown;
	grown[*count] = strndup(name, len);
	if (!grown[*count])
		return -ENOMEM;
	(*count)++;
	return 0;
}

static int add_folder(char ***names, size_t *count, const char *dir)
{
	DIR *d = dir ? opendir(dir) : NULL;
	struct dirent *e;
	int r = 0;

	while (d && r == 0 && (e = readdir(d))) {
		if (ends_with(e->d_name, ".ini") || ends_with(e->d_name, ".theme"))
			r = add_name(names, count, e->d_name, (size_t)(strrchr(e->d_name, '.') - e->d_name));
	}
	if (d)
		closedir(d);
	return r;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

const char *theme_folder(void)
{
	return SKBTOP_THEMES;
}

int theme_names(const char *dir, char ***names, size_t *count)
{
	int r = 0;

	*names = NULL;
	*count = 0;
	for (size_t i = 0; i < ARRAY_SIZE(builtins) && r == 0; i++)
		r = add_name(names, count, builtins[i].name, strlen(builtins[i].name));
	if (r == 0)
		r = add_folder(names, count, dir);
	if (r == 0)
		r = add_folder(names, count, SKBTOP_THEMES);
	if (r < 0) {
		theme_names_free(*names, *count);
		*names = NULL;
		*count = 0;
		return r;
	}
	qsort(*names, *count, sizeof(**names), by_name);
	return 0;
}

void theme_names_free(char **names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
}
