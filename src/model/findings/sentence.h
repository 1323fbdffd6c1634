/* Sentences with a row's numbers in them: "{comm} refuses connections: {accept_queue} of {accept_limit} wait".
 *   {column}            its value as people read it; of bytes with a B, of rates with B/s or b/s
 *   {column|one|many}   the number and the word that goes with it: "1 socket", "3 sockets"
 *   [ … ]               is left out where a column within it is not known
 * What is not known elsewhere is "?". */
#pragma once

#include "rates.h"
#include "table.h"

/* Calls for each column that the sentence names. -EINVAL: one is not the table's; *wrong is where it begins. */
int sentence_columns(const struct table *t, const char *text, void (*each)(void *context, const struct column *c),
		     void *context, const char **wrong) must_check;
/* The sentence of a row. Returns its length; what has no room is cut. */
size_t sentence_format(const struct table *t, const char *text, const void *picture, const void *row,
		       enum rate_units units, char *dst, size_t size);
