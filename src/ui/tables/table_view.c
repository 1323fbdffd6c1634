/* The list of a table: opening, actions, mouse, ticks. Drawing, cursor, search and choosing have files of their own. */
#include <errno.h>
#include <string.h>

#include "clock.h"
#include "table_view.h"

void table_view_close(struct view *v)
{
	struct table_view *s = table_view_of(v);

	list_free(s->list);
	groups_free(s->groups);
	fold_free(s->fold);
	fold_free(s->fold_before);
	query_free(s->typed);
	columns_deinit(&s->columns);
	free(s->tags);
	free(s);
}

int table_view_open(struct view **v, struct app *app, const struct view_class *class, const struct table *t,
		    const void *picture, const struct table_view_ops *ops, struct error *err)
{
	struct table_view *s = calloc(1, MAX(ops->size, sizeof(*s)));

	if (!s)
		return error_set(err, -ENOMEM, "out of memory");
	s->view.app = app;
	s->view.class = class;
	s->t = t;
	s->rows = picture;
	s->ops = ops;
	s->height = 1;
	if (t->fold && fold_new(&s->fold, t, picture) == 0)
		s->rows = s->fold;
	if (!t->fold != !s->fold || list_new(&s->list, t, s->rows) < 0 || groups_new(&s->groups, t, s->rows) < 0 ||
	    table_view_settings(s) < 0) {
		table_view_close(&s->view);
		return error_set(err, -ENOMEM, "out of memory");
	}
	*v = &s->view;
	if (app->marked && table_view_marked(*v) < 0)
		app_say(app, STYLE_ERROR, "out of memory");
	return 0;
}

bool table_view_lead(struct app *app, const struct table *t, const char *filter)
{
	const struct view_class *class = app_class_of(app, t);
	struct query_error where;
	struct table_view *s;

	if (!class || !app_open(app, class, 0))
		return false;
	s = table_view_of(app_view(app));
	s->given = !*filter || table_view_set_filter(s, filter, &where);
	if (!s->given)
		app_say(app, STYLE_ERROR, "%s", where.text);
	return true;
}

/* -- tags --------------------------------------------------------------------------------------------------- */

static void untag(struct table_view *s, size_t i)
{
	if (s->ops->tag)
		s->ops->tag(s, s->tags[i], false);
	s->tags[i] = s->tags[--s->tag_count];
}

static void add_tag(struct table_view *s, u64 id)
{
	u64 *tags = reallocarray(s->tags, s->tag_count + 1, sizeof(*tags));

	if (!tags)
		return;
	s->tags = tags;
	tags[s->tag_count++] = id;
	if (s->ops->tag)
		s->ops->tag(s, id, true);
}

static void toggle_tag(struct table_view *s)
{
	const void *row = table_view_selected(s);
	size_t i = 0;

	if (!row)
		return;
	while (i < s->tag_count && s->tags[i] != s->t->id(row))
		i++;
	if (i < s->tag_count)
		untag(s, i);
	else
		add_tag(s, s->t->id(row));
	table_view_move(s, (s64)s->cursor + 1);
}

/* Tags of rows that are gone. */
static void forget_tags(struct table_view *s)
{
	for (size_t i = s->tag_count; i-- > 0;)
		if (s->t->find(s->rows, s->tags[i]) == IDMAP_NONE)
			s->tags[i] = s->tags[--s->tag_count];
}

/* -- actions ------------------------------------------------------------------------------------------------ */

static void open_selected(struct table_view *s)
{
	struct table_line l = table_view_current(s);

	if (l.head)
		table_view_fold(s, !l.group.folded);
	else if (l.row && s->ops->open)
		s->ops->open(s, l.row);
}

/* false: nothing is left to be taken back. */
static bool back(struct table_view *s)
{
	char key[32];
	struct query_error err;

	if (*s->needle) {
		s->needle[0] = '\0';
		s->searching = false;
		return true;
	}
	if (*s->filter && !s->given) {
		prompt_history_add(&s->view.app->filters, s->filter);
		table_view_set_filter(s, "", &err);
		keymap_text(&s->view.app->keymap, ACTION_FILTER, " or ", key, sizeof(key));
		app_say(s->view.app, STYLE_TEXT, "filter cleared; %s and Up bring it back", key);
		return true;
	}
	return false;
}

/* From nothing to the first of the table's groups, the second …, and back. */
static void next_tree(struct table_view *s)
{
	const struct table_group *by = groups_by(s->groups);
	size_t next = by ? (size_t)(by - s->t->groups) + 1 : 0;
	const void *row = table_view_selected(s);

	s->on_head = false;
	s->key = row ? s->t->id(row) : 0;
	s->searching = false;
	by = next < s->t->group_count ? &s->t->groups[next] : NULL;
	groups_set(s->groups, by);
	table_view_ask_needs(s);
	/* The heads are what is to be seen. */
	if (by && by->folded)
		table_view_home(s);
	if (!by && list_whole(s->list))
		table_view_settle(s);
	else
		table_view_restart(s, false);
}

