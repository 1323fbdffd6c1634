/* What a name server has answered. */
#pragma once

#include <stddef.h>

#include "types.h"

/* Calls each for the addresses of what was asked for, of 4 or 16 bytes: name is the question, in small letters. Of a
 * message that is cut, or not in order, what precedes that counts. The bytes come from strangers: a name need not pass
 * as one (hostname.h). */
void dns_addresses(const u8 *message, size_t len,
		   void (*each)(void *context, const char *name, const u8 *address, unsigned family), void *context);
