/* What --version says: the version, and what this program was built with, which meson gathers where it decides or finds
 * it (built_with). */
#include "version.h"

static const struct {
	const char *name, *value;
} built_with[] = {BUILT_WITH};

void version_write(struct buf *out)
{
	buf_puts(out, "skbtop " SKBTOP_VERSION "\n");
	for (size_t i = 0; i < ARRAY_SIZE(built_with); i++)
		buf_printf(out, "%s: %s\n", built_with[i].name, built_with[i].value);
}
