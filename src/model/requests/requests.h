/* Requests: what the calls of connections ask for, how they were answered, and where their time went; gathered by
 * server, protocol and name. Part of the model's picture. All times are nanoseconds. */
#pragma once

#include "exchanges.h"
#include "histogram.h"

#define REQUESTS_MAX 4096  /* different ones that are kept; what comes beyond them is "other" */
#define REQUEST_STATUSES 6 /* of one, by name; more are only counted */

#define REQUEST_SPAN_S 10     /* seconds that "lately" is: at most so many, and at least half as many */
#define REQUEST_OUT 3         /* times the usual: it is out of the ordinary */
#define REQUEST_USUAL_LEAST 6 /* half-spans until it is known what is usual */

/* In some seconds. */
struct request_span {
	u64 since_ns;
	u32 answered;
	u32 failed;  /* of answered: the server could not */
	u32 refused; /* of answered: what was asked for is not there, or not this client's (HTTP: 400 to 499) */
	struct histogram times;
};

/* Averages over the last minutes, without the last seconds. */
struct request_usual {
	u32 spans, answers; /* half-spans with times, and with answers */
	double p50_ns, p99_ns, refused;
};

/* The calls of one name. */
struct request {
	u64 id;            /* the same over ticks; never 0 */
	const char *proto; /* the protocol's name, or why the name is not known; static */
	char *name;        /* owned, printable; "": not known */
	u8 server[16];     /* IPv4: the first four bytes … */
	u8 family;         /* … 4 or 6; 0: of several */
	u8 role;           /* enum exchange_role: which end this machine has; of both, the server */
	u16 port;
	u32 netns; /* inode of our end's network namespace */
	u32 pid;   /* of our end; 0: not known, or of several */
	bool several;
	bool nameless;              /* its calls cannot be seen: they are counted by their exchanges */
	u8 comm[RECORD_COMM_LEN];   /* of our end */
	u8 client[RECORD_COMM_LEN]; /* who asked last, where that is on this machine; "": it is not */
	u64 count, errors;
	u64 answered;                    /* of count, those of which the answer was seen */
	u64 again;                       /* asked once more, because no answer came */
	u32 recent;                      /* in the last tick */
	u32 fresh;                       /* in the one that is being worked out */
	struct request_span now, before; /* the last seconds, and those before them */
	struct request_usual usual;
	u32 failure; /* the last answer of those that failed: model_request_status() */
	struct histogram times;
	u64 spent[PLACES]; /* of these times, by enum exchange_place */
	struct {
		u32 status; /* model_request_status() */
		u32 n;
	} statuses[REQUEST_STATUSES];
};

/* Both spans together. */
struct request_span request_lately(const struct request *q);
/* By index below model_requests_end(); NULL: there is none, or it was not asked yet. */
const struct request *model_request(const struct model *m, u32 index);
u32 model_requests_end(const struct model *m);
u32 model_requests_count(const struct model *m);
/* Index of an id, or IDMAP_NONE. */
u32 model_request_find(const struct model *m, u64 id);
/* "200", "ERR"; "": none. */
const char *model_request_status(const struct model *m, u32 status);
/* Of an exchange (its request and status); NULL: not known. */
const struct request *exchange_request(const struct model *m, const struct exchange *x);
/* What a connection speaks, as it is recognised, or why it is not; NULL: none of its turns was heard. Static. */
const char *row_protocol(const struct model *m, const struct row *r);
/* Are beginnings taken, as far as the stream has told? */
bool model_requests_on(const struct model *m);
/* Beginnings that found no room in the kernel or on the way, or whose socket is not known; and calls beyond the names
 * that are kept. */
u64 model_requests_lost(const struct model *m);
u64 model_requests_other(const struct model *m);
/* Names have their values from now on: --show-values. */
void model_requests_show_values(struct model *m);
