/* What the programs in the kernel and the collector share: map keys and values, and raw samples. Used by src/bpf and
 * src/collect only. Everything is in the kernel's units (jiffies, srtt << 3); collect/sockets/convert.c converts it.
 * Includers provide the types: kernel.h in the kernel, record.h in user space. */
#pragma once

#define ABI_COMM_LEN 16
#define ABI_STATES 13

/* abi_conn.flags and abi_sock.conn_flags */
enum abi_conn_flags {
	CONN_BORN = 1,         /* its birth was seen */
	CONN_ENDED = 2,        /* its end was reported */
	CONN_OWNER_EXACT = 4,  /* tgid was the current process at connect, listen or accept, or held the file */
	CONN_OWNER_CLOSER = 8, /* tgid was the current process at close */
	CONN_RESET = 16,       /* a RST was sent or received */
	CONN_REPAIRED = 32,    /* opened with TCP_REPAIR: no SYN was sent */
	CONN_UNSENT = 64,      /* ended within connect(), before a SYN was sent */
};

/* abi_conn.dir: enum sock_dir of record.h */
enum abi_conn_dir { CONN_DIR_OUT = 1, CONN_DIR_IN = 2, CONN_DIR_LISTEN = 3 };

/* Value of the map conns; the key is the socket's cookie. With the 56 bytes that a map adds, an element stays within
 * 256, a size class of the allocator. */
struct abi_conn {
	u64 birth_ns;
	u64 state_ns;             /* when the current state was entered */
	u64 state_at[ABI_STATES]; /* when each state was last entered, 0: never */
	u32 tgid;
	u32 uid;
	char comm[ABI_COMM_LEN];
	u32 fast, rto, tlp, syn; /* retransmitted segments by cause */
	u16 resets;
	u8 generation;
	u8 dir;   /* enum sock_dir */
	u8 state; /* enum sock_state */
	u8 flags; /* enum abi_conn_flags */
	u16 reserved;
	u32 netns;
	u32 connect_us; /* of a connection whose birth was seen: see abi_sock */
	u64 listener;   /* cookie of the socket that it came in through; 0: not known, or none */
};

#define ABI_TIME_BUCKETS 64  /* buckets.h */
#define ABI_QUEUE_BUCKETS 18 /* of queue lengths: 0, 1, 2 to 3, 4 to 7 … 65536 and more */
#define ABI_HIGH_SLOTS 8     /* a power of two: of 2^ABI_HIGH_SHIFT ns each, the present one and those before it */
#define ABI_HIGH_SHIFT 33

struct abi_times {
	u64 sum_ns, max_ns;
	u32 buckets[ABI_TIME_BUCKETS];
};

/* Value of the map accepts; the key is a listener's cookie. Counters start when the programs are attached, or with
 * listen(). */
struct abi_accepts {
	/* How many handshakes that were completed found the accept queue so long; each put a connection into it. */
	u64 found[ABI_QUEUE_BUCKETS];
	struct {
		u32 at; /* bpf_ktime_get_ns() >> ABI_HIGH_SHIFT */
		u32 high;
	} recent[ABI_HIGH_SLOTS]; /* most connections in the queue, by when that was */
	u32 high;                 /* … and ever */
	u32 reserved;
	struct abi_times wait;  /* from ESTABLISHED to accept() */
	struct abi_times whole; /* from the SYN-ACK to accept(), where it was sent once */
};

/* Value of the map flows; the key is the cookie of a UDP socket. Counters start when the programs are attached. */
struct abi_flow {
	u64 rx_bytes, tx_bytes;
	u64 rx_pkts, tx_pkts;
	u64 first_ns, last_ns;
	u32 tgid, uid;
	char comm[ABI_COMM_LEN];
	u8 laddr[16], raddr[16];
	u16 lport, rport;
	u16 family;         /* AF_INET, AF_INET6 */
	u8 rx_pkts_unknown; /* a call may have carried several datagrams (UDP_GRO) */
	u8 tx_pkts_unknown; /* likewise (UDP_SEGMENT in a control message) */
	u32 netns;
	u8 proto;
	u8 state;
	u8 pending; /* the last call left its datagram open (MSG_MORE) */
	u8 reserved;
	u64 netns_cookie;
};

