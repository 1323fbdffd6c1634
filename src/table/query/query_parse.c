/* The grammar, by recursive descent: or < and < not, a missing operator between predicates is "and". Chains of and/or
 * are one node with many children, so that only parentheses nest. */
#include "query_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static struct node *parse_or(struct parser *p);

static struct node *unknown_column(struct parser *p, const char *name, size_t at)
{
	const struct column *near[3];
	char list[80] = "";
	size_t n = table_suggest(p->table, name, near, ARRAY_SIZE(near));

	if (!n)
		return parser_fail(p, at, "no column '%.40s'", name);
	for (size_t i = 0; i < n; i++)
		text_join(list, sizeof(list), " or ", "%s", near[i]->name);
	return parser_fail(p, at, "no column '%.40s'; did you mean %s?", name, list);
}

/* What was parsed is asked of the row whose this one is. */
static struct node *of_owner(struct parser *p, struct node *of)
{
	struct node *n = of ? node_new(p, NODE_OWNER) : NULL;

	if (!n) {
		node_free(of);
		return NULL;
	}
	n->table = p->table;
	n->child = of;
	return n;
}

static struct node *parse_known(struct parser *p)
{
	const struct column *c;
	bool owner = false;
	struct node *n;
	char name[48];
	size_t at;

	parser_blank(p);
	at = p->pos;
	if (!parser_name(p, name, sizeof(name)))
		return parser_fail(p, at, "known takes the name of a column");
	c = table_find(p->table, name);
	if (!c && p->table->owner) {
		c = table_find(p->table->owner, name);
		owner = true;
	}
	if (!c)
		return unknown_column(p, name, at);
	p->flags.needs |= c->needs;
	n = node_new(p, NODE_KNOWN);
	if (n)
		n->column = c;
	return owner ? of_owner(p, n) : n;
}

/* Is the word before p->pos followed by an operator, so that it is a column rather than a keyword? */
static bool op_follows(struct parser *p)
{
	size_t start = p->pos;
	bool yes = parser_op(p) != OP_NONE;

	p->pos = start;
	return yes;
}

/* A word that stands for a filter. */
static struct node *parse_meaning(struct parser *p, const char *means)
{
	struct parser inner = {.table = p->table, .text = means, .len = strlen(means), .err = p->err};
	struct node *n = parse_expression(&inner);

	p->flags.needs |= inner.flags.needs;
	p->failed |= inner.failed;
	p->no_memory |= inner.no_memory;
	return n;
}

static struct node *parse_named(struct parser *p, bool negated);

/* The predicate at `at` is one of the table of those whose the rows are. */
static struct node *parse_owner(struct parser *p, size_t at, bool negated)
{
	const struct table *t = p->table;
	struct node *n;

	p->pos = at;
	p->table = t->owner;
	n = parse_named(p, negated);
	p->table = t;
	return of_owner(p, n);
}

/* What begins with a name. */
static struct node *parse_named(struct parser *p, bool negated)
{
	const struct column *c;
	char name[48];
	size_t at;

	parser_blank(p);
	at = p->pos;
	if (!parser_name(p, name, sizeof(name)))
		return parser_fail(p, at, "expected a column, state, or (");
	if ((strcmp(name, "exclude") == 0 || strcmp(name, "excl") == 0) && table_of_unit(p->table, UNIT_STATE))
		return parse_states(p, true, negated);
	if (strcmp(name, "state") == 0 && table_of_unit(p->table, UNIT_STATE) && !op_follows(p))
		return parse_states(p, false, negated);
	if (strcmp(name, "known") == 0)
		return parse_known(p);
	c = table_find_predicate(p->table, name);
	if (!c && p->table->owner && table_find_predicate(p->table->owner, name))
		return parse_owner(p, at, negated);
	if (c && c->means)
		return parse_meaning(p, c->means);
	return c ? parse_comparison(p, c, name) : unknown_column(p, name, at);
}

static struct node *parse_predicate(struct parser *p, bool negated)
{
	struct node *n;

	if (p->column_count && parser_at_quote(p))
		n = parser_operand(p, OPERAND_TEXT) ? plain_node(p, p->operand) : NULL;
	else
		n = parse_named(p, negated);
	p->flags.own |= n != NULL;
	return n;
}

static struct node *parse_group(struct parser *p)
{
	size_t at = p->pos - 1;
	struct node *n;

	if (p->flags.depth >= QUERY_DEPTH_MAX)
		return parser_fail(p, at, "more than %d parentheses within each other", QUERY_DEPTH_MAX);
	p->flags.depth++;
	n = parse_or(p);
	p->flags.depth--;
	if (n && !parser_take(p, ')')) {
		parser_fail(p, at, "no closing )");
		node_free(n);
		return NULL;
	}
	return n;
}

static struct node *parse_one(struct parser *p)
{
	bool negate = false, negated = p->negated;
	struct node *n;

	/* Two negations cancel out, for unknown values as well. */
	while (parser_take_not(p))
		negate = !negate;
	p->negated |= negate;
	n = parser_take(p, '(') ? parse_group(p) : parse_predicate(p, negate);
	p->negated = negated;
	return node_negate(p, n, negate);
}

/* What the other table knows from here on, and this one does not: true, of its rows. */
static struct node *pass_over(struct parser *p)
{
	const struct query_error here = *p->err;
	const struct parser_flags before = p->flags;
	const struct table *own = p->table;
	struct node *n;

	p->table = p->other;
	p->other = NULL;
	p->failed = false;
	n = parse_one(p);
	p->other = p->table;
	p->table = own;
	p->flags = before;
	/* Of two mistakes the later one is more likely the one that was made. */
	if (!n && here.column >= p->err->column)
		*p->err = here;
	if (!n)
		return NULL;
	*p->err = (struct query_error){0};
	node_free(n);
	return node_new(p, NODE_AND);
}

static struct node *parse_not(struct parser *p)
{
	const struct parser_flags before = p->flags;
	const size_t start = p->pos;
	struct node *n = parse_one(p);

	if (n || !p->other || p->negated || p->no_memory)
		return n;
	p->pos = start;
	p->flags = before;
	return pass_over(p);
}

/* Reads operands as long as more() is true and joins them under `kind`. */
static struct node *parse_chain(struct parser *p, enum node_kind kind, struct node *(*one)(struct parser *),
				bool (*more)(struct parser *))
{
	struct node *first = one(p), *last = first, *joint;

	while (last && more(p)) {
		last->next = one(p);
		last = last->next;
	}
	if (!last || !first->next) {
		if (!last)
			node_free(first);
		return last ? first : NULL;
	}
	joint = node_new(p, kind);
	if (!joint) {
		node_free(first);
		return NULL;
	}
	joint->child = first;
	return joint;
}

static bool more_and(struct parser *p)
{
	return parser_take_and(p) || !parser_at_stop(p);
}

static struct node *parse_and(struct parser *p)
{
	return parse_chain(p, NODE_AND, parse_not, more_and);
}

static struct node *parse_or(struct parser *p)
{
	return parse_chain(p, NODE_OR, parse_and, parser_take_or);
}

struct node *parse_expression(struct parser *p)
{
	struct node *n = parse_or(p);

	if (n && !parser_at_end(p)) {
		parser_fail(p, p->pos, "unmatched )");
		node_free(n);
		return NULL;
	}
	return n;
}
