/* A batch format: how a tick begins, and how a row is written. Private to the export. */
#pragma once

#include "buf.h"
#include "columns.h"
#include "store.h"

/* Enough for any cell: the longest are stacks (up to LOSS_STACK names of RECORD_NAME_LEN bytes), which are cut. */
#define CELL_MAX 2048

/* One tick that is being written. */
struct page {
	const struct model *m; /* NULL: of several, whose time is time_ns (CLOCK_REALTIME) */
	u64 time_ns;
	const struct table *t;
	const void *picture; /* of t: m, or of a fold its own */
	const struct columns *columns;
	const u32 *rows; /* indices, in order; of t */
	size_t row_count;
	u64 number;   /* ticks written before this one */
	bool several; /* more than this one tick will be written */
	u64 events;   /* alarms written before */
	u16 *widths;  /* one per column, for the text format */
};

struct writer {
	/* Once a tick, before its rows; appends to out. */
	void (*head)(struct buf *out, const struct page *p);
	void (*row)(struct buf *out, const struct page *p, const void *row);
};

extern const struct writer writer_text, writer_json, writer_csv;
/* The writer of a format of rows. */
const struct writer *writer_of(enum export_format format);

/* The kind of a row, as in JSON's type. */
static inline const char *page_type(const struct page *p, const void *row)
{
	return p->t->type ? p->t->type(row) : p->t->name;
}

/* Appends the tick's time as unix seconds with six decimals; false, and nothing appended, before the first tick. */
bool page_put_time(struct buf *out, const struct page *p);
/* Appends the tick's local time as a line of the text format, with the date. */
void text_put_time(struct buf *out, const struct page *p);
/* Appends a cell's value as JSON, but for columns that are objects there their text. false, and nothing: not known. */
bool json_put_cell(struct buf *out, const struct page *p, const struct column *c, const void *row);
/* Appends the tick line of the JSON format. */
void json_put_tick(struct buf *out, const struct page *p);
