/* What the process becomes: it collects, and does nothing else any more. */
#pragma once

struct collect_options;

/* A session of its own, no descriptors but the stream's, signals that end it in good order. Returns a signalfd,
 * readable once one of these has come; -1: there is none. Before anything is opened. */
int process_become_collector(const struct collect_options *o);
