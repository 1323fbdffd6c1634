/* A view: what fills the screen between header and key bar. One file each; views form a stack, Enter opens and Esc goes
 * back. */
#pragma once

#include "action.h"
#include "canvas.h"
#include "record.h"
#include "words.h"

struct app;
struct view;
struct table;
struct model;

struct view_class {
	const char *name, *title, *help;
	unsigned scope;                /* enum scope: which actions apply */
	const struct table *table;     /* of a list; NULL: it is none */
	const struct table *filters;   /* of none: whose rows --filter is about; NULL: there is no filter */
	enum action key;               /* that shows it, wherever one is; 0: none does */
	bool says_findings;            /* what is wrong is in it, and not above it */
	bool traces;                   /* the kernel traces the packets of a socket for it */
	const struct view_word *words; /* what its words mean, for the help; NULL: none */
	bool top;                      /* reachable by number and Tab; the others are opened from a view */
	u8 warm_up; /* ticks that a snapshot waits beyond the second, because the kernel is asked only now */
	int (*open)(struct view **v, struct app *app, u64 arg, struct error *err);
	void (*close)(struct view *v);
	void (*draw)(struct view *v, const struct pane *p);
	/* Performs an action; false: it is not this view's. */
	bool (*action)(struct view *v, enum action a);
	void (*mouse)(struct view *v, const struct mouse *m); /* coordinates of the pane; may be NULL */
	void (*tick)(struct view *v);                         /* the picture has changed; may be NULL */
	bool (*work)(struct view *v, u64 budget_ns);          /* true: nothing left to do; may be NULL */
	/* Works on what a key asked for before the picture that answers it is drawn; may be NULL. */
	void (*answer)(struct view *v, u64 budget_ns);
	unsigned (*needs)(struct view *v); /* enum column_needs, while it is shown; may be NULL */
	/* Another model is shown in place of `before`, whose rows may be gone; the tick follows. -ENOMEM; may be NULL.
	 */
	int (*look_at)(struct view *v, const struct model *before, struct model *m);
	int (*marked)(struct view *v); /* app->marked has changed; the tick follows. -ENOMEM; may be NULL */
	bool of_moment;                /* what it shows has a number that means something in one model only */
	void (*shown)(struct view *v); /* it is on top of the stack again; may be NULL */
};

struct view {
	const struct view_class *class;
	struct app *app;
	struct pane pane; /* where it was drawn last */
};

extern const struct view_class view_help_class;

/* The one of this name; views: all that there are, NULL at the end. NULL: there is none. */
const struct view_class *view_class_find(const struct view_class *const *views, const char *name);

/* Shows in the corner of a page that there are more lines below. */
void view_draw_more(const struct pane *p, int below);
/* Where to read why this kernel does not offer something. */
void view_draw_doctor(const struct pane *p, int y, int x);
