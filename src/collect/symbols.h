/* Names of kernel functions, out of /proc/kallsyms. The file has over a hundred thousand lines: it is read when there
 * are addresses that have not been looked up yet, once for all of them, and only what was asked for is kept. */
#pragma once

#include <stdio.h>

#include "idmap.h"
#include "record.h"

#define SYMBOLS_MAX 16384 /* addresses that are remembered */

struct symbols {
	struct idmap known; /* address → enum symbol_kind */
	u64 *wanted;        /* owned; asked for and not looked up yet */
	u32 wanted_count, wanted_cap;
};

enum symbol_kind {
	SYMBOL_UNNAMED = 0, /* kallsyms has no such address, or may not be read (CAP_SYSLOG) */
	SYMBOL_FUNCTION,
	SYMBOL_NO_LOSS, /* what it frees was not dropped on its way */
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
