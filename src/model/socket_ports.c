/* Local ports: which rows take one, and what each adds to the figures of its source address and destination. */
#include "socket_ports.h"

#include "address.h"
#include "clock.h"
#include "fold.h"

#define RECENT_NS (10 * NSEC_PER_SEC) /* what "a second" is the mean of */

static bool waits(const struct row *r)
{
	return !r->closed && r->s.state == STATE_TIME_WAIT;
}

static bool within(const struct record_ports *p, const struct row *r)
{
	return p && r->s.lport >= p->first && r->s.lport <= p->last;
}

bool socket_takes_port(const void *picture, const void *row)
{
	const struct row *r = row;

	if (r->s.proto != IPPROTO_TCP || !(r->s.has & HAS_REMOTE))
		return false;
	return r->s.dir == DIR_OUT || (r->s.dir == DIR_UNKNOWN && r->s.state == STATE_TIME_WAIT &&
				       within(model_ports(picture, r->s.netns), r));
}

u32 socket_weight(const void *picture, const void *row)
{
	const struct record_tick *t = model_tick(picture);

	return waits(row) && t ? MAX(t->mini_share, 1) : 1;
}

/* As tcp_twsk_unique() of net/ipv4/tcp_ipv4.c has it. Whether the connection had timestamps is not known: nearly all
 * have. */
static bool can_be_reused(const struct model *m, const struct row *r)
{
	const struct record_ports *p = model_ports(m, r->s.netns);
	const struct record_tick *t = model_tick(m);

	if (!waits(r) || !p || !p->reuse || !t)
		return false;
	if (p->reuse == 2 && !address_is_loopback(r->s.laddr, r->s.family) &&
	    !address_is_loopback(r->s.raddr, r->s.family))
		return false;
	return r->s.has & HAS_STATE_TIME && t->time_ns >= r->s.state_ns + p->reuse_delay_ms * NSEC_PER_MSEC;
}

static u32 size_of(const struct record_ports *p)
{
	return (u32)p->last - p->first + 1 - p->kept;
}

SOCKET_GETTER(get_ports_used)
{
	if (!model_ports(m, r->s.netns))
		return 0;
	return value_number(
	    v, !r->closed && within(model_ports(m, r->s.netns), r) && !can_be_reused(m, r) ? socket_weight(m, r) : 0);
}

SOCKET_GETTER(get_ports_range)
{
	const struct record_ports *p = model_ports(m, r->s.netns);

	return p ? value_number(v, size_of(p)) : 0;
}

SOCKET_GETTER(get_ports_share)
{
	const struct record_ports *p = model_ports(m, r->s.netns);

	if (!get_ports_used(c, m, r, v) || !size_of(p))
		return 0;
	return value_real(v, v->number / size_of(p));
}

SOCKET_GETTER(get_waiting_share)
{
	const struct record_ports *p = model_ports(m, r->s.netns);

	if (!p || !size_of(p))
		return 0;
	return value_real(v, waits(r) && within(p, r) && !can_be_reused(m, r) ? (double)socket_weight(m, r) / size_of(p)
									      : 0);
}

SOCKET_GETTER(get_time_wait_max)
{
	const struct record_ports *p = model_ports(m, r->s.netns);

	return p && p->time_wait_max ? value_number(v, p->time_wait_max) : 0;
}

SOCKET_GETTER(get_time_wait_share)
{
	const struct record_ports *p = model_ports(m, r->s.netns);

	return p && p->time_wait_max ? value_real(v, waits(r) ? (double)socket_weight(m, r) / p->time_wait_max : 0) : 0;
}

/* For how long births have been seen, of the last RECENT_NS. */
static double seconds_seen(const struct model *m, u64 now)
{
	const struct record_hello *h = model_hello(m);
	u64 since = h ? h->start_ns : 0;

	return (double)MIN(now > since ? now - since : 0, RECENT_NS) / 1e9;
}

SOCKET_GETTER(get_ports_rate)
{
	const struct record_tick *t = model_tick(m);
	double seconds = t ? seconds_seen(m, t->time_ns) : 0;
	bool is_new = r->s.has & HAS_BIRTH && r->s.birth_ns && t && t->time_ns < r->s.birth_ns + RECENT_NS;

	if (!model_ports(m, r->s.netns) || seconds <= 0)
		return 0;
	return value_real(
	    v, is_new && !r->closed && within(model_ports(m, r->s.netns), r) ? socket_weight(m, r) / seconds : 0);
}

SOCKET_GETTER(get_time_wait)
{
	return value_number(v, waits(r) ? socket_weight(m, r) : 0);
}

SOCKET_GETTER(get_reusable)
{
	return model_ports(m, r->s.netns) ? value_number(v, can_be_reused(m, r) ? socket_weight(m, r) : 0) : 0;
}

SOCKET_GETTER(get_sampled)
{
	return value_number(v, socket_weight(m, r)) && v->integer > 1;
}

SOCKET_GETTER(get_holder_pid)
{
	return r->s.has & HAS_OWNER ? value_number(v, r->s.pid) : 0;
}

/* With the number, so that processes of one name are not counted together. */
SOCKET_GETTER(get_holder)
{
	return r->s.has & HAS_OWNER ? value_word(v, r->s.pid, (const char *)r->s.comm) : 0;
}

u64 socket_ports_now(const void *picture)
{
	const struct record_tick *t = model_tick(picture);

	return t ? t->time_ns : 0;
}

COLUMN_GETTER(get_holder_sockets)
{
	struct value holder;

	return fold_part(c, picture, row, 0, &holder) ? value_number(v, (u64)holder.number) : 0;
}

COLUMN_GETTER(get_ports_growth)
{
	double growth;

	(void)c;
	return fold_growth(picture, row, &growth) ? value_real(v, growth) : 0;
}

/* Never, unless it grows: then nothing is known. */
COLUMN_GETTER(get_ports_left)
{
	struct value used, range;
	double growth;

	if (!fold_part(c, picture, row, 0, &used) || !fold_part(c, picture, row, 1, &range))
		return 0;
	if (used.number >= range.number)
		return value_number(v, 0);
	if (!fold_growth(picture, row, &growth) || growth <= 0)
		return 0;
	return value_number(v, (u64)((range.number - used.number) * 1e6 / growth));
}
