/* The batch's rows of packets: those that came with a tick, as text, JSON lines, CSV or a stream of pcapng. */
#pragma once

#include "batch.h"
#include "feed.h"
#include "writer.h"

struct packet_rows;

/* Packets for which o->what->query is true, of sockets for which o->whose is (NULL: all that are traced). o->arm says
 * who is traced; NULL: the first for which o->whose is true. o->echo: those of ICMP echo instead. The options are
 * borrowed. */
int packet_rows_new(struct packet_rows **r, const struct batch_options *o, struct model *m) must_check;
void packet_rows_free(struct packet_rows *r);

/* A tick is whole: asks the collector to trace whose turn it is. Returns false as long as the tick is not to be
 * written, because nothing could be in it yet. */
bool packet_rows_ask(struct packet_rows *r, struct feed *f, const struct model *m);
/* Appends the tick's packets, at most o->limit (0: all), and forgets them; those of a file of packets three ticks
 * later, when their later stamps have come. -ENOMEM. */
int packet_rows_put(struct packet_rows *r, const struct page *p, struct buf *out) must_check;
/* Appends what is still held back: nothing more will come. -ENOMEM. */
int packet_rows_end(struct packet_rows *r, const struct page *p, struct buf *out) must_check;
