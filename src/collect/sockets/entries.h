/* What the collector remembers of each socket: just enough to see what has changed and what has gone. The values
 * themselves are in the kernel and in the monitor. */
#pragma once

#include "idmap.h"
#include "record.h"

enum entry_flags {
	ENTRY_LIVE = 1, /* the slot is in use */
	ENTRY_UDP = 2,
	ENTRY_FILE = 4,      /* a file held it in the last pass that saw it */
	ENTRY_MINI = 8,      /* TIME_WAIT or request socket */
	ENTRY_QUEUED = 16,   /* had bytes in a queue when last read */
	ENTRY_REPORTED = 32, /* the reader knows it */
	ENTRY_ENDED = 64,    /* its end was reported: only a TIME_WAIT may follow */
	ENTRY_WANTED = 128,  /* the next pass is to write it out whole */
};

struct entry {
	u64 cookie;
	u64 sum;          /* of the last record that was sent; 0: none */
	u64 layers_sum;   /* of the last histograms that were sent */
	u32 pid;          /* its owner, as the reader knows it */
	u32 first_pid;    /* the first owner counted in this pass */
	u32 last_pid;     /* the last owner counted in this pass */
	u32 pass;         /* number of the last pass that saw it */
	u32 slow_checked; /* number of the latest slow turn when a pass last saw it */
	u32 first_pass;   /* number of the pass in which it appeared */
	u32 sent_tick;    /* number of the tick that carried its last record */
	u32 next_free;
	u32 netns;
	u32 settings;    /* checksum of what a program can set without a packet, as of the last record */
	u32 queues;      /* checksum of the last record_listener that was sent; 0: none */
	u16 owners;      /* owners counted in this pass */
	u16 owners_sent; /* owners, as the reader knows it */
	u8 generation;
	u8 flags;  /* enum entry_flags */
	u8 misses; /* consecutive passes that did not see it */
	u8 state;
	u8 dir;    /* enum sock_dir, once worked out for a connection that is older than the collector */
	u8 ending; /* its ends that are held back (hold.h) */
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
/* The entry of a cookie, made if it is missing (with the flag LIVE only); NULL: out of memory. Valid until the next
 * call. */
struct entry *entries_get(struct entries *t, u64 cookie);
/* The entry, or NULL. */
struct entry *entries_find(const struct entries *t, u64 cookie);
/* The same for the sockets of a pass: they come in the order of the pass before, in which their entries were made. So
 * the entry after the last one found is tried before the map, whose slots are scattered. */
struct entry *entries_find_next(struct entries *t, u64 cookie);
void entries_remove(struct entries *t, struct entry *e);
/* A 64-bit checksum of len bytes, a multiple of 8. Never 0. */
u64 entries_sum(const void *p, size_t len);
