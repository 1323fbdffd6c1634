/* Writes the recording that the golden screens show: make_fixture FILE. A made-up web server, twelve ticks of one
 * second, the same bytes each time: every state, owners of every kind, v6, hostile names, loss, listeners, UDP,
 * connections that begin, end and abort. */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "file.h"
#include "fixture.h"
#include "stream.h"

#define START_NS (5000 * NSEC_PER_SEC)
/* 2026-03-14 14:02:00 UTC */
#define START_REALTIME_NS (1773496920ULL * NSEC_PER_SEC)

static uint64_t tick_ns(unsigned tick)
{
	return START_NS + tick * NSEC_PER_SEC;
}

static void put_address(u8 *to, u8 *family, const char *text)
{
	struct in6_addr a6;

	if (inet_pton(AF_INET, text, to) == 1) {
		*family = 4;
		return;
	}
	*family = 6;
	inet_pton(AF_INET6, text, &a6);
	memcpy(to, &a6, 16);
}

/* A calm wave between 3/4 and 5/4 of base, so that graphs have a shape; integer arithmetic only. */
static u64 wave(u64 base, unsigned tick, unsigned phase)
{
	static const u8 steps[] = {4, 5, 5, 4, 3, 3, 4, 5, 4, 3, 5, 4};

	return base * steps[(tick + phase) % ARRAY_SIZE(steps)] / 4;
}

static u64 sum(u64 base, unsigned ticks, unsigned phase)
{
	u64 total = base * 7;

	for (unsigned t = 0; t < ticks; t++)
		total += wave(base, t, phase);
	return total;
}

static bool is_mptcp(const struct actor *a)
{
	return a->ulp && strcmp(a->ulp, "mptcp") == 0;
}

static void fill_tcp(struct record_socket *s, const struct actor *a, unsigned tick, unsigned i)
{
	s->has |= HAS_TCP | HAS_CHRONO | HAS_MEM | HAS_RX_BYTES | HAS_TX_BYTES | HAS_RX_PKTS | HAS_TX_PKTS |
		  HAS_RETRANS_SPLIT | HAS_DROPS | HAS_DELIVERY;
	s->rtt_us = (u32)wave(a->rtt_us, tick, i);
	s->rttvar_us = a->rtt_us / 4;
	s->minrtt_us = a->rtt_us ? a->rtt_us * 3 / 5 : ~0U;
	s->rto_us = 200000 + a->rtt_us;
	s->cwnd = a->cwnd;
	s->ssthresh = a->loss ? 7 : 0x7fffffff;
	s->snd_wnd = 501760;
	s->rcv_wnd = 65536;
	s->mss = 1448;
	s->pmtu = 1500;
	s->pacing_rate = a->tx ? a->tx * 2 : ~0ULL;
	s->delivery_rate = a->tx;
	s->retrans = a->loss * (tick + 60);
	s->retrans_rto = s->retrans / 8;
	s->retrans_tlp = s->retrans / 16;
	s->retrans_fast = s->retrans - s->retrans_rto - s->retrans_tlp;
	s->ca_state = a->loss ? CA_RECOVERY : CA_OPEN;
	s->reordering = 3;
	s->unacked = a->loss ? a->cwnd + 2 : a->cwnd_full ? a->cwnd : 0;
	s->inflight = a->cwnd_full ? a->cwnd : s->unacked;
	s->lost = a->loss ? 2 : 0;
	s->busy_us = a->tx ? 950000ULL * (tick + 9) : 0;
	s->rwnd_limited_us = a->rwnd_full ? 900000ULL * (tick + 9) : 0;
	s->sndbuf = 2626560;
	s->rcvbuf = 131072;
	s->recvq = a->recvq;
	s->rmem_alloc = a->recvq * 2;
	s->sendq = s->unacked * 1448;
	s->wmem_queued = s->sendq * 2;
	s->flags |= a->cwnd_full ? SOCKET_CWND_LIMITED : 0;
	memcpy(s->cc, "cubic", 6);
	if (a->ulp)
		memcpy(s->ulp, a->ulp, strlen(a->ulp) + 1);
	s->flags |= is_mptcp(a) ? SOCKET_MPTCP : 0;
}

static void fill_totals(struct record_socket *s, const struct actor *a, unsigned tick, unsigned i)
{
	s->rx_bytes = sum(a->rx, tick, i);
	s->tx_bytes = sum(a->tx, tick, i + 3);
	s->rx_pkts = s->rx_bytes / 1000 + 4;
	s->tx_pkts = s->tx_bytes / 1400 + 4;
	s->bytes_retrans = s->retrans * 1448ULL;
	s->bytes_sent = s->tx_bytes + s->bytes_retrans;
}

