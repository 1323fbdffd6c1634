/* Finds the cursor's place in a filter, by a coarse parser of docs/filters.md that accepts unfinished text. */
#include "complete.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cleanup.h"

/* -- the words ------------------------------------------------------------------------------------------------------
 */

void complete_begin(struct complete *c, const char *text, size_t from, size_t cursor)
{
	size_t n = MIN(cursor - from, sizeof(c->prefix) - 1);

	c->from = from;
	c->count = c->used = 0;
	c->more = false;
	memcpy(c->prefix, text + from, n);
	c->prefix[n] = '\0';
}

const char *complete_at(const struct complete *c, size_t i)
{
	return c->pool + c->at[i];
}

static bool begins(const char *word, const char *prefix)
{
	size_t n = strlen(prefix);

	if (strncasecmp(word, prefix, n) == 0)
		return true;
	return *word == '"' && *prefix != '"' && strncasecmp(word + 1, prefix, n) == 0;
}

void complete_offer(struct complete *c, const char *word)
{
	size_t n = strlen(word) + 1, low = 0, high = c->count;

	if (!*word || !begins(word, c->prefix))
		return;
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(complete_at(c, middle), word);

		if (order == 0)
			return;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (c->count == COMPLETE_MAX || n > sizeof(c->pool) - c->used) {
		c->more = true;
		return;
	}
	memmove(&c->at[low + 1], &c->at[low], (c->count - low) * sizeof(c->at[0]));
	memcpy(c->pool + c->used, word, n);
	c->at[low] = (uint16_t)c->used;
	c->used += n;
	c->count++;
}

size_t complete_common(const struct complete *c)
{
	size_t n = c->count ? strlen(complete_at(c, 0)) : 0;

	for (size_t i = 1; i < c->count; i++) {
		size_t same = 0;

		while (same < n && complete_at(c, i)[same] == complete_at(c, 0)[same])
			same++;
		n = same;
	}
	/* Not half a character. */
	while (c->count && n > 0 && ((unsigned char)complete_at(c, 0)[n] & 0xc0) == 0x80)
		n--;
	return n;
}

/* -- the place ------------------------------------------------------------------------------------------------------
 */

enum place {
	PLACE_PREDICATE, /* a column, or a word that begins a predicate */
	PLACE_STATE,     /* after state or exclude */
	PLACE_NAME,      /* after known */
	PLACE_OPERATOR,  /* after a column */
	PLACE_VALUE,     /* after its operator */
	PLACE_AFTER,     /* after a whole predicate */
};

struct reading {
	const char *text;
	size_t pos, cursor;
	enum place place;
	char column[64]; /* of the predicate */
};

static bool is_one_of(const char *word, size_t n, const char *const *list)
{
	for (; *list; list++)
		if (strlen(*list) == n && memcmp(*list, word, n) == 0)
			return true;
	return false;
}

static bool is_sign(char ch)
{
	return ch && strchr("=!<>~", ch);
}

/* To the end of a word, at most to the cursor. */
static size_t word_end(const struct reading *r)
{
	size_t at = r->pos;
	unsigned parens = 0;

	for (; at < r->cursor; at++) {
		char ch = r->text[at];

		if (ch == ' ' || ch == '\t' || (ch == ')' && !parens))
			break;
		if (r->place == PLACE_VALUE) {
			if ((ch == '&' || ch == '|') && r->text[at + 1] == ch)
				break;
			parens += ch == '(';
			parens -= ch == ')';
		} else if (is_sign(ch) || ch == '&' || ch == '|' || ch == '(') {
			break;
		}
	}
	return at;
}

static size_t quote_end(const struct reading *r)
{
	size_t at = r->pos + 1;

	while (at < r->cursor && r->text[at] != r->text[r->pos])
		at += r->text[at] == '\\' ? 2 : 1;
	return MIN(at + 1, r->cursor + 1);
}

