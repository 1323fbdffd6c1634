/* Received ICMP echo packets. Up to the device's stamp they are like any other packet; from there on they are
 * identified by the buffer of their headers. A raw socket gets a clone before ICMP receives the packet, a ping socket a
 * clone or the packet itself afterwards; a request that the kernel answers ends in ICMP. */
#pragma once

#include "slots.h"

#define ECHO_READERS 64 /* sockets whose reads are counted, a power of two */

extern struct echo_reader echo_readers[ECHO_READERS];
/* Set by the collector. */
extern u32 echo_counted; /* a hook on reads knows only the socket */
extern u32 echo_unseen;  /* no hook stamps what ICMP receives */

static __always_inline bool is_icmp(u16 protocol)
{
	return protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;
}

static __always_inline struct echo_slot *echo_slot(u64 head)
{
	return &echo_slots[slot_of((u32)head >> 6) & (ECHO_SLOTS - 1)]; /* buffers are aligned to cache lines */
}

/* A slot outlives its packet, and the buffer may be another's by now: is this an echo packet, by its IP header? */
static __always_inline bool is_echo(const struct sk_buff *skb, u64 head)
{
	struct headers h;

	return headers_read(&h, (u8 *)head + BPF_CORE_READ(skb, network_header)) && is_echo_type(h.proto, h.icmp_type);
}

/* The same by the ICMP header, if the protocol is known. */
static __always_inline bool is_echo_at(const struct sk_buff *skb, u64 head, u16 protocol)
{
	u8 type;

	return bpf_probe_read_kernel(&type, 1, (void *)(head + BPF_CORE_READ(skb, transport_header))) == 0 &&
	       is_echo_type((u8)protocol, type);
}

static __always_inline void echo_begin(struct echo_slot *e, u64 head, u64 device_ns, u64 key)
{
	__builtin_memset(e, 0, sizeof(*e));
	e->head = head;
	e->stamps[0] = device_ns;
	e->key = key;
}

static __always_inline void echo_stamp(struct echo_slot *e, u32 stage)
{
	e->stamps[stage] = bpf_ktime_get_ns();
	e->cpus[stage] = cpu_here();
}

/* A traced packet at its first device. */
static __always_inline void echo_device(const struct sk_buff *skb, u64 now, u64 key)
{
	u64 head = (u64)BPF_CORE_READ(skb, head);

	echo_begin(echo_slot(head), head, now, key);
}

/* For most packets one byte shows that they are not: the headers need not be read. */
static __always_inline bool may_be_icmp(const struct sk_buff *skb, const u8 *network)
{
	u16 type = bpf_ntohs(skb->protocol);
	u8 next;

	if (type != ETH_P_IP && type != ETH_P_IPV6)
		return true; /* VLAN */
	if (has_cast)
		next =
		    type == ETH_P_IP ? CAST(struct iphdr, network)->protocol : CAST(struct ipv6hdr, network)->nexthdr;
	else if (bpf_probe_read_kernel(&next, 1, network + (type == ETH_P_IP ? 9 : 6)) != 0)
		return false;
	/* ICMPv6 may follow extension headers. */
	return type == ETH_P_IP ? next == IPPROTO_ICMP : next == IPPROTO_ICMPV6 || is_extension(next);
}

static __always_inline void echo_report(const struct echo_slot *e)
{
	struct abi_packet_done *d = e->key ? trace_done(e->key) : 0;

	if (!d)
		return;
	for (u32 i = 0; i < 5; i++) {
		d->stamps[i] = e->stamps[i];
		d->cpus[i] = e->cpus[i];
	}
	packets_submit(d);
}

/* ICMP has received it. It is reported now with its first stamps, and again when it is read. */
static __always_inline void echo_enters(const struct sk_buff *skb, u64 head)
{
	struct echo_slot *e = echo_slot(head);
	struct rx_slot *rx = rx_find(skb);
	struct abi_histograms *h;

	if (!rx && (e->head != head || e->entered)) {
		if (sample == 1)
			count_stage(missed);
		return;
	}
	if (e->head != head || e->entered)
		echo_begin(e, head, rx->device_ns, rx->key);
	/* A raw socket came first, or the slot belongs to the first fragment: then the stamps of the last fragment are
	 * not the packet's. */
	if (rx && (!e->stamps[0] || rx->key == e->key)) {
		e->stamps[0] = rx->device_ns;
		e->stamps[1] = rx->ip_ns;
		e->cpus[1] = rx->key ? rx_cpus_of(low_half(skb))->ip : 0;
		e->key = rx->key;
	}
	if (rx)
		rx->skb = 0;
	/* Already queued by a raw socket for which there is no hook: the time between the two is unknown. */
	if (!e->stamps[2] && !e->stamps[3])
		echo_stamp(e, 2);
	e->entered = 1;
	h = sample && e->stamps[0] ? echo_histograms() : 0;
	if (h) {
		layer_add(h, ABI_RX_MAC, e->stamps[0], e->stamps[1], true);
		layer_add(h, ABI_RX_IP, first_stamp(e->stamps[1], e->stamps[0]), e->stamps[2], true);
	}
	echo_report(e);
}

