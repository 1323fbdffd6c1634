/* What a table is: whatever a person can list, described once. A table is its columns and a way to its rows; the
 * screen, the filter language, --sort, --columns, the batch formats, the man page and docs/json.md are made from it. It
 * knows neither what a row is nor where it comes from: a row is an address, and the picture that it is part of is one
 * more, and only the table's own functions look at them. */
#pragma once

#include <math.h>
#include <string.h>

#include "cleanup.h"
#include "idmap.h"
#include "rates.h"
#include "spark.h"
#include "types.h"

enum value_kind {
	VALUE_NONE = 0, /* unknown */
	VALUE_NUMBER,
	VALUE_TEXT,
	VALUE_ADDRESS, /* sorts numerically, matches prefixes */
	VALUE_LIST,    /* of texts: value.integer says how many, column.item what each is */
};

/* How a column's values are read, shown and parsed in filters. */
enum column_unit {
	UNIT_NONE,  /* a plain integer, never scaled: pid, uid, sequence number */
	UNIT_COUNT, /* scaled by 1000 on screen */
	UNIT_BYTES,
	UNIT_RATE, /* bytes per second */
	UNIT_USEC,
	UNIT_SEGMENTS,
	UNIT_BOOL,
	UNIT_TEXT,
	UNIT_ADDRESS,   /* without its port */
	UNIT_ENDPOINT,  /* with its port, in value.integer; PORT_NONE: of a protocol without ports */
	UNIT_PORT,      /* a number; the getter also says the address's family */
	UNIT_STATE,     /* of a socket: a word of a list that filters name by "state" and "exclude", too */
	UNIT_ID,        /* value.integer: a number and, in its upper 8 bits, a generation */
	UNIT_EVENTS,    /* value.number, per second */
	UNIT_FACTOR,    /* value.number, with a fraction */
	UNIT_SHARE,     /* value.number, 0 … 1; in per cent on the screen */
	UNIT_NSEC,      /* value.integer is in ns, value.number in us: filters and batch speak of us */
	UNIT_TIME,      /* of day: value.integer is in ns, value.number in s, since 1970; told to the microsecond */
	UNIT_TIME_NSEC, /* the same, told to the nanosecond in outputs */
	UNIT_SIGNED,    /* a plain integer that can be negative: value.integer is its two's complement */
	UNIT_LIST,      /* VALUE_LIST */
	UNIT_DEVICE,    /* a text, and beside it in value.integer its number: filters take either. For them alone. */
	UNIT_MASK,      /* a 32-bit number that filters compare under a mask. For them alone. */
};

struct value {
	enum value_kind kind;
	double number;     /* exact up to 2^53 */
	u64 integer;       /* the same, exact, when the column is integral; the port of an endpoint */
	const char *text;  /* points into the row, the picture or buffer: valid until either changes; printable.
			      Set by column_value() for every kind but numbers and lists */
	const u8 *address; /* 4 or 16 bytes, per family */
	u8 family;         /* 4 or 6, even if the address or port is unknown; 0: there is none */
	bool mapped;       /* an IPv4 address of an AF_INET6 socket */
	double of;         /* what number is a share of: set by getters of SUM_RATIO, 0 before */
	u8 severity;       /* 0 … 2: set by getters whose column asks for it, 0 before */
	char buffer[512];
};

#define PORT_NONE 0x10000

enum column_align { ALIGN_LEFT, ALIGN_RIGHT };

/* What a column has of several rows at once. Values that are not known are left out. */
enum column_sum {
	SUM_NONE,  /* nothing: there is no such number */
	SUM_ADD,   /* all of them together */
	SUM_MOST,  /* the largest */
	SUM_LEAST, /* the smallest */
	SUM_MEAN,
	SUM_COUNT, /* how many rows it is true of */
	SUM_RATIO, /* a share of several things: theirs of all things together (value.of). A getter that does not know
		    * the share may set value.of: those things count as none of it, where another row knows */
	SUM_P50,   /* half of the values are at most as large; exact: one of them, without its fraction */
	SUM_P99,   /* 99 % of them are */
	SUM_TIMES, /* how many values there are; of times in us, fold_times() has their histogram */
	SUM_SAME,  /* what all that know it agree on */
	SUM_MODE,  /* what most of them have; of a text, value.number is how many: with fold_part() */
	SUM_MIX,   /* the mix of all (column.mix) */
	SUM_LABEL, /* the words that head them: of folds alone */
	SUM_OWN,   /* worked out from other columns of the fold: get gets its picture and its row (fold_part()) */
};