enum { LO = 1, ETH0 = 2, DOCKER0 = 3 };

/* A TIME_WAIT has no route. */
static u32 via_of(const struct actor *a)
{
	if (!a->raddr || a->state == STATE_TIME_WAIT)
		return 0;
	if (a->netns)
		return ETH0;
	return strncmp(a->raddr, "127.", 4) == 0 ? LO : strncmp(a->raddr, "172.17.", 7) == 0 ? DOCKER0 : ETH0;
}

static void put_nic(struct buf *out, u64 id, u32 space, u32 ifindex, const char *name)
{
	struct record_device d = {.id = id, .space = space, .ifindex = ifindex, .kind = DEVICE_NIC, .flags = IFF_UP};

	memcpy(d.name, name, strlen(name));
	stream_put(out, RECORD_DEVICE, &d);
}

static void put_devices(struct buf *out)
{
	struct record_space own = {.time_ns = START_NS, .cookie = 1, .id = 1, .netns = FIXTURE_NETNS, .devices = 3};
	struct record_space other = {.time_ns = START_NS, .cookie = 4097, .id = 2, .netns = FIXTURE_OTHER_NETNS};

	stream_put(out, RECORD_SPACE, &own);
	put_nic(out, 1, 1, LO, "lo");
	put_nic(out, 2, 1, ETH0, "eth0");
	put_nic(out, 3, 1, DOCKER0, "docker0");
	stream_put(out, RECORD_SPACE, &other);
	put_nic(out, 4, 2, ETH0, "eth0");
}

static void fill_identity(struct record_socket *s, const struct actor *a, unsigned tick, unsigned i)
{
	s->id = 1000 + i;
	s->proto = a->udp ? IPPROTO_UDP : IPPROTO_TCP;
	s->state = a->state;
	s->dir = a->dir;
	s->netns = a->netns ? a->netns : FIXTURE_NETNS;
	s->netns_cookie = a->netns ? 4097 : 1;
	s->via = via_of(a);
	s->inode = 30000 + i;
	s->lport = a->lport;
	s->rport = a->rport;
	put_address(s->laddr, &s->family, a->laddr);
	if (a->raddr) {
		put_address(s->raddr, &s->family, a->raddr);
		s->has |= HAS_REMOTE;
	}
	if (a->pid) {
		s->has |= HAS_OWNER;
		s->pid = a->pid;
		s->owners = a->owners ? a->owners : 1;
		memcpy(s->comm, a->comm, strnlen(a->comm, sizeof(s->comm)));
	}
	s->owner = a->owner;
	if (a->cgroup) {
		s->has |= HAS_CGROUP;
		s->cgroup_id = a->cgroup;
	}
	if (a->state != STATE_TIME_WAIT && a->state != STATE_NEW_SYN_RECV) {
		s->has |= HAS_UID;
		s->uid = a->uid;
	}
	if (a->first) {
		s->has |= HAS_BIRTH | HAS_STATE_TIME;
		s->birth_ns = s->state_ns = tick_ns(a->first) - 400 * NSEC_PER_MSEC;
	} else {
		s->flags |= SOCKET_SEEDED;
	}
	s->sample_ns = tick_ns(tick);
}

/* What the full one's clients met, and how long those waited that were accepted. */
static void put_listener(struct buf *out, const struct actor *a, unsigned tick, unsigned i)
{
	struct record_listener l = {
	    .id = 1000 + i,
	    .sample_ns = tick_ns(tick),
	    .has = LISTENER_HAS_COUNTS,
	    .n = {1000 + 40ULL * tick, 900 + 38ULL * tick},
	    .accept_queue = a->recvq,
	    .accept_high = a->recvq + 1,
	    .accept_high_60s = a->recvq,
	    .syn_queue = a->recvq / 60,
	    .syn_limit = a->limit,
	};

	for (unsigned t = 0; t < LISTENER_TIMES; t++) {
		l.sum_ns[t] = l.n[t] * 3 * NSEC_PER_MSEC;
		l.max_ns[t] = 80 * NSEC_PER_MSEC;
		l.buckets[t * LAYER_BUCKETS + 29 + t] = (u32)l.n[t] - 40;
		l.buckets[t * LAYER_BUCKETS + 38] = 40;
	}
	l.found[0] = 900;
	l.found[7] = 300 + 41 * tick;
	stream_put(out, RECORD_LISTENER, &l);
}

