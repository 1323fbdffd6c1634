/* Recordings of a stream, and what is kept of it. */
#include "feed_copies.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"

#define KEEP_MAX (1U << 20) /* memory that an empty buffer keeps */

/* -- recording ----------------------------------------------------------------------------------------------------- */

int copies_record(struct copies *c, const char *path, struct error *err)
{
	int r;

	c->record_name = strdup(path);
	if (!c->record_name)
		return error_set(err, -ENOMEM, "out of memory");
	r = recorder_new(&c->recorder, path, err);
	if (r < 0)
		free(take(c->record_name));
	return r;
}

/* A full disk ends the recording, not the feed. */
static void record_failed(struct copies *c, int code)
{
	recorder_free(take(c->recorder));
	error_set(&c->record_why, code, "%s: %s: the recording has stopped", c->record_name, strerror(-code));
}

static void record_bytes(struct copies *c, const void *p, size_t len)
{
	int r = c->recorder ? recorder_put(c->recorder, p, len) : 0;

	c->unflushed |= c->recorder && len;
	if (r < 0)
		record_failed(c, r);
}

/* What was recorded so far is there even if we are killed: after each tick, and after what came during a pause. */
static void record_flush(struct copies *c)
{
	int r = c->recorder && c->unflushed ? recorder_flush(c->recorder) : 0;

	c->unflushed = false;
	if (r < 0)
		record_failed(c, r);
}

/* -- bytes --------------------------------------------------------------------------------------------------------- */

/* One that was read, by its number; as long as nothing more is read. */
static const u8 *byte_at(const struct copies *c, struct copied from, u64 number)
{
	return from.in->data + c->fill_at + (number - c->fill_total);
}

/* How many have become records. */
static u64 consumed(struct copied from)
{
	return from.total - buf_len(from.in);
}

static void record_to(struct copies *c, struct copied from, u64 end)
{
	if (c->recorder && end > c->recorded)
		record_bytes(c, byte_at(c, from, c->recorded), end - c->recorded);
	c->recorded = MAX(c->recorded, end);
}

/* What was applied. */
static void keep_up(struct copies *c, struct copied from)
{
	u64 end = consumed(from);

	record_to(c, from, end);
	if (c->past && end > c->kept)
		past_put(c->past, byte_at(c, from, c->kept), end - c->kept);
	c->kept = end;
}

void copies_before_fill(struct copies *c, struct copied from)
{
	keep_up(c, from);
	record_to(c, from, from.total);
}

void copies_filled(struct copies *c, struct copied from)
{
	c->fill_at = from.in->start;
	c->fill_total = consumed(from);
}

void copies_soaked(struct copies *c, struct copied from)
{
	record_to(c, from, from.total);
	record_flush(c);
}

/* -- key frames ---------------------------------------------------------------------------------------------------- */

/* The file that was written becomes FILE.1, in place of the one before it. */
static void rotate(struct copies *c)
{
	cleanup_free char *old = NULL;
	struct error err = {};
	int r;

	recorder_free(take(c->recorder));
	r = asprintf(&old, "%s.1", c->record_name) < 0 ? error_set(&err, -ENOMEM, "out of memory")
						       : file_rename(c->record_name, old, &err);
	if (r == 0)
		r = recorder_new(&c->recorder, c->record_name, &err);
	if (r < 0)
		error_set(&c->record_why, r, "%s: the recording has stopped", err.text);
}

void copies_tick(struct copies *c, struct copied from, const struct record_tick *tick)
{
	struct keying *k = &c->keying;
	bool to_file, to_past;

	keep_up(c, from);
	record_flush(c);
	to_past = c->past && past_tick(c->past, tick);
	to_file = c->recorder && c->record_max && recorder_size(c->recorder) >= c->record_max;
	if (to_file)
		rotate(c);
	if (to_past)
		past_begin(c->past);
	*k = (struct keying){.on = to_file || to_past, .to_file = to_file, .to_past = to_past, .out = k->out};
	if (k->on)
		stream_open(&k->out);
}

/* What was written of the picture. */
static void hand_on(struct copies *c)
{
	struct keying *k = &c->keying;

	if (k->out.failed && k->to_past)
		past_give_up(c->past);
	if (k->out.failed && k->to_file && c->recorder)
		record_failed(c, -ENOMEM);
	if (k->to_past)
		past_put(c->past, buf_at(&k->out), buf_len(&k->out));
	if (k->to_file)
		record_bytes(c, buf_at(&k->out), buf_len(&k->out));
	k->on &= !k->out.failed;
}

/* What follows is as the sender writes it; some of that may have been recorded already, into the file before. */
static void end_key(struct copies *c, struct copied from)
{
	u64 end = consumed(from);

	if (c->keying.to_past)
		past_begun(c->past);
	if (c->keying.to_file && c->recorded > end)
		record_bytes(c, byte_at(c, from, end), c->recorded - end);
	if (c->keying.to_file)
		record_flush(c);
	c->keying.on = false;
}

void copies_key(struct copies *c, struct copied from, const struct model *m, const struct stream_decoder *decoder,
		u64 deadline_ns)
{
	struct keying *k = &c->keying;
	bool done = model_write(m, &k->writer, &k->out, deadline_ns);

	if (done)
		stream_schemas(decoder, &k->out);
	hand_on(c);
	if (done && k->on)
		end_key(c, from);
	buf_reset(&k->out, k->on ? KEEP_MAX : 0);
}

void copies_deinit(struct copies *c, struct copied from)
{
	record_to(c, from, from.total);
	recorder_free(c->recorder);
	past_free(c->past);
	buf_deinit(&c->keying.out);
	free(c->record_name);
}
