/* One line of text that is asked for: an editor with UTF-8, cursor and history, and an error shown under the place
 * where it is. */
#pragma once

#include "canvas.h"
#include "complete.h"
#include "key.h"
#include "query.h"

#define PROMPT_MAX 4096
#define PROMPT_HISTORY 100

/* Lines that were accepted before, newest last, each once; owned. */
struct prompt_history {
	char *lines[PROMPT_HISTORY];
	size_t count;
	size_t fresh; /* the last so many were added since the file was read (history.h) */
};

struct prompt_ops {
	/* The line was accepted: 0 closes the prompt; negative keeps it open with err shown. */
	int (*accept)(void *ctx, const char *text, struct query_error *err);
	/* The text changed (may be NULL). */
	void (*change)(void *ctx, const char *text);
	/* Given up (may be NULL). */
	void (*cancel)(void *ctx);
	/* Tab: offers the words that can stand at the cursor, a byte of the text (may be NULL). */
	void (*complete)(void *ctx, const char *text, size_t cursor, struct complete *words);
	/* C-s: saves the text under a name, for which it may open another prompt; negative with err: why not (may be
	 * NULL). */
	int (*save)(void *ctx, const char *text, struct query_error *err);
	/* What there is to say of the text as it is, in a few words; "" leaves the prompt's own hint (may be NULL). */
	void (*hint)(void *ctx, const char *text, char *dst, size_t size);
};

struct prompt {
	bool open;
	const char *label, *hint; /* borrowed */
	char text[PROMPT_MAX + 1];
	size_t len, cursor;             /* bytes */
	struct query_error error;       /* text "" : none */
	struct prompt_history *history; /* borrowed, may be NULL */
	size_t history_at;
	char draft[PROMPT_MAX + 1]; /* what was typed before the history was looked at */
	struct complete words;      /* of the last Tab; none: they are not shown */
	size_t page, fitted;        /* the first word that is shown, and how many had room */
	char said[160];             /* the hint on this text */
	const struct prompt_ops *ops;
	void *ctx;
};

void prompt_open(struct prompt *p, const char *label, const char *hint, const char *text, const struct prompt_ops *ops,
		 void *ctx, struct prompt_history *history);
/* Takes a key; afterwards p->open says whether it goes on. */
void prompt_key(struct prompt *p, uint32_t key);
/* Draws into the last two lines of the pane (the last one, if it has less than four) and places the cursor. */
void prompt_draw(struct prompt *p, const struct pane *pane);

void prompt_history_add(struct prompt_history *h, const char *line);
/* The newest line; "" when there is none. */
const char *prompt_history_last(const struct prompt_history *h);
void prompt_history_deinit(struct prompt_history *h);
