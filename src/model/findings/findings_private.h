/* Private to findings: what the checks are compiled to. */
#pragma once

#include "findings.h"
#include "fold.h"

/* A table as checks look at it: all that ask the same of it share its picture. */
struct finding_source {
	const struct table *t;
	const char *each;    /* as check.each */
	struct query *query; /* owned: the same, compiled; NULL: all rows take part */
	struct folded *fold; /* owned; NULL: the table is no fold */
	const void *picture;
};

struct compiled_check {
	const struct check *check;
	struct query *when, *grave; /* owned; NULL: all rows, and none */
	size_t source;
	const struct column *value; /* NULL: none */
	const struct column *about[SUBJECTS];
	u32 kept; /* findings of it */
};

/* A user's own. */
struct own_check {
	struct own_check *next;
	struct check check;
	char about[80];
	char text[]; /* all of its words */
};

struct findings {
	const struct model *m;
	struct finding_source *sources; /* owned */
	u32 source_count, source_cap;
	struct compiled_check *checks; /* owned */
	u32 check_count, check_cap;
	struct finding *at[FINDINGS_MAX]; /* owned; NULL: the index is free */
	u32 end;
	struct idmap ids;      /* of findings, to the index */
	struct idmap muted;    /* ids */
	struct own_check *own; /* owned */
	u64 ages, generation, more, more_now;
	unsigned needs;
	unsigned asks;         /* findings_asks() */
	enum rate_units units; /* of sentences */

	double share;         /* of a CPU; 0: without bound */
	u64 rest_until, cost; /* cost: CPU time of the round */
	bool busy, again;     /* a tick came meanwhile: another round is due */
	u64 round, time_ns;   /* of the tick whose round it is */
	size_t source;        /* where it is */
	u32 row;
};

/* Compiles one; its source is made if no other check has it. -EINVAL, with a line in err, or -ENOMEM: it is not there.
 */
int findings_add(struct findings *f, const struct check *c, struct error *err) must_check;
/* Removes the one that was added last. */
void findings_take_back(struct findings *f);
/* The check holds for a row of its source, in this round. -ENOMEM. */
int findings_see(struct findings *f, struct compiled_check *c, const void *row, bool grave) must_check;
/* The round is whole: what holds long enough is said, and what is gone for long enough is not any more. */
void findings_settle(struct findings *f);