/* A packet that is sent on was not for this machine. (Where a bridge floods it, it may be for this machine, too: then
 * ICMP's hook decides.) */
static __always_inline void echo_passes(const struct sk_buff *skb)
{
	u64 head = (u64)BPF_CORE_READ(skb, head), key;
	struct echo_slot *e = echo_slot(head);
	struct rx_slot *rx = rx_find(skb);
	struct abi_packet_done *d;

	/* If it needed more headroom it has another buffer. */
	key = rx ? rx->key : e->head == head && !e->entered && is_echo(skb, head) ? e->key : 0;
	d = key ? trace_done(key) : 0;
	if (!d)
		return;
	d->kind = ABI_PACKET_PASSED;
	packets_submit(d);
}

/* For netfilter's hook. false: not an echo packet. */
static __always_inline bool echo_local(const struct sk_buff *skb)
{
	u8 *network = skb->head + skb->network_header;
	struct headers h;

	if (!may_be_icmp(skb, network) || !headers_read(&h, network) || !is_echo_type(h.proto, h.icmp_type))
		return false;
	echo_enters(skb, (u64)BPF_CORE_READ(skb, head));
	return true;
}

static __always_inline void echo_read(u64 head)
{
	struct echo_slot *e = echo_slot(head);
	struct abi_histograms *h;

	if (e->head != head || !e->stamps[3] || e->stamps[4])
		return; /* of several sockets the first one that reads counts */
	echo_stamp(e, 4);
	h = sample && e->stamps[0] ? echo_histograms() : 0;
	if (h) {
		layer_add(h, ABI_RX_TCP, e->stamps[2] ?: e->stamps[1] ?: e->stamps[0], e->stamps[3], true);
		layer_add(h, ABI_RX_APP, e->stamps[3], e->stamps[4], true);
	}
	echo_report(e);
}

/* -- hooks that know only the socket that reads -------------------------------------------------------------------- */

static __always_inline struct echo_reader *echo_reader(const struct sock *sk)
{
	return &echo_readers[slot_of(low_half(sk) >> 6) & (ECHO_READERS - 1)];
}

/* It is the last on the queue: it will have been read after as many reads as there are packets now. */
static __always_inline void echo_waits(const struct sock *sk, u64 head)
{
	struct echo_reader *r = echo_reader(sk);
	u32 waiting = BPF_CORE_READ(sk, sk_receive_queue.qlen), at;

	if (r->sk != (u64)sk)
		r->reads = 0;
	if (r->sk != (u64)sk || waiting == 1)
		r->tail = r->head;
	r->sk = (u64)sk;
	if (r->head - r->tail >= ABI_ECHO_WAITING) {
		count_stage(missed);
		return;
	}
	at = r->head++ & (ABI_ECHO_WAITING - 1);
	r->waiting[at].head = head;
	r->waiting[at].at = r->reads + waiting;
}

static __always_inline void echo_read_by(const struct sock *sk)
{
	struct echo_reader *r = echo_reader(sk);
	u64 head = 0;

	if (r->sk != (u64)sk)
		return;
	r->reads++;
	/* Older ones were never read, or wrongly noted. */
	for (u32 i = 0; i < ABI_ECHO_WAITING && r->tail != r->head; i++) {
		u32 at = r->tail & (ABI_ECHO_WAITING - 1);

		if ((s32)(r->waiting[at].at - r->reads) > 0)
			break;
		if (r->waiting[at].at == r->reads)
			head = r->waiting[at].head;
		r->tail++;
	}
	if (head)
		echo_read(head);
}

/* A packet is on the queue of a raw or ping socket: the last one there. */
static __always_inline void echo_queued(const struct sock *sk)
{
	const struct sk_buff *last = BPF_CORE_READ(sk, sk_receive_queue.prev);
	u64 head = (u64)BPF_CORE_READ(last, head);
	struct echo_slot *e = echo_slot(head);

	if (e->head != head || e->stamps[3] || !is_echo_at(last, head, BPF_CORE_READ(sk, sk_protocol)))
		return;
	echo_stamp(e, 3);
	if (echo_counted)
		echo_waits(sk, head);
	echo_report(e);
}
