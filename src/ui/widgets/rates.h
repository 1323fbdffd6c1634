/* Bytes per second on the screen: in bytes or in bits, by the setting `units`. Files and filters use bytes. */
#pragma once

#include "table.h"
#include "units.h"

enum rate_units { RATE_BYTES, RATE_BITS };

/* "66.1M": at most 6 columns, as in a column of a table. dst has UNITS_MAX bytes. */
void rate_short(enum rate_units units, double bytes_per_second, char *dst);
/* "66.1 MB/s", "529 Mb/s"; "…" if it is unknown (NaN). */
void rate_text(enum rate_units units, double bytes_per_second, char *dst, size_t size);
/* Like column_format() and column_format_number(), with rates in these units. */
size_t rate_format(enum rate_units units, const struct column *c, const void *picture, const void *row, char *dst,
		   size_t size);
void rate_format_number(enum rate_units units, const struct column *c, const struct value *v, char *dst);
