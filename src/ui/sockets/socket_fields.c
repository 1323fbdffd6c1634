/* Everything that ss -tiepmo shows of a socket, in sections. The values are columns, which have names, units and
 * sources. */
#include <inttypes.h>
#include <string.h>

#include "fields.h"
#include "socket.h"
#include "socket_table.h"
#include "text.h"

/* -- what is no column -------------------------------------------------------------------------------------- */

/* Older than skbtop: the causes of earlier retransmits are unknown. */
static void draw_late_split(const struct row *r, struct flow *f)
{
	char text[160];
	size_t n;

	if (r->s.has & HAS_RETRANS_SPLIT || !(r->s.has & HAS_TCP) || !(r->s.flags & SOCKET_SEEDED) || !r->s.retrans)
		return;
	n = (size_t)snprintf(text, sizeof(text),
			     "since skbtop started: rto %" PRIu32 ", fast %" PRIu32 ", tlp %" PRIu32, r->s.retrans_rto,
			     r->s.retrans_fast, r->s.retrans_tlp);
	if (r->s.retrans_syn && n < sizeof(text))
		snprintf(text + n, sizeof(text) - n, ", syn %" PRIu32, r->s.retrans_syn);
	flow_field(f, "retrans by kind", r->s.retrans_rto || r->s.retrans_fast ? STYLE_WARN : STYLE_TEXT, text);
}

/* Flags that are set, in ss's words where it has some. */
static void draw_flags(const struct row *r, struct flow *f)
{
	static const struct {
		u32 bit;
		const char *name;
	} flags[] = {
	    {SOCKET_APP_LIMITED, "app_limited"},
	    {SOCKET_CWND_LIMITED, "cwnd_limited"},
	    {SOCKET_PACED, "paced"},
	    {SOCKET_TSQ_THROTTLED, "tsq_throttled"},
	    {SOCKET_REUSEPORT, "reuseport"},
	    {SOCKET_REUSEADDR, "reuseaddr"},
	    {SOCKET_V6ONLY, "v6only"},
	    {SOCKET_REPAIR, "repair"},
	    {SOCKET_MPTCP, "mptcp"},
	    {SOCKET_KERNEL, "kernel"},
	    {SOCKET_NO_FILE, "no file"},
	    {SOCKET_SHUT_RD, "shut rd"},
	    {SOCKET_SHUT_WR, "shut wr"},
	    {SOCKET_SEEDED, "older than skbtop"},
	    {SOCKET_ABORTED, "aborted"},
	};
	char text[256] = "";

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (r->s.flags & flags[i].bit)
			text_join(text, sizeof(text), ", ", "%s", flags[i].name);
	if (*text)
		flow_field(f, "flags", STYLE_TEXT, text);
}

static void draw_loss(const struct row *r, struct flow *f)
{
	draw_late_split(r, f);
	if (r->info && r->info->fackets)
		flow_printf(f, "fackets", "%" PRIu32 " seg", r->info->fackets);
}

static void draw_buffers(const struct row *r, struct flow *f)
{
	static const char *const by_hand[] = {NULL, "sndbuf", "rcvbuf", "sndbuf, rcvbuf"};
	unsigned locked = r->info ? r->info->snd_buf_locked & 3U : 0;

	if (locked)
		flow_field(f, "set by hand", STYLE_TEXT, by_hand[locked]);
}

static void draw_options(const struct row *r, struct flow *f)
{
	if (r->info && r->info->ttl)
		flow_printf(f, "ttl", "%u", r->info->ttl);
	draw_flags(r, f);
}

/* The layers that it lacks: tcp_sendmsg_locked() and tcp_rcv_space_adjust() are not called for it. */
static void draw_mptcp(const struct row *r, struct flow *f)
{
	if (f->begun && r->s.flags & SOCKET_MPTCP)
		flow_field(f, "layers", STYLE_TEXT, "tx ip, qdisc, nic: MPTCP itself writes and reads");
}

static void draw_family(const struct row *r, struct flow *f)
{
	flow_field(f, "family", STYLE_TEXT,
		   r->s.is_mapped     ? "IPv6 with IPv4 addresses"
		   : r->s.family == 6 ? "IPv6"
				      : "IPv4");
}

/* -- the sections ------------------------------------------------------------------------------------------- */

enum page { CONNECTION = 1, LISTENER = 2, DATAGRAMS = 4, ALL = 7 };

