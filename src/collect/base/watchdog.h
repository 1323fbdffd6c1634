/* The collector leaves soon after its reader, or after a signal that ends it, whatever its main thread is at: a load, a
 * long pass, or a sleep in the kernel that others cause. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

#include "error.h"

struct reader;

#define WATCHDOG_MS 700 /* for leaving without haste: last words, and the programs' detaching */

struct watchdog {
	pthread_t thread;
	const struct reader *reader; /* borrowed */
	int signals;                 /* readable: a signal that ends us has come */
	int stop_fd;                 /* readable: the thread is to end */
	bool running;
};

/* From now on the process ends WATCHDOG_MS after the reader has hung up, or signals (a signalfd, not read by anybody)
 * is readable, unless watchdog_stop() comes first. What is the reader's is given back then. */
int watchdog_start(struct watchdog *w, const struct reader *r, int signals, struct error *err) must_check;
void watchdog_stop(struct watchdog *w);
