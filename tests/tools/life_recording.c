/* Made-up lives: a web server and those that come to it, a crawler that fails in every way, what is older than the
 * stream, and what is no connection. */
#include "life_recording.h"

#include <errno.h>
#include <string.h>

#include "clock.h"

/* Ticks count from 1; an end comes half a second before its tick. */
static const struct made {
	const char *comm;
	u32 pid;
	u8 dir;
	unsigned born, over;  /* ticks; born 0: it is older, over 0: it goes on */
	unsigned known, open; /* from which tick on its owner is known, and it is established; 0: always, never */
	u8 last[4];           /* of its remote address */
	u16 lport, rport;
	u32 lasted_us; /* 0: from tick to tick */
	u32 connect_us;
	u16 error;
	u8 ended_by, last_state;
	u64 rx, tx;
} lives[] = {
    {"nginx", 101, DIR_LISTEN, 2, 5, 0, 0, {0}, 443, 0, 0, 0, 0, ENDED_LOCAL, STATE_LISTEN, 0, 0},
    {"nginx", 101, DIR_IN, 2, 4, 3, 2, {9}, 443, 50001, 0, 1900, 0, ENDED_REMOTE, STATE_LAST_ACK, 512, 150000},
    {"nginx", 101, DIR_IN, 2, 3, 0, 2, {8}, 443, 50002, 0, 480, 0, ENDED_RESET_SENT, STATE_CLOSE_WAIT, 40, 0},
    {"backup", 202, DIR_OUT, 0, 3, 0, 1, {7}, 40001, 873, 0, 0, ETIMEDOUT, ENDED_TIMEOUT, STATE_ESTABLISHED, 7, 9000},
    {"curl", 303, DIR_OUT, 3, 3, 0, 3, {6}, 40002, 80, 12400, 950, 0, ENDED_LOCAL, STATE_FIN_WAIT2, 3000, 80},
    {"psql", 404, DIR_OUT, 3, 0, 0, 4, {5}, 40003, 5432, 0, 310000, 0, 0, 0, 100, 200},
    {"crawler", 505, DIR_OUT, 4, 4, 0, 0, {4}, 40004, 81, 130, 0, ECONNREFUSED, ENDED_RESET_RECEIVED, STATE_SYN_SENT},
    {"crawler", 505, DIR_OUT, 4, 4, 0, 0, {4}, 0, 80, 90, 0, EADDRNOTAVAIL, ENDED_ERROR, STATE_SYN_SENT},
    {"crawler", 505, DIR_OUT, 4, 4, 0, 0, {3}, 0, 80, 0, 0, ENETUNREACH, ENDED_ERROR, STATE_SYN_SENT},
    {"crawler", 505, DIR_OUT, 2, 5, 0, 0, {2}, 40005, 80, 0, 0, ETIMEDOUT, ENDED_TIMEOUT, STATE_SYN_SENT},
    {"crawler", 505, DIR_OUT, 3, 4, 0, 0, {1}, 40006, 80, 0, 0, 0, ENDED_GAVE_UP, STATE_SYN_SENT},
    {"api", 606, DIR_OUT, 0, 5, 0, 1, {6}, 40007, 80, 0, 0, ECONNRESET, ENDED_RESET_RECEIVED, STATE_ESTABLISHED, 1, 2},
};

static u64 born_ns(const struct made *l, u64 tick_ns, unsigned tick)
{
	if (l->lasted_us)
		return tick_ns - NSEC_PER_SEC / 2 - l->lasted_us * NSEC_PER_USEC;
	return tick_ns - (tick - l->born) * NSEC_PER_SEC - 3 * NSEC_PER_SEC / 4;
}

static struct record_socket made_socket(u64 id, const struct made *l, unsigned tick, u64 now_ns)
{
	bool is_open = l->open && tick >= l->open, over = tick == l->over;
	struct record_socket s = {.id = id,
				  .has = HAS_UID | HAS_CGROUP,
				  .sample_ns = now_ns,
				  .cgroup_id = 7,
				  .netns = 4026531840,
				  .uid = 1000,
				  .laddr = {10, 0, 0, 1},
				  .raddr = {10, 1, 0, l->last[0]},
				  .lport = l->lport,
				  .rport = l->rport,
				  .family = 4,
				  .proto = IPPROTO_TCP,
				  .dir = l->dir,
				  .state = l->dir == DIR_LISTEN ? STATE_LISTEN
					   : is_open            ? STATE_ESTABLISHED
								: STATE_SYN_SENT,
				  .connect_us = is_open ? l->connect_us : 0,
				  .rx_bytes = l->rx,
				  .tx_bytes = l->tx};

