/* A source: one thing that the collector watches, with its state, its file descriptors and its records, in a file of
 * its own. The collector is a list of sources (collector.c) and an outbox. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "record.h"

struct collector;
struct source;
struct wishes;

/* A function may be NULL. All are called in the main thread. */
struct source_class {
	const char *name;
	size_t size; /* of the source's struct, which begins with a struct source and is zeroed */
	bool late;   /* starts after the first tick was sent: it must not delay the first picture */
	/* Opens what only the process's original user may open, before confine() changes the user, and allocates
	 * memory. A negative errno ends the collector with err as its last words; the same holds for start(). */
	int (*open)(struct source *s, struct error *err);
	/* The programs of the table are loaded: from now on the source can watch its descriptors. */
	int (*start)(struct source *s, struct error *err);
	/* Does its part of a tick, in the order of the list. */
	void (*tick)(struct source *s);
	/* Called between the pieces of a pass, which may take most of a tick: for what must not wait that long. */
	void (*between)(struct source *s);
	/* The previous tick was never read: what was new in it has to be sent again. */
	void (*resend)(struct source *s);
	/* Writes its figures into the record that closes the tick. */
	void (*fill)(struct source *s, struct record_tick *t);
	/* The reader's wishes have changed, or were repeated. false: it is done with the next tick, which should come
	 * soon. */
	bool (*want)(struct source *s, const struct wishes *w);
	/* One of its descriptors is readable, or was a moment ago. */
	void (*readable)(struct source *s);
	/* Releases everything, also after open() alone. false: a thread of the source is stuck; it keeps *s and the
	 * process's descriptors. */
	bool (*stop)(struct source *s);
};

struct source {
	const struct source_class *class;
	struct collector *c; /* borrowed; set before open() */
};

/* Wakes the loop when fd is readable, until fd is closed. 0 or negative errno. */
int source_watch(struct source *s, int fd) must_check;
/* Makes a timerfd that wakes the loop, not armed yet; -1: it could not be made. */
int source_timer(struct source *s);
/* Arms it for first_ns from now (0: disarms it) and then every every_ns. */
void source_set_timer(int fd, u64 first_ns, u64 every_ns);
