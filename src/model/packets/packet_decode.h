/* The headers of a packet as it was on the wire, from the IP header on. The bytes come from strangers: nothing is read
 * beyond what was captured, and every length in them is checked. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the headers are. */
struct packet_headers {
	unsigned version; /* 4, 6; 0: no IP header, all else is 0 */
	unsigned proto;   /* IPPROTO_* of what follows the IP headers */
	size_t transport; /* offset; 0: not within the captured bytes, or a later fragment */
	size_t payload;   /* offset, at most len; 0: unknown */
};

void packet_headers(const uint8_t *data, size_t len, struct packet_headers *h);
/* How many of the bytes are headers, which may be kept even if payload was not asked for: at most len. */
size_t packet_headers_len(const uint8_t *data, size_t len);

/* Calls line for each field, in the order of the bytes: title is the header ("IPv4", "TCP"), value is printable. */
void packet_decode(const uint8_t *data, size_t len,
		   void (*line)(void *ctx, const char *title, const char *name, const char *value), void *ctx);
