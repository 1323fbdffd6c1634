/* What has taken a socket over: programs of BPF in a psock, filters, an upper-layer protocol. Read only for those that
 * may have any of it (may_be_intercepted()), by their address: what hangs off a socket can go at any time.
 */
#include "mptcp.h"
#include "visit.h"
#include "psock.h"

static __always_inline void read_program(struct abi_interception *i, u32 which, const struct bpf_prog *prog)
{
	const struct bpf_prog_aux *aux;

	if (!prog)
		return;
	aux = BPF_CORE_READ(prog, aux);
	i->programs[which].id = BPF_CORE_READ(aux, id) ?: ABI_CLASSIC;
	bpf_probe_read_kernel_str(i->programs[which].name, sizeof(i->programs[which].name), aux->name);
}

/* strp_abort_strp() only stops it, as strp_stop() does when the psock is given up. */
static __always_inline void read_parser(struct abi_interception *i, const struct strparser *strp)
{
	i->flags |= ABI_STRPARSER;
	if (BPF_CORE_READ_BITFIELD_PROBED(strp, aborted) || BPF_CORE_READ_BITFIELD_PROBED(strp, stopped))
		i->flags |= ABI_STRP_ABORTED;
	i->strp_msgs = BPF_CORE_READ(strp, stats.msgs);
	i->strp_bytes = BPF_CORE_READ(strp, stats.bytes);
	i->strp_need_more = BPF_CORE_READ(strp, stats.need_more_hdr);
	i->strp_errors = BPF_CORE_READ(strp, stats.mem_fail) + BPF_CORE_READ(strp, stats.msg_too_big) +
			 BPF_CORE_READ(strp, stats.msg_timeouts) + BPF_CORE_READ(strp, stats.bad_hdr_len);
}

static __always_inline void read_psock(struct abi_interception *i, const struct sock *sk)
{
	const struct sk_psock *p = psock_of(sk);
	const struct sk_psock___parser *old = (void *)p;

	if (!p)
		return;
	i->flags |= ABI_PSOCK;
	read_program(i, ABI_PROGRAM_MSG, BPF_CORE_READ(p, progs.msg_parser));
	if (!bpf_core_field_exists(p->progs.stream_parser)) {
		read_program(i, ABI_PROGRAM_PARSER, BPF_CORE_READ(old, progs.skb_parser));
		read_program(i, ABI_PROGRAM_VERDICT, BPF_CORE_READ(old, progs.skb_verdict));
		if (i->programs[ABI_PROGRAM_PARSER].id && bpf_core_field_exists(old->parser.strp))
			read_parser(i, &old->parser.strp);
		return;
	}
	read_program(i, ABI_PROGRAM_PARSER, BPF_CORE_READ(p, progs.stream_parser));
	read_program(i, ABI_PROGRAM_VERDICT, BPF_CORE_READ(p, progs.stream_verdict));
	read_program(i, ABI_PROGRAM_SKB_VERDICT, BPF_CORE_READ(p, progs.skb_verdict));
	if (i->programs[ABI_PROGRAM_PARSER].id && bpf_core_field_exists(p->strp))
		read_parser(i, &p->strp);
}

/* Once something of it was not counted, none is known any more. */
static __always_inline void read_redirects(struct abi_interception *i)
{
	const struct abi_redirects *r;

	if (!redirects_on || redirects_lost || !(i->flags & ABI_PSOCK))
		return;
	i->flags |= ABI_REDIRECTS;
	r = bpf_map_lookup_elem(&redirects, &i->cookie);
	if (r) {
		i->redir_rx = r->rx;
		i->redir_tx = r->tx;
	}
}

static __always_inline void read_filters(struct abi_interception *i, const struct sock *sk, bool reuseport)
{
	const struct sk_filter *filter = BPF_CORE_READ(sk, sk_filter);
	const struct sock_reuseport *group = reuseport ? BPF_CORE_READ(sk, sk_reuseport_cb) : 0;

	if (filter)
		read_program(i, ABI_PROGRAM_FILTER, BPF_CORE_READ(filter, prog));
	if (group)
		read_program(i, ABI_PROGRAM_REUSEPORT, BPF_CORE_READ(group, prog));
}

/* As tls_get_info() has it. */
static __always_inline void read_tls(struct abi_interception *i, const struct tcp_sock *tp)
{
	const struct tls_context *ctx = BPF_CORE_READ(tp, inet_conn.icsk_ulp_data);
	const struct tls_sw_context_rx *rx;

	if (!ctx || !bpf_core_type_exists(struct tls_context))
		return;
	i->flags |= ABI_TLS;
	i->tls_version = BPF_CORE_READ(ctx, prot_info.version);
	i->tls_cipher = BPF_CORE_READ(ctx, prot_info.cipher_type);
	i->tls_tx = BPF_CORE_READ_BITFIELD_PROBED(ctx, tx_conf);
	i->tls_rx = BPF_CORE_READ_BITFIELD_PROBED(ctx, rx_conf);
	rx = BPF_CORE_READ(ctx, priv_ctx_rx);
	if (rx && i->tls_rx == TLS_SW && bpf_core_field_exists(rx->strp.stats))
		read_parser(i, &rx->strp);
}

/* The connection is an MPTCP socket, to which its subflows lead. */
static __always_inline void read_mptcp(struct abi_interception *i, const struct tcp_sock *tp)
{
	const struct mptcp_subflow_context *c = BPF_CORE_READ(tp, inet_conn.icsk_ulp_data);
	const struct mptcp_sock *msk;

	if (!has_mptcp() || !c)
		return;
	i->mptcp_token = BPF_CORE_READ(c, token);
	msk = (void *)BPF_CORE_READ(c, conn);
	if (!msk || !bpf_core_field_exists(msk->bytes_acked))
		return;
	i->flags |= ABI_MPTCP_BYTES;
	i->mptcp_received = BPF_CORE_READ(msk, bytes_received);
	i->mptcp_acked = BPF_CORE_READ(msk, bytes_acked);
}

static __always_inline bool is_tls(const char *ulp)
{
	return ulp[0] == 't' && ulp[1] == 'l' && ulp[2] == 's' && !ulp[3];
}

/* Of the socket whose record is in scratch. Global: iter.bpf.c says why. */
__noinline u32 fill_interception(u32 pass)
{
	struct scratch *s = scratch_of(pass);
	struct abi_interception *i;
	const struct tcp_sock *tp;
	const struct sock *sk;

	if (!s)
		return 0;
	i = &s->interception;
	__builtin_memset(i, 0, sizeof(*i));
	tp = (void *)s->address;
	sk = (void *)s->address;
	i->cookie = s->sock.cookie;
	read_psock(i, sk);
	read_redirects(i);
	read_filters(i, sk, s->sock.bits & ABI_REUSEPORT);
	if (s->sock.ulp[0])
		i->flags |= ABI_ULP;
	if (is_tls(s->sock.ulp))
		read_tls(i, tp);
	if (s->sock.bits & ABI_MPTCP)
		read_mptcp(i, tp);
	if (!i->flags && !i->programs[ABI_PROGRAM_FILTER].id && !i->programs[ABI_PROGRAM_REUSEPORT].id)
		return 0;
	if ((u64)BPF_CORE_READ(sk, __sk_common.skc_cookie.counter) != i->cookie)
		return 0; /* another socket's by now */
	i->size = sizeof(*i);
	i->kind = ABI_INTERCEPTION;
	s->sock.bits |= ABI_TAKEN;
	return 0;
}
