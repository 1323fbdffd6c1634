/* The filter language's door: compile, match, and what a filter needs. */
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

int query_parse(const struct table *t, const char *text, struct query **q, struct query_error *err)
{
	struct query_error ignored;
	cleanup_free struct parser *p = calloc(1, sizeof(*p));
	struct node *root;

	*q = NULL;
	if (!err)
		err = &ignored;
	*err = (struct query_error){0};
	if (!p) {
		snprintf(err->text, sizeof(err->text), "out of memory");
		return -ENOMEM;
	}
	p->table = t;
	p->text = text;
	p->len = strnlen(text, QUERY_TEXT_MAX + 1);
	p->err = err;
	if (p->len > QUERY_TEXT_MAX) {
		parser_fail(p, QUERY_TEXT_MAX, "a filter has at most %d bytes", QUERY_TEXT_MAX);
		return -EINVAL;
	}
	if (parser_at_end(p))
		return 0;
	root = parse_expression(p);
	if (!root)
		return parse_failed(p);
	*q = calloc(1, sizeof(**q));
	if (!*q) {
		node_free(root);
		parser_fail(p, 0, "out of memory");
		return -ENOMEM;
	}
	**q = (struct query){.root = root, .needs = p->needs, .names_state = p->names_state, .bare = p->bare};
	return 0;
}

static struct query *plain_query(const char *text, const struct column *const *columns, size_t count)
{
	struct query *q = calloc(1, sizeof(*q));
	struct node *n = q ? calloc(1, sizeof(*n)) : NULL;

	if (!n) {
		free(q);
		return NULL;
	}
	q->root = n;
	n->kind = NODE_PLAIN;
	n->text = strdup(text);
	n->columns = calloc(MAX(count, (size_t)1), sizeof(*n->columns));
	if (!n->text || !n->columns) {
		query_free(q);
		return NULL;
	}
	for (size_t i = 0; i < count; i++) {
		n->columns[i] = columns[i];
		q->needs |= columns[i]->needs;
	}
	n->column_count = count;
	return q;
}

int query_parse_typed(const struct table *t, const char *text, const struct column *const *columns, size_t count,
		      struct query **q, bool *plain, struct query_error *err)
{
	int r = query_parse(t, text, q, err);

	*plain = r == -EINVAL && !text[strcspn(text, "=<>~!()&|\"'")];
	if (!*plain)
		return r;
	text += strspn(text, " \t");
	*q = plain_query(text, columns, count);
	*err = (struct query_error){0};
	if (*q)
		return 0;
	snprintf(err->text, sizeof(err->text), "out of memory");
	return -ENOMEM;
}

void query_free(struct query *q)
{
	if (!q)
		return;
	node_free(q->root);
	free(q);
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
