/* The packets of traced sockets: a bounded store in the order of their first stamps, with relative numbers and marks
 * that are worked out when a tick is whole. Packets that are pushed out or lost on the way are counted. */
#pragma once

#include "cleanup.h"
#include "idmap.h"
#include "packet.h"

#define PACKETS_KEPT 20000      /* by default */
#define PACKETS_MOST (1U << 30) /* that can be kept at most */

struct packets;

/* Packets that are not here. */
struct packets_counts {
	u64 taken;   /* packets received, each once */
	u64 pushed;  /* pushed out by newer ones */
	u64 lost;    /* of the current trace: the ring was full, or the reader behind */
	u64 limited; /* of the current trace: above the limit */
	u64 limit;   /* packets a second; 0: unknown */
	u64 unseen;  /* of the current trace: the kernel ran no program for them */
};

int packets_new(struct packets **p) must_check;
void packets_free(struct packets *p);
/* Keeps at most this many; the oldest go first. 1 … PACKETS_MOST. */
void packets_keep(struct packets *p, size_t cap);
/* Keep the captured payload of packets that come from now on? (Default: only the headers.) */
void packets_keep_payload(struct packets *p, bool keep);
/* As many, and as much of them, as the other one. */
void packets_keep_like(struct packets *p, const struct packets *other);

/* -ENOMEM. */
int packets_take(struct packets *p, const struct record_packet *r) must_check;
void packets_take_trace(struct packets *p, const struct record_trace *t);
/* A tick is whole: works out numbers and marks of all packets. */
void packets_settle(struct packets *p);
/* Removes the n oldest packets, uncounted: their reader has had them. What is known of their connections stays for
 * those that follow. The last 4096 of them come again as packets when they are reported again, marked is_retold and
 * uncounted. */
void packets_forget(struct packets *p, size_t n);

/* In the order of their first stamps. The address is valid as long as the packet is here: until the next is taken. */
size_t packets_count(const struct packets *p);
const struct packet *packets_at(const struct packets *p, size_t i);
/* Have its numbers and marks been worked out? They are at the end of the tick in which it came. */
bool packets_is_settled(const struct packets *p, const struct packet *packet);
/* A packet has a slot as long as it is here, wherever its time puts it: 0 … packets_slots() - 1, of which most are free
 * (NULL). By serial; IDMAP_NONE: it is not here any more. */
u32 packets_slots(const struct packets *p);
const struct packet *packets_in_slot(const struct packets *p, u32 slot);
u32 packets_slot(const struct packets *p, u64 serial);
struct packets_counts packets_counts(const struct packets *p);
/* The last word on the trace; id 0: off. Never NULL. */
const struct record_trace *packets_trace(const struct packets *p);
