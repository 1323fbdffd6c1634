/* Keeps a way to another machine open: starts its collector again and again, from a process that is not confined. */
#pragma once

#include "remote.h"

#define KEEPER_LEAST_S 1 /* between two attempts at first, and after one that lasted */
#define KEEPER_MOST_S 60 /* … and when each has failed soon; it doubles up to there */

/* Starts the process, with the privileges that the caller has left. l->fd, which does not block, is the way to it: it
 * ends soon after that is closed, or the caller has. */
int keeper_start(struct launch *l, const struct remote *r, const struct collect_options *c,
		 struct error *err) must_check;

/* What it says: a stream has been opened, or how one has ended. */
struct keeper_word {
	int stream;     /* to be read from its beginning, owned by the caller from now on; -1: none */
	char text[256]; /* why it ended, printable once cleaned; "": it has begun */
};

/* The next word. 1: there is one; 0: none for now; -EPIPE: there will be none. */
int keeper_hear(int fd, struct keeper_word *word) must_check;
