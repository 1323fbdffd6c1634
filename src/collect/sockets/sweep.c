/* After a pass: finds sockets that are gone, and those that only the maps know. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "clock.h"
#include "hooks.h"
#include "id.h"
#include "maps.h"
#include "skbtop.skel.h"
#include "sockets.h"
#include "spaces.h"

#define MISSES_MAX 2 /* an iterator that is resumed may skip a socket once */

struct sweep {
	struct source source;
	bool short_flows; /* the last sweep over flows met a socket that no pass has seen */
};

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
	c->sockets->events++;
	see_end(c, &a);
	bpf_map_delete_elem(bpf_map__fd(c->hooks->table->maps.flows), &cookie);
}

/* A UDP socket with traffic that no pass has seen: it lived less than a tick, unless it is in use without a file. */
static void look_for_short_flow(void *sweep, const void *key, const void *value)
{
	struct sweep *w = sweep;
	struct collector *c = w->source.c;
	const u64 cookie = *(const u64 *)key;
	const struct abi_flow *f = value;
	u64 idle = now_ns() - MAX(f->first_ns, f->last_ns);

	if (entries_find(&c->sockets->entries, cookie))
		return;
	if (idle > 2 * MAX(c->interval_ns, c->sockets->took_ns) && f->first_ns < c->sockets->begun_ns)
		end_udp(c, cookie, f);
	else
		w->short_flows = true;
}

/* Ends UDP sockets that are gone. */
static void sweep_flows(struct sweep *w)
{
	struct collector *c = w->source.c;
	u32 *added = &c->hooks->table->bss->flows_added;

	if (hooks_has(c->hooks, FEATURE_UDP_END) || (!*added && !w->short_flows))
		return;
	*added = 0;
	w->short_flows = false;
	if (map_each(c->hooks->table->maps.flows, hooks_program(c->hooks, FEATURE_WALK, 1), sizeof(struct abi_flow),
		     look_for_short_flow, w) < 0)
		c->errors++;
}

static void gone(struct collector *c, struct entry *e)
{
	struct record_gone g = {.id = id_make(e->cookie, e->generation), .time_ns = now_ns()};

	if (e->flags & ENTRY_REPORTED)
		outbox_event(&c->out, RECORD_GONE, &g, false);
	entries_remove(&c->sockets->entries, e);
}

/* Ends a UDP socket that is gone, with its totals if it had traffic. */
static void gone_udp(struct collector *c, struct entry *e)
{
	struct abi_flow f;

	if (e->flags & ENTRY_ENDED)
		entries_remove(&c->sockets->entries, e);
	/* No look-up where kprobes are in use, because it would keep them from running. */
	else if (!c->hooks->table->rodata->flow_by_address &&
		 bpf_map_lookup_elem(bpf_map__fd(c->hooks->table->maps.flows), &e->cookie, &f) == 0)
		end_udp(c, e->cookie, &f);
	else
		gone(c, e);
}

/* This pass did not see it. Only a visit of its namespace by the slow turn that began after the first miss can tell
 * whether the socket still exists: an iterator may skip one, and no file need hold it. */
static void missed(struct collector *c, struct entry *e)
{
	bool udp = e->flags & ENTRY_UDP;
	bool checkable = hooks_has(c->hooks, udp ? FEATURE_NO_FILE_UDP : FEATURE_NO_FILE);

	if (e->ending) /* its end comes first */
		return;
	if (e->misses < UINT8_MAX)
		e->misses++;
	if (e->flags & ENTRY_ENDED && !(e->flags & ENTRY_MINI)) {
		/* A TIME_WAIT may follow: the slow turn finds it by the same cookie, as a new entry. */
		if (e->misses >= MISSES_MAX)
			entries_remove(&c->sockets->entries, e);
		return;
	}
	if (checkable && e->flags & ENTRY_FILE)
		c->sockets->slow_wanted = true;
	else if (!udp)
		c->sockets->orphans = true;
	if (e->misses < MISSES_MAX || (checkable && !spaces_visited_after(c->spaces, e->netns, e->slow_checked)))
		return;
	if (udp)
		gone_udp(c, e);
	else
		gone(c, e);
}

static void read_comm(u32 pid, u8 comm[RECORD_COMM_LEN])
{
	char path[64];
	cleanup_fclose FILE *f = NULL;

	snprintf(path, sizeof(path), "/proc/%u/comm", pid);
	f = fopen(path, "re");
	if (f)
		comm[strnlen((char *)comm, fread(comm, 1, RECORD_COMM_LEN, f))] = 0;
	for (size_t i = 0; i < RECORD_COMM_LEN; i++)
		if (comm[i] == '\n' && (i + 1 == RECORD_COMM_LEN || !comm[i + 1]))
			comm[i] = 0;
}

/* The owners have changed, though nothing else need have. */
static void send_owners(struct collector *c, struct entry *e)
{
	struct record_owners o = {.id = id_make(e->cookie, e->generation), .owners = e->owners};

	if (e->owners) {
		o.pid = e->first_pid;
		read_comm(o.pid, o.comm);
		e->pid = o.pid;
	}
	stream_put(&c->tick, RECORD_OWNERS, &o);
	e->owners_sent = e->owners;
	e->sent_tick = (u32)c->number;
	e->sum = 0; /* the next record differs anyway, by its owners */
}

/* Does the reader know its owners? */
static bool owners_known(const struct entry *e)
{
	if (!(e->flags & ENTRY_REPORTED) || e->flags & (ENTRY_ENDED | ENTRY_MINI))
		return true;
	return e->owners == e->owners_sent && (!e->owners || e->first_pid == e->pid);
}

static void sweep_table(struct collector *c)
{
	for (u32 i = 0; i < c->sockets->entries.end; i++) {
		struct entry *e = &c->sockets->entries.at[i];

		if (!(e->flags & ENTRY_LIVE))
			continue;
		if (e->pass == c->sockets->pass) {
			e->slow_checked = c->sockets->slow_pass;
			if (!owners_known(e))
				send_owners(c, e);
		} else {
			missed(c, e);
		}
	}
}

/* The pass over files is whole: what it did not see may be gone. */
static void sweep_tick(struct source *s)
{
	if (!s->c->sockets->whole)
		return;
	sockets_done_wanted(s->c->sockets, s->c->hooks);
	sweep_flows((struct sweep *)s);
	sweep_table(s->c);
}

const struct source_class sweep_source = {.name = "sweep", .size = sizeof(struct sweep), .tick = sweep_tick};
