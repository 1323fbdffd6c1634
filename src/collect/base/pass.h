/* Runs an iterator and hands out its records. */
#pragma once

#include <sys/types.h>

#include "collect.h"
#include "abi.h"
#include "budget.h"

struct aside;
struct bpf_link;

/* Called for each record; its `kind` says which struct it is: an abi_sock (followed by an abi_info if has_info), an
 * abi_mini, an abi_same … */
typedef void (*pass_fn)(void *context, struct abi_sock *record);

/* Hands out every whole record of the len bytes at buf, which is aligned to 8. Returns the bytes used; the rest is the
 * start of a record. -EPROTO: a record does not have the size of its kind; nothing after it is read. */
ssize_t pass_cut(u8 *buf, size_t len, pass_fn each, void *context) must_check;
/* A running pass. It may pause between two ticks and then continues where it was. */
struct pass {
	bool open;
	int fd;              /* of the iterator, in the network namespace in which it was opened */
	size_t have;         /* bytes in buf: the start of a record */
	u8 *buf;             /* owned; kept for the next pass */
	struct aside *aside; /* borrowed: the thread that reads; NULL: the caller reads */
};

/* Begins a pass. Negative errno: it could not be opened. */
int pass_begin(struct pass *p, struct bpf_link *link) must_check;
/* Continues to the end, or until the slice is used up (NULL: no limit). between is called now and then so that other
 * work (the ring buffer) does not wait. 1: there is more; 0: the end; negative errno: it failed, with -EPROTO for a
 * broken record. Unless it returns 1 the pass is closed. Uses SIGALRM, which only the calling thread may receive. With
 * a thread that reads, 1 may also mean that the thread is not done (aside.h). */
int pass_go_on(struct pass *p, const struct slice *slice, pass_fn each, void (*between)(void *context),
	       void *context) must_check;
/* Not while the other thread is reading. */
void pass_deinit(struct pass *p);
/* Runs a whole pass. */
int pass_run(struct bpf_link *link, pass_fn each, void (*between)(void *context), void *context) must_check;
/* Uses up the whole records of a piece, which is aligned to 8; returns the bytes used, or negative errno */
typedef ssize_t (*pass_cut_fn)(void *context, u8 *piece, size_t len);
/* Reads all of an iterator's output, piece by piece; between as above. 0, or negative errno. */
int pass_read(int fd, pass_cut_fn cut, void *context, void (*between)(void *context), void *between_context) must_check;
