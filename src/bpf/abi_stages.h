/* What the programs that stamp packets share with the collector. Includers provide the types, as for abi.h. */
#pragma once

/* Elements that each processor writes on its own must not share a cache line. */
#define ABI_OWN_LINE __attribute__((aligned(64)))

#define ABI_LAYERS 13
#define ABI_LAYER_BUCKETS 64 /* a power of two */
#define ABI_SENDS 16         /* send calls remembered per socket, a power of two */
#define ABI_UNREAD 32        /* received segments remembered per socket, a power of two */
#define ABI_PACKET_DATA 160

/* In the order of enum layer in record.h; convert.c asserts it. */
enum abi_layer {
	ABI_RX_MAC,
	ABI_RX_IP,
	ABI_RX_TCP,
	ABI_RX_APP,
	ABI_TX_TCP,
	ABI_TX_IP,
	ABI_TX_QDISC,
	ABI_TX_NIC,
	ABI_RX_WAKEUP,
	ABI_TX_PACED,
	ABI_RX_GRO,
	ABI_TX_DIRECT,
	ABI_TX_ACK,
};

/* Elements of the map machine. */
enum abi_machine {
	ABI_MACHINE_SOCKETS /* that are gone */,
	ABI_MACHINE_ECHO /* ICMP echo packets */,
	ABI_MACHINE_PARTS
};

/* The histograms of one socket. The number of packets is the sum of the buckets. */
struct abi_histograms {
	u64 sum_ns[ABI_LAYERS];
	u64 max_ns[ABI_LAYERS];
	u32 buckets[ABI_LAYERS][ABI_LAYER_BUCKETS];
	u64 reserved[6]; /* of its last cache line */
};

_Static_assert(sizeof(struct abi_histograms) % 64 == 0, "those of two processors share no cache line");

/* A send call. It wrote the bytes before end_seq that no earlier call wrote. */
struct abi_send {
	u64 ns;
	u32 end_seq;
	u32 cpu; /* 1 + its number, while something is traced; 0: not known */
};

/* A segment on its way from the device to the program. */
struct abi_unread {
	u64 device_ns, ip_ns, transport_ns, queued_ns; /* 0: not stamped */
	u64 key;                                       /* of a traced packet; 0: not traced */
	u64 skb;                                       /* UDP: its address */
	u32 end_seq;                                   /* UDP: its number in the order of datagrams queued */
	u8 waiting;                                    /* a reader slept in recv() when it was queued */
	u8 backlog;                                    /* it was queued through the backlog of a busy socket */
	u8 counted;                                    /* in rx_awaited */
	u8 reserved;
	u64 gro_ns; /* GRO entry; 0: it did not pass GRO */
};

/* Where a traced packet was received: as all CPUs here 1 + the number of each; 0: not known. */
struct abi_rx_cpus {
	u16 gro, ip, transport, queued;
};

/* Value of the map socks; the key is the socket's address, and the cookie shows whether it is still the same socket.
 * The receiving and the reading processor share only the first cache line, and one for each segment (from 6.1 on values
 * of this size are aligned to a line). */
struct abi_stages {
	u64 cookie;
	u64 sk;          /* the key, as a number: to the verifier a program's own socket argument is a pointer */
	u32 send_head;   /* sends[] is filled up to here; all indices modulo their array's size */
	u32 unread_head; /* unread[] is filled up to here … */
	u32 queued_tail; /* … queued up to here (UDP: datagrams queued so far) … */
	u32 unread_tail; /* … and read up to here */
	u32 read_tail;   /* during a read: read up to here when it is done (UDP: datagrams read so far) */
	u32 sent;        /* once send_head is not 0: data before this were sent, or written before we started */
	u16 port;        /* the local port, as long as there is no cookie */
	u16 leaving;     /* during a read: so many of what is read are in rx_awaited … */
	u16 missed;      /* … and so many lack a stamp */
	u16 reserved;
	u64 in_order_ns; /* with SO_RCVLOWAT: when the newest in-order segment came; 0: none yet */
	u64 acked_us;    /* when the newest segment was sent that is known to be acknowledged; 0: none yet */
	struct abi_histograms h;
	struct abi_send sends[ABI_SENDS];
	struct abi_unread unread[ABI_UNREAD];
	struct abi_rx_cpus cpus[ABI_UNREAD]; /* of those of unread[] that are traced */
};

#define ABI_STAGES_READ __builtin_offsetof(struct abi_stages, sends) /* bytes of it that the collector reads */

_Static_assert(__builtin_offsetof(struct abi_stages, h) % 64 == 0, "h begins a cache line");
_Static_assert(__builtin_offsetof(struct abi_stages, unread) % 64 == 0 && sizeof(struct abi_unread) == 64,
	       "and each segment");

/* The programs' own structs; here because the skeleton names them. */

