/* Made-up losses: drops by a filter, of a full buffer, of nobody's packets, with hostile names; retransmits of every
 * type, some of them of what was dropped here, one spurious; resets both ways. */
#include "loss_recording.h"

#include <string.h>

#include "clock.h"

#define NETNS 4026531840U
#define NFT 0xffffffffc0801234ULL
#define TCP_RCV 0xffffffff81a00091ULL
#define UDP_QUEUE 0xffffffff81b00456ULL
#define HOSTILE 0xffffffff81c00001ULL

enum {
	REASON_NO_SOCKET = 3,
	REASON_RCVBUFF = 6,
	REASON_CSUM = 10,
	REASON_NETFILTER = 12,
	REASON_SEQUENCE = 42,
	REASON_WILD = 77
};

static void put_name(struct buf *out, u64 kind, u64 key, const char *text)
{
	struct record_name n = {.kind = kind, .key = key};

	memcpy(n.text, text, MIN(strlen(text), sizeof(n.text) - 1));
	stream_put(out, RECORD_NAME, &n);
}

void put_loss_names(struct buf *out, enum loss_kernel kernel)
{
	static const struct {
		u64 kind, key;
		const char *text;
	} names[] = {
	    {NAME_SYMBOL, NFT, "nft_do_chain+0x4c2 [nf_tables]"},
	    {NAME_SYMBOL, NFT + 16, "nf_hook_slow+0x40"},
	    {NAME_SYMBOL, NFT + 32, "ip_local_deliver+0xd7"},
	    {NAME_SYMBOL, TCP_RCV, "tcp_v4_rcv+0x91"},
	    {NAME_SYMBOL, UDP_QUEUE, "udp_queue_rcv_one_skb+0x2f0"},
	    {NAME_SYMBOL, HOSTILE, "bad\x1b[31m\n\"name\""},
	    {NAME_DROP_REASON, REASON_NO_SOCKET, "NO_SOCKET"},
	    {NAME_DROP_REASON, REASON_RCVBUFF, "SOCKET_RCVBUFF"},
	    {NAME_DROP_REASON, REASON_CSUM, "TCP_CSUM"},
	    {NAME_DROP_REASON, REASON_NETFILTER, "NETFILTER_DROP"},
	    {NAME_DROP_REASON, REASON_SEQUENCE, "TCP_INVALID_SEQUENCE"},
	    {NAME_DROP_REASON, REASON_WILD, "WILD\x1b]0;x\x07,\"REASON\""},
	    {NAME_RESET_REASON, 1, "NO_SOCKET"},
	    {NAME_RESET_REASON, 12, "TCP_ABORT_ON_LINGER"},
	};
	struct record_feature f = {.name = "whatever it is called", .hook = "raw_tp/kfree_skb", .number = TELLS_DROPS};

	if (kernel == LOSSES_NONE) {
		memset(f.hook, 0, sizeof(f.hook));
		strcpy((char *)f.reason, "raw_tp/kfree_skb ruled out by --without");
	}
	stream_put(out, RECORD_FEATURE, &f);
	for (size_t i = 0; kernel != LOSSES_NONE && i < ARRAY_SIZE(names); i++)
		put_name(out, names[i].kind, names[i].key, names[i].text);
}

/* Of socket id, or of a stranger (0). */
static struct record_loss loss(u8 kind, u64 id, u64 ns)
{
	struct record_loss r = {.time_ns = ns,
				.laddr = {10, 0, 0, 1},
				.raddr = {10, 0, 0, 2},
				.netns = NETNS,
				.lport = 443,
				.rport = (u16)(50000 + id),
				.segments = 1,
				.flags = LOSS_REASON,
				.kind = kind,
				.family = 4,
				.proto = IPPROTO_TCP,
				.state = STATE_ESTABLISHED};

	if (id)
		return r;
	memcpy(r.raddr, (u8[]){198, 51, 100, 7}, 4);
	r.state = 0;
	return r;
}

