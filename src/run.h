/* The three ways to show the stream: on the screen, as a batch, as a snapshot. */
#pragma once

#include "launch.h"
#include "options.h"

/* Is there a terminal where one is needed? */
int run_check_terminal(const struct options *o, struct error *err) must_check;
enum run_result {
	RUN_DONE = 0,
	RUN_NOTED, /* done; err is a line that is worth printing */
};

/* Shows the collector's stream, or the recording, until the user or the command line has had enough. The child's socket
 * is used up. An enum run_result, or a negative errno: err is the line to print. */
int run_monitor(const struct options *o, struct launch *child, struct error *err) must_check;
