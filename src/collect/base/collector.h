/* What the collector's sources share, and what they may ask of its loop (collector.c). */
#pragma once

#include "budget.h"
#include "collect.h"
#include "outbox.h"
#include "source.h"

struct hooks;
struct namer;
struct sockets;
struct spaces;

/* What the reader wants, by its last command of each kind (enum command_kind). */
struct wishes {
	u64 sample; /* one in so many packets is measured, 0: the layers are off */
	u64 trace;  /* the id of the socket whose packets are told; 0: none */
	u64 info;   /* whose details are told: an id, 0, ~0 */
};

struct collector {
	const struct collect_options *options; /* borrowed, as all that is behind pointers here */
	struct hooks *hooks;                   /* the programs in the kernel */
	struct sockets *sockets;               /* what is known of each socket */
	struct namer *namer;
	struct spaces *spaces;
	struct budget budget;
	struct outbox out;
	struct buf tick; /* the tick that is being made */
	struct wishes wishes;
	u64 interval_ns;
	u64 number;     /* of the tick that is being made; 0: there was none yet */
	u64 tick_ns;    /* when it began */
	bool delivered; /* the one before it has been read, or will be */
	u64 errors;     /* passes and walks that failed */
	bool quit;      /* the loop ends */
	char why[256];  /* last words; "": there is nothing to say */
};

/* Between pieces of a pass: the sources have their turn, and the reader works on what there is. */
void collector_between(void *collector);
/* The next tick comes as soon as the shortest interval allows, those after it each interval. */
void collector_tick_soon(struct collector *c);
/* Brings the sources in line with c->wishes; false: not all of it before the next tick. */
bool collector_want(struct collector *c) must_check;
