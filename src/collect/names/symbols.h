/* Names of kernel functions, from /proc/kallsyms. The file has over a hundred thousand lines and takes 50 ms to read.
 * So it is read once for the kernel's own functions, which never move, when the first address is looked up, and they
 * are kept (about 5 MiB); for addresses in modules it is read again, once for all that are wanted. */
#pragma once

#include <stdio.h>

#include "buf.h"
#include "idmap.h"
#include "record.h"

#define SYMBOLS_MAX 16384 /* addresses to remember */

/* The kernel's own functions, sorted by address. */
struct own_symbols {
	struct own_symbol {
		u64 start;
		u32 name; /* where its name begins in text */
	} * symbols;      /* owned */
	u32 count, cap;
	struct buf text; /* names, each with its terminating 0 */
	bool failed;     /* out of memory */
};

struct symbols {
	struct idmap known; /* address → enum symbol_kind */
	struct own_symbols own;
	u64 *wanted; /* owned; to be looked up */
	u32 wanted_count, wanted_cap;
};

enum symbol_kind {
	SYMBOL_UNNAMED = 0, /* kallsyms has no such address, or may not be read (needs CAP_SYSLOG) */
	SYMBOL_FUNCTION,
	SYMBOL_TCP_ENTRY, /* TCP's own, where the socket of a segment is looked up */
	SYMBOL_NO_LOSS,   /* what it frees was not dropped */
};

void symbols_deinit(struct symbols *s);
/* Wants this address to be looked up. */
void symbols_want(struct symbols *s, u64 address);
/* Looks up what is wanted. found: "function+0x1f" or "function+0x1f [module]", at most RECORD_NAME_LEN - 1 bytes. */
void symbols_resolve(struct symbols *s, void (*found)(void *context, u64 address, const char *text), void *context);
enum symbol_kind symbols_kind(const struct symbols *s, u64 address);

/* The same from a text of kallsyms, for tests. */
void symbols_resolve_from(struct symbols *s, FILE *kallsyms,
			  void (*found)(void *context, u64 address, const char *text), void *context);
