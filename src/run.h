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

/* Shows the collector's stream, or the recording, until the user or the command line ends it. Takes over the child's
 * socket. An enum run_result, or a negative errno with the line to print in err. */
int run_monitor(const struct options *o, struct launch *child, struct error *err) must_check;
