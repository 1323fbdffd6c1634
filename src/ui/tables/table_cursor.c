/* Where the cursor is: it belongs to a row, not to a line, and what is around it moves as little as possible. */
#include <math.h>

#include "clock.h"
#include "table_view.h"

bool table_view_is_tree(const struct table_view *s)
{
	return groups_shown(s->groups) != NULL;
}

u32 table_view_lines(const struct table_view *s)
{
	return table_view_is_tree(s) ? groups_count(s->groups) : list_count(s->list);
}

struct table_line table_view_line(const struct table_view *s, u32 i)
{
	struct table_line l = {.index = IDMAP_NONE};

	if (i >= table_view_lines(s))
		return l;
	if (table_view_is_tree(s)) {
		l.group = groups_line(s->groups, i);
		l.head = l.group.head;
		l.index = l.head ? IDMAP_NONE : l.group.row;
	} else {
		l.index = list_at(s->list, i);
	}
	if (l.index != IDMAP_NONE && l.index < s->t->end(s->rows))
		l.row = s->t->row(s->rows, l.index);
	return l;
}

bool table_view_is_aside(const struct table_view *s)
{
	return s->aside && !s->pinned;
}

struct table_line table_view_current(const struct table_view *s)
{
	return table_view_is_aside(s) ? (struct table_line){.index = IDMAP_NONE} : table_view_line(s, s->cursor);
}

const void *table_view_selected(const struct table_view *s)
{
	return table_view_current(s).row;
}

/* Remembers what the cursor is on. */
static void adopt(struct table_view *s)
{
	struct table_line l = table_view_line(s, s->cursor);

	s->on_head = l.head;
	s->key = l.head ? groups_sum(s->groups, l.group.group)->key : l.row ? s->t->id(l.row) : 0;
}

void table_view_clamp(struct table_view *s)
{
	u32 lines = table_view_lines(s), height = MAX(s->height, 1U);

	s->cursor = lines ? MIN(s->cursor, lines - 1) : 0;
	if (s->cursor < s->top)
		s->top = s->cursor;
	if (s->cursor >= s->top + height)
		s->top = s->cursor - height + 1;
	if (s->top + height > lines)
		s->top = lines > height ? lines - height : 0;
}

void table_view_move(struct table_view *s, s64 to)
{
	u32 lines = table_view_lines(s);

	if (s->aside && to < 0) {
		table_view_home(s);
		return;
	}
	s->cursor = lines ? (u32)CLAMP(to, (s64)0, (s64)lines - 1) : 0;
	s->pinned = true;
	s->follow = false;
	table_view_clamp(s);
	adopt(s);
}

/* -- following ----------------------------------------------------------------------------------------------- */

/* Of events in the order of time. */
static bool newest_is_first(const struct table_view *s)
{
	bool down;

	list_sort(s->list, &down);
	return down;
}

/* Is the newest event at one end of the list? *line tells where. */
static bool newest_line(const struct table_view *s, u32 *line)
{
	u32 lines = table_view_lines(s);

	*line = newest_is_first(s) || !lines ? 0 : lines - 1;
	return s->t->events && !table_view_is_tree(s) && list_sort(s->list, NULL) == s->own_order;
}

bool table_view_follows_newest(const struct table_view *s)
{
	u32 line;

	return !s->pinned && newest_line(s, &line);
}

static void follow_newest(struct table_view *s)
{
	const struct column *time;
	bool down;
	u32 line;

	if (table_view_is_tree(s)) {
		app_say(s->view.app, STYLE_TEXT, "the newest %s is followed in the list, not in the tree", s->t->one);
		return;
	}
	if (table_view_follows_newest(s)) {
		s->pinned = true;
		return;
	}
	/* Else new ones would come in anywhere. */
	if (!newest_line(s, &line) && table_parse_sort(s->t, s->t->sort, &time, &down, NULL) == 0)
		table_view_set_sort(s, time, down);
	s->pinned = false;
	table_view_restart(s, true);
}

void table_view_toggle_follow(struct table_view *s)
{
	if (s->t->events) {
		follow_newest(s);
	} else if (s->key && !table_view_is_aside(s)) {
		s->follow = !s->follow;
		s->pinned |= s->follow;
	}
}

void table_view_step(struct table_view *s, s64 to)
{
	u32 line;

	table_view_move(s, to);
	if (newest_line(s, &line) && s->cursor == line)
		s->pinned = false;
}

void table_view_home(struct table_view *s)
{
	u32 line;

	table_view_step(s, 0);
	s->pinned &= newest_line(s, &line);
}

/* -- after a tick -------------------------------------------------------------------------------------------- */

