/* A proxy whose connections go through a sockmap, a web server on the kernel's TLS, and others that have a filter or an
 * upper-layer protocol. The proxy lets go of one of them, and a socket beside them is nobody's. */
#include "interception_recording.h"

#include <string.h>

enum { PARSE = 41, VERDICT, SKB, MSG, COOKIE, CHOOSE, TUNE = 61, FILTER = 71, VIA = 2 };

#define STRP (INTERCEPTION_PSOCK | INTERCEPTION_STRPARSER | INTERCEPTION_REDIRECTS)
#define TLS (INTERCEPTION_ULP | INTERCEPTION_TLS)

static const struct made {
	const char *comm;
	u32 pid;
	const char *ulp;
	u32 flags;
	u32 programs[PROGRAM_COUNT];
	u16 tls_version, tls_cipher;
	u8 tls_tx, tls_rx;
	unsigned until; /* it is free from this tick on; 0: never */
	u32 token;      /* of its MPTCP connection; 0: none */
} sockets[] = {
    {"envoy", 301, "", STRP, {PARSE, VERDICT}, .until = 0},
    {"envoy", 301, "", STRP | INTERCEPTION_STRP_ABORTED, {PARSE, VERDICT}, .until = 0},
    {"envoy", 301, "", INTERCEPTION_PSOCK | INTERCEPTION_REDIRECTS, {[PROGRAM_MSG] = MSG}, .until = 0},
    {"envoy", 301, "", INTERCEPTION_PSOCK, {[PROGRAM_SKB_VERDICT] = SKB}, .until = 3},
    {"envoy", 301, "", INTERCEPTION_PSOCK, {}, .until = 0},
    {"nginx", 401, "tls", TLS, {}, 0x0304, 51, TLS_CONF_SW, TLS_CONF_SW, 0},
    {"nginx", 401, "tls", TLS, {}, 0x0303, 54, TLS_CONF_HW, TLS_CONF_NONE, 0},
    {"nginx", 401, "tls", TLS, {}, .until = 0},
    {"backup", 501, "mptcp", INTERCEPTION_ULP | INTERCEPTION_MPTCP_BYTES, {}, .token = 0xeaf2dfef},
    {"dhclient", 601, "", 0, {[PROGRAM_FILTER] = PROGRAM_CLASSIC}, .until = 0},
    {"dnsdist", 701, "", 0, {[PROGRAM_FILTER] = COOKIE, [PROGRAM_REUSEPORT] = CHOOSE}, .until = 0},
    {"sshd", 801, "", 0, {}, .until = 1},
    {"backup", 501, "mptcp", INTERCEPTION_ULP | INTERCEPTION_MPTCP_BYTES, {}, .token = 0xeaf2dfef},
    {"phone", 502, "mptcp", INTERCEPTION_ULP, {}, .token = 0xbeef}, /* before 6.5 */
};

static void put_program(struct buf *out, u32 id, const char *name)
{
	struct record_name n = {.kind = NAME_PROGRAM, .key = id};

	memcpy(n.text, name, strlen(name));
	stream_put(out, RECORD_NAME, &n);
}

/* Programs of the control group of all of them, and of the device that those with an even id come by. */
static void put_attached(struct buf *out, const struct record_socket *sample)
{
	struct record_space space = {.id = 1, .netns = sample->netns, .cookie = sample->netns_cookie, .time_ns = 1};
	struct record_device nic = {.id = 9, .space = 1, .kind = DEVICE_NIC, .ifindex = VIA, .name = "eth0"};
	struct record_attached group = {.key = sample->cgroup_id, .place = ATTACH_CGROUP, .count = 4}, device = {};
	static const u8 hooks[] = {11 /* connect6 */, 3 /* sock_ops */, 1 /* egress */, 0};

	for (size_t i = 0; i < sizeof(hooks); i++) {
		group.hooks[i] = hooks[i];
		group.programs[i] = TUNE + (u32)i;
	}
	device.key = nic.id;
	device.place = ATTACH_DEVICE;
	device.count = ATTACHED_MAX + 2;
	for (u32 i = 0; i < ATTACHED_MAX; i++) {
		device.hooks[i] = i ? ATTACH_TC_EGRESS : ATTACH_XDP;
		device.programs[i] = i < 2 ? FILTER + i : 1000 + i;
	}
	stream_put(out, RECORD_SPACE, &space);
	stream_put(out, RECORD_DEVICE, &nic);
	stream_put(out, RECORD_ATTACHED, &group);
	stream_put(out, RECORD_ATTACHED, &device);
	device.key = 10;
	stream_put(out, RECORD_ATTACHED, &device); /* of a device that never comes */
}

