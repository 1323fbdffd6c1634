/* Records of what requests and their answers begin with: a part of record.h. */
#pragma once

#define BEGINNING_MAX 256    /* bytes of a turn that are taken at most … */
#define BEGINNING_HELLO 2048 /* … of the handshake of TLS, and of HTTP/2 */

enum beginning_flags {
	BEGINNING_TX = 1,    /* it was sent, not received */
	BEGINNING_FIRST = 2, /* nothing was sent or received on the connection before it */
	BEGINNING_CUT = 4,   /* the packet had more than was taken */
};

/* clang-format off */
#define RECORD_BEGINNING_HEAD(F, A)                                                                                    \
	F(u64, id, "as record_socket.id")                                                                              \
	F(u64, time_ns, "when the packet passed between socket and network")                                           \
	F(u32, turn, "number of the turn on its connection, from 1: one that is missing was not told; 0: a datagram")  \
	F(u32, seq, "of the first of the bytes, as on the wire; of a datagram its length, 0: not told")                \
	F(u16, at, "where in the turn the bytes begin: what comes with a later packet is a record of its own")         \
	F(u16, len, "of data")                                                                                         \
	A(u8, raddr, 16, "of a datagram: where it came from or goes to; IPv4: the first four bytes")                   \
	A(u8, laddr, 16, "of a datagram: this machine's address")                                                      \
	F(u16, rport, "its port")                                                                                      \
	F(u8, family, "4 or 6; 0: it is no datagram")                                                                  \
	F(u8, proto, "IPPROTO_TCP or IPPROTO_UDP")                                                                     \
	F(u8, flags, "enum beginning_flags")                                                                           \
	A(u8, reserved, 7, "")
/* clang-format on */

/* The first bytes of a turn of a TCP conversation, or of a message of a name server: raw, from the wire. Sent while
 * names are asked for. */
#define RECORD_BEGINNING_FIELDS(F, A) RECORD_BEGINNING_HEAD(F, A) A(u8, data, BEGINNING_MAX, "")
/* … where they are more than that. */
#define RECORD_HANDSHAKE_FIELDS(F, A) RECORD_BEGINNING_HEAD(F, A) A(u8, data, BEGINNING_HELLO, "")

/* How complete they are; with each tick while they are taken, and once when that ends. */
#define RECORD_BEGINNINGS_FIELDS(F, A)                                                                                 \
	F(u64, on, "1: they are taken")                                                                                \
	F(u64, lost, "that were above a limit, or found no room in the kernel or on the way from there")               \
	F(u64, reads, "1: it is told when a datagram is read")

/* A program of this machine has read a message of a name server. */
#define RECORD_DATAGRAM_READ_FIELDS(F, A)                                                                              \
	F(u64, time_ns, "")                                                                                            \
	A(u8, raddr, 16, "where it came from; IPv4: the first four bytes")                                             \
	A(u8, laddr, 16, "this machine's address")                                                                     \
	F(u16, rport, "")                                                                                              \
	F(u16, lport, "")                                                                                              \
	F(u16, number, "its id")                                                                                       \
	F(u8, family, "4 or 6")                                                                                        \
	A(u8, reserved, 1, "")
