/* What the terminal is sent. Curses writes into a socket of ours; its bytes wait here until the terminal takes them, so
 * that one that takes none (a reader that has stopped, ^S) never makes us wait. And what puts the terminal right: by
 * hand, and after every signal that can be caught. One terminal at a time. */
#pragma once

#include "buf.h"
#include "error.h"

struct term_out {
	int fd;             /* the terminal: writing to it does not block */
	int caught;         /* what curses wrote is read here */
	FILE *curses;       /* owned: the stream for newterm() */
	struct buf waiting; /* for the terminal */
};

#define TERM_OUT_NONE ((struct term_out){.fd = -1, .caught = -1})

/* Takes the terminal on stdout over, whose modes are noted. Until term_out_catch() curses writes to the terminal
 * itself, because newterm() and raw() read and set its modes by its descriptor. */
int term_out_open(struct term_out *o, struct error *err) must_check;
/* From now on curses writes into the socket; the modes that it has set are noted as those to return to, and a signal
 * that would end us puts the terminal right first. */
int term_out_catch(struct term_out *o, struct error *err) must_check;
/* The terminal's string of that name (terminfo), or NULL; curses' own. */
char *term_out_capability(const char *name);
/* Asks for the keys that terminfo describes: they are those of a mode that the terminal has to be put into. */
void term_out_ask_keys(struct term_out *o);
/* Notes how many lines there are: the cursor is left on the last one. */
void term_out_lines(int lines);
/* Takes in what curses has written. To be called before TERM_OUT_ROOM bytes can have come together. */
void term_out_collect(struct term_out *o);
#define TERM_OUT_ROOM (64U << 10)
/* Hands over what the terminal takes now. True while some of it waits: poll o->fd for POLLOUT. */
bool term_out_flush(struct term_out *o);
/* The terminal as it was found: modes, screen, cursor, mouse. What waits is thrown away. */
void term_out_put_right(struct term_out *o);
/* Back from there: the modes that were noted by term_out_catch(). */
void term_out_take_again(struct term_out *o);
/* Puts the terminal right and closes everything, but for the stream of curses, which comes last. */
void term_out_close(struct term_out *o);
