/* Packets as a pcapng file (draft-ietf-opsawg-pcapng): for Wireshark, tshark, tcpdump. Raw IP, one interface per
 * device, nanoseconds, and a comment for each packet with what the format has no field for. */
#pragma once

#include "buf.h"
#include "error.h"
#include "packets.h"

struct pcapng; /* knows which interfaces were described */

int pcapng_new(struct pcapng **w) must_check;
void pcapng_free(struct pcapng *w);
/* Appends the section's header. Call it once, first. */
void pcapng_begin(struct pcapng *w, const struct model *m, struct buf *out);
/* Appends a packet, preceded by a description of its interface if that is new. */
void pcapng_packet(struct pcapng *w, const struct model *m, const struct packet *p, struct buf *out);

/* Writes the packets of a socket (0: all that are kept) to path, as file_write_atomic() does. Returns how many, or a
 * negative errno with err. */
int pcapng_write(const char *path, const struct model *m, u64 id, struct error *err);