/* Does a group have a number there? */
static inline bool column_sums_up(enum column_sum sum)
{
	return sum != SUM_NONE && sum < SUM_SAME;
}

/* What of a text that is too wide is left out. */
enum column_elide {
	ELIDE_END,     /* its end, with a + */
	ELIDE_START,   /* its beginning: an address keeps its port */
	ELIDE_ADDRESS, /* the same, and where it is narrow all but the port */
};

/* What the collector must be asked for so that a column has values. */
enum column_needs {
	NEEDS_NOTHING = 0,
	NEEDS_INFO = 1,
	NEEDS_LAYERS = 2,
	NEEDS_DEVICES = 4 /* come later */,
	NEEDS_NAT = 8,
	NEEDS_EXCHANGES = 16,
	NEEDS_NAMES = 32, /* of hosts */
	NEEDS_REQUESTS = 64,
	NEEDS_DATAGRAMS = 128, /* of requests, those of name servers alone */
	NEEDS_REDIRECTS = 256,
};

/* Bits of outputs. */
enum column_output { OUTPUT_TEXT = 1, OUTPUT_JSON = 2, OUTPUT_CSV = 4 };

struct buf;
struct histogram;

#define MIX_WORDS 16       /* that a mix can have */
#define COLUMN_SAMPLES 512 /* that a row's value can be of */

