/* A model with two sockets, and histograms for it: for the tests of the layers. */
#pragma once

#include <math.h>
#include <stdlib.h>

#include "rows.h"
#include "layers.h"

#define USEC 1000ULL
#define SAMPLES 5000

static u64 seed = 88172645463325252ULL;

/* xorshift64: the same numbers everywhere. */
static inline u64 random_next(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static inline double random_unit(void)
{
	return (double)(random_next() >> 11) / 9007199254740992.0;
}

static inline void add(struct record_layers *r, enum layer layer, u64 ns, u32 count)
{
	r->n[layer] += count;
	r->sum_ns[layer] += ns * count;
	r->max_ns[layer] = MAX(r->max_ns[layer], ns);
	r->buckets[layer * LAYER_BUCKETS + histogram_bucket(ns)] += count;
}

static inline void put(struct model *m, const struct record_layers *r)
{
	apply(m, RECORD_LAYERS, r);
}

static inline void stages(struct model *m, u64 sample, u32 merged, u32 absent)
{
	struct record_stages s = {.sample = sample, .merged = merged, .absent = absent};

	apply(m, RECORD_STAGES, &s);
}

static inline const struct layers *of(struct model *m, u64 id)
{
	return id ? row_layers(m, model_row(m, model_find(m, id))) : model_layers(m);
}

static inline struct histogram_figures figures(struct model *m, u64 id, enum layer layer, enum layers_span span)
{
	struct histogram_figures f;

	assert_true(layer_figures(m, layers_row(of(m, id), layer), span, &f));
	return f;
}

static inline bool known(struct model *m, u64 id, enum layer layer, enum layers_span span)
{
	struct histogram_figures f;

	return layer_figures(m, layers_row(of(m, id), layer), span, &f);
}

static inline int setup(void **state)
{
	struct model *m = NULL;
	struct record_socket s = rows_tcp(1, "10.0.0.1", 443, "10.0.0.2", 4000);

	m = fixture_new();
	rows_put(m, &s);
	s.id = 2;
	rows_put(m, &s);
	*state = m;
	return 0;
}

static inline int teardown(void **state)
{
	fixture_free(*state);
	return 0;
}
