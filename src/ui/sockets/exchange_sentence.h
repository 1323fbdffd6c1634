/* Where the time of calls goes, in a sentence. */
#pragma once

#include "fields.h"

/* The columns that it is made of: to be asked of folds (fields_want()). */
#define EXCHANGE_SENTENCE "exch_mean_us network_share kernel_share program_share rtt_ratio"

/* "of 81 ms a call: network 66 (RTT 3.1 times its minimum), kernel 0.2, program 15": means of the row's exchanges in
 * the last ten ticks. of: a socket, or a row of a fold of sockets. Drawn at line y of a page; nothing where none was
 * measured. Returns the line after it. */
int exchange_sentence_draw(const struct fields *of, const struct pane *p, int y);
/* "last calls: GET /cart 200 in 12ms, …": the newest of a socket, first of all; nothing where no name is known.
 * Returns the line after it. */
int exchange_calls_draw(const struct model *m, const struct row *r, const struct pane *p, int y);
