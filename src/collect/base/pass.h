/* Running an iterator: its records one by one. */
#pragma once

#include <sys/types.h>

#include "collect.h"
#include "abi.h"
#include "budget.h"

struct aside;
struct bpf_link;

/* Called for each record: an abi_sock (with its abi_info behind it when has_info), an abi_mini or an abi_same, told by
 * kind. */
typedef void (*pass_fn)(void *context, struct abi_sock *record);

/* Hands out every whole record of the len bytes at buf, which is aligned to 8. Returns the bytes used: what is left is
 * the start of a record. -EPROTO if a size is not that of its kind; nothing behind it is looked at. */
ssize_t pass_cut(u8 *buf, size_t len, pass_fn each, void *context) must_check;
/* A pass that is under way. It may rest between two ticks, and goes on where it was. */
struct pass {
	bool open;
	int fd;              /* of the iterator, in the network namespace in which it was opened */
	size_t have;         /* bytes at buf: the start of a record */
	u8 *buf;             /* owned; kept for the next pass */
	struct aside *aside; /* borrowed: the thread that reads; NULL: who calls does */
};

/* Begins a pass. Negative errno: there is none then. */
int pass_begin(struct pass *p, struct bpf_link *link) must_check;
/* Goes on until the end, or until the slice is over (NULL: never). between is called now and then so that other work
 * (the ring buffer) does not wait. 1: there is more; 0: it came to its end; negative errno: it failed, a broken record
 * with -EPROTO. But for 1 it is not open any more. Uses SIGALRM, which only the calling thread may take. With a thread
 * that reads, 1 may also mean that it is not done (aside.h). */
int pass_go_on(struct pass *p, const struct slice *slice, pass_fn each, void (*between)(void *context),
	       void *context) must_check;
void pass_end(struct pass *p);
/* Not while the thread that reads is at it. */
void pass_deinit(struct pass *p);
/* A whole pass at once. */
int pass_run(struct bpf_link *link, pass_fn each, void (*between)(void *context), void *context) must_check;
/* Uses up whole records at the beginning of a piece, which is aligned to 8; returns the bytes used, or negative errno.
 */
typedef ssize_t (*pass_cut_fn)(void *context, u8 *piece, size_t len);
/* Reads all of an iterator's output, piece by piece; between as above. 0, or negative errno. */
int pass_read(int fd, pass_cut_fn cut, void *context, void (*between)(void *context), void *between_context) must_check;
