/* What the sources that look at sockets know together: each socket as the reader has it, which passes have seen it, and
 * what the next pass is to do. */
#pragma once

#include "record.h"
#include "abi.h"
#include "cc_info.h"
#include "collector.h"
#include "convert.h"
#include "entries.h"

#define WANTED_MAX 4096 /* a quarter of ABI_WANTED_SLOTS */
#define MINI_MAX 16384  /* minisocks that are told one by one; of more than that, a sample */

struct ends;

struct sockets {
	struct entries entries;
	struct cc_info cc_info;
	struct tick_clock clock;
	struct ends *ends;    /* borrowed */
	u64 unserved[2];      /* socket_has bits that no hook serves here: of TCP, of other protocols */
	u32 pass;             /* number of the pass over files */
	bool whole;           /* it came to its end in this tick */
	u64 begun_ns;         /* when it began, the one that goes on or was the last */
	u64 took_ns;          /* from beginning to end, of the last whole one */
	u32 whole_ticks;      /* … over so many ticks */
	u64 seen;             /* sockets of this pass */
	u32 slow_pass;        /* number of the slow turn that goes on, or was the last */
	bool slow_wanted;     /* something can only be found there */
	bool orphans;         /* the last sweep over conns met a connection that no file holds */
	u32 unheld;           /* sockets with a file that no process holds, met in this visit of a namespace */
	u32 mini_share;       /* one in so many minisocks is told, a power of two */
	u64 want[WANTED_MAX]; /* cookies that the next pass is to write out whole */
	u32 want_count;
	bool want_all;          /* too many: it writes out all */
	u64 wanted[WANTED_MAX]; /* the same of the pass that goes on, or was the last */
	u32 wanted_count;
	u64 events;     /* ends handled */
	u64 drained_ns; /* ends from before this time have come */
	/* The next record of this socket, whoever told of it, goes to met, too. */
	struct {
		u64 cookie; /* 0: none */
		void (*met)(struct source *s, const struct abi_sock *a);
		struct source *source;
	} awaited;
};

void sockets_init(struct sockets *s);
void sockets_deinit(struct sockets *s);
/* The programs are loaded: what no hook of theirs counts is unknown, not 0. */
void sockets_note_unserved(struct sockets *s, const struct hooks *h);
/* The next pass is to write this socket out whole. */
void sockets_want(struct sockets *s, struct entry *e);
/* Hands the cookies that are wanted to the programs. */
void sockets_set_wanted(struct sockets *s, const struct hooks *h);
/* … to those of a pass that begins: what is wanted from now on is for the next. */
void sockets_begin_wanted(struct sockets *s, const struct hooks *h);
/* The pass is whole, and has told what it was asked for. */
void sockets_done_wanted(struct sockets *s, const struct hooks *h);

/* see.c: what the iterators and the ring buffer tell. */
void see_record(void *collector, struct abi_sock *a);
void see_end(struct collector *c, const struct abi_sock *end);
/* This end is told later: until then the socket is over, but not forgotten. begins false: that time is over. */
void see_held_end(struct collector *c, const struct abi_sock *end, bool begins);
/* A RST that was sent after its end was told: only that is new. */
void see_late_reset(struct collector *c, const struct abi_sock *reset);

/* ends.c: takes what has come of ends, and tells those that are complete. */
void ends_take(struct ends *e);

/* In the order of a tick. The slow turn and the sweep have their part of it once the pass over files is whole. */
extern const struct source_class ends_source, files_source, slow_source, sweep_source, owners_source;
