/* The view of all sockets: opening, actions, mouse, ticks. Drawing, cursor, search and choosing have files of their
 * own. */
#include <errno.h>
#include <string.h>

#include "clock.h"
#include "sockets.h"
#include "text.h"

static void close_view(struct view *v)
{
	struct sockets *s = sockets_of(v);

	list_free(s->list);
	groups_free(s->groups);
	query_free(s->query);
	prompt_history_deinit(&s->filters);
	prompt_history_deinit(&s->searches);
	free(s->tags);
	free(s);
}

/* A setting: the command line's word if there is one, else the config's (with its line for a remark). */
static const char *setting(struct app *app, const char *option, const char *key, size_t *line)
{
	*line = 0;
	return option ? option : config_get(&app->config, key, line);
}

static void set_columns(struct sockets *s, struct app *app)
{
	char wrong[WRONG_MAX];
	size_t line;
	const char *spec = setting(app, app->o->columns, "columns", &line);

	if (spec && !column_set_parse(&s->columns, spec, wrong))
		notes_add(&app->notes, "%s:%zu: no column '%s'", line ? notes_file(app->config.path) : "--columns",
			  line, wrong);
}

static void set_filter(struct sockets *s, struct app *app)
{
	struct query_error err = {};
	size_t line;
	const char *text = setting(app, app->o->filter, "filter", &line);

	if (text && !sockets_set_filter(s, text, &err))
		notes_add(&app->notes, "%s:%zu: filter: column %zu: %s",
			  line ? notes_file(app->config.path) : "--filter", line, err.column + 1, err.text);
	else if (text && *text)
		prompt_history_add(&s->filters, text);
}

static void set_sort(struct sockets *s, struct app *app)
{
	size_t line;
	const char *spec = setting(app, app->o->sort, "sort", &line);

	if (spec && sockets_sort_spec(s, spec))
		return;
	if (spec)
		notes_add(&app->notes, "%s:%zu: no column '%s'", line ? notes_file(app->config.path) : "--sort", line,
			  spec);
	sockets_sort_spec(s, "tx_rate:desc");
}

static void set_tree(struct sockets *s, struct app *app)
{
	size_t line;
	const char *name = setting(app, NULL, "tree", &line);

	for (int by = GROUP_NONE; name && by < GROUP_KINDS; by++) {
		if (strcmp(name, group_name((enum group_by)by)) == 0) {
			groups_set(s->groups, (enum group_by)by);
			return;
		}
	}
	if (name)
		notes_add(&app->notes, "%s:%zu: tree is none, process, remote, netns or container",
			  notes_file(app->config.path), line);
}

static int open_view(struct view **v, struct app *app, u64 arg, struct error *err)
{
	struct sockets *s = calloc(1, sizeof(*s));

	(void)arg;
	if (!s)
		return error_set(err, -ENOMEM, "out of memory");
	s->view.app = app;
	s->height = 1;
	if (list_new(&s->list, &socket_table, app->model) < 0 || groups_new(&s->groups, app->model) < 0) {
		close_view(&s->view);
		return error_set(err, -ENOMEM, "out of memory");
	}
	s->closed = app->o->closed || config_get_bool(&app->config, "closed", false, &app->notes);
	list_set_closed(s->list, s->closed);
	set_columns(s, app);
	set_sort(s, app);
	set_filter(s, app);
	set_tree(s, app);
	sockets_ask_needs(s);
	*v = &s->view;
	return 0;
}

/* -- tags --------------------------------------------------------------------------------------------------- */

static void untag(struct sockets *s, size_t i)
{
	u32 index = model_find(s->view.app->model, s->tags[i]);

	if (index != IDMAP_NONE)
		model_row(s->view.app->model, index)->tagged = 0;
	s->tags[i] = s->tags[--s->tag_count];
}

static void toggle_tag(struct sockets *s)
{
	struct row *r = sockets_selected(s);
	u64 *tags;

	if (!r)
		return;
	for (size_t i = 0; r->tagged && i < s->tag_count; i++) {
		if (s->tags[i] == r->s.id) {
			untag(s, i);
			sockets_move(s, (s64)s->cursor + 1);
			return;
		}
	}
	tags = reallocarray(s->tags, s->tag_count + 1, sizeof(*tags));
	if (!tags)
		return;
	s->tags = tags;
	tags[s->tag_count++] = r->s.id;
	r->tagged = 1;
	sockets_move(s, (s64)s->cursor + 1);
}

