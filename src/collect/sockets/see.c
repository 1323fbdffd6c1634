/* Compares what the kernel reports of sockets with what the reader knows, and sends what is new. */
#include <string.h>

#include "id.h"
#include "namer.h"
#include "sockets.h"
#include "spaces.h"

static struct entry *entry_of(struct collector *c, u64 cookie)
{
	struct entry *e = entries_get(&c->sockets->entries, cookie);

	if (e && !e->first_pass)
		e->first_pass = c->sockets->pass;
	return e;
}

/* Counts an owner: processes, not descriptors. The iterator visits each process once, with all its descriptors. */
static bool count_holder(struct collector *c, struct entry *e, u32 tgid)
{
	if (e->pass == c->sockets->pass && e->flags & ENTRY_FILE) {
		if (e->last_pid != tgid && e->owners < UINT16_MAX)
			e->owners++;
		e->last_pid = tgid;
		return false;
	}
	e->pass = c->sockets->pass;
	e->misses = 0;
	e->owners = 1;
	e->first_pid = e->last_pid = tgid;
	e->flags |= ENTRY_FILE;
	e->flags &= (u8) ~(ENTRY_MINI | ENTRY_WANTED);
	return true;
}

static void fill_owner(const struct abi_sock *a, struct entry *e, struct record_socket *s)
{
	bool born = a->conn_flags & CONN_BORN || (a->protocol != IPPROTO_TCP && e->first_pass > 1);

	if (e->first_pass <= 1 && !(a->conn_flags & CONN_BORN))
		s->flags |= SOCKET_SEEDED;
	if (a->kind == ABI_FILE) {
		s->pid = a->tgid;
		memcpy(s->comm, a->comm, sizeof(s->comm));
		s->owners = e->owners_sent ? e->owners_sent : 1;
		s->owner = born ? OWNER_EXACT : OWNER_SEEDED;
		s->has |= HAS_OWNER;
	} else if (a->tgid) {
		s->pid = a->tgid;
		memcpy(s->comm, a->comm, sizeof(s->comm));
		s->owner = a->kind == ABI_END && a->conn_flags & CONN_OWNER_EXACT ? OWNER_EXACT
			   : a->conn_flags & CONN_OWNER_CLOSER                    ? OWNER_CLOSER
										  : OWNER_CREATOR;
		s->has |= HAS_OWNER;
	} else if (e->pid) {
		s->owner = OWNER_CREATOR;
	}
}

/* A reader that did not know the socket has not kept its layers and queues: they are sent again after it. */
static void layers_follow(struct entry *e)
{
	if (!e->sum)
		e->layers_sum = e->queues = 0;
}

/* Sends the record if it differs from what the reader has. */
static void report(struct collector *c, const struct abi_sock *a, struct entry *e, struct record_socket *s)
{
	u64 sample = s->sample_ns, sum;

	s->sample_ns = 0;
	sum = entries_sum(s, sizeof(*s));
	s->sample_ns = sample;
	if (sum != e->sum) {
		/* A datagram socket can have another with each connect(). */
		if (!e->sum || s->proto != IPPROTO_TCP)
			spaces_note_address(c->spaces, s->laddr);
		if (s->flags & SOCKET_SLOW)
			spaces_note_move(c->spaces, s->netns, e->sum ? SPACE_MOVES : SPACE_NEW);
		stream_put(&c->tick, RECORD_SOCKET, s);
		namer_send(c->namer, &c->out, s);
		layers_follow(e);
		e->sum = sum;
		e->sent_tick = (u32)c->number;
		e->owners_sent = s->owners;
		e->flags |= ENTRY_REPORTED;
	}
	if (a->has_info) {
		struct record_info info;

		convert_info(a, (const struct abi_info *)(a + 1), c->sockets->clock, &info);
		cc_info_fill(&c->sockets->cc_info, (const char *)s->cc,
			     (const u8 *)((const struct abi_info *)(a + 1))->cc_priv, s->mss, &info);
		stream_put(&c->tick, RECORD_INFO, &info);
	}
}

/* A new connection on the same socket: nothing of the old one counts. */
static void check_generation(struct entry *e, const struct abi_sock *a)
{
	if (e->generation == a->generation)
		return;
	e->generation = a->generation;
	e->flags &= (u8) ~(ENTRY_ENDED | ENTRY_REPORTED);
	e->sum = 0;
	e->owners_sent = 0;
	e->dir = 0;
}

/* The direction of a connection that is older than the collector is worked out from its counters, which are read
 * without the lock: what was found while nothing was in flight is kept. */
