/* MPTCP connections: each with its subflows, which are the sockets that the kernel lists. */
#include <stdio.h>

#include "folds.h"
#include "interception_table.h"

static u32 token_of(const void *picture, const void *row)
{
	const struct record_interception *i = model_interception(picture, row);

	return i ? i->mptcp_token : 0;
}

static bool is_subflow(const void *picture, const void *row)
{
	return token_of(picture, row);
}

/* Tokens are the namespace's own. */
static u64 connection_key(const void *picture, const void *row)
{
	const struct record_socket *s = &((const struct row *)row)->s;

	return idmap_hash((u64)s->netns << 32 | token_of(picture, row)) | 1;
}

static void connection_label(const void *picture, const void *row, char *dst, size_t size)
{
	snprintf(dst, size, "%x", token_of(picture, row));
}

static const struct table_group by_connection = {"mptcp", connection_key, connection_label};
static const char *const down[] = {"netns", "mptcp_conn", NULL};
static const struct fold fold = {.of = &socket_table, .by = &by_connection, .takes = is_subflow, .down = down};

static const struct table_shown shown[] = {
    {"label", true, 1, 8, 16, 16},         {"pid", true, 8, 7, 7, 7},
    {"comm", true, 4, 7, 10, 15},          {"members", true, 2, 7, 7, 7},
    {"raddr", true, 5, 10, 15, 40},        {"rport", true, 9, 5, 5, 5},
    {"rx_rate", true, 6, 5, 6, 6},         {"tx_rate", true, 3, 5, 6, 6},
    {"rtt_us", true, 7, 6, 6, 6},          {"retrans", true, 10, 4, 5, 5},
    {"mptcp_rx_bytes", true, 11, 5, 5, 5}, {"mptcp_tx_bytes", true, 12, 5, 5, 5},
    {"rx_bytes", false, 13, 5, 5, 5},      {"tx_bytes", false, 14, 5, 5, 5},
    {"lport", false, 15, 5, 5, 5},         {"laddr", false, 16, 10, 15, 40},
    {"held_by", false, 17, 10, 24, 40},    {"netns", false, 18, 10, 10, 10},
};

static const char *const contract[] = {
    "mptcp_conn",     "netns",  "pid",       "comm",    "uid",     "cgroup",   "members",  "laddr",
    "lport",          "raddr",  "rport",     "rx_rate", "tx_rate", "rx_bytes", "tx_bytes", "mptcp_rx_bytes",
    "mptcp_tx_bytes", "rtt_us", "minrtt_us", "retrans", "lost",    "held_by",  NULL,
};

const struct table mptcp_fold = {
    .name = "mptcp",
    .one = "MPTCP connection",
    .many = "MPTCP connections",
    .fold = &fold,
    .shown = shown,
    .shown_count = ARRAY_SIZE(shown),
    .sort = "rate:desc",
    .contract = contract,
    SOCKET_FOLD,
};