static void fold_all(struct table_view *s)
{
	struct table_line l = table_view_current(s);
	bool any = false;

	if (!table_view_is_tree(s))
		return;
	for (u32 i = 0; i < table_view_lines(s) && !any; i++)
		any = !table_view_line(s, i).head;
	if (any && (l.head || l.row)) {
		s->on_head = true;
		s->key = groups_sum(s->groups, l.group.group)->key;
	}
	groups_fold_all(s->groups, any);
	table_view_settle(s);
}

static void toggle_closed(struct table_view *s)
{
	if (!s->t->ended && !s->t->waiting) {
		app_say(s->view.app, STYLE_TEXT, "no %s ever ends: all that are kept are here", s->t->one);
		return;
	}
	s->closed = !s->closed;
	list_set_closed(s->list, s->closed);
	table_view_restart(s, true);
}

static void scroll_sideways(struct table_view *s, int step)
{
	if (step > 0)
		s->left = MIN(s->left + 1, layout_most_left(&s->layout, s->layout_room));
	else if (s->left)
		s->left--;
}

static void invert(struct table_view *s)
{
	bool down;
	const struct column *c = list_sort(s->list, &down);

	table_view_set_sort(s, c, !down);
}

static bool move_action(struct table_view *s, enum action a)
{
	s64 page = MAX((s64)s->height - 1, 1), at = table_view_is_aside(s) ? -1 : (s64)s->cursor;

	switch (a) {
	case ACTION_UP: table_view_step(s, at - 1); return true;
	case ACTION_DOWN: table_view_step(s, at + 1); return true;
	case ACTION_PAGE_UP: table_view_step(s, at - page); return true;
	case ACTION_PAGE_DOWN: table_view_step(s, at + page); return true;
	case ACTION_HOME: table_view_home(s); return true;
	case ACTION_END: table_view_step(s, (s64)table_view_lines(s) - 1); return true;
	case ACTION_LEFT: scroll_sideways(s, -1); return true;
	case ACTION_RIGHT: scroll_sideways(s, 1); return true;
	default: return false;
	}
}

bool table_view_action(struct view *v, enum action a)
{
	struct table_view *s = table_view_of(v);

	/* Who goes on typing means a row of the list that was asked for, which a busy machine may have yet to make. */
	if (s->changed && action_info(a)->scope & ON_ROW)
		table_view_work(v, 0);
	if (move_action(s, a))
		return true;
	switch (a) {
	case ACTION_OPEN: open_selected(s); return true;
	case ACTION_BACK: return back(s);
	case ACTION_SEARCH: table_view_ask_search(s); return true;
	case ACTION_SEARCH_NEXT: table_view_search_again(s, 1); return true;
	case ACTION_SEARCH_PREV: table_view_search_again(s, -1); return true;
	case ACTION_FILTER: table_view_ask_filter(s); return true;
	case ACTION_SAVED: table_view_choose_saved(s); return true;
	case ACTION_SORT: table_view_choose_sort(s); return true;
	case ACTION_SORT_LEFT: table_view_shift_sort(s, -1); return true;
	case ACTION_SORT_RIGHT: table_view_shift_sort(s, 1); return true;
	case ACTION_INVERT: invert(s); return true;
	case ACTION_TAG: toggle_tag(s); return true;
	case ACTION_UNTAG:
		while (s->tag_count)
			untag(s, s->tag_count - 1);
		return true;
	case ACTION_FOLLOW: table_view_toggle_follow(s); return true;
	case ACTION_TREE:
		if (!s->t->group_count)
			return s->ops->action && s->ops->action(s, a);
		next_tree(s);
		return true;
	case ACTION_UNFOLD: table_view_fold(s, false); return true;
	case ACTION_FOLD: table_view_fold(s, true); return true;
	case ACTION_FOLD_ALL: fold_all(s); return true;
	case ACTION_CLOSED: toggle_closed(s); return true;
	case ACTION_COLUMNS: table_view_choose_columns(s); return true;
	default: return s->ops->action && s->ops->action(s, a);
	}
}

/* -- mouse, ticks ------------------------------------------------------------------------------------------- */

static void click_heading(struct table_view *s, int x)
{
	int at = table_view_column_at(s, x);
	const struct column *c = at < 0 ? NULL : s->layout.columns[at].column;
	bool down;

	if (c)
		table_view_set_sort(s, c, list_sort(s->list, &down) == c ? !down : c->descending);
}

