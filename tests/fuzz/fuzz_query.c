/* Fuzzes the filter language: whatever text comes, parsing ends, an error lies within the text and is one printable
 * line, and a filter that compiles can be run over rows. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* A row of which everything is known, and one of which nothing is. */
static void run(const struct query *q, const struct model *m)
{
	struct record_info info = {.options = 0xff, .mark = 1};
	struct row known = {.info = &info, .live = 1}, unknown = {.live = 1};

	memset(&known.s, 0x41, sizeof(known.s));
	known.s.family = 6;
	known.s.comm[15] = known.s.cc[15] = known.s.ulp[15] = '\0';
	(void)query_match(q, m, &known);
	(void)query_match(q, m, &unknown);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct query_error err;
	struct query *q = NULL;
	struct model *m;
	int code;

	if (!text || model_new(&m)) {
		free(text);
		return 0;
	}
	memcpy(text, data, size);
	text[size] = '\0';
	code = query_parse(text, &q, &err);
	if (code) {
		check(!q && err.column <= strlen(text) && *err.text && memchr(err.text, '\0', sizeof(err.text)));
		check(!strpbrk(err.text, "\n\r\033"));
	} else {
		run(q, m);
	}
	query_free(q);
	model_free(m);
	free(text);
	return 0;
}
