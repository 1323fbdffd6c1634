/* Statements without their values. What is text and what is not is the dialect's: taken wrongly, the text would show.
 */
#include "sql.h"

#include <stdlib.h>

#include "array.h"

struct scan {
	const char *at, *end;
	enum dialect dialect;
	bool open; /* what was read last could go on beyond the end */
};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool starts(const struct scan *s, const char *with)
{
	size_t n = strlen(with);

	return (size_t)(s->end - s->at) >= n && memcmp(s->at, with, n) == 0;
}

static void skip_line(struct scan *s)
{
	while (s->at < s->end && *s->at != '\n')
		s->at++;
}

/* PostgreSQL's stand in one another. */
static void skip_comment(struct scan *s)
{
	unsigned depth = 0;

	do {
		if (starts(s, "/*") && (!depth || s->dialect == SQL_POSTGRES)) {
			depth++;
			s->at += 2;
		} else if (starts(s, "*/")) {
			depth--;
			s->at += 2;
		} else {
			s->at += s->at < s->end;
		}
	} while (depth && s->at < s->end);
}

/* Blanks and comments. */
static bool skip_blanks(struct scan *s)
{
	const char *from = s->at;

	while (s->at < s->end) {
		if (is_blank(*s->at))
			s->at++;
		else if (starts(s, "/*"))
			skip_comment(s);
		else if (starts(s, "--") || (*s->at == '#' && s->dialect == SQL_MYSQL))
			skip_line(s);
		else
			break;
	}
	return s->at > from;
}

/* In quotes, a doubled one included. */
static void skip_quoted(struct scan *s, bool backslash)
{
	char quote = *s->at++;

	s->open = true;
	while (s->at < s->end && s->open) {
		if (*s->at == '\\' && backslash) {
			s->at += s->end - s->at > 1 ? 2 : 1;
		} else if (*s->at++ == quote) {
			s->open = s->at < s->end && *s->at == quote;
			s->at += s->open;
		}
	}
}

/* $tag$ text $tag$, or a parameter: $1. */
static void skip_dollar(struct scan *s)
{
	const char *tag = s->at++;
	size_t n;

	while (s->at < s->end && (is_letter(*s->at) || is_digit(*s->at)))
		s->at++;
	s->open = s->at == s->end;
	if (s->open || *s->at != '$')
		return;
	n = (size_t)(++s->at - tag);
	while ((size_t)(s->end - s->at) >= n && memcmp(s->at, tag, n) != 0)
		s->at++;
	s->open = (size_t)(s->end - s->at) < n;
	s->at = s->open ? s->end : s->at + n;
}

/* 12, 0x1f, 1.5e-3. */
static void skip_number(struct scan *s)
{
	while (s->at < s->end &&
	       (is_letter(*s->at) || is_digit(*s->at) || *s->at == '.' ||
		((*s->at == '-' || *s->at == '+') && (s->at[-1] == 'e' || s->at[-1] == 'E') && s->end - s->at > 1)))
		s->at++;
}

/* -- what is written ----------------------------------------------------------------------------------------------- */

static bool ends(const struct words *w, const char *with)
{
	size_t n = strlen(with);

	return w->len >= n && memcmp(w->at + w->len - n, with, n) == 0;
}

static bool cut_end(struct words *w, const char *end)
{
	bool has = ends(w, end);

	w->len -= has ? strlen(end) : 0;
	return has;
}

static void put_literal(struct words *w)
{
	size_t n = w->len;

	/* A sign belongs to the number where there is nothing to subtract from. */
	if (n && (w->at[n - 1] == '-' || w->at[n - 1] == '+')) {
		while (--n && w->at[n - 1] == ' ')
			;
		if (n && memchr("(,=<>", w->at[n - 1], 5))
			w->len--;
	}
	if (!cut_end(w, "?, "))
		cut_end(w, "?,");
	words_putc(w, '?');
}

static void put_other(struct words *w, char c)
{
	words_putc(w, c);
	if (c == ')' && (cut_end(w, "(?), (?)") || cut_end(w, "(?),(?)")))
		words_puts(w, "(?)");
}

/* What is left of a text that goes on must also be how the whole one begins. */
static void end_cut(struct words *w)
{
	while (cut_end(w, " ") || cut_end(w, ";") || cut_end(w, ",") || cut_end(w, "(") || cut_end(w, "-") ||
	       cut_end(w, "+") || cut_end(w, "/") || cut_end(w, "), (?"))
		;
	w->cut = true;
}

