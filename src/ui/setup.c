/* Choosers and prompts that belong to no view: theme, view, settings, interval, the file of a snapshot. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "app.h"
#include "clock.h"
#include "socket_table.h"
#include "text.h"
#include "units.h"
#include "wall.h"

/* -- theme -------------------------------------------------------------------------------------------------- */

static void theme_accept(void *ctx, struct chooser *c)
{
	struct app *app = ctx;

	if (app_set_theme(app, c->items[c->cursor].text))
		app_store(app, "theme", app->theme_name);
}

static void theme_moved(void *ctx, struct chooser *c)
{
	struct app *app = ctx;
	char kept[sizeof(app->theme_name)];

	/* A preview: the name stays what it was until Enter. */
	text_copy(kept, sizeof(kept), app->theme_name);
	app_set_theme(app, c->items[c->cursor].text);
	text_copy(app->theme_name, sizeof(app->theme_name), kept);
}

static void theme_cancel(void *ctx, struct chooser *c)
{
	struct app *app = ctx;

	(void)c;
	app_set_theme(app, app->theme_name);
}

void setup_choose_theme(struct app *app)
{
	static const struct chooser_ops ops = {theme_accept, theme_cancel, theme_moved, NULL};
	char **names;
	size_t count;
	int r;

	if (theme_names(app->config.themes, &names, &count) < 0)
		return;
	chooser_open(&app->chooser, CHOOSER_ONE, "theme", &ops, app);
	r = chooser_add(&app->chooser, "auto", "dark, or light where the terminal says so", false, NULL);
	for (size_t i = 0; i < count && r == 0; i++) {
		if (strcmp(names[i], app->theme_name) == 0)
			app->chooser.cursor = app->chooser.count;
		r = chooser_add(&app->chooser, names[i], NULL, false, NULL);
	}
	theme_names_free(names, count);
	if (r < 0)
		chooser_close(&app->chooser);
}

/* -- view --------------------------------------------------------------------------------------------------- */

static void view_accept(void *ctx, struct chooser *c)
{
	app_show_view(ctx, c->items[c->cursor].value);
}

void setup_choose_view(struct app *app)
{
	static const struct chooser_ops ops = {.accept = view_accept};
	const struct view_class *class;

	chooser_open(&app->chooser, CHOOSER_ONE, "view", &ops, app);
	for (size_t i = 0; (class = view_class_at(i)); i++)
		if (chooser_add(&app->chooser, class->title, class->help, false, class) < 0)
			chooser_close(&app->chooser);
}

/* -- interval ----------------------------------------------------------------------------------------------- */

bool setup_parse_interval(const char *text, double *seconds)
{
	char *end;
	double v = strtod(text, &end);

	if (end != text && !*end && isfinite(v)) {
		*seconds = v;
		return true;
	}
	if (!units_parse(text, UNITS_DURATION, &v))
		return false;
	*seconds = v / 1e6;
	return true;
}

static int interval_accept(void *ctx, const char *text, struct query_error *err)
{
	struct app *app = ctx;
	double seconds;

	if (!setup_parse_interval(text, &seconds) || !(seconds >= 0.1 && seconds <= 3600)) {
		text_copy(err->text, sizeof(err->text), "seconds from 0.1 to 3600, as 2, 0.5 or 500ms");
		err->column = 0;
		return -EINVAL;
	}
	app->interval = seconds;
	app_command(app, COMMAND_INTERVAL, (u64)llround(seconds * (double)NSEC_PER_SEC));
	if (!app->live)
		app_say(app, STYLE_TEXT, "a recording keeps its own interval");
	return 0;
}

void setup_ask_interval(struct app *app)
{
	static const struct prompt_ops ops = {interval_accept, NULL, NULL};
	char text[32];

	snprintf(text, sizeof(text), "%g", app->interval);
	prompt_open(&app->prompt, "every", "seconds between two pictures, 0.1 to 3600", text, &ops, app,
		    &app->intervals);
}

/* -- snapshot ----------------------------------------------------------------------------------------------- */

static int file_accept(void *ctx, const char *text, struct query_error *err)
{
	struct app *app = ctx;
	struct cells cells = {};
	struct error why = {};
	int r;

	if (!*text) {
		text_copy(err->text, sizeof(err->text), "a name is needed");
		return -EINVAL;
	}
	/* The picture is of the screen without the prompt. */
	app->prompt.open = false;
	app_draw(app);
	r = canvas_cells(&app->canvas, &app->theme, &cells);
	if (r == 0)
		r = app->o->write_snapshot(text, &cells, &why);
	free(cells.cell);
	app->prompt.open = true;
	if (r < 0) {
		text_copy(err->text, sizeof(err->text), *why.text ? why.text : strerror(-r));
		err->column = 0;
		return r;
	}
	app_say(app, STYLE_TEXT, "written: %s", text);
	return 0;
}

void setup_ask_file(struct app *app)
{
	static const struct prompt_ops ops = {file_accept, NULL, NULL};
	char name[64];

	if (!app->o->write_snapshot) {
		app_say(app, STYLE_WARN, "no snapshots here");
		return;
	}
	wall_file_name(name, sizeof(name), clock_ns(CLOCK_REALTIME), ".txt");
	prompt_open(&app->prompt, "write", "the name's end says how: .txt .ansi .svg .html", name, &ops, app,
		    &app->files);
}

