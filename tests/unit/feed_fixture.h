/* For tests of the feed: a model, a feed and the collector's end of its socket, or a recording in a folder of its own.
 * Include after cmocka. */
#pragma once

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "feed.h"
#include "recording.h"
#include "sample.h"
#include "stream.h"

#define FOREVER UINT64_MAX

struct fixture {
	struct model *m;
	struct feed *f;
	int peer; /* the collector's end */
	struct buf out;
	char dir[32];
	char path[64];
};

static inline int setup(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));

	x->m = fixture_new();
	x->peer = -1;
	strcpy(x->dir, "/tmp/skbtop-feed.XXXXXX");
	if (!mkdtemp(x->dir))
		return -1;
	snprintf(x->path, sizeof(x->path), "%s/recording", x->dir);
	*state = x;
	return 0;
}

static inline int teardown(void **state)
{
	struct fixture *x = *state;

	feed_free(x->f);
	fixture_free(x->m);
	buf_deinit(&x->out);
	if (x->peer >= 0)
		close(x->peer);
	unlink(x->path);
	rmdir(x->dir);
	free(x);
	return 0;
}

#define FEED_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static inline void live(struct fixture *x)
{
	struct error err = {};
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
	x->peer = fds[1];
	assert_int_equal(feed_open(&x->f, x->m, fds[0], &err), 0);
	stream_open(&x->out);
}

static inline void put_socket(struct fixture *x, struct record_socket s)
{
	stream_put(&x->out, RECORD_SOCKET, &s);
}

static inline void put_tick(struct fixture *x, u64 number, u64 time_ns, u64 interval_ns)
{
	stream_put(&x->out, RECORD_TICK,
		   &(struct record_tick){.number = number, .time_ns = time_ns, .interval_ns = interval_ns});
}

/* Sends what fits; true when all is sent. */
static inline bool say(struct fixture *x)
{
	while (buf_len(&x->out)) {
		ssize_t n = send(x->peer, buf_at(&x->out), buf_len(&x->out), MSG_NOSIGNAL);

		if (n < 0)
			return false;
		buf_consume(&x->out, (size_t)n);
	}
	return true;
}

/* Appends the stream that is in a recording to out. 0, or the errno with which it cannot be read further. */
static inline int play_file(const char *path, struct buf *out, bool *torn)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct player *p;
	ssize_t n;

	assert_int_equal(player_new(&p), 0);
	while ((n = player_read(p, fd, buf_room(out, 1000), 1000)) > 0)
		buf_grown(out, (size_t)n);
	*torn = player_is_torn(p);
	player_free(p);
	close(fd);
	return (int)n;
}

static inline int step(struct fixture *x, u64 budget)
{
	struct error err = {};
	int r = feed_step(x->f, budget, &err);

	assert_true((r < 0) == (err.text[0] != '\0'));
	return r;
}
