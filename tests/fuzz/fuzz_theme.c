/* Fuzzes our own themes: whatever bytes come, each element has colours that there are, and remarks are printable. */
#include "fuzz_theme.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_theme(data, size, theme_parse_ini);
}
