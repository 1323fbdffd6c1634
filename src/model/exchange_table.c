/* The table of exchanges, but for the columns that it shares with sockets; and what sockets have of theirs. */
#include "exchange_table.h"

#include <math.h>
#include <string.h>

#include "clock.h"
#include "idmap.h"
#include "layers.h"
#include "socket_get.h"
#include "text.h"

#define EXCHANGE_GETTER(name) COLUMN_GETTER_OF(struct model, m, struct exchange, x, name)

EXCHANGE_GETTER(get_exchange_time)
{
	return value_time(v, model_realtime(m, x->begin_ns));
}

EXCHANGE_GETTER(get_exchange_number)
{
	return value_number(v, x->number);
}

EXCHANGE_GETTER(get_exchange_role)
{
	return value_word(v, x->role, exchange_role_name(x->role));
}

EXCHANGE_GETTER(get_exchange_outcome)
{
	enum exchange_outcome o = exchange_outcome(x);

	v->severity = o >= OUTCOME_NO_ANSWER;
	return value_word(v, o, exchange_outcome_name(o));
}

EXCHANGE_GETTER(get_exchange_whole)
{
	v->severity = x->slow;
	return exchange_has_times(x) ? value_nsec(v, x->whole_ns) : 0;
}

EXCHANGE_GETTER(get_exchange_part)
{
	enum exchange_part part = (enum exchange_part)c->offset;

	return exchange_has_times(x) && exchange_knows_part(x, part) ? value_nsec(v, x->ns[part]) : 0;
}

static bool has_wakeup(const struct exchange *x)
{
	return exchange_has_times(x) && x->has & EXCHANGE_HAS_WAKEUP;
}

EXCHANGE_GETTER(get_exchange_wakeup)
{
	return has_wakeup(x) ? value_nsec(v, x->wakeup_ns) : 0;
}

static const enum exchange_part order[][EXCHANGE_PARTS] = {
    [EXCHANGE_CLIENT] = {EXCHANGE_WRITE, EXCHANGE_AWAY, EXCHANGE_IN, EXCHANGE_WAIT, EXCHANGE_PARTS},
    [EXCHANGE_SERVER] = {EXCHANGE_IN, EXCHANGE_WAIT, EXCHANGE_THINK, EXCHANGE_WRITE, EXCHANGE_OUT, EXCHANGE_PARTS},
};

const enum exchange_part *exchange_part_order(unsigned role)
{
	return role && role < ARRAY_SIZE(order) ? order[role] : NULL;
}

/* What took a twentieth of the call or more. */
static void put_share(const struct exchange *x, const char *name, u64 ns, char dst[128])
{
	unsigned share = (unsigned)lround(100.0 * (double)ns / (double)x->whole_ns);

	if (share >= 5)
		text_join(dst, 128, " ", "%s %u%%", name, share);
}

/* Of the call's parts; what happened within one of them is in brackets. */
static void put_parts(const struct exchange *x, const u64 ns[EXCHANGE_PARTS], unsigned role, const char *served,
		      char dst[128])
{
	*dst = '\0';
	for (const enum exchange_part *part = exchange_part_order(role); *part != EXCHANGE_PARTS; part++) {
		char wakeup[128] = "";
		const char *within = *part == EXCHANGE_AWAY ? served : *part == EXCHANGE_WAIT ? wakeup : "";

		if (ns == x->ns && has_wakeup(x))
			put_share(x, "wake-up", x->wakeup_ns, wakeup);
		put_share(x, exchange_part_name(*part), ns[*part], dst);
		if (*within)
			text_join(dst, 128, " ", "(%s)", within);
	}
}

/* "think 81% out 18%"; of a call whose other end is here, too, "away 97% (wait 5% think 90%)"; a loss explains much. */
EXCHANGE_GETTER(get_exchange_parts)
{
	char served[128] = "", parts[128];

	v->buffer[0] = '\0';
	if (!exchange_has_times(x) || !x->whole_ns || !exchange_part_order(x->role))
		return 0;
	if (x->served)
		put_parts(x, x->served_ns, EXCHANGE_SERVER, "", served);
	put_parts(x, x->ns, x->role, served, parts);
	text_join(v->buffer, sizeof(v->buffer), "", "%s", parts);
	if (x->r.s.retrans)
		text_join(v->buffer, sizeof(v->buffer), ", ", "%u sent again", x->r.s.retrans);
	return value_text(v, v->buffer);
}

