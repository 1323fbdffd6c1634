/* Records of sockets become rows: births, new samples, ends, and the minisocks that outlive an end. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rows_private.h"

static int out_of_memory(struct error *err)
{
	return error_set(err, -ENOMEM, "out of memory for sockets");
}

/* Why there is no memory for one more of so many bytes. */
static int refuse(const struct model *m, size_t bytes, struct error *err)
{
	if (m->bytes + bytes > m->bytes_max)
		return error_set(err, -E2BIG, "more than %llu MiB for sockets: --max-mb raises the limit",
				 (unsigned long long)(m->bytes_max >> 20));
	return out_of_memory(err);
}

static int refuse_row(const struct model *m, struct error *err)
{
	if (m->free_slot == IDMAP_NONE && m->rows_end >= m->rows_max)
		return error_set(err, -E2BIG, "more than %u sockets at a time: --max-rows raises the limit",
				 m->rows_max);
	return refuse(m, SLAB_ROWS * sizeof(struct slot), err);
}

static u64 next_tick_number(const struct model *m)
{
	return m->tick.number + 1;
}

/* When it ended, or the best guess. */
static u64 end_time(const struct record_socket *s)
{
	return s->ended_ns ? s->ended_ns : s->sample_ns;
}

static bool same_but_time(const struct record_socket *a, const struct record_socket *b)
{
	const size_t rest = offsetof(struct record_socket, birth_ns);

	return memcmp(a, b, offsetof(struct record_socket, sample_ns)) == 0 &&
	       memcmp((const u8 *)a + rest, (const u8 *)b + rest, sizeof(*a) - rest) == 0;
}

int row_store(struct model *m, struct slot *s, const struct record_socket *neu, struct error *err)
{
	if (slot_activate(m, s) < 0 || slot_keep_base(m, s) < 0)
		return out_of_memory(err);
	if (neu->dsack_dups > s->row.s.dsack_dups && !(s->flags & SLOT_FRESH))
		m->watch->came_twice(m, neu, neu->dsack_dups - s->row.s.dsack_dups);
	s->flags |= SLOT_TOUCHED;
	if (!same_but_time(&s->row.s, neu)) {
		s->flags |= SLOT_CHANGED;
		s->row.tick = next_tick_number(m);
	}
	s->row.s = *neu;
	return 0;
}

static void row_close(struct model *m, struct slot *s)
{
	slot_close(m, s);
	closed_trim(m);
}

static int take_new(struct model *m, struct record_socket *neu, struct error *err)
{
	bool ended = neu->flags & SOCKET_ENDED;
	struct slot *s = slot_new(m, neu->id);

	if (!ended && socket_is_partial(neu))
		ends_recall(m, neu);
	if (!s)
		return refuse_row(m, err);
	s->row.first_tick = s->row.tick = next_tick_number(m);
	s->row.s.id = neu->id;
	s->row.host = (u8)m->host.number;
	if (ended) {
		neu->ended_ns = end_time(neu);
		s->flags |= SLOT_ENDED;
	}
	if (row_store(m, s, neu, err) < 0 || (!ended && totals_count(m, neu, 1) < 0)) {
		slot_free(m, s);
		return out_of_memory(err);
	}
	s->flags |= SLOT_CHANGED;
	if (!m->ticks)
		m->generation++;
	if (ended)
		row_close(m, s);
	return 0;
}

/* Did a minisock, read after this end, take the connection over? Then the row goes on as TIME_WAIT or FIN_WAIT2. */
static bool outlived(const struct record_socket *now, const struct record_socket *end)
{
	return (now->state == STATE_TIME_WAIT || now->state == STATE_FIN_WAIT2) && now->sample_ns > end_time(end);
}

