/* UTF-8 decoding, cleaning and widths. The width table is ours so that a C locale and a UTF-8 one agree. */
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"

#define REPLACEMENT 0xfffdU

size_t text_encode(char *dst, uint32_t ch)
{
	size_t n = ch < 0x80 ? 1 : ch < 0x800 ? 2 : ch < 0x10000 ? 3 : 4;

	for (size_t i = n; i-- > 1; ch >>= 6)
		dst[i] = (char)(0x80 | (ch & 0x3f));
	dst[0] = (char)((n == 1 ? 0 : 0xf0U << (4 - n)) | ch);
	return n;
}

size_t text_decode(const char *s, size_t len, uint32_t *ch)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *p = (const unsigned char *)s;
	size_t n;
	uint32_t c;

	if (!len || !*p)
		return 0;
	if (*p < 0x80) {
		*ch = *p;
		return 1;
	}
	n = *p >= 0xf0 && *p < 0xf5 ? 4 : *p >= 0xe0 ? 3 : 2;
	*ch = REPLACEMENT;
	if (*p < 0xc2 || *p >= 0xf5 || n > len)
		return 1;
	c = *p & (0x7fU >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 1;
		c = c << 6 | (p[i] & 0x3fU);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 1;
	*ch = c;
	return n;
}

/* Characters that are invisible but change what the terminal shows: always removed. */
static bool invisible(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || c == 0x61c ||
	       c == 0x180e || (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe0fff);
}

size_t text_clean(char *dst, size_t dstsize, const char *src, size_t srclen)
{
	size_t out = 0, n;
	uint32_t c = 0;

	if (!dstsize)
		return 0;
	while ((n = text_decode(src, srclen, &c)) > 0) {
		const char *from = src;
		size_t len = n;

		if (c == REPLACEMENT && n == 1) {
			from = "\xef\xbf\xbd";
			len = 3;
		} else if (invisible(c)) {
			from = "?";
			len = 1;
		}
		if (out + len >= dstsize)
			break;
		memcpy(dst + out, from, len);
		out += len;
		src += n;
		srclen -= n;
	}
	dst[out] = '\0';
	return out;
}

struct range {
	uint32_t first, last;
};

static bool in_ranges(uint32_t c, const struct range *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (c >= r[i].first && c <= r[i].last)
			return true;
	return false;
}

int text_char_width(uint32_t c)
{
	/* Combining marks, and East Asian wide characters and emoji (Unicode 15, in whole blocks). */
	static const struct range zero[] = {{0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},   {0x610, 0x61a},
					    {0x64b, 0x65f},   {0x6d6, 0x6dc},   {0x93c, 0x93c},   {0x941, 0x948},
					    {0xe31, 0xe31},   {0xe34, 0xe3a},   {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff},
					    {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0x200b, 0x200f}};
	static const struct range wide[] = {
	    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x2329, 0x232a},   {0x23e9, 0x23ec},  {0x2e80, 0x303e},
	    {0x3041, 0x33ff},   {0x3400, 0x4dbf},   {0x4e00, 0x9fff},   {0xa000, 0xa4cf},  {0xa960, 0xa97f},
	    {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},  {0xffe0, 0xffe6},
	    {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};

	if (c < 0x300)
		return 1;
	if (in_ranges(c, zero, ARRAY_SIZE(zero)))
		return 0;
	return in_ranges(c, wide, ARRAY_SIZE(wide)) ? 2 : 1;
}

size_t text_fit(const char *s, size_t columns, size_t *used)
{
	size_t bytes = 0, cols = 0, n;
	uint32_t c = 0;

	for (; (signed char)s[bytes] > 0 && cols < columns; cols++) /* ASCII, which nearly all is */
		bytes++;
	while ((n = text_decode(s + bytes, 4, &c)) > 0) {
		size_t w = (size_t)text_char_width(c);

		if (cols + w > columns)
			break;
		cols += w;
		bytes += n;
	}
	if (used)
		*used = cols;
	return bytes;
}

size_t text_width(const char *s)
{
	size_t used;

	text_fit(s, (size_t)-1 / 2, &used);
	return used;
}

/* The length of s without an incomplete character at its end. */
static size_t whole_characters(const char *s, size_t len)
{
	size_t start = len;
	uint32_t c = 0;

	while (start > 0 && len - start < 3 && ((unsigned char)s[start - 1] & 0xc0) == 0x80)
		start--;
	if (start == 0 || (unsigned char)s[start - 1] < 0xc0)
		return len;
	start--;
	return text_decode(s + start, len - start, &c) == len - start && c != REPLACEMENT ? len : start;
}

size_t text_join(char *dst, size_t dstsize, const char *separator, const char *fmt, ...)
{
	size_t at = strnlen(dst, dstsize);
	va_list ap;
	int n;

	if (at)
		at += text_copy(dst + at, dstsize - at, separator);
	if (at >= dstsize)
		return at;
	va_start(ap, fmt);
	n = vsnprintf(dst + at, dstsize - at, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < dstsize - at)
		return at + (size_t)n;
	at = whole_characters(dst, dstsize - 1);
	dst[at] = '\0';
	return at;
}

size_t text_copy(char *dst, size_t dstsize, const char *src)
{
	size_t n = strlen(src);

	if (!dstsize)
		return 0;
	if (n >= dstsize) {
		n = dstsize - 1;
		while (n > 0 && ((unsigned char)src[n] & 0xc0) == 0x80)
			n--;
	}
	memcpy(dst, src, n);
	dst[n] = '\0';
	return n;
}

void text_upper(char *s)
{
	for (; *s; s++)
		if (*s >= 'a' && *s <= 'z')
			*s = (char)(*s - 'a' + 'A');
}

void text_blanks(char *s)
{
	while ((s = strchr(s, '_')))
		*s++ = ' ';
}

bool text_cut_end(char *s, const char *end)
{
	size_t len = strlen(s), n = strlen(end);

	if (len < n || strcmp(s + len - n, end) != 0)
		return false;
	s[len - n] = '\0';
	return true;
}

const char *text_find(const char *text, const char *wanted)
{
	for (const char *c = wanted; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			return strstr(text, wanted);
	return strcasestr(text, wanted);
}
