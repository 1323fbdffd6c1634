/* What is sent to the terminal. Curses writes into a pipe; its bytes wait here until the terminal takes them, so that
 * a terminal that takes none (a stopped reader, ^S) never blocks us. Also restores the terminal: at the end, and after
 * every signal that can be caught. One terminal at a time. */
#pragma once

#include "buf.h"
#include "error.h"

struct term_out {
	int fd;             /* the terminal: writing to it does not block */
	int caught;         /* reads what curses wrote */
	size_t room;        /* bytes that it can write before they must be read */
	FILE *curses;       /* owned: the stream for newterm() */
	struct buf waiting; /* for the terminal */
};

#define TERM_OUT_NONE ((struct term_out){.fd = -1, .caught = -1})

/* Takes over the terminal on stdout, and notes its modes. Until term_out_catch() curses writes to the terminal itself,
 * because newterm() and raw() read and set modes by its descriptor. */
int term_out_open(struct term_out *o, struct error *err) must_check;
/* From now on curses writes into the pipe; its modes are noted to return to, and a fatal signal restores the terminal
 * first. */
int term_out_catch(struct term_out *o, struct error *err) must_check;
/* The terminal's string of that name (terminfo), or NULL; owned by curses. */
char *term_out_capability(const char *name);
/* Turns on the mode in which the terminal sends the keys that terminfo describes. */
void term_out_ask_keys(struct term_out *o);
/* Notes the number of lines: the cursor is left on the last one. */
void term_out_lines(int lines);
/* Reads what curses has written. Must be called before o->room bytes can have come together. */
void term_out_collect(struct term_out *o);
/* Passes on what the terminal takes now. True while some of it waits: poll o->fd for POLLOUT. */
bool term_out_flush(struct term_out *o);
/* Restores the terminal's original modes, screen, cursor, mouse. Discards what waits. */
void term_out_put_right(struct term_out *o);
/* The reverse: the modes noted by term_out_catch(). */
void term_out_take_again(struct term_out *o);
/* Restores the terminal and closes everything except curses' stream, which has to be closed last. */
void term_out_close(struct term_out *o);
