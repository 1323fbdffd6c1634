/* The queues to the reader, written without blocking. */
#include "outbox.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "clock.h"

#define KEEP_BYTES (1U << 20) /* memory that an empty queue may keep */
#define PROMPT_BYTES 65536    /* what may be waiting for a reader that counts as keeping up */

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
	/* After a tick, and after what already waits behind it: events keep their order. */
	put(o, o->in_pass || buf_len(&o->tick) || buf_len(&o->after) ? &o->after : &o->before, kind, p);
}

void outbox_event(struct outbox *o, enum record_kind kind, const void *p, bool early)
{
	if (buf_len(&o->before) + buf_len(&o->after) >= OUTBOX_EVENTS_MAX)
		o->lost_ends += kind != RECORD_LIFE; /* with its end, which comes next */
	else if (early && o->in_pass)
		put(o, &o->before, kind, p);
	else
		outbox_keep(o, kind, p);
}

void outbox_name(struct outbox *o, const struct record_name *name)
{
	put(o, &o->before, RECORD_NAME, name);
}

/* Appends the contents of `from` to `to`, and empties it. */
static void append(struct buf *to, struct buf *from)
{
	struct buf empty = *to;

	if (!buf_len(from))
		return;
	if (buf_len(to)) {
		buf_put(to, buf_at(from), buf_len(from));
		buf_reset(from, KEEP_BYTES);
		return;
	}
	*to = *from;
	buf_reset(&empty, KEEP_BYTES);
	*from = empty;
}

/* Keeps the rest of a tick whose beginning was sent. false: there is none, or no memory. */
static bool keep_begun(struct outbox *o)
{
	if (!o->begun || !buf_len(&o->tick))
		return false;
	append(&o->before, &o->tick);
	if (o->before.failed) {
		o->before.failed = false;
		return false;
	}
	o->delivered = o->tick_number;
	return true;
}

bool outbox_begin(struct outbox *o)
{
	bool lost = o->held && !keep_begun(o);

	if (lost)
		o->skipped++;
	o->held = o->begun = false;
	buf_reset(&o->tick, KEEP_BYTES);
	append(&o->before, &o->after); /* what had to wait for a tick that no longer exists */
	o->in_pass = true;
	o->prompt = !lost && buf_len(&o->sending) + buf_len(&o->before) <= PROMPT_BYTES;
	return lost;
}

void outbox_ahead(struct outbox *o, struct buf *part)
{
	outbox_flush(o); /* names come first */
	if (!o->prompt || buf_len(&o->before) || !buf_len(part) || part->failed)
		return;
	append(&o->before, part);
	o->begun = true;
	outbox_flush(o);
}

void outbox_tick(struct outbox *o, struct buf *tick, u64 number)
{
	o->in_pass = false;
	o->held = true;
	append(&o->tick, tick);
	o->tick_number = number;
}

/* Moves what comes next into `sending`: the events before the tick, the tick, the events after it. */
static void refill(struct outbox *o)
{
	if (!buf_len(&o->before) && !buf_len(&o->tick) && !o->in_pass)
		append(&o->before, &o->after);
	if (buf_len(&o->before)) {
		append(&o->sending, &o->before);
	} else if (buf_len(&o->tick)) {
		append(&o->sending, &o->tick);
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
