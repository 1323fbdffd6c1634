/* The first bytes of each turn of a TCP conversation, in either direction, and those of messages of name servers: what
 * a request is called, and how it was answered. For checks those of name servers alone. Attached to the root of cgroup
 * v2 while somebody asks for names: there the payload can be read wherever it lies, also in pages. It runs for the
 * packets of every socket, and what it has to remember of one ends with it (sk_storage). Nothing is taken twice: not
 * what is sent or received again, and not what follows the first bytes. */
#include "kernel.h"
#include "abi_requests.h"
#include "headers.h"
#include "own.h"

#define CGROUP_ALLOW 1
#define DNS_PORT 53
#define UDP_HEAD 8
#define SECOND_NS 1000000000ULL
#define WAKE_BYTES (1 << 20) /* waiting in the ring: the reader is woken */

const volatile u32 limit_per_second = 40000; /* each costs the reader a microsecond or two */
const volatile u32 limit_of_socket = 20000;  /* of them */
bool only_datagrams = false;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 << 20);
} beginnings SEC(".maps");

enum { WAY_NONE, WAY_RX, WAY_TX };

/* Of a socket. Packets of both directions can come at once: then turns overlap, and nobody can tell them apart. */
struct talk {
	struct abi_pace pace;
	u32 rx_next;  /* one past the last byte that came in, once it was heard */
	u32 turn;     /* number of the turn that is under way */
	u16 taken;    /* of its bytes … */
	u16 most;     /* … and at most */
	u8 way;       /* its direction */
	bool first;   /* it is the first of the connection */
	bool silent;  /* encrypted: there is nothing to be read any more */
	bool streams; /* of HTTP/2 */
	bool heard;
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct talk);
} talks SEC(".maps");

struct abi_pace all = {};
u64 lost = 0; /* beginnings above a limit, or that the ring or the socket had no room for */

char LICENSE[] SEC("license") = "GPL";

/* What of a packet counts. */
struct segment {
	u32 at, len; /* the payload, from the IP header on */
	u32 seq;     /* of its first byte */
	u32 skip;    /* of it, what is known already */
	bool tx;
};

static __always_inline bool within(struct abi_pace *p, u64 now, u32 limit)
{
	if (now - p->begun >= SECOND_NS) {
		p->begun = now;
		p->told = 0;
	}
	return p->told++ < limit;
}

/* Hands on up to `most` bytes, a constant. false: there is no room. */
static __always_inline bool hand_on(struct __sk_buff *skb, const struct abi_beginning_head *head, u32 at, u32 len,
				    u64 most)
{
	struct abi_beginning *b =
	    bpf_ringbuf_reserve(&beginnings, __builtin_offsetof(struct abi_beginning, data) + most, 0);

	if (!b)
		return false;
	b->head = *head;
	if (bpf_skb_load_bytes(skb, at, b->data, at_most(len - 1, most - 1) + 1) < 0) {
		bpf_ringbuf_discard(b, BPF_RB_NO_WAKEUP);
		return false;
	}
	ring_submit(&beginnings, b, WAKE_BYTES);
	return true;
}

/* -- connections --------------------------------------------------------------------------------------------------- */

/* RFC 8446, 5.1: the type of the record, and its version; then those of a handshake, of which the hello is the first.
 */
static __always_inline void look_for_tls(struct __sk_buff *skb, const struct segment *s, struct talk *t)
{
	u8 b[6];

	if (s->len - s->skip < sizeof(b) || bpf_skb_load_bytes(skb, s->at + s->skip, b, sizeof(b)) < 0)
		return;
	/* RFC 9113, 3.4: "PRI * HTTP/2.0". Each header is compressed against those before: of all turns more is taken.
	 */
	if (b[0] == 'P' && b[1] == 'R' && b[2] == 'I' && b[3] == ' ' && b[4] == '*')
		t->streams = true;
	if (b[1] != 3 || b[2] > 4)
		return;
	if (b[0] == 0x16 && (b[5] == 1 || b[5] == 2))
		t->most = ABI_BEGINNING_HELLO;
	t->silent = b[0] == 0x17;
}

/* Does the segment bring more of what is to be taken? Of a connection that is older than we are, what comes first can
 * be the middle of a turn: whoever reads it has to see that. */
static __always_inline bool belongs(struct __sk_buff *skb, const struct segment *s, struct talk *t, bool fresh)
{
	u8 way = s->tx ? WAY_TX : WAY_RX;

	if (t->way == way)
		return t->taken < t->most;
	t->first = t->way == WAY_NONE && fresh;
	t->turn++;
	t->way = way;
	t->taken = 0;
	t->most = ABI_BEGINNING;
	look_for_tls(skb, s, t);
	if (t->streams)
		t->most = ABI_BEGINNING_HELLO;
	return true;
}

