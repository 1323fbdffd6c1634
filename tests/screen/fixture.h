/* Who plays in the recording of the golden screens. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "record.h"

#define FIXTURE_TICKS 12
#define FIXTURE_NETNS 4026531840U
#define FIXTURE_OTHER_NETNS 4026532281U
#define FIXTURE_MNTNS 4026531841U

/* A socket, and what it does each tick. */
struct actor {
	const char *laddr, *raddr; /* raddr NULL: none */
	u16 lport, rport;
	u8 state, dir, owner;
	bool udp, aborted, cwnd_full, rwnd_full;
	u32 pid, uid, netns; /* netns 0: FIXTURE_NETNS; pid 0: owner unknown */
	u16 owners;          /* 0: one */
	const char *comm, *ulp;
	u64 rx, tx; /* bytes per tick */
	u32 rtt_us, cwnd;
	u32 loss;         /* segments retransmitted per tick */
	u32 recvq, limit; /* a listener: accept queue and its limit */
	u32 drops;        /* per tick */
	u64 cgroup;
	u32 first, last; /* ticks; 0: from the start, to the end */
};

struct fixture_name {
	u64 kind, key, scope;
	const char *text;
};

/* What /proc says of a process. */
struct ran {
	u32 pid, age; /* s, when the stream begins */
	const char *exe, *cmdline;
};

extern const struct ran fixture_ran[];
extern const size_t fixture_ran_count;
extern const struct actor fixture_actors[];
extern const size_t fixture_actor_count;
extern const struct fixture_name fixture_names[];
extern const size_t fixture_name_count;
