/* What is shown and in which order: filter, sort, columns. */
#include <errno.h>
#include <string.h>

#include "arm.h"
#include "named.h"
#include "table_view.h"
#include "text.h"

#define DEFAULT "default" /* as the config names the set that grows with the screen */

/* -- settings ----------------------------------------------------------------------------------------------- */

/* In the config each view has its own, the first one's without the view's name before it. */
static const char *config_key(const struct table_view *s, const char *key, char *dst, size_t size)
{
	if (s->view.class == app_class_at(s->view.app, 0))
		text_copy(dst, size, key);
	else
		snprintf(dst, size, "%s.%s", s->view.class->name, key);
	return dst;
}

/* The config's setting, NULL: there is none. */
static const char *setting(const struct table_view *s, const char *key, size_t *line)
{
	char name[64];

	*line = 0;
	return config_get(&s->view.app->config, config_key(s, key, name, sizeof(name)), line);
}

static void note(struct app *app, size_t line, const char *text)
{
	notes_add(&app->notes, "%s:%zu: %s", notes_file(app->config.path), line, text);
}

static int set_columns(struct table_view *s, struct app *app, const struct table_choice *asked)
{
	struct error err = {};
	size_t line;
	const char *spec;

	if (asked && asked->columns.count)
		return columns_copy(&s->columns, &asked->columns);
	spec = setting(s, "columns", &line);
	if (!spec || !*spec || strcmp(spec, DEFAULT) == 0 || columns_parse(&s->columns, s->t, spec, &err) == 0)
		return 0;
	columns_deinit(&s->columns);
	note(app, line, err.text);
	return 0;
}

/* Takes a compiled filter, and its text for the prompt. */
static void take_filter(struct table_view *s, const char *text, struct query *q, bool plain)
{
	s->plain = plain;
	s->given = false;
	text_copy(s->filter_before, sizeof(s->filter_before), s->filter);
	s->count_before = list_count(s->list);
	text_copy(s->filter, sizeof(s->filter), text);
	query_set_units(q, s->view.app->units);
	s->query = q;
	s->quiet = !query_names_state(q) && !(q && s->t->filters_show_waiting);
	list_set_query(s->list, q);
	list_set_quiet(s->list, s->quiet);
}

static void set_filter(struct table_view *s, struct app *app, const struct table_choice *asked)
{
	struct query_error err = {};
	char text[sizeof(err.text) + 40];
	size_t line;
	const char *filter = asked && asked->text ? asked->text : setting(s, "filter", &line);

	if (filter && asked && filter == asked->text) {
		take_filter(s, filter, asked->query, asked->plain);
	} else if (filter && !table_view_set_filter(s, filter, &err)) {
		snprintf(text, sizeof(text), "filter: column %zu: %s", err.column + 1, err.text);
		note(app, line, text);
		return;
	}
	if (filter && *filter)
		prompt_history_add(&app->filters, filter);
}

static void set_sort(struct table_view *s, struct app *app, const struct table_choice *asked)
{
	const struct column *c = asked ? asked->sort : NULL;
	bool down = asked && asked->descending, own_down;
	struct error err = {};
	size_t line;
	const char *spec = c ? NULL : setting(s, "sort", &line);

	if (spec && table_parse_sort(s->t, spec, &c, &down, &err) < 0)
		note(app, line, err.text);
	if (table_parse_sort(s->t, s->t->sort, &s->own_order, &own_down, NULL) == 0 && !c) {
		c = s->own_order;
		down = own_down;
	}
	if (c)
		table_view_set_sort(s, c, down);
}

static void set_tree(struct table_view *s, struct app *app)
{
	size_t line;
	const char *name = setting(s, "tree", &line);
	char names[128] = "none";
	size_t i;

	if (!name || strcmp(name, "none") == 0)
		return;
	i = s->t->group_count ? named_find(&s->t->groups->name, sizeof(*s->t->groups), s->t->group_count, name) : 0;
	if (i < s->t->group_count) {
		groups_set(s->groups, &s->t->groups[i]);
		return;
	}
	for (i = 0; i < s->t->group_count; i++)
		text_join(names, sizeof(names), i + 1 < s->t->group_count ? ", " : " or ", "%s", s->t->groups[i].name);
	notes_add(&app->notes, "%s:%zu: tree is %s", notes_file(app->config.path), line, names);
}

