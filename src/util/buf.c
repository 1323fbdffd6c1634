/* The growable byte buffer. Consumed space is reclaimed when the buffer has to grow or runs empty. */
#include "buf.h"

#include <stdarg.h>
#include <string.h>

void buf_deinit(struct buf *b)
{
	free(b->data);
	*b = (struct buf){};
}

void buf_reset(struct buf *b, size_t keep)
{
	if (b->cap > keep)
		buf_deinit(b);
	b->start = b->end = 0;
	b->failed = false;
}

static bool buf_grow(struct buf *b, size_t n)
{
	size_t len = buf_len(b), cap = b->cap;
	uint8_t *data;

	if (b->start > 0) {
		memmove(b->data, b->data + b->start, len);
		b->start = 0;
		b->end = len;
	}
	if (b->cap - b->end >= n)
		return true;
	cap = MAX(cap + cap / 2, len + n);
	cap = MAX(cap, (size_t)256);
	data = realloc(b->data, cap);
	if (!data) {
		b->failed = true;
		return false;
	}
	b->data = data;
	b->cap = cap;
	return true;
}

void *buf_room(struct buf *b, size_t n)
{
	if (b->cap - b->end < n && !buf_grow(b, n))
		return NULL;
	return b->data + b->end;
}

void buf_grown(struct buf *b, size_t n)
{
	b->end += n;
}

void buf_put(struct buf *b, const void *p, size_t n)
{
	void *room = n ? buf_room(b, n) : NULL;

	if (!room)
		return;
	memcpy(room, p, n);
	buf_grown(b, n);
}

void buf_puts(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void buf_putc(struct buf *b, char c)
{
	buf_put(b, &c, 1);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	size_t n = 0, left;
	int printed;

	do { /* a second time, if it did not fit */
		char *room = buf_room(b, n + 1);
		va_list ap;

		if (!room)
			return;
		left = b->cap - b->end;
		va_start(ap, fmt);
		printed = vsnprintf(room, left, fmt, ap);
		va_end(ap);
		if (printed < 0)
			return;
		n = (size_t)printed;
	} while (n >= left);
	buf_grown(b, n);
}

void buf_consume(struct buf *b, size_t n)
{
	b->start += MIN(n, buf_len(b));
	if (b->start == b->end)
		b->start = b->end = 0;
}
