/* Fuzzes btop's themes, likewise. */
#include "fuzz_theme.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_theme(data, size, theme_parse_btop);
}
