#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"
#include "model.h"

struct model *fixture_new(void)
{
	struct model *m = NULL;

	assert_int_equal(model_new(&m), 0);
	return m;
}

void fixture_free(struct model *m)
{
	model_free(m);
}

int apply(struct model *m, enum record_kind kind, const void *data)
{
	const struct record rec = {.kind = kind, .data = data};
	struct error err = {};
	int r = model_apply(m, &rec, &err);

	assert_true(r >= 0);
	assert_string_equal(err.text, "");
	return r;
}
