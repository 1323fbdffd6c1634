/* Finding a name, and how far a word is from one. */
#include "named.h"

#include <string.h>

size_t named_find(const char *const *first, size_t size, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++) {
		const char *name = *(const char *const *)((const char *)first + i * size);

		if (name && strcmp(name, word) == 0)
			return i;
	}
	return count;
}

unsigned named_distance(const char *a, size_t m, const char *b, size_t n)
{
	unsigned rows[3][NAMED_MAX + 1];

	if (m > NAMED_MAX || n > NAMED_MAX)
		return NAMED_FAR;
	for (size_t j = 0; j <= n; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= m; i++) {
		unsigned *now = rows[i % 3], *last = rows[(i + 2) % 3], *older = rows[(i + 1) % 3];

		now[0] = (unsigned)i;
		for (size_t j = 1; j <= n; j++) {
			unsigned cost = a[i - 1] != b[j - 1];

			now[j] = MIN(MIN(last[j] + 1, now[j - 1] + 1), last[j - 1] + cost);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = MIN(now[j], older[j - 2] + 1);
		}
	}
	return rows[m % 3][n];
}
