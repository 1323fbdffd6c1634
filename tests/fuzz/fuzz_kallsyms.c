/* Fuzzes /proc/kallsyms: whatever the lines are, each address that is wanted gets at most one name, and
 * short enough for its record. */
#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "symbols.h"

#define BASE 0xffffffff81000000ULL

static void found(void *context, u64 address, const char *text)
{
	unsigned *count = context;

	(void)address;
	check(strlen(text) < RECORD_NAME_LEN);
	++*count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const u64 wanted[] = {BASE + 0x10, BASE + 0x1020, 0xffffffffc0000123ULL, 1, ~0ULL};
	struct symbols s = {};
	unsigned count = 0;
	FILE *file = fmemopen((void *)(size ? data : (const uint8_t *)"\n"), size ? size : 1, "r");

	check(file);
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		symbols_want(&s, wanted[i]);
	symbols_resolve_from(&s, file, found, &count);
	check(count <= ARRAY_SIZE(wanted));
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		check(symbols_kind(&s, wanted[i]) <= SYMBOL_NO_LOSS);
	fclose(file);
	symbols_deinit(&s);
	return 0;
}