static void keep_dir(struct entry *e, struct abi_sock *a)
{
	if (a->protocol != IPPROTO_TCP || a->conn_flags & CONN_BORN)
		return;
	if (!e->dir && !a->packets_out)
		e->dir = (u8)convert_dir(a);
	if (e->dir) {
		a->dir = e->dir;
		a->bits |= ABI_DIR_KNOWN;
	}
}

/* A UDP socket that is older than the collector is counted only from our start on: until something was counted, its
 * counters are unknown. */
static void leave_uncounted(const struct abi_sock *a, struct record_socket *s)
{
	if (a->protocol == IPPROTO_TCP || !(s->flags & SOCKET_SEEDED))
		return;
	if (!s->rx_bytes && !s->rx_pkts)
		s->has &= ~(u64)(HAS_RX_BYTES | HAS_RX_PKTS);
	if (!s->tx_bytes && !s->tx_pkts)
		s->has &= ~(u64)(HAS_TX_BYTES | HAS_TX_PKTS);
}

static u32 settings_of(const u8 sum[3])
{
	return (u32)sum[0] | (u32)sum[1] << 8 | (u32)sum[2] << 16;
}

/* Was it held by a file in the last pass that can have seen it? The current pass may not have reached it yet. */
static bool is_held(const struct collector *c, const struct entry *e)
{
	return e->flags & ENTRY_FILE &&
	       (e->pass == c->sockets->pass || (!c->sockets->whole && e->pass + 1 == c->sockets->pass));
}

static void see_full(struct collector *c, struct abi_sock *a)
{
	struct entry *e = entry_of(c, a->cookie);
	struct record_socket s;
	bool first = true;

	c->sockets->reported = 0;
	if (!e)
		return;
	spaces_note(c->spaces, a->netns, a->netns_cookie, a->kind == ABI_FILE ? a->tgid : 0);
	if (a->kind == ABI_FILE) {
		first = count_holder(c, e, a->tgid);
	} else {
		if (is_held(c, e))
			return;
		e->flags &= (u8) ~(ENTRY_FILE | ENTRY_MINI | ENTRY_WANTED);
		e->pass = c->sockets->pass;
		e->misses = 0;
	}
	check_generation(e, a);
	if (!first || (e->flags & ENTRY_ENDED))
		return;
	/* Neither bound nor connected: ss does not list it either. */
	if (a->protocol == IPPROTO_TCP && a->state == STATE_CLOSE && !a->lport)
		return;
	c->sockets->seen++;
	keep_dir(e, a);
	convert_sock(a, c->sockets->clock, &s);
	s.has &= ~c->sockets->unserved[a->protocol != IPPROTO_TCP];
	fill_owner(a, e, &s);
	leave_uncounted(a, &s);
	e->state = a->state;
	e->netns = a->netns;
	if (a->kind == ABI_FILE) {
		e->pid = a->tgid;
		e->settings = settings_of(a->settings);
	} else {
		e->owners = 0;
	}
	e->flags &= (u8) ~(ENTRY_QUEUED | ENTRY_UDP);
	e->flags |=
	    (a->protocol != IPPROTO_TCP ? ENTRY_UDP : 0) | (s.recvq || s.sendq || s.rmem_alloc ? ENTRY_QUEUED : 0);
	report(c, a, e, &s);
	c->sockets->reported = a->cookie;
}

/* The listener whose record was the one before; the record of each further owner of it is passed over. A request socket
 * is found by the slow turn alone, which is wanted while there are any. */
static void see_listener(struct collector *c, const struct abi_listener *l)
{
	struct entry *e = l->cookie == c->sockets->reported ? entries_find(&c->sockets->entries, l->cookie) : NULL;
	struct record_listener r;
	u32 sum;

	if (!e)
		return;
	convert_listener(l, l->flags & LISTENER_COUNTED ? (const struct abi_accepts *)(l + 1) : NULL,
			 id_make(e->cookie, e->generation), &r);
	if (r.syn_queue)
		spaces_note_move(c->spaces, e->netns, SPACE_NEW);
	sum = (u32)(entries_sum(&r, sizeof(r)) >> 32) | 1;
	if (sum == e->queues)
		return;
	e->queues = sum;
	r.sample_ns = l->ktime_ns;
	stream_put(&c->tick, RECORD_LISTENER, &r);
}

/* Idle since the last delivered pass. What it had in its queues may have been read without a packet, and its settings
 * are compared now and then. */
