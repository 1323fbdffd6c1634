/* Checks are compiled once: filters to queries, names to columns, and tables that several of them ask for to one
 * source. */
#include <errno.h>
#include <string.h>

#include "array.h"
#include "error.h"
#include "findings_private.h"
#include "sentence.h"

static int wrong_filter(const struct check *c, const char *what, const struct query_error *where, struct error *err)
{
	return error_set(err, -EINVAL, "check %s: %s: %s", c->name, what, where->text);
}

static int compile(const struct check *c, const struct table *t, const char *what, const char *text, struct query **q,
		   struct error *err)
{
	struct query_error where;
	int r = text ? query_parse(t, text, q, &where) : 0;

	if (r == -EINVAL)
		return wrong_filter(c, what, &where, err);
	return r;
}

/* -- sources ------------------------------------------------------------------------------------------------------- */

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static int source_make(struct findings *f, const struct check *c, struct finding_source *s, struct error *err)
{
	const struct table *t = c->of;
	int r;

	*s = (struct finding_source){.t = t, .each = c->each, .picture = f->m};
	if (!t->fold)
		return c->each ? error_set(err, -EINVAL, "check %s: only folds have an `each`", c->name) : 0;
	r = compile(c, t->fold->of, "each", c->each, &s->query, err);
	if (r < 0)
		return r;
	r = fold_new(&s->fold, t, f->m);
	if (r < 0)
		return r;
	fold_set_query(s->fold, s->query);
	s->picture = s->fold;
	return 0;
}

/* The source of a check, made if it is missing. */
static int source_of(struct findings *f, const struct check *c, size_t *index, struct error *err)
{
	int r;

	for (*index = 0; *index < f->source_count; ++*index)
		if (f->sources[*index].t == c->of && same(f->sources[*index].each, c->each))
			return 0;
	if (array_append(&f->sources, &f->source_cap, f->source_count, sizeof(*f->sources)) < 0)
		return -ENOMEM;
	r = source_make(f, c, &f->sources[f->source_count], err);
	if (r < 0)
		query_free(f->sources[f->source_count].query);
	else
		f->source_count++;
	return r;
}

/* -- columns ------------------------------------------------------------------------------------------------------- */

struct asking {
	struct findings *f;
	struct finding_source *s;
};

static void want(void *context, const struct column *c)
{
	const struct asking *a = context;

	a->f->needs |= c->needs;
	if (a->s->fold)
		fold_want(a->s->fold, c);
}

static const char *const subjects[SUBJECTS] = {
#define S(name) #name,
    FINDING_SUBJECTS(S)
#undef S
};

/* "pid,comm": each name is that of a subject and of a column. */
static int compile_about(struct compiled_check *c, const struct asking *a, struct error *err)
{
	char name[32];
	size_t n;

	for (const char *at = c->check->about; at && *at; at += n + (at[n] == ',')) {
		size_t subject = 0;

		n = strcspn(at, ",");
		snprintf(name, sizeof(name), "%.*s", (int)n, at);
		while (subject < SUBJECTS && strcmp(subjects[subject], name) != 0)
			subject++;
		if (subject == SUBJECTS || !(c->about[subject] = table_find(c->check->of, name)))
			return error_set(err, -EINVAL, "check %s: it cannot be about %s", c->check->name, name);
		want((void *)a, c->about[subject]);
	}
	return 0;
}

static int compile_columns(struct compiled_check *c, const struct asking *a, struct error *err)
{
	const struct check *check = c->check;
	const char *const sentences[] = {check->text, check->grave_text, check->advice};
	const char *wrong;

	for (size_t i = 0; i < ARRAY_SIZE(sentences); i++)
		if (sentences[i] && sentence_columns(check->of, sentences[i], want, (void *)a, &wrong) < 0)
			return error_set(err, -EINVAL, "check %s: no column where it says \"%s\"", check->name, wrong);
	c->value = check->value ? table_find(check->of, check->value) : NULL;
	if (check->value && !c->value)
		return error_set(err, -EINVAL, "check %s: no column '%s'", check->name, check->value);
	if (c->value)
		want((void *)a, c->value);
	return compile_about(c, a, err);
}

static int compile_check(struct findings *f, struct compiled_check *c, struct error *err)
{
	const struct check *check = c->check;
	struct asking a;
	int r = source_of(f, check, &c->source, err);

	if (r < 0)
		return r;
	r = compile(check, check->of, "when", check->when, &c->when, err);
	if (r == 0)
		r = compile(check, check->of, "grave", check->grave, &c->grave, err);
	if (r < 0)
		return r;
	a = (struct asking){f, &f->sources[c->source]};
	f->needs |= query_needs(c->when) | query_needs(c->grave) | query_needs(a.s->query);
	return compile_columns(c, &a, err);
}

void findings_take_back(struct findings *f)
{
	struct compiled_check *c = &f->checks[--f->check_count];

	query_free(c->when);
	query_free(c->grave);
}

int findings_add(struct findings *f, const struct check *check, struct error *err)
{
	struct compiled_check *c;
	int r;

	if (array_append(&f->checks, &f->check_cap, f->check_count, sizeof(*f->checks)) < 0)
		return -ENOMEM;
	c = &f->checks[f->check_count++];
	*c = (struct compiled_check){.check = check};
	r = compile_check(f, c, err);
	if (r < 0)
		findings_take_back(f);
	return r;
}
