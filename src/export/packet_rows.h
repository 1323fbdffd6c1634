/* The batch's rows of packets: those that came with a tick, as text, JSON lines, CSV or a stream of pcapng. */
#pragma once

#include "arm.h"
#include "columns.h"
#include "feed.h"
#include "writer.h"

struct packet_rows;

/* Packets of sockets for which q is true (borrowed, NULL: all that are traced). arm (borrowed) says who is traced;
 * NULL: the first for which q is true. echo: those of ICMP echo instead. */
int packet_rows_new(struct packet_rows **r, enum export_format format, const struct query *q, struct arm *arm,
		    bool echo, struct model *m) must_check;
void packet_rows_free(struct packet_rows *r);

/* A tick is whole: asks the collector to trace whose turn it is. Returns false as long as the tick is not to be
 * written, because nothing could be in it yet. */
bool packet_rows_ask(struct packet_rows *r, struct feed *f, const struct model *m);
/* Appends the tick's packets, at most limit (0: all), and forgets them; those of a file of packets three ticks later,
 * when their later stamps have come. */
void packet_rows_put(struct packet_rows *r, const struct page *p, u32 limit, struct buf *out);
/* Appends what is still held back, at most limit: nothing more will come. */
void packet_rows_end(struct packet_rows *r, const struct model *m, u32 limit, struct buf *out);