static void put_socket(struct buf *out, const struct actor *a, unsigned tick, unsigned i)
{
	struct record_socket s = {};

	fill_identity(&s, a, tick, i);
	if (a->state == STATE_LISTEN) {
		s.has |= HAS_ACCEPT | HAS_MEM | HAS_DROPS;
		s.accept_queue = s.recvq = a->recvq;
		s.accept_limit = s.sendq = a->limit;
		s.drops = a->drops * tick;
	} else if (a->state == STATE_TIME_WAIT || a->state == STATE_NEW_SYN_RECV) {
		s.flags |= SOCKET_NO_FILE;
	} else {
		if (a->udp) {
			s.has |= HAS_RX_BYTES | HAS_TX_BYTES | HAS_RX_PKTS | HAS_TX_PKTS | HAS_MEM | HAS_DROPS;
			s.rcvbuf = s.sndbuf = 212992;
			s.recvq = a->recvq;
			s.drops = a->drops * tick;
		} else {
			fill_tcp(&s, a, tick, i);
		}
		fill_totals(&s, a, tick, i);
	}
	if (a->last && tick == a->last) {
		s.flags |= SOCKET_ENDED | (a->aborted ? SOCKET_ABORTED : 0);
		s.ended_ns = tick_ns(tick) - 100 * NSEC_PER_MSEC;
		s.last_state = a->udp ? 0 : a->aborted ? STATE_ESTABLISHED : STATE_LAST_ACK;
	}
	stream_put(out, RECORD_SOCKET, &s);
	if (a->state == STATE_LISTEN && a->recvq)
		put_listener(out, a, tick, i);
}

static void put_info(struct buf *out, const struct actor *a, unsigned tick, unsigned i)
{
	struct record_info n = {
	    .id = 1000 + i,
	    .max_pacing_rate = ~0ULL,
	    .bytes_acked = sum(a->tx, tick, i + 3) + 1,
	    .bytes_received = sum(a->rx, tick, i),
	    .lastsnd_ns = tick_ns(tick) - 12 * NSEC_PER_MSEC,
	    .lastrcv_ns = tick_ns(tick) - 48 * NSEC_PER_MSEC,
	    .lastack_ns = tick_ns(tick) - 12 * NSEC_PER_MSEC,
	    .timer_expires_ns = tick_ns(tick) + 220 * NSEC_PER_MSEC,
	    .data_segs_in = 800,
	    .data_segs_out = 1200,
	    .segs_in = 1500,
	    .segs_out = 1700,
	    .delivered = 1190,
	    .ato_us = 40000,
	    .rcv_mss = 1448,
	    .advmss = 1448,
	    .rcv_rtt_us = 52000,
	    .rcv_space = 14480,
	    .rcv_ssthresh = 64088,
	    .reord_seen = 1,
	    .wmem_alloc = 4096,
	    .fwd_alloc = 2048,
	    .priority = 6,
	    .tos = 0x10,
	    .fd = 12 + i,
	    .timer = 1,
	    .options = 7,
	    .snd_wscale = 7,
	    .rcv_wscale = 9,
	    .ttl = 64,
	};

	if (is_mptcp(a)) {
		n.mptcp_flags = 0x1c1; /* MPTCP_SUBFLOW_FLAG_MCAP_REM, FULLY_ESTABLISHED, CONNECTED, MAPVALID */
		n.mptcp_token_loc = 0xeaf2dfef;
		n.mptcp_seq = 0x6586f32f07918ef1;
		n.mptcp_sfseq = 1;
		n.mptcp_ssn_offset = 0xfb423429;
		n.mptcp_map_len = 1000;
	}
	n.state_entered_ns[a->dir == DIR_OUT ? STATE_SYN_SENT : STATE_SYN_RECV] = tick_ns(0) - 251 * NSEC_PER_SEC;
	if (a->state == STATE_ESTABLISHED)
		n.state_entered_ns[STATE_ESTABLISHED] = tick_ns(0) - 250 * NSEC_PER_SEC;
	stream_put(out, RECORD_INFO, &n);
}

