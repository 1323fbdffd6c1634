/* Records of key frames, with which a recording can begin anywhere: a part of record.h. The monitor writes them; no
 * collector does. */
#pragma once

/* What follows, up to the next TICK, is the whole picture as it was after that tick, not what has happened in it: the
 * sockets with their charges, names, devices, and counters since the collector's start. What happened before it
 * (losses, lives, packets, calls) is not told again, nor are rates. */
#define RECORD_KEY_FIELDS(F, A) F(u64, number, "of the tick")

enum charge_has {
	CHARGE_DROPS = 1,    /* base, count */
	CHARGE_LISTENER = 2, /* counter, owed */
};

/* What the monitor knows of a socket's drops beside its own counter. */
#define RECORD_CHARGE_FIELDS(F, A)                                                                                     \
	F(u64, id, "as record_socket.id")                                                                              \
	F(u64, has, "enum charge_has")                                                                                 \
	F(u32, base, "its counter before the first drop that was charged to it")                                       \
	F(u32, count, "drops that were charged to it since")                                                           \
	F(u32, counter, "a listener's own counter, as it was told last")                                               \
	F(u32, owed, "of its drops that have events, those that its counter does not have yet")
