/* JSON text, and the names of the tick line; those of socket rows are in the column table. */
#pragma once

#include <stdbool.h>

#include "buf.h"

/* Appends text as a JSON string with its quotes: control characters escaped, invalid UTF-8 as U+FFFD. */
void json_put_string(struct buf *out, const char *text);

/* A name of the tick line; group is the object that holds it, "" at the top. */
struct json_name {
	const char *group, *name, *help;
	const char *metric; /* in OpenMetrics; NULL: it is not there */
};

/* The i-th one, or false past the end. */
bool json_tick_name(size_t i, struct json_name *out);
struct page;
/* Its value in the metric's unit; NaN: not known. */
double json_tick_value(size_t i, const struct page *p);