static int take_end(struct model *m, struct slot *s, struct record_socket *neu, struct error *err)
{
	const struct record_socket old = s->row.s;
	bool closed = s->row.closed, goes_on = !closed && outlived(&old, neu);

	s->flags |= SLOT_ENDED;
	neu->ended_ns = end_time(neu);
	if (goes_on) {
		neu->state = old.state;
		neu->state_ns = old.state_ns;
		neu->has = (neu->has & ~(u64)HAS_STATE_TIME) | (old.has & HAS_STATE_TIME);
		neu->sample_ns = old.sample_ns;
		neu->flags &= ~(u32)SOCKET_ENDED;
		neu->ended_ns = 0;
	} else if (closed && old.ended_ns) {
		neu->ended_ns = MIN(neu->ended_ns, old.ended_ns);
		neu->sample_ns = MAX(neu->sample_ns, old.sample_ns);
	}
	socket_merge(neu, &old);
	socket_keep_larger(neu, &old);
	if (!closed && totals_count(m, &old, -1) < 0)
		return out_of_memory(err);
	if (row_store(m, s, neu, err) < 0)
		return -ENOMEM;
	if (goes_on)
		return totals_count(m, neu, 1) < 0 ? out_of_memory(err) : 0;
	if (!closed)
		row_close(m, s);
	return 0;
}

/* May a sample bring a closed row back? A minisock may, even if its pass began before the end, and a socket that was
 * only thought to be gone. A TCP socket in CLOSE is the shell of the connection that ended: its file is still open. */
static bool revives(const struct row *r, const struct record_socket *neu)
{
	if (neu->proto == IPPROTO_TCP && neu->state == STATE_CLOSE)
		return false;
	return neu->sample_ns > r->s.ended_ns || (socket_is_partial(neu) && r->s.state != neu->state);
}

static int take_sample(struct model *m, struct slot *s, struct record_socket *neu, struct error *err)
{
	struct row *r = &s->row;

	bool closed = r->closed;

	if (closed && !revives(r, neu))
		return 0;
	/* Two passes can overlap: a value from the past changes nothing. */
	if (!closed && neu->sample_ns < r->s.sample_ns)
		return 0;
	if (closed)
		slot_reopen(m, s);
	neu->ended_ns = 0;
	neu->sample_ns = MAX(neu->sample_ns, r->s.sample_ns);
	if (socket_is_partial(neu))
		socket_merge(neu, &r->s);
	neu->flags &= ~(u32)SOCKET_ENDED;
	if ((closed ? totals_count(m, neu, 1) : totals_recount(m, &r->s, neu)) < 0)
		return out_of_memory(err);
	return row_store(m, s, neu, err);
}

/* The row of a socket, or IDMAP_NONE. A tick's records come in the order of the tick before, in which the rows were
 * made: the one behind the last is looked at before the table of ids, whose slots lie anywhere. */
static u32 find_next(struct model *m, u64 id)
{
	u32 index = m->expected;

	if (index >= m->rows_end || model_slot(m, index)->row.s.id != id || !model_slot(m, index)->row.live)
		index = idmap_get(&m->ids, id);
	if (index != IDMAP_NONE)
		m->expected = index + 1;
	return index;
}

int take_socket(struct model *m, const struct record_socket *rec, struct error *err)
{
	struct record_socket neu;
	u32 index;

	if (!rec->id)
		return 0;
	socket_clean(&neu, rec);
	neu.id = model_key(m, rec->id);
	index = find_next(m, neu.id);
	m->watch->came(m, index == IDMAP_NONE ? NULL : model_row(m, index), &neu);
	if (index == IDMAP_NONE)
		return take_new(m, &neu, err);
	if (neu.flags & SOCKET_ENDED)
		return take_end(m, model_slot(m, index), &neu, err);
	return take_sample(m, model_slot(m, index), &neu, err);
}

int take_gone(struct model *m, const struct record_gone *rec, struct error *err)
{
	u32 index = model_find(m, model_key(m, rec->id));
	struct record_socket neu;
	struct slot *s;

	if (index == IDMAP_NONE || model_slot(m, index)->row.closed)
		return 0;
	s = model_slot(m, index);
	neu = s->row.s;
	neu.ended_ns = rec->time_ns ? rec->time_ns : MAX(neu.sample_ns, (u64)1);
	if (totals_count(m, &s->row.s, -1) < 0)
		return out_of_memory(err);
	if (row_store(m, s, &neu, err) < 0)
		return -ENOMEM;
	row_close(m, s);
	return 0;
}

