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

static struct node *parse_known(struct parser *p)
{
	const struct column *c;
	struct node *n;
	char name[48];
	size_t at;

	parser_blank(p);
	at = p->pos;
	if (!parser_name(p, name, sizeof(name)))
		return parser_fail(p, at, "known takes the name of a column");
	c = table_find(p->table, name);
	if (!c)
		return unknown_column(p, name, at);
	p->needs |= c->needs;
	n = node_new(p, NODE_KNOWN);
	if (n)
		n->column = c;
	return n;
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
	struct parser *inner = calloc(1, sizeof(*inner));
	struct node *n;

	if (!inner) {
		p->no_memory = true;
		return parser_fail(p, p->pos, "out of memory");
	}
	*inner = (struct parser){.table = p->table, .text = means, .len = strlen(means), .err = p->err};
	n = parse_expression(inner);
	p->needs |= inner->needs;
	p->failed |= inner->failed;
	free(inner);
	return n;
}

static struct node *parse_predicate(struct parser *p, bool negated)
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
	if (c && c->means)
		return parse_meaning(p, c->means);
	return c ? parse_comparison(p, c, name) : unknown_column(p, name, at);
}

static struct node *parse_group(struct parser *p)
{
	size_t at = p->pos - 1;
	struct node *n;

	if (p->depth >= QUERY_DEPTH_MAX)
		return parser_fail(p, at, "more than %d parentheses within each other", QUERY_DEPTH_MAX);
	p->depth++;
	n = parse_or(p);
	p->depth--;
	if (n && !parser_take(p, ')')) {
		parser_fail(p, at, "no closing )");
		node_free(n);
		return NULL;
	}
	return n;
}

static struct node *parse_not(struct parser *p)
{
	bool negate = false;

	/* Two negations are none, for the unknown as well. */
	while (parser_take_not(p))
		negate = !negate;
	return node_negate(p, parser_take(p, '(') ? parse_group(p) : parse_predicate(p, negate), negate);
}

/* Reads one operand after the other while more() says so and joins them under kind. */
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
