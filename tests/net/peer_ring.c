/* Sockets that only an io_uring holds, as direct descriptors. Raw calls: liburing need not be there. */
#include <errno.h>
#include <linux/io_uring.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "peer.h"

#define BYTES 65536 /* of one call */

static struct io_uring_params params_of[PEER_SLOTS]; /* of the ring that the slot holds */

int peer_ring(struct peer *p, char **arg)
{
	struct io_uring_params params = {};
	struct slot *s = peer_slot(p, arg[1]);
	int ring = (int)syscall(SYS_io_uring_setup, 1, &params);

	if (ring < 0)
		return -1;
	if (syscall(SYS_io_uring_register, ring, IORING_REGISTER_FILES, &s->fd, 1) < 0) {
		close(ring);
		return -1;
	}
	close(s->fd);
	s->fd = ring;
	params_of[s - p->slots] = params;
	return 0;
}

static void *map_ring(int ring, off_t offset, size_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, offset);

	return at == MAP_FAILED ? NULL : at;
}

static void unmap(void *at, size_t size)
{
	if (at)
		munmap(at, size);
}

/* Puts one entry into the queue, which is empty, and waits for its completion: its result, or -1 with errno set. */
static int submit(int ring, const struct io_uring_params *p, const struct io_uring_sqe *sqe)
{
	size_t sq_size = p->sq_off.array + p->sq_entries * sizeof(__u32);
	size_t cq_size = p->cq_off.cqes + p->cq_entries * sizeof(struct io_uring_cqe);
	size_t sqes_size = p->sq_entries * sizeof(*sqe);
	char *sq = map_ring(ring, IORING_OFF_SQ_RING, sq_size), *cq = map_ring(ring, IORING_OFF_CQ_RING, cq_size);
	struct io_uring_sqe *sqes = map_ring(ring, IORING_OFF_SQES, sqes_size);
	int result = -1;

	if (sq && cq && sqes) {
		__u32 *tail = (__u32 *)(sq + p->sq_off.tail), at = *tail & *(__u32 *)(sq + p->sq_off.ring_mask);
		__u32 *head = (__u32 *)(cq + p->cq_off.head);

		sqes[at] = *sqe;
		((__u32 *)(sq + p->sq_off.array))[at] = at;
		__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
		if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) == 1) {
			const struct io_uring_cqe *cqes = (void *)(cq + p->cq_off.cqes);

			result = cqes[*head & *(__u32 *)(cq + p->cq_off.ring_mask)].res;
			__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
		}
	}
	unmap(sq, sq_size);
	unmap(cq, cq_size);
	unmap(sqes, sqes_size);
	if (result < -1) {
		errno = -result;
		result = -1;
	}
	return result;
}

static int move_bytes(struct peer *p, char **arg, __u8 opcode)
{
	static char data[BYTES];
	struct slot *s = peer_slot(p, arg[1]);
	size_t left = strtoul(arg[2], NULL, 10);

	while (left) {
		struct io_uring_sqe sqe = {.opcode = opcode,
					   .flags = IOSQE_FIXED_FILE,
					   .addr = (__u64)data,
					   .len = (__u32)(left < BYTES ? left : BYTES)};
		int n = submit(s->fd, &params_of[s - p->slots], &sqe);

		if (n <= 0)
			return -1;
		left -= (size_t)n;
	}
	return 0;
}

int peer_ring_send(struct peer *p, char **arg)
{
	return move_bytes(p, arg, IORING_OP_SEND);
}

int peer_ring_receive(struct peer *p, char **arg)
{
	return move_bytes(p, arg, IORING_OP_RECV);
}
