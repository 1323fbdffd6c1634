/* The screen: runs until the user quits. */
#pragma once

#include "cells.h"
#include "choice.h"
#include "feed.h"

enum ui_color { UI_COLOR_AUTO, UI_COLOR_ALWAYS, UI_COLOR_NEVER };

/* The files that the screen comes back to while it runs; NULL: none. Borrowed. */
struct ui_files {
	const char *config;    /* config.ini, whose folder is there */
	const char *themes[2]; /* folders: the user's, the installed */
	const char *theme;     /* the name or file of the theme that is used */
};

/* What the command line says; the config file fills what is left NULL or 0. All strings are borrowed. */
struct ui_options {
	const char *view;                /* NULL: the config's, or the first */
	const struct table_choice *rows; /* of that view's table; NULL: nothing is chosen */
	const struct query *whose;       /* of the sockets: whose packets are traced; NULL: not said … */
	const char *whose_text;          /* … and as it was typed */
	const char *theme;               /* a name or a file */
	const char *config;              /* path of config.ini, NULL: the user's own */
	bool closed;                     /* -a */
	bool layers;                     /* the layers are on all the time */
	bool netfilter;                  /* netfilter's hooks are asked for, while the layers are on */
	bool layer_alarm;                /* and an alarm tells when one leaves its average */
	bool echo;                       /* -I: the view packets is of ICMP echo */
	u64 sample;                      /* one in so many packets is measured; 0: every one */
	double interval;                 /* seconds; 0: the config's or 1 */
	enum ui_color color;
	const char *warning; /* one line to show at the start, NULL: none */
	const char *arm;     /* --arm: a checked expression, NULL: none */
	/* Writes the packets of socket id (0: all that are kept) to path as pcapng; returns how many. NULL: not here.
	 */
	int (*write_packets)(const char *path, const struct model *m, u64 id, struct error *err);
	/* Writes a picture of the screen to path as the user asked (w): the format follows the name. */
	int (*write_snapshot)(const char *path, const struct cells *cells, struct error *err);
	/* Called when all that the start needs has been read: from here on only these files. NULL: nothing is refused.
	 */
	int (*confine)(void *context, const struct ui_files *files, struct error *err);
	void *confine_context;
};

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

/* A view, for the command line. */
struct ui_view {
	const char *name, *help;   /* one line */
	const struct table *table; /* of its rows; NULL: it has none */
	unsigned needs;            /* enum column_needs, whatever its columns */
	bool traces;               /* the kernel traces for it: the filter says of which socket, too */
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
#define UI_ACTION_ROW_MAX 400
bool ui_action_row(size_t i, char dst[UI_ACTION_ROW_MAX]);
/* Its name; NULL past the end. */
const char *ui_view_name(size_t i);
/* The i-th built-in theme's name, or NULL past the end. */
const char *ui_theme_name(size_t i);
