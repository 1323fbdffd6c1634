/* The running program as the screen sees it: what the views share. */
#pragma once

#include "banner.h"
#include "chooser.h"
#include "config.h"
#include "feed.h"
#include "filters.h"
#include "keybar.h"
#include "prompt.h"
#include "rates.h"
#include "settings.h"
#include "store.h"
#include "term.h"
#include "ui_options.h"
#include "view.h"

#define APP_STACK 8
#define APP_SLICE_NS (2 * 1000000ULL)    /* longest work between two looks at the keys */
#define APP_ANSWER_NS (13 * 1000000ULL)  /* longest work on what a key asked for, before its picture */
#define APP_MEASURE_NS (50 * 1000000ULL) /* shortest time whose share of a CPU is shown: half the least interval */

struct findings;
struct past_view;

/* rewind.h: what was is shown. */
struct rewind {
	struct past_view *shown; /* owned: whose model app->model is; NULL: it is app->now */
	struct past_view *next;  /* owned: that is made, to be shown; NULL: none is */
	struct past_view *mark;  /* owned: what numbers are compared with, once it is whole; NULL: with nothing */
};

struct app {
	const struct ui_options *o;
	const struct view_class *const *views; /* all, in the order of their numbers; NULL at the end */
	struct feed *feed;
	struct model *model;        /* what the views show: */
	const struct model *marked; /* what numbers are compared with; NULL: nothing */
	struct model *now;          /* the feed's; or one of before that: */
	struct rewind rewind;
	struct term *term; /* NULL: no terminal, one picture only */
	struct config config;
	struct keymap keymap;
	struct notes notes; /* on files that were read */
	struct theme theme;
	char theme_name[256]; /* as it was asked for */
	enum ui_color color;
	enum charset charset; /* for graphs */
	enum rate_units units;
	struct canvas canvas;
	struct view *stack[APP_STACK];
	size_t depth;
	struct prompt prompt;
	struct prompt_history intervals, files;
	struct prompt_history filters, searches; /* kept across runs, shared by the views */
	struct chooser chooser;
	struct filter_target filter_target; /* of the chooser of filters that is open */
	char saving[PROMPT_MAX + 1];        /* the filter for which a name is asked */
	struct keybar keybar;
	char message[512];
	enum style message_style;
	u64 message_until;  /* now_ns() */
	double interval;    /* seconds */
	unsigned shown_age; /* of a picture that stands still, as drawn, plus 1; 0: it moves */
	bool live;          /* the feed is a collector, not a recording */
	bool mouse;
	bool frozen, ended, quit, dirty;
	u64 layers_asked;          /* COMMAND_LAYERS as it was asked for last; 0: off */
	u64 nat_asked;             /* COMMAND_NAT likewise */
	u64 redirects_asked;       /* COMMAND_REDIRECTS likewise */
	bool nat_wanted;           /* somebody has looked for another end, and may do so again */
	u64 names_asked;           /* COMMAND_NAMES likewise */
	u64 exchanges_asked;       /* COMMAND_EXCHANGES likewise */
	u64 requests_asked;        /* COMMAND_REQUESTS likewise */
	bool info_all;             /* a column or filter needs record_info of every socket */
	bool whole_once;           /* a tick has come */
	bool unrecorded;           /* it has been told that the recording stopped */
	u64 tick_at;               /* now_ns() when the last tick was taken in */
	u64 cpu_at, cpu_used;      /* now_ns() and cpu_ns() then */
	struct arm *arm;           /* owned: a trace that arms itself; NULL: none */
	struct findings *findings; /* owned: what is wrong */
	struct banner banner;
	/* Opens what a finding is about; NULL: it leads nowhere. */
	void (*lead)(struct app *app, const struct finding *of);
	u64 trace_wanted;                /* by the view of packets: the socket that is traced; 0: none */
	u64 trace_asked;                 /* what the collector was asked for last */
	u64 export_id;                   /* whose packets the prompt's file is for */
	struct record_command unsent[4]; /* for the next tick */
	size_t unsent_count;
	double cpu; /* own share of one CPU; NaN: not known */
};

