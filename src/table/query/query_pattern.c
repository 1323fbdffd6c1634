/* Patterns over text: shell globs of our own (UTF-8, the same in every locale, no exponential cases), and POSIX
 * extended regular expressions behind a guard. */
#include "query_private.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define REGEX_LENGTH_MAX 512
/* glibc copies the operand of every repetition, so (((a+)+)+)+ doubles with each level: bound the copies. */
#define REGEX_COST_MAX 4096
#define REGEX_NESTING_MAX 32

/* One character, bytes that are not UTF-8 counting as one each. */
static uint32_t next_char(const char **s)
{
	uint32_t c = 0;

	*s += text_decode(*s, 4, &c);
	return c;
}

/* Matches c against the set after "[" and moves *pattern behind "]"; false and unmoved when there is no "]". */
static bool set_match(const char **pattern, uint32_t c, bool *matched)
{
	const char *p = *pattern;
	bool negate = *p == '!' || *p == '^', hit = false;

	if (negate)
		p++;
	for (bool first = true; *p && (first || *p != ']'); first = false) {
		uint32_t low, high;

		if (*p == '\\' && p[1])
			p++;
		low = high = next_char(&p);
		if (*p == '-' && p[1] && p[1] != ']') {
			p++;
			high = next_char(&p);
		}
		hit |= c >= low && c <= high;
	}
	if (*p != ']')
		return false;
	*pattern = p + 1;
	*matched = hit != negate;
	return true;
}

/* Matches one character of the text by one element of the pattern, which is not "*". */
static bool one_match(const char **pattern, uint32_t c)
{
	bool matched;

	if (**pattern == '?') {
		(*pattern)++;
		return true;
	}
	if (**pattern == '[') {
		const char *set = *pattern + 1;

		if (set_match(&set, c, &matched)) {
			*pattern = set;
			return matched;
		}
	}
	if (**pattern == '\\' && (*pattern)[1])
		(*pattern)++;
	return next_char(pattern) == c;
}

bool glob_match(const char *pattern, const char *text)
{
	const char *star = NULL, *retry = NULL; /* the last "*" and where it began to match */

	while (*text) {
		const char *at = text, *element = pattern;
		uint32_t c;

		if (*pattern == '*') {
			star = ++pattern;
			retry = text;
			continue;
		}
		c = next_char(&at);
		if (*pattern && one_match(&element, c)) {
			pattern = element;
			text = at;
			continue;
		}
		if (!star)
			return false;
		next_char(&retry);
		text = retry;
		pattern = star;
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

bool glob_has_magic(const char *pattern)
{
	return strpbrk(pattern, "*?[\\") != NULL;
}

/* Skips a bracket expression that starts at "[". */
static const char *skip_set(const char *s)
{
	s++;
	if (*s == '^')
		s++;
	if (*s == ']')
		s++;
	while (*s && *s != ']') {
		/* [:alpha:] [.x.] [=x=] contain a "]" of their own. */
		if (*s == '[' && s[1] && strchr(":.=", s[1])) {
			char kind = s[1];

			for (s += 2; *s && !(*s == kind && s[1] == ']'); s++)
				;
			if (*s)
				s++;
		}
		if (*s)
			s++;
	}
	return *s ? s + 1 : s;
}

/* Reads the quantifiers at *s: how many copies of what precedes them the engine makes. */
static double quantifiers(const char **s)
{
	double copies = 1;

	for (;; (*s)++) {
		if (**s == '*' || **s == '?')
			continue;
		if (**s == '+') {
			copies *= 2;
		} else if (**s == '{') {
			double most = 1;

			while (**s && **s != '}') {
				char *end;
				unsigned long n = isdigit((unsigned char)(*s)[1]) ? strtoul(*s + 1, &end, 10) : 0;

				most = MAX(most, (double)n + 1);
				(*s)++;
			}
			copies *= most;
			if (!**s)
				return copies;
		} else {
			return copies;
		}
	}
}

/* An upper bound of the copies made when compiling; infinite if it is unknown. */
static double regex_cost(const char *s)
{
	double level[REGEX_NESTING_MAX + 1] = {0};
	unsigned depth = 0;

	while (*s) {
		double atom = 1;

		if (*s == '(') {
			if (++depth > REGEX_NESTING_MAX)
				return REGEX_COST_MAX + 1.0;
			level[depth] = 0;
			s++;
			continue;
		}
		if (*s == ')' && depth) {
			atom = level[depth--] + 1;
			s++;
		} else if (*s == '[') {
			s = skip_set(s);
		} else {
			s += *s == '\\' && s[1] ? 2 : 1;
		}
		level[depth] += atom * quantifiers(&s);
	}
	/* Unclosed levels are refused by the compiler, but only after it has read them. */
	for (unsigned i = 0; i < depth; i++)
		level[depth] += level[i];
	return level[depth];
}

static bool has_back_reference(const char *s)
{
	for (; *s; s++) {
		if (*s == '[') {
			s = skip_set(s) - 1;
		} else if (*s == '\\' && s[1]) {
			s++;
			if (isdigit((unsigned char)*s))
				return true;
		}
	}
	return false;
}

void regex_free(regex_t *r)
{
	if (!r)
		return;
	regfree(r);
	free(r);
}

regex_t *parse_regex(struct parser *p)
{
	cleanup_free regex_t *r = NULL;
	char why[100];
	int code;

	if (strlen(p->operand) > REGEX_LENGTH_MAX || regex_cost(p->operand) > REGEX_COST_MAX)
		return parser_fail(p, p->operand_at, "this regular expression repeats or nests too much");
	/* Matching back-references takes exponential time, and POSIX extended expressions have none. */
	if (has_back_reference(p->operand))
		return parser_fail(p, p->operand_at, "back-references such as \\1 are not part of the language");
	r = calloc(1, sizeof(*r));
	if (!r) {
		p->no_memory = true;
		return parser_fail(p, p->operand_at, "out of memory");
	}
	code = regcomp(r, p->operand, REG_EXTENDED | REG_NOSUB);
	if (code) {
		regerror(code, r, why, sizeof(why));
		return parser_fail(p, p->operand_at, "not a regular expression: %s", why);
	}
	return take(r);
}

struct verdicts *verdicts_new(void)
{
	return calloc(1, sizeof(struct verdicts));
}

void verdicts_free(struct verdicts *v)
{
	if (!v)
		return;
	column_texts_deinit(&v->texts);
	free(v);
}

static bool try_pattern(const struct node *n, const char *text)
{
	return n->kind == NODE_REGEX ? regexec(n->regex, text, 0, NULL, 0) == 0 : glob_match(n->text, text);
}

bool pattern_match(const struct node *n, const char *text)
{
	struct verdicts *v = n->verdicts;
	u32 seen, i;

	if (!v)
		return try_pattern(n, text);
	if (v->texts.count == VERDICTS_MAX)
		column_texts_clear(&v->texts);
	seen = v->texts.count;
	i = column_texts_add(&v->texts, text);
	if (i == IDMAP_NONE)
		return try_pattern(n, text);
	if (i == seen)
		v->match[i] = try_pattern(n, text);
	return v->match[i];
}
