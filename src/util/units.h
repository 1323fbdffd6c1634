/* Numbers as people read and type them: with one unit letter, in a bounded width, and parsed back. K M G T are powers
 * of 1000, Ki Mi Gi Ti of 1024. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The widest text that any units_* formatter makes, with its NUL. */
#define UNITS_MAX 24

/* All digits, nothing else: "1428". Returns their number, as all of these do. */
size_t units_plain(char *dst, uint64_t n);
/* A count or a number of bytes in at most 5 columns: "0" "999" "1.2k" "12.3k" "123k" "1.2M" … Rounds half up. */
size_t units_count(char *dst, uint64_t n);
/* A rate in at most 6 columns, from a value per second: like units_count; a rate below 1 but above 0 shows "<1". */
size_t units_rate(char *dst, double per_second);
/* A share of 1 as a percentage in at most 6 columns: "0%" "<0.01%" "0.12%" "1.2%" "12%". */
size_t units_share(char *dst, double share);
/* A duration given in microseconds in at most 6 columns: "0" "812us" "1.2ms" "48ms" "1.5s" "12s" "4m12s" "3h05m"
 * "2d4h". */
size_t units_usec(char *dst, uint64_t usec);
/* A duration given in nanoseconds in at most 6 columns: "0" "312ns" "2.4us" "48.1us", then as units_usec. */
size_t units_nsec(char *dst, uint64_t nsec);
/* The whole number, with a separator each three digits: "1,428". */
size_t units_grouped(char *dst, uint64_t n);

enum units_kind {
	UNITS_PLAIN,    /* a count: K M G Ki Mi Gi */
	UNITS_BYTES,    /* a count of bytes; "bit" after it divides by 8 */
	UNITS_RATE,     /* bytes per second: like UNITS_BYTES; a trailing "/s" is accepted */
	UNITS_DURATION, /* microseconds: us ms s m h d; a bare number is in microseconds */
};

/* Parses "10M", "1.5Ki", "50ms", "10Mbit" as kind. The result is in the kind's base unit. false: not such a number. */
bool units_parse(const char *s, enum units_kind kind, double *value);
