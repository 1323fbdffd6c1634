/* The views of folds: lists from whose rows Enter leads to those that were gathered there. */
#include "view_folds.h"

#include <string.h>

#include "table_view.h"
#include "view_group.h"
#include "view_rtt.h"

static void open_group(struct table_view *s, const void *row)
{
	char filter[PROMPT_MAX + 1];

	if (fold_down(s->t, s->rows, row, filter, sizeof(filter)))
		table_view_lead(s->view.app, s->t->fold->of, filter);
}

/* The next way of gathering, from the last to the first. */
static bool next_way(struct table_view *s)
{
	const struct view_class *class, *first = app_class_first(s->view.app, s->view.class), *next = first;
	bool past = false;

	for (size_t i = 0; (class = app_class_at(s->view.app, i)); i++) {
		if (past && app_class_first(s->view.app, class) == first) {
			next = class;
			break;
		}
		past |= class == s->view.class;
	}
	if (next == s->view.class)
		return false;
	app_show_view(s->view.app, next);
	return true;
}

/* Of the sockets that were gathered under the cursor. */
static bool open_rtt(struct table_view *s)
{
	const void *row = table_view_selected(s);

	if (row)
		view_rtt_of_group(s->view.app, s->t, s->rows, row);
	return true;
}

static void open_page(struct table_view *s)
{
	const void *row = table_view_selected(s);

	if (row)
		view_group_open(s->view.app, s->t, s->t->id(row));
}

static bool action(struct table_view *s, enum action a)
{
	switch (a) {
	case ACTION_TREE: return next_way(s);
	case ACTION_RTT: return open_rtt(s);
	case ACTION_DETAILS: open_page(s); return true;
	default: return false;
	}
}

static const struct table_view_ops view_folds_ops = {.open = open_group, .action = action};

#define FOLD_VIEW(name_, title_, help_)                                                                                \
	static int open_##name_(struct view **v, struct app *app, u64 arg, struct error *err)                          \
	{                                                                                                              \
		(void)arg;                                                                                             \
		return table_view_open(v, app, &view_##name_##_class, &name_##_fold, app->model, &view_folds_ops,      \
				       err);                                                                           \
	}                                                                                                              \
                                                                                                                       \
	const struct view_class view_##name_##_class = {                                                               \
	    .name = #name_,                                                                                            \
	    .title = title_,                                                                                           \
	    .help = help_,                                                                                             \
	    .scope = SCOPE_LIST | SCOPE_SOCKETS,                                                                       \
	    .top = true,                                                                                               \
	    .table = &name_##_fold,                                                                                    \
	    .open = open_##name_,                                                                                      \
	    TABLE_VIEW_CLASS,                                                                                          \
	};

FOLDS(FOLD_VIEW)
