/* Turns records of sockets into rows: births, new samples, ends, and the minisocks that outlive an end. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rows_private.h"

static int out_of_memory(struct error *err)
{
	return error_set(err, -ENOMEM, "out of memory for sockets");
}

int rows_refuse(const struct model *m, size_t bytes, struct error *err)
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
	return rows_refuse(m, SLAB_ROWS * sizeof(struct slot), err);
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

int row_store(struct model *m, struct slot *s, const struct record_socket *fresh, struct error *err)
{
	if (slot_activate(m, s) < 0 || slot_keep_base(m, s) < 0)
		return out_of_memory(err);
	if (fresh->dsack_dups > s->row.s.dsack_dups && !(s->flags & SLOT_FRESH))
		m->watch->came_twice(m, fresh, fresh->dsack_dups - s->row.s.dsack_dups);
	if (fresh->dir == DIR_OUT && fresh->connect_us && !s->row.s.connect_us)
		s->flags |= SLOT_CONNECTED;
	if (!(fresh->flags & SOCKET_INTERCEPTED))
		interception_forget(m, &s->row);
	s->flags |= SLOT_TOUCHED;
	s->row.s = *fresh;
	return 0;
}

static void row_close(struct model *m, struct slot *s)
{
	slot_close(m, s);
	closed_trim(m);
}

static int take_new(struct model *m, struct record_socket *fresh, struct error *err)
{
	bool ended = fresh->flags & SOCKET_ENDED;
	struct slot *s = slot_new(m, fresh->id);

	if (!ended && socket_is_partial(fresh))
		ends_recall(m, fresh);
	if (!s)
		return refuse_row(m, err);
	s->row.first_tick = (u32)next_tick_number(m);
	s->row.s.id = fresh->id;
	s->row.host = (u8)m->host.number;
	if (ended) {
		fresh->ended_ns = end_time(fresh);
		s->flags |= SLOT_ENDED;
	}
	if (row_store(m, s, fresh, err) < 0 || (!ended && totals_count(m, fresh, 1) < 0)) {
		slot_free(m, s);
		return out_of_memory(err);
	}
	if (!m->ticks)
		m->generation++;
	if (ended) {
		m->watch->ended(m, fresh, fresh->ended_ns);
		row_close(m, s);
	}
	return 0;
}

/* Did a minisock that was read after this end take over the connection? Then the row continues as TIME_WAIT or
 * FIN_WAIT2. */
static bool outlived(const struct record_socket *now, const struct record_socket *end)
{
	return (now->state == STATE_TIME_WAIT || now->state == STATE_FIN_WAIT2) && now->sample_ns > end_time(end);
}

static int take_end(struct model *m, struct slot *s, struct record_socket *fresh, struct error *err)
{
	const struct record_socket old = s->row.s;
	bool closed = s->row.closed, goes_on = !closed && outlived(&old, fresh);
	bool told = old.flags & SOCKET_ENDED || old.ended_by;
	const u64 at = end_time(fresh);

	s->flags |= SLOT_ENDED;
	fresh->ended_ns = end_time(fresh);
	if (goes_on) {
		fresh->state = old.state;
		fresh->state_ns = old.state_ns;
		fresh->has = (fresh->has & ~(u64)HAS_STATE_TIME) | (old.has & HAS_STATE_TIME);
		fresh->sample_ns = old.sample_ns;
		fresh->flags &= ~(u32)SOCKET_ENDED;
		fresh->ended_ns = 0;
	} else if (closed && old.ended_ns) {
		fresh->ended_ns = MIN(fresh->ended_ns, old.ended_ns);
		fresh->sample_ns = MAX(fresh->sample_ns, old.sample_ns);
	}
	socket_merge(fresh, &old);
	socket_keep_larger(fresh, &old);
	if (!told)
		m->watch->ended(m, fresh, at);
	if (!closed && totals_count(m, &old, -1) < 0)
		return out_of_memory(err);
	if (row_store(m, s, fresh, err) < 0)
		return -ENOMEM;
	if (goes_on)
		return totals_count(m, fresh, 1) < 0 ? out_of_memory(err) : 0;
	if (!closed)
		row_close(m, s);
	return 0;
}

/* May a sample revive a closed row? A minisock may, even if its pass began before the end, and so may a socket that was
 * only thought to be gone. A TCP socket in CLOSE is what is left of the connection that ended: its file is still
 * open. */
