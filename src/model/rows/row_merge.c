/* Combines a record with what is known already: cleans it, and merges records that know only a part of a socket (end
 * events, minisocks) with the last full sample. */
#include <string.h>

#include "rows_private.h"
#include "text.h"

/* Makes comm, cc and ulp printable; zeroes the rest so that equal texts are equal bytes. */
static void clean_text16(u8 dst[16], const u8 src[16])
{
	size_t n;

	memset(dst, 0, 16);
	/* A fast path for plain ASCII: there are three texts for each of 100,000 sockets. */
	for (n = 0; n < 15 && src[n] >= 0x20 && src[n] < 0x7f; n++)
		dst[n] = src[n];
	if (n == 15 || !src[n])
		return;
	n = text_clean((char *)dst, 16, (const char *)src, 16);
	memset(dst + n, 0, 16 - n);
}

void socket_clean_comm(u8 dst[16], const u8 src[16])
{
	clean_text16(dst, src);
}

void socket_clean(struct record_socket *dst, const struct record_socket *src)
{
	*dst = *src;
	clean_text16(dst->comm, src->comm);
	clean_text16(dst->cc, src->cc);
	clean_text16(dst->ulp, src->ulp);
	if (dst->state >= STATE_COUNT)
		dst->state = STATE_UNKNOWN;
	if (dst->dir > DIR_LISTEN)
		dst->dir = DIR_UNKNOWN;
	if (dst->ended_by >= ENDED_COUNT)
		dst->ended_by = ENDED_UNKNOWN;
	if (dst->owner > OWNER_CREATOR || !(dst->has & HAS_OWNER))
		dst->owner = OWNER_UNKNOWN;
	if (dst->family != 4)
		dst->family = 6;
	dst->is_mapped = dst->is_mapped != 0;
}

/* A run of adjacent fields that depend on one bit of enum socket_has. */
struct group {
	u64 has;
	u16 offset, size;
};

#define RUN(bit, first, last)                                                                                          \
	{                                                                                                              \
		.has = bit, .offset = offsetof(struct record_socket, first),                                           \
		.size = offsetof(struct record_socket, last) + sizeof(((struct record_socket *)0)->last) -             \
			offsetof(struct record_socket, first)                                                          \
	}

static const struct group groups[] = {
    RUN(HAS_OWNER, pid, pid),
    RUN(HAS_OWNER, comm, comm),
    RUN(HAS_OWNER, owners, owners),
    RUN(HAS_OWNER, owner, owner),
    RUN(HAS_UID, uid, uid),
    RUN(HAS_REMOTE, raddr, raddr),
    RUN(HAS_REMOTE, rport, rport),
    RUN(HAS_BIRTH, birth_ns, birth_ns),
    RUN(HAS_BIRTH, connect_us, connect_us),
    RUN(HAS_STATE_TIME, state_ns, state_ns),
    RUN(HAS_RX_BYTES, rx_bytes, rx_bytes),
    RUN(HAS_TX_BYTES, tx_bytes, tx_bytes),
    RUN(HAS_RX_PKTS, rx_pkts, rx_pkts),
    RUN(HAS_TX_PKTS, tx_pkts, tx_pkts),
    RUN(HAS_TCP, bytes_sent, pacing_rate),
    RUN(HAS_TCP, cc, ulp),
    RUN(HAS_TCP, rtt_us, retrans),
    RUN(HAS_TCP, dsack_dups, notsent),
    RUN(HAS_TCP, ca_state, ca_state),
    RUN(HAS_TCP, backoff, backoff),
    RUN(HAS_CHRONO, busy_us, sndbuf_limited_us),
    RUN(HAS_RETRANS_SPLIT, retrans_fast, retrans_syn),
    RUN(HAS_MEM, recvq, sk_backlog),
    RUN(HAS_ACCEPT, accept_queue, accept_limit),
    RUN(HAS_DROPS, drops, drops),
    RUN(HAS_RESETS, resets, resets),
    RUN(HAS_CGROUP, cgroup_id, cgroup_id),
    RUN(HAS_DELIVERY, delivery_rate, delivery_rate),
};

/* Flags that a connection keeps when it ends. */
#define LASTING_FLAGS                                                                                                  \
	(SOCKET_REUSEPORT | SOCKET_REUSEADDR | SOCKET_V6ONLY | SOCKET_REPAIR | SOCKET_MPTCP | SOCKET_KERNEL |          \
	 SOCKET_SEEDED | SOCKET_ABORTED | SOCKET_BOUND | SOCKET_INTERCEPTED)

bool socket_is_partial(const struct record_socket *s)
{
	if (s->flags & SOCKET_ENDED)
		return true;
	if (s->proto != IPPROTO_TCP)
		return false;
	/* tcp_timewait_sock also represents FIN_WAIT2, and has no counters. */
	return s->state == STATE_TIME_WAIT || s->state == STATE_NEW_SYN_RECV ||
	       (s->state == STATE_FIN_WAIT2 && !(s->has & HAS_TCP));
}

void socket_merge(struct record_socket *fresh, const struct record_socket *old)
{
	u64 missing = old->has & ~fresh->has;

	/* The time of one state is not valid for another. */
	if (fresh->state != old->state)
		missing &= ~(u64)HAS_STATE_TIME;
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		if (groups[i].has & missing)
			memcpy((u8 *)fresh + groups[i].offset, (const u8 *)old + groups[i].offset, groups[i].size);
	fresh->has |= missing;
	fresh->flags |= old->flags & LASTING_FLAGS;
	if (fresh->dir == DIR_UNKNOWN)
		fresh->dir = old->dir;
	if (fresh->ended_by == ENDED_UNKNOWN) {
		fresh->ended_by = old->ended_by;
		fresh->error = old->error;
	}
	if (!fresh->netns)
		fresh->netns = old->netns;
	if (!fresh->via)
		fresh->via = old->via;
	if (!fresh->netns_cookie)
		fresh->netns_cookie = old->netns_cookie;
	/* No file holds a minisock: the owner does not hold it any more. */
	if (missing & HAS_OWNER && fresh->flags & SOCKET_NO_FILE && fresh->owner != OWNER_UNKNOWN)
		fresh->owner = OWNER_CREATOR;
}

#define KEEP_LARGER(field) fresh->field = MAX(fresh->field, old->field)

/* A sample taken when the peer's FIN arrives includes its sequence number in the bytes: TCP counts it a moment before
 * it marks the FIN as received (tcp_data_queue()). The end is right. */
static bool has_counted_fin(const struct record_socket *old, const struct record_socket *fresh)
{
	return old->proto == IPPROTO_TCP && !(old->flags & SOCKET_ENDED) && old->rx_bytes == fresh->rx_bytes + 1;
}

void socket_keep_larger(struct record_socket *fresh, const struct record_socket *old)
{
	u64 both = fresh->has & old->has;

	if (both & HAS_RX_BYTES && !has_counted_fin(old, fresh))
		KEEP_LARGER(rx_bytes);
	if (both & HAS_TX_BYTES)
		KEEP_LARGER(tx_bytes);
	if (both & HAS_RX_PKTS)
		KEEP_LARGER(rx_pkts);
	if (both & HAS_TX_PKTS)
		KEEP_LARGER(tx_pkts);
	if (both & HAS_TCP) {
		KEEP_LARGER(bytes_sent);
		KEEP_LARGER(bytes_retrans);
		KEEP_LARGER(retrans);
	}
	if (both & HAS_DROPS)
		KEEP_LARGER(drops);
	if (both & HAS_RESETS)
		KEEP_LARGER(resets);
}
