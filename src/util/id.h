/* A socket's id in the stream and in the column `id`: the kernel's cookie, which fits into 56 bits, and a generation
 * that grows when the socket is connected again. */
#pragma once

#include "types.h"

#define ID_COOKIE_BITS 56

static inline u64 id_cookie(u64 id)
{
	return id & ((1ULL << ID_COOKIE_BITS) - 1);
}

static inline u8 id_generation(u64 id)
{
	return (u8)(id >> ID_COOKIE_BITS);
}

static inline u64 id_make(u64 cookie, u8 generation)
{
	return id_cookie(cookie) | (u64)generation << ID_COOKIE_BITS;
}
