/* Histories for graphs: made when a row first moves, sampled once a tick, freed when they contain nothing but
 * silence. */
#include <math.h>
#include <stdlib.h>

#include "rows_private.h"

void history_push(struct history *h, const float values[HISTORY_KINDS])
{
	for (size_t kind = 0; kind < HISTORY_KINDS; kind++)
		h->values[kind][h->next] = values[kind];
	h->next = (h->next + 1) % HISTORY_LEN;
	h->count = MIN(h->count + 1, (u32)HISTORY_LEN);
}

static void history_drop(struct model *m, struct row *r)
{
	free(take(r->history));
	m->histories--;
}

void history_sample(struct model *m, struct slot *s, bool moved)
{
	struct row *r = &s->row;
	bool tcp = r->s.has & HAS_TCP && !r->closed;
	const float values[HISTORY_KINDS] = {
	    [HISTORY_RX] = r->rx_rate,
	    [HISTORY_TX] = r->tx_rate,
	    [HISTORY_RTT] = tcp && r->s.rtt_us ? (float)r->s.rtt_us : NAN,
	    [HISTORY_CWND] = tcp ? (float)r->s.cwnd : NAN,
	    [HISTORY_RETRANS] = r->s.has & HAS_TCP ? (float)r->retrans_tick : NAN,
	};

	if (moved)
		s->idle = 0;
	/* A connection that is over gets no graph. Without memory a row has none either. */
	if (!r->history && moved && !r->closed && m->histories < MODEL_HISTORIES_MAX &&
	    m->histories_new < MODEL_HISTORIES_PER_TICK) {
		r->history = calloc(1, sizeof(*r->history));
		m->histories += r->history != NULL;
		m->histories_new++;
	}
	if (!r->history)
		return;
	if (!moved && ++s->idle >= HISTORY_LEN) {
		history_drop(m, r);
		return;
	}
	history_push(r->history, values);
}
