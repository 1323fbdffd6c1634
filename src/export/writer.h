/* What a batch format is: how a tick begins, and how a row is written. Private to the export. */
#pragma once

#include "buf.h"
#include "columns.h"
#include "store.h"

/* Room for any cell: the longest are stacks of calls (LOSS_STACK names of RECORD_NAME_LEN bytes at most, cut). */
#define CELL_MAX 2048

/* One tick on its way out. */
struct page {
	const struct model *m;
	const struct table *t;
	const struct columns *columns;
	const u32 *rows; /* indices, in order; of t, in m */
	size_t row_count;
	u64 number;   /* ticks written before this one */
	bool several; /* more than this one tick will be written */
	u64 events;   /* alarms told before */
	u16 *widths;  /* one per column, for the text format's use */
};

struct writer {
	/* Once a tick, before its rows; appends to out. */
	void (*head)(struct buf *out, const struct page *p);
	void (*row)(struct buf *out, const struct page *p, const void *row);
};

extern const struct writer writer_text, writer_json, writer_csv;

/* What kind of row it is, as JSON's type says. */
static inline const char *page_type(const struct page *p, const void *row)
{
	return p->t->type ? p->t->type(row) : p->t->name;
}

/* Appends unix seconds with six decimals; false, and nothing, for 0: not known. */
bool put_unix_time(struct buf *out, u64 ns);
/* Appends the tick's time in the same way; false, and nothing, before the first tick. */
bool page_put_time(struct buf *out, const struct page *p);
/* Appends a field of the CSV format, quoted where it must be; of a text that a spreadsheet would take for a formula (it
 * begins with = + - @ or a control character) an apostrophe comes first. */
void csv_put_field(struct buf *out, const char *text);
/* Appends the tick's local time as a line of the text format: where there are several, each is dated. */
void text_put_time(struct buf *out, const struct model *m);
/* Appends the tick line of the JSON format. */
void json_put_tick(struct buf *out, const struct page *p);