struct column {
	const char *name;  /* the contract's: JSON, CSV, --columns, --sort, filters, config */
	const char *title; /* the heading on the screen, upper case */
	const char *help;  /* one line, with unit and source */
	enum column_unit unit;
	enum column_align align;
	u8 width;       /* columns on the screen, without the gap */
	u8 flex;        /* grows by this weight when there is room; 0: fixed */
	u8 of;          /* bits of the tables that have it, of those that share an array; 0: all; TABLE_FOLDS */
	bool extra;     /* not among the columns that JSON and CSV have by default */
	u16 needs;      /* enum column_needs */
	u8 with_layers; /* enum column_output: those that have it where the times of layers are asked for */
	u8 sum;         /* enum column_sum */
	bool of_tick;   /* of the last tick or ticks alone: rows that have ended in them count in folds, too */
	u8 elide;       /* enum column_elide */
	bool exact;     /* not scaled on the screen as long as its digits fit; a share: units_share() */
	/* In OpenMetrics: its name, without the table's before it; what ends in _total is a counter, to which the
	 * values of each tick are added, and its help if that is not the column's. NULL: it is not there. */
	const char *metric, *metric_help;
	bool settles;       /* in the first tick of a row it is not known yet */
	bool tells;         /* which row it is: among the first columns it stays while the others are scrolled */
	u8 descending;      /* 1: the first press of sort puts the largest first */
	double warn, alarm; /* thresholds for colour, in the column's unit; 0: none */
	/* 1: v is set; 0: not known (of v only family and mapped may be set). It never formats what filters and sorting
	 * do not ask for and never allocates: these call it for every row. v->buffer is not cleared before. */
	int (*get)(const struct column *c, const void *picture, const void *row, struct value *v);
	/* Calmer values to sort by. NULL: those of get. */
	int (*order)(const struct column *c, const void *picture, const void *row, struct value *v);
	/* Appends the value as a JSON object or array, where that says more than its text. false, and perhaps a part of
	 * it: it is not known. May be NULL. */
	bool (*object)(const void *picture, const void *row, struct buf *out);
	/* What its values were: the column is a line of bars on the screen and in texts, and an array in other outputs;
	 * get's value is what it is sorted and filtered by. false: not known. NULL: the column shows its value. */
	bool (*series)(const struct column *c, const void *picture, const void *row, struct series *s);
	/* SUM_OWN: the getters of the columns that it is worked out from; no other column has these. */
	int (*parts[2])(const struct column *c, const void *picture, const void *row, struct value *v);
	/* SUM_P50, SUM_P99: get's value is a percentile of several, and a group's is of all of these. Writes up to
	 * COLUMN_SAMPLES, in the unit of value.integer; returns how many. NULL: of one, which is its value. */
	u32 (*samples)(const struct column *c, const void *picture, const void *row, double *dst);
	/* The same of so many that only their histogram is kept: times, UNIT_NSEC. false: there are none. */
	bool (*histogram)(const struct column *c, const void *picture, const void *row, struct histogram *h);
	/* SUM_MODE: as how many rows this one counts. NULL: as one. */
	u32 (*weight)(const void *picture, const void *row);
	/* How much there is of each of the column's words (word): its text says their shares. false: of none. */
	bool (*mix)(const void *picture, const void *row, u8 amounts[MIX_WORDS]);
	/* The i-th text of a VALUE_LIST. Returns its length. */
	size_t (*item)(const void *picture, const void *row, size_t i, char *dst, size_t size);
	u16 offset; /* for the generic getters: where in the row */
	u8 size; /* 1, 2, 4, 8 bytes; 0: float. For a text: it is in the row, with at most 15 bytes; 0: it may be longer
		  */
	u64 has; /* for the getters: bits that must all be set */
	/* The words of a column whose texts are a fixed list: word(0 … words - 1); get sets v->integer to the code. */
	const char *(*word)(unsigned code);
	u8 words;
	const char *(*brief)(unsigned code); /* where the word is too wide; NULL: it is cut. May be NULL */
	bool blanks;                         /* on the screen, blanks stand for the underscores of its words */
	/* A word that stands for several, as bits of their codes; 0: it stands for none. May be NULL. */
	u32 (*word_set)(const char *text);
	const char *word_help; /* the words, for error messages; NULL: all of them */
	/* Of a predicate: it is true of the one or of the other of these two. NULL: it has a value of its own. */
	const char *either[2];
	const char *means; /* of a predicate without operand: the filter that it stands for; NULL: it is none */
	/* The operand that a typed text stands for. NULL: itself. */
	const char *(*operand)(const char *typed);
	/* Where warn and alarm do not say it: 0, 1 or 2 of a value that is known, -1 where there is not even anything
	 * to look at. NULL: by warn and alarm. */
	int (*severity)(const void *row, const struct value *v);
};

/* clang-format off */
/* Of whatever has two ends: ss's names of them, and predicates. src, dst, sport and dport are to be names of columns or
 * predicates, too. */
#define TABLE_END_ALIASES {"sport", "lport"}, {"dport", "rport"}, {"src", "laddr"}, {"dst", "raddr"}
#define TABLE_END_PREDICATES                                                                                           \
	{.name = "port", .unit = UNIT_PORT, .either = {"sport", "dport"}},                                             \
	{.name = "host", .unit = UNIT_ADDRESS, .either = {"src", "dst"}},                                              \
	{.name = "net", .unit = UNIT_ADDRESS, .either = {"src", "dst"}},                                               \
	{.name = "tcp", .unit = UNIT_BOOL, .means = "proto = tcp"},                                                    \
	{.name = "udp", .unit = UNIT_BOOL, .means = "proto = udp"}
/* clang-format on */

/* A getter as declared, and as defined for rows and pictures of some type; a definition need not look at all of its
 * parameters. */
typedef int column_getter(const struct column *c, const void *picture, const void *row, struct value *v);
#define COLUMN_GETTER(name) int name(const struct column *c, const void *picture, const void *row, struct value *v)
#define COLUMN_GETTER_TYPED(picture_type, p, row_type, r)                                                              \
	(__attribute__((unused)) const struct column *c, __attribute__((unused)) const picture_type *p,                \
	 __attribute__((unused)) const row_type *r, struct value *v)
