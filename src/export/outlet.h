/* The destination of a batch: a file, a pipe or a terminal. A signal that ends the batch leaves whole lines there. */
#pragma once

#include <poll.h>
#include <signal.h>
#include <stdio.h>

#include "buf.h"
#include "error.h"

struct outlet {
	FILE *file; /* borrowed */
	int fd;     /* -1: file is memory */
	int own;    /* the same file opened again without blocking, owned; -1: not possible */
	bool lines; /* what is written is text */
	bool slow;  /* the reader may be slow */
	bool half;  /* the last line is incomplete so far */
	sigset_t before;
};

enum outlet_result {
	OUTLET_DONE = 0,
	OUTLET_GONE,    /* the reader has gone */
	OUTLET_STOPPED, /* a signal came: the output ends with a whole line, the rest was discarded */
};

/* Handles SIGINT, SIGTERM and SIGHUP, unless they are ignored or the file is memory: they are unblocked while
 * outlet_poll() or outlet_write() waits. The first one is noted; a second one kills the process. */
void outlet_init(struct outlet *o, FILE *file, bool lines);
void outlet_deinit(struct outlet *o);
/* Has such a signal come? */
bool outlet_stopped(const struct outlet *o);
/* poll() that returns EINTR on such a signal. */
int outlet_poll(const struct outlet *o, struct pollfd *fds, nfds_t count, int timeout_ms);
/* Writes and empties the buffer. An enum outlet_result, or a negative errno with err set. */
int outlet_write(struct outlet *o, struct buf *b, struct error *err) must_check;
