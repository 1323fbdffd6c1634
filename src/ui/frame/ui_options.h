/* What the command line says to the screen. */
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
