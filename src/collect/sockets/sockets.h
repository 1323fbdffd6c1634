/* The state that the sources of sockets share: each socket as the reader has it, which passes have seen it, and what
 * the next pass is to do. */
#pragma once

#include "record.h"
#include "abi.h"
#include "cc_info.h"
#include "collector.h"
#include "convert.h"
#include "entries.h"

#define WANTED_MAX 4096 /* a quarter of ABI_WANTED_SLOTS */
#define MINI_MAX 16384  /* minisocks that are sent one by one; of more, a sample */

struct ends;

struct sockets {
	struct entries entries;
	struct cc_info cc_info;
	struct tick_clock clock;
	struct ends *ends;    /* borrowed */
	u64 unserved[2];      /* bits of enum socket_has that no hook serves here: for TCP, for other protocols */
	u32 pass;             /* number of the pass over files */
	bool whole;           /* it reached its end in this tick */
	u64 begun_ns;         /* when the current or last pass began */
	u64 took_ns;          /* how long the last whole pass took */
	u32 whole_ticks;      /* … and how many ticks */
	u64 seen;             /* sockets seen in this pass */
	u32 slow_pass;        /* number of the current or last slow turn */
	bool slow_wanted;     /* something can only be found there */
	bool orphans;         /* the last sweep over conns met a connection that no file holds */
	u32 unheld;           /* sockets whose file no process holds, met in this visit of a namespace */
	u32 mini_share;       /* one minisock in so many is sent, a power of two */
	u64 want[WANTED_MAX]; /* cookies that the next pass is to write out whole */
	u32 want_count;
	bool want_all;          /* too many: it writes out all */
	u64 wanted[WANTED_MAX]; /* the same of the current or last pass */
	u32 wanted_count;
	u64 reported;   /* cookie of the socket whose record was the last, if that was the first of its pass */
	bool any_psock; /* a sockmap has, or had, one of them */
	u64 events;     /* ends handled */
	u64 drained_ns; /* all ends from before this time have been taken */
	/* The next record of this socket is also passed to met(), whichever source reads it. */
	struct {
		u64 cookie; /* 0: none */
		void (*met)(struct source *s, const struct abi_sock *a);
		struct source *source;
	} awaited;
};

void sockets_init(struct sockets *s);
void sockets_deinit(struct sockets *s);
/* Called once the programs are loaded: what no hook counts is unknown, not 0. */
void sockets_note_unserved(struct sockets *s, const struct hooks *h);
/* The next pass is to write this socket out whole. */
void sockets_want(struct sockets *s, struct entry *e);
/* Passes the wanted cookies to the programs. */
void sockets_set_wanted(struct sockets *s, const struct hooks *h);
/* … when a pass begins: what is wanted from now on is for the next. */
void sockets_begin_wanted(struct sockets *s, const struct hooks *h);
/* Called when the pass is whole, and has written what was wanted. */
void sockets_done_wanted(struct sockets *s, const struct hooks *h);

/* see.c: takes the records of iterators and of the ring buffer. */
void see_record(void *collector, struct abi_sock *a);
void see_end(struct collector *c, const struct abi_sock *end);
/* This end is reported later: until then the socket is over, but not forgotten. With begins false, that time is
 * over. */
void see_held_end(struct collector *c, const struct abi_sock *end, bool begins);
/* A RST that was sent after its end was reported: only the RST is new. */
void see_late_reset(struct collector *c, const struct abi_sock *reset);

/* intercepted.c: of the socket whose record came before it. */
void intercepted_see(struct collector *c, const struct abi_interception *i);

/* ends.c: takes the ends that have come, and reports those that are complete. */
void ends_take(struct ends *e);

/* In the order of a tick. The slow turn and the sweep run once the pass over files is whole. */
extern const struct source_class ends_source, files_source, slow_source, sweep_source, owners_source;
extern const struct source_class cgroup_programs_source, redirects_source;
