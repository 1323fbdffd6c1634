/* Where a batch goes: a file, a pipe or a terminal, of which a signal that ends the batch leaves whole lines. */
#pragma once

#include <poll.h>
#include <signal.h>
#include <stdio.h>

#include "buf.h"
#include "error.h"

struct outlet {
	FILE *file; /* borrowed */
	int fd;     /* -1: file is memory */
	int own;    /* fd once more, owned, without blocking; -1: not to be had */
	bool lines; /* what is written is text */
	bool slow;  /* whoever reads may be behind */
	bool half;  /* the last line is not whole yet */
	sigset_t before;
};

enum outlet_result {
	OUTLET_DONE = 0,
	OUTLET_GONE,    /* whoever read it has gone */
	OUTLET_STOPPED, /* a signal came: what was written ends with a whole line, the rest is thrown away */
};

/* Takes over SIGINT, SIGTERM and SIGHUP, unless they are ignored or the file is memory: they are let in while
 * outlet_poll() or outlet_write() waits. The first is noted; after it the next one ends us where we are. */
void outlet_init(struct outlet *o, FILE *file, bool lines);
void outlet_deinit(struct outlet *o);
/* Has a signal come? */
bool outlet_stopped(const struct outlet *o);
/* poll() that such a signal ends with EINTR. */
int outlet_poll(const struct outlet *o, struct pollfd *fds, nfds_t count, int timeout_ms);
/* Writes and empties the buffer. An enum outlet_result, or a negative errno with err. */
int outlet_write(struct outlet *o, struct buf *b, struct error *err) must_check;