#define COLUMN_GETTER_OF(picture_type, p, row_type, r, name)                                                           \
	static inline int name##_typed COLUMN_GETTER_TYPED(picture_type, p, row_type, r);                              \
	COLUMN_GETTER(name)                                                                                            \
	{                                                                                                              \
		return name##_typed(c, picture, row, v);                                                               \
	}                                                                                                              \
	static inline int name##_typed COLUMN_GETTER_TYPED(picture_type, p, row_type, r)
/* The same for a getter of one file. */
#define STATIC_GETTER_OF(picture_type, p, row_type, r, name)                                                           \
	static COLUMN_GETTER(name);                                                                                    \
	COLUMN_GETTER_OF(picture_type, p, row_type, r, name)

/* A field of a row: an unsigned number of 1, 2, 4 or 8 bytes. */
static inline u64 field_at(const void *row, size_t offset, u8 size)
{
	const u8 *p = (const u8 *)row + offset;
	u16 half;
	u32 word;
	u64 whole;

	switch (size) {
	case 1: return *p;
	case 2: memcpy(&half, p, 2); return half;
	case 4: memcpy(&word, p, 4); return word;
	default: memcpy(&whole, p, 8); return whole;
	}
}

/* What a getter returns: v is set. Of a text that is NULL or "" nothing is known. */
static inline int value_number(struct value *v, u64 n)
{
	v->kind = VALUE_NUMBER;
	v->integer = n;
	v->number = (double)n;
	return 1;
}
static inline int value_signed(struct value *v, s64 n)
{
	value_number(v, (u64)n);
	v->number = (double)n;
	return 1;
}
/* Of UNIT_NSEC. */
static inline int value_nsec(struct value *v, u64 ns)
{
	value_number(v, ns);
	v->number = (double)ns / 1e3;
	return 1;
}
/* Of UNIT_TIME and UNIT_TIME_NSEC; 0: it is not known. */
static inline int value_time(struct value *v, u64 realtime_ns)
{
	value_number(v, realtime_ns);
	v->number = (double)realtime_ns / 1e9;
	return realtime_ns != 0;
}
/* NaN: it is not known. */
static inline int value_real(struct value *v, double n)
{
	v->kind = VALUE_NUMBER;
	v->number = n;
	v->integer = n > 0 ? (u64)MIN(n, 1.8e19) : 0;
	return !isnan(n);
}
/* family: 4 or 6; a mapped one is IPv4 in IPv6; port: PORT_NONE if it has none. */
static inline int value_address(struct value *v, const u8 *address, unsigned family, bool mapped, unsigned port)
{
	v->kind = VALUE_ADDRESS;
	v->address = address;
	v->family = family == 6 ? 6 : 4;
	v->mapped = mapped;
	v->integer = port;
	v->number = port;
	return 1;
}
/* Of UNIT_ID: the text is written where it is needed (column_value()). */
static inline int value_id(struct value *v, u64 id)
{
	value_number(v, id);
	v->kind = VALUE_TEXT;
	v->text = NULL;
	return 1;
}
static inline int value_text(struct value *v, const char *text)
{
	if (!text || !*text)
		return 0;
	v->kind = VALUE_TEXT;
	v->text = text;
	return 1;
}
/* A word of a fixed list: the code goes beside it, for filters that compare codes. */
static inline int value_word(struct value *v, unsigned code, const char *text)
{
	v->integer = code;
	return value_text(v, text);
}

struct column_alias {
	const char *alias, *name;
};

/* A column of what is shown by default, in the order of display. base: there while it fits; the others come with the
 * width. Lower ranks come first and go last. Widths: the least that is of use, the comfortable one, the most. alike:
 * the rank that it has, as one of the base, while it tells rows on the screen apart that look alike (table.alike); 0:
 * it does not. */
