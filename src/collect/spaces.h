/* The network namespaces that have sockets, and entering them for what only works from inside. */
#pragma once

#include "idmap.h"
#include "record.h"

struct spaces {
	struct idmap pids;   /* namespace inode → a process whose socket is in it */
	u32 *inodes;	     /* owned: those known, in order of appearance */
	u32 count, cap;
	u32 own;	     /* inode of the namespace that we are in */
	int own_fd;	     /* to come back; -1: cannot enter others */
	u64 unreachable;     /* namespaces that could not be entered in the last round */
};

void spaces_init(struct spaces *s);
void spaces_deinit(struct spaces *s);
/* A socket of this namespace was seen, held by pid (0: by nobody). */
void spaces_note(struct spaces *s, u32 netns, u32 pid);
/* Runs each in every known namespace, our own first; those that are gone are forgotten. */
void spaces_each(struct spaces *s, void (*each)(void *context, u32 netns), void *context);
