/* The table of what began and ended, but for the columns that it shares with sockets. */
#include "life_table.h"

#include "buf.h"
#include "clock.h"
#include "idmap.h"
#include "socket_get.h"
#include "text.h"
#include "units.h"

#define LIFE_GETTER(name) COLUMN_GETTER_OF(struct model, m, struct life, l, name)

LIFE_GETTER(get_life_time)
{
	(void)c;
	return value_time(v, model_realtime(m, life_time(l)));
}

LIFE_GETTER(get_life_number)
{
	(void)c, (void)m;
	return value_number(v, l->number);
}

LIFE_GETTER(get_life_event)
{
	(void)c, (void)m;
	v->severity = l->event == LIFE_FAIL;
	return value_word(v, l->event, life_event_name(l->event));
}

LIFE_GETTER(get_life_duration)
{
	return l->r.closed ? get_age(c, m, l, v) : 0;
}

/* An orderly end, or one that somebody wanted, is nothing to look at. */
static u8 outcome_severity(const struct record_socket *s)
{
	switch (s->ended_by) {
	case ENDED_RESET_SENT:
	case ENDED_RESET_RECEIVED:
	case ENDED_GAVE_UP: return 1;
	case ENDED_TIMEOUT:
	case ENDED_ERROR: return 2;
	default: return 0;
	}
}

/* Why there is no connection; how one ended. */
static const char *outcome(const struct life *l)
{
	if (l->event == LIFE_FAIL && l->r.s.error)
		return error_word(error_code(l->r.s.error));
	return l->r.s.ended_by ? ended_by_name(l->r.s.ended_by) : "";
}

LIFE_GETTER(get_life_outcome)
{
	(void)c, (void)m;
	v->severity = outcome_severity(&l->r.s);
	return value_text(v, outcome(l));
}

/* "syn-sent 31us  estab 1.5s  fin-wait-1 22us  fin-wait-2 4us" */
LIFE_GETTER(get_life_states)
{
	struct life_state at[LIFE_STATES];
	unsigned n = life_states(l, at);
	char time[UNITS_MAX];

	(void)c, (void)m;
	v->buffer[0] = '\0';
	for (unsigned i = 0; i < n; i++) {
		units_nsec(time, at[i].ns);
		text_join(v->buffer, sizeof(v->buffer), "  ", "%s %s", state_word(at[i].state), time);
	}
	return value_text(v, v->buffer);
}

/* In microseconds. */
bool life_states_object(const void *picture, const void *row, struct buf *out)
{
	struct life_state at[LIFE_STATES];
	unsigned n = life_states(row, at);

	(void)picture;
	for (unsigned i = 0; i < n; i++)
		buf_printf(out, "%s\"%s\":%llu", i ? "," : "{", state_word(at[i].state),
			   (unsigned long long)(at[i].ns / NSEC_PER_USEC));
	if (n)
		buf_putc(out, '}');
	return n;
}

LIFE_GETTER(get_life_old_state_time)
{
	struct life_state at[LIFE_STATES];
	unsigned n = life_states(l, at);

	(void)c, (void)m;
	return n && at[n - 1].state == l->r.s.last_state ? value_number(v, at[n - 1].ns / NSEC_PER_USEC) : 0;
}

/* -- groups -------------------------------------------------------------------------------------------------------- */

static u64 outcome_key(const void *picture, const void *row)
{
	const struct life *l = row;
	unsigned why = l->event == LIFE_FAIL && l->r.s.error ? error_code(l->r.s.error) + ENDED_COUNT : l->r.s.ended_by;

	(void)picture;
	return idmap_hash((u64)l->event << 32 | why) | 1;
}

/* "fail ECONNREFUSED", "close local", "open" */
static void outcome_label(const void *picture, const void *row, char *dst, size_t size)
{
	const struct life *l = row;

	(void)picture;
	text_copy(dst, size, life_event_name(l->event));
	if (*outcome(l))
		text_join(dst, size, " ", "%s", outcome(l));
}

const struct table_group life_groups[LIFE_GROUPS] = {
    {"process", group_process_key, group_process_label, .folded = true},
    {"remote", group_remote_key, group_remote_label, .folded = true},
    {"outcome", outcome_key, outcome_label, .folded = true},
};

/* -- rows ---------------------------------------------------------------------------------------------------------- */

const struct table_shown life_shown[LIFE_SHOWN] = {
    {"time", true, 2, 15, 15, 15},    {"event", true, 1, 6, 6, 6},       {"outcome", true, 4, 14, 14, 14},
    {"pid", true, 10, 7, 7, 7},       {"comm", true, 3, 7, 10, 15},      {"local", true, 11, 6, 20, 47},
    {"remote", true, 5, 17, 21, 47},  {"duration_us", true, 6, 6, 6, 6}, {"connect_us", true, 7, 7, 7, 7},
    {"rx_bytes", true, 9, 5, 5, 5},   {"tx_bytes", true, 8, 5, 5, 5},    {"states", false, 12, 30, 60, 60},
    {"netns", false, 13, 10, 10, 10}, {"cgroup", false, 14, 16, 16, 60},
};

const char *const life_contract[] = {
    "time",        "number",     "event",    "errno",    "ended_by", "old_state", "old_state_us",
    "states",      "id",         "netns",    "proto",    "dir",      "laddr",     "lport",
    "raddr",       "rport",      "pid",      "comm",     "uid",      "cgroup",    "owner",
    "duration_us", "connect_us", "rx_bytes", "tx_bytes", "retrans",  "resets",    NULL,
};

/* The event with number n has the index n % model_lives_max(). */
u32 life_end(const void *picture)
{
	return (u32)MIN(model_lives_newest(picture) + 1, (u64)model_lives_max(picture));
}

const void *life_row(const void *picture, u32 index)
{
	u64 newest = model_lives_newest(picture), most = model_lives_max(picture);
	u64 back = (newest + most - index) % most;

	return newest > back ? model_life(picture, newest - back) : NULL;
}

u64 life_id(const void *row)
{
	return ((const struct life *)row)->number;
}

u32 life_find(const void *picture, u64 id)
{
	return model_life(picture, id) ? (u32)(id % model_lives_max(picture)) : IDMAP_NONE;
}

u32 life_rows(const void *picture, bool ended)
{
	(void)ended;
	return (u32)MIN(model_lives_newest(picture), (u64)model_lives_max(picture));
}
