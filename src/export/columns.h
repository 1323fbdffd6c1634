/* Which columns an output has: the sets that are taken by default, the extra ones, and lists that the user names. */
#pragma once

#include "buf.h"
#include "error.h"
#include "table.h"

enum export_format {
	EXPORT_TEXT,
	EXPORT_JSON,
	EXPORT_CSV,
	EXPORT_FORMATS, /* of rows; the next one is for packets only */
	EXPORT_PCAPNG = EXPORT_FORMATS,
};

/* "text", "json", "csv", "pcapng"; NULL outside the range. */
const char *export_format_name(unsigned format);

/* A list of columns. Owns the array, not what it points to. */
struct columns {
	const struct column **at;
	size_t count;
};

void columns_deinit(struct columns *c);

/* Appends the columns "a,b,…" of a table. -EINVAL: err names the wrong word and what would be right; -ENOMEM. */
int columns_parse(struct columns *c, const struct table *t, const char *list, struct error *err) must_check;
/* Appends what the format has by default: for text what a person looks at, else the names of docs/json.md's contract.
 */
int columns_default(struct columns *c, const struct table *t, enum export_format format) must_check;
/* Appends what -x adds, without duplicates: for text the rest of what netwatcher shows, otherwise every column except
 * those of the layers. */
int columns_extra(struct columns *c, const struct table *t, enum export_format format) must_check;
/* Appends, where not there yet, what -t adds. */
int columns_layers(struct columns *c, const struct table *t, enum export_format format) must_check;
/* Bits of enum column_needs of all of them. */
unsigned columns_needs(const struct columns *c);
/* Is it part of the default set of JSON and CSV? */
bool column_is_contract(const struct table *t, const struct column *c);

#define cleanup_columns cleanup(columns_deinit)