/* Says nothing of the counters, so the row is not visited by the tick. */
int take_owners(struct model *m, const struct record_owners *rec, struct error *err)
{
	u32 index = model_find(m, model_key(m, rec->id));
	struct row *r;

	if (index == IDMAP_NONE || model_slot(m, index)->row.closed)
		return 0;
	r = &model_slot(m, index)->row;
	if (totals_count(m, &r->s, -1) < 0)
		return out_of_memory(err);
	r->s.owners = (u16)MIN(rec->owners, (u32)UINT16_MAX);
	if (!rec->owners && r->s.owner != OWNER_UNKNOWN)
		r->s.owner = OWNER_CREATOR;
	if (rec->owners && rec->pid && (rec->pid != r->s.pid || !(r->s.has & HAS_OWNER))) {
		socket_clean_comm(r->s.comm, rec->comm);
		r->s.pid = rec->pid;
		r->s.owner = OWNER_SEEDED;
		r->s.has |= HAS_OWNER;
	}
	r->tick = next_tick_number(m);
	return totals_count(m, &r->s, 1) < 0 ? out_of_memory(err) : 0;
}

/* The RST of a close comes after the end: it makes the end an abort. */
int take_resets(struct model *m, const struct record_resets *rec, struct error *err)
{
	u32 index = model_find(m, model_key(m, rec->id));
	struct record_socket neu;
	struct slot *s;

	if (index == IDMAP_NONE || !model_slot(m, index)->row.closed)
		return 0;
	s = model_slot(m, index);
	neu = s->row.s;
	neu.resets = rec->resets;
	neu.has |= HAS_RESETS;
	neu.flags |= SOCKET_ENDED | SOCKET_ABORTED;
	return take_end(m, s, &neu, err);
}

int take_info(struct model *m, const struct record_info *rec, struct error *err)
{
	u32 index = model_find(m, model_key(m, rec->id));
	struct row *r;

	if (index == IDMAP_NONE)
		return 0;
	r = &model_slot(m, index)->row;
	/* A connection in TIME_WAIT keeps what was known of it, and its timer goes on. */
	if (r->info && rec->has & INFO_TIMER_ALONE) {
		r->info->timer = rec->timer;
		r->info->timer_expires_ns = rec->timer_expires_ns;
		r->info->timer_retrans = rec->timer_retrans;
		return 0;
	}
	if (!r->info && m->bytes + sizeof(*r->info) <= m->bytes_max && (r->info = malloc(sizeof(*r->info))))
		m->bytes += sizeof(*r->info);
	if (!r->info)
		return refuse(m, sizeof(*r->info), err);
	*r->info = *rec;
	return 0;
}

/* What a row moved since the last tick must not be lost when the row goes before the tick is whole. */
static void spill(struct model *m, const struct slot *s)
{
	struct deltas d;

	if (!(s->flags & SLOT_TOUCHED))
		return;
	slot_deltas(m, s, &d);
	m->spill.spilt_rx += (double)d.rx;
	m->spill.spilt_tx += (double)d.tx;
	m->spill.retrans += d.retrans;
	m->spill.tlp += d.tlp;
	m->spill.tcp_pkts += s->row.s.proto == IPPROTO_TCP ? d.tx_pkts : 0;
	m->spill.drops += d.drops;
	m->spill.resets += d.resets;
	m->spill.drops_known |= (d.known & KNOWN_DROPS) != 0;
	m->spill.resets_known |= (d.known & KNOWN_RESETS) != 0;
}

void closed_trim(struct model *m)
{
	while (m->counts.closed > m->closed_keep) {
		struct slot *s = model_slot(m, m->closed_oldest);

		spill(m, s);
		ends_keep(m, &s->row.s);
		slot_free(m, s);
	}
}