static __always_inline void take(struct __sk_buff *skb, const struct segment *s, struct talk *t)
{
	u32 len = s->len - s->skip, room = t->most - t->taken;
	struct abi_beginning_head head = {
	    .cookie = bpf_get_socket_cookie(skb),
	    .time_ns = bpf_ktime_get_ns(),
	    .turn = t->turn,
	    .seq = s->seq + s->skip,
	    .at = t->taken,
	    .proto = IPPROTO_TCP,
	};
	bool told;

	head.flags = (s->tx ? ABI_BEGINNING_TX : 0) | (t->first ? ABI_BEGINNING_FIRST : 0);
	if (len > room) {
		len = room;
		head.flags |= ABI_BEGINNING_CUT;
	}
	head.len = len;
	t->taken += len;
	told = within(&t->pace, head.time_ns, limit_of_socket) && within(&all, head.time_ns, limit_per_second);
	if (told && len > ABI_BEGINNING)
		told = hand_on(skb, &head, s->at + s->skip, len, ABI_BEGINNING_HELLO);
	else if (told)
		told = hand_on(skb, &head, s->at + s->skip, len, ABI_BEGINNING);
	if (told)
		return;
	/* What follows would be without its beginning. */
	t->taken = t->most;
	__sync_fetch_and_add(&lost, 1);
}

/* Where what was not there before begins. false: there is nothing of it, or something before it is missing, that will
 * come again. Who sends something for the first time has it begin at snd_nxt; of what comes in the socket may not know
 * yet what we do, because it is in use (its backlog). */
static __always_inline bool is_new(struct segment *s, const struct bpf_tcp_sock *tp, struct talk *t)
{
	u32 next = s->tx ? tp->snd_nxt : tp->rcv_nxt;

	if (!s->tx && t->heard && (s32)(t->rx_next - next) > 0)
		next = t->rx_next;
	if ((s32)(s->seq + s->len - next) <= 0 || (s32)(s->seq - next) > 0)
		return false;
	s->skip = next - s->seq;
	if (!s->tx) {
		t->rx_next = s->seq + s->len;
		t->heard = true;
	}
	return true;
}

static __always_inline void see_segment(struct __sk_buff *skb, struct bpf_sock *sk, u32 at, bool tx)
{
	struct segment s = {.tx = tx};
	struct bpf_tcp_sock *tp;
	struct tcp_head tcp;
	struct talk *t;
	bool fresh;

	if (bpf_skb_load_bytes(skb, at, &tcp, sizeof(tcp)) < 0)
		return;
	s.at = at + (tcp.doff >> 4) * 4;
	s.len = skb->len - s.at;
	if (skb->len <= s.at)
		return;
	t = bpf_sk_storage_get(&talks, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!t) {
		__sync_fetch_and_add(&lost, 1);
		return;
	}
	tp = t->silent ? 0 : bpf_tcp_sock(sk);
	if (!tp)
		return;
	fresh = !tp->bytes_received && tp->bytes_acked <= 1;
	s.seq = bpf_ntohl(tcp.seq);
	if (is_new(&s, tp, t) && belongs(skb, &s, t, fresh))
		take(skb, &s, t);
}

/* -- name servers -------------------------------------------------------------------------------------------------- */

#define DNS_SEEN 10

/* RFC 1035, 4.1.1: a plain query with one question, which has neither a code nor answers, or what answers one. Who
 * reads it looks closer. */
static __always_inline bool begins_like_dns(const u8 b[DNS_SEEN])
{
	if (b[2] & 0x78 || b[3] & 0x40 || b[4] || b[5] != 1)
		return false;
	return b[2] & 0x80 || !(b[3] & 15 || b[6] || b[7] || b[8] || b[9]);
}

static __always_inline bool looks_like_dns(struct __sk_buff *skb, u32 at)
{
	u8 b[DNS_SEEN];

	return bpf_skb_load_bytes(skb, at, b, sizeof(b)) == 0 && begins_like_dns(b);
}

