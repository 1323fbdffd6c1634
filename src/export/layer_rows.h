/* The layers in the batch formats: the object of a socket's row, the rows `layer` and `event`. */
#pragma once

#include "buf.h"
#include "layers.h"
#include "writer.h"

/* The rows of --view layers: the machine's with the head of a tick, a socket's for each row. */
extern const struct writer writer_layers_text, writer_layers_json, writer_layers_csv;

/* Appends what the layers' figures are worth, as an object; false, and nothing, while they are off. */
bool json_put_stages(struct buf *out, const struct model *m);
/* Appends the alarms since page->events. */
void json_put_events(struct buf *out, const struct page *p);
void text_put_events(struct buf *out, const struct page *p);
