/* The first bytes of payload come apart from their packets: those of a sent packet before it, of a received one after.
 */
#pragma once

#include <stdbool.h>

#include "record.h"

#include "abi_stages.h"

#define PAYLOADS_HELD 64 /* a power of two */

struct payloads {
	struct abi_payload held[PAYLOADS_HELD]; /* the last ones that found no packet yet; size 0: empty */
	u32 next;
};

/* Keeps one until its packet comes. */
void payloads_hold(struct payloads *s, const struct abi_payload *a);
/* Gives a packet its payload if it is held. */
void payloads_give(struct payloads *s, struct record_packet *p);
/* Is this the payload of that packet? */
bool payload_fits(const struct abi_payload *a, const struct record_packet *p);
/* Puts it behind the packet's headers, as far as there is room. */
void payload_put(const struct abi_payload *a, struct record_packet *p);
