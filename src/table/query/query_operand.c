/* The operands of predicates: numbers with units, words of a list, text and patterns, states. */
#include "query_private.h"
#include "text.h"

#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "id.h"
#include "named.h"
#include "units.h"

struct node *node_new(struct parser *p, enum node_kind kind)
{
	struct node *n = calloc(1, sizeof(*n));

	if (!n) {
		p->no_memory = true;
		return parser_fail(p, p->pos, "out of memory");
	}
	n->kind = kind;
	return n;
}

/* Recursion goes as deep as the text nests, siblings are a loop. */
void node_free(struct node *n)
{
	while (n) {
		struct node *next = n->next;

		node_free(n->child);
		regex_free(n->regex);
		verdicts_free(n->verdicts);
		free(n->text);
		free(n->columns);
		free(n);
		n = next;
	}
}

struct node *node_negate(struct parser *p, struct node *n, bool negate)
{
	struct node *inverse;

	if (!n || !negate)
		return n;
	inverse = node_new(p, NODE_NOT);
	if (!inverse) {
		node_free(n);
		return NULL;
	}
	inverse->child = n;
	return inverse;
}

struct node *column_node(struct parser *p, enum node_kind kind, const struct column *c)
{
	struct node *n = node_new(p, kind);

	if (n)
		n->column = c;
	return n;
}

struct node *plain_node(struct parser *p, const char *text)
{
	struct node *n = node_new(p, NODE_PLAIN);

	if (!n)
		return NULL;
	n->text = strdup(text);
	n->columns = calloc(p->column_count, sizeof(*n->columns));
	if (!n->text || !n->columns) {
		p->no_memory = true;
		node_free(n);
		return parser_fail(p, p->pos, "out of memory");
	}
	n->column_count = p->column_count;
	for (size_t i = 0; i < n->column_count; i++) {
		n->columns[i] = p->columns[i];
		p->flags.needs |= p->columns[i]->needs;
	}
	return n;
}

static const struct {
	enum column_unit unit;
	enum units_kind kind;
	const char *example;
} unit_kinds[] = {
    {UNIT_NONE, UNITS_PLAIN, "1000"},
    {UNIT_COUNT, UNITS_PLAIN, "1000 or 1K"},
    {UNIT_SEGMENTS, UNITS_PLAIN, "10"},
    {UNIT_BYTES, UNITS_BYTES, "64Ki or 1M"},
    {UNIT_RATE, UNITS_RATE, "10M or 80Mbit"},
    {UNIT_USEC, UNITS_DURATION, "50ms or 1.5s"},
    {UNIT_NSEC, UNITS_DURATION, "20us or 1.5ms"},
    {UNIT_TIME_NSEC, UNITS_PLAIN, "1796025600.5"},
    {UNIT_SIGNED, UNITS_PLAIN, "1000"},
    {UNIT_EVENTS, UNITS_PLAIN, "0.5 or 1K"},
    {UNIT_FACTOR, UNITS_PLAIN, "1.25"},
    {UNIT_SHARE, UNITS_PLAIN, "0.25"},
};

/* 0x1f, which only plain numbers take. */
static bool parse_hex(const char *s, double *value)
{
	char *end;

	if (s[0] != '0' || (s[1] != 'x' && s[1] != 'X'))
		return false;
	*value = (double)strtoull(s + 2, &end, 16);
	return end != s + 2 && !*end;
}

static struct node *parse_number(struct parser *p, const struct column *c, enum query_op op)
{
	struct node *n;
	double value;
	size_t i = 0;

	if (!parser_operand(p, OPERAND_PLAIN))
		return NULL;
	while (i < ARRAY_SIZE(unit_kinds) - 1 && unit_kinds[i].unit != c->unit)
		i++;
	if (!units_parse(p->operand, unit_kinds[i].kind, &value) &&
	    !(unit_kinds[i].kind == UNITS_PLAIN && parse_hex(p->operand, &value)))
		return parser_fail(p, p->operand_at, "'%.40s' is not a value of %s; write %s", p->operand, c->name,
				   unit_kinds[i].example);
	if (unit_kinds[i].kind == UNITS_DURATION && value > 0 &&
	    isdigit((unsigned char)p->operand[strlen(p->operand) - 1]))
		p->flags.bare = true;
	n = column_node(p, NODE_NUMBER, c);
	if (!n)
		return NULL;
	/* 1.1ms is 1100 and not 1100.0000000000002; but a time of day has its fraction. */
	n->number = fabs(value - round(value)) < fmax(1e-6, 1e-15 * value) && value < 1e15 ? round(value) : value;
	n->op = op == OP_NE ? OP_EQ : op;
	return node_negate(p, n, op == OP_NE);
}

static struct node *parse_bool(struct parser *p, const struct column *c, enum query_op op)
{
	static const char *const words[] = {"false", "no", "0", "true", "yes", "1"};
	struct node *n;
	size_t i = ARRAY_SIZE(words) / 2;

