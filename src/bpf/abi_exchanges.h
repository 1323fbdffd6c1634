/* What the programs that measure exchanges and the collector share: see abi.h. All times are of the monotonic clock, in
 * ns. */
#pragma once

/* Who asks? A client sends first, a server receives first. */
enum abi_role { ABI_CLIENT = 1, ABI_SERVER = 2 };

enum abi_phase { ABI_IDLE, ABI_ASKED, ABI_ANSWERED };

/* Why an exchange is no measure of a call: enum abi_exchange.flags. */
enum abi_exchange_flags {
	ABI_OVERLAP = 1,     /* the directions overlapped: what belongs together is not known */
	ABI_PARTLY = 2,      /* its beginning was not seen, or when its end was acknowledged */
	ABI_NO_ANSWER = 4,   /* the connection ended before there was one */
	ABI_CUT = 8,         /* the connection ended before the answer had arrived */
	ABI_BY_RESET = 16,   /* … which the peer had reset */
	ABI_BY_TIMEOUT = 32, /* … or was not heard of any more */
};

/* The parts of an exchange, one after the other; those of a role add up to the whole. */
enum abi_part {
	ABI_IN,    /* first → last segment queued: of the request (server), of the answer (client) */
	ABI_WAIT,  /* the last of them queued → read */
	ABI_THINK, /* server: read → first send call */
	ABI_WRITE, /* first → last send call */
	ABI_OUT,   /* server: last send call → acknowledged */
	ABI_AWAY,  /* client: last send call → first segment of the answer */
	ABI_PARTS
};

/* What is known of an exchange besides: enum abi_exchange.has. */
enum abi_exchange_has {
	ABI_HAS_WAKEUP = 1,
	ABI_HAS_ARRIVED = 128, /* instead: wakeup_ns is when the woken task ran, in the scheduler's clock */
};

/* Did the program wait for the data when they were queued? */
enum abi_reader {
	ABI_READER_UNKNOWN,
	ABI_READER_ELSEWHERE,
	ABI_READER_SLEEPS, /* in recv(): it was woken */
	ABI_READER_POLLS,  /* in poll() or epoll_wait(), or waits for a processor: it may look at others first */
};

/* An exchange that is over. */
struct abi_exchange {
	u64 cookie;
	u64 begin_ns;
	u64 ns[ABI_PARTS];
	u64 rx_bytes, tx_bytes;
	u32 retrans; /* segments that were sent again meanwhile */
	u8 role;     /* enum abi_role */
	u8 flags;    /* enum abi_exchange_flags */
	u8 has;      /* enum abi_exchange_has */
	u8 reserved;
	u64 wakeup_ns; /* of ns[ABI_WAIT]: until the kernel let a program run that slept for it */
};

/* What is known of a socket's exchange that is under way, and of what may follow. The names are those of a server: it
 * is asked, reads and answers. A client asks and is answered. */
struct abi_turn {
	u64 cookie;                     /* 0: nobody's */
	u64 asked_first, asked_last;    /* server: segments queued; client: send calls */
	u64 told_first, told_last;      /* server: send calls; client: segments queued */
	u64 read;                       /* the last read that took anything */
	u64 acked;                      /* server: everything sent is acknowledged since; client: the request is */
	u64 rx_begin, tx_begin;         /* bytes received and written before it … */
	u64 rx_now, tx_now;             /* … and up to the last that happened */
	u64 told;                       /* asked_first of the one that the collector has told though nothing followed */
	u32 retrans_begin, retrans_now; /* tcp_sock.total_retrans, likewise */
	u32 copied;                     /* tcp_sock.copied_seq at the last read: a peek leaves it */
	u8 role, phase, flags;
	u8 again;     /* the next exchange begins with these flags */
	u32 claims;   /* who wants the place: see turn_claim() */
	u8 reader;    /* enum abi_reader, when the last of what it is to read was queued */
	u32 switches; /* how often the poller had been switched to by then */
	u64 woken;    /* its first read since then; of a poller when it ran, in the scheduler's clock */
	u64 poller; /* address of the last task that was seen to sleep in poll() or epoll_wait() for it, or that read */
};

/* There are so many places for turns, a power of two, in sets: a socket's is any of the set that its cookie leads to.
 * Both maps are arrays that are mapped into the collector's memory: a set is a cache line, and place i of set n is turn
 * n * ABI_TURN_SET + i. */
#define ABI_TURNS_LEAST 32768
#define ABI_TURNS_MOST 262144
#define ABI_TURN_SET 8

struct abi_turn_set {
	u64 cookie[ABI_TURN_SET]; /* whose; 0: nobody's */
};
