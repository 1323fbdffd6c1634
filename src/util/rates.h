/* Bytes per second on the screen: in bytes or in bits, by the setting `units`. Files and filters use bytes. */
#pragma once

#include "units.h"

enum rate_units { RATE_BYTES, RATE_BITS };

/* "66.1M": at most 6 columns, as in a column of a table. dst has UNITS_MAX bytes. */
void rate_short(enum rate_units units, double bytes_per_second, char *dst);
/* "66.1 MB/s", "529 Mb/s"; "…" if it is unknown (NaN). */
void rate_text(enum rate_units units, double bytes_per_second, char *dst, size_t size);
