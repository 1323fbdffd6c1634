/* The table of what began and ended, but for the columns that it shares with sockets. */
#include "life_table.h"

#include <string.h>

#include "blackbox.h"
#include "buf.h"
#include "clock.h"
#include "idmap.h"
#include "ring.h"
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

/* -- the black box ------------------------------------------------------------------------------------------------- */

static const struct box *box_of(const struct model *m, const struct life *l)
{
	const struct box *b = l->r.closed ? model_box(m, l->r.s.id) : NULL;

	return b && b->count ? b : NULL;
}

/* In microseconds after the end: mostly negative. */
static long long after_end(const struct box *b, const struct box_event *e)
{
	return (s64)(e->time_ns - b->ended_ns) / (s64)NSEC_PER_USEC;
}

/* "retransmit rto 1.2s  drop TCP_OFOMERGE 12ms  reset received 3us": the newest last. */
LIFE_GETTER(get_life_blackbox)
{
	const struct box *b = box_of(m, l);
	char what[40], reason[RECORD_NAME_LEN], time[UNITS_MAX];

	(void)c;
	v->buffer[0] = '\0';
	for (u32 i = 0; b && i < b->count; i++) {
		long long us = after_end(b, &b->events[i]);

		text_copy(what, sizeof(what), box_what_name(b->events[i].what));
		text_blanks(what);
		box_event_reason(m, &b->events[i], reason, sizeof(reason));
		if (!*reason)
			box_event_flags(&b->events[i], reason, sizeof(reason));
		units_usec(time, (u64)(us < 0 ? -us : us));
		text_join(v->buffer, sizeof(v->buffer), "  ", "%s%s%s %s%s", what, *reason ? " " : "", reason,
			  us > 0 ? "+" : "", time);
	}
	return value_text(v, v->buffer);
}

static void put_numbers(const struct box_event *e, struct buf *out)
{
	if (e->end_seq || e->seq)
		buf_printf(out, ",\"seq\":%u,\"end_seq\":%u", e->seq, e->end_seq);
	if (e->what == BOX_SENT || e->what == BOX_RECEIVED)
		buf_printf(out, ",\"ack\":%u,\"window\":%u", e->ack, e->window);
	if (e->what == BOX_RETRANSMIT)
		buf_printf(out, ",\"segments\":%u,\"cwnd\":%u", e->segments, e->cwnd);
	if (e->marks & LOSS_SPURIOUS)
		buf_printf(out, ",\"spurious\":true");
	if (e->marks & LOSS_DROPPED_HERE)
		buf_printf(out, ",\"dropped_here\":true");
}

/* The kernel's names have nothing in them that JSON would want escaped; a made-up stream's can. */
static void put_word(struct buf *out, const char *name, char *word)
{
	if (!*word)
		return;
	for (char *at = word; (at = strpbrk(at, "\"\\"));)
		*at = '?';
	buf_printf(out, ",\"%s\":\"%s\"", name, word);
}

/* An array of objects. */
bool life_blackbox_object(const void *picture, const void *row, struct buf *out)
{
	const struct box *b = box_of(picture, row);
	char word[RECORD_NAME_LEN];

	for (u32 i = 0; b && i < b->count; i++) {
		const struct box_event *e = &b->events[i];

		buf_printf(out, "%s{\"us\":%lld,\"what\":\"%s\"", i ? "," : "[", after_end(b, e),
			   box_what_name(e->what));
		box_event_reason(picture, e, word, sizeof(word));
		put_word(out, e->what == BOX_RETRANSMIT ? "cause" : "reason", word);
		loss_function(picture, e->location, false, word, sizeof(word));
		put_word(out, "function", word);
		if (e->tcp_flags) {
			box_event_flags(e, word, sizeof(word));
			put_word(out, "flags", word);
		}
		put_numbers(e, out);
		buf_putc(out, '}');
	}
	if (b)
		buf_putc(out, ']');
	return b;
}

LIFE_GETTER(get_life_old_state_time)
{
	struct life_state at[LIFE_STATES];
	unsigned n = life_states(l, at);

	(void)c, (void)m;
	return n && at[n - 1].state == l->r.s.last_state ? value_number(v, at[n - 1].ns / NSEC_PER_USEC) : 0;
}

/* -- cut off ------------------------------------------------------------------------------------------------------- */

/* Who opens a connection and sends nothing only tried whether it opens, as health checks do. */
static bool was_tried(const struct record_socket *s)
{
	return s->dir == DIR_OUT ? !s->tx_bytes && !s->sendq : s->dir == DIR_IN && !s->rx_bytes;
}

/* Bytes that an end may send after all was said, and which nobody need read: TLS's close_notify has at most 85. */
#define FAREWELL 128

/* More is not acknowledged than a delayed ACK can owe for what has arrived, and was read: a RST's own acknowledgement
 * is not looked at (tcp_reset()), though its sequence numbers stay. */
static bool lost_sent(const struct record_socket *s)
{
	return s->has & HAS_TCP && s->sendq > 2 * s->mss + FAREWELL;
}

/* Who has opened a connection wants an answer to what it sends, and that would have acknowledged it. */
static bool lacks_answer(const struct record_socket *s)
{
	u32 spared = s->last_state == STATE_ESTABLISHED ? 0 : FAREWELL;

	return s->dir == DIR_OUT && (!s->rx_bytes || s->sendq > spared);
}

/* A reset from the peer. What had come before it the program can still read. */
static bool cut_by_peer(const struct record_socket *s)
{
	return s->ended_by == ENDED_RESET_RECEIVED && s->has & HAS_MEM && !was_tried(s) &&
	       (lost_sent(s) || lacks_answer(s));
}

/* A reset from here: of a request that nobody had read (tcp_close()), or of our own data. With neither it is
 * SO_LINGER's, and spares a TIME-WAIT; and an answer that a client does not read to its end is its own affair. */
static bool cut_here(const struct record_socket *s)
{
	bool unread = s->dir == DIR_IN && s->recvq > FAREWELL;

	return s->ended_by == ENDED_RESET_SENT && s->has & HAS_MEM && !was_tried(s) && (unread || lost_sent(s));
}

LIFE_GETTER(get_life_cut_by_peer)
{
	return l->event == LIFE_CLOSE && cut_by_peer(&l->r.s) ? value_number(v, 1) : 0;
}

LIFE_GETTER(get_life_cut_here)
{
	return l->event == LIFE_CLOSE && cut_here(&l->r.s) ? value_number(v, 1) : 0;
}

LIFE_GETTER(get_life_cut_share)
{
	if (l->event != LIFE_CLOSE)
		return 0;
	v->of = 1;
	return value_real(v, cut_by_peer(&l->r.s) || cut_here(&l->r.s));
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
    "time",       "number",   "event",    "errno",   "ended_by", "old_state", "old_state_us", "states",
    "blackbox",   "id",       "netns",    "proto",   "dir",      "laddr",     "lport",        "raddr",
    "rport",      "pid",      "comm",     "cmdline", "uid",      "cgroup",    "owner",        "duration_us",
    "connect_us", "rx_bytes", "tx_bytes", "retrans", "resets",   NULL,
};

u32 life_end(const void *picture)
{
	return ring_index_end(model_lives(picture));
}

const void *life_row(const void *picture, u32 index)
{
	return ring_at(model_lives(picture), index);
}

u64 life_id(const void *row)
{
	return ((const struct life *)row)->number;
}

u32 life_find(const void *picture, u64 id)
{
	return ring_index(model_lives(picture), id);
}

u32 life_rows(const void *picture, bool ended)
{
	(void)ended;
	return ring_count(model_lives(picture));
}
