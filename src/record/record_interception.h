/* Records of what has taken sockets over or may, and the enums of their values: a part of record.h. */
#pragma once

/* Where a program of BPF can be attached to a socket. */
enum interception_program {
	PROGRAM_PARSER,      /* sk_skb/stream_parser, of a sockmap */
	PROGRAM_VERDICT,     /* sk_skb/stream_verdict */
	PROGRAM_SKB_VERDICT, /* sk_skb/verdict */
	PROGRAM_MSG,         /* sk_msg */
	PROGRAM_FILTER,      /* SO_ATTACH_BPF or SO_ATTACH_FILTER */
	PROGRAM_REUSEPORT,   /* SO_ATTACH_REUSEPORT_EBPF or _CBPF, of its group */
	PROGRAM_COUNT,
};

#define PROGRAM_CLASSIC (~0U) /* in place of its id: a program of classic BPF, which has none */

enum interception_flags {
	INTERCEPTION_PSOCK = 1,        /* it is in a sockmap */
	INTERCEPTION_ULP = 2,          /* record_socket.ulp */
	INTERCEPTION_STRPARSER = 4,    /* the figures of its strparser are known */
	INTERCEPTION_STRP_ABORTED = 8, /* which has given up */
	INTERCEPTION_TLS = 16,         /* the tls_* fields are known */
	INTERCEPTION_MPTCP_BYTES = 32, /* mptcp_rx_bytes, mptcp_tx_bytes */
	INTERCEPTION_REDIRECTS = 64,   /* redir_rx, redir_tx */
};

/* Who encrypts, or decrypts: of the kernel's TLS (include/net/tls.h). */
enum tls_conf { TLS_CONF_NONE, TLS_CONF_SW, TLS_CONF_HW, TLS_CONF_HW_RECORD, TLS_CONFS };

/* What has taken a socket over: follows each record_socket with SOCKET_INTERCEPTED. */
#define RECORD_INTERCEPTION_FIELDS(F, A)                                                                               \
	F(u64, id, "as record_socket.id")                                                                              \
	F(u64, strp_msgs, "messages that its strparser has found (strp_stats, include/net/strparser.h)")               \
	F(u64, strp_bytes, "… and their bytes")                                                                        \
	A(u32, programs, PROGRAM_COUNT, "ids, by enum interception_program, see record_name; 0: none")                 \
	F(u32, strp_need_more, "how often the parser could not tell a message's length yet (need_more_hdr)")           \
	F(u32, strp_errors, "mem_fail, msg_too_big, msg_timeouts and bad_hdr_len together")                            \
	F(u32, flags, "bits of enum interception_flags")                                                               \
	F(u16, tls_version, "0x0304: 1.3; 0: no key was set yet")                                                      \
	F(u16, tls_cipher, "TLS_CIPHER_* of include/uapi/linux/tls.h; 0: no key was set yet")                          \
	F(u8, tls_tx, "enum tls_conf")                                                                                 \
	F(u8, tls_rx, "enum tls_conf")                                                                                 \
	A(u8, reserved, 2, "")                                                                                         \
	F(u32, mptcp_token, "of the MPTCP connection whose subflow it is, its own in its namespace; 0: it is none")    \
	F(u64, mptcp_rx_bytes, "that connection's bytes_received (6.5), when this subflow moved last")                 \
	F(u64, mptcp_tx_bytes, "… and bytes_acked; its end, once acknowledged, counts as one")                         \
	F(u64, redir_rx, "bytes that programs of BPF have moved to it from other sockets, since they are counted")     \
	F(u64, redir_tx, "… and from it to others")

/* Where programs that see the packets or calls of many sockets are attached: the kernel's numbers (enum bpf_attach_type
 * of include/uapi/linux/bpf.h), which never change, and two for what has none. */
enum attach_hook_number {
	ATTACH_XDP = 37,
	ATTACH_TCX_INGRESS = 46, /* BPF_TCX_INGRESS: 6.6 */
	ATTACH_TCX_EGRESS = 47,
	ATTACH_TC_INGRESS = 254, /* a classifier of tc: clsact, ingress */
	ATTACH_TC_EGRESS = 255,  /* … or of a qdisc with classes */
};

enum attach_place { ATTACH_CGROUP = 1, ATTACH_DEVICE = 2, ATTACH_PLACES = 3 };

/* Bits of attach_hook.sockets: whose packets or calls its programs see. */
enum attach_sockets { ATTACH_TCP4 = 1, ATTACH_TCP6 = 2, ATTACH_UDP4 = 4, ATTACH_UDP6 = 8, ATTACH_ALL = 15 };

struct attach_hook {
	u8 number, place, sockets;
	const char *name;
};

extern const struct attach_hook attach_hooks[];
extern const unsigned attach_hook_count;

#define ATTACHED_MAX 32 /* programs of a place that are listed */

/* All programs of BPF that are attached to a control group, inherited ones included, or to a network device: when it is
 * first looked at, and when they have changed. */
#define RECORD_ATTACHED_FIELDS(F, A)                                                                                   \
	F(u64, key, "of a control group its id, as record_socket.cgroup_id; of a device record_device.id")             \
	A(u32, programs, ATTACHED_MAX, "their ids, see record_name; those of a hook in the order in which they run")   \
	A(u8, hooks, ATTACHED_MAX, "and where: attach_hook.number")                                                    \
	F(u32, count, "how many there are; those beyond ATTACHED_MAX are not listed")                                  \
	F(u8, place, "enum attach_place")                                                                              \
	F(u8, gone, "1: the place is no more")                                                                         \
	A(u8, reserved, 2, "")