static bool revives(const struct row *r, const struct record_socket *fresh)
{
	if (fresh->proto == IPPROTO_TCP && fresh->state == STATE_CLOSE)
		return false;
	return fresh->sample_ns > r->s.ended_ns || (socket_is_partial(fresh) && r->s.state != fresh->state);
}

static int take_sample(struct model *m, struct slot *s, struct record_socket *fresh, struct error *err)
{
	struct row *r = &s->row;

	bool closed = r->closed;

	if (closed && !revives(r, fresh))
		return 0;
	/* Two passes can overlap: an older value changes nothing. */
	if (!closed && fresh->sample_ns < r->s.sample_ns)
		return 0;
	if (closed)
		slot_reopen(m, s);
	fresh->ended_ns = 0;
	fresh->sample_ns = MAX(fresh->sample_ns, r->s.sample_ns);
	if (socket_is_partial(fresh))
		socket_merge(fresh, &r->s);
	else if (!fresh->via)
		fresh->via = r->s.via; /* the route is looked up anew, mostly to the same device */
	fresh->flags &= ~(u32)SOCKET_ENDED;
	if ((closed ? totals_count(m, fresh, 1) : totals_recount(m, &r->s, fresh)) < 0)
		return out_of_memory(err);
	return row_store(m, s, fresh, err);
}

/* The row of a socket, or IDMAP_NONE. A tick's records come in the order of the tick before, in which the rows were
 * made: so the row after the last one found is tried before the table of ids, whose slots are scattered. */
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
	struct record_socket fresh;
	u32 index;

	if (!rec->id)
		return 0;
	socket_clean(&fresh, rec);
	fresh.id = model_key(m, rec->id);
	index = find_next(m, fresh.id);
	m->watch->came(m, index == IDMAP_NONE ? NULL : model_row(m, index), &fresh);
	if (index == IDMAP_NONE)
		return take_new(m, &fresh, err);
	if (fresh.flags & SOCKET_ENDED)
		return take_end(m, model_slot(m, index), &fresh, err);
	return take_sample(m, model_slot(m, index), &fresh, err);
}

int take_gone(struct model *m, const struct record_gone *rec, struct error *err)
{
	u32 index = model_find(m, model_key(m, rec->id));
	struct record_socket fresh;
	struct slot *s;

	if (index == IDMAP_NONE || model_slot(m, index)->row.closed)
		return 0;
	s = model_slot(m, index);
	fresh = s->row.s;
	fresh.ended_ns = rec->time_ns ? rec->time_ns : MAX(fresh.sample_ns, (u64)1);
	if (totals_count(m, &s->row.s, -1) < 0)
		return out_of_memory(err);
	if (row_store(m, s, &fresh, err) < 0)
		return -ENOMEM;
	row_close(m, s);
	return 0;
}

/* It has no counters, so the tick need not visit the row. */
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
	return totals_count(m, &r->s, 1) < 0 ? out_of_memory(err) : 0;
}

/* The RST of a close comes after the end: it makes the end an abort. */
int take_resets(struct model *m, const struct record_resets *rec, struct error *err)
{
	u32 index = model_find(m, model_key(m, rec->id));
	struct record_socket fresh;
	struct slot *s;

	if (index == IDMAP_NONE || !model_slot(m, index)->row.closed)
		return 0;
	s = model_slot(m, index);
	fresh = s->row.s;
	fresh.resets = rec->resets;
	fresh.has |= HAS_RESETS;
	fresh.flags |= SOCKET_ENDED | SOCKET_ABORTED;
	if (!fresh.error)
		fresh.ended_by = ENDED_RESET_SENT;
	return take_end(m, s, &fresh, err);
}

int take_info(struct model *m, const struct record_info *rec, struct error *err)
{
	u32 index = model_find(m, model_key(m, rec->id));
	struct row *r;

	if (index == IDMAP_NONE)
		return 0;
	r = &model_slot(m, index)->row;
	/* A connection in TIME_WAIT keeps what was known, and its timer goes on. */
	if (r->info && rec->has & INFO_TIMER_ALONE) {
		r->info->timer = rec->timer;
		r->info->timer_expires_ns = rec->timer_expires_ns;
		r->info->timer_retrans = rec->timer_retrans;
		return 0;
	}
	if (!r->info && m->bytes + sizeof(*r->info) <= m->bytes_max && (r->info = malloc(sizeof(*r->info))))
		m->bytes += sizeof(*r->info);
	if (!r->info)
		return rows_refuse(m, sizeof(*r->info), err);
	*r->info = *rec;
	return 0;
}

/* Keeps what a row has moved since the last tick if it is dropped before the tick is whole. */
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