static void put_word(struct words *w, struct scan *s)
{
	const char *from = s->at;

	while (s->at < s->end && (is_letter(*s->at) || is_digit(*s->at) || *s->at == '$'))
		s->at++;
	s->open = s->at == s->end;
	/* E'text', x'ff' */
	if (!s->open && *s->at == '\'' && s->at - from == 1 && memchr("eExXbBnN", *from, 8)) {
		skip_quoted(s, s->dialect == SQL_MYSQL || *from == 'e' || *from == 'E');
		put_literal(w);
		return;
	}
	words_put(w, from, (size_t)(s->at - from));
}

/* One of what a statement is made of. */
static void put_token(struct words *w, struct scan *s)
{
	const char *from = s->at;
	bool text = *from == '\'' || (*from == '"' && s->dialect == SQL_MYSQL);

	s->open = false;
	if (is_letter(*from)) {
		put_word(w, s);
	} else if (text) {
		skip_quoted(s, s->dialect == SQL_MYSQL);
		put_literal(w);
	} else if (*from == '"' || *from == '`') {
		skip_quoted(s, false);
		words_put(w, from, (size_t)(s->at - from));
	} else if (*from == '$') {
		skip_dollar(s);
		put_literal(w);
	} else if (*from == '?') {
		s->at++;
		put_literal(w);
	} else if (is_digit(*from)) {
		skip_number(s);
		put_literal(w);
	} else {
		s->at++;
		put_other(w, *from);
	}
}

static void put_statement(struct words *w, struct span sql, bool cut, enum dialect dialect)
{
	struct scan s = {sql.at, sql.at + sql.len, dialect, false};
	size_t len = 0;

	while (s.at < s.end && !w->cut) {
		bool apart = skip_blanks(&s);

		if (s.at == s.end)
			break;
		if (apart && w->len)
			words_putc(w, ' ');
		len = w->len;
		put_token(w, &s);
	}
	/* A word, or a name in quotes, may be another one yet; of a literal it does not matter. */
	if (cut && s.open && !ends(w, "?"))
		w->len = MIN(len, w->len);
	if (cut)
		end_cut(w);
	while (cut_end(w, ";") || cut_end(w, " "))
		;
}

static bool has_password(struct span sql)
{
	for (size_t i = 0; i < sql.len; i++) {
		struct span rest = {sql.at + i, MIN(sql.len - i, 8)};

		if (span_is(rest, "PASSWORD") || span_is(rest, "IDENTIFI"))
			return true;
	}
	return false;
}

/* As it is, but on one line. */
static void put_squeezed(struct words *w, struct span sql, bool cut)
{
	bool apart = false;

	for (size_t i = 0; i < sql.len; i++) {
		if (!is_blank(sql.at[i])) {
			if (apart && w->len)
				words_putc(w, ' ');
			words_putc(w, sql.at[i]);
		}
		apart = is_blank(sql.at[i]);
	}
	w->cut |= cut;
}

struct statement sql_statement(struct span sql, bool cut, enum dialect dialect)
{
	struct statement one = {};
	struct words name = {}, shown = {};

	put_statement(&name, sql, cut, dialect);
	if (has_password(sql))
		shown = name;
	else
		put_squeezed(&shown, sql, cut);
	words_write(&name, one.name, sizeof(one.name));
	words_write(&shown, one.shown, sizeof(one.shown));
	return one;
}

/* -- prepared ones ------------------------------------------------------------------------------------------------- */

void statements_free(struct statements *s)
{
	free(take(s->at));
}

void statements_put(struct statements *s, u64 key, const struct statement *one)
{
	struct statement *at = NULL;

	for (u32 i = 0; i < s->count && !at; i++)
		if (s->at[i].key == key)
			at = &s->at[i];
	if (!at && s->count == STATEMENTS_MAX)
		at = &s->at[s->next++ % STATEMENTS_MAX];
	if (!at && array_append(&s->at, &s->cap, s->count, sizeof(*s->at)) == 0)
		at = &s->at[s->count++];
	if (!at)
		return;
	*at = *one;
	at->key = key;
}

const struct statement *statements_get(const struct statements *s, u64 key)
{
	for (u32 i = 0; i < s->count; i++)
		if (s->at[i].key == key)
			return &s->at[i];
	return NULL;
}

void statement_tell(struct talk *t, const char *verb, const struct statement *one)
{
	struct title title = {};
	struct call call = {};

	title_puts(&title, verb);
	words_puts(&title.name, one ? one->name : "");
	words_puts(&title.shown, one ? one->shown : "");
	title_tell(&title, t, &call);
}
