/* Fuzzes the command line, its words apart by newlines: whatever they are, it is understood or refused with one
 * printable line, and what was understood is within its bounds. */
#include <string.h>

#include "fuzz.h"
#include "options.h"

#define ARGS_MAX 64

static void check_accepted(const struct options *o)
{
	check(o->interval == 0 || (o->interval >= INTERVAL_MIN && o->interval <= INTERVAL_MAX));
	check(o->width >= 20 && o->width <= 1000 && o->height >= 5 && o->height <= 500);
	check(!o->filter || o->rows.query || o->whose || o->help || o->version);
	check(o->without_count <= OPTIONS_WITHOUT_MAX);
	check(!o->sort_text || o->rows.sort || o->help || o->version);
	check(!(o->batch && o->snapshot) && !(o->replay && o->record));
	(void)options_needs(o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = fuzz_text(data, size);
	cleanup_options struct options o;
	char *argv[ARGS_MAX + 1] = {"skbtop"}, *at = text, *word;
	struct error err = {};
	int argc = 1;

	while (argc < ARGS_MAX && (word = strsep(&at, "\n")))
		argv[argc++] = word;
	if (options_parse(&o, argc, argv, &err) == 0)
		check_accepted(&o);
	else
		check(*err.text && !strpbrk(err.text, "\n\r\033"));
	return 0;
}