struct table_shown {
	const char *name;
	bool base;
	u8 rank, least, good, most, alike;
};
#define TABLE_RANKS 40 /* the highest */

/* What is remarkable about a row as a whole. */
enum row_look {
	LOOK_ALARM = 1, /* something about it does */
	LOOK_PALE = 2,  /* it is history, or only waited out */
	LOOK_NEW = 4,   /* this is its first tick */
	LOOK_TAGGED = 8,
};

#define GROUP_LABEL_MAX 160

struct table;

/* Adds a total: rows of a group, and rows of it in the last tick. */
typedef void group_total_fn(void *context, u64 key, const char *label, u64 count, u64 recent);

/* What rows can be grouped by. */
struct table_group {
	const char *name; /* "process" */
	/* What a row belongs to: a number that stays over ticks, never 0; and the words that head it, printable. */
	u64 (*key)(const void *picture, const void *row);
	void (*label)(const void *picture, const void *row, char *dst, size_t size);
	/* Calls add for each total that is kept, also of rows that are not: there are groups without rows then. NULL:
	 * none are kept. */
	void (*totals)(const void *picture, const struct table *t, group_total_fn *add, void *context);
	/* At first only the heads are shown; where the column sorted by does not add up, those with most rows first. */
	bool folded;
	u16 needs; /* enum column_needs of the words */
};

/* Parts of a row, for the processor's cache. */
enum table_part {
	PART_KEYS,    /* what every look needs: whether it is there, its id, what filters mostly ask for */
	PART_ROW,     /* all that lies in it */
	PART_DETAILS, /* what it points to; it has come itself */
};

/* What makes a table a fold: one whose rows are gathered from another's. fold.h makes their picture. */
struct fold {
	const struct table *of;
	const struct table_group *by; /* a row for each key */
	/* Which rows take part. NULL: all. */
	bool (*takes)(const void *picture, const void *row);
	/* Whose word counts where a column is what its rows agree on (SUM_SAME): theirs alone, once one of them is
	 * there. NULL: everybody's. */
	bool (*speaks)(const void *picture, const void *row);
	/* Names of columns, ended by NULL: the rows in of that have the values that a group has there are its own. Such
	 * a value must do in a filter as it is printed, or in quotes. NULL: there is no way down. */
	const char *const *down;
	/* The getter of a column whose growth is followed (fold_growth()), and the time of the source's picture, in ns.
	 * NULL: none is. */
	int (*follows)(const struct column *c, const void *picture, const void *row, struct value *v);
	u64 (*now)(const void *picture);
	/* Rows of a key can have different values of down: these are no way then. */
	bool loose;
	/* Of these and of down all rows of a key have the same values. Ended by NULL; NULL: of down alone. */
	const char *const *keyed;
	/* Names of columns, ended by NULL, that say in OpenMetrics which row it is. NULL: it is not there. */
	const char *const *labels;
	/* It gathers the rows of that fold in another way: one view has both. NULL: a view of its own. */
	const struct table *way_of;
};
#define TABLE_FOLDS 0x80 /* in column.of: only folds have it */

struct table {
	const char *name;             /* of a row: the type in JSON */
	const char *one, *many;       /* rows in a sentence: "socket", "sockets" */
	u8 is;                        /* its bit in column.of */
	const struct column *columns; /* to be walked with table_each(): some may be of another table */
	size_t count;
	const struct fold *fold; /* NULL: its rows are its own. Columns and aliases are then those of fold.of */
	const struct column
	    *folded; /* its columns, in the same order, as folds of it have them; NULL: none can be made */
	/* What filters know beside the columns, and of two of one name rather. */
	const struct column *predicates;
	size_t predicate_count;
	const struct column_alias *aliases; /* other names of columns */
	size_t alias_count;
	const struct table_group *groups; /* what its rows can be gathered by */
	size_t group_count;
	const struct table_shown *shown;
	size_t shown_count;
	const char *sort; /* the order at first: "column:asc" or "column:desc" */
	bool ordered;     /* outputs have that order, too; else that of appearance */
	u16 needs;        /* enum column_needs of the rows themselves: without it there are none */
	/* A row is something that happened: it is written once, and does not change. sort is the order of time then. */
	bool events;
	/* Columns of the outputs, each list ended by NULL. contract: what JSON and CSV have by default, NULL: all
	 * columns that are not extra. text: the same of the text format, NULL: those that are shown. text_extra: what
	 * -x adds. */
	const char *const *contract, *const *text, *const *text_extra;

