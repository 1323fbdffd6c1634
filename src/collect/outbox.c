/* The queues to the reader, and writing them without blocking. */
#include "outbox.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "clock.h"

#define KEEP_BYTES (1U << 20) /* memory that an empty queue may hold on to */

void outbox_init(struct outbox *o, int fd)
{
	*o = (struct outbox){.fd = fd};
	stream_open(&o->before);
}

void outbox_deinit(struct outbox *o)
{
	buf_deinit(&o->sending);
	buf_deinit(&o->before);
	buf_deinit(&o->tick);
	buf_deinit(&o->after);
}

static void put(struct outbox *o, struct buf *to, enum record_kind kind, const void *p)
{
	stream_put(to, kind, p);
	if (to->failed) {
		o->lost_ends++;
		to->failed = false;
	}
}

void outbox_keep(struct outbox *o, enum record_kind kind, const void *p)
{
	/* Behind a tick, and behind what already waits there: events keep their order. */
	put(o, o->in_pass || buf_len(&o->tick) || buf_len(&o->after) ? &o->after : &o->before, kind, p);
}

void outbox_event(struct outbox *o, enum record_kind kind, const void *p, bool early)
{
	if (buf_len(&o->before) + buf_len(&o->after) >= OUTBOX_EVENTS_MAX)
		o->lost_ends++;
	else if (early && o->in_pass)
		put(o, &o->before, kind, p);
	else
		outbox_keep(o, kind, p);
}

void outbox_name(struct outbox *o, const struct record_name *name)
{
	put(o, &o->before, RECORD_NAME, name);
}

/* What had to wait for a tick that is no longer there. */
static void join_events(struct outbox *o)
{
	struct buf empty = o->before;

	if (!buf_len(&o->after))
		return;
	if (buf_len(&o->before)) {
		buf_put(&o->before, buf_at(&o->after), buf_len(&o->after));
		buf_reset(&o->after, KEEP_BYTES);
		return;
	}
	o->before = o->after;
	buf_reset(&empty, KEEP_BYTES);
	o->after = empty;
}

bool outbox_begin(struct outbox *o)
{
	bool held = o->held;

	if (held)
		o->skipped++;
	o->held = false;
	buf_deinit(&o->tick);
	join_events(o);
	o->in_pass = true;
	return held;
}

void outbox_ahead(struct outbox *o, struct buf *part)
{
	buf_put(&o->before, buf_at(part), buf_len(part));
	buf_reset(part, KEEP_BYTES);
	outbox_flush(o);
}

void outbox_tick(struct outbox *o, struct buf *tick, u64 number)
{
	o->in_pass = false;
	o->held = true;
	buf_deinit(&o->tick);
	o->tick = *tick;
	*tick = (struct buf){};
	o->tick_number = number;
}

/* Moves what is next into sending: the events before the tick, the tick, the events behind it. */
static void refill(struct outbox *o)
{
	struct buf empty = o->sending;

	if (!buf_len(&o->before) && !buf_len(&o->tick) && !o->in_pass)
		join_events(o);
	if (buf_len(&o->before)) {
		o->sending = o->before;
		buf_reset(&empty, KEEP_BYTES);
		o->before = empty;
	} else if (buf_len(&o->tick)) {
		buf_deinit(&o->sending);
		o->sending = o->tick;
		o->tick = (struct buf){};
		o->held = false;
		o->delivered = o->tick_number;
	}
}

void outbox_flush(struct outbox *o)
{
	while (!o->peer_gone) {
		ssize_t n;

		if (!buf_len(&o->sending))
			refill(o);
		if (!buf_len(&o->sending))
			break;
		n = send(o->fd, buf_at(&o->sending), buf_len(&o->sending), MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == ENOTSOCK)
			n = write(o->fd, buf_at(&o->sending), buf_len(&o->sending));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (n < 0)
			o->peer_gone = true;
		else
			buf_consume(&o->sending, (size_t)n);
	}
	if (!buf_len(&o->sending))
		buf_reset(&o->sending, KEEP_BYTES);
}

bool outbox_waiting(const struct outbox *o)
{
	return buf_len(&o->sending) || buf_len(&o->before) || buf_len(&o->tick) || (buf_len(&o->after) && !o->in_pass);
}

void outbox_drain(struct outbox *o, int ms)
{
	u64 until = now_ns() + (u64)ms * NSEC_PER_MSEC;

	for (outbox_flush(o); outbox_waiting(o) && !o->peer_gone && now_ns() < until; outbox_flush(o)) {
		struct pollfd p = {.fd = o->fd, .events = POLLOUT};

		poll(&p, 1, (int)((until - now_ns()) / NSEC_PER_MSEC) + 1);
	}
}
