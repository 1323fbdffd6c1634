/* Findings: what is wrong, in words, with whom it is about, since when, and what can be done. They are worked out after
 * each tick from the rows of the model's tables and folds (check.h), in slices, and stay while their condition holds.
 */
#pragma once

#include "check.h"
#include "error.h"
#include "query.h"
#include "rates.h"

struct model;
struct findings;

#define FINDINGS_MAX 512 /* that are kept; of one check at most FINDINGS_EACH */
#define FINDINGS_EACH 64 /* further rows of a check are only counted */
#define FINDING_TREND 60 /* values that are kept of each, one a round */
#define FINDINGS_SHARE                                                                                                 \
	0.02 /* of a CPU, for findings_pace() on a screen: on a large machine a round takes several ticks */
#define FINDINGS_KEEP_S 60 /* for so long it stays after it has ended */

/* What a finding is about: the columns of this name of the row that it speaks of. */
#define FINDING_SUBJECTS(S) S(pid) S(comm) S(user) S(netns) S(laddr) S(lport) S(raddr) S(rport) S(device) S(cgroup)
enum finding_subject {
#define S(name) SUBJECT_##name,
	FINDING_SUBJECTS(S)
#undef S
	    SUBJECTS
};

struct finding {
	const struct check *check;
	u64 id;           /* of check and row: the same if it comes again */
	u64 row;          /* the id of the row that it speaks of */
	u64 age;          /* rises with each that is said */
	u64 first_ns;     /* tick in which it became true */
	u64 gone_ns;      /* … from which on it was not; 0: it is */
	u64 said_ns;      /* … from which on it is said; 0: it is not yet */
	u64 ended_ns;     /* … from which on it is not said any more; 0: it is */
	u64 round;        /* in which it was seen last */
	u32 rounds, hits; /* since it was seen first, and those in which it was seen */
	u8 severity;      /* enum finding_severity */
	bool muted;       /* the user does not want to hear of it */
	char text[240], advice[160];
	char filter[240]; /* the rows that it is about: of the source of check->of, or of that table; "" none */
	bool has_value;
	double value;
	float trend[FINDING_TREND]; /* the newest at [(trend_count - 1) % FINDING_TREND]; NaN: not known */
	u64 trend_count;
	struct {
		u64 number;
		u8 address[16], family; /* family 0: it is none */
		bool known;
		char text[64];
	} about[SUBJECTS];
};

/* Of one that is said: it goes on, and the user wants to hear of it. */
static inline bool finding_speaks(const struct finding *n)
{
	return !n->ended_ns && !n->muted;
}

/* All checks, compiled. m is borrowed. -ENOMEM; -EINVAL, with a line in err: a check is wrong. */
int findings_new(struct findings **f, const struct model *m, struct error *err) must_check;
void findings_free(struct findings *f);
/* A check of the user's, besides: "SEVERITY; ROWS; CONDITION; SECONDS; SENTENCE; ADVICE", where ROWS is the name of a
 * view and the last part may be missing. -EINVAL, with a line in err; -ENOMEM. */
int findings_add_own(struct findings *f, const char *name, const char *spec, struct error *err) must_check;
/* What the kernel is to be asked for as long as these checks run: enum column_needs. */
unsigned findings_asks(const struct findings *f);
/* The model that it looks at. */
const struct model *findings_model(const struct findings *f);
/* Rounds follow upon each other so closely that they take at most this share of one CPU; 0: with each tick. */
void findings_pace(struct findings *f, double share);
/* What rates in sentences are counted in, from the next round on; at first in bytes. */
void findings_units(struct findings *f, enum rate_units units);
/* A tick is whole. */
void findings_tick(struct findings *f);
/* Works for at most budget_ns (0: to the end). 1: nothing is left to do until the next tick; 0: call again; -ENOMEM. */
int findings_work(struct findings *f, u64 budget_ns) must_check;

/* How many are said and not muted, of this severity or worse. */
u32 findings_count(const struct findings *f, enum finding_severity severity);
/* The n-th of them, the worst first, and of these the newest; NULL: there are not so many. */
const struct finding *findings_worst(const struct findings *f, enum finding_severity severity, size_t n);
/* Rows for which a check was true beyond those that are kept. */
u64 findings_more(const struct findings *f);
/* How many checks there are. */
size_t findings_checks(const struct findings *f);
/* The i-th of them; NULL past the end. */
const struct check *findings_check(const struct findings *f, size_t i);
/* Mutes it, or not any more. */
void findings_mute(struct findings *f, u64 id, bool muted);
/* How long it has been true, in us; once it has ended, how long it was. */
u64 finding_since_us(const struct findings *f, const struct finding *of);
/* Wall-clock time in ns when it became true. */
u64 finding_realtime(const struct findings *f, const struct finding *of);

/* -- for the table: rows by index ---------------------------------------------------------------------------------- */

u32 findings_end(const struct findings *f);
const struct finding *findings_at(const struct findings *f, u32 index);
u32 findings_find(const struct findings *f, u64 id);
u64 findings_generation(const struct findings *f);
