/* The network namespaces that have sockets, and entering them for what only works from inside. */
#pragma once

#include <dirent.h>

#include "budget.h"
#include "idmap.h"
#include "record.h"
#include "snmp.h"

#define SPACE_NEW 2   /* whether what is new moves, the next visit but one tells at the latest */
#define SPACE_MOVES 8 /* who pauses for a moment goes on, mostly: it is looked at for so many visits more */

struct space {
	u32 netns;        /* inode: used again for another namespace once this one is gone */
	u32 pid;          /* a process whose socket is in it; 0: none is known */
	u64 cookie;       /* never used again; 0: not known (before 5.14) */
	char *name;       /* owned: its file in /run/netns; NULL: none is known */
	u32 turn;         /* number of the last turn that has visited it */
	u32 time_wait;    /* sockets in TIME_WAIT at that time */
	struct snmp snmp; /* its counters at that time */
	u8 moves;         /* visits that are left since a socket had moved that nothing else looks at */
	bool barred;      /* it is there, but could not be entered */
	bool lost;        /* neither process nor file lead to it: it is looked for */
};

struct spaces {
	struct idmap map; /* inode → index */
	struct space *at; /* owned: those known, our own first, in order of appearance */
	u32 count, cap;
	u32 own;          /* inode of the namespace that we are in */
	int own_fd;       /* to come back; -1: cannot enter others */
	u32 lost;         /* how many are looked for */
	DIR *search;      /* owned: where the search stands; NULL: none is going on */
	bool in_proc;     /* … in /proc, else in /run/netns */
	struct snmp gone; /* what namespaces had counted that are no more */
};

void spaces_init(struct spaces *s);
void spaces_deinit(struct spaces *s);
/* A socket of this namespace was seen, held by pid (0: by nobody); cookie is the namespace's, 0: not known. */
void spaces_note(struct spaces *s, u32 netns, u64 cookie, u32 pid);
/* A socket in it is new or has moved that only a visit tells of: as many visits are worth their time. */
void spaces_note_move(struct spaces *s, u32 netns, u8 visits);
/* Enters one of them; *fd is a file descriptor of it, for the caller to close, and -1 for our own, where the thread is
 * anyway. false: it cannot be entered; where it is not even found it counts as lost then. */
bool spaces_enter(struct spaces *s, struct space *space, int *fd);
void spaces_leave(struct spaces *s);
/* The namespace that we are in; NULL: that is not known. */
struct space *spaces_own(const struct spaces *s);
/* Runs each in every namespace that is found at once, our own first; those that are lost are left out. */
void spaces_each(struct spaces *s, void (*each)(void *context, u32 netns), void *context);
/* Looks for all that are lost: once through /run/netns, once through the processes, in as many calls as it takes. true:
 * done. */
bool spaces_search(struct spaces *s, const struct slice *slice);
/* Forgets those that were looked for in vain: they come back with the next socket that is seen in them. */
void spaces_forget_lost(struct spaces *s);
/* Has a turn with a higher number than this one visited the namespace since, or is there no such namespace any more? */
bool spaces_visited_after(const struct spaces *s, u32 netns, u32 turn);
/* How many could not be entered, when that was tried last. */
u32 spaces_unreachable(const struct spaces *s);
/* Sums over all namespaces, as of the last visit of each. */
u32 spaces_time_wait(const struct spaces *s);
void spaces_sum(const struct spaces *s, struct snmp *sum);
