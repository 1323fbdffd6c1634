/* Which columns an output has: the sets that are taken by default, and the extra ones. */
#pragma once

#include "buf.h"
#include "choice.h"

enum export_format {
	EXPORT_TEXT,
	EXPORT_JSON,
	EXPORT_CSV,
	EXPORT_FORMATS, /* of rows; the next one is for packets only */
	EXPORT_PCAPNG = EXPORT_FORMATS,
	EXPORT_OPENMETRICS, /* no rows of a view: metrics.h */
};

/* Appends what the format has by default: for text what a person looks at, else the names of docs/json.md's contract.
 */
int columns_default(struct columns *c, const struct table *t, enum export_format format) must_check;
/* Appends what -x adds, without duplicates: for text the rest of what netwatcher shows, otherwise every column except
 * those of the layers and the names of hosts. */
int columns_extra(struct columns *c, const struct table *t, enum export_format format) must_check;
/* Appends, where not there yet, what -t adds. */
int columns_layers(struct columns *c, const struct table *t, enum export_format format) must_check;
/* Is it part of the default set of JSON and CSV? */
bool column_is_contract(const struct table *t, const struct column *c);
