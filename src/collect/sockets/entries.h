/* What the collector remembers of each socket: as little as it takes to tell what has changed and what has gone. The
 * values themselves live in the kernel and in the monitor. */
#pragma once

#include "idmap.h"
#include "record.h"

enum entry_flags {
	ENTRY_LIVE = 1, /* slot in use */
	ENTRY_UDP = 2,
	ENTRY_FILE = 4,      /* was held by a file in the last pass that saw it */
	ENTRY_MINI = 8,      /* TIME_WAIT or request socket */
	ENTRY_QUEUED = 16,   /* had bytes in a queue when it was last read */
	ENTRY_REPORTED = 32, /* the reader knows it */
	ENTRY_ENDED = 64,    /* its end was reported: only a TIME_WAIT may follow */
	ENTRY_WANTED = 128,  /* is to be written out whole in the next pass */
};

struct entry {
	u64 cookie;
	u64 sum;          /* of the last record that was handed to the reader; 0: none */
	u64 layers_sum;   /* of the last histograms that were told */
	u32 pid;          /* who holds it, as the reader knows */
	u32 first_pid;    /* the first holder counted in this pass */
	u32 last_pid;     /* the last holder counted in this pass */
	u32 pass;         /* number of the last pass that saw it */
	u32 slow_checked; /* number of the slow turn that was the last when a pass saw it */
	u32 first_pass;   /* number of the pass in which it appeared */
	u32 sent_tick;    /* number of the tick that carried its last record */
	u32 next_free;
	u32 netns;
	u32 settings;    /* sum of what a program can set without a packet, with the last record */
	u16 owners;      /* counted in this pass */
	u16 owners_sent; /* as the reader knows */
	u8 generation;
	u8 flags;  /* enum entry_flags */
	u8 misses; /* passes in a row that did not see it */
	u8 state;
	u8 dir;    /* enum sock_dir, once it was worked out for a connection older than us */
	u8 ending; /* ends of it that are held back (hold.h) */
};

struct entries {
	struct idmap map; /* cookie → index */
	struct entry *at; /* owned */
	u32 end, cap;     /* indices below end were used */
	u32 free_head;    /* IDMAP_NONE: no free slot below end */
	u32 live;
	u32 expected; /* index that the next socket of a pass probably has */
};

void entries_init(struct entries *t);
void entries_deinit(struct entries *t);
/* The entry of a cookie, made if missing (flags 0 besides LIVE); NULL when memory is out. Valid until the next call. */
struct entry *entries_get(struct entries *t, u64 cookie);
/* The entry, or NULL. */
struct entry *entries_find(const struct entries *t, u64 cookie);
/* The same for the sockets of a pass: they come in the order of the pass before, in which they were given their
 * entries, so that the one behind the last is looked at before the map, whose slots lie anywhere. */
struct entry *entries_find_next(struct entries *t, u64 cookie);
void entries_remove(struct entries *t, struct entry *e);
/* A 64-bit sum of len bytes, a multiple of 8: differs (all but surely) when they do; never 0. */
u64 entries_sum(const void *p, size_t len);