/* Cookies that a pass must write out whole: a hash table with open addressing, indexed by the upper bits of a Fibonacci
 * hash. A cookie whose slot is taken is in one of the slots after it, with no empty one in between. */
#define ABI_WANTED_SLOTS 16384 /* a power of two, four times the most cookies */
#define ABI_WANTED_PROBES 16

static inline __attribute__((always_inline)) u32 abi_wanted_slot(u64 cookie)
{
	return (u32)(cookie * 0x9e3779b97f4a7c15ULL >> 50) & (ABI_WANTED_SLOTS - 1);
}

enum abi_kind {
	ABI_FILE = 1,      /* seen through a file */
	ABI_NO_FILE = 2,   /* seen by iter/tcp, held by no file */
	ABI_MINI = 3,      /* TIME_WAIT or request socket: an abi_mini */
	ABI_ALIVE = 7,     /* seen by iter/tcp or iter/udp, has a file, of whatever process: an abi_same */
	ABI_STILL = 10,    /* seen in the map no_file, unchanged since the last delivered pass: an abi_same */
	ABI_SPACE = 8,     /* a namespace that has a socket without a cookie: an abi_same, cookie is the inode */
	ABI_SAME = 5,      /* seen through a file, unchanged since the last delivered pass: an abi_same */
	ABI_END = 4,       /* the connection has ended: final totals */
	ABI_DEVICE = 9,    /* a device that sockets are bound to: an abi_device, ahead of the socket */
	ABI_LISTENER = 11, /* queues of the listener whose abi_sock was the record before: an abi_listener */
	/* what has taken the socket over whose abi_sock was before: an abi_interception */
	ABI_INTERCEPTION = 12,
	ABI_RESET =
	    6, /* a RST was sent after the end: only the cookie and, with ABI_HAS_CONN, the conn_* fields are set */
};

enum abi_sock_bits {
	ABI_REUSE = 1,
	ABI_REUSEPORT = 2,
	ABI_V6ONLY = 4,
	ABI_SOCK_DONE = 8, /* the peer's FIN was received: it is counted in bytes_received */
	ABI_CWND_LIMITED = 16,
	ABI_APP_LIMITED = 32,
	ABI_REPAIR = 64,
	ABI_MPTCP = 128,
	ABI_KERNEL = 256,
	ABI_RX_PKTS_UNKNOWN = 512,
	ABI_TX_PKTS_UNKNOWN = 1024,
	ABI_HAS_FLOW = 2048,  /* the UDP counters are set */
	ABI_HAS_CONN = 4096,  /* the conn_* fields are set */
	ABI_DIR_KNOWN = 8192, /* set by the collector: dir was worked out before */
	ABI_PACING = 16384,   /* sk_pacing_status: TCP or fq paces by sk_pacing_rate */
	ABI_PACED = 32768,    /* tcp_wstamp_ns lies in the future */
	ABI_TSQ_THROTTLED = 65536,
	ABI_PACING_MAX = 131072,  /* sk_pacing_rate is sk_max_pacing_rate */
	ABI_SLOW = 262144,        /* only the slow turn sees it */
	ABI_NO_SPACE = 1048576,   /* SOCK_NOSPACE: a program waits for room in the send buffer */
	ABI_NAGLE = 524288,       /* tcp_nagle_check(): a small segment is not acknowledged, and the next one waits */
	ABI_BOUND = 2097152,      /* bind() was given an address, and chose the port */
	ABI_END_SACKED = 4194304, /* the last segment sent is a small one, and was selectively acknowledged */
	ABI_TAKEN = 1 << 24,      /* an abi_interception follows */
};

