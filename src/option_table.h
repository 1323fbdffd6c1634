/* Private to the options: a row of the table. */
#pragma once

#include "options.h"

struct option {
	struct option_doc doc;
	/* Takes the argument (NULL for an option without one). */
	int (*set)(struct options *o, const struct option *opt, const char *arg, struct error *err);
	size_t offset;     /* in struct options, for the generic setters */
	const char *needs; /* the option without which this one means nothing; "a|b": any of them; NULL: none */
	const char *bars;  /* the option with which it cannot go; NULL: none */
};

extern const struct option option_table[];
extern const size_t option_table_len;

/* "--name", or "-x" for an option that has only a letter. size >= 32. */
const char *option_label(const struct option *opt, char *dst, size_t size);
