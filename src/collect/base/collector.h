/* What the collector's sources share, and what they may ask of the main loop (collector.c). */
#pragma once

#include "budget.h"
#include "collect.h"
#include "outbox.h"
#include "source.h"

struct hooks;
struct namer;
struct sockets;
struct spaces;

/* What the reader asked for, by its last command of each kind (enum command_kind). */
struct wishes {
	u64 sample;     /* one packet in so many is measured; 0: the layers are off */
	u64 trace;      /* the id of the traced socket; 0: none */
	u64 names;      /* answers of name servers are reported; 0: not */
	u32 cmdline;    /* the pid of a process, whose command line is sent as a whole; 0: none */
	u64 info;       /* which sockets' details are sent: an id, 0 none, ~0 all */
	bool nat;       /* translated connections are looked for */
	u64 exchanges;  /* are measured; 0: not */
	bool redirects; /* bytes that programs of BPF redirect are counted */
	u8 requests;    /* what they begin with is taken: enum requests_asked */
};

struct collector {
	const struct collect_options *options; /* borrowed, like all pointers here */
	struct hooks *hooks;                   /* the programs in the kernel */
	struct sockets *sockets;               /* what is known of each socket */
	struct namer *namer;
	struct spaces *spaces;
	struct budget budget;
	struct outbox out;
	struct buf tick; /* the tick that is being built */
	struct wishes wishes;
	u64 interval_ns;
	u64 number;     /* of the tick that is being built; 0: there was none yet */
	u64 tick_ns;    /* when it began */
	u32 unread;     /* ticks in a row that nobody has read */
	bool delivered; /* the tick before it has been read, or will be */
	u64 errors;     /* passes and walks that failed */
	bool quit;      /* the loop is to end */
	char why[256];  /* last words; "": none */
};

/* Has somebody read in the last ten ticks? Programs that run for packets are unloaded otherwise. */
static inline bool collector_is_read(const struct collector *c)
{
	return c->unread < 10;
}
/* Called between pieces of a pass: lets the sources run, and sends the reader what is ready. */
void collector_between(void *collector);
/* Makes the next tick as soon as the shortest interval allows; those after it are regular again. */
void collector_tick_soon(struct collector *c);
/* Applies c->wishes to the sources. false: some of it has to wait for the next tick. */
bool collector_want(struct collector *c) must_check;
