/* Processes: what all sockets of a program do together; and the same by user, by cgroup, by container and by namespace.
 * A socket that no program holds any more counts to the one that made it; where nobody knows whose it was, to
 * "unknown". */
#include "folds.h"

static const struct table_shown shown[] = {
    {"label", true, 1, 16, 22, 60},    {"members", true, 16, 7, 7, 7},       {"connections", true, 5, 5, 6, 6},
    {"new_rate", true, 6, 5, 5, 5},    {"fail_rate", true, 10, 6, 6, 6},     {"rx_rate", true, 3, 5, 6, 6},
    {"tx_rate", true, 2, 5, 6, 6},     {"retrans_share", true, 4, 6, 6, 6},  {"resets_tick", true, 12, 5, 5, 5},
    {"drops_tick", true, 9, 6, 6, 6},  {"time_wait", true, 13, 5, 5, 5},     {"close_wait", true, 14, 5, 5, 5},
    {"rtt_p50_us", true, 15, 6, 6, 6}, {"rtt_p99_us", true, 8, 6, 6, 6},     {"held_by", true, 7, 10, 24, 40},
    {"syn_sent", false, 20, 5, 5, 5},  {"retrans_tick", false, 22, 6, 6, 6}, {"sent_tick", false, 23, 6, 6, 6},
    {"rx_bytes", false, 24, 5, 5, 5},  {"tx_bytes", false, 25, 5, 5, 5},
};

/* The names that scripts rely on, after those that say whose the sockets are. */
#define CONTRACT                                                                                                       \
	"members", "connections", "new_rate", "fail_rate", "rx_rate", "tx_rate", "rx_bytes", "tx_bytes", "sent_tick",  \
	    "retrans_tick", "retrans_share", "retrans", "resets_tick", "resets", "drops_tick", "drops", "established", \
	    "syn_sent", "syn_recv", "time_wait", "close_wait", "rtt_p50_us", "rtt_p99_us", "held_by", NULL

static const char *const process_down[] = {"pid", NULL};
static const char *const process_keyed[] = {"comm", "exe", "cmdline", "started_at", "mntns", "pidns", NULL};
static const char *const process_contract[] = {"pid",    "comm",  "exe",   "cmdline", "started_at", "uid",
					       "cgroup", "netns", "mntns", "pidns",   CONTRACT};
static const char *const process_labels[] = {"pid", "comm", NULL};
SOCKET_FOLD_BY(processes, process, BY_PROCESS, .keyed = process_keyed, .labels = process_labels);

static const char *const user_down[] = {"uid", NULL};
static const char *const user_keyed[] = {"user", NULL};
static const char *const user_contract[] = {"uid", "user", CONTRACT};
SOCKET_FOLD_BY(users, user, BY_USER, .keyed = user_keyed, .way_of = &processes_fold);

static const char *const cgroup_down[] = {"cgroup", NULL};
static const char *const cgroup_contract[] = {"cgroup", "label", CONTRACT};
SOCKET_FOLD_BY(cgroups, cgroup, BY_CGROUP, .way_of = &processes_fold);

/* What is in none belongs to the machine itself: by cgroup it is seen. */
static bool has_container(const void *picture, const void *row)
{
	const struct row *r = row;

	return r->s.has & HAS_CGROUP && model_name(picture, NAME_CONTAINER, r->s.cgroup_id, 0);
}

static const char *const container_down[] = {"container", NULL};
static const char *const container_contract[] = {"container", CONTRACT};
SOCKET_FOLD_BY(containers, container, BY_CONTAINER, .takes = has_container, .way_of = &processes_fold);

static const char *const namespace_down[] = {"netns", NULL};
static const char *const namespace_contract[] = {"netns", "label", CONTRACT};
SOCKET_FOLD_BY(namespaces, namespace, BY_NETNS, .way_of = &processes_fold);
