/* What sockets add to a group: how many are in a state, what began in the last tick, shares of what was sent, what held
 * them back; and what is known of the process. */
#include <netinet/in.h>
#include <string.h>

#include "buf.h"
#include "fold.h"
#include "limited.h"
#include "socket_get.h"
#include "spread.h"

_Static_assert(LIMITED_COUNT <= MIX_WORDS, "all verdicts are words of a mix");

SOCKET_GETTER(get_in_state)
{
	unsigned state = r->s.state == STATE_NEW_SYN_RECV ? STATE_SYN_RECV : r->s.state;

	return value_number(v, !r->closed && state == c->offset);
}

/* A field of struct process, at c->offset. */
SOCKET_GETTER(get_process_number)
{
	const struct process *p = model_owner(m, r);
	u32 n = 0;

	if (p)
		memcpy(&n, (const u8 *)p + c->offset, sizeof(n));
	return n ? value_number(v, n) : 0;
}

SOCKET_GETTER(get_exe)
{
	const struct process *p = model_owner(m, r);

	return p ? value_text(v, p->exe) : 0;
}

SOCKET_GETTER(get_cmdline)
{
	return value_text(v, model_cmdline(m, r));
}

SOCKET_GETTER(get_started_at)
{
	const struct process *p = model_owner(m, r);

	return p && p->start_ns ? value_time(v, model_realtime(m, p->start_ns)) : 0;
}

/* The first tick has no length. */
static int value_once(const struct model *m, bool happened, struct value *v)
{
	double seconds = model_tick_seconds(m);

	return seconds > 0 ? value_real(v, happened ? 1 / seconds : 0) : 0;
}

SOCKET_GETTER(get_new_rate)
{
	return value_once(m, r->born, v);
}

SOCKET_GETTER(get_fail_rate)
{
	return value_once(m, r->just_ended && r->s.last_state == STATE_SYN_SENT, v);
}

SOCKET_GETTER(get_retrans_share)
{
	if (r->s.proto != IPPROTO_TCP || !r->sent_tick)
		return 0;
	v->of = r->sent_tick;
	return value_real(v, (double)MIN(r->retrans_tick, r->sent_tick) / v->of);
}

/* -- times of a tick ----------------------------------------------------------------------------------------------- */

SOCKET_GETTER(get_rtt_sample)
{
	return row_has_fresh_rtt(r) ? value_number(v, r->s.rtt_us) : 0;
}

SOCKET_GETTER(get_connect_sample)
{
	return r->connected ? value_number(v, r->s.connect_us) : 0;
}

COLUMN_GETTER(get_times)
{
	struct histogram_figures f;
	struct histogram h;

	return fold_times(picture, row, c->parts[0], &h, &f) && histogram_text(&h, v->buffer, sizeof(v->buffer)) &&
	       value_text(v, v->buffer);
}

/* c->offset: in struct histogram_figures. */
COLUMN_GETTER(get_times_figure)
{
	struct histogram_figures f;
	struct histogram h;

	return fold_times(picture, row, c->parts[0], &h, &f) && value_nsec(v, load(&f, c));
}

static bool times_object(const void *picture, const void *row, column_getter *get, struct buf *out)
{
	struct histogram_figures f;
	struct histogram h;

	if (!fold_times(picture, row, get, &h, &f))
		return false;
	buf_putc(out, '{');
	histogram_put_figures(out, &f);
	buf_puts(out, ",\"buckets\":");
	histogram_put_buckets(out, &h);
	buf_putc(out, '}');
	return true;
}

bool rtt_hist_object(const void *picture, const void *row, struct buf *out)
{
	return times_object(picture, row, get_rtt_sample, out);
}

bool connect_hist_object(const void *picture, const void *row, struct buf *out)
{
	return times_object(picture, row, get_connect_sample, out);
}

#define FEW_RESENT 16 /* segments: a flight or two, and copies of its first */

/* Is what is sent again and again a full segment, while smaller ones arrive? Either all that was ever acknowledged is
 * less than one; or hardly anything was lost before, and the small end of the flight was acknowledged (by a loss probe
 * at the latest). Where the path is broken nothing arrives any more; where it loses at random, full ones do. */
static bool is_oversized(const struct record_socket *s)
{
	bool small_before = s->tx_bytes && s->tx_bytes < s->mss;
	bool small_end = s->flags & SOCKET_END_SACKED && s->bytes_retrans <= (u64)FEW_RESENT * s->mss;

	return s->backoff >= 2 && s->mss && s->sendq >= s->mss && (small_before || small_end);
}

SOCKET_GETTER(get_oversized_share)
{
	if ((r->s.has & (HAS_TCP | HAS_MEM)) != (HAS_TCP | HAS_MEM) || r->closed)
		return 0;
	v->of = 1;
	return value_real(v, is_oversized(&r->s));
}

/* Ticks in which nothing was to be done held nobody back. */
bool held_by_mix(const void *picture, const void *row, u8 amounts[MIX_WORDS])
{
	const struct record_tick *tick = model_tick(picture);
	const struct row *r = row;
	u8 counts[LIMITED_COUNT];
	unsigned known = tick && !r->closed ? limited_recent(r, tick->number, counts) : 0;

	if (!known)
		return false;
	memset(amounts, 0, MIX_WORDS);
	memcpy(amounts, counts, sizeof(counts));
	amounts[LIMITED_IDLE] = 0;
	return known > counts[LIMITED_IDLE];
}
