/* For tests of the conversion: a TCP connection as the kernel counts it, alive, ended, or with its birth seen. Include
 * after cmocka. */
#pragma once

#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "convert.h"

#define ISN 0xfffffe00U /* the sequence space wraps within the first 512 bytes */
#define NOW_NS (3600 * 1000000000ULL)
#define HZ_CLOCK(hz) ((struct tick_clock){1000000000 / (hz)})

static inline struct record_socket converted(const struct abi_sock *a)
{
	struct record_socket s;

	convert_sock(a, HZ_CLOCK(250), &s);
	return s;
}

static inline u64 random_next(u64 *seed)
{
	*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return *seed ^ *seed >> 29;
}

enum fin { FIN_NONE, FIN_QUEUED, FIN_SENT, FIN_ACKED };

struct life {
	bool active; /* we sent the SYN */
	u8 state;
	enum fin fin; /* ours */
	bool peer_fin;
	u32 written, sent, acked, received, retrans; /* payload */
};

static inline struct abi_sock made_connection(const struct life *l)
{
	u32 first = ISN + 1;
	struct abi_sock a = {
	    .size = sizeof(a),
	    .kind = ABI_FILE,
	    .family = AF_INET,
	    .cookie = 77,
	    .ktime_ns = NOW_NS,
	    .protocol = IPPROTO_TCP,
	    .state = l->state,
	    .bits = l->peer_fin ? ABI_SOCK_DONE : 0,
	    .bytes_received = l->received + l->peer_fin,
	    .bytes_acked = l->active + l->acked + (l->fin == FIN_ACKED),
	    .bytes_sent = l->sent + l->retrans,
	    .bytes_retrans = l->retrans,
	    .snd_una = first + l->acked + (l->fin == FIN_ACKED),
	    .snd_nxt = first + l->sent + (l->fin >= FIN_SENT),
	    .write_seq = first + l->written + (l->fin >= FIN_QUEUED),
	    .rcv_nxt = 5000 + l->received + l->peer_fin,
	    .copied_seq = 5000 + l->received,
	    .lport = 40000,
	    .rport = 443,
	    .laddr = {127, 0, 0, 1},
	    .raddr = {127, 0, 0, 2},
	};

	return a;
}

static inline struct abi_sock ended(struct abi_sock a)
{
	a.kind = ABI_END;
	a.old_state = a.state;
	a.state = STATE_CLOSE;
	return a;
}

static inline struct abi_sock born(struct abi_sock a, u8 dir)
{
	a.bits |= ABI_HAS_CONN;
	a.conn_flags = CONN_BORN;
	a.dir = dir;
	a.birth_ns = NOW_NS - 5;
	return a;
}