int table_view_settings(struct table_view *s)
{
	struct app *app = s->view.app;
	const struct table_choice *choice = app_choice(app, s->view.class);
	char key[64];

	s->closed = app->o->closed ||
		    config_get_bool(&app->config, config_key(s, "closed", key, sizeof(key)), false, &app->notes);
	list_set_closed(s->list, s->closed);
	s->quiet = true;
	list_set_quiet(s->list, true);
	if (set_columns(s, app, choice) < 0)
		return -ENOMEM;
	set_sort(s, app, choice);
	set_filter(s, app, choice);
	set_tree(s, app);
	table_view_ask_needs(s);
	return 0;
}

/* -- filter ------------------------------------------------------------------------------------------------- */

unsigned table_view_needs(struct view *v)
{
	const struct table_view *s = table_view_of(v);
	bool down;
	const struct column *sort = list_sort(s->list, &down);
	const struct table_group *tree = groups_by(s->groups);

	return table_needs(s->t) | (tree ? tree->needs : 0U) | query_needs(s->query) | columns_needs(&s->columns) |
	       layout_needs(&s->layout) | (sort ? sort->needs : 0U) | (v->app->arm ? arm_needs(v->app->arm) : 0U);
}

void table_view_ask_needs(struct table_view *s)
{
	bool all = (table_view_needs(&s->view) & NEEDS_INFO) != 0;

	app_ask_needs(s->view.app);
	if (all == s->view.app->info_all)
		return;
	s->view.app->info_all = all;
	app_command(s->view.app, COMMAND_INFO, all ? UINT64_MAX : 0);
}

int table_view_parse(const struct table_view *s, const char *text, struct query **q, bool *plain,
		     struct query_error *err)
{
	const struct column *columns[LAYOUT_MAX];
	struct layout l;

	layout_fit(&l, s->t, &s->columns, MAX(s->layout_room, 80), s->alike);
	for (size_t i = 0; i < l.count; i++)
		columns[i] = l.columns[i].column;
	return query_parse_typed(s->t, text, columns, l.count, q, plain, err);
}

bool table_view_set_filter(struct table_view *s, const char *text, struct query_error *err)
{
	struct query *q = NULL, *old = s->typed;
	bool plain;

	text += strspn(text, " \t");
	if (table_view_parse(s, text, &q, &plain, err) < 0)
		return false;
	take_filter(s, text, q, plain);
	s->typed = q;
	query_free(old);
	s->searching = false;
	table_view_restart(s, true);
	table_view_ask_needs(s);
	return true;
}

static int filter_accept(void *ctx, const char *text, struct query_error *err)
{
	return table_view_set_filter(ctx, text, err) ? 0 : -1;
}

struct filter_target table_view_filter_target(struct table_view *s)
{
	return (struct filter_target){filter_accept, s};
}

static int filter_save(void *ctx, const char *text, struct query_error *err)
{
	const struct filter_target target = table_view_filter_target(ctx);
	struct table_view *s = ctx;
	struct query *q = NULL;
	bool plain;

	if (table_view_parse(s, text, &q, &plain, err) < 0)
		return -1;
	if (!q) {
		text_copy(err->text, sizeof(err->text), "nothing to save");
		return -1;
	}
	query_free(q);
	filters_ask_name(s->view.app, text, &target);
	return 0;
}

void table_view_choose_saved(struct table_view *s)
{
	const struct filter_target target = table_view_filter_target(s);

	filters_choose_saved(s->view.app, &target);
}

/* What a filter is taken for while it is typed. */
static void filter_hint(void *ctx, const char *text, char *dst, size_t size)
{
	struct query_error err;
	struct query *q = NULL;
	bool plain = false;

	*dst = '\0';
	if (!text[strspn(text, " \t")] || table_view_parse(ctx, text, &q, &plain, &err) < 0)
		return;
	if (plain)
		text_copy(dst, size, "plain text, in any column that is shown");
	else if (query_is_bare(q))
		text_copy(dst, size, "a time without a unit is in microseconds: write 50ms, 1.5s");
	query_free(q);
}

void table_view_ask_filter(struct table_view *s)
{
	static const struct prompt_ops ops = {
	    .accept = filter_accept, .complete = table_view_complete, .save = filter_save, .hint = filter_hint};

	prompt_open(&s->view.app->prompt, "filter", "as ss: dport = :443, state established; any column: rtt > 50ms",
		    s->filter, &ops, s, &s->view.app->filters);
}

/* -- sort --------------------------------------------------------------------------------------------------- */

