/* The table of settings, and what the config says of each. */
#include "settings.h"

#include <math.h>
#include <string.h>

#include "app.h"
#include "clock.h"
#include "named.h"
#include "text.h"
#include "units.h"

struct setting {
	const char *key, *help;
	const char *values[5]; /* the default first; of the order it is the first view's */
	/* The values where they are no fixed list; returns how many. */
	size_t (*list)(struct app *app, setting_values values);
	void (*show)(struct app *app, const char *value); /* what can be seen at once */
	bool of_lists;                                    /* each list has its own: VIEW.KEY, but of the first view */
	bool typed;                                       /* not from a list: the chooser does not have it */
};

/* -- lists of values ---------------------------------------------------------------------------------------- */

static size_t list_themes(struct app *app, setting_values values)
{
	size_t n = 0, count;
	char **names;

	text_copy(values[n++], SETTING_VALUE_MAX, "auto");
	if (theme_names(app->config.themes, &names, &count) < 0)
		return n;
	for (size_t i = 0; i < count && n < SETTING_VALUES_MAX; i++)
		text_copy(values[n++], SETTING_VALUE_MAX, names[i]);
	theme_names_free(names, count);
	return n;
}

static size_t list_orders(struct app *app, setting_values values)
{
	size_t n = 0;

	table_each (app_class_at(app, 0)->table, c)
		if (n < SETTING_VALUES_MAX)
			snprintf(values[n++], SETTING_VALUE_MAX, "%s:%s", c->name, c->descending ? "desc" : "asc");
	return n;
}

static size_t list_trees(struct app *app, setting_values values)
{
	const struct table *t = app_class_at(app, 0)->table;
	size_t n = 0;

	text_copy(values[n++], SETTING_VALUE_MAX, "none");
	for (size_t i = 0; i < t->group_count; i++)
		text_copy(values[n++], SETTING_VALUE_MAX, t->groups[i].name);
	return n;
}

/* -- what is seen at once ----------------------------------------------------------------------------------- */

bool app_set_theme(struct app *app, const char *name)
{
	struct theme theme;
	struct error err = {};
	bool color = app->color != UI_COLOR_NEVER && (!app->term || term_has_colors(app->term));
	struct notes before = app->notes;

	app->notes = (struct notes){};
	if (theme_load(&theme, color ? name : "monochrome", app->config.themes, &app->notes, &err) < 0) {
		app->notes = before;
		app_say(app, STYLE_ERROR, "%s", err.text);
		return false;
	}
	if (app->notes.count)
		app_say(app, STYLE_WARN, "%s", app->notes.text[0]);
	app->notes = before;
	app->theme = theme;
	text_copy(app->theme_name, sizeof(app->theme_name), name);
	if (app->term)
		term_set_theme(app->term, &app->theme, color);
	app->dirty = true;
	return true;
}

static void show_theme(struct app *app, const char *value)
{
	(void)app_set_theme(app, value);
}

static void show_graph(struct app *app, const char *value);
static void show_units(struct app *app, const char *value);

/* -- the table ---------------------------------------------------------------------------------------------- */

enum setting_number { SETTING_THEME, SETTING_COLOR, SETTING_GRAPH, SETTING_UNITS };

static const struct setting settings[] = {
    [SETTING_THEME] = {"theme", "colors", {"auto"}, .list = list_themes, .show = show_theme},
    [SETTING_COLOR] = {"color", "at the next start; auto heeds NO_COLOR", {"auto", "always", "never"}},
    [SETTING_GRAPH] = {"graph",
		       "what graphs are drawn with",
		       {"auto", "braille", "block", "ascii"},
		       .show = show_graph},
    [SETTING_UNITS] = {"units", "what rates are counted in", {"bytes", "bits"}, .show = show_units},
    {"sort", "order at the start", .list = list_orders, .of_lists = true},
    {"tree", "groups at the start", {"none"}, .list = list_trees, .of_lists = true},
    {"closed", "show ended connections at the start", {"no", "yes"}, .of_lists = true},
    {"mouse", "mouse at the start", {"yes", "no"}},
    {"view", .typed = true},
    {"interval", .typed = true},
    {"columns", .typed = true, .of_lists = true},
    {"filter", .typed = true, .of_lists = true},
};

/* The number of a value in the setting's list; 0, the default, and false where it is none. */
static bool word_of(enum setting_number s, const char *value, unsigned *number)
{
	size_t i = named_find(settings[s].values, sizeof(char *), ARRAY_SIZE(settings[s].values), value);

	*number = i < ARRAY_SIZE(settings[s].values) ? (unsigned)i : 0;
	return i < ARRAY_SIZE(settings[s].values);
}

static void show_graph(struct app *app, const char *value)
{
	static const enum charset sets[] = {CHARSET_BRAILLE, CHARSET_BRAILLE, CHARSET_BLOCK, CHARSET_ASCII};
	unsigned n;

	(void)word_of(SETTING_GRAPH, value, &n);
	app->charset = app->canvas.ascii ? CHARSET_ASCII : sets[n];
}

static void show_units(struct app *app, const char *value)
{
	unsigned n;

	(void)word_of(SETTING_UNITS, value, &n);
	app->units = (enum rate_units)n;
	app_rows(app);
}

_Static_assert(UI_COLOR_AUTO == 0 && UI_COLOR_ALWAYS == 1 && UI_COLOR_NEVER == 2, "the values are in the enum's order");
_Static_assert(RATE_BYTES == 0 && RATE_BITS == 1, "the values are in the enum's order");

/* -- the chooser's ------------------------------------------------------------------------------------------ */

static bool is_chosen(size_t i)
{
	return i < ARRAY_SIZE(settings) && !settings[i].typed;
}

