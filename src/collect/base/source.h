/* A source: one thing that the collector watches, with its state, its file descriptors and its records. A file of its
 * own each; the collector is a list of them (collector.c) and an outbox. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "record.h"

struct collector;
struct source;
struct wishes;

/* What is NULL has nothing to do. All of it runs in the main thread. */
struct source_class {
	const char *name;
	size_t size; /* of its own struct, which begins with a struct source and is zeroed */
	bool late;   /* starts when the first tick is on its way: nothing of it may delay the first picture */
	/* Opens what only the owner of the process may, who the collector soon is no more (confine()), and sets memory
	 * aside. A negative errno ends the collector, with err as its last words, as it does from start(). */
	int (*open)(struct source *s, struct error *err);
	/* The programs of the table are in the kernel: its descriptors can be watched from now on. */
	int (*start)(struct source *s, struct error *err);
	/* Its part of a tick, in the order of the list. */
	void (*tick)(struct source *s);
	/* Between pieces of a pass, which may take most of a tick: what must not wait for so long. */
	void (*between)(struct source *s);
	/* The tick before was never read, and took its news with it: they are told again. */
	void (*retell)(struct source *s);
	/* Its figures, into the record that closes the tick. */
	void (*fill)(struct source *s, struct record_tick *t);
	/* What the reader wants has changed, or was said again. false: that is for the next tick, which is to come
	 * soon. */
	bool (*want)(struct source *s, const struct wishes *w);
	/* One of its descriptors is readable, or was a moment ago. */
	void (*readable)(struct source *s);
	/* Releases everything, also what open() alone has left. false: a thread of it does not come back, and keeps
	 * *s and what the process has open. */
	bool (*stop)(struct source *s);
};

struct source {
	const struct source_class *class;
	struct collector *c; /* borrowed; there from open() on */
};

/* The loop wakes when fd is readable, until fd is closed. 0 or negative errno. */
int source_watch(struct source *s, int fd) must_check;
/* A timerfd that the loop wakes for, not set yet; -1: there is none. */
int source_timer(struct source *s);
/* It expires after first_ns (0: never) and then every every_ns. */
void source_set_timer(int fd, u64 first_ns, u64 every_ns);
