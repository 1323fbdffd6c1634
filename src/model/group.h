/* Groups: the rows of a list gathered by process, remote address, namespace or container, as a tree that folds. */
#pragma once

#include "list.h"
#include "model.h"

enum group_by { GROUP_NONE, GROUP_PROCESS, GROUP_REMOTE, GROUP_NETNS, GROUP_CGROUP, GROUP_KINDS };

/* One line of the tree: a group's head with its sums, or a member row. */
struct group_line {
	bool head;
	bool folded; /* head: its members are hidden */
	u32 row;     /* member: the row's index */
	u32 group;   /* number of the group, for fold and sums */
};

struct group_sum {
	char label[96]; /* printable: "nginx[2211]", "203.0.113.9", "netns 4026531840", "/system.slice/…" */
	u64 key;        /* stable over ticks: hash of what it is grouped by */
	u32 members;
	double rx_rate, tx_rate; /* sums of what is known; NaN: nothing is known */
	u64 rx_bytes, tx_bytes, retrans, drops;
	u32 rtt_max_us; /* 0: not known */
};

struct groups;

int groups_new(struct groups **g, struct model *m) must_check;
void groups_free(struct groups *g);
/* What to group by from the next gathering on; GROUP_NONE at once. */
void groups_set(struct groups *g, enum group_by by);
enum group_by groups_by(const struct groups *g);
/* What the present lines are grouped by. */
enum group_by groups_shown(const struct groups *g);
/* Gathers the list's rows anew, groups ordered by the list's sort column over their sums (label if it has no sum),
 * members in the list's order. Folds are remembered by key. GROUP_NONE has no lines: the list itself is shown. */
int groups_update(struct groups *g, const struct list *l) must_check;
/* The same in slices of budget_ns (0: to the end): begins a gathering or goes on with it. 1: the lines are whole and
 * new; 0: call again, with the list as it was; -ENOMEM: there are no lines. Until it is whole the old lines stay. */
int groups_work(struct groups *g, const struct list *l, u64 budget_ns) must_check;
/* Is a gathering under way? */
bool groups_busy(const struct groups *g);
/* The list has changed under it: the next groups_work() begins anew. */
void groups_abandon(struct groups *g);
u32 groups_count(const struct groups *g); /* lines */
struct group_line groups_line(const struct groups *g, u32 line);
const struct group_sum *groups_sum(const struct groups *g, u32 group);
void groups_fold(struct groups *g, u32 group, bool folded);
void groups_fold_all(struct groups *g, bool folded);
const char *group_name(enum group_by by); /* "none" "process" "remote" "netns" "container" */
