/* Addresses as text. */
#pragma once

#include "types.h"

/* Without brackets: "10.0.0.5", "2001:db8::1". family is 4 or 6; size >= 46. Returns the length. */
size_t address_format(const u8 *address, unsigned family, char *dst, size_t size);
