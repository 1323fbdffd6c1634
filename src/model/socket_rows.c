/* The rows of the table of sockets: where each is, which have ended, which are remarkable; and which columns are shown
 * at first, and written. */
#include "socket_rows.h"

#include <string.h>

#include "layers.h"
#include "totals.h"

/* What fits on a terminal and answers the first questions. */
const char *const socket_in_text[] = {
    "proto",   "pid",     "comm",   "state", "local",   "remote",  "recvq", "sendq",
    "rx_rate", "tx_rate", "rtt_us", "cwnd",  "retrans", "limited", NULL,
};

/* netwatcher's -x, except what the default set shows. */
const char *const socket_in_text_extra[] = {
    "accept_queue", "accept_limit", "rcv_wnd",   "snd_wnd", "ssthresh",     "sndbuf",      "wmem_queued",
    "rx_bytes",     "tx_bytes",     "rttvar_us", "age_us",  "retrans_fast", "retrans_rto", NULL,
};

/* The names of a socket row that scripts can rely on. */
/* clang-format off */
const char *const socket_contract[] = {
	"id", "netns", "netns_cookie", "proto", "state", "dir", "laddr", "lport", "raddr", "rport", "ifname",
	"pid", "comm", "uid", "cgroup", "owner", "age_us",
	"rx_bytes", "tx_bytes", "rx_rate", "tx_rate", "rx_pkts", "tx_pkts",
	"rtt_us", "rttvar_us", "minrtt_us", "rto_us", "cwnd", "ssthresh", "snd_wnd", "rcv_wnd", "mss", "pmtu",
	"cc", "ca_state", "pacing_rate", "delivery_rate", "inflight", "lost", "sacked", "reordering",
	"retrans", "retrans_out", "retrans_fast", "retrans_rto", "retrans_tlp", "dsack_dups", "ooo",
	"limited", "busy_us", "rwnd_limited_us", "sndbuf_limited_us",
	"recvq", "sendq", "sndbuf", "rcvbuf", "wmem_queued", "rmem_alloc", "accept_queue", "accept_limit", "sk_backlog",
	"drops", "resets", "owners", "ulp", "ended_at", "connect_us", "ended_by", "errno", "failed",
	NULL,
};
/* clang-format on */

const struct table_shown socket_shown[SOCKET_SHOWN] = {
    {"pid", true, 7, 7, 7, 7},
    {"comm", true, 1, 7, 10, 15},
    {"user", false, 27, 8, 8, 12},
    {"proto", false, 21, 5, 5, 5},
    {"dir", false, 29, 6, 6, 6},
    {"state", true, 5, 6, 10, 10},
    {"local", true, 11, 6, 20, 47},
    {"remote", true, 4, 17, 21, 47},
    {"ifname", false, 36, 8, 8, 8},
    {"via", false, 37, 8, 8, 8},
    {"rx_rate", true, 3, 5, 6, 6},
    {"tx_rate", true, 2, 5, 6, 6},
    {"rtt_us", true, 6, 6, 6, 6},
    {"minrtt_us", false, 26, 6, 6, 6},
    {"cwnd", false, 20, 5, 5, 5},
    {"inflight", false, 34, 5, 5, 5},
    {"retrans", true, 8, 4, 5, 5},
    {"retrans_tick", false, 30, 6, 6, 6},
    {"limited", true, 9, 7, 7, 11},
    {"recvq", false, 22, 5, 5, 5},
    {"sendq", false, 23, 5, 5, 5},
    {"accept_queue", false, 36, 6, 6, 6},
    {"drops", false, 24, 5, 5, 5},
    {"delivery_rate", false, 28, 6, 6, 6},
    {"rto_us", false, 33, 6, 6, 6},
    {"cc", false, 32, 7, 7, 7},
    {"mss", false, 37, 5, 5, 5},
    {"age_us", false, 25, 6, 6, 6},
    {"rx_bytes", false, 31, 5, 5, 5},
    {"tx_bytes", false, 31, 5, 5, 5},
    {"netns", false, 35, 6, 10, 10, .alike = 10},
    {"cgroup", false, 38, 16, 16, 60},
    {"container", false, 40, 12, 16, 40},
    {"id", false, 39, 10, 10, 10},
};

u32 socket_end(const void *picture)
{
	return model_rows_end(picture);
}

u64 socket_id(const void *row)
{
	return ((const struct row *)row)->s.id;
}

u32 socket_find(const void *picture, u64 id)
{
	return model_find(picture, id);
}

u64 socket_age(const void *row)
{
	return ((const struct row *)row)->first_tick;
}

bool socket_ended(const void *row)
{
	return ((const struct row *)row)->closed;
}

bool socket_just_ended(const void *picture, const void *row)
{
	(void)picture;
	return ((const struct row *)row)->just_ended;
}

void socket_prefetch(const void *picture, u32 index, enum table_part part)
{
	const struct row *r = model_row(picture, index);

	switch (part) {
	case PART_KEYS:                       /* the two ends of a row, where its marks and its id lie */
		__builtin_prefetch(&r->host); /* and, in bits, what it is */
		__builtin_prefetch(&r->s.id);
		__builtin_prefetch(&r->s.lport);
		break;
	case PART_ROW:
		for (size_t at = 0; at < sizeof(*r); at += 64)
			__builtin_prefetch((const u8 *)r + at);
		break;
	case PART_DETAILS:
		if (r->info)
			__builtin_prefetch(&r->info->options);
		break;
	}
}

bool socket_waiting(const void *row)
{
	const struct row *r = row;

	return !r->closed && r->s.state == STATE_TIME_WAIT;
}

u32 socket_waiting_rows(const void *picture)
{
	return model_totals(picture)->by_state[STATE_TIME_WAIT];
}

/* Connections that only time out are dimmed like ended ones: there are many, and nothing is wrong with them. */
unsigned socket_look(const void *picture, const void *row)
{
	const struct record_tick *tick = model_tick(picture);
	const struct row *r = row;
	bool young = !tick || r->first_tick >= (u32)tick->number;

	/* Of a listener no rates are on their way. */
	return (layers_alarm(picture, row_layers(picture, r)) ? LOOK_ALARM : 0) |
	       (r->closed || socket_waiting(row) ? LOOK_PALE : 0) |
	       (young && !r->closed && r->s.dir != DIR_LISTEN ? LOOK_NEW : 0) | (r->tagged ? LOOK_TAGGED : 0);
}

static u64 words_of(u64 h, const void *bytes, size_t n)
{
	u64 word;

	for (size_t i = 0; i < n; i += sizeof(word)) {
		memcpy(&word, (const u8 *)bytes + i, sizeof(word));
		h = idmap_mix(h, word);
	}
	return h;
}

/* By their protocol, ends and program: in two namespaces they can be the same. */
u64 socket_alike(const void *picture, const void *row)
{
	const struct record_socket *s = &((const struct row *)row)->s;
	u64 h = (u64)s->lport << 32 | (u64)s->rport << 16 | (u64)s->family << 8 | s->proto;

	(void)picture;
	h = words_of(h, s->laddr, sizeof(s->laddr));
	h = words_of(h, s->raddr, sizeof(s->raddr));
	return idmap_hash(words_of(h, s->comm, sizeof(s->comm)));
}

u32 socket_rows(const void *picture, bool ended)
{
	const struct totals *t = model_totals(picture);

	return ended ? t->rows : t->live;
}
