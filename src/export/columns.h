/* Which columns an output has: the sets that are taken by default, and the extra ones. */
#pragma once

#include "buf.h"
#include "choice.h"

enum export_format {
	EXPORT_TEXT,
	EXPORT_JSON,
	EXPORT_CSV,
	EXPORT_FORMATS, /* of rows; what follows is for packets alone */
	EXPORT_PCAPNG = EXPORT_FORMATS,
};

/* "text", "json", "csv", "pcapng"; NULL outside the range. */
const char *export_format_name(unsigned format);

/* Appends what the format has by default: for text what a person looks at, else the names of docs/json.md's contract.
 */
int columns_default(struct columns *c, const struct table *t, enum export_format format) must_check;
/* Appends, where not there yet, what -x adds: for text the rest of what netwatcher shows, else every column but those
 * of the layers. */
int columns_extra(struct columns *c, const struct table *t, enum export_format format) must_check;
/* Appends, where not there yet, what -t adds. */
int columns_layers(struct columns *c, const struct table *t, enum export_format format) must_check;
/* Is it part of the default set of JSON and CSV? */
bool column_is_contract(const struct table *t, const struct column *c);
