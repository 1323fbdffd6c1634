/* A thread that visits namespaces. Whoever makes and unmakes devices holds the kernel's rtnl lock, for seconds if there
 * are many, and no signal ends a wait for it: the collector must not be who waits. The thread keeps the capability that
 * it needs to enter namespaces, and the one to read the list of tracked connections. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

#include "cleanup.h"
#include "gather.h"

#define VISITS_MAX 192 /* of a round, which is begun with a tick: of a thousand namespaces each is visited in six */

struct visit {
	int fd; /* of the namespace; -1: the collector's own */
	u32 netns;
	bool nat;      /* translated connections are asked for, too */
	bool programs; /* … those of BPF at devices */
	bool entered;  /* set by the thread: g is what it found */
	struct found g;
};

struct visitor {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool running, stop, confined;
	int own_fd;                 /* borrowed: the way home; -1: no other namespace can be entered */
	struct visit *visits;       /* owned, VISITS_MAX: the round that is made, one after the other */
	u32 count, done, taken;     /* of these */
	u64 cpu_ns;                 /* that the round has taken so far */
	struct counter_names names; /* those that a visit's counter_count covers may be read when it is done */
};

/* Starts the thread. 0, or negative errno. */
int visitor_start(struct visitor *v, int own_fd) must_check;
/* Begins a round: the first `count` visits, whose fd and netns are set; it closes the descriptors. Only when none is
 * going on and all results were taken. */
void visitor_begin(struct visitor *v, u32 count);
/* Is a round going on, or not all of it taken? */
bool visitor_busy(struct visitor *v);
/* The next visit of the round that is done; NULL: there is none yet. Valid until the next round. */
struct visit *visitor_take(struct visitor *v);
/* Waits until the first visit of the round is done, at most so long. */
void visitor_wait(struct visitor *v, u64 ns);
/* false: the thread is stuck. It then keeps *v for ever. */
bool visitor_stop(struct visitor *v) must_check;
