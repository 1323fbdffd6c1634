/* Name servers, as programs of this machine are served by them: what became of their questions over UDP in the last ten
 * seconds. Part of the model's picture; what checks look at. */
#pragma once

#include "histogram.h"
#include "store.h"
#include "table.h"

#define RESOLVERS_MAX 1024  /* that are kept; what comes beyond them is not */
#define RESOLVER_WORDS 4    /* answers that say that it failed, by name; more are only counted */
#define RESOLVER_SPAN_S 10  /* seconds that they are of: at most so many, and at least half as many */
#define DATAGRAM_PATIENCE 6 /* seconds that an answer is waited for: glibc asks again, or gives up, after 5 */

/* In some seconds. */
struct resolver_span {
	u64 since_ns;
	u32 answered;
	u32 silent;  /* asked in vain: asked again, or given up */
	u32 failed;  /* of answered: the server could not, or would not */
	u32 unknown; /* of answered: it says that there is no such name */
	struct {
		u32 status; /* model_request_status() */
		u32 n;
	} words[RESOLVER_WORDS];
	struct histogram times; /* of the answers */
};

/* A server and a program that asks it. */
struct resolver {
	u64 id; /* the same over ticks; never 0 */
	u8 server[16], family;
	u16 port;
	u32 netns, pid; /* pid 0: not known */
	u8 comm[RECORD_COMM_LEN];
	struct resolver_span now, before; /* the last seconds, and those before them */
};

/* By index below model_resolvers_end(); NULL: nothing has come of any question lately. */
const struct resolver *model_resolver(const struct model *m, u32 index);
u32 model_resolvers_end(const struct model *m);
u32 model_resolver_find(const struct model *m, u64 id);

extern const struct table resolver_table;