static void see_same(struct collector *c, const struct abi_same *same)
{
	struct entry *e = entries_find_next(&c->sockets->entries, same->cookie);
	u32 settings;

	if (!e) {
		e = entry_of(c, same->cookie);
		if (e)
			sockets_want(c->sockets, e);
		return;
	}
	if (!count_holder(c, e, same->tgid))
		return;
	c->sockets->seen += !(e->flags & ENTRY_ENDED);
	settings = settings_of(same->settings);
	if (!e->sum || e->flags & ENTRY_QUEUED || (settings && settings != e->settings))
		sockets_want(c->sockets, e);
}

/* Has a file that no process holds (in flight, io_uring, an MPTCP connection not accepted yet), unless the pass over
 * files has seen it. Its values come only if they are asked for. */
static void see_alive(struct collector *c, const struct abi_same *same)
{
	struct entry *e = entry_of(c, same->cookie);

	if (!e)
		return;
	if (e->pass == c->sockets->pass)
		return;
	e->pass = c->sockets->pass;
	e->misses = 0;
	e->flags &= (u8)~ENTRY_FILE;
	e->owners = 0;
	c->sockets->seen++;
	c->sockets->unheld++;
	sockets_want(c->sockets, e);
}

/* No file holds it, and nothing has changed. */
static void see_still(struct collector *c, const struct abi_same *same)
{
	struct entry *e = entry_of(c, same->cookie);

	if (!e || e->pass == c->sockets->pass || is_held(c, e))
		return;
	e->pass = c->sockets->pass;
	e->misses = 0;
	c->sockets->seen += !(e->flags & ENTRY_ENDED);
	if (!e->sum)
		sockets_want(c->sockets, e);
}

static void see_awaited(const struct collector *c, const struct abi_sock *a)
{
	if (c->sockets->awaited.cookie && a->cookie == c->sockets->awaited.cookie)
		c->sockets->awaited.met(c->sockets->awaited.source, a);
}

static void see_space(struct collector *c, const struct abi_same *s)
{
	spaces_note(c->spaces, (u32)s->cookie, 0, s->tgid);
}

/* TIME_WAIT, the FIN_WAIT2 minisock, request sockets. They have the cookie of the full socket, so its row continues. */
static void see_mini(struct collector *c, const struct abi_mini *m)
{
	struct abi_sock a = {
	    .kind = ABI_MINI,
	    .cookie = m->cookie,
	    .ktime_ns = m->ktime_ns,
	    .family = m->family,
	    .netns = m->netns,
	    .netns_cookie = m->netns_cookie,
	    .ifindex = m->ifindex,
	    .lport = m->lport,
	    .rport = m->rport,
	    .state = m->state,
	    .protocol = IPPROTO_TCP,
	};
	struct record_socket s;
	struct entry *e;

	memcpy(a.laddr, m->laddr, sizeof(a.laddr));
	memcpy(a.raddr, m->raddr, sizeof(a.raddr));
	e = entry_of(c, a.cookie);
	if (!e || (e->pass == c->sockets->pass && e->flags & ENTRY_FILE))
		return;
	a.generation = e->generation;
	e->flags = (u8)((e->flags & ~(ENTRY_FILE | ENTRY_QUEUED)) | ENTRY_MINI);
	e->pass = c->sockets->pass;
	e->misses = 0;
	e->state = a.state;
	e->netns = a.netns;
	c->sockets->seen++;
	convert_sock(&a, c->sockets->clock, &s);
	s.owner = e->pid ? OWNER_CREATOR : OWNER_UNKNOWN;
	if (m->state == STATE_TIME_WAIT) {
		s.state_ns = convert_mini_since(m, c->sockets->clock);
		s.has |= HAS_STATE_TIME;
	}
	report(c, &a, e, &s);
	if (c->wishes.info == ~0ULL || c->wishes.info == s.id) {
		struct record_info info;

		convert_mini_info(m, s.id, c->sockets->clock, &info);
		stream_put(&c->tick, RECORD_INFO, &info);
	}
}

static void see_device(struct collector *c, const struct abi_device *d)
{
	namer_send_device(c->namer, &c->out, NAME_DEVICE, d->netns_cookie ? d->netns_cookie : d->netns, d->ifindex,
			  d->name);
}

/* Was this seen before ends that have come since? They may be the end of this connection, or of a later one on the same
 * socket. Then it is not new, and shows only that a socket exists that is still known; others are looked for again. */