/* Tags of rows that the model has let go. */
static void forget_tags(struct sockets *s)
{
	for (size_t i = s->tag_count; i-- > 0;)
		if (model_find(s->view.app->model, s->tags[i]) == IDMAP_NONE)
			s->tags[i] = s->tags[--s->tag_count];
}

/* -- actions ------------------------------------------------------------------------------------------------ */

static void open_selected(struct sockets *s)
{
	struct sockets_line l = sockets_line(s, s->cursor);
	struct error err = {};

	if (l.head)
		sockets_fold(s, !l.group.folded);
	else if (l.row && app_push(s->view.app, &view_socket_class, l.row->s.id, &err) < 0)
		app_say(s->view.app, STYLE_ERROR, "%s", err.text);
}

static void open_packets(struct sockets *s)
{
	const struct row *r = sockets_selected(s);
	struct error err = {};

	if (r && app_push(s->view.app, &view_packets_class, r->s.id, &err) < 0)
		app_say(s->view.app, STYLE_ERROR, "%s", err.text);
}

static void back(struct sockets *s)
{
	char key[32];
	struct query_error err;

	if (*s->needle) {
		s->needle[0] = '\0';
		s->searching = false;
	} else if (*s->filter) {
		prompt_history_add(&s->filters, s->filter);
		sockets_set_filter(s, "", &err);
		keymap_text(&s->view.app->keymap, ACTION_FILTER, " or ", key, sizeof(key));
		app_say(s->view.app, STYLE_TEXT, "filter cleared; %s and Up bring it back", key);
	}
}

static void next_tree(struct sockets *s)
{
	enum group_by by = (enum group_by)((groups_by(s->groups) + 1) % GROUP_KINDS);
	struct row *r = sockets_selected(s);

	s->on_head = false;
	s->key = r ? r->s.id : 0;
	s->searching = false;
	groups_set(s->groups, by);
	if (by == GROUP_NONE && list_whole(s->list))
		sockets_settle(s);
	else
		sockets_restart(s, false);
}

static void fold_all(struct sockets *s)
{
	struct sockets_line l = sockets_line(s, s->cursor);
	bool any = false;

	if (!sockets_is_tree(s))
		return;
	for (u32 i = 0; i < sockets_lines(s) && !any; i++)
		any = !sockets_line(s, i).head;
	if (any && (l.head || l.row)) {
		s->on_head = true;
		s->key = groups_sum(s->groups, l.group.group)->key;
	}
	groups_fold_all(s->groups, any);
	sockets_settle(s);
}

static void toggle_closed(struct sockets *s)
{
	s->closed = !s->closed;
	list_set_closed(s->list, s->closed);
	sockets_restart(s, true);
}

static void toggle_follow(struct sockets *s)
{
	if (!s->key)
		return;
	s->follow = !s->follow;
	s->pinned |= s->follow;
}

static void scroll_sideways(struct sockets *s, int step)
{
	if (step > 0 && s->layout.columns[s->left].x + s->layout_room >= s->layout.width)
		return;
	if (step < 0 && !s->left)
		return;
	s->left += (size_t)step;
}

static void invert(struct sockets *s)
{
	bool down;
	const struct column *c = list_sort(s->list, &down);

	sockets_set_sort(s, c, !down);
}

static bool move_action(struct sockets *s, enum action a)
{
	s64 page = MAX((s64)s->height - 1, 1), at = s->cursor;

	switch (a) {
	case ACTION_UP: sockets_move(s, at - 1); return true;
	case ACTION_DOWN: sockets_move(s, at + 1); return true;
	case ACTION_PAGE_UP: sockets_move(s, at - page); return true;
	case ACTION_PAGE_DOWN: sockets_move(s, at + page); return true;
	case ACTION_HOME: sockets_home(s); return true;
	case ACTION_END: sockets_move(s, (s64)sockets_lines(s) - 1); return true;
	case ACTION_LEFT: scroll_sideways(s, -1); return true;
	case ACTION_RIGHT: scroll_sideways(s, 1); return true;
	default: return false;
	}
}

