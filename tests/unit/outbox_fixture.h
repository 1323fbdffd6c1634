/* An outbox and its reader, which decodes what came through a socket and keeps the order. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "outbox.h"

#define LOG_MAX 8192
#define MANY 400 /* records that make a tick far larger than the socket takes at once */

struct seen {
	enum record_kind kind;
	u64 tag; /* id of a gone, number of a tick, of the tick that a part is of, key of a name */
};

struct fixture {
	struct outbox out;
	int fds[2]; /* the collector's end, the reader's */
	struct stream_decoder *dec;
	struct buf in;
	struct seen log[LOG_MAX]; /* sockets are counted, not logged */
	size_t count, sockets;
	u64 seed;
};

static inline int teardown(void **state)
{
	struct fixture *x = *state;

	for (int i = 0; i < 2; i++)
		if (x->fds[i] >= 0)
			close(x->fds[i]);
	outbox_deinit(&x->out);
	stream_decoder_free(x->dec);
	buf_deinit(&x->in);
	free(x);
	return 0;
}

#define OUTBOX_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static inline u64 random_next(struct fixture *x)
{
	x->seed = x->seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return x->seed >> 33;
}

/* -- the reader ---------------------------------------------------------------------------------------------------- */

static inline void note(struct fixture *x, enum record_kind kind, u64 tag)
{
	assert_true(x->count < LOG_MAX);
	x->log[x->count++] = (struct seen){kind, tag};
}

static inline void decode(struct fixture *x)
{
	struct error err = {};
	struct record rec;
	int r;

	while ((r = stream_next(x->dec, &x->in, &rec, &err)) > 0) {
		switch (rec.kind) {
		case RECORD_GONE: note(x, rec.kind, rec.gone->id); break;
		case RECORD_TICK: note(x, rec.kind, rec.tick->number); break;
		case RECORD_NAME: note(x, rec.kind, rec.name->key); break;
		case RECORD_OWNERS: note(x, rec.kind, rec.owners->id); break;
		case RECORD_SOCKET:
			/* No two records of a tick are the same, and none is damaged. */
			assert_true(rec.socket->rx_bytes == rec.socket->id * 3);
			x->sockets++;
			break;
		default: fail();
		}
	}
	assert_string_equal(err.text, "");
	assert_int_equal(r, 0);
}

/* Reads at most max bytes; false if there was nothing. */
static inline bool take_in(struct fixture *x, size_t max)
{
	void *room = buf_room(&x->in, max);
	ssize_t n = read(x->fds[1], room, max);

	if (n <= 0)
		return false;
	buf_grown(&x->in, (size_t)n);
	decode(x);
	return true;
}

static inline void take_all(struct fixture *x)
{
	do
		outbox_flush(&x->out);
	while (take_in(x, 65536) || outbox_waiting(&x->out));
	assert_int_equal(buf_len(&x->in), 0);
}

static inline int setup(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));
	int small = 1; /* the kernel makes it its minimum */

	*state = x;
	x->seed = 3;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, x->fds) < 0)
		return -1;
	setsockopt(x->fds[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	outbox_init(&x->out, x->fds[0]);
	if (stream_decoder_new(&x->dec) < 0)
		return -1;
	take_all(x); /* the schemas: however long they are, each case begins with an empty socket */
	return 0;
}

#define assert_log(x, ...)                                                                                             \
	do {                                                                                                           \
		const struct seen _want[] = {__VA_ARGS__};                                                             \
		assert_int_equal((x)->count, ARRAY_SIZE(_want));                                                       \
		for (size_t _i = 0; _i < ARRAY_SIZE(_want); _i++) {                                                    \
			assert_int_equal((x)->log[_i].kind, _want[_i].kind);                                           \
			assert_int_equal((x)->log[_i].tag, _want[_i].tag);                                             \
		}                                                                                                      \
	} while (0)

#define EVENT(tag)                                                                                                     \
	{                                                                                                              \
		RECORD_GONE, tag                                                                                       \
	}
#define TICK(number)                                                                                                   \
	{                                                                                                              \
		RECORD_TICK, number                                                                                    \
	}
#define PART(number)                                                                                                   \
	{                                                                                                              \
		RECORD_OWNERS, number                                                                                  \
	}
#define NAME(key)                                                                                                      \
	{                                                                                                              \
		RECORD_NAME, key                                                                                       \
	}

/* -- the collector ------------------------------------------------------------------------------------------------- */

static inline void event(struct fixture *x, u64 tag)
{
	outbox_event(&x->out, RECORD_GONE, &(struct record_gone){.id = tag, .time_ns = 1}, false);
}

static inline void early(struct fixture *x, u64 tag)
{
	outbox_event(&x->out, RECORD_GONE, &(struct record_gone){.id = tag, .time_ns = 1}, true);
}

static inline void name(struct fixture *x, u64 key)
{
	outbox_name(&x->out, &(struct record_name){.kind = NAME_USER, .key = key, .text = "root"});
}

static inline void put_sockets(struct buf *tick, u64 number, unsigned sockets)
{
	for (unsigned i = 0; i < sockets; i++) {
		u64 id = number * 1000000 + i;
		struct record_socket s = {.id = id, .rx_bytes = id * 3, .comm = "nginx", .cc = "cubic", .rtt_us = i};

		stream_put(tick, RECORD_SOCKET, &s);
	}
}

/* A part of the tick that is being made; what the reader is too far behind for is left in part. */
static inline void ahead(struct fixture *x, struct buf *part, u64 number, unsigned sockets)
{
	stream_put(part, RECORD_OWNERS, &(struct record_owners){.id = number});
	put_sockets(part, number, sockets);
	outbox_ahead(&x->out, part);
}

static inline void hand_in(struct fixture *x, u64 number, unsigned sockets)
{
	struct buf tick = {};

	put_sockets(&tick, number, sockets);
	stream_put(&tick, RECORD_TICK, &(struct record_tick){.number = number});
	outbox_tick(&x->out, &tick, number);
	assert_int_equal(buf_len(&tick), 0);
	buf_deinit(&tick);
}
