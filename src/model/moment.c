/* From which moment on a recording is shown. */
#include "moment.h"

#include <stdlib.h>
#include <time.h>

#include "clock.h"

#define OFFSET_MAX 1e9 /* seconds */

/* Takes ":" and two digits from 00 to max; the first ones of a time without ":". */
static bool take_part(const char **p, bool first, unsigned max, u64 *seconds)
{
	const char *s = *p + !first;
	unsigned n;

	if ((!first && **p != ':') || s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9')
		return false;
	n = (unsigned)(s[0] - '0') * 10 + (unsigned)(s[1] - '0');
	*seconds = *seconds * 60 + n;
	*p = s + 2;
	return n <= max;
}

bool moment_parse(const char *text, struct moment *m)
{
	u64 seconds = 0;
	double after;
	char *end;

	if (text[0] == '+' && text[1] >= '0' && text[1] <= '9') {
		after = strtod(text + 1, &end);
		if (*end || !(after <= OFFSET_MAX))
			return false;
		*m = (struct moment){.given = true, .ns = (u64)(after * (double)NSEC_PER_SEC)};
		return true;
	}
	if (!take_part(&text, true, 23, &seconds) || !take_part(&text, false, 59, &seconds))
		return false;
	if (!*text)
		seconds *= 60;
	else if (!take_part(&text, false, 59, &seconds) || *text)
		return false;
	*m = (struct moment){.given = true, .clock = true, .ns = seconds * NSEC_PER_SEC};
	return true;
}

/* From the first tick to the next such time of day; where no time can be made of its stamp, 0. */
static u64 until_clock(u64 of_day_ns, u64 realtime_ns)
{
	const time_t first = (time_t)(realtime_ns / NSEC_PER_SEC);
	const int of_day = (int)(of_day_ns / NSEC_PER_SEC);
	struct tm day;
	time_t at = 0;

	for (int days = 0; days < 2 && at < first; days++) {
		if (!localtime_r(&first, &day))
			return 0;
		day.tm_mday += days;
		day.tm_hour = of_day / 3600;
		day.tm_min = of_day / 60 % 60;
		day.tm_sec = of_day % 60;
		day.tm_isdst = -1;
		at = mktime(&day);
	}
	/* The first tick's own second has begun before it. */
	if (at <= first || (u64)at > UINT64_MAX / NSEC_PER_SEC)
		return 0;
	return (u64)at * NSEC_PER_SEC - realtime_ns;
}

u64 moment_ns(const struct moment *m, const struct record_tick *first)
{
	const u64 after = m->clock ? until_clock(m->ns, first->realtime_ns) : m->ns;
	u64 at;

	return __builtin_add_overflow(first->time_ns, after, &at) ? UINT64_MAX : at;
}