	if (op != OP_NONE) {
		if (!parser_operand(p, OPERAND_PLAIN))
			return NULL;
		i = named_find(words, sizeof(*words), ARRAY_SIZE(words), p->operand);
		if (i == ARRAY_SIZE(words))
			return parser_fail(p, p->operand_at, "%s is true or false", c->name);
	}
	n = column_node(p, NODE_NUMBER, c);
	if (!n)
		return NULL;
	n->op = OP_EQ;
	n->number = i >= ARRAY_SIZE(words) / 2 ? 1 : 0;
	return node_negate(p, n, op == OP_NE);
}

/* A cookie, in decimal or hexadecimal (as ss -e prints it), and ".generation". */
static struct node *parse_id(struct parser *p, const struct column *c, enum query_op op)
{
	unsigned long long cookie, generation = 0;
	struct node *n;
	char *end;

	if (!parser_operand(p, OPERAND_PLAIN))
		return NULL;
	cookie = strtoull(p->operand, &end, p->operand[0] == '0' && (p->operand[1] | 32) == 'x' ? 16 : 10);
	if (*end == '.' && end != p->operand)
		generation = strtoull(end + 1, &end, 10);
	if (*end || end == p->operand || p->operand[0] == '-' || cookie != id_cookie(cookie) || generation > 255)
		return parser_fail(p, p->operand_at, "'%.40s' is not an id; write 81922 or 81922.1", p->operand);
	n = column_node(p, NODE_ID, c);
	if (!n)
		return NULL;
	n->integer = id_make(cookie, (u8)generation);
	n->op = op == OP_NE ? OP_EQ : op;
	return node_negate(p, n, op == OP_NE);
}

/* Lists the words that a column can have. */
static void list_words(const struct column *c, char *dst, size_t size)
{
	text_copy(dst, size, c->word_help ? c->word_help : "");
	for (unsigned i = 0; !c->word_help && i < c->words; i++)
		text_join(dst, size, " ", "%s", c->word(i));
}

static struct node *parse_words(struct parser *p, const struct column *c, struct node *n)
{
	char words[200];

	n->kind = NODE_WORDS;
	for (unsigned i = 0; i < c->words; i++)
		if (glob_match(n->text, c->word(i)))
			n->set |= 1U << i;
	if (n->set)
		return n;
	list_words(c, words, sizeof(words));
	parser_fail(p, p->operand_at, "%s is one of: %s", c->name, words);
	node_free(n);
	return NULL;
}

static struct node *parse_text(struct parser *p, const struct column *c, enum query_op op)
{
	struct node *n;

	if (!parser_operand(p, OPERAND_TEXT))
		return NULL;
	n = column_node(p, glob_has_magic(p->operand) ? NODE_GLOB : NODE_TEXT, c);
	if (!n)
		return NULL;
	n->text = strdup(c->operand ? c->operand(p->operand) : p->operand);
	if (!n->text) {
		p->no_memory = true;
		node_free(n);
		return parser_fail(p, p->operand_at, "out of memory");
	}
	if (c->word)
		n = parse_words(p, c, n);
	else if (n->kind == NODE_GLOB && !c->size &&
		 c->unit == UNIT_TEXT) /* a short text in the row is compared as fast as it is found */
		n->verdicts = verdicts_new();
	return node_negate(p, n, op == OP_NE);
}

static struct node *parse_match(struct parser *p, const struct column *c, enum query_op op)
{
	struct node *n;

	if (!parser_operand(p, OPERAND_TEXT))
		return NULL;
	n = column_node(p, NODE_REGEX, c);
	if (!n)
		return NULL;
	n->regex = parse_regex(p);
	if (!n->regex) {
		node_free(n);
		return NULL;
	}
	if (c->unit == UNIT_TEXT) /* addresses are too many to be remembered */
		n->verdicts = verdicts_new();
	return node_negate(p, n, op == OP_NOT_MATCH);
}

/* -- states -------------------------------------------------------------------------------------------------------- */

/* Every state of the table but 0, the unknown one. */
static u32 all_states(const struct column *c)
{
	return (u32)((1ULL << c->words) - 2);
}

static u32 read_state(struct parser *p, const struct column *c)
{
	char words[200];
	u32 set;

	p->flags.names_state = true;
	if (!parser_operand(p, OPERAND_PLAIN))
		return 0;
	set = c->word_set ? c->word_set(p->operand) : 0;
	for (unsigned i = 1; i < c->words && glob_has_magic(p->operand); i++)
		if (glob_match(p->operand, c->word(i)))
			set |= 1U << i;
	if (set)
		return set;
	list_words(c, words, sizeof(words));
	parser_fail(p, p->operand_at, "no state '%.30s'; there are %s", p->operand, words);
	return 0;
}

/* Does "state X" or "exclude X" follow? ss combines adjacent ones into one set. */
static bool more_states(struct parser *p, bool *exclude)
{
	size_t start = p->pos;
	char word[16];

	if (parser_name(p, word, sizeof(word))) {
		*exclude = strcmp(word, "exclude") == 0 || strcmp(word, "excl") == 0;
		if ((*exclude || strcmp(word, "state") == 0) && parser_op(p) == OP_NONE)
			return true;
	}
	p->pos = start;
	return false;
}