static void put_drop(struct buf *out, u64 id, u64 ns, u32 reason, u64 location, u32 seq, enum loss_kernel kernel)
{
	struct record_loss r = loss(LOSS_DROP, id, ns);

	r.reason = reason;
	r.location = location;
	r.stack[0] = location;
	r.stack[1] = NFT + 16;
	r.stack[2] = NFT + 32;
	r.stack[3] = 0xffffffff81234567; /* a function that has no name */
	r.seq = seq;
	r.end_seq = seq + 1448;
	r.length = 1500;
	r.tcp_flags = TCP_PSH | TCP_ACK;
	r.state = 0;
	if (reason == REASON_RCVBUFF) {
		r.proto = IPPROTO_UDP;
		r.tcp_flags = 0;
		r.seq = r.end_seq = 0;
	}
	if (kernel == LOSSES_PLAIN) {
		r.reason = 0;
		r.flags = 0;
	}
	stream_put(out, RECORD_LOSS, &r);
}

/* What we send is dropped on its way out. */
static void put_lost_and_sent_again(struct buf *out, u64 id, u64 ns, u32 seq, u8 cause, u8 ca_state, bool here,
				    enum loss_kernel kernel)
{
	struct record_loss r = loss(LOSS_DROP, id, ns);

	if (here) {
		r.flags |= LOSS_TX;
		r.reason = REASON_NETFILTER;
		r.location = r.stack[0] = NFT;
		r.seq = seq;
		r.end_seq = seq + 1448;
		r.length = 1500;
		r.state = 0;
		if (kernel == LOSSES_PLAIN) {
			r.reason = 0;
			r.flags = LOSS_TX;
		}
		stream_put(out, RECORD_LOSS, &r);
	}
	r = loss(LOSS_RETRANSMIT, id, ns + 210 * NSEC_PER_MSEC);
	r.id = id;
	r.flags |= LOSS_SOCKET | LOSS_TX;
	r.reason = cause;
	r.seq = seq;
	r.end_seq = seq + 1448;
	r.ca_state = ca_state;
	r.cwnd = cause == RETRANSMIT_RTO ? 1 : 10;
	r.cwnd_before = ca_state >= CA_CWR ? 14 : 10;
	r.ssthresh = ca_state >= CA_CWR ? 7 : 0x7fffffff;
	r.segments = cause == RETRANSMIT_FAST ? 3 : 1;
	r.end_seq = seq + 1448U * r.segments;
	stream_put(out, RECORD_LOSS, &r);
}

static void put_resets(struct buf *out, u64 ns)
{
	struct record_loss r = loss(LOSS_RESET_SENT, 0, ns);

	r.reason = 1;
	r.lport = 9;
	stream_put(out, RECORD_LOSS, &r);
	r = loss(LOSS_RESET_SENT, 2, ns + 30 * NSEC_PER_MSEC);
	r.id = 2;
	r.flags |= LOSS_SOCKET;
	r.reason = 12;
	stream_put(out, RECORD_LOSS, &r);
	r = loss(LOSS_RESET_RECEIVED, 3, ns + 60 * NSEC_PER_MSEC);
	r.id = 3;
	r.flags = LOSS_SOCKET;
	stream_put(out, RECORD_LOSS, &r);
}

static void put_count(struct buf *out, u8 kind, u32 reason, u64 location, u64 n, enum loss_kernel kernel)
{
	struct record_loss_count c = {.location = location,
				      .count = n,
				      .reason = reason,
				      .kind = kind,
				      .has_reason = kind != LOSS_RESET_RECEIVED};

	if (kernel == LOSSES_PLAIN && kind == LOSS_DROP)
		c.reason = c.has_reason = 0;
	stream_put(out, RECORD_LOSS_COUNT, &c);
}