static enum page page_of(const struct row *r)
{
	if (r->s.proto != IPPROTO_TCP)
		return DATAGRAMS;
	return r->s.dir == DIR_LISTEN || r->s.state == STATE_LISTEN ? LISTENER : CONNECTION;
}

static const struct section {
	u8 pages;                                          /* enum page: those that have it */
	const char *title, *columns;                       /* see fields_draw() */
	void (*more)(const struct row *r, struct flow *f); /* what is no column; NULL: nothing */
} sections[] = {
    {LISTENER, "accept queue",
     "accept_queue%accept_limit accept_limit accept_high accept_high_60s accept_rate refused_rate drops reuseport_skew",
     NULL},
    {LISTENER, "SYN queue", "syn_queue%syn_limit syn_limit", NULL},
    {LISTENER, "time until accept()",
     "accept_wait_p50_us=waited_p50 accept_wait_p99_us=waited_p99 syn_to_accept_p50_us=since_SYN_p50 "
     "syn_to_accept_p99_us=since_SYN_p99",
     NULL},
    {DATAGRAMS, "datagrams", "rx_rate tx_rate rx_pkts tx_pkts rx_bytes tx_bytes drops", NULL},
    {DATAGRAMS, "buffers", "recvq%rcvbuf rcvbuf sendq%sndbuf sndbuf fwd_alloc omem_alloc sk_backlog", draw_buffers},
    {CONNECTION, "rates", "rx_rate tx_rate send_rate delivery_rate pacing_rate max_pacing_rate", NULL},
    {CONNECTION, "limits", "busy_us rwnd_limited_us%busy_us sndbuf_limited_us%busy_us", NULL},
    {CONNECTION, "timing", "rtt_us rttvar_us minrtt_us rto_us ato_us rcv_rtt_us lastsnd_us lastrcv_us lastack_us",
     NULL},
    {CONNECTION, "windows",
     "cwnd ssthresh inflight unacked snd_wnd rcv_wnd rcv_ssthresh rcv_space snd_wscale rcv_wscale mss pmtu "
     "rcv_mss advmss",
     NULL},
    {CONNECTION, "loss",
     "retrans retrans_fast retrans_rto retrans_tlp retrans_syn retrans_unknown retrans_out lost sacked dsack_dups "
     "reordering reord_seen ooo resets rehash",
     draw_loss},
    {CONNECTION, "bytes and segments",
     "rx_bytes tx_bytes bytes_received bytes_acked bytes_sent bytes_retrans rx_pkts tx_pkts segs_in segs_out "
     "data_segs_in data_segs_out delivered delivered_ce",
     NULL},
    {CONNECTION, "queues and memory",
     "recvq sendq notsent rcvbuf sndbuf rmem_alloc wmem_alloc wmem_queued fwd_alloc omem_alloc sk_backlog drops",
     draw_buffers},
    {CONNECTION, "timers", "timer timer_us=expires_in timer_retrans backoff probes", NULL},
    {CONNECTION, "congestion control", "cc ca_state", NULL},
    {CONNECTION, "bbr", "bbr_bw bbr_mrtt_us bbr_pacing_gain bbr_cwnd_gain", NULL},
    {ALL, "taken over by",
     "intercepted psock_progs strp_msgs strp_bytes strp_need_more strp_errors strp_aborted tls_version tls_cipher "
     "tls_tx tls_rx filter_prog reuseport_prog redir_rx redir_tx",
     NULL},
    {ALL, "programs on its way", "cgroup_progs device_progs", NULL},
    {ALL, "options", "options ulp tos tclass mark priority class_id", draw_options},
    {CONNECTION, "mptcp", "mptcp_conn mptcp_rx_bytes mptcp_tx_bytes mptcp_flags mptcp_token mptcp_map", draw_mptcp},
    {ALL, "identity",
     "id proto inode fd user uid netns netns_cookie cgroup container ifname owner owners rname rname_from",
     draw_family},
};

int socket_draw_fields(const struct app *app, const struct row *r, const struct pane *p, int y)
{
	enum page page = page_of(r);
	struct fields of = {app, &socket_table, app->model, r};
	struct flow f = flow_of(p, y);

	for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
		if (!(sections[i].pages & page))
			continue;
		flow_title(&f, sections[i].title);
		fields_draw(&of, &f, sections[i].columns);
		if (sections[i].more)
			sections[i].more(r, &f);
	}
	return flow_end(&f);
}
