/* Fuzzes the filter language: whatever text comes, parsing ends, an error lies within the text and is one printable
 * line, and a filter that compiles can be run over rows. */
#include <string.h>

#include "fuzz.h"
#include "layer_table.h"
#include "model.h"
#include "query.h"
#include "socket_table.h"

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

/* One for all inputs: to make it takes a hundred times as long as a filter. */
static const struct model *the_model(void)
{
	static struct model *m;

	if (!m)
		check(model_new(&m) == 0);
	return m;
}

/* A row that may be a socket's, but is nobody's. */
static void run_layers(const struct query *q, const struct model *m)
{
	(void)query_match(q, m, model_hook(m, NETFILTER_FORWARD));
}

static void try(const struct table *t, const char *text, void (*run_over)(const struct query *, const struct model *))
{
	struct query_error err;
	struct query *q = NULL;

	if (query_parse(t, text, &q, &err) == 0) {
		run_over(q, the_model());
	} else {
		check(!q && err.column <= strlen(text) && *err.text && memchr(err.text, '\0', sizeof(err.text)));
		check(!strpbrk(err.text, "\n\r\033"));
	}
	query_free(q);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = fuzz_text(data, size);

	try(&socket_table, text, run);
	try(&layer_table, text, run_layers);
	return 0;
}
