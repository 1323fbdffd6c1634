/* Which reply belongs to which ICMP echo request: by addresses, identifier and sequence number. */
#pragma once

#include "record.h"

struct echo_requests {
	struct echo_request *slots; /* owned; NULL before the first */
};

void echo_requests_deinit(struct echo_requests *e);
/* Notes a request that was sent. For a reply that was received: the time since its request, in ns; 0: that was not
 * seen. Otherwise 0. */
u64 echo_requests_take(struct echo_requests *e, const struct record_packet *r);
