/* Made-up requests: a web server that is asked from elsewhere, its calls to a database of another machine and to one of
 * this, whose both ends are seen, and a connection of which nothing is known. */
#pragma once

#include "stream.h"

#define REQUEST_TICKS 8

/* What a tick sees of them. */
void put_requests(struct buf *out, unsigned tick, u64 now_ns);
/* The cache alone, which is asked for what would be markup in a page. */
void put_markup_requests(struct buf *out, unsigned tick, u64 now_ns);
