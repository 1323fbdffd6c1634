/* Threads beside the main one. */
#pragma once

#include <pthread.h>

#include "cleanup.h"

/* Starts one in which all signals are blocked: they are the main thread's. 0, or negative errno. */
int thread_start(pthread_t *thread, void *(*run)(void *context), void *context) must_check;
