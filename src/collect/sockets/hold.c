/* Holds ends back until a RST that belongs to them must have come. */
#include "hold.h"

#include <bpf/bpf.h>
#include <string.h>

#include "sockets.h"

struct held_end {
	struct abi_sock end;
	bool open;      /* a RST may follow */
	bool destroyed; /* its socket was destroyed: a RST that it sent is in the ring by now */
};

void hold_init(struct hold *e, struct collector *c, int conns_fd, bool resets_seen)
{
	*e = (struct hold){.c = c, .conns_fd = conns_fd, .resets_seen = resets_seen};
}

void hold_deinit(struct hold *e)
{
	buf_deinit(&e->held);
	idmap_deinit(&e->newest);
}

static struct held_end *oldest(const struct hold *e)
{
	return buf_len(&e->held) ? (struct held_end *)(void *)buf_at(&e->held) : NULL;
}

static u32 count(const struct hold *e)
{
	return (u32)(buf_len(&e->held) / sizeof(struct held_end));
}

/* tcp_disconnect() and tcp_close() send the RST after CLOSE; so does tcp_rcv_state_process() when data arrives for a
 * closed program. None follows an orderly end, or one that was caused by a RST. */
static bool reset_may_follow(const struct abi_sock *a)
{
	if (a->protocol != IPPROTO_TCP || a->conn_flags & CONN_RESET)
		return false;
	switch (a->old_state) {
	case STATE_SYN_RECV:
	case STATE_ESTABLISHED:
	case STATE_FIN_WAIT1:
	case STATE_CLOSE_WAIT: return true;
	case STATE_FIN_WAIT2: return !(a->bits & ABI_SOCK_DONE);
	case STATE_CLOSING:
	case STATE_LAST_ACK: return a->snd_una != a->write_seq;
	default: return false;
	}
}

static void report_oldest(struct hold *e)
{
	struct held_end h = *oldest(e);

	buf_consume(&e->held, sizeof(h));
	if (idmap_get(&e->newest, h.end.cookie) == e->first)
		idmap_remove(&e->newest, h.end.cookie);
	e->first++;
	see_held_end(e->c, &h.end, false);
	see_end(e->c, &h.end);
}

static void hold_back(struct hold *e, const struct abi_sock *a, bool open)
{
	struct held_end h = {.end = *a, .open = open};

	if (count(e) == HOLD_MAX)
		report_oldest(e);
	buf_put(&e->held, &h, sizeof(h));
	if (e->held.failed) { /* out of memory: report it at once, after those before it */
		e->held.failed = false;
		while (count(e))
			report_oldest(e);
		see_end(e->c, a);
		return;
	}
	see_held_end(e->c, a, true);
	if (idmap_set(&e->newest, a->cookie, e->first + count(e) - 1) < 0)
		oldest(e)[count(e) - 1].open = false;
}

/* The held end that this RST belongs to, or NULL. */
static struct held_end *end_of(const struct hold *e, const struct abi_sock *reset)
{
	u32 number = count(e) ? idmap_get(&e->newest, reset->cookie) : IDMAP_NONE;
	struct held_end *h;

	if (number == IDMAP_NONE)
		return NULL;
	h = oldest(e) + (number - e->first);
	if (reset->bits & ABI_HAS_CONN)
		return reset->generation == h->end.generation ? h : NULL;
	/* Of a destroyed socket only the cookie is left. If a RST caused the end, tcp_reset() has counted it
	 * already. */
	return h->end.conn_flags & CONN_RESET ? NULL : h;
}

static void take_reset(struct hold *e, const struct abi_sock *reset)
{
	struct held_end *h = end_of(e, reset);

	if (!h) {
		see_late_reset(e->c, reset);
		return;
	}
	h->end.resets = reset->bits & ABI_HAS_CONN ? reset->resets : (u16)(h->end.resets + 1);
	h->end.conn_flags |= CONN_RESET;
	h->open = false;
}

void hold_take(void *hold, const void *record)
{
	struct hold *e = hold;
	struct abi_sock a;
	bool open;

	memcpy(&a, record, sizeof(a));
	e->c->sockets->events++;
	if (a.kind == ABI_RESET) {
		take_reset(e, &a);
		return;
	}
	open = e->resets_seen && reset_may_follow(&a);
	if (open || count(e))
		hold_back(e, &a, open);
	else
		see_end(e->c, &a);
}

/* A socket's entry is deleted with it, or belongs to another connection. */
static bool is_destroyed(const struct hold *e, const struct abi_sock *a)
{
	struct abi_conn conn;

	return bpf_map_lookup_elem(e->conns_fd, &a->cookie, &conn) < 0 || conn.generation != a->generation;
}

static bool is_complete(const struct held_end *h, u64 now)
{
	u64 age = now - MIN(h->end.ktime_ns, now);

	return !h->open || (h->destroyed && age >= HOLD_SETTLE_NS) || age >= HOLD_WAIT_NS;
}

bool hold_settle(struct hold *e, u64 now)
{
	struct held_end *h;
	bool found = false;

	while ((h = oldest(e)) && is_complete(h, now))
		report_oldest(e);
	h = oldest(e);
	for (u32 i = 0; i < count(e); i++)
		if (h[i].open && !h[i].destroyed && is_destroyed(e, &h[i].end))
			h[i].destroyed = found = true;
	return found;
}
