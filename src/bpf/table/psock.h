/* The psock of a socket that is in a sockmap. */
#pragma once

#include "kernel.h"
#include "kernel_psock.h"

/* sk_psock(): whatever else a socket's user data are, only a psock begins with the socket itself. */
static __always_inline const struct sk_psock *psock_of(const struct sock *sk)
{
	u64 data = (u64)BPF_CORE_READ(sk, sk_user_data);
	const struct sk_psock *p = (void *)(data & ~(u64)SK_USER_DATA_FLAGS);

	if (!(data & SK_USER_DATA_NOCOPY) || data & SK_USER_DATA_BPF || BPF_CORE_READ(p, sk) != sk)
		return 0;
	return p;
}
