/* Private to the options: a row of the table. */
#pragma once

#include "options.h"

struct option {
	struct option_doc doc;
	/* Takes the argument (NULL for an option without one). */
	int (*set)(struct options *o, const struct option *opt, const char *arg, struct error *err);
	size_t offset;     /* in struct options, for the generic setters */
	const char *needs; /* the option without which this one means nothing; "a|b": any of them; NULL: none */
	const char *bars;  /* the options with which it cannot go, by name or letter; NULL: none */
	const char *view;  /* the view that it opens where --view names none; NULL: none */
	bool on_screen;    /* … and only where there is a screen or a picture of one */
	const char *views; /* without a screen it only goes with one of these; NULL: with any */
	bool recorded;     /* … or with --record, which keeps what it asks for */
	bool anywhere;     /* … and with a screen, too */
};

extern const struct option option_table[];
extern const size_t option_table_len;

/* The position of a word in the list "a|b|c", or -1. */
int option_word(const char *list, const char *word);
/* "--name", or "-x" for an option that has only a letter. size >= 32. */
const char *option_label(const struct option *opt, char *dst, size_t size);