/* Everything but the terminal. views: as app->views; borrowed. */
int app_init(struct app *app, const struct ui_options *o, const struct view_class *const *views, struct feed *f,
	     struct model *m, bool utf8, struct error *err) must_check;
void app_deinit(struct app *app);

/* All views, in the order of their numbers; NULL past the end. */
const struct view_class *app_class_at(const struct app *app, size_t i);
/* Those that have a number, from 0; NULL past the end. */
const struct view_class *app_class_numbered(const struct app *app, size_t n);
/* The view of a table, and the one of which a view is another way (fold.way_of), or itself. NULL: there is none. */
const struct view_class *app_class_of(const struct app *app, const struct table *t);
const struct view_class *app_class_first(const struct app *app, const struct view_class *class);

/* What the command line says of the rows of this view; NULL: it is about another. */
const struct table_choice *app_choice(const struct app *app, const struct view_class *class);

struct view *app_view(const struct app *app); /* on top */
int app_push(struct app *app, const struct view_class *class, u64 arg, struct error *err) must_check;
/* The same; says why it could not. */
bool app_open(struct app *app, const struct view_class *class, u64 arg);
void app_pop(struct app *app);
/* Closes the view at this place of the stack, and those above it. */
void app_pop_to(struct app *app, size_t depth);
/* Makes a view the only one on the stack; help goes on top of what is there. */
void app_show_view(struct app *app, const struct view_class *class);

/* Draws the whole screen into app->canvas. */
void app_draw(struct app *app);
/* A tick came in: whatever depends on it. */
void app_tick(struct app *app);
/* The same of one that is not shown. */
void app_pass(struct app *app);
/* Says that there is no tick after the one that is shown. */
void app_say_over(struct app *app);
/* Looks for what is wrong, for at most budget_ns (0: to the end). true: nothing is left to do until the next tick. */
bool app_look(struct app *app, u64 budget_ns);
/* There are other rows than before: the views look at them anew. */
void app_rows(struct app *app);
void app_key(struct app *app, uint32_t key, const struct mouse *m);
/* false: nothing was done, because the action has no sense here. */
bool app_action(struct app *app, enum action a, unsigned which);

/* A line in place of the key bar, until a key or some seconds later. */
void app_say(struct app *app, enum style style, const char *fmt, ...) printf_like(3, 4);
/* Keeps what was typed at the prompts for the next run; silent if it cannot. */
void app_store_history(struct app *app);
/* Saves a setting and says so if that fails. */
void app_store(struct app *app, const char *key, const char *value);
/* Sends it to the collector; one that does not fit is sent again at the next tick. */
void app_command(struct app *app, enum command_kind kind, u64 value);
/* Whose packets are traced for a view; 0: nobody's, and a trace that arms itself has its turn again. */
void app_trace(struct app *app, u64 id);
/* Asks the collector for what the views that are seen need: layers, translated connections, names of hosts. */
void app_ask_needs(struct app *app);
/* Seconds since the shown tick was taken in; for a frozen or silent picture. */
unsigned app_age(const struct app *app);
/* Has the feed been silent for suspiciously long? */
bool app_silent(const struct app *app);

/* setup.c: the choosers and prompts that belong to no view. */
void setup_choose_theme(struct app *app);
void setup_choose_view(struct app *app);
void setup_open(struct app *app);
void setup_ask_interval(struct app *app);
void setup_ask_file(struct app *app);
/* Asks for the name of a file, which until it is changed is the time with an ending; the prompt's ctx is the app. */
void setup_ask_name(struct app *app, const char *label, const char *help, const char *ending,
		    const struct prompt_ops *ops);
/* It was not written: r, and why, where "" is what r means. Returns r. */
int setup_file_refused(struct query_error *err, int r, const char *why);
