/* The two descriptors that the reader is at. They are the caller's: what we change of them, we give back. */
#pragma once

struct reader {
	int fds[2];   /* where commands come from, where records go; may be the same, or one terminal */
	int flags[2]; /* as they were (F_GETFL); -1: not to be had */
};

/* They do not block from now on. If we are stopped (SIGSTOP) when the reader hangs up at a socket or pipe, we go on. */
void reader_take(struct reader *r, int in_fd, int out_fd);
/* For any thread, and more than once. */
void reader_give_back(const struct reader *r);
