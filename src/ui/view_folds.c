/* The views of folds: lists with nothing of their own. */
#include "view_folds.h"

#include "table_view.h"

#define FOLD_VIEW(name_, title_, help_)                                                                                \
	static int open_##name_(struct view **v, struct app *app, u64 arg, struct error *err)                          \
	{                                                                                                              \
		static const struct table_view_ops none;                                                               \
                                                                                                                       \
		(void)arg;                                                                                             \
		return table_view_open(v, app, &view_##name_##_class, &name_##_fold, app->model, &none, err);          \
	}                                                                                                              \
                                                                                                                       \
	const struct view_class view_##name_##_class = {                                                               \
	    .name = #name_,                                                                                            \
	    .title = title_,                                                                                           \
	    .help = help_,                                                                                             \
	    .scope = SCOPE_LIST,                                                                                       \
	    .top = true,                                                                                               \
	    .table = &name_##_fold,                                                                                    \
	    .open = open_##name_,                                                                                      \
	    TABLE_VIEW_CLASS,                                                                                          \
	};

FOLDS(FOLD_VIEW)
