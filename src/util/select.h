/* Percentiles of values that are all there, exact: one of the values, without putting them in order. */
#pragma once

#include <stdint.h>

/* The least of n values (1 …) that percent (1 … 100) of them do not exceed. They change their places. O(n). */
double select_percent(double *values, uint32_t n, unsigned percent);