static __always_inline void see_datagram(struct __sk_buff *skb, const u8 *ip, u32 at, bool tx)
{
	u32 len = skb->len - at - UDP_HEAD;
	struct abi_beginning_head head = {.proto = IPPROTO_UDP, .flags = tx ? ABI_BEGINNING_TX : 0, .seq = len};
	__be16 ports[2];

	if (bpf_skb_load_bytes(skb, at, ports, sizeof(ports)) < 0 || skb->len <= at + UDP_HEAD)
		return;
	if (ports[0] != bpf_htons(DNS_PORT) && ports[1] != bpf_htons(DNS_PORT) && !looks_like_dns(skb, at + UDP_HEAD))
		return;
	head.rport = bpf_ntohs(ports[tx]);
	head.family = ip[0] >> 4;
	if (head.family == 4) {
		bpf_skb_load_bytes(skb, tx ? 16 : 12, head.raddr, 4);
		bpf_skb_load_bytes(skb, tx ? 12 : 16, head.laddr, 4);
	} else {
		bpf_skb_load_bytes(skb, tx ? 24 : 8, head.raddr, 16);
		bpf_skb_load_bytes(skb, tx ? 8 : 24, head.laddr, 16);
	}
	head.cookie = bpf_get_socket_cookie(skb);
	head.time_ns = bpf_ktime_get_ns();
	if (len > ABI_BEGINNING) {
		len = ABI_BEGINNING;
		head.flags |= ABI_BEGINNING_CUT;
	}
	head.len = len;
	if (!within(&all, head.time_ns, limit_per_second) || !hand_on(skb, &head, at + UDP_HEAD, len, ABI_BEGINNING))
		__sync_fetch_and_add(&lost, 1);
}

/* A program has read a datagram. Its payload may be in pages, where it is not looked for. */
static __always_inline int was_read(const struct sk_buff *skb)
{
	struct abi_beginning_head *to;
	struct headers h;
	u8 b[DNS_SEEN];
	u64 now;

	if (BPF_CORE_READ(skb, len) - BPF_CORE_READ(skb, data_len) < sizeof(b) ||
	    !headers_read(&h, BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, network_header)) ||
	    h.proto != IPPROTO_UDP || bpf_probe_read_kernel(b, sizeof(b), BPF_CORE_READ(skb, data)) != 0)
		return 0;
	if (h.sport != bpf_htons(DNS_PORT) && h.dport != bpf_htons(DNS_PORT) && !begins_like_dns(b))
		return 0;
	now = bpf_ktime_get_ns();
	to = within(&all, now, limit_per_second) ? bpf_ringbuf_reserve(&beginnings, sizeof(*to), 0) : 0;
	if (!to) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	__builtin_memset(to, 0, sizeof(*to));
	to->time_ns = now;
	to->flags = ABI_BEGINNING_READ;
	to->proto = IPPROTO_UDP;
	to->family = h.family;
	to->number = b[0] << 8 | b[1];
	to->rport = bpf_ntohs(h.sport);
	to->lport = bpf_ntohs(h.dport);
	__builtin_memcpy(to->raddr, h.saddr, sizeof(to->raddr));
	__builtin_memcpy(to->laddr, h.daddr, sizeof(to->laddr));
	ring_submit(&beginnings, to, WAKE_BYTES);
	return 0;
}

/* -- the hooks ----------------------------------------------------------------------------------------------------- */

/* With extension headers of IPv6 nothing is taken. */
static __always_inline int see(struct __sk_buff *skb, bool tx)
{
	struct bpf_sock *sk = skb->sk;
	u8 ip[10];

	sk = sk ? bpf_sk_fullsock(sk) : 0;
	if (!sk || (only_datagrams && sk->protocol != IPPROTO_UDP) || bpf_skb_load_bytes(skb, 0, ip, sizeof(ip)) < 0)
		return CGROUP_ALLOW;
	if (ip[0] >> 4 == 4 ? ip[9] == IPPROTO_TCP : ip[6] == IPPROTO_TCP)
		see_segment(skb, sk, ip[0] >> 4 == 4 ? (ip[0] & 15) * 4 : sizeof(struct ip6_head), tx);
	else if (ip[0] >> 4 == 4 ? ip[9] == IPPROTO_UDP : ip[6] == IPPROTO_UDP)
		see_datagram(skb, ip, ip[0] >> 4 == 4 ? (ip[0] & 15) * 4 : sizeof(struct ip6_head), tx);
	return CGROUP_ALLOW;
}

SEC("?cgroup_skb/ingress")
int beginning_received(struct __sk_buff *skb)
{
	return see(skb, false);
}

SEC("?cgroup_skb/egress")
int beginning_sent(struct __sk_buff *skb)
{
	return see(skb, true);
}

/* What is only peeked at has a negative length. */
SEC("?fentry/skb_consume_udp")
int BPF_PROG(datagram_read_fentry, struct sock *sk, struct sk_buff *skb, int len)
{
	return len < 0 ? 0 : was_read(skb);
}

SEC("?kprobe/skb_consume_udp")
int BPF_KPROBE(datagram_read_kprobe, struct sock *sk, struct sk_buff *skb, int len)
{
	return len < 0 ? 0 : was_read(skb);
}