static bool is_late(struct collector *c, u64 cookie, u64 ktime_ns)
{
	struct entry *e;

	if (ktime_ns >= c->sockets->drained_ns)
		return false;
	e = entries_find(&c->sockets->entries, cookie);
	if (!e) {
		c->sockets->slow_wanted = true;
	} else if (!(e->flags & ENTRY_ENDED)) {
		e->pass = c->sockets->pass;
		e->misses = 0;
	}
	return true;
}

void see_record(void *collector, struct abi_sock *a)
{
	struct collector *c = collector;

	if (a->kind == ABI_NO_FILE && is_late(c, a->cookie, a->ktime_ns))
		return;
	if (a->kind == ABI_MINI && is_late(c, ((struct abi_mini *)a)->cookie, ((struct abi_mini *)a)->ktime_ns))
		return;
	switch (a->kind) {
	case ABI_DEVICE: see_device(collector, (const struct abi_device *)a); break;
	case ABI_SAME: see_same(collector, (const struct abi_same *)a); break;
	case ABI_SPACE: see_space(collector, (const struct abi_same *)a); break;
	case ABI_ALIVE: see_alive(collector, (const struct abi_same *)a); break;
	case ABI_STILL: see_still(collector, (const struct abi_same *)a); break;
	case ABI_LISTENER: see_listener(collector, (const struct abi_listener *)a); break;
	case ABI_INTERCEPTION: intercepted_see(c, (const struct abi_interception *)a); break;
	case ABI_MINI: see_mini(collector, (const struct abi_mini *)a); break;
	default:
		see_awaited(collector, a);
		see_full(collector, a);
		break;
	}
}

void see_late_reset(struct collector *c, const struct abi_sock *a)
{
	struct record_resets r = {
	    .id = id_make(a->cookie, a->generation),
	    .time_ns = a->ktime_ns,
	    .resets = a->resets,
	};

	if (a->conn_flags & CONN_BORN)
		outbox_event(&c->out, RECORD_RESETS, &r, false);
}

/* The entry of a connection that has ended, or NULL: there is none, or a later connection on the same socket has it. */
static struct entry *entry_of_end(const struct collector *c, const struct abi_sock *a)
{
	struct entry *e = entries_find(&c->sockets->entries, a->cookie);

	return e && (int8_t)(a->generation - e->generation) < 0 ? NULL : e;
}

void see_held_end(struct collector *c, const struct abi_sock *a, bool begins)
{
	struct entry *e = entries_find(&c->sockets->entries, a->cookie);

	if (!e)
		return;
	if (!begins) {
		e->ending -= e->ending > 0;
		return;
	}
	e->ending += e->ending < UINT8_MAX;
	e = entry_of_end(c, a);
	if (e) {
		check_generation(e, a);
		e->flags |= ENTRY_ENDED;
	}
}

/* Nothing more of this connection is to be sent. */
static void forget_values(struct collector *c, const struct abi_sock *a)
{
	struct entry *e = entries_find(&c->sockets->entries, a->cookie) ? entry_of_end(c, a) : entry_of(c, a->cookie);

	if (!e)
		return;
	layers_follow(e);
	e->generation = a->generation;
	e->flags |= ENTRY_ENDED;
	e->sum = 0;
}

static void tell_states(struct collector *c, const struct abi_sock *a, u64 id, bool early)
{
	struct record_life l = {.id = id, .left_ns = a->left_ns, .last_ns = a->last_ns};

	if (a->protocol == IPPROTO_TCP && (a->left_ns || a->last_ns))
		outbox_event(&c->out, RECORD_LIFE, &l, early);
}

void see_end(struct collector *c, const struct abi_sock *end)
{
	struct entry unknown = {.first_pass = 2}, *e = entry_of_end(c, end);
	struct abi_sock a = *end;
	bool early = !e || e->sent_tick != (u32)c->number;
	struct record_socket s;

	/* tcp_time_wait(): a minisock may continue the row. */
	if (a.old_state == STATE_FIN_WAIT2 || a.old_state == STATE_CLOSING)
		c->sockets->slow_wanted = true;
	if (e) {
		check_generation(e, &a);
		keep_dir(e, &a);
	}
	convert_sock(&a, c->sockets->clock, &s);
	fill_owner(&a, e ? e : &unknown, &s);
	leave_uncounted(&a, &s);
	s.owners = s.has & HAS_OWNER ? 1 : 0;
	s.has &= ~c->sockets->unserved[a.protocol != IPPROTO_TCP];
	namer_send(c->namer, &c->out, &s);
	tell_states(c, &a, s.id, early);
	outbox_event(&c->out, RECORD_SOCKET, &s, early);
	forget_values(c, &a);
}