/* The line of the cursor's key, or IDMAP_NONE. In a tree it is searched, once a tick. */
static u32 find_key(const struct table_view *s)
{
	u32 lines = table_view_lines(s), row;

	if (!s->key)
		return IDMAP_NONE;
	if (!table_view_is_tree(s)) {
		row = s->t->find(s->rows, s->key);
		return row == IDMAP_NONE ? IDMAP_NONE : list_position(s->list, row);
	}
	row = s->on_head ? IDMAP_NONE : s->t->find(s->rows, s->key);
	for (u32 i = 0; i < lines; i++) {
		struct group_line l = groups_line(s->groups, i);

		if (l.head ? s->on_head && groups_sum(s->groups, l.group)->key == s->key
			   : row != IDMAP_NONE && l.row == row)
			return i;
	}
	return IDMAP_NONE;
}

static void lost(struct table_view *s)
{
	if (s->follow)
		app_say(s->view.app, STYLE_WARN, "the followed %s is not in the list any more", s->t->one);
	s->follow = false;
	/* Nothing is known to return to: the list shows its top again unless the user is somewhere in it. */
	if (!s->pinned)
		s->cursor = s->top = 0;
}

bool table_view_go_to(struct table_view *s, u64 id)
{
	u64 before = s->key;
	bool was_head = s->on_head;
	u32 line;

	s->key = id;
	s->on_head = false;
	line = find_key(s);
	if (line != IDMAP_NONE) {
		table_view_move(s, line);
		return true;
	}
	s->key = before;
	s->on_head = was_head;
	return false;
}

/* Brings the cursor to the line where its row is, or will be. */
static void place(struct table_view *s, u32 at)
{
	u32 line = s->cursor >= s->top ? s->cursor - s->top : 0;

	if (table_view_follows_newest(s)) {
		s->top = 0;
		newest_line(s, &s->cursor);
	} else if (at == IDMAP_NONE) {
		lost(s);
	} else if (s->pinned || s->follow) {
		s->cursor = at;
		s->top = at > line ? at - line : 0;
	} else {
		/* Not moved yet: the top stays in sight, and the cursor stays on its row while that is in sight.
		 * Before the first rates the order means nothing: the cursor is on what comes out first; and of what
		 * happened it is on the newest. */
		s->top = 0;
		s->cursor = s->rated && at < s->height && !s->t->events && !s->aside ? at : 0;
	}
}

void table_view_settle(struct table_view *s)
{
	/* A tick may have come while groups were gathered. */
	s->settled = list_whole(s->list) && !groups_busy(s->groups) && (!s->fold || fold_whole(s->fold));
	s->changed = false;
	s->view.app->dirty = true;
	place(s, find_key(s));
	s->rated |= !isnan(model_tick_seconds(s->view.app->model));
	table_view_clamp(s);
	adopt(s);
}

/* Nobody has moved the cursor: the top stays in sight, and nothing beyond it needs to be known. */
static bool show_top(struct table_view *s, u64 budget_ns)
{
	u32 at = IDMAP_NONE;

	if (!list_show(s->list, 0, s->height + 1, budget_ns))
		return false;
	for (u32 i = 0; i < s->height && at == IDMAP_NONE; i++) {
		const void *row = table_view_line(s, i).row;

		if (row && !s->on_head && s->t->id(row) == s->key)
			at = i;
	}
	/* Below the screen or not in the list: the first line, either way. */
	place(s, at);
	s->placed = true;
	return true;
}

bool table_view_show(struct table_view *s, u64 budget_ns)
{
	u64 until = now_ns() + budget_ns, now;

	/* Where the end is, only the whole list tells. */
	if (table_view_follows_newest(s) && !newest_is_first(s))
		return list_work(s->list, 0, s->height + 1, budget_ns);
	if (!s->placed && !s->pinned && !s->follow)
		return show_top(s, budget_ns);
	if (!s->placed) {
		u32 row = s->on_head ? IDMAP_NONE : s->t->find(s->rows, s->key);

		if (!list_show(s->list, 0, 0, budget_ns))
			return false;
		place(s, row == IDMAP_NONE ? row : list_rank(s->list, row));
		s->placed = true;
	}
	now = now_ns();
	return now < until && list_show(s->list, s->top, s->height + 1, until - now);
}

void table_view_fold(struct table_view *s, bool folded)
{
	struct table_line l = table_view_current(s);
	u32 group;

	if (!table_view_is_tree(s) || (!l.head && !l.row))
		return;
	group = l.group.group;
	if (folded && !l.head) {
		s->on_head = true;
		s->key = groups_sum(s->groups, group)->key;
	}
	groups_fold(s->groups, group, folded);
	s->pinned = true;
	table_view_settle(s);
}

void table_view_restart(struct table_view *s, bool by_user)
{
	s->settled = false;
	s->view.app->dirty = true;
	if (!by_user)
		return;
	s->changed = true;
	s->placed = false;
	groups_abandon(s->groups);
}