/* A received packet, until its socket is known (TCP) or it is read (UDP). */
struct rx_slot {
	u64 skb; /* whose stamps these are */
	u64 device_ns, ip_ns, transport_ns;
	u64 gro_skb; /* skb that is in GRO, or between GRO and its device's stamp; 0: none */
	u64 gro_ns;  /* GRO entry of gro_skb; once that is 0, of skb, or 0 */
	u64 key;     /* of a traced packet; 0: not traced */
	u32 ifindex; /* the last device that it passed */
	u32 reserved;
} ABI_OWN_LINE;

/* A processor's notes: the segment that TCP is processing (its stamps were moved to the socket already), the datagram
 * that IP hands to UDP (the hook on the wake-up of its reader does not know the datagram), and how many packets got a
 * first stamp. */
struct rx_segment {
	u64 skb, sk, cookie;
	u64 datagram;
	u64 stamped;
	u32 gap; /* packets to be left out before the next one is measured */
	u32 reserved;
} ABI_OWN_LINE;

/* A received ICMP echo packet, until it is read. Raw sockets get clones of it, which share only the buffer of the
 * headers with it. */
struct echo_slot {
	u64 head;      /* whose stamps these are: skb->head */
	u64 stamps[5]; /* enum stage */
	u64 key;       /* of a traced packet; 0: not traced */
	u32 entered;   /* ICMP has received it */
	u16 cpus[5];   /* of each stamp */
	u16 reserved;
};

#define ABI_ECHO_WAITING 32 /* echo packets remembered per socket, a power of two */

/* The packets on a socket's queue, for hooks that know only the socket when something is read. */
struct echo_reader {
	u64 sk;
	u32 reads; /* datagrams read since we started */
	u32 head;  /* waiting[] is filled up to here … */
	u32 tail;  /* … and read up to here */
	u32 reserved;
	struct {
		u64 head;
		u32 at; /* value of `reads` when it will be read */
		u32 reserved;
	} waiting[ABI_ECHO_WAITING];
};

/* A sent packet, until the driver has it. Most packets use only the first cache line. */
struct tx_slot {
	u64 sk;
	u32 seq;    /* TCP: of the first byte; otherwise the low half of the skb's address */
	u8 echo;    /* it is an ICMP echo packet */
	u8 counted; /* in tx_awaited */
	u8 traced;
	u8 dequeued; /* there was a qdisc, and it was not bypassed */
	u64 send_ns, leaves_ns, queue_ns, driver_ns;
	u64 departs_ns; /* pacing: the earliest time to send it, if that is later than queue_ns */
	u64 cookie;     /* of sk */
	u64 key;        /* traced: of the packet */
	u64 dequeue_ns; /* dequeued: when the qdisc did it */
	u16 send_cpu, queue_cpu, dequeue_cpu, driver_cpu; /* traced */
} ABI_OWN_LINE;

/* The packet of a processor's current driver call: the skb may be gone when the call returns. It is set for every
 * packet of a socket, stamped or not: a packet queued during the call is the same one, or a segment of it, at a lower
 * device. */
struct driver_call {
	u64 sk;
	u64 dev;
	u64 skb;
	u32 seq;
	u16 busy;
	u16 left_out; /* it has no stamps, and seq is not known */
	/* The segment that this processor queued last: mostly the next one to reach a driver. */
	u64 queued_sk, queued_skb;
	u64 queued_stamp; /* skb->tstamp */
	u32 queued_seq;
	u32 gap; /* as in rx_segment */
} ABI_OWN_LINE;

/* A traced packet in a driver's hands, until it is freed. */
struct tx_held {
	u64 skb; /* 0: none */
	u64 key;
	u64 seen;    /* the packet that a program saw last */
	u64 seen_by; /* SEEN_* */
};

enum abi_packet_kind {
	ABI_PACKET_SEEN = 1,    /* an abi_packet: at its first device */
	ABI_PAYLOAD = 3,        /* an abi_payload: of a packet that is reported before or after it */
	ABI_PACKET_CROSSED = 4, /* an abi_packet_crossed: at a further device */
	ABI_PACKET_DONE = 2,    /* an abi_packet_done: the end of its way */
	ABI_PACKET_FREED = 5,   /* an abi_packet_freed: before or after the above */
	ABI_PACKET_PASSED = 6,  /* an abi_packet_done: it was forwarded (stamps and drop are not used) */
	ABI_PACKET_HOOKS = 7,   /* an abi_packet_hooks: its time in netfilter's hooks */
};

/* One direction of a translated connection, in network order. */
struct abi_tuple {
	u32 src[4], dst[4];
	u16 sport, dport;
	u32 reserved;
};

