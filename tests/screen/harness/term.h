/* A program in a pseudo-terminal of a given size, and the screen that it draws, by libvterm. Every wait is for the
 * terminal or for the end of the program, with a deadline; nothing sleeps. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "buf.h"
#include "error.h"

/* How long any one wait may take, in nanoseconds. */
#define TERM_DEADLINE_NS 20000000000ULL

struct term;

struct term_options {
	int columns, lines;
	char *const *argv;  /* argv[0] is the path */
	char *const *env;   /* the whole environment, NULL-terminated */
	const char *folder; /* working directory; NULL: ours */
};

int term_start(struct term **t, const struct term_options *o, struct error *err) must_check;
/* Kills the program if it still runs. */
void term_free(struct term *t);
pid_t term_pid(const struct term *t);

/* Reads and draws what has come, waiting at most timeout_ms for the first byte. Bytes read; 0: nothing came; -EPIPE:
 * the program closed the terminal. */
int term_pump(struct term *t, int timeout_ms) must_check;
/* Like term_pump, but only appends the bytes to out: drawing takes time that a measurement must not contain. */
int term_pump_raw(struct term *t, int timeout_ms, struct buf *out) must_check;
/* Draws bytes that were read so. */
void term_draw(struct term *t, const void *bytes, size_t n);
/* To poll for output beside other things. */
int term_fd(const struct term *t);
/* Types bytes. */
int term_send(struct term *t, const void *bytes, size_t n) must_check;
int term_resize(struct term *t, int columns, int lines) must_check;

/* Until the screen shows (or no longer shows) the text in one line. -ETIMEDOUT, or -EPIPE when the program ended. */
int term_wait_text(struct term *t, const char *text, bool shown) must_check;
/* Until done(context), which is asked again and again. */
int term_wait(struct term *t, bool (*done)(void *context), void *context) must_check;
/* Until the program has taken all keys, sleeps, and has drawn nothing for quiet_ms. */
int term_wait_idle(struct term *t, int quiet_ms) must_check;
/* Until it ended: its wait status in *status. */
int term_wait_exit(struct term *t, int *status) must_check;

bool term_shows(const struct term *t, const char *text);
/* The screen as text: one line each, blanks at the end trimmed, and the cursor's place if it is visible. */
void term_print(const struct term *t, struct buf *out);
/* The colours and attributes, one line for each run of cells that are not plain: "3 10-14 bold fg=#ff0000 bg=4". */
void term_print_styles(const struct term *t, struct buf *out);
/* One line's text without trailing blanks; false past the end. */
bool term_line(const struct term *t, int line, struct buf *out);

/* CLOCK_MONOTONIC of the last byte that was read, and how many were read in all. */
uint64_t term_last_output_ns(const struct term *t);
uint64_t term_bytes(const struct term *t);
