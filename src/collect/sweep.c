/* After a pass: what was not seen any more, and what only the maps know. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "clock.h"
#include "collector.h"
#include "skbtop.skel.h"

#define BATCH 2048
#define MISSES_MAX 2 /* an iterator that is resumed may skip a socket once */

/* Calls each for every element of a hash map, in batches. */
static int for_each(int fd, size_t value_size, void (*each)(struct collector *c, u64 key, const void *value), struct collector *c)
{
	cleanup_free u64 *keys = calloc(BATCH, sizeof(*keys));
	cleanup_free u8 *values = calloc(BATCH, value_size);
	u32 in = 0, out = 0;
	bool first = true;

	if (!keys || !values)
		return -ENOMEM;
	for (;;) {
		u32 count = BATCH;
		int r = bpf_map_lookup_batch(fd, first ? NULL : &in, &out, keys, values, &count, NULL);

		if (r < 0 && r != -ENOENT && errno != ENOENT)
			return -errno;
		for (u32 i = 0; i < count; i++)
			each(c, keys[i], values + i * value_size);
		if (r < 0)
			return 0;
		in = out;
		first = false;
	}
}

/* A connection of which no file was seen: not accepted yet, or an orphan. Only iter/tcp can read it. */
static void look_for_orphan(struct collector *c, u64 cookie, const void *value)
{
	const struct abi_conn *conn = value;
	const struct entry *e = table_find(&c->table, cookie);

	if (conn->flags & CONN_ENDED || !conn->state)
		return;
	if (!e || e->pass != c->pass)
		c->slow_wanted = true;
}

void sweep_conns(struct collector *c)
{
	if (for_each(bpf_map__fd(c->hooks.skel->maps.conns), sizeof(struct abi_conn), look_for_orphan, c) < 0)
		c->pass_errors++;
}

static void end_udp(struct collector *c, u64 cookie, const struct abi_flow *f)
{
	struct abi_sock a = {
		.kind = ABI_END,
		.size = sizeof(a),
		.cookie = cookie,
		.ktime_ns = MAX(f->last_ns, f->first_ns),
		.birth_ns = f->first_ns,
		.bytes_received = f->rx_bytes,
		.bytes_sent = f->tx_bytes,
		.udp_rx_pkts = f->rx_pkts,
		.udp_tx_pkts = f->tx_pkts,
		.bits = ABI_HAS_FLOW | (f->rx_pkts_unknown ? ABI_RX_PKTS_UNKNOWN : 0) |
			(f->tx_pkts_unknown ? ABI_TX_PKTS_UNKNOWN : 0),
		.protocol = f->proto,
		.family = f->family,
		.lport = f->lport,
		.rport = f->rport,
		.netns = f->netns,
		.netns_cookie = f->netns_cookie,
		.uid = f->uid,
		.tgid = f->tgid,
		.state = STATE_CLOSE,
		.old_state = STATE_CLOSE,
	};

	memcpy(a.comm, f->comm, sizeof(a.comm));
	memcpy(a.laddr, f->laddr, sizeof(a.laddr));
	memcpy(a.raddr, f->raddr, sizeof(a.raddr));
	see_end(c, &a, sizeof(a));
	bpf_map_delete_elem(bpf_map__fd(c->hooks.skel->maps.flows), &cookie);
}

/* A UDP socket that called, and that no pass has seen: it lived less than a tick, unless it is in use without a file. */
static void look_for_short_flow(struct collector *c, u64 cookie, const void *value)
{
	const struct abi_flow *f = value;
	u64 idle = now_ns() - MAX(f->first_ns, f->last_ns);

	if (!table_find(&c->table, cookie) && idle > 2 * c->interval_ns)
		end_udp(c, cookie, f);
}

void sweep_flows(struct collector *c)
{
	if (for_each(bpf_map__fd(c->hooks.skel->maps.flows), sizeof(struct abi_flow), look_for_short_flow, c) < 0)
		c->pass_errors++;
}

static void gone(struct collector *c, struct entry *e)
{
	struct record_gone g = {.id = convert_id(e->cookie, e->generation), .time_ns = now_ns()};

	if (e->flags & ENTRY_REPORTED)
		outbox_keep(&c->out, RECORD_GONE, &g);
	table_remove(&c->table, e);
}

static void missed_udp(struct collector *c, struct entry *e)
{
	struct abi_flow f;

	if (e->misses < MISSES_MAX)
		return;
	if (!(e->flags & ENTRY_ENDED) && bpf_map_lookup_elem(bpf_map__fd(c->hooks.skel->maps.flows), &e->cookie, &f) == 0) {
		end_udp(c, e->cookie, &f);
		return;
	}
	if (e->flags & ENTRY_ENDED)
		table_remove(&c->table, e);
	else
		gone(c, e);
}

/* Not seen by this pass. Only iter/tcp can tell whether a TCP socket is still there. */
static void missed(struct collector *c, struct entry *e)
{
	if (e->misses < UINT8_MAX)
		e->misses++;
	if (e->flags & ENTRY_UDP) {
		missed_udp(c, e);
		return;
	}
	if (e->flags & ENTRY_ENDED && !(e->flags & ENTRY_MINI)) {
		/* A TIME_WAIT may follow: the slow turn finds it by the same cookie, and it then starts anew. */
		if (e->misses >= MISSES_MAX)
			table_remove(&c->table, e);
		return;
	}
	if (!hooks_has(&c->hooks, FEATURE_NO_FILE)) {
		if (e->misses >= MISSES_MAX)
			gone(c, e);
		return;
	}
	if (c->slow_at_ns && e->slow_pass != c->slow_pass && e->misses >= MISSES_MAX && c->slow_pass > e->slow_checked)
		gone(c, e);
	else if (!(e->flags & ENTRY_MINI) && e->slow_pass != c->slow_pass)
		c->slow_wanted = true;
}

static void tell_owners(struct collector *c, struct entry *e)
{
	struct record_owners o = {.id = convert_id(e->cookie, e->generation), .pid = e->pid, .owners = e->owners};

	stream_put(&c->tick, RECORD_OWNERS, &o);
	e->owners_sent = e->owners;
	e->sum = 0; /* the next record is another anyway: its owners field changes */
}

void sweep_table(struct collector *c)
{
	for (u32 i = 0; i < c->table.end; i++) {
		struct entry *e = &c->table.entries[i];

		if (!(e->flags & ENTRY_LIVE))
			continue;
		if (e->pass == c->pass) {
			e->slow_checked = c->slow_pass;
			if (e->flags & ENTRY_FILE && e->flags & ENTRY_REPORTED && !(e->flags & ENTRY_ENDED) &&
			    e->owners != e->owners_sent)
				tell_owners(c, e);
		} else {
			missed(c, e);
		}
	}
}