const char *setting_key(size_t i)
{
	return is_chosen(i) ? settings[i].key : NULL;
}

const char *setting_help(size_t i)
{
	return is_chosen(i) ? settings[i].help : NULL;
}

size_t setting_list(struct app *app, size_t i, setting_values values)
{
	size_t n = 0;

	if (settings[i].list)
		return settings[i].list(app, values);
	for (; n < ARRAY_SIZE(settings[i].values) && settings[i].values[n]; n++)
		text_copy(values[n], SETTING_VALUE_MAX, settings[i].values[n]);
	return n;
}

const char *setting_value(const struct app *app, size_t i)
{
	const char *value = config_get(&app->config, settings[i].key, NULL);

	if (i == SETTING_THEME && app->o->theme)
		return app->o->theme;
	if (value && *value)
		return value;
	return settings[i].values[0] ? settings[i].values[0] : app_class_at(app, 0)->table->sort;
}

void setting_show(struct app *app, size_t i, const char *value)
{
	if (settings[i].show)
		settings[i].show(app, value);
}

/* -- at the start ------------------------------------------------------------------------------------------- */

/* Is the key of the config a setting's, of all or of one list? */
static bool is_setting(const struct app *app, const char *key)
{
	const char *dot = strchr(key, '.'), *own = dot ? dot + 1 : key;
	size_t i = named_find(&settings[0].key, sizeof(settings[0]), ARRAY_SIZE(settings), own);
	const struct view_class *class;
	char view[32];

	if (i == ARRAY_SIZE(settings))
		return false;
	if (!dot)
		return true;
	snprintf(view, sizeof(view), "%.*s", (int)(dot - key), key);
	class = view_class_find(app->views, view);
	return settings[i].of_lists && class && class->table && class != app_class_at(app, 0);
}

/* Sections and settings that nobody knows are likely misspelt. */
static void check_names(struct app *app)
{
	static const char *const others[] = {CONFIG_KEYS, CONFIG_FILTERS, CONFIG_FINDINGS};

	for (size_t i = 0; i < app->config.ini.count; i++) {
		const struct ini_line *l = &app->config.ini.lines[i];

		if (!l->key || named_find(others, sizeof(*others), ARRAY_SIZE(others), l->section) < ARRAY_SIZE(others))
			continue;
		if (strcmp(l->section, CONFIG_SCREEN) != 0 || !is_setting(app, l->key))
			notes_add(&app->notes, "%s:%zu: no setting '%s' in [%s]", notes_file(app->config.path), i + 1,
				  l->key, l->section);
	}
}

/* What the config says of a setting with fixed values, as their number. */
static unsigned word_setting(struct app *app, enum setting_number s)
{
	const struct setting *info = &settings[s];
	char words[80] = "";
	size_t line = 0;
	const char *value = config_get(&app->config, info->key, &line);
	unsigned n = 0;

	if (!value || !*value || word_of(s, value, &n))
		return n;
	for (size_t i = 0; i < ARRAY_SIZE(info->values) && info->values[i]; i++)
		text_join(words, sizeof(words), info->values[i + 1] ? ", " : " or ", "%s", info->values[i]);
	notes_add(&app->notes, "%s:%zu: %s is %s", notes_file(app->config.path), line, info->key, words);
	return 0;
}

static enum ui_color first_color(struct app *app)
{
	enum ui_color color = (enum ui_color)word_setting(app, SETTING_COLOR);
	const char *no_color = getenv("NO_COLOR");

	if (app->o->color != UI_COLOR_AUTO)
		return app->o->color;
	return color == UI_COLOR_AUTO && no_color && *no_color ? UI_COLOR_NEVER : color;
}

static void first_theme(struct app *app)
{
	size_t line = 0;
	const char *name = app->o->theme ? app->o->theme : config_get(&app->config, "theme", &line);
	struct theme probe;
	struct error err = {};

	if (name && *name) {
		if (theme_load(&probe, name, app->config.themes, &app->notes, &err) == 0) {
			app_set_theme(app, name);
			return;
		}
		notes_add(&app->notes, "%s:%zu: %s", line ? notes_file(app->config.path) : "--theme", line, err.text);
	}
	app_set_theme(app, "auto");
}

bool setting_parse_interval(const char *text, double *seconds)
{
	char *end;
	double v = strtod(text, &end);

	if (end == text || *end || !isfinite(v)) {
		if (!units_parse(text, UNITS_DURATION, &v))
			return false;
		v /= 1e6;
	}
	*seconds = v;
	return v >= 0.1 && v <= 3600;
}

static void first_interval(struct app *app)
{
	size_t line = 0;
	const char *value = config_get(&app->config, "interval", &line);
	double seconds = 1;

	if (value && !setting_parse_interval(value, &seconds)) {
		notes_add(&app->notes, "%s:%zu: interval is 0.1 to 3600 seconds", notes_file(app->config.path), line);
		seconds = 1;
	}
	app->interval = app->o->interval > 0 ? app->o->interval : seconds;
	/* The collector was started with the command line's interval or its own of a second. */
	if (!(app->o->interval > 0) && value)
		app_command(app, COMMAND_INTERVAL, (u64)llround(app->interval * (double)NSEC_PER_SEC));
}

void settings_begin(struct app *app)
{
	check_names(app);
	app->color = first_color(app);
	show_graph(app, settings[SETTING_GRAPH].values[word_setting(app, SETTING_GRAPH)]);
	show_units(app, settings[SETTING_UNITS].values[word_setting(app, SETTING_UNITS)]);
	app->mouse = config_get_bool(&app->config, "mouse", true, &app->notes);
	first_theme(app);
	first_interval(app);
}