	if (l->born) {
		s.birth_ns = born_ns(l, now_ns, tick);
		s.has |= HAS_BIRTH;
	}
	s.has |= l->dir == DIR_LISTEN ? 0 : HAS_REMOTE | HAS_RX_BYTES | HAS_TX_BYTES;
	if (tick >= l->known) {
		s.has |= HAS_OWNER;
		s.owner = OWNER_EXACT;
		s.owners = 1;
		s.pid = l->pid;
		memcpy(s.comm, l->comm, strlen(l->comm));
	}
	if (over) {
		s.state = STATE_CLOSE;
		s.flags = SOCKET_ENDED;
		s.ended_ns = now_ns - NSEC_PER_SEC / 2;
		s.error = l->error;
		s.ended_by = l->ended_by;
		s.last_state = l->last_state;
	}
	return s;
}

/* The steps of an orderly end take a few milliseconds; of others there is only the state that they began in. */
static void put_states(struct buf *out, const struct record_socket *s)
{
	bool two = s->last_state == STATE_LAST_ACK || s->last_state == STATE_FIN_WAIT2;
	bool left = two || s->last_state == STATE_CLOSE_WAIT;
	struct record_life l = {.id = s->id,
				.left_ns = left ? s->ended_ns - 7 * NSEC_PER_MSEC : 0,
				.last_ns = two    ? s->ended_ns - 2 * NSEC_PER_MSEC
					   : left ? s->ended_ns - 7 * NSEC_PER_MSEC
						  : s->birth_ns};

	if (l.last_ns)
		stream_put(out, RECORD_LIFE, &l);
}

/* Read a moment after the first event of each; that of the crawler's number was another's before. */
static void put_process(struct buf *out, u32 pid, u64 start_ns, const char *text)
{
	struct record_process p = {.pid = pid, .start_ns = start_ns, .exe = "/usr/bin/made"};
	struct record_cmdline c = {.pid = pid, .whole = 1};

	memcpy(c.text, text, strlen(text));
	stream_put(out, RECORD_PROCESS, &p);
	stream_put(out, RECORD_CMDLINE, &c);
}

/* What was told of those that end badly: so long before the end of a tick. A reset may come with the next one. */
static const struct told {
	u64 id;
	unsigned tick, before_ms;
	u8 kind;
	u32 reason;
} told[] = {
    {4, 2, 900, LOSS_RETRANSMIT, RETRANSMIT_TLP},
    {4, 2, 700, LOSS_RETRANSMIT, RETRANSMIT_RTO},
    {4, 3, 900, LOSS_RETRANSMIT, RETRANSMIT_RTO},
    {7, 4, 501, LOSS_RESET_RECEIVED, 0},
    {10, 3, 250, LOSS_RETRANSMIT, RETRANSMIT_SYN},
    {10, 5, 600, LOSS_RETRANSMIT, RETRANSMIT_SYN},
    {12, 5, 620, LOSS_DROP, 3},
    {3, 4, 980, LOSS_RESET_SENT, 0},
};

static void put_told(struct buf *out, unsigned tick, u64 now_ns)
{
	for (size_t i = 0; i < ARRAY_SIZE(told); i++) {
		const struct told *t = &told[i];
		struct record_loss l = {.id = t->id,
					.time_ns = now_ns - t->before_ms * NSEC_PER_MSEC,
					.reason = t->reason,
					.kind = t->kind,
					.family = 4,
					.proto = IPPROTO_TCP,
					.flags = LOSS_SOCKET | (t->reason ? LOSS_REASON : 0)};

		if (t->kind == LOSS_RETRANSMIT) {
			l.seq = 1000;
			l.end_seq = t->reason == RETRANSMIT_SYN ? 1000 : 2448;
			l.segments = 1;
			l.cwnd = 1;
		}
		if (t->tick == tick)
			stream_put(out, RECORD_LOSS, &l);
	}
}

void put_lives(struct buf *out, unsigned tick, u64 now_ns)
{
	for (size_t i = 0; i < ARRAY_SIZE(lives); i++) {
		const struct made *l = &lives[i];
		struct record_socket s = made_socket(i + 1, l, tick, now_ns);

		if (tick == l->over)
			put_states(out, &s);
		if (tick >= l->born && (!l->over || tick <= l->over))
			stream_put(out, RECORD_SOCKET, &s);
	}
	put_told(out, tick, now_ns);
	if (tick == 2)
		put_process(out, 101, now_ns - 60 * NSEC_PER_SEC,
			    "nginx: master process /usr/sbin/nginx -g daemon off;");
	if (tick == 3)
		put_process(out, 303, now_ns - NSEC_PER_SEC, "curl -sS http://10.1.0.6/ -H \"X: \033[1m\"");
	if (tick == 4)
		put_process(out, 505, now_ns - 600 * NSEC_PER_MSEC, "crawler --depth 3");
	/* Its flow ends: nothing that opened or closed. */
	if (tick == 3)
		stream_put(out, RECORD_SOCKET,
			   &(struct record_socket){.id = 99,
						   .proto = IPPROTO_UDP,
						   .family = 4,
						   .sample_ns = now_ns,
						   .state = STATE_CLOSE,
						   .flags = SOCKET_ENDED,
						   .ended_ns = now_ns});
}