EXCHANGE_GETTER(get_exchange_other)
{
	return x->other ? value_number(v, x->other) : 0;
}

/* -- of a socket --------------------------------------------------------------------------------------------------- */

SOCKET_GETTER(get_exch_rate)
{
	double rate = row_exchange_rate(m, r);

	return isnan(rate) ? 0 : value_real(v, rate);
}

/* A figure of the whole. Of several that usually take so long, a slow one stands out. */
static int figure(const struct exchange_figures *f, u64 ns, struct value *v)
{
	v->severity = exchange_slowness(ns, f->p50_ns);
	return value_nsec(v, ns);
}

SOCKET_GETTER(get_exch_p50)
{
	const struct exchange_figures *f = row_exchange_figures(m, r);

	return f && f->n ? value_nsec(v, f->p50_ns) : 0;
}

SOCKET_GETTER(get_exch_p99)
{
	const struct exchange_figures *f = row_exchange_figures(m, r);

	return f && f->n ? figure(f, f->p99_ns, v) : 0;
}

SOCKET_GETTER(get_exch_max)
{
	const struct exchange_figures *f = row_exchange_figures(m, r);

	return f && f->n ? figure(f, f->max_ns, v) : 0;
}

/* All together, of all. */
SOCKET_GETTER(get_exch_mean)
{
	const struct exchange_figures *f = row_exchange_figures(m, r);

	if (!f || !f->n)
		return 0;
	v->of = f->n;
	value_nsec(v, f->time_ns / f->n);
	v->number = (double)f->time_ns / 1e3 / f->n;
	return 1;
}

/* NULL: the socket has not the part that the column is of. */
static const struct exchange_figures *part_figures(const struct column *c, const struct model *m, const struct row *r)
{
	const struct exchange *last = row_exchange(m, r);
	const struct exchange_figures *f =
	    last && exchange_has_part(last->role, (enum exchange_part)c->offset) ? row_exchange_figures(m, r) : NULL;

	return f && f->n ? f : NULL;
}

SOCKET_GETTER(get_exchange_part_p50)
{
	const struct exchange_figures *f = part_figures(c, m, r);

	return f ? value_nsec(v, f->part_p50_ns[c->offset]) : 0;
}

SOCKET_GETTER(get_exchange_part_p99)
{
	const struct exchange_figures *f = part_figures(c, m, r);

	return f ? value_nsec(v, f->part_p99_ns[c->offset]) : 0;
}

_Static_assert(EXCHANGES_OF_SOCKET <= COLUMN_SAMPLES, "a fold takes all of a socket's");

u32 exchange_samples(const struct column *c, const void *picture, const void *row, double *dst)
{
	return row_exchange_samples(picture, row, (enum exchange_part)c->offset, dst);
}

/* What the wake-ups took: as was seen of three quarters of the exchanges or more, of which the others are like, or as
 * the layers have measured them for their packets; NaN: neither is known. */
static double kernel_time(const struct model *m, const struct row *r, const struct exchange_figures *f)
{
	struct layers_wait w;
	double waits = (double)f->spent_ns[EXCHANGE_WAIT];

	if (f->wakeups && f->wakeups >= f->n - f->n / 4)
		return MIN((double)f->wakeup_ns * f->n / f->wakeups, waits);
	if (!layers_receive_wait(m, row_layers(m, r), LAYERS_RECENT, &w) || isnan(w.wakeup))
		return NAN;
	return MIN(w.wakeup * f->n, waits);
}

double row_exchange_shares(const struct model *m, const struct row *r, double share[PLACES])
{
	const struct exchange_figures *f = row_exchange_figures(m, r);
	double time = f ? (double)f->time_ns : 0, kernel = time > 0 ? kernel_time(m, r, f) : NAN;

	if (!(time > 0))
		return 0;
	memset(share, 0, PLACES * sizeof(*share));
	for (unsigned part = 0; part < EXCHANGE_PARTS; part++)
		share[exchange_part_place(part)] += (double)f->spent_ns[part] / time;
	share[PLACE_KERNEL] = kernel / time;
	if (!isnan(kernel))
		share[PLACE_PROGRAM] -= share[PLACE_KERNEL];
	return time;
}

/* c->offset: enum exchange_place. Where the kernel's part is not known, it is in the program's. */
SOCKET_GETTER(get_exchange_share)
{
	double share[PLACES];

	v->of = row_exchange_shares(m, r, share);
	return v->of > 0 && !isnan(share[c->offset]) ? value_real(v, share[c->offset]) : 0;
}

