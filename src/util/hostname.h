/* What passes as the name of a host. */
#pragma once

#include <stdbool.h>

#define HOSTNAME_MAX 253 /* characters: RFC 1035, 2.3.4 */

/* Labels of letters, digits, - and _, 1 to 63 of them, with a dot between two. Not what could be taken for an address:
 * the last label has a letter. */
bool hostname_is_one(const char *name);