/* A sample of one socket. Its size is a multiple of 8 bytes. */
struct abi_sock {
	u32 size;    /* of this record and what follows it (abi_info), to walk an iterator's output */
	u8 kind;     /* enum abi_kind */
	u8 has_info; /* an abi_info follows */
	u8 family;
	u8 error; /* of an end: sk_err, which is why TCP ended it; 0: it was closed */
	u64 cookie;
	u64 ktime_ns;
	u64 inode;
	u64 netns_cookie;
	u64 cgroup_id;
	u64 bytes_received, bytes_acked, bytes_sent, bytes_retrans;
	u64 pacing_rate;
	u64 birth_ns, state_ns; /* from conns or flows */
	union {
		u64 udp_rx_pkts;
		u64 left_ns; /* of an end: when ESTABLISHED was left for the first step of closing; 0: it never was */
	};
	union {
		u64 udp_tx_pkts;
		u64 last_ns; /* of an end: when old_state was entered; 0: not seen */
	};
	u8 laddr[16], raddr[16];
	char comm[ABI_COMM_LEN]; /* of tgid */
	char cc[16];
	char ulp[16];
	u32 netns;
	u32 ifindex;
	u32 tgid; /* the owner: holds the file; in an end, the owner noted in conns */
	u32 uid;
	u32 bits;    /* enum abi_sock_bits */
	u32 jiffies; /* low 32 bits, at ktime_ns */
	u32 srtt_us, mdev_us, min_rtt_us, rto;
	u32 cwnd, ssthresh, snd_wnd, rcv_wnd, mss, pmtu;
	u32 packets_out, lost_out, sacked_out, retrans_out;
	u32 reordering, total_retrans, dsack_dups, ooo;
	u32 rcv_nxt, copied_seq, write_seq, snd_una, snd_nxt;
	u32 rate_delivered, rate_interval_us;
	u32 chrono_start, chrono_stat[3];
	u32 segs_in, segs_out;
	u32 sndbuf, rcvbuf, wmem_queued, wmem_alloc, rmem_alloc, backlog;
	u32 ack_backlog, max_ack_backlog;
	u32 drops;
	u32 fast, rto_segs, tlp, syn; /* retransmits by cause, from conns */
	u16 lport, rport;             /* host order */
	u16 resets;
	u16 protocol;
	u8 state;
	u8 old_state; /* in an end: the state before CLOSE */
	u8 ca_state;
	u8 chrono_type;
	u8 backoff;
	u8 shutdown;
	u8 generation;
	u8 dir;
	u8 conn_flags;  /* enum abi_conn_flags */
	u8 settings[3]; /* of a file's socket: checksum of what a program can set without a packet; as in an abi_same */
	u32 fd;
	u32 connect_us; /* SYN to ESTABLISHED; of an accepted one its SYN-ACK to ESTABLISHED; 0: not known */
	u32 via;        /* ifindex: where its packets come in, else where its route leads; 0: not known */
};

/* TIME_WAIT and request sockets: there can be very many, and they have few fields. */
struct abi_mini {
	u32 size;
	u8 kind; /* ABI_MINI */
	u8 state;
	u16 family;
	u64 cookie;
	u64 ktime_ns;
	u64 netns_cookie;
	u8 laddr[16], raddr[16];
	u32 netns;
	u32 ifindex;
	u16 lport, rport; /* host order */
	s32 expires_in;   /* jiffies until its timer fires */
};

/* An unchanged socket: it exists, and who holds it. */
struct abi_same {
	u32 size;
	u8 kind;        /* ABI_SAME, ABI_ALIVE, ABI_SPACE, ABI_STILL */
	u8 settings[3]; /* of an ABI_SAME: the current checksum, if it is this socket's turn; else 0 */
	u64 cookie;
	u32 tgid;
	u32 fd;
};

/* A device's current name. A socket keeps the number of a device that is gone. */
struct abi_device {
	u32 size;
	u8 kind; /* ABI_DEVICE */
	u8 reserved[3];
	u64 netns_cookie; /* 0: the kernel has none */
	u32 netns;
	u32 ifindex;
	u8 name[16]; /* empty: there is no such device (any more) */
};

enum abi_listener_flags {
	LISTENER_COUNTED = 1,   /* an abi_accepts follows */
	LISTENER_UNCOUNTED = 2, /* none does because the map accepts was full; else, because there was no handshake */
};

