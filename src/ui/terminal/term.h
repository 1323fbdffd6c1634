/* The terminal: sets curses up and restores the terminal; signals, keys and mouse come in, changed cells go out. Only
 * term.c includes curses: everything else draws on a canvas. */
#pragma once

#include "canvas.h"
#include "key.h"

struct term;

enum term_event {
	TERM_NOTHING,
	TERM_RESIZED,   /* call term_size() and draw */
	TERM_CONTINUED, /* continued after a stop: draw everything */
	TERM_QUIT,      /* SIGTERM, SIGHUP, SIGINT or SIGQUIT */
};

/* Takes over the terminal on stdin and stdout. Negative errno with err if it cannot be used. Only one at a time. */
int term_new(struct term **t, struct error *err) must_check;
/* Restores the terminal and the signal mask. NULL is fine. After term_new() every fatal signal that can be caught
 * restores the terminal first. */
void term_free(struct term *t);

bool term_utf8(const struct term *t);
bool term_has_colors(const struct term *t);
void term_size(const struct term *t, int *columns, int *lines);
/* The theme is borrowed until the next call; without color only its attributes are used. */
void term_set_theme(struct term *t, const struct theme *theme, bool color);
/* Mouse reports on or off; off leaves the mouse to the terminal. */
void term_set_mouse(struct term *t, bool on);

/* To poll for reading: keys and signals. */
int term_fd(const struct term *t);
int term_signal_fd(const struct term *t);
/* To poll for writing while term_busy(): the terminal has not taken the last picture yet, and gets no other. Passes on
 * as much as it takes now. */
int term_out_fd(const struct term *t);
bool term_busy(struct term *t);
/* The next signal, TERM_NOTHING if there is none. Handles a new size itself. */
enum term_event term_event(struct term *t);
/* The next key; false: there is none. *key is K_NONE for an unknown or incomplete one; for K_MOUSE *m is set. */
bool term_key(struct term *t, uint32_t *key, struct mouse *m);
/* After how many ms to ask for a key even if nothing is readable, because a lone Esc may have come; -1: never. */
int term_wait_ms(const struct term *t);

/* Sends what differs from the last picture; never waits for the terminal. Not while term_busy(). */
void term_show(struct term *t, const struct canvas *c);
/* The next term_show sends everything. */
void term_redraw(struct term *t);
/* Gives the terminal back to the shell and stops; returns when continued. */
void term_suspend(struct term *t);
