/* The header's figures: counts that are updated with each record, rates that are summed when a tick is whole. */
#include <errno.h>
#include <math.h>

#include "clock.h"
#include "rows_private.h"

void totals_init(struct totals *t)
{
	*t = (struct totals){
	    .rx_rate = NAN,
	    .tx_rate = NAN,
	    .retrans_rate = NAN,
	    .retrans_share = NAN,
	    .missed_share = NAN,
	    .drops_rate = NAN,
	    .resets_rate = NAN,
	    .collector_cpu = NAN,
	    .bpf_cpu = NAN,
	};
}

/* Namespaces by their inodes, each with the number of live sockets in it. */
static int count_netns(struct model *m, u32 netns, int by)
{
	u32 n;

	if (!netns)
		return 0;
	n = idmap_get(&m->netns, netns);
	n = n == IDMAP_NONE ? 0 : n;
	if (by < 0 && n <= 1) {
		idmap_remove(&m->netns, netns);
		return 0;
	}
	return idmap_set(&m->netns, netns, n + (u32)by);
}

static bool is_minisock(const struct record_socket *s)
{
	return s->proto == IPPROTO_TCP && (s->state == STATE_TIME_WAIT || s->state == STATE_NEW_SYN_RECV);
}

int totals_count(struct model *m, const struct record_socket *s, int by)
{
	struct totals *t = &m->counts;
	u32 one = (u32)by; /* unsigned wrap-around subtracts */
	int r = count_netns(m, s->netns, by);

	if (r < 0)
		return r;
	t->live += one;
	t->netns = (u32)m->netns.used;
	if (s->proto == IPPROTO_TCP) {
		t->tcp += one;
		t->by_state[s->state] += one;
	} else if (s->proto == IPPROTO_UDP || s->proto == IPPROTO_UDPLITE) {
		t->udp += one;
	} else {
		t->other += one;
	}
	/* Nobody holds a minisock, whoever held the socket before it. */
	if (s->owner != OWNER_UNKNOWN && !is_minisock(s))
		t->owners_known += one;
	if (s->owner == OWNER_EXACT && !is_minisock(s))
		t->owners_exact += one;
	if (s->flags & SOCKET_INTERCEPTED && s->state != STATE_TIME_WAIT)
		t->intercepted += one;
	if (s->has & HAS_DROPS)
		m->with_drops += one;
	if (s->has & HAS_RESETS)
		m->with_resets += one;
	return 0;
}

/* The fields that totals_count() uses. */
static bool count_alike(const struct record_socket *a, const struct record_socket *b)
{
	return a->netns == b->netns && a->proto == b->proto && a->state == b->state && a->owner == b->owner &&
	       !((a->has ^ b->has) & (HAS_DROPS | HAS_RESETS)) && !((a->flags ^ b->flags) & SOCKET_INTERCEPTED);
}

int totals_recount(struct model *m, const struct record_socket *old, const struct record_socket *fresh)
{
	int r;

	if (count_alike(old, fresh))
		return 0;
	r = totals_count(m, old, -1);
	return r < 0 ? r : totals_count(m, fresh, 1);
}

static u64 saturating_sum(const u64 *v, size_t n)
{
	u64 sum = 0;

	for (size_t i = 0; i < n; i++)
		if (__builtin_add_overflow(sum, v[i], &sum))
			return UINT64_MAX;
	return sum;
}

static void publish_cost(struct model *m, const struct tick_losses *losses)
{
	const struct record_tick *tick = &m->settling.tick;
	u64 elapsed_ns = m->settling.elapsed;
	const u64 lost[] = {tick->lost_events,   tick->lost_ends,    tick->lost_conns,
			    tick->lost_flows,    tick->lost_lookups, tick->missed_runs,
			    tick->skipped_ticks, losses->lost,       losses->uncounted};
	struct totals *t = &m->totals;

	t->lost = saturating_sum(lost, ARRAY_SIZE(lost));
	if (elapsed_ns && tick->collector_cpu_ns >= m->tick.collector_cpu_ns)
		t->collector_cpu = (double)(tick->collector_cpu_ns - m->tick.collector_cpu_ns) / (double)elapsed_ns;
	if (tick->bpf_run_ns != UINT64_MAX && tick->bpf_window_ns)
		t->bpf_cpu = (double)tick->bpf_run_ns / (double)tick->bpf_window_ns;
}

void totals_publish(struct model *m, const struct tick_losses *losses)
{
	const struct tick_sums *sums = &m->settling.sums;
	u64 elapsed_ns = m->settling.elapsed;
	/* Retransmitted segments, and the tail loss probes among them. */
	u64 resent = losses->resent_known ? losses->resent : sums->retrans;
	u64 probes = losses->resent_known ? losses->probes : sums->tlp;
	struct totals *t = &m->totals;
	double seconds = (double)elapsed_ns / (double)NSEC_PER_SEC;
	float values[HISTORY_KINDS] = {[HISTORY_RTT] = NAN, [HISTORY_CWND] = NAN};

	*t = m->counts;
	publish_cost(m, losses);
	if (elapsed_ns) {
		t->rx_rate = sums->rx + sums->spilt_rx / seconds;
		t->tx_rate = sums->tx + sums->spilt_tx / seconds;
		t->retrans_rate = (double)resent / seconds;
		if (sums->tcp_pkts) {
			t->retrans_share = MIN((double)resent / (double)sums->tcp_pkts, 1.0);
			t->missed_share = MIN((double)(resent - MIN(resent, probes)) / (double)sums->tcp_pkts, 1.0);
		}
		if (m->with_drops || sums->drops_known)
			t->drops_rate = (double)sums->drops / seconds;
		if (m->with_resets || sums->resets_known)
			t->resets_rate = (double)sums->resets / seconds;
	}
	/* The events' totals are exact, include packets of no known socket, and exclude those that need not be sent
	 * again. */
	if (!isnan(losses->drops_rate))
		t->drops_rate = losses->drops_rate;
	if (!isnan(losses->resets_rate))
		t->resets_rate = losses->resets_rate;
	values[HISTORY_RX] = (float)t->rx_rate;
	values[HISTORY_TX] = (float)t->tx_rate;
	values[HISTORY_RETRANS] = elapsed_ns ? (float)resent : NAN;
	history_push(&m->history, values);
}

const struct totals *model_totals(const struct model *m)
{
	/* Before the first tick is whole, only the growing counts exist. */
	return m->ticks ? &m->totals : &m->counts;
}

const struct history *model_history(const struct model *m)
{
	return &m->history;
}
