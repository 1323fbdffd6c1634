/* Bytes, lines and words of a piece, within its bounds. */
#include "parser.h"

const u8 *cursor_take(struct cursor *c, size_t n)
{
	const u8 *at = c->at;

	if (n > cursor_left(c)) {
		c->at = c->end;
		c->failed = true;
		return NULL;
	}
	c->at += n;
	return at;
}

u64 cursor_be(struct cursor *c, unsigned n)
{
	const u8 *at = cursor_take(c, n);
	u64 v = 0;

	for (unsigned i = 0; at && i < n; i++)
		v = v << 8 | at[i];
	return v;
}

u64 cursor_le(struct cursor *c, unsigned n)
{
	const u8 *at = cursor_take(c, n);
	u64 v = 0;

	for (unsigned i = n; at && i > 0; i--)
		v = v << 8 | at[i - 1];
	return v;
}

bool cursor_line(struct cursor *c, struct span *line)
{
	const u8 *end = cursor_left(c) ? memchr(c->at, '\n', cursor_left(c)) : NULL;

	*line = (struct span){(const char *)c->at, (size_t)((end ? end : c->end) - c->at)};
	c->at = end ? end + 1 : c->end;
	if (line->len && line->at[line->len - 1] == '\r')
		line->len--;
	return end != NULL;
}

struct span span_word(struct span *rest)
{
	struct span word = {rest->at, 0};

	while (word.len < rest->len && rest->at[word.len] != ' ')
		word.len++;
	rest->at += word.len;
	rest->len -= word.len;
	while (rest->len && *rest->at == ' ') {
		rest->at++;
		rest->len--;
	}
	return word;
}

bool span_is(struct span s, const char *word)
{
	return s.len == strlen(word) && strncasecmp(s.at, word, s.len) == 0;
}

bool span_begins(struct span s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.len >= n && memcmp(s.at, prefix, n) == 0;
}

bool span_among(struct span s, const char *words)
{
	while (s.len && *words) {
		size_t n = strcspn(words, " ");

		if (n == s.len && strncasecmp(words, s.at, n) == 0)
			return true;
		words += n + (words[n] == ' ');
	}
	return false;
}

bool span_number(struct span s, u32 *n)
{
	u64 v = 0;

	if (!s.len || s.len > 10)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] < '0' || s.at[i] > '9')
			return false;
		v = v * 10 + (u64)(s.at[i] - '0');
	}
	*n = (u32)v;
	return v <= UINT32_MAX;
}
