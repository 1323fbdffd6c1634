/* Times of the wall clock as text. */
#include "wall.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "clock.h"

/* Appends ".214", or nothing for 0. Returns the whole length. */
static size_t put_decimals(char *dst, size_t size, size_t len, uint64_t ns, unsigned decimals)
{
	char digits[16];

	snprintf(digits, sizeof(digits), ".%09u", (unsigned)(ns % NSEC_PER_SEC));
	digits[decimals ? 1 + MIN(decimals, 9U) : 0] = '\0';
	snprintf(dst + len, size - len, "%s", digits);
	return strlen(dst);
}

/* Local time; false: unknown. */
static bool local_time(uint64_t ns, struct tm *tm)
{
	time_t t = (time_t)(ns / NSEC_PER_SEC);

	return ns && localtime_r(&t, tm);
}

size_t wall_clock(char *dst, size_t size, uint64_t ns, unsigned decimals)
{
	struct tm tm;
	size_t n = local_time(ns, &tm) ? strftime(dst, size, "%H:%M:%S", &tm) : 0;

	dst[n] = '\0';
	return n ? put_decimals(dst, size, n, ns, decimals) : 0;
}

size_t wall_date(char *dst, size_t size, uint64_t ns, unsigned decimals)
{
	struct tm tm;
	size_t n = local_time(ns, &tm) ? strftime(dst, size, "%F %T", &tm) : 0;

	dst[n] = '\0';
	return n ? put_decimals(dst, size, n, ns, decimals) : 0;
}

size_t wall_unix(char *dst, size_t size, uint64_t ns, unsigned decimals)
{
	*dst = '\0';
	if (!ns)
		return 0;
	snprintf(dst, size, "%llu", ns / NSEC_PER_SEC);
	return put_decimals(dst, size, strlen(dst), ns, decimals);
}

size_t wall_file_name(char *dst, size_t size, uint64_t ns, const char *suffix)
{
	char when[WALL_MAX];
	struct tm tm;
	size_t n = local_time(ns, &tm) ? strftime(when, sizeof(when), "-%Y%m%d-%H%M%S", &tm) : 0;

	when[n] = '\0';
	snprintf(dst, size, "skbtop%s%s", when, suffix);
	return strlen(dst);
}
