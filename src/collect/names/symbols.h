/* Names of kernel functions, out of /proc/kallsyms. The file has over a hundred thousand lines, and takes 50 ms: of the
 * kernel's own functions, which stay where they are, it is read once, when the first address is looked up, and they are
 * kept (some 5 MiB); for what lies in a module it is read again, once for all that is wanted. */
#pragma once

#include <stdio.h>

#include "buf.h"
#include "idmap.h"
#include "record.h"

#define SYMBOLS_MAX 16384 /* addresses that are remembered */

/* The kernel's own functions, by address. */
struct own_symbols {
	struct own_symbol {
		u64 start;
		u32 name; /* where it begins in text */
	} * symbols;      /* owned */
	u32 count, cap;
	struct buf text; /* names, each with its 0 */
	bool failed;     /* out of memory */
};

struct symbols {
	struct idmap known; /* address → enum symbol_kind */
	struct own_symbols own;
	u64 *wanted; /* owned; asked for and not looked up yet */
	u32 wanted_count, wanted_cap;
};

enum symbol_kind {
	SYMBOL_UNNAMED = 0, /* kallsyms has no such address, or may not be read (CAP_SYSLOG) */
	SYMBOL_FUNCTION,
	SYMBOL_TCP_ENTRY, /* TCP's own, where a segment's socket is looked up */
	SYMBOL_NO_LOSS,   /* what it frees was not dropped on its way */
};

void symbols_deinit(struct symbols *s);
/* This address is to be looked up. */
void symbols_want(struct symbols *s, u64 address);
/* Looks up what is wanted. found: "function+0x1f" or "function+0x1f [module]", at most RECORD_NAME_LEN - 1 bytes. */
void symbols_resolve(struct symbols *s, void (*found)(void *context, u64 address, const char *text), void *context);
enum symbol_kind symbols_kind(const struct symbols *s, u64 address);

/* The text of kallsyms instead of the machine's: for tests. */
void symbols_resolve_from(struct symbols *s, FILE *kallsyms,
			  void (*found)(void *context, u64 address, const char *text), void *context);
