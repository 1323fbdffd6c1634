/* A thread that reads for one that must not wait.
 *
 * iter/tcp and iter/udp take each socket's lock (lock_sock(), bpf_iter_tcp_seq_show() in net/ipv4/tcp_ipv4.c), and no
 * signal ends a wait for it. Whoever sends from a page that does not come, of a file system in user space for one,
 * holds it for as long as he likes. */
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
	bool asked; /* a read goes on, or its result has not been taken */
	bool done;  /* … the latter */
	int fd;
	void *at;
	size_t room;
	ssize_t result; /* negative errno */
	u64 asked_ns;
};

/* 0, or negative errno: no thread. Not started again while it runs. */
int aside_start(struct aside *a) must_check;
/* read(fd, at, room). One that takes longer than ASIDE_NS is waited for no more: -EINPROGRESS, and at stays the
 * thread's until a later call, with the same arguments, takes the result. Else what read() returns, with errno
 * negative. */
#define ASIDE_NS 200000000
ssize_t aside_read(struct aside *a, int fd, void *at, size_t room) must_check;
/* For how long the read that goes on has taken so far, in nanoseconds; 0: none does. */
u64 aside_held_ns(const struct aside *a);
/* false: the thread does not come back from its read. It keeps *a and what it reads into for ever. */
bool aside_stop(struct aside *a) must_check;
