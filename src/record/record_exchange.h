/* Records of exchanges (a request and its answer on a TCP connection): a part of record.h. */
#pragma once

/* Who asks? A client sends first, a server receives first. */
enum exchange_role { EXCHANGE_CLIENT = 1, EXCHANGE_SERVER = 2 };

/* Why an exchange is no measure of a call. */
enum exchange_flags {
	EXCHANGE_OVERLAP = 1,    /* the directions overlapped: what belongs together is not known */
	EXCHANGE_PARTLY = 2,     /* its beginning was not seen, or when its end was acknowledged */
	EXCHANGE_NO_ANSWER = 4,  /* the connection ended before there was one */
	EXCHANGE_CUT = 8,        /* the connection ended before the answer had arrived */
	EXCHANGE_RESET = 16,     /* … which the peer had reset */
	EXCHANGE_TIMED_OUT = 32, /* … or was not heard of any more */
};

/* What is known of it besides. */
enum exchange_has {
	EXCHANGE_HAS_WAKEUP = 1,
};

/* The parts of an exchange. Those of a role add up to the whole, which a client's thinking and sending out, and a
 * server's being away, are no parts of. */
enum exchange_part {
	EXCHANGE_IN,    /* first → last segment queued: of the request (server), of the answer (client) */
	EXCHANGE_WAIT,  /* the last of them queued → read */
	EXCHANGE_THINK, /* server: read → first send call of the answer */
	EXCHANGE_WRITE, /* first → last send call: of the answer (server), of the request (client) */
	EXCHANGE_OUT,   /* server: last send call → acknowledged */
	EXCHANGE_AWAY,  /* client: last send call → first segment of the answer */
	EXCHANGE_PARTS,
};

/* One that is over. */
#define RECORD_EXCHANGE_FIELDS(F, A)                                                                                   \
	F(u64, id, "as record_socket.id")                                                                              \
	F(u64, begin_ns, "when it began: the request's first segment was queued (server) or send call (client)")       \
	A(u64, ns, EXCHANGE_PARTS, "how long each of enum exchange_part took")                                         \
	F(u64, rx_bytes, "received meanwhile")                                                                         \
	F(u64, tx_bytes, "written meanwhile")                                                                          \
	F(u32, retrans, "segments that were sent again meanwhile")                                                     \
	F(u8, role, "enum exchange_role")                                                                              \
	F(u8, flags, "enum exchange_flags")                                                                            \
	F(u16, reserved, "")                                                                                           \
	F(u64, wakeup_ns, "of ns[EXCHANGE_WAIT]: until the kernel let a program run that slept for it")                \
	F(u64, has, "enum exchange_has")

/* How complete they are; with each tick while they are measured, and once when that ends. */
#define RECORD_EXCHANGES_FIELDS(F, A)                                                                                  \
	F(u64, on, "1: they are measured")                                                                             \
	F(u64, lost, "that found no room in the kernel, or on the way from there")                                     \
	F(u64, untold, "sockets that found no room in the kernel, each time")
