/* Listeners: what waits at each local port of TCP to be accepted, and what its connections are together. */
#include <stdio.h>

#include "folds.h"

/* The listening sockets, and the connections that came in, or are about to. What is waited out has nothing to add. */
static bool takes(const void *picture, const void *row)
{
	const struct record_socket *s = &((const struct row *)row)->s;

	(void)picture;
	return s->dir == DIR_LISTEN || s->state == STATE_NEW_SYN_RECV ||
	       (s->dir == DIR_IN && s->state != STATE_TIME_WAIT);
}

/* The port is the listening sockets': its owner is theirs, whoever serves the connections. */
static bool listens(const void *picture, const void *row)
{
	(void)picture;
	return ((const struct row *)row)->s.dir == DIR_LISTEN;
}

static u64 port_key(const void *picture, const void *row)
{
	const struct record_socket *s = &((const struct row *)row)->s;

	(void)picture;
	return (u64)s->netns << 32 | (u64)s->proto << 16 | s->lport;
}

static void port_label(const void *picture, const void *row, char *dst, size_t size)
{
	const struct record_socket *s = &((const struct row *)row)->s;

	(void)picture;
	snprintf(dst, size, "%s :%u", proto_name(s->proto), s->lport);
}

static const struct table_group by_port = {"port", port_key, port_label};
static const char *const down[] = {"netns", "proto", "lport", NULL};
static const char *const labels[] = {"netns", "proto", "lport", "comm", NULL};
static const struct fold fold = {
    .of = &socket_table, .by = &by_port, .takes = takes, .speaks = listens, .down = down, .labels = labels};

static const struct table_shown shown[] = {
    {"lport", true, 1, 5, 5, 5},
    {"laddr", true, 10, 10, 15, 40},
    {"pid", true, 9, 7, 7, 7},
    {"comm", true, 4, 7, 10, 15},
    {"accept_queue", true, 2, 6, 6, 6},
    {"accept_limit", true, 3, 6, 6, 6},
    {"accept_high_60s", true, 5, 6, 6, 6},
    {"accept_rate", true, 7, 5, 5, 6},
    {"refused_rate", true, 6, 7, 7, 7},
    {"accept_waiting_us", false, 15, 6, 6, 6},
    {"accept_wait_p99_us", false, 16, 6, 6, 6},
    {"syn_queue", true, 8, 5, 5, 5},
    {"syn_limit", false, 20, 6, 6, 6},
    {"connections", true, 11, 5, 6, 6},
    {"rx_rate", false, 13, 5, 6, 6},
    {"tx_rate", false, 14, 5, 6, 6},
    {"drops", false, 12, 5, 5, 5},
    {"cookies_rate", false, 26, 6, 6, 6},
    {"accept_high", false, 19, 5, 5, 5},
    {"syn_to_accept_p99_us", false, 18, 7, 7, 7},
    {"reuseport_skew", false, 17, 5, 5, 5},
    {"retrans", false, 21, 4, 5, 5},
    {"rtt_us", false, 22, 6, 6, 6},
    {"user", false, 23, 8, 8, 12},
    {"netns", false, 24, 10, 10, 10},
    {"cgroup", false, 25, 16, 16, 60},
};

static const char *const contract[] = {
    "proto",
    "netns",
    "laddr",
    "lport",
    "pid",
    "comm",
    "uid",
    "cgroup",
    "accept_queue",
    "accept_limit",
    "accept_high",
    "accept_high_60s",
    "accept_waiting_us",
    "accept_rate",
    "refused_rate",
    "overflow_rate",
    "cookies_rate",
    "accept_wait_p50_us",
    "accept_wait_p99_us",
    "syn_to_accept_p50_us",
    "syn_to_accept_p99_us",
    "syn_queue",
    "syn_limit",
    "syn_recv",
    "reuseport_skew",
    "connections",
    "members",
    "rx_bytes",
    "tx_bytes",
    "rx_rate",
    "tx_rate",
    "rtt_us",
    "retrans",
    "drops",
    "resets",
    NULL,
};

const struct table listeners_fold = {
    .name = "listener",
    .one = "listener",
    .many = "listeners",
    .fold = &fold,
    .shown = shown,
    .shown_count = ARRAY_SIZE(shown),
    .sort = "accept_queue:desc",
    .contract = contract,
    SOCKET_FOLD,
};