struct node *parse_states(struct parser *p, bool exclude, bool single)
{
	const struct column *c = table_of_unit(p->table, UNIT_STATE);
	u32 set = exclude ? all_states(c) : 0;
	struct node *n;

	do {
		u32 named = read_state(p, c);

		if (p->failed)
			return NULL;
		set = exclude ? set & ~named : set | named;
	} while (!single && more_states(p, &exclude));
	n = column_node(p, NODE_WORDS, c);
	if (n)
		n->set = set;
	return n;
}

static struct node *parse_state(struct parser *p, const struct column *c, enum query_op op)
{
	u32 set = read_state(p, c);
	struct node *n = p->failed ? NULL : column_node(p, NODE_WORDS, c);

	if (n)
		n->set = set;
	return node_negate(p, n, op == OP_NE);
}

/* -- predicates ------------------------------------------------------------------------------------------------------
 */

/* A number, and a mask behind a slash. */
static struct node *parse_mask(struct parser *p, const struct column *c, enum query_op op)
{
	int mark, mask = -1, used = 0;
	struct node *n;

	if (op != OP_NONE && op != OP_EQ && op != OP_NE)
		return parser_fail(p, p->pos, "%s takes = or !=", c->name);
	if (!parser_operand(p, OPERAND_PLAIN))
		return NULL;
	if (sscanf(p->operand, "%i/%i%n", &mark, &mask, &used) < 2) {
		mask = -1;
		if (sscanf(p->operand, "%i%n", &mark, &used) < 1)
			used = 0;
	}
	if (!used || p->operand[used])
		return parser_fail(p, p->operand_at, "'%.40s' is not a mark; write 0x01 or 0x01/0x03", p->operand);
	n = column_node(p, NODE_MASK, c);
	if (!n)
		return NULL;
	n->integer = (u32)mark;
	n->mask = (u32)mask;
	return node_negate(p, n, op == OP_NE);
}

static bool is_order(enum query_op op)
{
	return op == OP_LT || op == OP_LE || op == OP_GT || op == OP_GE;
}

static bool is_match(enum query_op op)
{
	return op == OP_MATCH || op == OP_NOT_MATCH;
}

/* Does the predicate end here, without an operand? */
static bool nothing_follows(struct parser *p)
{
	size_t start = p->pos;
	bool yes = parser_at_stop(p) || parser_take_and(p);

	p->pos = start;
	return yes;
}

/* True if it is true of one of both ends. Negated, of neither. */
static struct node *parse_either(struct parser *p, const struct column *c, enum query_op op)
{
	struct node *joint = node_new(p, NODE_OR), **last = joint ? &joint->child : NULL;
	size_t operand = p->pos;

	for (size_t i = 0; joint && i < ARRAY_SIZE(c->either); i++) {
		p->pos = operand;
		*last = parse_host(p, table_find_predicate(p->table, c->either[i]), op == OP_NE ? OP_EQ : op);
		if (!*last) {
			node_free(joint);
			return NULL;
		}
		last = &(*last)->next;
	}
	return node_negate(p, joint, op == OP_NE);
}

struct node *parse_comparison(struct parser *p, const struct column *c, const char *name)
{
	size_t op_at;
	enum query_op op;

	parser_blank(p);
	op_at = p->pos;
	op = parser_op(p);
	p->flags.needs |= c->needs;
	if (c->unit == UNIT_STATE)
		p->flags.names_state = true;
	if (op == OP_NONE && c->unit != UNIT_BOOL && nothing_follows(p))
		return parser_fail(p, p->pos, "a comparison is missing after %s", name);
	if (is_match(op) && c->either[0])
		return parser_fail(p, op_at, "%s is compared by = and !=", name);
	if (is_match(op))
		return column_is_number(c) ? parser_fail(p, op_at, "%s is a number: use = != < <= > >=", name)
					   : parse_match(p, c, op);
	if (c->either[0])
		return is_order(op) && c->unit != UNIT_PORT
			   ? parser_fail(p, op_at, "%s has no order here: use = !=", name)
			   : parse_either(p, c, op);
	if (c->unit == UNIT_PORT)
		return parse_host(p, c, op);
	if (c->unit == UNIT_MASK)
		return parse_mask(p, c, op);
	if (c->unit == UNIT_BOOL)
		return is_order(op) ? parser_fail(p, op_at, "%s is true or false: use = or !=", name)
				    : parse_bool(p, c, op);
	if (column_is_number(c))
		return parse_number(p, c, op == OP_NONE ? OP_EQ : op);
	if (is_order(op))
		return parser_fail(p, op_at, "%s has no order here: use = != ~ !~", name);
	switch (c->unit) {
	case UNIT_ID: return parse_id(p, c, op == OP_NONE ? OP_EQ : op);
	case UNIT_STATE: return parse_state(p, c, op);
	case UNIT_ADDRESS:
	case UNIT_ENDPOINT: return parse_host(p, c, op);
	case UNIT_DEVICE: return parse_device(p, c, op);
	default: return parse_text(p, c, op);
	}
}
