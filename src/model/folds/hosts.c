/* Hosts: what all connections with a remote address do together; and the same by network, by the service that they are
 * for, at either end, and by the device that their packets take. */
#include "folds.h"

static bool has_remote(const void *picture, const void *row)
{
	(void)picture;
	return ((const struct row *)row)->s.has & HAS_REMOTE;
}

static bool has_service(const void *picture, const void *row)
{
	const struct record_socket *s = &((const struct row *)row)->s;

	(void)picture;
	return s->has & HAS_REMOTE && (s->dir == DIR_OUT || s->dir == DIR_IN);
}

/* clang-format off */
#define SHOWN                                                                                                          \
	{"connections", true, 8, 5, 6, 6},   {"new_rate", true, 9, 5, 5, 5},     {"rx_rate", true, 3, 5, 6, 6},        \
	{"tx_rate", true, 2, 5, 6, 6},       {"minrtt_us", true, 6, 6, 6, 6},    {"rtt_p50_us", true, 10, 6, 6, 6},    \
	{"rtt_p99_us", true, 5, 6, 6, 6},    {"retrans_share", true, 4, 6, 6, 6},                                      \
	{"resets_tick", true, 11, 5, 5, 5},  {"held_by", true, 7, 10, 24, 40},   {"syn_sent", true, 12, 5, 5, 5},      \
	{"comm", false, 14, 7, 10, 15},      {"time_wait", false, 20, 5, 5, 5},  {"retrans_tick", false, 21, 6, 6, 6}, \
	{"sent_tick", false, 22, 6, 6, 6},   {"members", false, 23, 7, 7, 7},    {"rx_bytes", false, 24, 5, 5, 5},     \
	{"tx_bytes", false, 25, 5, 5, 5}
/* clang-format on */

static const struct table_shown shown[] = {{"label", true, 1, 15, 22, 46}, SHOWN};
static const struct table_shown host_shown[] = {
    {"label", true, 1, 15, 22, 46}, {"rname", false, 13, 12, 24, 60}, SHOWN};

/* The names that scripts rely on, after those that say which hosts they are. */
#define CONTRACT                                                                                                       \
	"members", "connections", "new_rate", "rx_rate", "tx_rate", "rx_bytes", "tx_bytes", "minrtt_us", "rtt_p50_us", \
	    "rtt_p99_us", "sent_tick", "retrans_tick", "retrans_share", "retrans", "resets_tick", "resets",            \
	    "drops_tick", "drops", "established", "syn_sent", "syn_recv", "time_wait", "close_wait", "held_by", NULL

static const char *const host_down[] = {"raddr", NULL};
static const char *const host_keyed[] = {"rname", "rname_from", NULL};
static const char *const host_contract[] = {"raddr", "rname", "rname_from", CONTRACT};
SOCKET_FOLD_SHOWN(hosts, host, BY_REMOTE, host_shown, .takes = has_remote, .keyed = host_keyed, .labels = host_down);

static const char *const prefix_down[] = {"prefix", NULL};
static const char *const prefix_contract[] = {"prefix", CONTRACT};
SOCKET_FOLD_BY(prefixes, prefix, BY_PREFIX, .takes = has_remote, .way_of = &hosts_fold);

static const char *const service_down[] = {"proto", "dir", "service", NULL};
static const char *const service_contract[] = {"proto", "dir", "service", CONTRACT};
SOCKET_FOLD_BY(services, service, BY_SERVICE, .takes = has_service, .way_of = &hosts_fold);

static const char *const link_down[] = {"netns", "via", NULL};
static const char *const link_contract[] = {"via", "netns", "label", CONTRACT};
SOCKET_FOLD_BY(links, link, BY_VIA, .takes = has_remote, .way_of = &hosts_fold);
