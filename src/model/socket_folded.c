/* What sockets add to a group: how many are in a state, what began in the last tick, shares of what was sent, what held
 * them back; and what is known of the process. */
#include <netinet/in.h>
#include <string.h>

#include "limited.h"
#include "socket_get.h"

_Static_assert(LIMITED_COUNT <= MIX_WORDS, "all verdicts are words of a mix");

SOCKET_GETTER(get_in_state)
{
	unsigned state = r->s.state == STATE_NEW_SYN_RECV ? STATE_SYN_RECV : r->s.state;

	return value_number(v, !r->closed && state == c->offset);
}

/* A field of struct process, at c->offset. */
SOCKET_GETTER(get_process_number)
{
	const struct process *p = r->s.has & HAS_OWNER ? model_process(m, r->s.pid) : NULL;
	u32 n = 0;

	if (p)
		memcpy(&n, (const u8 *)p + c->offset, sizeof(n));
	return n ? value_number(v, n) : 0;
}

SOCKET_GETTER(get_exe)
{
	const struct process *p = r->s.has & HAS_OWNER ? model_process(m, r->s.pid) : NULL;

	return p ? value_text(v, p->exe) : 0;
}

/* The first tick has no length. */
SOCKET_GETTER(get_new_rate)
{
	double seconds = model_tick_seconds(m);

	return seconds > 0 ? value_real(v, r->born ? 1 / seconds : 0) : 0;
}

SOCKET_GETTER(get_retrans_share)
{
	if (r->s.proto != IPPROTO_TCP || !r->sent_tick)
		return 0;
	v->of = r->sent_tick;
	return value_real(v, (double)MIN(r->retrans_tick, r->sent_tick) / v->of);
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
