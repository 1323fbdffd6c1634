/* Formats the one line of a failure. */
#include "error.h"

#include <stdarg.h>

#include "text.h"

int error_set(struct error *err, int code, const char *fmt, ...)
{
	char raw[sizeof(err->text)];
	va_list ap;

	if (!err)
		return code;
	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	text_clean(err->text, sizeof(err->text), raw, sizeof(raw));
	return code;
}