static void take_word(struct reading *r, size_t end)
{
	static const char *const joins[] = {"and", "or", "not", NULL},
				 *const states[] = {"state", "exclude", "excl", NULL}, *const known[] = {"known", NULL},
				 *const operators[] = {"eq", "ne", "neq", "lt", "gt", "le", "leq", "ge", "geq", NULL};
	const char *word = r->text + r->pos;
	size_t n = end - r->pos;

	r->pos = end;
	if (r->place == PLACE_VALUE || r->place == PLACE_STATE || r->place == PLACE_NAME) {
		r->place = PLACE_AFTER;
	} else if (is_one_of(word, n, joins)) {
		r->place = PLACE_PREDICATE;
	} else if (r->place == PLACE_OPERATOR) {
		/* No operator means =. */
		r->place = is_one_of(word, n, operators) ? PLACE_VALUE : PLACE_AFTER;
	} else if (is_one_of(word, n, known)) {
		r->place = PLACE_NAME;
	} else {
		bool state = is_one_of(word, n, states);

		r->place = state ? PLACE_STATE : PLACE_OPERATOR;
		snprintf(r->column, sizeof(r->column), "%.*s", state ? 5 : (int)n, state ? "state" : word);
	}
}

/* An operator at r->pos; false: it is a word. */
static bool take_sign(struct reading *r)
{
	char ch = r->text[r->pos], next = r->text[r->pos + 1];

	if (ch == '(' || ch == '&' || ch == '|' || (ch == '!' && next != '=' && next != '~')) {
		r->place = PLACE_PREDICATE;
	} else if (ch == ')') {
		r->place = PLACE_AFTER;
	} else if (is_sign(ch)) {
		r->pos += is_sign(next);
		/* `state = x` is the column. */
		r->place = PLACE_VALUE;
	} else {
		return false;
	}
	r->pos++;
	return true;
}

/* Reads up to the cursor; returns where the word at the cursor begins. */
static size_t read_place(struct reading *r)
{
	while (r->pos < r->cursor) {
		size_t end;

		if (r->text[r->pos] == ' ' || r->text[r->pos] == '\t') {
			r->pos++;
			continue;
		}
		if (r->place == PLACE_VALUE && (r->text[r->pos] == '"' || r->text[r->pos] == '\'')) {
			end = quote_end(r);
			if (end > r->cursor)
				return r->pos;
			r->pos = end;
			r->place = PLACE_AFTER;
			continue;
		}
		if (r->place != PLACE_VALUE && take_sign(r))
			continue;
		end = word_end(r);
		if (end >= r->cursor)
			return r->pos;
		if (end == r->pos)
			r->pos++, r->place = PLACE_PREDICATE;
		else
			take_word(r, end);
	}
	return r->cursor;
}

/* -- what can stand there -------------------------------------------------------------------------------------------
 */

static void offer_all(struct complete *c, const char *const *words)
{
	for (; words && *words; words++)
		complete_offer(c, *words);
}

static void offer_names(const struct complete_source *s, struct complete *c)
{
	const char *name;

	for (size_t i = 0; (name = s->name(s->ctx, i)); i++)
		complete_offer(c, name);
}

void complete_filter(const struct complete_source *s, const char *text, size_t cursor, struct complete *c)
{
	static const char *const signs[] = {"=", "!=", "<", "<=", ">", ">=", "~", "!~", NULL};
	static const char *const joins[] = {"and", "or", NULL};
	static const char *const negation[] = {"not", "known", NULL};
	struct reading r = {.text = text, .cursor = cursor};

	complete_begin(c, text, read_place(&r), cursor);
	switch (r.place) {
	case PLACE_NAME: offer_names(s, c); return;
	case PLACE_VALUE: s->values(s->ctx, r.column, c); return;
	case PLACE_STATE:
		s->values(s->ctx, r.column, c);
		offer_all(c, s->states);
		return;
	case PLACE_OPERATOR:
		if (*c->prefix)
			s->values(s->ctx, r.column, c);
		else
			offer_all(c, signs);
		offer_all(c, joins);
		return;
	case PLACE_AFTER: offer_all(c, joins); break;
	default: break;
	}
	offer_names(s, c);
	offer_all(c, negation);
	offer_all(c, s->words);
}

/* -- values ------------------------------------------------------------------------------------------------ */

/* These begin or end something else in a filter. */
#define SPECIAL " \t()&|!<>=~\"'\\"

void complete_quote(const char *value, char *dst, size_t size)
{
	size_t n = 0;
	bool quote = !*value || strpbrk(value, SPECIAL);

	for (; *value && n + 5 < size; value++) {
		if (!n && quote)
			dst[n++] = '"';
		if (*value == '"')
			dst[n++] = '\\';
		/* In patterns [ begins a set, and a backslash makes the next character literal. */
		dst[n++] = *value == '[' || *value == '\\' ? '?' : *value;
	}
	if (!n && quote)
		dst[n++] = '"';
	if (quote)
		dst[n++] = '"';
	dst[n] = '\0';
}