/* A listener's queues. */
struct abi_listener {
	u32 size;      /* with the abi_accepts */
	u8 kind;       /* ABI_LISTENER */
	u8 flags;      /* enum abi_listener_flags */
	u8 syncookies; /* net.ipv4.tcp_syncookies of its namespace, … */
	u8 reserved;
	u64 cookie;
	u64 ktime_ns;
	u32 accept_queue, accept_limit;
	u32 syn_queue;
	u32 max_syn_backlog; /* … and net.ipv4.tcp_max_syn_backlog */
};

/* Programs of BPF that a socket has: enum interception_program of record.h. */
enum abi_program {
	ABI_PROGRAM_PARSER,
	ABI_PROGRAM_VERDICT,
	ABI_PROGRAM_SKB_VERDICT,
	ABI_PROGRAM_MSG,
	ABI_PROGRAM_FILTER,
	ABI_PROGRAM_REUSEPORT,
	ABI_PROGRAMS,
};

#define ABI_CLASSIC (~0U) /* in place of the id of a program of classic BPF */

/* enum interception_flags of record.h. */
enum abi_interception_flags {
	ABI_PSOCK = 1,
	ABI_ULP = 2,
	ABI_STRPARSER = 4,
	ABI_STRP_ABORTED = 8,
	ABI_TLS = 16,
	ABI_MPTCP_BYTES = 32,
	ABI_REDIRECTS = 64,
};

/* Bytes that programs of BPF have moved to a socket from others, and from it to others. */
struct abi_redirects {
	u64 rx, tx;
};

/* What has taken a socket over. */
struct abi_interception {
	u32 size;
	u8 kind;           /* ABI_INTERCEPTION */
	u8 flags;          /* enum abi_interception_flags */
	u8 tls_tx, tls_rx; /* TLS_BASE … TLS_HW_RECORD, include/net/tls.h */
	u64 cookie;
	u64 strp_msgs, strp_bytes;
	u32 strp_need_more, strp_errors;
	struct {
		u32 id; /* 0: none */
		char name[16];
	} programs[ABI_PROGRAMS];
	u16 tls_version, tls_cipher; /* include/uapi/linux/tls.h */
	u32 mptcp_token;             /* 0: it is no subflow */
	u64 mptcp_received, mptcp_acked;
	u64 redir_rx, redir_tx;
};

/* The rest of what ss -tiepmo shows. */
struct abi_info {
	u64 max_pacing_rate;
	u64 timer_expires; /* jiffies */
	u64 jiffies64;
	u64 cc_priv[13]; /* icsk_ca_priv */
	u64 state_at[ABI_STATES];
	u32 lsndtime, lrcvtime, rcv_tstamp; /* jiffies */
	u32 data_segs_in, data_segs_out;
	u32 delivered, delivered_ce;
	u32 ato, rcv_mss, advmss;
	u32 rcv_rtt_us, rcv_space, rcv_ssthresh;
	u32 reord_seen, rehash;
	u32 fwd_alloc, omem_alloc;
	u32 mark, priority;
	u32 tos;
	u8 timer, timer_retrans, probes, options;
	u8 snd_wscale, rcv_wscale, userlocks, ttl;
	u64 mptcp_seq; /* subflow_get_info() */
	u32 mptcp_token_rem, mptcp_token_loc;
	u32 mptcp_sfseq, mptcp_ssn_offset, mptcp_map_len;
	u8 mptcp_id_rem, mptcp_id_loc;
	u16 mptcp_flags; /* MPTCP_SUBFLOW_FLAG_* of uapi/linux/mptcp.h; valid with ABI_MPTCP */
	u32 class_id;    /* of net_cls, else sk_priority: used by classful qdiscs */
	u8 tclass;       /* IPV6_TCLASS */
	u8 reserved[3];
};

/* Value of the map no_file: socket storage of TCP and UDP sockets that no file holds. */
struct abi_kept {
	u8 unheld; /* it has a file, but no process holds that (in flight, io_uring) */
	u8 reserved[7];
};

