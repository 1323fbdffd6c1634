/* Command lines of processes. They lie in the memory of the process itself, whose lock it can hold for as long as it
 * likes (mmap() of a file of its own FUSE file system, for one), and no signal ends a wait for it. So they are read
 * aside, by a few threads, of which such a process keeps one. */
#pragma once

#include "aside.h"
#include "idmap.h"
#include "outbox.h"

#define CMDLINE_LANES 4

struct cmdlines {
	struct cmdline_lane {
		struct aside aside;
		u32 pid; /* whose is being read; 0: nobody's */
		u64 start_ns;
		bool whole;
		int fd;
		char text[CMDLINE_MAX];
	} lanes[CMDLINE_LANES];
	struct idmap told; /* pid + 1 → hash of the text that the reader has */
};

/* Zero-initialise. Is there room for another question? Not so as long as all threads read that were asked lately: what
 * takes longer than a second is not waited for, and there are no command lines then. */
bool cmdlines_ready(const struct cmdlines *l);
/* Sends the beginning of the process's command line, now or with a later cmdlines_poll(), unless the reader has it. */
void cmdlines_ask(struct cmdlines *l, struct outbox *out, const struct record_process *p);
/* Sends CMDLINE_MAX bytes of it, if the reader was told its beginning: nobody learns more than what sockets lead to. */
void cmdlines_ask_whole(struct cmdlines *l, struct outbox *out, u32 pid);
/* Sends what has come since. */
void cmdlines_poll(struct cmdlines *l, struct outbox *out);
/* false: a thread is stuck, and keeps *l. */
bool cmdlines_stop(struct cmdlines *l);

/* What the kernel gives becomes text: blanks for the NULs between arguments, and none at its end. Returns bytes. */
size_t cmdline_join(char *text, size_t n);
