/* Addresses as text, and hashes of them. */
#pragma once

#include <stdbool.h>

#include "types.h"

/* Without brackets: "10.0.0.5", "2001:db8::1". family is 4 or 6; size >= 46. Returns the length. */
size_t address_format(const u8 *address, unsigned family, char *dst, size_t size);
/* 127.0.0.0/8 or ::1. */
bool address_is_loopback(const u8 *address, unsigned family);
/* A hash that differs between processes, as idmap_hash(): of all 16 bytes, whichever family it is, and the port. */
u64 address_hash(const u8 address[16], u16 port);
/* … of both ends of a flow, in either order; never 0. */
u64 address_flow(u8 proto, const u8 a[16], u16 aport, const u8 b[16], u16 bport);
