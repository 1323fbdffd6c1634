/* The words of the filter language. A filter comes as one text: spaces are needed only where words would run together,
 * and a backslash that a shell did not take off is forgiven, as ss does. */
#include "query_private.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "text.h"

void *parser_fail(struct parser *p, size_t at, const char *fmt, ...)
{
	char line[sizeof(p->err->text)];
	va_list args;

	if (p->failed)
		return NULL;
	p->failed = true;
	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	p->err->column = MIN(at, p->len);
	text_clean(p->err->text, sizeof(p->err->text), line, strlen(line));
	return NULL;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* p->text ends with a NUL, so that looking one byte ahead is always allowed. */
static char peek(const struct parser *p, size_t ahead)
{
	return p->pos + ahead < p->len ? p->text[p->pos + ahead] : '\0';
}

void parser_blank(struct parser *p)
{
	while (is_blank(peek(p, 0)))
		p->pos++;
	if (peek(p, 0) == '\\' && peek(p, 1) && strchr("()!&|<>=", peek(p, 1)))
		p->pos++;
}

bool parser_at_end(struct parser *p)
{
	parser_blank(p);
	return p->pos >= p->len;
}

bool parser_take(struct parser *p, char c)
{
	parser_blank(p);
	if (peek(p, 0) != c || p->pos >= p->len)
		return false;
	p->pos++;
	return true;
}

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '/' || c == '.';
}

/* Takes word if it is next and ends there. */
static bool take_word(struct parser *p, const char *word)
{
	size_t n = strlen(word);

	parser_blank(p);
	if (p->len - p->pos < n || strncmp(p->text + p->pos, word, n) != 0 || is_name(peek(p, n)))
		return false;
	p->pos += n;
	return true;
}

/* Takes c or cc. */
static bool take_sign(struct parser *p, char c)
{
	if (!parser_take(p, c))
		return false;
	if (peek(p, 0) == c)
		p->pos++;
	else if (peek(p, 0) == '\\' && peek(p, 1) == c)
		p->pos += 2;
	return true;
}

bool parser_take_and(struct parser *p)
{
	return take_sign(p, '&') || take_word(p, "and");
}

bool parser_take_or(struct parser *p)
{
	return take_sign(p, '|') || take_word(p, "or");
}

bool parser_take_not(struct parser *p)
{
	return parser_take(p, '!') || take_word(p, "not");
}

bool parser_at_stop(struct parser *p)
{
	size_t start = p->pos;
	bool stop = parser_at_end(p) || peek(p, 0) == ')' || parser_take_or(p);

	p->pos = start;
	return stop;
}

size_t parser_name(struct parser *p, char *dst, size_t size)
{
	size_t n = 0;

	parser_blank(p);
	while (is_name(peek(p, n)))
		n++;
	if (!n || n >= size)
		return 0;
	memcpy(dst, p->text + p->pos, n);
	dst[n] = '\0';
	p->pos += n;
	return n;
}

bool parser_at_quote(struct parser *p)
{
	parser_blank(p);
	return peek(p, 0) == '"' || peek(p, 0) == '\'';
}

enum query_op parser_op(struct parser *p)
{
	/* Longer signs first. */
	static const struct {
		const char *sign;
		enum query_op op;
	} signs[] = {{"==", OP_EQ}, {"!=", OP_NE}, {"!~", OP_NOT_MATCH}, {"<=", OP_LE},  {">=", OP_GE},
		     {"=", OP_EQ},  {"<", OP_LT},  {">", OP_GT},         {"~", OP_MATCH}};
	static const struct {
		const char *word;
		enum query_op op;
	} words[] = {{"eq", OP_EQ}, {"ne", OP_NE},  {"neq", OP_NE}, {"lt", OP_LT}, {"gt", OP_GT},
		     {"le", OP_LE}, {"leq", OP_LE}, {"ge", OP_GE},  {"geq", OP_GE}};

	parser_blank(p);
	for (size_t i = 0; i < ARRAY_SIZE(signs); i++) {
		size_t n = strlen(signs[i].sign);

		if (strncmp(p->text + p->pos, signs[i].sign, n) == 0) {
			p->pos += n;
			return signs[i].op;
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (take_word(p, words[i].word))
			return words[i].op;
	return OP_NONE;
}

static bool read_quoted(struct parser *p)
{
	char quote = peek(p, 0);
	size_t out = 0;

	for (p->pos++; p->pos < p->len; p->pos++) {
		if (peek(p, 0) == quote) {
			p->pos++;
			p->operand[out] = '\0';
			return true;
		}
		if (peek(p, 0) == '\\' && peek(p, 1) == quote)
			p->pos++;
		p->operand[out++] = p->text[p->pos];
	}
	parser_fail(p, p->operand_at, "no closing %c", quote);
	return false;
}

/* Does an unquoted word end at the next byte? parens counts the brackets that the word itself has opened. */
static bool word_ends(const struct parser *p, enum operand kind, unsigned parens)
{
	char c = peek(p, 0);

	if (is_blank(c) || (c == ')' && !parens))
		return true;
	if (c != '&' && c != '|')
		return false;
	/* A regular expression uses | itself: there only the doubled signs end the word. */
	return kind == OPERAND_PLAIN || (!parens && peek(p, 1) == c);
}

static bool read_bare(struct parser *p, enum operand kind)
{
	unsigned parens = 0;
	size_t out = 0;

	for (; p->pos < p->len && !word_ends(p, kind, parens); p->pos++) {
		if (peek(p, 0) == '(')
			parens++;
		else if (peek(p, 0) == ')')
			parens--;
		if (peek(p, 0) == '\\' && p->pos + 1 < p->len) {
			if (kind == OPERAND_TEXT)
				p->operand[out++] = '\\';
			p->pos++;
		}
		p->operand[out++] = p->text[p->pos];
	}
	p->operand[out] = '\0';
	return out > 0;
}

/* A word that joins expressions is no value, unless it is quoted. */
static bool is_joint(const struct parser *p)
{
	return strcmp(p->operand, "and") == 0 || strcmp(p->operand, "or") == 0 || strcmp(p->operand, "not") == 0;
}

bool parser_operand(struct parser *p, enum operand kind)
{
	while (is_blank(peek(p, 0)))
		p->pos++;
	p->operand_at = p->pos;
	if (peek(p, 0) == '"' || peek(p, 0) == '\'')
		return read_quoted(p);
	if (!read_bare(p, kind) || is_joint(p)) {
		p->pos = p->operand_at;
		parser_fail(p, p->operand_at, "a value is missing here");
		return false;
	}
	return true;
}
