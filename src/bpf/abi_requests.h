/* What the programs that take the first bytes of turns and the collector share: see abi.h. */
#pragma once

#define ABI_BEGINNING 256        /* bytes of a turn that are taken at most … */
#define ABI_BEGINNING_HELLO 2048 /* … of the handshake of TLS, and of HTTP/2 */

enum abi_beginning_flags {
	ABI_BEGINNING_TX = 1,    /* it was sent, not received */
	ABI_BEGINNING_FIRST = 2, /* nothing was sent or received on the connection before it */
	ABI_BEGINNING_CUT = 4,   /* the packet had more than was taken */
	ABI_BEGINNING_READ = 8,  /* a program has read this message; there are no bytes */
};

/* How many were told since a second began. Not exact, because CPUs race. */
struct abi_pace {
	u64 begun;
	u32 told;
	u32 reserved;
};

/* The first bytes of a turn, or more of them, that came with a later packet. */
struct abi_beginning_head {
	u64 cookie;
	u64 time_ns; /* CLOCK_MONOTONIC, when the packet passed between socket and network */
	u32 turn;    /* number of the turn on its connection, from 1; one that is missing was not told */
	u32 seq;     /* of the first of the bytes, as on the wire; of a datagram its length */
	u16 at;      /* where in the turn the bytes begin */
	u16 len;     /* of data */
	u8 flags;    /* enum abi_beginning_flags */
	u8 proto;
	u16 rport; /* of a datagram: where it came from or goes to; else 0 */
	u8 family;
	u8 reserved;
	u16 number, lport; /* of one that was read: DNS's id, and this machine's port */
	u8 reserved2[2];
	u8 raddr[16], laddr[16]; /* of a datagram; IPv4 in the first four bytes */
};

struct abi_beginning {
	struct abi_beginning_head head;
	u8 data[ABI_BEGINNING]; /* of the long form ABI_BEGINNING_HELLO bytes */
};
