/* Several machines at once: a collector, a feed and a model for each, and one table of all of them. */
#pragma once

#include "launch.h"
#include "options.h"

/* Starts what leads to each, confines this process, and writes their rows as --batch does, at ticks of its own. Returns
 * an enum run_result, or a negative errno with err set. The caller has given up its privileges; copies:
 * OPTIONS_HOSTS_MAX descriptors of what is brought there, owned by the caller; NULL: nothing is. */
int hosts_run(const struct options *o, const struct collect_options *c, const int *copies,
	      struct error *err) must_check;
