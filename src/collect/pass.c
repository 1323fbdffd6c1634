/* Reads an iterator's output in large pieces and cuts it into records. */
#include "pass.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#define PIECE 65536 /* an iterator fills at most half of it with one read */
#define PIECES_BETWEEN 16

static size_t record_size(const struct abi_sock *a)
{
	switch (a->kind) {
	case ABI_SAME: return sizeof(struct abi_same);
	case ABI_MINI: return sizeof(struct abi_mini);
	default: return sizeof(*a) + (a->has_info ? sizeof(struct abi_info) : 0);
	}
}

/* Hands out every whole record of buf; returns the bytes used, or negative. */
static ssize_t cut(const u8 *buf, size_t len, pass_fn each, void *context)
{
	size_t at = 0;

	while (len - at >= sizeof(struct abi_same)) {
		const struct abi_sock *a = (const void *)(buf + at);

		if (a->size < sizeof(struct abi_same) || a->size % 8)
			return -EPROTO;
		if (a->size > len - at)
			break;
		if (a->size != record_size(a))
			return -EPROTO;
		each(context, a);
		at += a->size;
	}
	return (ssize_t)at;
}

int pass_run(struct bpf_link *link, pass_fn each, void (*between)(void *context), void *context)
{
	cleanup_close int fd = bpf_iter_create(bpf_link__fd(link));
	cleanup_free u8 *buf = aligned_alloc(8, PIECE);
	size_t have = 0;

	if (fd < 0)
		return -errno;
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
		used = cut(buf, have, each, context);
		if (used < 0)
			return (int)used;
		memmove(buf, buf + used, have - (size_t)used);
		have -= (size_t)used;
		if (pieces % PIECES_BETWEEN == 0 && between)
			between(context);
	}
}
