/* Threads besides the main one. */
#pragma once

#include <pthread.h>

#include "cleanup.h"
#include "types.h"

/* Starts a thread with all signals blocked: the main thread takes them. 0, or negative errno. */
int thread_start(pthread_t *thread, void *(*run)(void *context), void *context) must_check;
/* A condition with CLOCK_MONOTONIC, for pthread_cond_timedwait() until thread_deadline(). */
void thread_cond_init(pthread_cond_t *cond);
/* ns: of now_ns(). */
struct timespec thread_deadline(u64 ns);