	/* Whose the rows are: rows of another table, whose columns filters know beside these. NULL: nobody's; of one
	 * row NULL: it is not known, or nobody's. */
	const struct table *owner;
	const void *(*owner_row)(const void *picture, const void *row);

	/* One past the largest index of a row; rows between may be missing. */
	u32 (*end)(const void *picture);
	/* The row at an index below end(), NULL: there is none. Its address stays the same for the row's life. */
	const void *(*row)(const void *picture, u32 index);
	/* A permanent id of the row, whatever becomes of its index. Never 0. */
	u64 (*id)(const void *row);
	/* Index of the row of an id, or IDMAP_NONE. */
	u32 (*find)(const void *picture, u64 id);
	/* The type of the row in JSON, if it differs from the table's name. May be NULL. */
	const char *(*type)(const void *row);
	/* Rows with a lower age appeared earlier. */
	u64 (*age)(const void *row);
	/* Has it ended, so that it is shown only on request? NULL: no row has. And has one that has ended done so in
	 * the last tick? NULL: none. */
	bool (*ended)(const void *row);
	bool (*just_ended)(const void *picture, const void *row);
	/* Fetches a part of the row at an index below end() into the cache: it is looked at soon. May be NULL. */
	void (*prefetch)(const void *picture, u32 index, enum table_part part);
	/* Is it only waited out, so that a list may do without it? NULL: no row is. And how many are, said in words:
	 * "in TIME-WAIT". */
	bool (*waiting)(const void *row);
	u32 (*waiting_rows)(const void *picture);
	const char *waiting_words;
	bool filters_show_waiting; /* where there is a filter, they are shown if they match it */
	/* What a list says that shows all of these; NULL: "closed too". */
	const char *all_words;
	/* Bits of enum row_look. NULL: no row stands out. */
	unsigned (*look)(const void *picture, const void *row);
	/* The same number for rows that a person would take for each other. NULL: for none. */
	u64 (*alike)(const void *picture, const void *row);
	/* How many rows there are, with or without those that have ended. */
	u32 (*rows)(const void *picture, bool ended);
	/* Rises whenever the picture changes. */
	u64 (*generation)(const void *picture);
	/* For lines of bars in a fold of it: the number of the moment that the picture shows, which rises, 0: none yet;
	 * and how many of them a line is of. NULL: no fold has such lines. */
	u64 (*moment)(const void *picture, u32 *span);
};

/* The table that a fold's rows come from in the end; of others itself. */
static inline const struct table *table_source(const struct table *t)
{
	while (t->fold)
		t = t->fold->of;
	return t;
}

/* The array that its columns lie in, beside those of others. */
static inline const struct column *table_columns(const struct table *t)
{
	return t->fold ? table_source(t)->folded : t->columns;
}

/* Walks over a table's columns: table_each(t, c) { … }. */
static inline const struct column *table_next(const struct table *t, const struct column *c)
{
	const struct column *first = table_columns(t), *end = first + table_source(t)->count;
	u8 is = t->fold ? TABLE_FOLDS | table_source(t)->is : t->is;

	for (c = c ? c + 1 : first; c < end; c++)
		if ((!c->of || c->of & is) && (!t->fold || c->sum))
			return c;
	return NULL;
}
#define table_each(t, c) for (const struct column *c = table_next(t, NULL); c; c = table_next(t, c))

