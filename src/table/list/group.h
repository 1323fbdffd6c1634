/* Groups: the rows of a list gathered by one of table.groups, as a tree that folds. */
#pragma once

#include "list.h"

/* One line of the tree: a group's head with its sums, or a member row. */
struct group_line {
	bool head;
	bool folded; /* head: its members are hidden */
	u32 row;     /* member: the row's index */
	u32 group;   /* index of the group, for fold and sums */
};

/* A group; its sums lie elsewhere (groups_value()). */
struct group_sum {
	char *label; /* GROUP_LABEL_MAX bytes, owned with the sums; NULL: a fold's, which are elsewhere */
	u64 key;     /* stable over ticks: of what it is grouped by */
	u32 members;
	u32 sums;              /* which of the sums are its, + 1; 0: it has none, and at most one member */
	u32 first, first_mark; /* its first member's index and place_mark() */
	bool alive;            /* a fold's: its members have not ended */
	bool lately;           /* a fold's: one has ended in the last tick */
	bool spoken;           /* a fold's: one of them speaks for it */
	bool counted;          /* table_group.totals told of it: */
	u64 total, recent;
};

struct groups;

int groups_new(struct groups **g, const struct table *t, const void *picture) must_check;
void groups_free(struct groups *g);
/* Another picture of the same table, whose rows have other places: what is folded stays so. */
void groups_look_at(struct groups *g, const void *picture);
/* Heads show this column from the next gathering on, as they do the one that the list is sorted by. Returns whether
 * they did not before: what is gathered is not enough then. */
bool groups_want(struct groups *g, const struct column *c);
/* What to group by from the next gathering on: one of the table's groups; NULL, nothing, at once. */
void groups_set(struct groups *g, const struct table_group *by);
const struct table_group *groups_by(const struct groups *g);
/* What the current lines are grouped by. */
const struct table_group *groups_shown(const struct groups *g);
/* Gathers the list's rows again; groups are ordered by the list's sort column over their sums (by label if it has no
 * sum), members as in the list. Folds are remembered by key. Without grouping there are no lines: the list itself is
 * shown. In slices of budget_ns (0: to the end): begins or continues. 1: the lines are whole and new; 0: call again
 * with an unchanged list; -ENOMEM: there are no lines. Until it is whole the old lines stay. */
int groups_work(struct groups *g, const struct list *l, u64 budget_ns) must_check;
/* Is a gathering under way? */
bool groups_busy(const struct groups *g);
/* The list has changed meanwhile: the next groups_work() starts over. */
void groups_abandon(struct groups *g);
u32 groups_count(const struct groups *g); /* lines */
struct group_line groups_line(const struct groups *g, u32 line);
/* NULL: there is no such group. Valid until the next groups_work(). */
const struct group_sum *groups_sum(const struct groups *g, u32 group);
void groups_fold(struct groups *g, u32 group, bool folded);
void groups_fold_all(struct groups *g, bool folded);
/* What a group's head shows in a column; false: it has no number there, nothing is known, or nobody wanted it. */
bool groups_value(const struct groups *g, const struct group_sum *s, const struct column *c, struct value *v);
