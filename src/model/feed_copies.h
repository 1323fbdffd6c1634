/* What becomes of a stream's bytes beside the model: recordings, and what is kept to go back in. Both begin with the
 * whole picture when they begin in the middle of the stream. Private to the feed. */
#pragma once

#include "buf.h"
#include "error.h"
#include "model.h"
#include "past.h"
#include "recording.h"

/* Zeroed at first. */
struct copies {
	struct recorder *recorder; /* owned; NULL: not recording */
	bool unflushed;            /* it was given something since its last flush */
	u64 record_max;            /* bytes of a file, from which on another is begun; 0: no matter how many */
	char *record_name;         /* owned */
	struct error record_why;   /* why the recording has stopped; "": it has not */
	struct past *past;         /* owned; NULL: nothing is kept */
	u64 recorded, kept;        /* bytes that were handed to them, of those that were read */
	size_t fill_at;            /* where in the buffer's memory … */
	u64 fill_total;            /* … this byte of the stream is; those behind it follow */
	struct keying {            /* the whole picture is being written, … */
		bool on;
		bool to_file, to_past; /* … to these */
		struct model_writer writer;
		struct buf out;
	} keying;
};

/* The feed's buffer, and how many bytes were ever read into it. */
struct copied {
	const struct buf *in;
	u64 total;
};

int copies_record(struct copies *c, const char *path, struct error *err) must_check;
/* Before anything is done with the buffer, and once bytes were read. */
void copies_before_fill(struct copies *c, struct copied from);
void copies_filled(struct copies *c, struct copied from);
/* What was read is recorded, though it is not applied. */
void copies_soaked(struct copies *c, struct copied from);
/* A tick is whole, and all that was taken from the buffer belongs to it and those before. */
void copies_tick(struct copies *c, struct copied from, const struct record_tick *tick);
/* While c->keying.on, before anything else is applied: goes on with the picture until deadline_ns. */
void copies_key(struct copies *c, struct copied from, const struct model *m, const struct stream_decoder *decoder,
		u64 deadline_ns);
void copies_deinit(struct copies *c, struct copied from);
