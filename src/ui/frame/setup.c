/* Choosers and prompts that belong to no view: theme, view, settings, interval, the file of a snapshot. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "app.h"
#include "clock.h"
#include "text.h"
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
	for (size_t i = 0; (class = app_class_at(app, i)); i++)
		if (chooser_add(&app->chooser, class->title, class->help, false, class) < 0)
			chooser_close(&app->chooser);
}

/* -- interval ----------------------------------------------------------------------------------------------- */

static int interval_accept(void *ctx, const char *text, struct query_error *err)
{
	struct app *app = ctx;
	double seconds;

	if (!setting_parse_interval(text, &seconds)) {
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

int setup_file_refused(struct query_error *err, int r, const char *why)
{
	text_copy(err->text, sizeof(err->text), *why ? why : strerror(-r));
	err->column = 0;
	return r;
}

void setup_ask_name(struct app *app, const char *label, const char *help, const char *ending,
		    const struct prompt_ops *ops)
{
	char name[64];

	wall_file_name(name, sizeof(name), clock_ns(CLOCK_REALTIME), ending);
	prompt_open(&app->prompt, label, help, name, ops, app, &app->files);
}

static int file_accept(void *ctx, const char *text, struct query_error *err)
{
	struct app *app = ctx;
	struct cells cells = {};
	struct error why = {};
	int r;

	if (!*text)
		return setup_file_refused(err, -EINVAL, "a name is needed");
	/* The picture is of the screen without the prompt. */
	app->prompt.open = false;
	app_draw(app);
	r = canvas_cells(&app->canvas, &app->theme, &cells);
	if (r == 0)
		r = app->o->write_snapshot(text, &cells, &why);
	free(cells.cell);
	app->prompt.open = true;
	if (r < 0)
		return setup_file_refused(err, r, why.text);
	app_say(app, STYLE_TEXT, "written: %s", text);
	return 0;
}

void setup_ask_file(struct app *app)
{
	static const struct prompt_ops ops = {file_accept, NULL, NULL};

	if (!app->o->write_snapshot) {
		app_say(app, STYLE_WARN, "no snapshots here");
		return;
	}
	setup_ask_name(app, "write", "the name's end says how: .txt .ansi .svg .html", ".txt", &ops);
}

/* -- settings ----------------------------------------------------------------------------------------------- */

static void setting_detail(struct chooser *c, size_t i, const char *value)
{
	char text[256];

	snprintf(text, sizeof(text), "%-20.80s %s", value, setting_help(i));
	chooser_set_detail(c, i, text);
}

static void shown_value(const struct chooser *c, size_t i, char value[SETTING_VALUE_MAX])
{
	snprintf(value, SETTING_VALUE_MAX, "%.*s", (int)strcspn(c->items[i].detail, " "), c->items[i].detail);
}

static void setup_change(void *ctx, struct chooser *c, int step)
{
	cleanup_free char(*values)[SETTING_VALUE_MAX] = calloc(SETTING_VALUES_MAX, sizeof(*values));
	size_t n = values ? setting_list(ctx, c->cursor, values) : 0, at = 0;
	char shown[SETTING_VALUE_MAX];

	if (!n)
		return;
	shown_value(c, c->cursor, shown);
	for (size_t i = 0; i < n; i++)
		if (strcmp(values[i], shown) == 0)
			at = i;
	at = (at + n + (size_t)step) % n;
	setting_detail(c, c->cursor, values[at]);
	setting_show(ctx, c->cursor, values[at]);
	c->items[c->cursor].checked = true;
}

static void setup_accept(void *ctx, struct chooser *c)
{
	char value[SETTING_VALUE_MAX];

	for (size_t i = 0; i < c->count; i++) {
		shown_value(c, i, value);
		if (c->items[i].checked)
			app_store(ctx, setting_key(i), value);
	}
}

static void setup_cancel(void *ctx, struct chooser *c)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->items[i].checked)
			setting_show(ctx, i, setting_value(ctx, i));
}

void setup_open(struct app *app)
{
	static const struct chooser_ops ops = {setup_accept, setup_cancel, NULL, setup_change};

	chooser_open(&app->chooser, CHOOSER_VALUES, "settings", &ops, app);
	for (size_t i = 0; setting_key(i); i++) {
		if (chooser_add(&app->chooser, setting_key(i), "", false, NULL) < 0) {
			chooser_close(&app->chooser);
			return;
		}
		setting_detail(&app->chooser, i, setting_value(app, i));
	}
}