SOCKET_GETTER(get_overlap_share)
{
	const struct exchange_figures *f = row_exchange_figures(m, r);

	v->of = f ? f->n + f->overlaps : 0;
	return v->of > 0 ? value_real(v, f->overlaps / v->of) : 0;
}

/* -- groups -------------------------------------------------------------------------------------------------------- */

static u64 service_key(const void *picture, const void *row)
{
	const struct exchange *x = row;
	u16 port = x->role == EXCHANGE_SERVER ? x->r.s.lport : x->r.s.rport;

	(void)picture;
	return idmap_hash((u64)x->role << 32 | port) | 1;
}

/* "server :5432" */
static void service_label(const void *picture, const void *row, char *dst, size_t size)
{
	const struct exchange *x = row;

	(void)picture;
	snprintf(dst, size, "%s :%u", exchange_role_name(x->role),
		 x->role == EXCHANGE_SERVER ? x->r.s.lport : x->r.s.rport);
}

const struct table_group exchange_groups[EXCHANGE_GROUPS] = {
    {"process", group_process_key, group_process_label, .folded = true},
    {"remote", group_remote_key, group_remote_label, .folded = true},
    {"service", service_key, service_label, .folded = true},
};

/* -- rows ---------------------------------------------------------------------------------------------------------- */

const struct table_shown exchange_shown[EXCHANGE_SHOWN] = {
    {"began", true, 7, 15, 15, 15},   {"role", true, 8, 6, 6, 6},       {"pid", true, 12, 7, 7, 7},
    {"comm", true, 3, 7, 10, 15},     {"local", true, 13, 6, 20, 47},   {"remote", true, 4, 17, 21, 47},
    {"call_us", true, 1, 6, 6, 6},    {"outcome", true, 6, 9, 9, 9},    {"in_us", true, 14, 6, 6, 6},
    {"wait_us", true, 10, 6, 6, 6},   {"think_us", true, 5, 6, 6, 6},   {"write_us", true, 15, 6, 6, 6},
    {"out_us", true, 9, 6, 6, 6},     {"away_us", true, 11, 6, 6, 6},   {"parts", true, 2, 20, 30, 40},
    {"rx_bytes", false, 16, 5, 5, 5}, {"tx_bytes", false, 17, 5, 5, 5}, {"retrans", false, 18, 5, 5, 5},
};

const char *const exchange_contract[] = {
    "began",   "exchange", "role",     "outcome",  "call_us", "in_us", "wait_us",   "think_us", "write_us", "out_us",
    "away_us", "id",       "netns",    "laddr",    "lport",   "raddr", "rport",     "pid",      "comm",     "uid",
    "cgroup",  "owner",    "rx_bytes", "tx_bytes", "retrans", "other", "wakeup_us", NULL,
};

/* The exchange with number n has the index n % EXCHANGES_MAX; those that are kept longer come behind. */
u32 exchange_end(const void *picture)
{
	return model_exchanges_slow(picture) ? EXCHANGES_MAX + MODEL_EXCHANGES_SLOW
					     : (u32)MIN(model_exchanges_newest(picture) + 1, (u64)EXCHANGES_MAX);
}

const void *exchange_row(const void *picture, u32 index)
{
	u64 newest = model_exchanges_newest(picture);
	u64 back = (newest + EXCHANGES_MAX - index) % EXCHANGES_MAX;

	if (index >= EXCHANGES_MAX)
		return model_exchange_slow(picture, index - EXCHANGES_MAX);
	return newest > back ? model_exchange(picture, newest - back) : NULL;
}

u64 exchange_id(const void *row)
{
	return ((const struct exchange *)row)->number;
}

u32 exchange_find(const void *picture, u64 id)
{
	u32 at = model_exchange(picture, id) ? IDMAP_NONE : model_exchange_slow_find(picture, id);

	if (model_exchange(picture, id))
		return (u32)(id % EXCHANGES_MAX);
	return at == IDMAP_NONE ? IDMAP_NONE : EXCHANGES_MAX + at;
}

u32 exchange_rows(const void *picture, bool ended)
{
	(void)ended;
	return (u32)MIN(model_exchanges_newest(picture), (u64)EXCHANGES_MAX) + model_exchanges_slow(picture);
}

bool exchange_behind(const void *row)
{
	return ((const struct exchange *)row)->behind;
}

u32 exchange_behind_rows(const void *picture)
{
	return model_exchanges_behind(picture);
}
