/* Ends the collector soon after its reader, or after a signal that ends it, whatever the main thread is doing: loading
 * programs, a long pass, or a sleep in the kernel that somebody else causes. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

#include "error.h"

struct reader;

#define WATCHDOG_MS 700 /* for a regular exit: last words, detaching the programs */

struct watchdog {
	pthread_t thread;
	const struct reader *reader; /* borrowed */
	int signals;                 /* readable: a signal that ends the collector has come */
	int stop_fd;                 /* readable: the thread is to end */
	bool running;
};

/* From now on the process ends WATCHDOG_MS after the reader has hung up, or after `signals` (a signalfd that nobody
 * reads) is readable, unless watchdog_stop() comes first. Restores the reader's flags then. */
int watchdog_start(struct watchdog *w, const struct reader *r, int signals, struct error *err) must_check;
void watchdog_stop(struct watchdog *w);