/* By name; also accepts a name without its "_us", titles in any case, and aliases. NULL: none. */
const struct column *table_find(const struct table *t, const char *name);
/* What a filter means by a name: as table_find(), predicates first. */
const struct column *table_find_predicate(const struct table *t, const char *name);
/* Up to max columns whose names are nearest to a misspelt one, for "did you mean". Returns how many. */
size_t table_suggest(const struct table *t, const char *name, const struct column **out, size_t max);
/* The first column of a unit; NULL: none. */
const struct column *table_of_unit(const struct table *t, enum column_unit unit);

/* The heading of a column: its title; over the words that head a fold's rows, what these are: "PROCESS". */
#define TITLE_MAX 24
const char *table_title(const struct table *t, const struct column *c, char buffer[TITLE_MAX]);
/* Has it numbers that can be compared with those of another moment? And by how much is a row's larger than that of the
 * row with the same id in the picture `before`: where there is none, than nothing. In the column's unit. false: it is
 * not known of both, or the column has no such numbers. */
bool column_has_difference(const struct column *c);
bool table_has_differences(const struct table *t);
bool column_difference(const struct table *t, const struct column *c, const void *picture, const void *row,
		       const void *before, double *difference);
/* "+1.2M", "-3", "0". Returns bytes. */
size_t column_format_difference(const struct column *c, double difference, enum rate_units units, char *dst,
				size_t size);
/* Where there is no room for it: without its fraction. */
void column_shorten_difference(char *text);

/* So many rows in words: "1 socket", "1,234 sockets". Returns bytes. */
size_t table_counted(const struct table *t, u64 n, char *dst, size_t size);

/* Bits of enum column_needs: of the rows, and of a fold of what heads them. */
static inline unsigned table_needs(const struct table *t)
{
	return t->needs | (t->fold ? t->fold->by->needs : 0U);
}

static inline bool table_ended(const struct table *t, const void *row)
{
	return t->ended && t->ended(row);
}

/* The shares of words of which there is so much, largest first, the first few of them: "app 93% loss 1%". Returns
 * bytes; 0: there is nothing of any. */
size_t column_mix(const struct column *c, const u32 amounts[MIX_WORDS], char *dst, size_t size);
/* For get of a column with a mix: of one row. */
COLUMN_GETTER(column_get_mix);
/* As a group's sum is shown: v has kind VALUE_NUMBER. dst has UNITS_MAX bytes. */
void column_format_number(const struct column *c, const struct value *v, enum rate_units units, char *dst);
/* The value; kind VALUE_NONE when it is not known. */
void column_value(const struct column *c, const void *picture, const void *row, struct value *v);
/* For the screen: at most column->width columns unless flexible, scaled with units; "" when not known. Returns bytes.
 */
size_t column_format(const struct column *c, const void *picture, const void *row, enum rate_units units, char *dst,
		     size_t size);
/* The bars of a column that has a series, in so many cells. Returns 0 when not known. */
size_t column_spark(const struct column *c, const void *picture, const void *row, size_t cells, enum charset set,
		    char *dst, size_t size);
/* Exact, for batch: integers unscaled, rates with one decimal, lists with a newline between, a series as an array of
 * JSON. Returns 0 when not known. */
size_t column_print(const struct column *c, const void *picture, const void *row, char *dst, size_t size);
/* Is the JSON value a number (or true/false) rather than a string? */
bool column_is_number(const struct column *c);
/* Is value.number what its values are compared by, and not value.integer? */
bool column_is_real(const struct column *c);
/* 0 normal, 1 warn, 2 alarm. A row that has ended is always 0. */
int table_severity(const struct table *t, const struct column *c, const void *picture, const void *row);
/* For column.severity: what the getter has found in v->severity. */
int value_severity(const void *row, const struct value *v);
/* Order of two values of one column that are both known. */
int column_compare(const struct column *c, const struct value *a, const struct value *b);
/* Order of two rows by the column, ascending, unknown values last whatever the direction; ties by id. */
int table_compare(const struct table *t, const struct column *c, const void *picture, const void *a, const void *b,
		  bool descending);
