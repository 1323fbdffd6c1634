/* Threads besides the main one. */
#pragma once

#include <pthread.h>

#include "cleanup.h"

/* Starts a thread with all signals blocked: the main thread takes them. 0, or negative errno. */
int thread_start(pthread_t *thread, void *(*run)(void *context), void *context) must_check;
