/* Cookies for new sockets where tracing programs cannot make them (before Linux 5.12): sockets that a program opens get
 * theirs when they are made, accepted ones when their handshake ends, before they are ESTABLISHED. */
#include "kernel.h"

SEC("?cgroup/sock_create")
int cookie_create(struct bpf_sock *ctx)
{
	bpf_get_socket_cookie(ctx);
	return 1; /* allowed */
}

SEC("?sockops")
int cookie_accept(struct bpf_sock_ops *ctx)
{
	if (ctx->op == BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB)
		bpf_get_socket_cookie(ctx);
	return 1; /* and leaves `reply` as another program may have set it */
}
