/* Protocols: what all connections that speak one do together. Recognised by what is said, while that is read; what has
 * said nothing since then is not heard. Of both ends on this machine each counts. */
#include "folds.h"

static const struct table_shown shown[] = {
    {"label", true, 1, 14, 22, 40},    {"members", true, 5, 7, 7, 7},     {"connections", true, 6, 5, 6, 6},
    {"new_rate", true, 8, 5, 5, 5},    {"rx_rate", true, 3, 5, 6, 6},     {"tx_rate", true, 2, 5, 6, 6},
    {"rx_bytes", true, 9, 5, 5, 5},    {"tx_bytes", true, 4, 5, 5, 5},    {"retrans_share", true, 7, 6, 6, 6},
    {"rtt_p50_us", true, 12, 6, 6, 6}, {"rtt_p99_us", true, 11, 6, 6, 6}, {"held_by", true, 10, 10, 24, 40},
};

static bool has_remote(const void *picture, const void *row)
{
	(void)picture;
	return ((const struct row *)row)->s.has & HAS_REMOTE;
}

static const char *const protocol_down[] = {"app", NULL};
static const char *const protocol_contract[] = {
    "app",     "label",       "members",    "connections", "new_rate",     "rx_rate",
    "tx_rate", "rx_bytes",    "tx_bytes",   "sent_tick",   "retrans_tick", "retrans_share",
    "retrans", "established", "rtt_p50_us", "rtt_p99_us",  "held_by",      NULL};
SOCKET_FOLD_BY(protocols, protocol, BY_APP, .takes = has_remote);
