/* Turns the process into the collector. */
#pragma once

struct collect_options;

/* A session of its own, no descriptors except the stream's, signals that end it cleanly. Returns a signalfd, readable
 * once one of these has come; -1: there is none. Before anything is opened. */
int process_become_collector(const struct collect_options *o);
