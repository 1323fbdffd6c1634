/* Reads an iterator's output in large pieces and cuts it into records. */
#include "pass.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/time.h>

#include "aside.h"
#include "clock.h"

#define PIECE 65536 /* an iterator fills at most half of it per read */
#define PIECES_BETWEEN 4
#define NUDGE_US 10000
#define ASIDE_NS (200 * NSEC_PER_MSEC) /* that a read aside is waited for */

/* The first fields of every record. */
struct record_head {
	u32 size;
	u8 kind;
	u8 more; /* of an abi_sock: has_info; of an abi_listener: flags */
};

_Static_assert(offsetof(struct abi_listener, flags) == offsetof(struct abi_sock, has_info), "they are in one place");

_Static_assert(sizeof(struct abi_device) % 8 == 0 && sizeof(struct abi_same) <= sizeof(struct abi_device),
	       "as the others");
_Static_assert(sizeof(struct abi_listener) % 8 == 0 && sizeof(struct abi_accepts) % 8 == 0, "as the others");
_Static_assert(sizeof(struct abi_same) % 8 == 0 && sizeof(struct abi_mini) % 8 == 0 &&
		   sizeof(struct abi_sock) % 8 == 0 && sizeof(struct abi_info) % 8 == 0 &&
		   sizeof(struct abi_interception) % 8 == 0,
	       "records stay aligned");
_Static_assert(sizeof(struct abi_same) <= sizeof(struct abi_mini) && sizeof(struct abi_same) <= sizeof(struct abi_sock),
	       "the smallest record");

/* The size of a record of this kind; 0: iterators write no such record. */
static size_t record_size(struct record_head h)
{
	switch (h.kind) {
	case ABI_SAME:
	case ABI_SPACE:
	case ABI_STILL:
	case ABI_ALIVE: return sizeof(struct abi_same);
	case ABI_MINI: return sizeof(struct abi_mini);
	case ABI_INTERCEPTION: return sizeof(struct abi_interception);
	case ABI_DEVICE: return sizeof(struct abi_device);
	case ABI_LISTENER:
		return sizeof(struct abi_listener) + (h.more & LISTENER_COUNTED ? sizeof(struct abi_accepts) : 0);
	case ABI_FILE:
	case ABI_NO_FILE: return sizeof(struct abi_sock) + (h.more ? sizeof(struct abi_info) : 0);
	default: return 0;
	}
}

ssize_t pass_cut(u8 *buf, size_t len, pass_fn each, void *context)
{
	size_t at = 0;

	while (len - at >= sizeof(struct abi_same)) {
		struct record_head h;

		memcpy(&h, buf + at, sizeof(h));
		if (!h.size || h.size != record_size(h))
			return -EPROTO;
		if (h.size > len - at)
			break;
		each(context, (void *)(buf + at));
		at += h.size;
	}
	return (ssize_t)at;
}

static void nothing(int signal)
{
	(void)signal;
}

/* iter/task_file holds a reference to the file that it visits. If the owner closes it meanwhile, the last fput() is
 * ours, at the end of our read(), and __tcp_close() sleeps there for as long as the owner's SO_LINGER says. A signal
 * ends that (sk_stream_wait_close(), as of 6.18; other protocols' closes behave alike). It can happen in every read(),
 * so signals are sent repeatedly while a pass runs. No SA_RESTART, although no iterator's read() returns EINTR for
 * it. */
static void nudge(bool on)
{
	const struct sigaction action = {.sa_handler = nothing};
	const struct itimerval every = {.it_interval.tv_usec = NUDGE_US, .it_value.tv_usec = NUDGE_US}, never = {};
	sigset_t set;

	if (on) {
		sigemptyset(&set);
		sigaddset(&set, SIGALRM);
		sigaction(SIGALRM, &action, NULL);
		pthread_sigmask(SIG_UNBLOCK, &set, NULL); /* our parent may have blocked it */
	}
	setitimer(ITIMER_REAL, on ? &every : &never, NULL);
}

int pass_begin(struct pass *p, struct bpf_link *link)
{
	if (!p->buf)
		p->buf = aligned_alloc(8, PIECE);
	if (!p->buf)
		return -ENOMEM;
	p->have = 0;
	p->fd = link ? bpf_iter_create(bpf_link__fd(link)) : -ENOENT;
	p->open = p->fd >= 0;
	return p->open ? 0 : p->fd;
}

static void pass_end(struct pass *p)
{
	if (p->open)
		close(p->fd);
	p->open = false;
}

void pass_deinit(struct pass *p)
{
	pass_end(p);
	free(take(p->buf));
}

struct cutting {
	pass_cut_fn cut;
	void *context;
};

static ssize_t read_some(struct pass *p)
{
	u8 *at = p->buf + p->have;
	size_t room = PIECE - p->have;
	ssize_t n;

	if (p->aside)
		return aside_read(p->aside, p->fd, at, room, ASIDE_NS);
	n = read(p->fd, at, room);
	return n < 0 ? -errno : n;
}

/* Reads a piece and uses up its whole records. 1: there may be more; 0: the end; 2: not yet. */
static int read_piece(struct pass *p, const struct cutting *c)
{
	ssize_t n = read_some(p), used;

	/* EAGAIN: the kernel has passed a million objects that the program skipped. */
	if (n < 0)
		return n == -EINPROGRESS ? 2 : n == -EINTR || n == -EAGAIN ? 1 : (int)n;
	if (n == 0)
		return p->have ? -EPROTO : 0;
	p->have += (size_t)n;
	used = c->cut(c->context, p->buf, p->have);
	if (used < 0)
		return (int)used;
	p->have -= (size_t)used;
	memmove(p->buf, p->buf + used, p->have);
	return 1;
}

/* 1: the slice is used up. */
static int read_on(struct pass *p, const struct slice *slice, const struct cutting *c, void (*between)(void *context),
		   void *context)
{
	int r = 1;

	for (unsigned pieces = 1; r > 0; pieces++) {
		r = read_piece(p, c);
		if (r == 2 || (r > 0 && slice && slice_over(slice)))
			return 1;
		if (pieces % PIECES_BETWEEN == 0 && between)
			between(context);
	}
	return r;
}

int pass_read(int fd, pass_cut_fn cut, void *context, void (*between)(void *context), void *between_context)
{
	struct pass p = {.fd = fd, .buf = aligned_alloc(8, PIECE)};
	int r = p.buf ? read_on(&p, NULL, &(struct cutting){cut, context}, between, between_context) : -ENOMEM;

	free(p.buf);
	return r;
}

struct socket_fn {
	pass_fn each;
	void *context;
};

static ssize_t cut_sockets(void *sockets, u8 *piece, size_t len)
{
	struct socket_fn *s = sockets;

	return pass_cut(piece, len, s->each, s->context);
}

int pass_go_on(struct pass *p, const struct slice *slice, pass_fn each, void (*between)(void *context), void *context)
{
	struct socket_fn s = {each, context};
	int r;

	nudge(true);
	r = read_on(p, slice, &(struct cutting){cut_sockets, &s}, between, context);
	nudge(false);
	if (r <= 0)
		pass_end(p);
	return r;
}

int pass_run(struct bpf_link *link, pass_fn each, void (*between)(void *context), void *context)
{
	cleanup(pass_deinit) struct pass p = {};
	int r = pass_begin(&p, link);

	return r < 0 ? r : pass_go_on(&p, NULL, each, between, context);
}