/* Elements that each processor writes on its own must not share a cache line. */
#define ABI_OWN_LINE __attribute__((aligned(64)))

/* What was lost or left out: an element for each processor, summed by the collector. */
struct abi_stats {
	u64 lost_events;  /* the ring buffer was full */
	u64 lost_conns;   /* the map conns was full */
	u64 lost_flows;   /* the map flows was full */
	u64 lost_lookups; /* an entry that must exist did not */
} ABI_OWN_LINE;

/* -- losses: retransmits, drops, resets ---------------------------------------------------------------------------- */

#define ABI_LOSS_STACK 16

enum abi_loss_kind {
	ABI_RETRANSMIT = 1,
	ABI_DROP = 2,
	ABI_RESET_SENT = 3,
	ABI_RESET_RECEIVED = 4,
};

enum abi_loss_flags {
	ABI_LOSS_SOCKET = 1,  /* the kernel named the socket: addresses are the socket's */
	ABI_LOSS_TX = 2,      /* being sent: no device has received it yet */
	ABI_LOSS_LOCAL = 4,   /* for this host, by its route */
	ABI_LOSS_REASON = 8,  /* reason is known */
	ABI_LOSS_FAILED = 16, /* a retransmit that was not sent */
	ABI_LOSS_FOREIGN =
	    64, /* not for this host by its MAC address: a loss if it belongs to a socket of another namespace */
};

/* One loss. For a drop without a socket, the addresses in the packet's headers. Its size is a multiple of 8 bytes. */
struct abi_loss {
	u64 time_ns;
	u64 cookie;   /* 0: no socket, or one without a cookie */
	u64 location; /* the address in the kernel that freed it */
	u64 stack[ABI_LOSS_STACK];
	u8 laddr[16], raddr[16];
	u32 netns;  /* where it happened: the device's namespace, without a device the socket's */
	u32 reason; /* enum skb_drop_reason, enum sk_rst_reason; of a retransmit: enum retransmit_cause */
	u32 seq, end_seq;
	u32 cwnd, prior_cwnd, ssthresh;
	u32 ifindex;
	u32 length;       /* from the IP header on */
	u16 lport, rport; /* host order */
	u16 segments;
	u16 flags; /* enum abi_loss_flags */
	u8 kind;
	u8 family; /* AF_INET, AF_INET6 */
	u8 protocol;
	u8 state; /* of the socket, 0: none */
	u8 ca_state;
	u8 tcp_flags;
	u8 missed; /* of a drop: enum abi_missed */
	u8 reserved;
	u32 socket_netns; /* of the socket that the kernel named, 0: none */
	u8 dev[16];       /* the device's name */
};

/* Whether a dropped packet has to be sent again. */
enum abi_missed {
	ABI_MISSED = 0,
	ABI_UNMISSED = 1,   /* no: not reported one by one */
	ABI_MISSED_FIN = 2, /* a FIN without data, dropped without a reason: it depends on which function dropped it */
};

/* Reasons below this number have their bits in the programs' sets: so far all of the kernel's own. */
#define ABI_REASONS 256

/* Exact totals, including losses that were not reported one by one. A retransmit counts its segments. */
struct abi_loss_key {
	u64 location;
	u32 reason;
	u8 kind;
	u8 has_reason;
	u8 missed; /* of a drop: enum abi_missed */
	u8 reserved;
};

/* An element for each processor, summed by the collector. */
struct abi_loss_stats {
	u64 limited;   /* not reported: above the limit per second */
	u64 lost;      /* not reported: the ring was full */
	u64 uncounted; /* the map of totals was full */
	u64 foreign;   /* freed packets that are not IP, or for other hosts: not losses */
} ABI_OWN_LINE;

/* -- answers of name servers ----------------------------------------------------------------------------------------
 */

#define ABI_ANSWER_DATA 512

/* The beginning of a message, of which only len bytes are set. */
struct abi_answer {
	u32 len;
	u32 reserved;
	u8 data[ABI_ANSWER_DATA];
};
