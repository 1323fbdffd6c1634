/* Private to the filter language: the compiled expression and the parser's state. The text goes through query_lex.c
 * (words) and query_parse.c (grammar), with query_operand.c and query_pattern.c for operands; query_eval.c evaluates
 * the result for a row. */
#pragma once

#include <regex.h>

#include "query.h"
#include "texts.h"

#define QUERY_TEXT_MAX 4096 /* bytes of a filter */
#define QUERY_ITEM_MAX 512  /* bytes of a text in a list */
#define QUERY_DEPTH_MAX 200 /* parentheses within parentheses */
#define PORT_ANY (-1)

/* Kleene's three values, ordered so that AND is the least and OR the greatest. */
enum truth { FALSE_ = 0, UNKNOWN_ = 1, TRUE_ = 2 };

enum node_kind {
	NODE_AND,    /* children */
	NODE_OR,     /* children */
	NODE_NOT,    /* one child */
	NODE_KNOWN,  /* column */
	NODE_NUMBER, /* column op number */
	NODE_ID,     /* column op integer */
	NODE_TEXT,   /* column = text */
	NODE_GLOB,   /* column = pattern */
	NODE_REGEX,  /* column ~ regex */
	NODE_WORDS,  /* column is one of a set of codes */
	NODE_HOST,   /* column is an address, or an address and its port */
	NODE_PORT,   /* column is any port, or one of a family */
	NODE_DEVICE, /* column is a device, by name or number */
	NODE_MASK,   /* column & mask == integer */
	NODE_PLAIN,  /* one of columns has the text in it */
	NODE_OWNER,  /* child is true of the row whose this one is */
};

/* != and !~ are made from = and ~ with NODE_NOT. */
enum query_op { OP_NONE, OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE, OP_MATCH, OP_NOT_MATCH };

enum family { FAMILY_ANY, FAMILY_INET, FAMILY_INET6, FAMILY_OTHER /* one that has no rows here */ };

struct host {
	u8 address[16];
	u8 bits;    /* length of the prefix */
	u8 version; /* 4 or 6; 0: any address */
	u8 family;  /* enum family: what was written before the address */
	long port;  /* or PORT_ANY */
};

#define VERDICTS_MAX 4096

/* Verdicts of a pattern on the texts that it has seen: thousands of rows share a few names. */
struct verdicts {
	struct column_texts texts;
	bool match[VERDICTS_MAX];
};

struct node {
	enum node_kind kind;
	enum query_op op;
	const struct column *column;
	const struct table *table; /* NODE_OWNER: of the row itself */
	struct node *child, *next; /* owned */
	char *text;                /* owned: NODE_TEXT, NODE_GLOB, NODE_DEV */
	regex_t *regex;            /* owned */
	struct verdicts *verdicts; /* owned; NULL: the pattern is matched each time */
	double number;
	u64 integer;
	u32 set, mask;
	struct host host;
	const struct column **columns; /* owned: NODE_PLAIN */
	size_t column_count;
	enum rate_units units; /* NODE_PLAIN */
};

struct query {
	struct node *root;
	unsigned needs; /* enum column_needs */
	bool names_state;
	bool bare; /* a time was given without a unit */
};

/* What is found out on the way. */
struct parser_flags {
	unsigned depth, needs;
	bool names_state, bare;
	bool own; /* something in it is of the table */
};

struct parser {
	const struct table *table;
	const struct table *other;           /* what only this one knows is passed over; NULL: nothing is */
	const struct column *const *columns; /* where a quoted text by itself is looked for; NULL: nowhere */
	size_t column_count;
	const char *text;
	size_t len, pos;
	bool negated; /* within a `not` */
	struct parser_flags flags;
	bool failed; /* err is set */
	bool no_memory;
	struct query_error *err;
	char operand[QUERY_TEXT_MAX + 1]; /* the word that parser_operand() has read */
	size_t operand_at;                /* where it began */
};

/* -- query_lex.c: words ----------------------------------------------------------------------------------------------
 */

/* Records the first error, at a byte offset. Returns NULL for the caller's convenience. */
void *parser_fail(struct parser *p, size_t at, const char *fmt, ...) printf_like(3, 4);
/* Skips white space. */
void parser_blank(struct parser *p);
bool parser_at_end(struct parser *p);
/* Takes "(" or ")". */
bool parser_take(struct parser *p, char c);
/* Takes and/or/not in any of their forms. */
bool parser_take_and(struct parser *p);
bool parser_take_or(struct parser *p);
bool parser_take_not(struct parser *p);
/* Is an "or" or ")" next, or nothing? */
bool parser_at_stop(struct parser *p);
/* Takes the name of a column or a keyword; 0: there is none. */
size_t parser_name(struct parser *p, char *dst, size_t size);
/* Is a quotation next? */
bool parser_at_quote(struct parser *p);
/* Takes an operator, OP_NONE if there is none. */
enum query_op parser_op(struct parser *p);

enum operand { OPERAND_PLAIN, OPERAND_TEXT /* keeps backslashes, may hold & and | */ };
/* Reads the word right of an operator into p->operand. */
bool parser_operand(struct parser *p, enum operand kind);

/* -- query_operand.c: predicates -------------------------------------------------------------------------------------
 */

struct node *node_new(struct parser *p, enum node_kind kind);
struct node *column_node(struct parser *p, enum node_kind kind, const struct column *c);
void node_free(struct node *n);
/* Wraps n if negate; n may be NULL. */
struct node *node_negate(struct parser *p, struct node *n, bool negate);
/* Text that one of p->columns has. */
struct node *plain_node(struct parser *p, const char *text);
/* What follows the name of a column: [operator] operand. */
struct node *parse_comparison(struct parser *p, const struct column *c, const char *name);
/* "state X", "exclude X" and more of them, after the first keyword. */
struct node *parse_states(struct parser *p, bool exclude, bool single);

/* -- query_host.c: addresses, ports, devices -------------------------------------------------------------------------
 */

struct node *parse_host(struct parser *p, const struct column *c, enum query_op op);
struct node *parse_device(struct parser *p, const struct column *c, enum query_op op);

/* -- query_pattern.c -------------------------------------------------------------------------------------------------
 */

/* Shell pattern over UTF-8: * ? [set] \x. Linear in text times pattern. */
bool glob_match(const char *pattern, const char *text);
bool glob_has_magic(const char *pattern);
/* Compiles p->operand; refuses expressions that would take the engine too much time or memory. */
regex_t *parse_regex(struct parser *p);
void regex_free(regex_t *r);

/* Does the text of a row match NODE_GLOB or NODE_REGEX? */
bool pattern_match(const struct node *n, const char *text);
/* For n's verdicts. NULL: out of memory, which only costs time. */
struct verdicts *verdicts_new(void);
void verdicts_free(struct verdicts *v);

/* -- query_parse.c, query_eval.c -------------------------------------------------------------------------------------
 */

struct node *parse_expression(struct parser *p);
enum truth node_eval(const struct node *n, const void *picture, const void *row);
