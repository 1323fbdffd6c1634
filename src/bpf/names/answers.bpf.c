/* Answers of name servers, as sockets receive them: datagrams from port 53 with an answer, whether they come over the
 * wire or from a resolver on this machine. Attached to the root of cgroup v2 while somebody looks at names of hosts: it
 * runs for the packets of every socket, and returns at once for all that is not UDP. */
#include "kernel.h"
#include "abi.h"
#include "headers.h"
#include "own.h"

#define CGROUP_ALLOW 1
#define DNS_PORT 53
#define DNS_HEAD 12
#define UDP_HEAD 8
#define WAKE_BYTES (256 << 10) /* waiting in the ring: the reader is woken */

const volatile u32 limit_per_second = 500; /* each costs the reader a few microseconds */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 512 << 10);
} answers SEC(".maps");

u64 second_begun = 0; /* when the current second began. The limit is not exact, because CPUs race */
u64 second_reported = 0;
u64 lost = 0; /* above the limit, or the ring was full */

char LICENSE[] SEC("license") = "GPL";

/* Where the datagram begins, from the IP header on; 0: it is none. With extension headers nothing is reported. */
static __always_inline u32 udp_offset(struct __sk_buff *skb)
{
	u8 ip[10];

	if (bpf_skb_load_bytes(skb, 0, ip, sizeof(ip)) != 0)
		return 0;
	if (ip[0] >> 4 == 4)
		return ip[9] == IPPROTO_UDP ? (ip[0] & 15) * 4 : 0;
	return ip[6] == IPPROTO_UDP ? sizeof(struct ip6_head) : 0;
}

/* A response to a plain query (QR, opcode) without an error, with an answer (RFC 1035, 4.1.1). */
static __always_inline bool is_answer(const u8 head[DNS_HEAD])
{
	return (head[2] & 0xf8) == 0x80 && !(head[3] & 15) && (head[6] || head[7]);
}

static __always_inline bool within_limit(void)
{
	u64 now = bpf_ktime_get_ns();

	if (now - second_begun >= 1000000000ULL) {
		second_begun = now;
		second_reported = 0;
	}
	return second_reported++ < limit_per_second;
}

SEC("?cgroup_skb/ingress")
int answer(struct __sk_buff *skb)
{
	u32 at = udp_offset(skb), len;
	u8 head[DNS_HEAD];
	struct abi_answer *a;
	__be16 port;

	if (!at || bpf_skb_load_bytes(skb, at, &port, sizeof(port)) != 0 || port != bpf_htons(DNS_PORT))
		return CGROUP_ALLOW;
	at += UDP_HEAD;
	if (bpf_skb_load_bytes(skb, at, head, sizeof(head)) != 0 || !is_answer(head))
		return CGROUP_ALLOW;
	a = within_limit() ? bpf_ringbuf_reserve(&answers, sizeof(*a), 0) : 0;
	if (!a) {
		__sync_fetch_and_add(&lost, 1);
		return CGROUP_ALLOW;
	}
	len = skb->len - at;
	if (len > ABI_ANSWER_DATA)
		len = ABI_ANSWER_DATA;
	a->len = len;
	a->reserved = 0;
	if (bpf_skb_load_bytes(skb, at, a->data, at_most(len - 1, ABI_ANSWER_DATA - 1) + 1) == 0)
		ring_submit(&answers, a, WAKE_BYTES);
	else
		bpf_ringbuf_discard(a, BPF_RB_NO_WAKEUP);
	return CGROUP_ALLOW;
}
