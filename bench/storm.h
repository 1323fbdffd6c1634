/* What the storm writes down of each connection, for whoever checks it: an array of these in the machine's own order.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct storm_entry {
	uint32_t laddr, raddr; /* the client's and the server's address, host byte order */
	uint16_t lport, rport;
	uint32_t sent, received; /* by the client */
};

/* The reply's length, which a request starts with; at most 4096. */
static inline uint32_t storm_reply(const char *request)
{
	uint32_t n;

	memcpy(&n, request, sizeof(n));
	return n < 4096 ? n : 4096;
}
