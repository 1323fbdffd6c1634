/* The first bytes of payload are reported apart from their packet: before it if it is sent, after it if it is
 * received. */
#pragma once

#include <stdbool.h>

#include "record.h"

#include "abi_stages.h"

#define PAYLOADS_HELD 64 /* a power of two */

struct payloads {
	struct abi_payload held[PAYLOADS_HELD]; /* the latest ones without a packet; size 0: empty */
	u32 next;
};

/* Keeps a payload until its packet comes. */
void payloads_hold(struct payloads *s, const struct abi_payload *a);
/* Adds the payload to a packet if it is held. */
void payloads_give(struct payloads *s, struct record_packet *p);
/* Is this the payload of this packet? */
bool payload_fits(const struct abi_payload *a, const struct record_packet *p);
/* Appends it to the packet's headers, as far as there is room. */
void payload_put(const struct abi_payload *a, struct record_packet *p);