static void put_tick(struct buf *out, unsigned tick, u32 sockets)
{
	stream_put(out, RECORD_TICK,
		   &(struct record_tick){.number = tick,
					 .time_ns = tick_ns(tick),
					 .realtime_ns = START_REALTIME_NS + tick * NSEC_PER_SEC,
					 .interval_ns = NSEC_PER_SEC,
					 .duration_ns = 1800 * NSEC_PER_USEC,
					 .collector_cpu_ns = tick * 4 * NSEC_PER_MSEC,
					 .bpf_run_ns = 210 * NSEC_PER_USEC,
					 .bpf_run_count = 900,
					 .bpf_window_ns = NSEC_PER_SEC,
					 .map_bytes = 1 << 20,
					 .skipped_ticks = tick > 6 ? 1 : 0,
					 .sockets = sockets,
					 .sockets_alive = sockets,
					 .tcp_retrans_segs = 41 * tick,
					 .tcp_out_segs = 34000 * tick,
					 .tcp_in_segs = 30000 * tick,
					 .listen_drops = 41 * tick,
					 .listen_overflows = 41 * tick,
					 .stat_has = 1,
					 .time_wait = 2,
					 .netns_count = 2});
}

static void put_name(struct buf *out, u64 kind, u64 key, u64 scope, const char *text)
{
	struct record_name n = {.kind = kind, .key = key, .scope = scope};

	memcpy(n.text, text, strlen(text));
	stream_put(out, RECORD_NAME, &n);
}

static void put_process(struct buf *out, const struct ran *r)
{
	struct record_process p = {.pid = r->pid, .mntns = FIXTURE_MNTNS, .pidns = FIXTURE_MNTNS - 4};
	struct record_cmdline c = {.pid = r->pid, .whole = 1};

	p.start_ns = START_NS - r->age * NSEC_PER_SEC;
	memcpy(p.exe, r->exe, strlen(r->exe));
	memcpy(c.text, r->cmdline, strlen(r->cmdline));
	stream_put(out, RECORD_PROCESS, &p);
	stream_put(out, RECORD_CMDLINE, &c);
}

static void put_host(struct buf *out, const char *address, enum host_from from, const char *name)
{
	struct record_host h = {.family = 4, .from = (u8)from};

	inet_pton(AF_INET, address, h.address);
	memcpy(h.name, name, strlen(name));
	stream_put(out, RECORD_HOST, &h);
}

static void put_opening(struct buf *out)
{
	struct record_hello h = {.start_ns = START_NS,
				 .realtime_offset_ns = START_REALTIME_NS - START_NS,
				 .host = "web1",
				 .kernel = "6.1.0",
				 .version = "0.1.0",
				 .cpus = 2,
				 .netns = FIXTURE_NETNS};

	stream_open(out);
	stream_put(out, RECORD_HELLO, &h);
	stream_put(out, RECORD_FEATURE,
		   &(struct record_feature){.name = "births", .hook = "tp_btf/inet_sock_set_state"});
	stream_put(out, RECORD_FEATURE,
		   &(struct record_feature){.name = "accept owners", .reason = "this kernel has no kprobes"});
	for (size_t i = 0; i < fixture_name_count; i++)
		put_name(out, fixture_names[i].kind, fixture_names[i].key, fixture_names[i].scope,
			 fixture_names[i].text);
	put_devices(out);
	for (size_t i = 0; i < fixture_ran_count; i++)
		put_process(out, &fixture_ran[i]);
	put_host(out, "127.0.0.1", HOST_FROM_FILE, "localhost");
	put_host(out, "203.0.113.91", HOST_FROM_DNS, "client.example.net");
	put_host(out, "192.0.2.99", HOST_FROM_DNS, "api.example.org");
}

int main(int argc, char **argv)
{
	struct buf out cleanup_buf = {};
	struct error err = {};

	if (argc != 2) {
		fprintf(stderr, "usage: make_fixture FILE\n");
		return 2;
	}
	put_opening(&out);
	for (unsigned tick = 1; tick <= FIXTURE_TICKS; tick++) {
		u32 alive = 0;

		for (unsigned i = 0; i < fixture_actor_count; i++) {
			const struct actor *a = &fixture_actors[i];

			if (tick < a->first || (a->last && tick > a->last))
				continue;
			put_socket(&out, a, tick, i);
			if (!a->udp && (a->state == STATE_ESTABLISHED || a->state == STATE_SYN_SENT))
				put_info(&out, a, tick, i);
			alive++;
		}
		put_tick(&out, tick, alive);
	}
	if (out.failed || file_write_atomic(argv[1], buf_at(&out), buf_len(&out), &err) < 0) {
		fprintf(stderr, "make_fixture: %s\n", out.failed ? "out of memory" : err.text);
		return 1;
	}
	return 0;
}
