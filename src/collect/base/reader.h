/* The reader's two descriptors. They belong to the caller: flags that we change are restored. */
#pragma once

struct reader {
	int fds[2];   /* for commands, for records; may be the same, or one terminal */
	int flags[2]; /* the original ones (F_GETFL); -1: they could not be read */
};

/* Makes them non-blocking. If we are stopped (SIGSTOP) when the reader closes its socket or pipe, we continue. */
void reader_take(struct reader *r, int in_fd, int out_fd);
/* Restores the flags. May be called by any thread, and more than once. */
void reader_give_back(const struct reader *r);
