/* The maps and variables that the programs share; defined in table_maps.bpf.c. */
#pragma once

#include "kernel.h"
#include "abi.h"
#include "own.h"

struct conns_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 262144);
	__type(key, u64);
	__type(value, struct abi_conn);
};

struct flows_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 131072);
	__type(key, u64);
	__type(value, struct abi_flow);
};

struct accepts_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, u64);
	__type(value, struct abi_accepts);
};

/* A connection that is being made, on this processor: see listener.h. */
struct newborn {
	u64 address;  /* of its socket */
	u64 listener; /* cookie */
};

struct newborns_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct newborn);
};

struct ends_map {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 << 20);
};

struct stats_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* for each processor: own.h */
	__type(key, u32);
	__type(value, struct abi_stats);
};

/* Two passes can run at a time, each in a thread of its own: the one over files and the map no_file, and the slow
 * turn's. */
enum pass_kind { PASS_TICK, PASS_SLOW_TURN, PASS_KINDS };

/* Where an iterator builds its record, which is too large for the stack. One for each pass that can run; ends are built
 * in the ring, because they can happen at any time. */
struct scratch {
	struct abi_sock sock;
	struct abi_info info;
	/* The socket's address and three of its pointers. Read from here they are numbers to the verifier. */
	u64 address, numbers[3];
	struct abi_listener listener;
	struct abi_interception interception; /* size 0: there is none */
};

#define SCRATCH_RECORD __builtin_offsetof(struct scratch, address)

struct scratch_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PASS_KINDS);
	__type(key, u32);
	__type(value, struct scratch);
};

/* A copy of the socket that a pass visits: of all of them on kernels that do not give them to the program (cookie.h),
 * else where a global function reads it. */
#define SOCKET_COPY_SIZE 4096

struct socket_copy_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PASS_KINDS);
	__uint(key_size, sizeof(u32));
	__uint(value_size, SOCKET_COPY_SIZE);
};

/* Its entries end with their sockets. */
struct no_file_map {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct abi_kept);
};

struct redirects_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, u64);
	__type(value, struct abi_redirects);
};

extern struct conns_map conns SEC(".maps");     /* cookie → abi_conn */
extern struct flows_map flows SEC(".maps");     /* cookie → abi_flow */
extern struct accepts_map accepts SEC(".maps"); /* a listener's cookie → abi_accepts */
extern struct newborns_map newborns SEC(".maps");
extern struct redirects_map redirects SEC(".maps"); /* cookie → abi_redirects, while they are counted */
extern struct ends_map ends SEC(".maps");           /* abi_sock records of ended connections */
extern struct stats_map stats SEC(".maps");
extern struct scratch_map scratch SEC(".maps");
extern struct socket_copy_map socket_copy SEC(".maps");
extern struct no_file_map no_file SEC(".maps"); /* sockets that the slow turn has found: each tick looks at these */

static __always_inline void *socket_copy_of(u32 pass)
{
	return bpf_map_lookup_elem(&socket_copy, &pass);
}

/* Set by the collector before loading: the map no_file can be filled (sk_storage in tracing programs: 5.11) and
 * walked. */
extern const volatile bool keeps_no_file;

/* Set by the collector before loading: kprobes cannot make a cookie, so with them flows are keyed by the socket's
 * address; the hook on the socket's end, which exists then as well, deletes the entry before the address is reused. */
extern const volatile bool flow_by_address;

static __always_inline u64 flow_key(const void *sk, u64 cookie)
{
	return flow_by_address ? (u64)sk : cookie;
}

/* Set by the collector before a pass. */
extern u64 info_cookie;              /* whose abi_info is wanted: a cookie, 0 none, ~0 all */
extern u64 wanted[ABI_WANTED_SLOTS]; /* cookies that the next pass must write out whole: abi_wanted_slot(), 0: free */
extern u32 wanted_count;             /* how many there are */
extern u32 since_jiffies;            /* a connection idle since then need not be written out; valid if since_valid */
extern u32 since_valid;
extern u32 mini_mask;                      /* only minisocks whose hash has none of these bits are written */
extern u32 mini_seen;                      /* minisocks met since the collector set it to 0 */
extern struct net *device_net[PASS_KINDS]; /* where each pass has last written a device, */
extern u32 device_ifindex[PASS_KINDS];     /* and which one */
extern u32 pass_jiffies;                   /* set by the pass: jiffies at its start */
extern u32 cookieless;    /* sockets met without a cookie since the collector set it to 0; before 5.12 */
extern u32 conns_changed; /* a connection has changed its state since the collector set it to 0 */
extern u32 births;        /* incoming connections since the collector set it to 0 */
extern u32 owners_only;  /* the pass over files writes nothing, but notes the owners of incoming connections in conns */
extern u32 flows_added;  /* an entry was added to the map flows since the collector set it to 0 */
extern u32 accepts_full; /* a listener did not fit into the map accepts */
extern u32 kept_any;     /* a socket was added to no_file */
extern u32 redirects_on; /* set by the collector: redirected bytes are counted */
extern u32 redirects_lost; /* … and some could not be */
extern u32 refresh_slot;   /* sockets whose cookie falls into this slot, of 64, are written in any case */

static __always_inline bool is_wanted(u64 cookie)
{
	u32 slot = abi_wanted_slot(cookie);

	for (u32 i = 0; wanted_count && i < ABI_WANTED_PROBES; i++) {
		u64 there = wanted[(slot + i) & (ABI_WANTED_SLOTS - 1)];

		if (there == cookie)
			return true;
		if (!there)
			break;
	}
	return false;
}

/* The n-th argument of a traced function. The barrier keeps the compiler from turning a choice of two into arithmetic
 * on ctx, which the verifier rejects. */
#define ctx_argument(ctx, n)                                                                                           \
	({                                                                                                             \
		u64 _v = (ctx)[n];                                                                                     \
		barrier_var(_v);                                                                                       \
		_v;                                                                                                    \
	})

static __always_inline struct abi_stats *stats_here(void)
{
	u32 here = own_element(1, 0);

	return bpf_map_lookup_elem(&stats, &here);
}

/* A cache line that all processors share is written only if that changes something. */
#define set_flag(flag)                                                                                                 \
	do {                                                                                                           \
		if (!(flag))                                                                                           \
			(flag) = 1;                                                                                    \
	} while (0)

#define count_lost(what)                                                                                               \
	do {                                                                                                           \
		struct abi_stats *_stats = stats_here();                                                               \
		if (_stats)                                                                                            \
			__sync_fetch_and_add(&_stats->what, 1);                                                        \
	} while (0)
