/* A thread that reads, or makes another call, for a caller that must not block. iter/tcp and iter/udp take each
 * socket's lock (lock_sock(), bpf_iter_tcp_seq_show() in net/ipv4/tcp_ipv4.c), and a wait for it cannot be interrupted.
 * A sender whose data lie in a page that does not come, of a FUSE file system for one, holds that lock for as long as
 * it likes. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

#include "cleanup.h"
#include "record.h"

struct aside {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool running, stop;
	/* Set before it starts, by who makes another call: that call, which fails as aside_read() does; which
	 * capabilities it needs; the thread's name. */
	ssize_t (*call)(int fd, void *at, size_t room);
	u64 keep;
	const char *name;
	bool asked; /* a read is running, or its result was not fetched yet */
	bool done;  /* … the latter */
	int fd;
	void *at;
	size_t room;
	ssize_t result; /* negative errno */
	u64 asked_ns;
};

/* Starts the thread. 0, or negative errno. Must not be called again while it runs. */
int aside_start(struct aside *a) must_check;
/* read(fd, at, room). After wait_ns it stops waiting and returns -EINPROGRESS; `at` then belongs to the thread until a
 * later call with the same arguments, which does not wait, fetches the result. Otherwise returns what read() does, with
 * errno negative. */
ssize_t aside_read(struct aside *a, int fd, void *at, size_t room, u64 wait_ns) must_check;
/* How long the current read has been running, in nanoseconds; 0: there is none. */
u64 aside_held_ns(const struct aside *a);
/* false: the thread is stuck in its read. It then keeps *a and its buffer for ever. */
bool aside_stop(struct aside *a) must_check;
