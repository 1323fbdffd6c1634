/* Checks: what is worth a sentence to a person on call. Each is a row of a table: a condition in the filter language on
 * the rows of some table, for how long it must hold, and what is said then. */
#pragma once

#include "table.h"

enum finding_severity { FINDING_INFO, FINDING_WARNING, FINDING_CRITICAL, FINDING_SEVERITIES };

struct check {
	const char *name;               /* in JSON, in config.ini: never changes */
	enum finding_severity severity; /* where `grave` does not hold */
	const struct table *of;         /* whose rows it looks at: a table or a fold of the model's picture */
	const struct table *leads;      /* whose rows Enter shows, by what it is about; NULL: those of `of` */
	const char *each;               /* of a fold: the rows of its source that take part, a filter; NULL: all */
	const char *when;               /* the rows that it speaks of, a filter; NULL: all */
	const char *grave;              /* where this is true, too, it is critical; NULL: nowhere */
	u16 after, until;               /* seconds that it must hold before it is said, and be gone until it is not */
	bool mostly;            /* what it looks at is seen at instants: it need only be true in half of that time */
	const char *about;      /* columns of `of` that say what it is about: "pid,comm,lport" */
	const char *value;      /* the column whose values are its trend */
	const char *text;       /* what is said: see sentence.h */
	const char *grave_text; /* … where it is critical; NULL: the same */
	const char *advice;     /* what can be done, in a few words; a sentence, too */
	const char *why;        /* the reason for the thresholds */
};

/* The i-th of those that come with skbtop; NULL past the end. */
const struct check *check_at(size_t i);

/* "info", "warning", "critical" */
const char *finding_severity_name(unsigned severity);