static bool action(struct view *v, enum action a)
{
	struct sockets *s = sockets_of(v);

	if (move_action(s, a))
		return true;
	switch (a) {
	case ACTION_OPEN: open_selected(s); return true;
	case ACTION_BACK: back(s); return true;
	case ACTION_SEARCH: sockets_ask_search(s); return true;
	case ACTION_SEARCH_NEXT: sockets_search_again(s, 1); return true;
	case ACTION_SEARCH_PREV: sockets_search_again(s, -1); return true;
	case ACTION_FILTER: sockets_ask_filter(s); return true;
	case ACTION_SORT: sockets_choose_sort(s); return true;
	case ACTION_SORT_LEFT: sockets_shift_sort(s, -1); return true;
	case ACTION_SORT_RIGHT: sockets_shift_sort(s, 1); return true;
	case ACTION_INVERT: invert(s); return true;
	case ACTION_TAG: toggle_tag(s); return true;
	case ACTION_UNTAG:
		while (s->tag_count)
			untag(s, s->tag_count - 1);
		return true;
	case ACTION_FOLLOW: toggle_follow(s); return true;
	case ACTION_TREE: next_tree(s); return true;
	case ACTION_UNFOLD: sockets_fold(s, false); return true;
	case ACTION_FOLD: sockets_fold(s, true); return true;
	case ACTION_FOLD_ALL: fold_all(s); return true;
	case ACTION_CLOSED: toggle_closed(s); return true;
	case ACTION_COLUMNS: sockets_choose_columns(s); return true;
	case ACTION_PACKETS: open_packets(s); return true;
	default: return false;
	}
}

/* -- mouse, ticks ------------------------------------------------------------------------------------------- */

static void click_heading(struct sockets *s, int x)
{
	for (size_t i = s->left; i < s->layout.count; i++) {
		const struct layout_column *l = &s->layout.columns[i];
		int from = 1 + l->x - s->layout.columns[s->left].x;
		bool down;

		if (x < from - 1 || x >= from + l->width)
			continue;
		if (list_sort(s->list, &down) == l->column)
			sockets_set_sort(s, l->column, !down);
		else
			sockets_set_sort(s, l->column, l->column->descending);
		return;
	}
}

static void mouse(struct view *v, const struct mouse *m)
{
	struct sockets *s = sockets_of(v);
	int first = v->pane.h - (int)s->height;
	u32 line;

	if (m->kind != MOUSE_PRESS) {
		sockets_move(s, (s64)s->cursor + (m->kind == MOUSE_WHEEL_UP ? -3 : 3));
		return;
	}
	if (m->y == s->heading_line) {
		click_heading(s, m->x);
		return;
	}
	if (m->y < first)
		return;
	line = s->top + (u32)(m->y - first);
	if (line >= sockets_lines(s))
		return;
	if (line == s->cursor && s->pinned)
		open_selected(s);
	else
		sockets_move(s, line);
}

static void tick(struct view *v)
{
	struct sockets *s = sockets_of(v);

	list_invalidate(s->list);
	forget_tags(s);
	sockets_restart(s, false);
}

/* The list, then the groups over it. Returns true when both are whole. */
static bool make_lines(struct sockets *s, u64 until)
{
	u64 now = now_ns();
	int r;

	if (!groups_busy(s->groups)) {
		if (now >= until || !list_work(s->list, s->top, s->height + 1, until - now))
			return false;
		now = now_ns();
	}
	if (groups_by(s->groups) == GROUP_NONE)
		return true;
	r = now < until ? groups_work(s->groups, s->list, until - now) : 0;
	if (r < 0)
		app_say(s->view.app, STYLE_ERROR, "out of memory");
	return r != 0;
}

static bool work(struct view *v, u64 budget_ns)
{
	struct sockets *s = sockets_of(v);
	u64 until = budget_ns ? now_ns() + budget_ns : UINT64_MAX / 2;

	while (!s->settled) {
		if (s->changed && !sockets_is_tree(s) && !sockets_show(s, until - MIN(now_ns(), until - 1))) {
			v->app->dirty = true;
			return false;
		}
		if (!make_lines(s, until))
			return false;
		sockets_settle(s);
	}
	return sockets_search_work(s, budget_ns);
}

static void answer(struct view *v, u64 budget_ns)
{
	struct sockets *s = sockets_of(v);

	if (s->settled)
		sockets_search_work(s, budget_ns);
	else if (s->changed && !sockets_is_tree(s))
		sockets_show(s, budget_ns);
}

const struct view_class view_sockets_class = {
    .name = "sockets",
    .title = "Sockets",
    .help = "every TCP and UDP socket with its owner, rates and what limits it",
    .scope = SCOPE_LIST,
    .top = true,
    .open = open_view,
    .close = close_view,
    .draw = sockets_draw,
    .action = action,
    .mouse = mouse,
    .tick = tick,
    .work = work,
    .answer = answer,
    .needs = sockets_needs,
};
