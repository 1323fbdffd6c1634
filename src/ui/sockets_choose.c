/* What is shown and in which order: filter, sort, columns. */
#include <string.h>

#include "arm.h"
#include "sockets.h"
#include "text.h"

/* -- filter ------------------------------------------------------------------------------------------------- */

unsigned sockets_needs(struct view *v)
{
	const struct sockets *s = sockets_of(v);
	bool down;
	const struct column *sort = list_sort(s->list, &down);

	return query_needs(s->query) | column_set_needs(&s->columns) | (sort ? sort->needs : 0U) |
	       (v->app->arm ? arm_needs(v->app->arm) : 0U);
}

void sockets_ask_needs(struct sockets *s)
{
	bool all = (sockets_needs(&s->view) & NEEDS_INFO) != 0;

	app_ask_layers(s->view.app);
	if (all == s->view.app->info_all)
		return;
	s->view.app->info_all = all;
	app_command(s->view.app, COMMAND_INFO, all ? UINT64_MAX : 0);
}

bool sockets_set_filter(struct sockets *s, const char *text, struct query_error *err)
{
	struct query *q = NULL, *old = s->query;

	text += strspn(text, " \t");
	if (query_parse(&socket_table, text, &q, err) < 0)
		return false;
	text_copy(s->filter_before, sizeof(s->filter_before), s->filter);
	s->count_before = list_count(s->list);
	text_copy(s->filter, sizeof(s->filter), text);
	s->query = q;
	list_set_query(s->list, q);
	query_free(old);
	s->searching = false;
	sockets_restart(s, true);
	sockets_ask_needs(s);
	return true;
}

static int filter_accept(void *ctx, const char *text, struct query_error *err)
{
	return sockets_set_filter(ctx, text, err) ? 0 : -1;
}

void sockets_ask_filter(struct sockets *s)
{
	static const struct prompt_ops ops = {filter_accept, NULL, NULL};

	prompt_open(&s->view.app->prompt, "filter",
		    "as ss: dport = :443, dst 10.0.0.0/8, state established; any column: rtt > 50ms and retrans > 0",
		    s->filter, &ops, s, &s->filters);
}

/* -- sort --------------------------------------------------------------------------------------------------- */

void sockets_set_sort(struct sockets *s, const struct column *c, bool descending)
{
	list_set_sort(s->list, c, descending);
	s->searching = false;
	sockets_restart(s, true);
	sockets_ask_needs(s);
}

bool sockets_sort_spec(struct sockets *s, const char *spec)
{
	const char *colon = strchr(spec, ':');
	char name[WRONG_MAX];
	const struct column *c;

	snprintf(name, sizeof(name), "%.*s", colon ? (int)(colon - spec) : (int)sizeof(name) - 1, spec);
	c = table_find(&socket_table, name);
	if (!c)
		return false;
	sockets_set_sort(s, c, colon ? strcmp(colon, ":desc") == 0 : c->descending);
	return true;
}

static void sort_accept(void *ctx, struct chooser *c)
{
	const struct column *column = c->items[c->cursor].value;
	struct sockets *s = ctx;
	bool down;
	const struct column *now = list_sort(s->list, &down);

	sockets_set_sort(s, column, now == column ? !down : column->descending);
}

static int add_sort(struct chooser *c, const struct column *column, const struct column *now)
{
	if (column == now)
		c->cursor = c->count;
	return chooser_add(c, column->name, column->help, false, column);
}

void sockets_choose_sort(struct sockets *s)
{
	static const struct chooser_ops ops = {.accept = sort_accept};
	struct chooser *c = &s->view.app->chooser;
	bool down;
	const struct column *now = list_sort(s->list, &down);
	int r = 0;

	chooser_open(c, CHOOSER_ONE, "sort by", &ops, s);
	for (size_t i = 0; i < s->layout.count && r == 0; i++)
		r = add_sort(c, s->layout.columns[i].column, now);
	for (size_t i = 0; i < socket_table.count && r == 0; i++)
		if (layout_find(&s->layout, &socket_table.columns[i]) < 0)
			r = add_sort(c, &socket_table.columns[i], now);
	if (r < 0)
		chooser_close(c);
}

void sockets_shift_sort(struct sockets *s, int step)
{
	bool down;
	int at = layout_find(&s->layout, list_sort(s->list, &down));
	const struct column *c;

	if (!s->layout.count)
		return;
	at = at < 0 ? 0 : CLAMP(at + step, 0, (int)s->layout.count - 1);
	c = s->layout.columns[at].column;
	sockets_set_sort(s, c, c->descending);
}

/* -- columns ------------------------------------------------------------------------------------------------ */

static bool same_set(const struct column_set *a, const struct column_set *b)
{
	return a->count == b->count && memcmp(a->columns, b->columns, a->count * sizeof(a->columns[0])) == 0;
}

static void columns_accept(void *ctx, struct chooser *c)
{
	struct column_set set = {}, usual = {};
	struct sockets *s = ctx;
	char text[2048];

	for (size_t i = 0; i < c->count && set.count < LAYOUT_MAX; i++)
		if (c->items[i].checked)
			set.columns[set.count++] = c->items[i].value;
	/* Nothing chosen, or nothing changed, stays the set that grows with the screen. */
	column_set_default(&usual, s->layout_room);
	if (!s->columns.count && same_set(&set, &usual))
		return;
	s->columns = set;
	s->left = 0;
	column_set_text(&set, text, sizeof(text));
	app_store(s->view.app, "columns", text);
	if (!set.count)
		app_say(s->view.app, STYLE_TEXT, "no column chosen: the default set");
	sockets_ask_needs(s);
}

void sockets_choose_columns(struct sockets *s)
{
	static const struct chooser_ops ops = {.accept = columns_accept};
	struct chooser *c = &s->view.app->chooser;
	int r = 0;

	chooser_open(c, CHOOSER_ORDER, "columns", &ops, s);
	for (size_t i = 0; i < s->layout.count && r == 0; i++)
		r = chooser_add(c, s->layout.columns[i].column->name, s->layout.columns[i].column->help, true,
				s->layout.columns[i].column);
	for (size_t i = 0; i < socket_table.count && r == 0; i++)
		if (layout_find(&s->layout, &socket_table.columns[i]) < 0)
			r = chooser_add(c, socket_table.columns[i].name, socket_table.columns[i].help, false,
					&socket_table.columns[i]);
	if (r < 0)
		chooser_close(c);
}