/* -- settings ----------------------------------------------------------------------------------------------- */

enum setting {
	SETTING_THEME,
	SETTING_COLOR,
	SETTING_GRAPH,
	SETTING_UNITS,
	SETTING_SORT,
	SETTING_TREE,
	SETTING_CLOSED,
	SETTING_MOUSE,
	SETTING_COUNT
};

/* Value lists, the default first; what has none is filled in when it is shown. */
static const struct setting_info {
	const char *key, *help;
	const char *values[6];
} settings[SETTING_COUNT] = {
    [SETTING_THEME] = {"theme", "colors", {NULL}},
    [SETTING_COLOR] = {"color", "at the next start; auto heeds NO_COLOR", {"auto", "always", "never"}},
    [SETTING_GRAPH] = {"graph", "what graphs are drawn with", {"auto", "braille", "block", "ascii"}},
    [SETTING_UNITS] = {"units", "what rates are counted in", {"bytes", "bits"}},
    [SETTING_SORT] = {"sort", "order at the start", {NULL}},
    [SETTING_TREE] = {"tree", "groups at the start", {"none", "process", "remote", "netns", "container"}},
    [SETTING_CLOSED] = {"closed", "show ended connections at the start", {"no", "yes"}},
    [SETTING_MOUSE] = {"mouse", "mouse at the start", {"yes", "no"}},
};

/* The values of a setting, at most max; returns how many. */
static size_t values_of(struct app *app, enum setting s, char values[][80], size_t max)
{
	size_t n = 0, count;
	char **names;

	if (s == SETTING_SORT) {
		for (; n < socket_table.count && n < max; n++)
			snprintf(values[n], 80, "%s:%s", socket_table.columns[n].name,
				 socket_table.columns[n].descending ? "desc" : "asc");
		return n;
	}
	if (s == SETTING_THEME) {
		text_copy(values[n++], 80, "auto");
		if (theme_names(app->config.themes, &names, &count) < 0)
			return n;
		for (size_t i = 0; i < count && n < max; i++)
			text_copy(values[n++], 80, names[i]);
		theme_names_free(names, count);
		return n;
	}
	for (; n < ARRAY_SIZE(settings[s].values) && settings[s].values[n]; n++)
		text_copy(values[n], 80, settings[s].values[n]);
	return n;
}

static const char *value_now(const struct app *app, enum setting s)
{
	const char *value = config_get(&app->config, settings[s].key, NULL);

	if (s == SETTING_THEME)
		return app->theme_name;
	return value && *value ? value : s == SETTING_SORT ? socket_table.sort : settings[s].values[0];
}

static void setting_detail(struct chooser *c, size_t i, const char *value)
{
	char text[256];

	snprintf(text, sizeof(text), "%-20.80s %s", value, settings[i].help);
	chooser_set_detail(c, i, text);
}

static void setup_change(void *ctx, struct chooser *c, int step)
{
	struct app *app = ctx;
	enum setting s = (enum setting)c->cursor;
	cleanup_free char(*values)[80] = calloc(256, sizeof(*values));
	size_t n = values ? values_of(app, s, values, 256) : 0, at = 0;
	char shown[80];

	if (!n)
		return;
	snprintf(shown, sizeof(shown), "%.*s", (int)strcspn(c->items[s].detail, " "), c->items[s].detail);
	for (size_t i = 0; i < n; i++)
		if (strcmp(values[i], shown) == 0)
			at = i;
	at = (at + n + (size_t)step) % n;
	setting_detail(c, s, values[at]);
	/* What can be seen at once is. */
	if (s == SETTING_THEME)
		app_set_theme(app, values[at]);
	else if (s == SETTING_GRAPH)
		app_set_charset(app, values[at]);
	else if (s == SETTING_UNITS)
		(void)rate_units_parse(values[at], &app->units);
	c->items[s].checked = true;
}

static void setup_accept(void *ctx, struct chooser *c)
{
	struct app *app = ctx;

	for (size_t i = 0; i < c->count; i++) {
		char value[80];

		snprintf(value, sizeof(value), "%.*s", (int)strcspn(c->items[i].detail, " "), c->items[i].detail);
		if (c->items[i].checked)
			app_store(app, settings[i].key, value);
	}
}

static void setup_cancel(void *ctx, struct chooser *c)
{
	struct app *app = ctx;
	const char *theme = config_get(&app->config, "theme", NULL);

	(void)c;
	app_set_theme(app, app->o->theme ? app->o->theme : theme && *theme ? theme : "auto");
	app_set_charset(app, value_now(app, SETTING_GRAPH));
	(void)rate_units_parse(value_now(app, SETTING_UNITS), &app->units);
}

void setup_open(struct app *app)
{
	static const struct chooser_ops ops = {setup_accept, setup_cancel, NULL, setup_change};

	chooser_open(&app->chooser, CHOOSER_VALUES, "settings", &ops, app);
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		if (chooser_add(&app->chooser, settings[i].key, "", false, NULL) < 0) {
			chooser_close(&app->chooser);
			return;
		}
		setting_detail(&app->chooser, i, value_now(app, (enum setting)i));
	}
}