void table_view_mouse(struct view *v, const struct mouse *m)
{
	struct table_view *s = table_view_of(v);
	s64 at = table_view_is_aside(s) ? -1 : (s64)s->cursor;
	u32 line;

	if (m->kind != MOUSE_PRESS) {
		table_view_step(s, at + (m->kind == MOUSE_WHEEL_UP ? -3 : 3));
		return;
	}
	if (m->y == s->heading_line) {
		click_heading(s, m->x);
		return;
	}
	if (m->y < s->first_line || m->y - s->first_line >= (int)s->height)
		return;
	line = s->top + (u32)(m->y - s->first_line);
	if (line >= table_view_lines(s))
		return;
	if (line == s->cursor && s->pinned)
		open_selected(s);
	else
		table_view_move(s, line);
}

void table_view_tick(struct view *v)
{
	struct table_view *s = table_view_of(v);

	s->alike -= s->alike > 0;
	query_set_units(s->query, s->view.app->units);
	if (s->fold)
		fold_invalidate(s->fold);
	else
		list_invalidate(s->list);
	/* What is not there yet may come. */
	if (v->app->model == v->app->now)
		forget_tags(s);
	table_view_restart(s, false);
}

/* Of the list and the tree only what the user has set is left. */
int table_view_look_at(struct view *v, const struct model *before, struct model *m)
{
	struct table_view *s = table_view_of(v);
	struct folded *fold = NULL;

	if (!s->fold && s->rows != before)
		return 0; /* its rows are no model's */
	if (s->fold && fold_new(&fold, s->t, m) < 0)
		return -ENOMEM;
	fold_free(s->fold);
	s->fold = fold;
	s->rows = fold ? fold : (const void *)m;
	list_look_at(s->list, s->rows);
	groups_look_at(s->groups, s->rows);
	for (size_t i = 0; s->ops->tag && i < s->tag_count; i++)
		s->ops->tag(s, s->tags[i], true);
	s->layout_room = 0;
	table_view_restart(s, true);
	return 0;
}

/* Of events each is another. */
int table_view_marked(struct view *v)
{
	struct table_view *s = table_view_of(v);
	const struct model *m = v->app->marked;
	int r = 0;

	s->before = NULL;
	fold_free(take(s->fold_before));
	if (m && table_has_differences(s->t) && (s->fold || s->rows == v->app->model)) {
		r = s->fold ? fold_new(&s->fold_before, s->t, m) : 0;
		s->before = s->fold ? s->fold_before : (const void *)m;
	}
	list_set_before(s->list, s->before);
	table_view_restart(s, true);
	return r;
}

/* What the rows of a fold are now. Returns true when they are. */
static bool make_rows(struct table_view *s, u64 until)
{
	u64 now = now_ns();
	int r;

	if (s->fold_before && !fold_whole(s->fold_before)) {
		if (now >= until || fold_work(s->fold_before, until - now) == 0)
			return false;
		list_set_before(s->list, s->before);
		now = now_ns();
	}
	if (!s->fold || groups_busy(s->groups) || fold_whole(s->fold))
		return true;
	r = now < until ? fold_work(s->fold, until - now) : 0;
	if (r < 0)
		app_say(s->view.app, STYLE_ERROR, "out of memory");
	if (r == 1)
		list_invalidate(s->list);
	return r != 0;
}

/* The list, then the groups over it. Returns true when both are whole. */
static bool make_lines(struct table_view *s, u64 until)
{
	u64 now;
	int r;

	if (!make_rows(s, until))
		return false;
	now = now_ns();
	if (!groups_busy(s->groups)) {
		if (now >= until || !list_work(s->list, s->top, s->height + 1, until - now))
			return false;
		now = now_ns();
	}
	if (!groups_by(s->groups))
		return true;
	r = now < until ? groups_work(s->groups, s->list, until - now) : 0;
	if (r < 0)
		app_say(s->view.app, STYLE_ERROR, "out of memory");
	return r != 0;
}

bool table_view_work(struct view *v, u64 budget_ns)
{
	struct table_view *s = table_view_of(v);
	u64 until = budget_ns ? now_ns() + budget_ns : UINT64_MAX / 2;

	while (!s->settled) {
		if (s->changed && !table_view_is_tree(s) && !table_view_show(s, until - MIN(now_ns(), until - 1))) {
			v->app->dirty = true;
			return false;
		}
		if (!make_lines(s, until))
			return false;
		table_view_settle(s);
	}
	return table_view_search_work(s, budget_ns);
}

void table_view_answer(struct view *v, u64 budget_ns)
{
	struct table_view *s = table_view_of(v);

	if (s->settled)
		table_view_search_work(s, budget_ns);
	else if (s->changed && !table_view_is_tree(s))
		table_view_show(s, budget_ns);
}
