/* The network namespaces that have sockets, and entering them for what can be done only inside. */
#pragma once

#include <dirent.h>

#include "budget.h"
#include "idmap.h"
#include "record.h"
#include "snmp.h"

#define SPACE_NEW 2 /* for something new: at the latest the second visit shows whether it moves */
#define SPACES_ADDRESSES_MAX 65536
#define SPACE_MOVES 8 /* for a socket that moved: after a short pause it mostly goes on */

struct space {
	u32 netns;        /* inode: reused for another namespace once this one is gone */
	u32 pid;          /* a process that has a socket in it; 0: none is known */
	u64 cookie;       /* never reused; 0: not known (before 5.14) */
	char *name;       /* owned: its file in /run/netns; NULL: none is known */
	u32 turn;         /* number of the last turn that visited it */
	u32 time_wait;    /* sockets in TIME_WAIT at that time */
	struct snmp snmp; /* its counters at that time */
	u8 moves;         /* visits that are still to be made because of a socket that only visits can see move */
	bool barred;      /* it exists, but could not be entered */
	bool lost;        /* neither a process nor a file leads to it: it is searched for */

	struct record_ports ports; /* as they were last sent; netns 0: they were never looked at */
};

struct spaces {
	struct idmap map; /* inode → index */
	struct space *at; /* owned: those known, in the order of their appearance, our own first */
	u32 count, cap;
	u32 own;                /* inode of the collector's namespace */
	int own_fd;             /* to return there; -1: others cannot be entered */
	u32 lost;               /* how many are lost */
	DIR *search;            /* owned: the folder that is being searched; NULL: no search is going on */
	bool in_proc;           /* it is /proc, else /run/netns */
	struct snmp gone;       /* sums of the counters of namespaces that are gone */
	struct idmap addresses; /* hashes of those that sockets have had, SPACES_ADDRESSES_MAX at most */
};

void spaces_init(struct spaces *s);
void spaces_deinit(struct spaces *s);
/* A socket was seen in this namespace, held by pid (0: by nobody); cookie is the namespace's, 0: not known. */
void spaces_note(struct spaces *s, u32 netns, u64 cookie, u32 pid);
/* A socket has this address, as record_socket has it. */
void spaces_note_address(struct spaces *s, const u8 address[16]);
bool spaces_has_address(const struct spaces *s, const u8 address[16]);
/* A socket that only visits can see is new there, or has moved: the next `visits` turns are to visit it. */
void spaces_note_move(struct spaces *s, u32 netns, u8 visits);
/* Enters a namespace; *fd is a file descriptor of it, which the caller closes, and -1 for our own, in which the thread
 * is already. false: it cannot be entered, and is marked lost if it was not found. */
bool spaces_enter(struct spaces *s, struct space *space, int *fd);
void spaces_leave(struct spaces *s);
/* A descriptor of it, for a thread that enters it by itself; the caller closes it. -1: nothing leads to it now. */
int spaces_open(const struct space *space);
/* The cookie of the thread's current namespace; 0: the kernel has none (before 5.14). */
u64 spaces_cookie_here(void);
/* NULL: not known. */
struct space *spaces_find(const struct spaces *s, u32 netns);
/* The collector's namespace; NULL: not known. */
struct space *spaces_own(const struct spaces *s);
/* Calls `each` in every namespace that is not lost, our own first. */
void spaces_each(struct spaces *s, void (*each)(void *context, u32 netns), void *context);
/* Searches for all that are lost: once in /run/netns, once among the processes, in as many calls as it takes. true:
 * done. */
bool spaces_search(struct spaces *s, const struct slice *slice);
/* Forgets those that the search did not find: they come back with the next socket that is seen in them. */
void spaces_forget_lost(struct spaces *s);
/* Has a turn with a higher number visited the namespace since, or is it gone? */
bool spaces_visited_after(const struct spaces *s, u32 netns, u32 turn);
/* How many could not be entered at the last attempt. */
u32 spaces_unreachable(const struct spaces *s);
/* The sum over all namespaces, each as of its last visit. */
u32 spaces_time_wait(const struct spaces *s);
void spaces_sum(const struct spaces *s, struct snmp *sum);
