/* Stamps of ICMP echo packets when ICMP or a raw socket receives them, and when they are read. */
#include "icmp_echo.h"

struct echo_slot echo_slots[ECHO_SLOTS] = {};
struct echo_reader echo_readers[ECHO_READERS] = {};
u32 echo_counted = 0;
u32 echo_unseen = 0;

static __always_inline int echo_icmp(const struct sk_buff *skb, u16 protocol)
{
	u64 head = (u64)BPF_CORE_READ(skb, head);

	if (is_echo_at(skb, head, protocol))
		echo_enters(skb, head);
	return 0;
}

/* A raw socket's clone, before ICMP has received the packet. */
static __always_inline int echo_raw(const struct sock *sk, const struct sk_buff *skb)
{
	u16 protocol = BPF_CORE_READ(sk, sk_protocol);
	struct echo_slot *e;
	u64 head;

	if (!is_icmp(protocol))
		return 0;
	head = (u64)BPF_CORE_READ(skb, head);
	e = echo_slot(head);
	if (!is_echo_at(skb, head, protocol)) {
		if (e->head == head)
			e->head = 0; /* of an earlier packet in this buffer */
		return 0;
	}
	if (e->head != head || e->entered)
		echo_begin(e, head, 0, 0);
	if (!e->stamps[2])
		echo_stamp(e, 2);
	return 0;
}

/* Called after a datagram was copied to the program. One that was only peeked at is still on the queue. */
static __always_inline int echo_freed(const struct sock *sk, const struct sk_buff *skb)
{
	u16 protocol = BPF_CORE_READ(sk, sk_protocol);
	u64 head = (u64)BPF_CORE_READ(skb, head);

	if (is_icmp(protocol) && BPF_CORE_READ(skb, users.refs.counter) <= 1 && is_echo_at(skb, head, protocol))
		echo_read(head);
	return 0;
}

#define ECHO_HOOKS(function, arguments, call)                                                                          \
	SEC("?fentry/" #function)                                                                                      \
	int BPF_PROG(function##_fentry, arguments)                                                                     \
	{                                                                                                              \
		return call;                                                                                           \
	}                                                                                                              \
	SEC("?kprobe/" #function)                                                                                      \
	int BPF_KPROBE(function##_kprobe, arguments)                                                                   \
	{                                                                                                              \
		return call;                                                                                           \
	}
#define SKB struct sk_buff *skb
#define SK_SKB struct sock *sk, struct sk_buff *skb

ECHO_HOOKS(icmp_rcv, SKB, echo_icmp(skb, IPPROTO_ICMP))
ECHO_HOOKS(icmpv6_rcv, SKB, echo_icmp(skb, IPPROTO_ICMPV6))
ECHO_HOOKS(raw_rcv, SK_SKB, echo_raw(sk, skb))
ECHO_HOOKS(rawv6_rcv, SK_SKB, echo_raw(sk, skb))
ECHO_HOOKS(skb_free_datagram, SK_SKB, echo_freed(sk, skb))