static void put_counts(struct buf *out, unsigned tick, enum loss_kernel kernel)
{
	u64 n = tick - 1, storm = kernel == LOSSES_PLAIN ? 25000 : 0;

	put_count(out, LOSS_DROP, REASON_NETFILTER, NFT, 4 * n + storm * n, kernel);
	put_count(out, LOSS_DROP, REASON_RCVBUFF, UDP_QUEUE, n, kernel);
	put_count(out, LOSS_DROP, REASON_NO_SOCKET, TCP_RCV, 2 * n, kernel);
	put_count(out, LOSS_DROP, REASON_CSUM, TCP_RCV, n, kernel);
	put_count(out, LOSS_DROP, REASON_SEQUENCE, TCP_RCV, n, kernel);
	put_count(out, LOSS_DROP, REASON_WILD, HOSTILE, n, kernel);
	put_count(out, LOSS_RETRANSMIT, RETRANSMIT_FAST, 0, 6 * n, kernel);
	put_count(out, LOSS_RETRANSMIT, RETRANSMIT_RTO, 0, n, kernel);
	put_count(out, LOSS_RETRANSMIT, RETRANSMIT_TLP, 0, n, kernel);
	put_count(out, LOSS_RESET_SENT, 1, 0, n, kernel);
	put_count(out, LOSS_RESET_SENT, 12, 0, n, kernel);
	put_count(out, LOSS_RESET_RECEIVED, 0, 0, n, kernel);
}

void put_losses(struct buf *out, unsigned tick, u64 now_ns, enum loss_kernel kernel)
{
	struct record_losses l = {.limit = 10000, .foreign = 17ULL * tick, .purged = 22ULL * tick, .unmissed = tick};
	u64 ns = now_ns - 900 * NSEC_PER_MSEC;

	if (tick < 2 || kernel == LOSSES_NONE)
		return;
	for (u64 i = 0; i < 2; i++)
		put_drop(out, 1 + i, ns + i * 999, REASON_NETFILTER, NFT, (u32)(tick * 10000 + i), kernel);
	put_drop(out, 3, ns += 77 * NSEC_PER_USEC, REASON_RCVBUFF, UDP_QUEUE, 0, kernel);
	put_drop(out, 0, ns += 11 * NSEC_PER_MSEC, REASON_NO_SOCKET, TCP_RCV, 1, kernel);
	put_drop(out, 0, ns += 3, REASON_NO_SOCKET, TCP_RCV, 1, kernel);
	put_drop(out, 1, ns += 5 * NSEC_PER_MSEC, REASON_CSUM, TCP_RCV, 70000, kernel);
	put_drop(out, 2, ns += 5 * NSEC_PER_MSEC, REASON_SEQUENCE, TCP_RCV, 4000000000U, kernel);
	put_drop(out, 2, ns += 5 * NSEC_PER_MSEC, REASON_WILD, HOSTILE, 5, kernel);
	put_lost_and_sent_again(out, 1, ns + 10 * NSEC_PER_MSEC, tick * 100000, RETRANSMIT_FAST, CA_RECOVERY, true,
				kernel);
	put_lost_and_sent_again(out, 2, ns + 20 * NSEC_PER_MSEC, tick * 200000, RETRANSMIT_RTO, CA_LOSS, true, kernel);
	put_lost_and_sent_again(out, 3, ns + 30 * NSEC_PER_MSEC, tick * 300000, RETRANSMIT_FAST, CA_RECOVERY, false,
				kernel);
	put_lost_and_sent_again(out, 3, ns + 40 * NSEC_PER_MSEC, tick * 400000, RETRANSMIT_TLP, CA_OPEN, false, kernel);
	put_resets(out, ns + 300 * NSEC_PER_MSEC);
	put_counts(out, tick, kernel);
	l.limited = kernel == LOSSES_PLAIN ? 25000ULL * (tick - 1) : 0;
	stream_put(out, RECORD_LOSSES, &l);
}
