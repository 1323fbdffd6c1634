/* Reads an iterator's output in large pieces and cuts it into records. */
#include "pass.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#define PIECE 65536 /* an iterator fills at most half of it with one read */
#define PIECES_BETWEEN 4

/* What every record begins with. */
struct record_head {
	u32 size;
	u8 kind;
	u8 has_info; /* of an abi_sock */
};

_Static_assert(sizeof(struct abi_same) % 8 == 0 && sizeof(struct abi_mini) % 8 == 0 &&
		       sizeof(struct abi_sock) % 8 == 0 && sizeof(struct abi_info) % 8 == 0,
	       "records stay aligned");
_Static_assert(sizeof(struct abi_same) <= sizeof(struct abi_mini) && sizeof(struct abi_same) <= sizeof(struct abi_sock),
	       "the smallest record");

/* The one size that a record of this kind has; 0: no pass tells of such a thing. */
static size_t record_size(struct record_head h)
{
	switch (h.kind) {
	case ABI_SAME:
	case ABI_SPACE:
	case ABI_ALIVE: return sizeof(struct abi_same);
	case ABI_MINI: return sizeof(struct abi_mini);
	case ABI_FILE:
	case ABI_NO_FILE: return sizeof(struct abi_sock) + (h.has_info ? sizeof(struct abi_info) : 0);
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

int pass_run(struct bpf_link *link, pass_fn each, void (*between)(void *context), void *context)
{
	cleanup_close int fd = bpf_iter_create(bpf_link__fd(link));
	cleanup_free u8 *buf = aligned_alloc(8, PIECE);
	size_t have = 0;

	if (fd < 0)
		return fd;
	if (!buf)
		return -ENOMEM;
	for (unsigned pieces = 1;; pieces++) {
		ssize_t n = read(fd, buf + have, PIECE - have), used;

		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return have ? -EPROTO : 0;
		have += (size_t)n;
		used = pass_cut(buf, have, each, context);
		if (used < 0)
			return (int)used;
		memmove(buf, buf + used, have - (size_t)used);
		have -= (size_t)used;
		if (pieces % PIECES_BETWEEN == 0 && between)
			between(context);
	}
}
