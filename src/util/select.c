/* Hoare's selection: a quicksort that follows only the side with the value that is looked for. */
#include "select.h"

/* The k-th smallest, counted from 0. */
static double select_value(double *at, uint32_t n, uint32_t k)
{
	uint32_t low = 0, high = n - 1;

	while (low < high) {
		double pivot = at[low + (high - low) / 2], swap;
		uint32_t i = low, j = high;

		for (;; i++, j--) {
			while (at[i] < pivot)
				i++;
			while (at[j] > pivot)
				j--;
			if (i >= j)
				break;
			swap = at[i];
			at[i] = at[j];
			at[j] = swap;
		}
		if (k <= j)
			high = j;
		else
			low = j + 1;
	}
	return at[k];
}

double select_percent(double *values, uint32_t n, unsigned percent)
{
	return select_value(values, n, (uint32_t)(((uint64_t)n * percent + 99) / 100) - 1);
}
