/* The collector of another machine, at the other end of ssh. */
#pragma once

#include "launch.h"

/* Batch mode: nobody could answer a question. A link that is dead ends it within 15 s. */
#define REMOTE_SSH "ssh -o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=5"

/* What leads to which machine. */
struct remote {
	const char *ssh;  /* a command and its first arguments, with blanks between; NULL: REMOTE_SSH */
	const char *host; /* its next argument */
	int copy;         /* a file that is brought there and run, borrowed; -1: what is there already */
};

/* Runs "SSH HOST sudo -n skbtop --collect …" with the privileges that the caller has left: the stream is l->fd, what
 * the command says on its standard error is l->words. Of c what has a word on the command line is passed on. */
int remote_launch(struct launch *l, const struct remote *r, const struct collect_options *c,
		  struct error *err) must_check;
/* Why it has ended, once it has: the last line that the command said, else its status. Always starts with the host. */
void remote_explain(struct launch *l, const char *host, struct error *err);
