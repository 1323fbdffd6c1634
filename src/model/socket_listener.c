/* Listeners' columns: their queues, and how long connections wait for accept(). */
#include <inttypes.h>

#include "address.h"
#include "devices.h"
#include "listeners.h"
#include "losses.h"
#include "socket_get.h"
#include "text.h"

SOCKET_GETTER(get_listener)
{
	const struct listener *l = model_listener(m, r);

	return l ? value_number(v, load(&l->r, c)) : 0;
}

SOCKET_GETTER(get_listener_counted)
{
	const struct listener *l = model_listener(m, r);

	return l && l->r.has & LISTENER_HAS_COUNTS ? value_number(v, load(&l->r, c)) : 0;
}

SOCKET_GETTER(get_syn_limit)
{
	return get_listener(c, m, r, v) && v->integer;
}

SOCKET_GETTER(get_syn_share)
{
	const struct listener *l = model_listener(m, r);

	return l && l->r.syn_limit ? value_fullness(v, l->r.syn_queue, l->r.syn_limit) : 0;
}

SOCKET_GETTER(get_accept_high_share)
{
	const struct listener *l = model_listener(m, r);

	return l && l->r.has & LISTENER_HAS_COUNTS ? value_fullness(v, l->r.accept_high_60s, r->s.accept_limit) : 0;
}

SOCKET_GETTER(get_accept_peak)
{
	const struct listener *l = model_listener(m, r);
	bool known = l && l->r.has & LISTENER_HAS_COUNTS;

	return known && l->r.accept_high_60s > r->s.accept_queue ? value_number(v, l->r.accept_high_60s) : 0;
}

SOCKET_GETTER(get_accept_queue_met)
{
	const struct listener *l = model_listener(m, r);

	*v->buffer = '\0';
	for (unsigned b = 0; l && b < LISTENER_LENGTHS; b++) {
		char length[LISTENER_LENGTH_MAX];

		if (l->r.found[b])
			text_join(v->buffer, sizeof(v->buffer), " ", "%s:%" PRIu64, listener_length(b, "-", length),
				  l->r.found[b]);
	}
	return value_text(v, v->buffer);
}

SOCKET_GETTER(get_accept_rate)
{
	const struct listener *l = model_listener(m, r);

	return l ? value_real(v, (double)l->accept_rate) : 0;
}

SOCKET_GETTER(get_reuseport_skew)
{
	const struct listener *l = model_listener(m, r);

	return l ? value_real(v, (double)l->skew) : 0;
}

/* What the kernel counts for a namespace is this listener's if it has no other. */
static int alone(const struct model *m, const struct row *r, const char *counter, struct value *v)
{
	const struct listener *l = model_listener(m, r);
	const struct stack *s = l && l->alone ? model_stack(m, r->s.netns) : NULL;
	const struct counter *c = s ? stack_counter(m, s, counter) : NULL;

	if (c)
		return value_real(v, of_stack_rate(&c->of, c->r.value, c->before.value));
	return s ? value_real(v, stack_rate(s, 0, 0)) : 0;
}

SOCKET_GETTER(get_alone_overflows)
{
	return alone(m, r, "TcpExtListenOverflows", v);
}

SOCKET_GETTER(get_alone_cookies)
{
	return alone(m, r, "TcpExtSyncookiesSent", v);
}

SOCKET_GETTER(get_refused_rate)
{
	double seconds = model_tick_seconds(m);
	u32 n;

	return seconds > 0 && has(c, r) && losses_refused(m, r, &n) ? value_real(v, n / seconds) : 0;
}

static int figure(const struct column *c, const struct model *m, const struct row *r, unsigned percent, struct value *v)
{
	const struct listener *l = model_listener(m, r);
	struct histogram_figures f;

	if (!l || !listener_figures(m, l, (enum listener_times)c->offset, &f))
		return 0;
	return value_number(v, (percent == 50 ? f.p50_ns : f.p99_ns) / 1000);
}

SOCKET_GETTER(get_accept_p50)
{
	return figure(c, m, r, 50, v);
}

SOCKET_GETTER(get_accept_p99)
{
	return figure(c, m, r, 99, v);
}

/* No file has it yet, though its client may have given up. */
static bool waits(const struct row *r)
{
	bool open = r->s.state == STATE_ESTABLISHED || r->s.state == STATE_CLOSE_WAIT;

	return r->s.dir == DIR_IN && open && r->s.flags & SOCKET_NO_FILE && !(r->s.flags & SOCKET_KERNEL) && !r->closed;
}

SOCKET_GETTER(get_accept_waiting)
{
	return waits(r) && r->s.has & HAS_BIRTH && present(m) ? set_usec_between(v, r->s.birth_ns, present(m)) : 0;
}

SOCKET_GETTER(get_waiting_client)
{
	if (!waits(r) || !has(c, r))
		return 0;
	address_format(r->s.raddr, r->s.family, v->buffer, sizeof(v->buffer));
	return value_text(v, v->buffer);
}