/* A traced packet when it is first seen. */
struct abi_packet {
	u32 size;
	u32 kind;
	u64 key; /* identifies it in later events; the collector assigns the numbers */
	u64 ns;
	u64 stamps[5]; /* enum stage */
	u32 ifindex;
	u32 frame; /* bytes from the IP header on */
	u32 captured;
	u32 cwnd;
	u32 again; /* sent: TCP had sent it before */
	u16 segments;
	u8 tx;
	u8 ca_state;
	u8 pending;                /* icsk_pending */
	u8 nat;                    /* tuple[] is known */
	u8 snd_wscale, rcv_wscale; /* of the sender's socket: shifts of the peer's window and of its own */
	u32 netns;                 /* the device's */
	u8 gro;                    /* received: it passed GRO, so its first stamp is GRO entry, and ns is later */
	u8 reserved[3];
	u16 cpu;                   /* of ns */
	u16 gro_cpu;               /* of GRO entry */
	u8 dev[16];                /* the device's name */
	struct abi_tuple tuple[2]; /* of the original direction, of the replies */
	u8 data[ABI_PACKET_DATA];
};

/* The first bytes of a traced packet's payload. */
struct abi_payload {
	u32 size;
	u32 kind;
	u32 seq; /* TCP, host order */
	u32 len;
	u8 tx;
	u8 proto;
	u8 reserved[6];
	u8 data[ABI_PACKET_DATA];
};

struct abi_packet_done {
	u32 size;
	u32 kind;
	u64 key;
	u64 stamps[5];
	u32 drop_reason;
	u32 reserved;
	u64 drop_location; /* 0: it was not dropped */
	u32 backlog;
	u32 reserved2;
	u64 dequeue_ns; /* when the qdisc dequeued it; 0: there is no qdisc, or it was bypassed */
	u16 cpus[5];    /* of each stamp; 0: not known, or told before */
	u16 dequeue_cpu;
	u32 reserved3;
};

/* The driver that took a sent packet has freed it. */
struct abi_packet_freed {
	u32 size;
	u32 kind;
	u64 key;
	u64 ns;
	u32 cpu;
	u32 reserved;
};

struct abi_packet_crossed {
	u32 size;
	u32 kind;
	u64 key;
	u64 ns;
	u32 ifindex;
	u32 netns;  /* the device's */
	u8 dev[16]; /* its name */
};

/* An element for each processor; summed by the collector. */
struct abi_stage_stats {
	u64 missed;     /* later stamps without a first one */
	u64 lost_socks; /* no room in the map socks */
	u64 packets;    /* traced packets reported */
	u64 lost;       /* the ring was full */
	u64 limited;    /* above the limit */
	u64 unseen;     /* the kernel skipped the program that would have reported the packet */
} ABI_OWN_LINE;

/* What is traced: a variable of the programs. */
struct abi_filter {
	u64 cookie;
	u8 laddr[16], raddr[16]; /* IPv4 in the first four bytes */
	u16 lport, rport;        /* network order */
	u32 netns;
	u8 family; /* 4, 6; 0: nothing is traced */
	u8 proto;
	u8 any_remote; /* an unconnected UDP socket, a listener */
	u8 any_local;  /* bound to no address */
	u8 echo;       /* not a socket: every ICMP echo packet, in all namespaces */
	u8 reserved[3];
};

/* -- netfilter's hooks, with -n ------------------------------------------------------------------------------------ */

#define ABI_NF_HOOKS 5 /* enum nf_inet_hooks; stages.c asserts that record.h has as many */

/* The time of packets in each hook. An element for each processor, summed by the collector. The number of packets is
 * the sum of the buckets. */
struct abi_nf_times {
	u64 sum_ns[ABI_NF_HOOKS];
	u64 max_ns[ABI_NF_HOOKS];
	u64 dropped[ABI_NF_HOOKS]; /* how many of them the hook dropped */
	u64 missed;                /* packets that were not seen to leave a hook */
	u32 buckets[ABI_NF_HOOKS][ABI_LAYER_BUCKETS];
} ABI_OWN_LINE;

/* A traced packet's time in some of the hooks; several events of one packet are added up. */
struct abi_packet_hooks {
	u32 size;
	u32 kind;
	u64 key;
	u64 ns[ABI_NF_HOOKS];
	u32 passed; /* bits 1 << hook: ns is known */
	u32 reserved;
};

/* A packet in a hook, on this processor. */
struct nf_slot {
	u64 skb;  /* 0: the slot is free */
	u64 call; /* kretprobe: the stack pointer at the call of nf_hook_slow(), all that its return knows */
	u64 begin_ns;
	u64 tstamp; /* skb->tstamp */
	u64 key;    /* of a traced packet; 0: not traced, or not known yet */
	u32 hook;
	u32 measured; /* to be counted in the histograms */
};

/* A packet's time in hooks before it is known whether the packet is traced. */
struct nf_passed {
	u64 skb; /* 0: free */
	u64 tstamp;
	u64 ns[ABI_NF_HOOKS];
	u32 passed; /* bits 1 << hook */
	u32 reserved;
};
