/* Networks that remote addresses are gathered by: a list of prefixes, of which the longest that has an address counts;
 * an address in none of them has one of the usual length. */
#pragma once

#include "cleanup.h"
#include "error.h"
#include "types.h"

struct prefixes;

struct prefix {
	u8 address[16]; /* IPv4 in the first 4 bytes; what is beyond bits is 0 */
	u8 family;      /* 4 or 6 */
	u8 bits;
};

#define PREFIXES_MAX 100000

/* "10.0.0.0/8,192.168.0.0/16 2001:db8::/32 10.1.2.3": separated by commas, blanks and ends of lines; what follows a #
 * is a comment until the line ends. 0.0.0.0/0 and ::/0 are all others. -EINVAL with err, -ENOMEM. */
int prefixes_new(struct prefixes **p, const char *text, struct error *err) must_check;
void prefixes_free(struct prefixes *p);
/* That of an address; p NULL: there is no list. */
struct prefix prefixes_find(const struct prefixes *p, const u8 *address, u8 family);
/* "10.0.0.0/8". Returns bytes. */
size_t prefix_format(const struct prefix *p, char *dst, size_t size);
