/* Statements without their values, and those of them that are prepared. */
#pragma once

#include "parser.h"

enum dialect { SQL_POSTGRES, SQL_MYSQL };

/* What is told of a statement: a ? for each literal and parameter, without comments; lists of them become one. cut: the
 * text goes on. Whether it is one is not asked. */
struct statement {
	u64 key;
	char name[sizeof(((struct call *)0)->name)];
	char shown[sizeof(((struct call *)0)->shown)]; /* as name where it could hold a password */
};

struct statement sql_statement(struct span sql, bool cut, enum dialect dialect);

#define STATEMENTS_MAX 48 /* of a connection; then the oldest one is forgotten */

/* Those prepared, by a key of the protocol's. Zeroed at first. */
struct statements {
	struct statement *at; /* owned */
	u32 count, cap, next;
};

void statements_free(struct statements *s);
/* Where there is no memory it is not remembered. */
void statements_put(struct statements *s, u64 key, const struct statement *one);
/* NULL: it was prepared before this began, or forgotten. */
const struct statement *statements_get(const struct statements *s, u64 key);
/* Tells of a statement, with what precedes it: "PREPARE ". NULL: nobody knows it; then verb is all that is told. */
void statement_tell(struct talk *t, const char *verb, const struct statement *one);
