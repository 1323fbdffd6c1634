/* The screen: runs until the user quits. */
#pragma once

#include "ui_options.h"

/* Returns 0 when the user quit; 1 when the collector ended (why says why); negative errno when the terminal is not
 * usable (err). The terminal is restored in any case, also on SIGTERM, SIGHUP and SIGINT. */
int ui_run(const struct ui_options *o, struct feed *f, struct model *m, struct error *err);

/* Draws one screen of the given size without a terminal, once the feed has shown rates and what the view asks for, into
 * *out (cells owned by the caller). */
int ui_snapshot(const struct ui_options *o, struct feed *f, struct model *m, int columns, int lines, struct cells *out,
		struct error *err);

/* Checks names before anything starts. 0 or -EINVAL with err naming the wrong word and what would be right. */
int ui_check_view(const char *name, struct error *err);
int ui_check_theme(const char *name_or_file, struct error *err);

struct findings;
/* Adds the checks of config.ini (NULL: the user's own), for a batch. -EINVAL: err says which is wrong, and where. */
int ui_own_checks(const char *config, struct findings *f, struct error *err);

/* A view, for the command line. */
struct ui_view {
	const char *name, *help;     /* one line */
	const struct table *table;   /* of its rows; NULL: it has none */
	const struct table *filters; /* of none: whose rows a filter is about; NULL: there is no filter */
	unsigned needs;              /* enum column_needs, whatever its columns */
	bool traces;                 /* the kernel traces for it: the filter says of which socket, too */
};
/* The i-th view; false past the end. */
bool ui_view(size_t i, struct ui_view *out);
/* false: there is none of this name. */
bool ui_view_find(const char *name, struct ui_view *out);

/* For help, man page and completions: the tables. */
struct ui_action_doc {
	const char *id, *keys, *help; /* keys: "F4 \\" */
	char where[64];               /* "everywhere", "lists, socket" */
};
/* The i-th action with its default keys, or false past the end. */
bool ui_action_doc(size_t i, struct ui_action_doc *out);
/* The same as a row of the table in docs/keys.md, with its newline. */
#define UI_ACTION_ROW_MAX 400 /* ACTION_ROW_MAX */
bool ui_action_row(size_t i, char dst[UI_ACTION_ROW_MAX]);
/* Its name; NULL past the end. */
const char *ui_view_name(size_t i);
/* The i-th built-in theme's name, or NULL past the end. */
const char *ui_theme_name(size_t i);
