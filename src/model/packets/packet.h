/* One traced packet: what was reported of it, what is worked out from the packets around it, and its texts for the
 * screen, the batch formats and pcapng. All texts are printable. */
#pragma once

#include "store.h"

#define PACKET_PARTS (STAGE_MAX - 1)
#define PACKET_TEXT 512 /* room for any text about a packet */

/* Worked out from the packets of the same connection that are kept. */
enum packet_marks {
	PACKET_HAS_SEQ = 1 << 0, /* rel_seq is valid: TCP */
	PACKET_HAS_ACK = 1 << 1, /* rel_ack is valid, too */
	PACKET_AGAIN = 1 << 2,   /* its bytes were seen before, though the kernel did not report a retransmit */
	PACKET_LATE = 1 << 3,    /* received after bytes that follow it */
	PACKET_GAP = 1 << 4,     /* received while `gap` bytes before it were missing */
};

struct packet {
	struct record_packet r; /* as it was told; without payload unless that is kept (packets_keep_payload) */
	u64 serial;             /* rises in its store, from 1 on: names it for good */
	s64 seq_at, ack_at;     /* unwrapped positions in the streams of bytes */
	s64 rel_seq, rel_ack;   /* the SYN is 0; where none was seen, the lowest byte of the first tick is 1 */
	s64 gap;                /* bytes */
	u64 echo_rtt_ns;        /* of a received echo reply: since its request was sent; 0: that was not seen */
	u32 stream;             /* the store's own */
	u8 marks;               /* enum packet_marks */
	bool is_retold;         /* it was here before and was forgotten (packets_forget) */
};

static inline bool packet_is_tx(const struct record_packet *r)
{
	return r->flags & PACKET_TX;
}

/* An ICMP echo packet: a request, unless it is a reply. */
static inline bool packet_is_echo(const struct record_packet *r)
{
	return r->proto == IPPROTO_ICMP ? r->icmp_type == 0 || r->icmp_type == 8
					: r->proto == IPPROTO_ICMPV6 && (r->icmp_type & ~1U) == 128;
}

static inline bool packet_is_echo_reply(const struct record_packet *r)
{
	return packet_is_echo(r) && (r->proto == IPPROTO_ICMP ? r->icmp_type == 0 : r->icmp_type == 129);
}

/* A request that no socket has received: it ends with ICMP, and the kernel answers it. */
static inline bool packet_ends_in_icmp(const struct record_packet *r)
{
	return packet_is_echo(r) && !packet_is_echo_reply(r) && !packet_is_tx(r) && !(r->flags & PACKET_DROPPED) &&
	       r->stamp_ns[STAGE_RX_TRANSPORT] && !r->stamp_ns[STAGE_RX_QUEUED];
}

/* -- stages -------------------------------------------------------------------------------------------------------- */

/* The time between consecutive stages; part i is between the stages i and i + 1. A stage without a stamp, or with one
 * that is earlier than a previous one, has no time of its own: it is in the next part. */
struct packet_times {
	u64 part_ns[PACKET_PARTS];
	u64 total_ns;    /* the sum of the parts: from the first stamp to the last */
	unsigned known;  /* bits 1 << part: part_ns is its time … */
	unsigned merged; /* … or its time is within that of the next known part */
};

void packet_times(const struct record_packet *r, struct packet_times *t);
/* Times besides the stages. false: the packet has none, or it contradicts the stamps. */
bool packet_gro(const struct record_packet *r, u64 *ns);    /* GRO: part of mac */
bool packet_direct(const struct record_packet *r, u64 *ns); /* from the qdisc to the driver: part of qdisc */
bool packet_done(const struct record_packet *r, u64 *ns);   /* from accepted to freed by the driver: after all parts */

/* Where a stamp was taken. */
struct packet_cpu {
	const char *stage; /* gro device ip transport queued read; send queue dequeue driver accepted freed */
	unsigned cpu;      /* its number */
};

#define PACKET_CPUS (STAGE_MAX + 2)

/* Those that are known, in the order of the stages. Returns how many. */
unsigned packet_cpus(const struct record_packet *r, struct packet_cpu cpus[PACKET_CPUS]);
/* How often it went on on another CPU; the driver's freeing it is not on its way. -1: fewer than two are known. */
int packet_cpu_changes(const struct record_packet *r);
/* "mac", "ip", "tcp", "app"; sent: "tcp", "ip", "qdisc", "nic". part < PACKET_PARTS. */
const char *packet_part_name(bool tx, unsigned part);
/* What a stamp means: "handed to the stack", … stage < STAGE_MAX. */
const char *packet_stage_help(bool tx, unsigned stage);

/* -- words --------------------------------------------------------------------------------------------------------- */

/* All return the bytes written without the NUL; 0 and "" if there is nothing to write. */

/* "S", "SA", ".A", "PA", "FPA" …; of ICMP echo "req" and "reply". */
size_t packet_flags_text(const struct record_packet *r, char *dst, size_t size);
/* The devices in the order of passing, "eth0,veth3"; a number if the name is unknown. */
size_t packet_devices_text(const struct model *m, const struct record_packet *r, char *dst, size_t size);
/* The name of a device in the packet's namespace. */
size_t packet_device_text(const struct model *m, const struct record_packet *r, u32 ifindex, char *dst, size_t size);
/* SACK blocks with relative numbers: "1449-2897 5793-7241"; grouped: "1,449-2,897". */
size_t packet_sack_text(const struct packet *p, bool grouped, char *dst, size_t size);
/* "fast", "rto", "tlp", "syn", "synack"; "unknown" if the kernel gave no cause, "again" if only we saw it. "" if it is
 * not a retransmit. */
const char *packet_retransmit_name(const struct packet *p);
/* The kernel's reason for a drop, by name, or by number if that is unknown; "" if there is none. */
size_t packet_drop_reason(const struct model *m, const struct record_packet *r, char *dst, size_t size);
/* The function that dropped it, or its address. */
size_t packet_drop_function(const struct model *m, const struct record_packet *r, char *dst, size_t size);
/* "10.0.0.5:443 -> 192.0.2.1:40112", for ICMP without ports: our end first; nat: the ends on the other side of the
 * translation. */
size_t packet_ends_text(const struct record_packet *r, bool nat, char *dst, size_t size);
/* "nginx[2211]" from the socket's row, "icmp echo" for packets of no socket; "" if the owner is unknown. */
size_t packet_owner_text(const struct model *m, const struct record_packet *r, char *dst, size_t size);
/* The first line of the payload, if it was kept and is plain text. */
size_t packet_first_line(const struct record_packet *r, char *dst, size_t size);
/* "pre_routing 1.2us local_in 14.0us": the time in netfilter's hooks, those that were measured. */
size_t packet_hooks_text(const struct record_packet *r, char *dst, size_t size);
/* "mac 2.0us (gro 1.5us) ip+tcp 9.0us = 11.0us, done after 3.0us"; what was not stamped apart is joined with +. */
size_t packet_stages_text(const struct record_packet *r, char *dst, size_t size);
/* "CPU 0 -> 1 (read)": the first, and the stages at which it was another one; "CPU 0": it never was. */
size_t packet_cpus_text(const struct record_packet *r, char *dst, size_t size);
/* All that is remarkable, the worst first. */
size_t packet_note(const struct model *m, const struct packet *p, char *dst, size_t size);
/* The comment in a capture file: owner, stage times, retransmit, drop. */
size_t packet_comment(const struct model *m, const struct packet *p, char *dst, size_t size);
/* 0 calm, 1 a retransmit or out of order, 2 dropped. */
int packet_severity(const struct packet *p);
