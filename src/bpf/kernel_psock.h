/* What can take a socket over, as far as the programs use it: BPF's psock, filters, TLS. */
#pragma once

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct bpf_prog_aux {
	u32 id; /* 0: classic BPF has none */
	char name[16];
};

struct bpf_prog {
	struct bpf_prog_aux *aux;
};

struct sk_filter {
	struct bpf_prog *prog;
};

struct sock_reuseport {
	struct bpf_prog *prog;
};

struct strp_stats {
	unsigned long long msgs, bytes;
	unsigned int mem_fail, need_more_hdr, msg_too_big, msg_timeouts, bad_hdr_len;
};

struct strparser {
	u32 stopped : 1, aborted : 1;
	struct strp_stats stats;
};

struct sk_psock_progs {
	struct bpf_prog *msg_parser, *stream_parser, *stream_verdict, *skb_verdict;
};

struct sk_psock {
	struct sock *sk;
	struct sk_psock_progs progs;
	struct strparser strp; /* with CONFIG_BPF_STREAM_PARSER */
	unsigned long state;
};

struct sk_msg_sg {
	u32 size;
};

struct sk_msg {
	struct sk_msg_sg sg;
	struct sock *sk;
};

struct strp_msg {
	int full_len;
};

struct _strp_msg {
	struct strp_msg strp;
};

struct sk_skb_cb { /* 5.16 */
	struct _strp_msg strp;
};

struct sk_psock_progs___stream { /* to 5.12: there were no others */
	struct bpf_prog *skb_parser, *skb_verdict;
};

struct sk_psock___parser { /* to 5.12 */
	struct sk_psock_progs___stream progs;
	struct {
		struct strparser strp;
	} parser;
};

struct tls_prot_info {
	u16 version, cipher_type;
};

struct tls_context {
	struct tls_prot_info prot_info;
	u8 tx_conf : 3, rx_conf : 3;
	void *priv_ctx_rx;
};

struct tls_sw_context_rx {
	struct strparser strp; /* from 6.0 on TLS has a parser of its own here, of the same name, without statistics */
};

#pragma clang attribute pop

/* Low bits of sk_user_data, include/net/sock.h. A psock has the first (5.18: and 4), an array of reuseport sockets the
 * second, too. */
#define SK_USER_DATA_NOCOPY 1
#define SK_USER_DATA_BPF 2
#define SK_USER_DATA_FLAGS 7

#define TLS_SW 1 /* tls_context.rx_conf, include/net/tls.h */
