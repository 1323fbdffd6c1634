/* One line of text that is asked for: an editor with UTF-8, cursor and history, and an error shown under the place
 * where it is. */
#pragma once

#include "canvas.h"
#include "key.h"
#include "query.h"

#define PROMPT_MAX 4096
#define PROMPT_HISTORY 20

/* Lines that were accepted before, newest last; owned. */
struct prompt_history {
	char *lines[PROMPT_HISTORY];
	size_t count;
};

struct prompt_ops {
	/* The line was accepted: 0 closes the prompt; negative keeps it open with err shown. */
	int (*accept)(void *ctx, const char *text, struct query_error *err);
	/* The text changed (may be NULL). */
	void (*change)(void *ctx, const char *text);
	/* Given up (may be NULL). */
	void (*cancel)(void *ctx);
};

struct prompt {
	bool open;
	const char *label, *hint; /* borrowed */
	char text[PROMPT_MAX + 1];
	size_t len, cursor;             /* bytes */
	struct query_error error;       /* text "" : none */
	struct prompt_history *history; /* borrowed, may be NULL */
	size_t history_at;
	const struct prompt_ops *ops;
	void *ctx;
};

void prompt_open(struct prompt *p, const char *label, const char *hint, const char *text, const struct prompt_ops *ops,
		 void *ctx, struct prompt_history *history);
/* Takes a key; afterwards p->open says whether it goes on. */
void prompt_key(struct prompt *p, uint32_t key);
/* Draws into the last two lines of the pane (the last one, if it has less than four) and places the cursor. */
void prompt_draw(const struct prompt *p, const struct pane *pane);

void prompt_history_add(struct prompt_history *h, const char *line);
void prompt_history_deinit(struct prompt_history *h);
