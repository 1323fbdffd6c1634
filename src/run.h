/* The three ways to show the stream: on the screen, as a batch, as a snapshot. */
#pragma once

#include "launch.h"
#include "options.h"

/* Is there a terminal, if one is needed? */
int run_check_terminal(const struct options *o, struct error *err) must_check;
enum run_result {
	RUN_DONE = 0,
	RUN_NOTED, /* done; err has a line that is worth printing */
	RUN_FOUND, /* done; something is wrong: --check */
};

/* Asks a collector that was just connected for what is needed: bits of enum column_needs. */
void run_ask(struct feed *f, const struct options *o, unsigned needs);
/* Leaves to this process what a batch needs: no file that is named later is opened. */
int run_confine(const struct options *o, struct error *err) must_check;

/* Shows the collector's stream, or the recording, until the user or the command line ends it. Takes over the child's
 * socket. An enum run_result, or a negative errno with the line to print in err. */
int run_monitor(const struct options *o, struct launch *child, struct error *err) must_check;
