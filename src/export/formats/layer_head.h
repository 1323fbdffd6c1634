/* What the batch formats say of the layers beside their rows: what the figures are worth, and the alarms. */
#pragma once

#include "layer_table.h"
#include "writer.h"

/* Appends what the layers' figures are worth, as an object; false, and nothing, while they are off. */
bool json_put_stages(struct buf *out, const struct model *m);
/* Appends the same as lines, as far as the rows do not say it. */
void text_put_stages(struct buf *out, const struct model *m);
/* Appends the alarms that are due, a line each. */
void text_put_events(struct buf *out, const struct page *p);
/* The next alarm that is due; *number is page->events at first. NULL: no more. What is not kept any more is passed
 * over.
 */
const struct layer_event *page_next_event(const struct page *p, u64 *number);
