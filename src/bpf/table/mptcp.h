/* MPTCP: its subflows are TCP sockets that no file holds. They belong to an MPTCP socket, whose file leads to them: so
 * the pass over files visits them too, and knows their owner. */
#pragma once

#include "cookie.h"

#define SUBFLOWS_MAX 9 /* MPTCP_SUBFLOWS_MAX, and the first one */

static __always_inline bool has_mptcp(void)
{
	struct mptcp_sock *msk = 0;
	struct mptcp_subflow_context *c = 0;

	return bpf_core_field_exists(msk->conn_list) && bpf_core_field_exists(c->tcp_sock);
}

static __always_inline struct mptcp_subflow_context *subflow_at(const struct list_head *node)
{
	return (void *)node - bpf_core_field_offset(struct mptcp_subflow_context, node);
}

/* Copies a subflow and sets *address; NULL: it is gone. It can go at any time: the copy is a subflow of this MPTCP
 * socket only if both still say so afterwards. */
static __always_inline struct sock *copy_subflow(const struct mptcp_subflow_context *c, const void *msk, u64 *address)
{
	struct tcp_sock *copy = socket_copy_of(PASS_TICK);
	struct sock *sk = BPF_CORE_READ(c, tcp_sock);
	void *ulp = 0;

	if (!copy || !sk || bpf_probe_read_kernel(copy, bpf_core_type_size(struct tcp_sock), sk))
		return 0;
	ulp = copy->inet_conn.icsk_ulp_data;
	if (ulp != c || BPF_CORE_READ(c, conn) != msk || copy->inet_conn.icsk_inet.sk.sk_protocol != IPPROTO_TCP)
		return 0;
	*address = (u64)sk;
	return (void *)copy;
}
