/* Keeps the last minutes of a stream. How to come back to a moment of them is past_view.c. */
#include "past_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"

#define MOMENTS_MAX (1U << 18)

/* A segment ends when its ticks have this many times the bytes that it began with: so much longer than the picture
 * alone does it take to make one of its last moments, and so much less than pictures take the ticks between them. */
#define TICKS_TO_KEY 8
#define TICKS_LEAST 10
#define TICKS_MOST 300

int past_new(struct past **out, u64 bytes_max)
{
	struct past *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->bytes_max = bytes_max;
	p->ns_per_byte = PAST_NS_PER_BYTE;
	p->pinned = UINT64_MAX;
	ring_init(&p->moments, sizeof(struct moment_kept), MOMENTS_MAX);
	*out = p;
	return 0;
}

static void segment_free(struct segment *s)
{
	recorder_free(s->recorder);
	buf_deinit(&s->bytes);
	free(s);
}

void past_free(struct past *p)
{
	if (!p)
		return;
	for (u32 i = 0; i < p->count; i++)
		segment_free(p->segments[i]);
	free(p->segments);
	ring_deinit(&p->moments);
	free(p);
}

struct segment *past_segment(const struct past *p, u64 number)
{
	return number >= p->dropped && number - p->dropped < p->count ? p->segments[number - p->dropped] : NULL;
}

static struct segment *newest(const struct past *p)
{
	return p->count ? p->segments[p->count - 1] : NULL;
}

/* -- keeping ------------------------------------------------------------------------------------------------------- */

static void drop_oldest(struct past *p)
{
	u64 first = p->segments[1]->first;

	segment_free(p->segments[0]);
	memmove(p->segments, p->segments + 1, --p->count * sizeof(*p->segments));
	p->dropped++;
	while (p->moments.first < first)
		ring_drop(&p->moments);
}

u64 past_bytes(const struct past *p)
{
	u64 sum = 0;

	for (u32 i = 0; i < p->count; i++)
		sum += p->segments[i]->bytes.cap;
	return sum + (u64)p->moments.cap * sizeof(struct moment_kept);
}

/* Not those that are being read. */
static void trim(struct past *p)
{
	while (p->count > 2 && p->pinned > p->dropped &&
	       (past_bytes(p) > p->bytes_max || ring_count(&p->moments) == MOMENTS_MAX))
		drop_oldest(p);
}

void past_give_up(struct past *p)
{
	struct segment *s = newest(p);

	p->failed = true;
	if (s)
		recorder_free(take(s->recorder));
}

/* Does what it is made of fit into the bytes that it takes? */
static bool is_due(const struct past *p)
{
	const struct segment *s = newest(p);
	u64 ticks = s ? p->moments.end - 1 - s->first : 0;

	if (!s)
		return true;
	return ticks >= TICKS_MOST || (ticks >= TICKS_LEAST && s->raw - s->key_raw >= TICKS_TO_KEY * s->key_raw);
}

bool past_tick(struct past *p, const struct record_tick *tick)
{
	struct segment *s = newest(p);
	struct moment_kept *at;

	if (p->failed)
		return false;
	if (s && recorder_flush(s->recorder) < 0) {
		past_give_up(p);
		return false;
	}
	if (ring_reserve(&p->moments) != 0 || !(at = ring_add(&p->moments))) {
		past_give_up(p);
		return false;
	}
	*at = (struct moment_kept){.time_ns = tick->time_ns, .realtime_ns = tick->realtime_ns, .raw = p->raw};
	trim(p);
	return is_due(p);
}

/* What it had room for beyond its end. */
static void seal(struct segment *s)
{
	u8 *less;

	recorder_free(take(s->recorder));
	less = realloc(s->bytes.data, MAX(s->bytes.end, (size_t)1));
	if (!less)
		return;
	s->bytes.data = less;
	s->bytes.cap = s->bytes.end;
}

void past_begin(struct past *p)
{
	struct segment *s = p->failed ? NULL : calloc(1, sizeof(*s));

	if (newest(p))
		seal(newest(p));
	if (!s || array_append(&p->segments, &p->cap, p->count, sizeof(struct segment *)) < 0 ||
	    recorder_to(&s->recorder, &s->bytes) < 0) {
		free(s);
		past_give_up(p);
		return;
	}
	s->first = p->moments.end - 1;
	p->segments[p->count++] = s;
}

void past_begun(struct past *p)
{
	struct segment *s = newest(p);

	if (p->failed)
		return;
	s->key_raw = s->raw;
	if (recorder_flush(s->recorder) < 0)
		past_give_up(p);
	trim(p);
}

void past_put(struct past *p, const void *bytes, size_t len)
{
	struct segment *s = newest(p);

	if (p->failed || !s)
		return;
	s->raw += len;
	p->raw += s->key_raw ? len : 0;
	if (recorder_put(s->recorder, bytes, len) < 0)
		past_give_up(p);
}

/* -- moments ------------------------------------------------------------------------------------------------------- */

static const struct moment_kept *kept(const struct past *p, u64 moment)
{
	return ring_get(&p->moments, moment);
}

u64 past_first(const struct past *p)
{
	return p->count ? p->segments[0]->first : 0;
}

/* While a segment begins, its first moment is that of the one before, too. */
u64 past_last(const struct past *p)
{
	return p->count ? p->moments.end - 1 : 0;
}

u64 past_time(const struct past *p, u64 moment)
{
	return kept(p, moment) ? kept(p, moment)->time_ns : 0;
}

u64 past_realtime(const struct past *p, u64 moment)
{
	return kept(p, moment) ? kept(p, moment)->realtime_ns : 0;
}

u64 past_find(const struct past *p, u64 time_ns)
{
	u64 first = past_first(p), end = past_last(p) + 1;

	while (end - first > 1) {
		u64 middle = first + (end - first) / 2;

		if (past_time(p, middle) <= time_ns)
			first = middle;
		else
			end = middle;
	}
	return p->count ? first : 0;
}

u64 past_raw(const struct past *p, u64 moment)
{
	return kept(p, moment)->raw;
}
