/* The columns: one table for the screen, the filter language, --sort, --columns, the batch formats and the man page.
 * A new column is one row of the table in column_table.c. */
#pragma once

#include "model.h"

enum value_kind {
	VALUE_NONE = 0, /* not known */
	VALUE_NUMBER,
	VALUE_TEXT,
	VALUE_ADDRESS, /* sorts numerically, matches prefixes */
};

/* How a column's numbers are read, shown and parsed in filters. */
enum column_unit {
	UNIT_NONE,  /* a plain integer, never scaled: pid, uid, port */
	UNIT_COUNT, /* scaled by 1000 on screen */
	UNIT_BYTES,
	UNIT_RATE, /* bytes per second */
	UNIT_USEC,
	UNIT_SEGMENTS,
	UNIT_BOOL,
	UNIT_TEXT,
	UNIT_ADDRESS,
	UNIT_STATE,
	UNIT_ID,
	UNIT_FACTOR, /* value.number, with a fraction */
	UNIT_NSEC,   /* value.integer is in ns, value.number in us: filters and batch speak of us */
};

struct value {
	enum value_kind kind;
	double number;     /* exact up to 2^53 */
	u64 integer;       /* the same, exact, when the column is integral; the port of local and remote */
	const char *text;  /* points into the row, the model or buffer: valid until either changes; printable.
				Set by column_value() for every kind but numbers */
	const u8 *address; /* 4 or 16 bytes, per family */
	u8 family;         /* 4 or 6 */
	u8 severity;       /* 0 … 2: set by getters whose column asks for it */
	char buffer[64];
};

enum column_align { ALIGN_LEFT, ALIGN_RIGHT };

/* What the collector must be asked for so that the column has values. */
enum column_needs { NEEDS_NOTHING = 0, NEEDS_INFO = 1, NEEDS_LAYERS = 2 };

struct column {
	const char *name;  /* the contract's: JSON, CSV, --columns, --sort, filters, config */
	const char *title; /* the heading on the screen, upper case */
	const char *help;  /* one line, with unit and source */
	enum column_unit unit;
	enum column_align align;
	u8 width;           /* columns on the screen, without the gap */
	u8 flex;            /* grows by this weight when there is room; 0: fixed */
	u8 needs;           /* enum column_needs */
	u8 descending;      /* 1: the first press of sort puts the largest first */
	double warn, alarm; /* thresholds for colour, in the column's unit; NaN: none */
	/* 1: v is set; 0: not known. */
	int (*get)(const struct column *c, const struct model *m, const struct row *r, struct value *v);
	u16 offset; /* for the generic getters: where in struct row */
	u8 size;    /* 1, 2, 4, 8 bytes; 0: float */
	u64 has;    /* bits of socket_has that must all be set */
	/* The words of a column whose texts are a fixed list: word(0 … words - 1); get sets v->integer to the code. */
	const char *(*word)(unsigned code);
	u8 words;
	/* Where warn and alarm do not say it: 0, 1 or 2 of a value that is known. NULL: by warn and alarm. */
	int (*severity)(const struct row *r, const struct value *v);
};

/* The table, in the contract's order. */
size_t column_count(void);
const struct column *column_at(size_t i);
size_t column_index(const struct column *c);
/* By name; also accepts the titles' lower case and the usual aliases (sport, dport, src, dst). NULL: none. */
const struct column *column_find(const char *name);
/* Up to max names nearest to a misspelt one, for "did you mean". Returns how many. */
size_t column_suggest(const char *name, const struct column **out, size_t max);

/* The value; kind VALUE_NONE when it is not known. */
void column_value(const struct column *c, const struct model *m, const struct row *r, struct value *v);
/* For the screen: at most column->width columns unless flexible, scaled with units; "" when not known. Returns bytes.
 */
size_t column_format(const struct column *c, const struct model *m, const struct row *r, char *dst, size_t size);
/* Exact, for batch: integers unscaled, rates with one decimal. Returns 0 when not known. */
size_t column_print(const struct column *c, const struct model *m, const struct row *r, char *dst, size_t size);
/* Is the JSON value a number (or true/false) rather than a string? */
bool column_is_number(const struct column *c);
/* 0 calm, 1 warn, 2 alarm. */
int column_severity(const struct column *c, const struct model *m, const struct row *r);
/* Order of two rows by the column, ascending, unknown values last whatever the direction; ties by id. */
int column_compare(const struct column *c, const struct model *m, const struct row *a, const struct row *b,
		   bool descending);

/* Formats an address without brackets: "10.0.0.5", "2001:db8::1". size >= 46. */
size_t address_format(const u8 *address, unsigned family, char *dst, size_t size);
