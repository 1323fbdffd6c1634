/* Formatting and parsing of scaled numbers. */
#include "units.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

#define LARGEST 999e18 /* there is no letter for more, and the column would be too narrow */

size_t units_plain(char *dst, uint64_t n)
{
	char digits[UNITS_MAX], *first = digits + sizeof(digits);
	size_t len;

	do
		*--first = (char)('0' + n % 10);
	while ((n /= 10));
	len = (size_t)(digits + sizeof(digits) - first);
	memcpy(dst, first, len);
	dst[len] = '\0';
	return len;
}

/* As printf() has "%.0f%s", in a small part of the time. */
static size_t whole(char *dst, double v, const char *unit)
{
	size_t len = units_plain(dst, (uint64_t)rint(v));

	strcpy(dst + len, unit);
	return len + strlen(unit);
}

/* The same of "%.1f%s": the product is exact. */
static size_t tenths(char *dst, double v, const char *unit)
{
	uint64_t n = (uint64_t)rintl((long double)v * 10);
	size_t len = units_plain(dst, n / 10);

	dst[len++] = '.';
	return len + whole(dst + len, (double)(n % 10), unit);
}

/* At most three significant digits, then the letter: 1.2k 12.3k 123k. */
static size_t scaled(char *dst, double v, const char *letters)
{
	char unit[2] = "";
	size_t i = 0;

	v = MIN(v, LARGEST);

	while (v >= 999.5 && letters[i + 1]) {
		v /= 1000;
		i++;
	}
	if (i)
		unit[0] = letters[i];
	return i && v < 99.95 ? tenths(dst, v, unit) : whole(dst, v, unit);
}

size_t units_count(char *dst, uint64_t n)
{
	return scaled(dst, (double)n, " kMGTPE");
}

size_t units_rate(char *dst, double v)
{
	if (v > 0 && v < 0.5)
		return (size_t)snprintf(dst, UNITS_MAX, "<1");
	return scaled(dst, v > 0 ? v : 0, " kMGTPE");
}

size_t units_share(char *dst, double share)
{
	double percent = share * 100;

	if (percent <= 0)
		return (size_t)snprintf(dst, UNITS_MAX, "0%%");
	if (percent < 0.005)
		return (size_t)snprintf(dst, UNITS_MAX, "<0.01%%");
	return (size_t)snprintf(dst, UNITS_MAX,
				percent < 0.995  ? "%.2f%%"
				: percent < 9.95 ? "%.1f%%"
						 : "%.0f%%",
				percent);
}

size_t units_usec(char *dst, uint64_t us)
{
	uint64_t s = us / 1000000 + (us % 1000000 >= 500000); /* rounded, so that 9.9s is not followed by 9s */

	if (us == 0)
		return (size_t)snprintf(dst, UNITS_MAX, "0");
	if (us < 1000)
		return whole(dst, (double)us, "us");
	if (us < 99950)
		return tenths(dst, (double)us / 1e3, "ms");
	if (us < 999500)
		return whole(dst, (double)us / 1e3, "ms");
	if (us < 9950000)
		return tenths(dst, (double)us / 1e6, "s");
	if (s < 60)
		return whole(dst, (double)s, "s");
	if (s < 3600)
		return (size_t)snprintf(dst, UNITS_MAX, "%" PRIu64 "m%02" PRIu64 "s", s / 60, s % 60);
	if (s < 86400)
		return (size_t)snprintf(dst, UNITS_MAX, "%" PRIu64 "h%02" PRIu64 "m", s / 3600, s / 60 % 60);
	if (s < 100 * 86400ULL)
		return (size_t)snprintf(dst, UNITS_MAX, "%" PRIu64 "d%02" PRIu64 "h", s / 86400, s / 3600 % 24);
	return (size_t)snprintf(dst, UNITS_MAX, "%" PRIu64 "d", s / 86400);
}

size_t units_nsec(char *dst, uint64_t ns)
{
	if (ns == 0 || ns >= 99950)
		return units_usec(dst, ns / 1000 + (ns % 1000 >= 500));
	if (ns < 1000)
		return whole(dst, (double)ns, "ns");
	return tenths(dst, (double)ns / 1e3, "us");
}

size_t units_grouped(char *dst, uint64_t n)
{
	char plain[UNITS_MAX];
	size_t len = units_plain(plain, n), out = 0;

	/* 20 digits and 6 separators do not fit: more than 15 digits are written without. */
	if (len > 15)
		return (size_t)snprintf(dst, UNITS_MAX, "%s", plain);
	for (size_t i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			dst[out++] = ',';
		dst[out++] = plain[i];
	}
	dst[out] = '\0';
	return out;
}

/* Takes word from the front of *s, ignoring case if fold. */
static bool eat(const char **s, const char *word, bool fold)
{
	size_t n = strlen(word);

	if ((fold ? strncasecmp(*s, word, n) : strncmp(*s, word, n)) != 0)
		return false;
	*s += n;
	return true;
}

static double eat_duration(const char **s)
{
	static const struct {
		const char *word;
		double usec;
	} units[] = {{"us", 1},  {"µs", 1},   {"ns", 1e-3},  {"ms", 1e3},   {"min", 60e6},
		     {"s", 1e6}, {"m", 60e6}, {"h", 3600e6}, {"d", 86400e6}};

	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (eat(s, units[i].word, false))
			return units[i].usec;
	return 1;
}

static double eat_scale(const char **s, enum units_kind kind)
{
	static const char letters[] = "kmgt";
	double scale = 1;
	const char *at = **s ? strchr(letters, tolower((unsigned char)**s)) : NULL;

	if (at) {
		(*s)++;
		scale = pow(eat(s, "i", true) ? 1024 : 1000, (double)(at - letters + 1));
	}
	if (kind == UNITS_PLAIN)
		return scale;
	if (eat(s, "bits", true) || eat(s, "bit", true))
		scale /= 8;
	else if (!eat(s, "bytes", true))
		eat(s, "B", false);
	if (kind == UNITS_RATE)
		(void)(eat(s, "/s", true) || eat(s, "ps", true));
	return scale;
}

bool units_parse(const char *s, enum units_kind kind, double *value)
{
	char *end;
	double v;

	if (!isdigit((unsigned char)*s) && *s != '.')
		return false;
	/* strtod() would accept hexadecimal, which nobody means here. */
	if (s[0] == '0' && tolower((unsigned char)s[1]) == 'x')
		return false;
	v = strtod(s, &end);
	if (end == s || !isfinite(v))
		return false;
	s = end;
	v *= kind == UNITS_DURATION ? eat_duration(&s) : eat_scale(&s, kind);
	if (*s)
		return false;
	*value = v;
	return true;
}
