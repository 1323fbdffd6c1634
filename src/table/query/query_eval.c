/* Evaluates a compiled filter for a row, in Kleene's three-valued logic: unknown stays unknown through every operator.
 * Numbers, words and addresses are compared in place; only a pattern needs an address as text. */
#include "query_private.h"

#include <string.h>

#include "text.h"
#include "units.h"

static enum truth truth(bool b)
{
	return b ? TRUE_ : FALSE_;
}

static enum truth compare(enum query_op op, double a, double b)
{
	switch (op) {
	case OP_LT: return truth(a < b);
	case OP_LE: return truth(a <= b);
	case OP_GT: return truth(a > b);
	case OP_GE: return truth(a >= b);
	default: return truth(a == b);
	}
}

static bool prefix_match(const u8 *address, const u8 *prefix, unsigned bits)
{
	unsigned bytes = bits / 8, rest = bits % 8;

	if (memcmp(address, prefix, bytes) != 0)
		return false;
	return !rest || ((address[bytes] ^ prefix[bytes]) >> (8 - rest)) == 0;
}

/* An IPv4 address of an AF_INET6 socket is matched by an IPv4 prefix and by one under ::ffff:0:0/96. */
static bool address_match(const struct host *h, const struct value *v)
{
	u8 mapped[16] = {[10] = 0xff, [11] = 0xff};

	if (!h->version)
		return true;
	if (h->version == 4)
		return v->family == 4 && prefix_match(v->address, h->address, h->bits);
	if (v->family == 6)
		return prefix_match(v->address, h->address, h->bits);
	if (!v->mapped)
		return false;
	memcpy(mapped + 12, v->address, 4);
	return prefix_match(mapped, h->address, h->bits);
}

static bool family_match(const struct host *h, const struct value *v)
{
	bool inet6 = v->family == 6 || v->mapped;

	return h->family == FAMILY_ANY || !v->family || inet6 == (h->family == FAMILY_INET6);
}

/* The family can be known even if the address is not. */
static enum truth eval_host(const struct node *n, const void *picture, const void *row)
{
	const struct host *h = &n->host;
	struct value v;
	bool known;

	if (h->family == FAMILY_OTHER)
		return FALSE_;
	v.family = v.mapped = 0; /* not the whole value, whose buffer takes longer to clear than all else here */
	known = n->column->get(n->column, picture, row, &v);
	if (!family_match(h, &v))
		return FALSE_;
	if (!known)
		return UNKNOWN_;
	if (n->kind == NODE_PORT)
		return n->op == OP_EQ && h->port == PORT_ANY ? TRUE_
							     : compare(n->op, (double)v.integer, (double)h->port);
	if (h->port != PORT_ANY && (u64)h->port != v.integer)
		return FALSE_;
	return truth(address_match(h, &v));
}

/* Number 0, no device, is a known value: dev != eth0 matches it, as in ss. */
static enum truth device_match(const struct node *n, const struct value *v)
{
	if (n->integer == v->integer)
		return TRUE_;
	if (!v->integer)
		return FALSE_;
	if (!v->text)
		return n->integer != UINT64_MAX ? FALSE_ : UNKNOWN_;
	return truth(glob_match(n->text, v->text));
}

static bool text_match(const struct node *n, const char *text)
{
	return n->kind == NODE_TEXT ? strcmp(text, n->text) == 0 : pattern_match(n, text);
}

/* Does one of its texts match? */
static bool list_match(const struct node *n, const void *picture, const void *row, const struct value *v)
{
	char text[QUERY_ITEM_MAX];

	for (size_t i = 0; i < v->integer; i++) {
		n->column->item(picture, row, i, text, sizeof(text));
		if (text_match(n, text))
			return true;
	}
	return false;
}

/* Getters neither format nor allocate: addresses and ids become text only here, for patterns. */
static enum truth eval_column(const struct node *n, const void *picture, const void *row)
{
	const struct column *c = n->column;
	struct value v;

	if (!c->get(c, picture, row, &v))
		return UNKNOWN_;
	switch (n->kind) {
	case NODE_NUMBER: return compare(n->op, v.number, n->number);
	case NODE_ID: return truth(v.integer == n->integer);
	case NODE_WORDS: return truth(v.integer < 32 && (n->set >> v.integer & 1));
	case NODE_DEVICE: return device_match(n, &v);
	case NODE_MASK: return truth((v.integer & n->mask) == n->integer);
	case NODE_TEXT:
	case NODE_GLOB:
	case NODE_REGEX:
		if (c->unit == UNIT_LIST)
			return truth(list_match(n, picture, row, &v));
		if (c->unit == UNIT_ADDRESS || c->unit == UNIT_ENDPOINT || c->unit == UNIT_ID)
			column_value(c, picture, row, &v);
		return truth(text_match(n, v.text));
	default: return TRUE_; /* NODE_KNOWN */
	}
}

static enum truth eval_children(const struct node *n, const void *picture, const void *row)
{
	bool all = n->kind == NODE_AND;
	enum truth result = all ? TRUE_ : FALSE_;

	for (const struct node *c = n->child; c; c = c->next) {
		enum truth t = node_eval(c, picture, row);

		result = all ? MIN(result, t) : MAX(result, t);
		if (result == (all ? FALSE_ : TRUE_))
			break;
	}
	return result;
}

/* Is the text in one of the columns that are known? */
static enum truth eval_plain(const struct node *n, const void *picture, const void *row)
{
	char number[UNITS_MAX];
	struct value v;

	for (size_t i = 0; i < n->column_count; i++) {
		const char *text = number;

		column_value(n->columns[i], picture, row, &v);
		if (v.kind == VALUE_NONE || v.kind == VALUE_LIST || n->columns[i]->series)
			continue;
		if (v.kind == VALUE_NUMBER)
			column_format_number(n->columns[i], &v, n->units, number);
		else
			text = v.text;
		if (text_find(text, n->text))
			return TRUE_;
	}
	return FALSE_;
}

/* Of nobody's row nothing is known. */
static enum truth eval_owner(const struct node *n, const void *picture, const void *row)
{
	const void *owner = n->table->owner_row(picture, row);

	if (!owner)
		return n->child->kind == NODE_KNOWN ? FALSE_ : UNKNOWN_;
	return node_eval(n->child, picture, owner);
}

enum truth node_eval(const struct node *n, const void *picture, const void *row)
{
	switch (n->kind) {
	case NODE_PLAIN: return eval_plain(n, picture, row);
	case NODE_AND:
	case NODE_OR: return eval_children(n, picture, row);
	case NODE_OWNER: return eval_owner(n, picture, row);
	case NODE_NOT: return (enum truth)(TRUE_ - node_eval(n->child, picture, row));
	case NODE_HOST:
	case NODE_PORT: return eval_host(n, picture, row);
	case NODE_KNOWN: return eval_column(n, picture, row) == UNKNOWN_ ? FALSE_ : TRUE_;
	default: return eval_column(n, picture, row);
	}
}
