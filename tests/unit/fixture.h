/* A model for tests, fed as a collector would: what most of them need of model.h, so that they are not built anew each
 * time it changes. Include after cmocka. */
#pragma once

#include "record.h"

struct model;

/* An empty one; to be freed with fixture_free(). */
struct model *fixture_new(void);
void fixture_free(struct model *m);
/* Takes in a record that nothing is wrong with; returns 1 when it ended a tick. */
int apply(struct model *m, enum record_kind kind, const void *data);

/* A test whose state is an empty model. */
static inline int model_setup(void **state)
{
	*state = fixture_new();
	return 0;
}

static inline int model_teardown(void **state)
{
	fixture_free(*state);
	return 0;
}

#define MODEL_TEST(f) cmocka_unit_test_setup_teardown(f, model_setup, model_teardown)
