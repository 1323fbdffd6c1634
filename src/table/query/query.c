/* The entry to the filter language: compile, match, and what a filter needs. */
#include "query.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "query_private.h"

static int parse_failed(struct parser *p)
{
	return p->no_memory ? -ENOMEM : -EINVAL;
}

static struct query *new_query(struct parser *p, struct node *root)
{
	struct query *q = calloc(1, sizeof(*q));

	if (!q) {
		node_free(root);
		p->no_memory = true;
		return parser_fail(p, 0, "out of memory");
	}
	*q = (struct query){
	    .root = root, .needs = p->flags.needs, .names_state = p->flags.names_state, .bare = p->flags.bare};
	return q;
}

/* Compiles with what is set in p. */
static int compile(struct parser *p, const char *text, struct query **q)
{
	struct node *root;

	p->text = text;
	p->len = strnlen(text, QUERY_TEXT_MAX + 1);
	if (p->len > QUERY_TEXT_MAX)
		return parser_fail(p, QUERY_TEXT_MAX, "a filter has at most %d bytes", QUERY_TEXT_MAX), -EINVAL;
	if (parser_at_end(p))
		return 0;
	root = parse_expression(p);
	if (!root)
		return parse_failed(p);
	if (!p->flags.own) {
		node_free(root);
		return 0;
	}
	*q = new_query(p, root);
	return *q ? 0 : -ENOMEM;
}

static int parse(struct parser *p, const char *text, struct query **q, struct query_error *err)
{
	struct query_error ignored;

	*q = NULL;
	p->err = err ? err : &ignored;
	*p->err = (struct query_error){0};
	return compile(p, text, q);
}

int query_parse(const struct table *t, const char *text, struct query **q, struct query_error *err)
{
	struct parser p = {.table = t};

	return parse(&p, text, q, err);
}

int query_parse_part(const struct table *t, const struct table *other, const char *text, struct query **q,
		     struct query_error *err)
{
	struct parser p = {.table = t, .other = other};

	return parse(&p, text, q, err);
}

/* Is there no sign of an expression in it? */
static bool is_plain(const char *text)
{
	return !text[strcspn(text, "=<>~!()&|\"'\\")] && strlen(text) + 2 <= QUERY_TEXT_MAX;
}

int query_parse_typed(const struct table *t, const char *text, const struct column *const *columns, size_t count,
		      struct query **q, bool *plain, struct query_error *err)
{
	struct parser p = {.table = t, .columns = columns, .column_count = count};
	struct parser again = p;
	char quoted[QUERY_TEXT_MAX + 1];
	int r = parse(&p, text, q, err);

	*plain = r == -EINVAL && is_plain(text);
	if (!*plain)
		return r;
	snprintf(quoted, sizeof(quoted), "\"%s\"", text + strspn(text, " \t"));
	return parse(&again, quoted, q, err);
}

void query_free(struct query *q)
{
	if (!q)
		return;
	node_free(q->root);
	free(q);
}

static void set_units(struct node *n, enum rate_units units)
{
	for (; n; n = n->next) {
		n->units = units;
		set_units(n->child, units);
	}
}

void query_set_units(struct query *q, enum rate_units units)
{
	if (q)
		set_units(q->root, units);
}

bool query_match(const struct query *q, const void *picture, const void *row)
{
	return !q || node_eval(q->root, picture, row) == TRUE_;
}

unsigned query_needs(const struct query *q)
{
	return q ? q->needs : 0;
}

bool query_is_bare(const struct query *q)
{
	return q && q->bare;
}

bool query_names_state(const struct query *q)
{
	return q && q->names_state;
}