void table_view_set_sort(struct table_view *s, const struct column *c, bool descending)
{
	/* From the first row on, though it may not be shown. */
	if (s->fold)
		fold_want(s->fold, c);
	list_set_sort(s->list, c, descending);
	s->searching = false;
	table_view_restart(s, true);
	table_view_ask_needs(s);
}

static void sort_accept(void *ctx, struct chooser *c)
{
	const struct column *column = c->items[c->cursor].value;
	struct table_view *s = ctx;
	bool down;
	const struct column *now = list_sort(s->list, &down);

	table_view_set_sort(s, column, now == column ? !down : column->descending);
}

static int add_sort(struct chooser *c, const struct column *column, const struct column *now)
{
	if (column == now)
		c->cursor = c->count;
	return chooser_add(c, column->name, column->help, false, column);
}

void table_view_choose_sort(struct table_view *s)
{
	static const struct chooser_ops ops = {.accept = sort_accept};
	struct chooser *c = &s->view.app->chooser;
	bool down;
	const struct column *now = list_sort(s->list, &down);
	int r = 0;

	chooser_open(c, CHOOSER_ONE, "sort by", &ops, s);
	for (size_t i = 0; i < s->layout.count && r == 0; i++)
		r = add_sort(c, s->layout.columns[i].column, now);
	if (r == 0 && now && layout_find(&s->layout, now) < 0)
		r = add_sort(c, now, now);
	table_each (s->t, column)
		if (r == 0 && column != now && layout_find(&s->layout, column) < 0)
			r = add_sort(c, column, now);
	if (r < 0)
		chooser_close(c);
}

void table_view_shift_sort(struct table_view *s, int step)
{
	bool down;
	const struct column *c = list_sort(s->list, &down);
	int at = layout_find(&s->layout, c);

	if (!s->layout.count)
		return;
	/* From one that is not shown: from the nearest before it in the table that is. */
	while (at < 0 && c > s->t->columns && c < s->t->columns + s->t->count)
		at = layout_find(&s->layout, --c);
	at = at < 0 ? 0 : at + step;
	if (at < 0 || (size_t)at >= s->layout.count)
		return;
	c = s->layout.columns[at].column;
	table_view_set_sort(s, c, c->descending);
	s->left = layout_left_for(&s->layout, s->left, (size_t)at, s->layout_room);
}

/* -- columns ------------------------------------------------------------------------------------------------ */

static bool is_default(const struct table_view *s, const struct columns *c)
{
	cleanup_columns struct columns usual = {};

	return layout_default(&usual, s->t, s->layout_room, s->alike) == 0 && c->count == usual.count &&
	       memcmp(c->at, usual.at, c->count * sizeof(*c->at)) == 0;
}

static void columns_accept(void *ctx, struct chooser *c)
{
	cleanup_columns struct columns chosen = {};
	struct table_view *s = ctx;
	struct query_error err;
	char text[2048], key[64];

	for (size_t i = 0; i < c->count && chosen.count < LAYOUT_MAX; i++)
		if (c->items[i].checked && columns_add(&chosen, c->items[i].value) < 0)
			return;
	/* Nothing chosen, or nothing changed, stays the set that grows with the screen. */
	if ((!s->columns.count && is_default(s, &chosen)) || columns_copy(&s->columns, &chosen) < 0)
		return;
	s->left = 0;
	if (s->plain)
		(void)table_view_set_filter(s, s->filter, &err);
	if (!columns_text(&chosen, text, sizeof(text)))
		text_copy(text, sizeof(text), DEFAULT);
	app_store(s->view.app, config_key(s, "columns", key, sizeof(key)), text);
	if (!chosen.count)
		app_say(s->view.app, STYLE_TEXT, "no column chosen: the default set");
	table_view_ask_needs(s);
}

void table_view_choose_columns(struct table_view *s)
{
	static const struct chooser_ops ops = {.accept = columns_accept};
	struct chooser *c = &s->view.app->chooser;
	int r = 0;

	chooser_open(c, CHOOSER_ORDER, "columns", &ops, s);
	for (size_t i = 0; i < s->layout.count && r == 0; i++)
		r = chooser_add(c, s->layout.columns[i].column->name, s->layout.columns[i].column->help, true,
				s->layout.columns[i].column);
	table_each (s->t, column)
		if (r == 0 && layout_find(&s->layout, column) < 0)
			r = chooser_add(c, column->name, column->help, false, column);
	if (r < 0)
		chooser_close(c);
}
