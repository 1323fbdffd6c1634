/* A growable byte buffer that is filled at its end and consumed at its start: a text that is composed, a stream that is
 * read or written. Growing can fail; the failure sticks (buf.failed), so that a series of puts is checked once. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cleanup.h"

struct buf {
	uint8_t *data; /* owned */
	size_t start;  /* first byte not consumed */
	size_t end;    /* one past the last byte */
	size_t cap;
	bool failed; /* an allocation failed; the contents are incomplete */
};

void buf_deinit(struct buf *b);
/* Forgets the contents; keeps at most keep bytes of memory. */
void buf_reset(struct buf *b, size_t keep);

/* Room for n more bytes at the end, or NULL; advance with buf_grown() once they are written. */
void *buf_room(struct buf *b, size_t n);
void buf_grown(struct buf *b, size_t n);
void buf_put(struct buf *b, const void *p, size_t n);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) printf_like(2, 3);
/* Drops n bytes from the start. */
void buf_consume(struct buf *b, size_t n);

static inline size_t buf_len(const struct buf *b)
{
	return b->end - b->start;
}

/* Its first byte; NULL if it never had one. */
static inline uint8_t *buf_at(const struct buf *b)
{
	return b->data ? b->data + b->start : NULL;
}

#define cleanup_buf cleanup(buf_deinit)