/* The last one's name never comes. */
void put_interception_names(struct buf *out)
{
	put_program(out, PARSE, "http_length");
	put_program(out, VERDICT, "to_backend");
	put_program(out, SKB, "mirror");
	put_program(out, MSG, "lo\x1b[2Jcal");
	put_program(out, COOKIE, "dns_cookie");
	put_program(out, TUNE + 1, "tune_rtt");
	put_program(out, TUNE + 2, "count_out");
	put_program(out, TUNE + 3, "firewall\x07");
	put_program(out, FILTER, "xdp_drop");
	put_program(out, FILTER + 1, "shape");
}

static void put_what(struct buf *out, const struct made *m, u64 id, unsigned tick)
{
	struct record_interception i = {
	    .id = id,
	    .flags = m->flags,
	    .tls_version = m->tls_version,
	    .tls_cipher = m->tls_cipher,
	    .tls_tx = m->tls_tx,
	    .tls_rx = m->tls_rx,
	    .mptcp_token = m->token,
	};

	if (m->flags & INTERCEPTION_MPTCP_BYTES) { /* the second subflow has moved later, and sent some of it again */
		i.mptcp_rx_bytes = 21000 * tick + id;
		i.mptcp_tx_bytes = 10000 * tick + id;
	}
	memcpy(i.programs, m->programs, sizeof(i.programs));
	if (m->flags & INTERCEPTION_REDIRECTS) { /* what the parser's redirect comes out of the third */
		i.redir_rx = m->programs[PROGRAM_MSG] ? 3000 * tick : 0;
		i.redir_tx = m->programs[PROGRAM_MSG] ? 0 : 1000 * tick * id;
	}
	if (m->flags & INTERCEPTION_STRPARSER) {
		i.strp_msgs = 10 * tick * id;
		i.strp_bytes = 1000 * tick * id;
		i.strp_need_more = 3 * tick;
		i.strp_errors = m->flags & INTERCEPTION_STRP_ABORTED ? tick : 0;
	}
	stream_put(out, RECORD_INTERCEPTION, &i);
}

void put_interceptions(struct buf *out, unsigned tick, const struct record_socket *sample)
{
	if (tick == 1)
		put_attached(out, sample);
	for (size_t i = 0; i < sizeof(sockets) / sizeof(*sockets); i++) {
		const struct made *m = &sockets[i];
		struct record_socket s = *sample;

		s.id = i + 1;
		s.via = s.id % 2 ? 0 : VIA;
		s.pid = m->pid;
		s.rport = (u16)(50001 + i);
		s.rx_bytes = 1000 * tick * s.id;
		s.tx_bytes = 500 * tick * s.id;
		memset(s.comm, 0, sizeof(s.comm));
		memcpy(s.comm, m->comm, strlen(m->comm));
		memcpy(s.ulp, m->ulp, strlen(m->ulp));
		if (!m->until || tick < m->until)
			s.flags |= SOCKET_INTERCEPTED;
		stream_put(out, RECORD_SOCKET, &s);
		if (s.flags & SOCKET_INTERCEPTED)
			put_what(out, m, s.id, tick);
	}
}
