/* The names that docs/json.md lists. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 400

struct names {
	char at[NAMES_MAX][64];
	size_t count;
	bool seen[NAMES_MAX]; /* for the test */
};

/* The names in the first cells of the tables under "## heading", up to the next heading of that rank. */
static inline void documented(const char *heading, struct names *names)
{
	FILE *f = fopen(getenv("JSON_MD"), "r");
	char line[1024], wanted[64];
	bool inside = false;

	assert_non_null(f);
	snprintf(wanted, sizeof(wanted), "## %s\n", heading);
	*names = (struct names){};
	while (fgets(line, sizeof(line), f)) {
		if (strncmp(line, "## ", 3) == 0)
			inside = strcmp(line, wanted) == 0;
		if (inside && sscanf(line, "| `%63[^`]` |", names->at[names->count]) == 1)
			assert_true(++names->count < NAMES_MAX);
	}
	fclose(f);
	assert_true(names->count > 0);
}
