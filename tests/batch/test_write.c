/* A model that is made from what another one writes is like it: in every table, for the recordings that make_recording
 * knows, at each of their ticks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "buf.h"
#include "devices_table.h"
#include "file.h"
#include "folds.h"
#include "layer_table.h"
#include "loss_table.h"
#include "model.h"
#include "socket_table.h"
#include "store.h"
#include "stream.h"

#define TICKS_MAX 40
#define WARM 11 /* ticks after which what is said of the last ten is the same */

struct source {
	struct buf in;
	struct stream_decoder *decoder;
};

static void source_open(struct source *s, const struct buf *bytes)
{
	*s = (struct source){};
	buf_put(&s->in, buf_at(bytes), buf_len(bytes));
	assert_int_equal(stream_decoder_new(&s->decoder), 0);
}

static void source_close(struct source *s)
{
	buf_deinit(&s->in);
	stream_decoder_free(s->decoder);
}

/* Applies records up to a tick. false: there is no more. */
static bool feed_tick(struct source *s, struct model *a, struct model *b)
{
	struct record rec;
	struct error err;

	while (stream_next(s->decoder, &s->in, &rec, &err) == 1) {
		int r = model_apply(a, &rec, &err);

		assert_true(r >= 0);
		if (b)
			assert_int_equal(model_apply(b, &rec, &err), r);
		if (r == 1)
			return true;
	}
	return false;
}

static struct model *copy_of(const struct model *m)
{
	cleanup_buf struct buf out = {};
	struct model_writer w = {};
	struct source s;
	struct model *copy;

	stream_open(&out);
	/* In slices that are as short as they can be. */
	while (!model_write(m, &w, &out, 1))
		;
	assert_false(out.failed);
	assert_int_equal(model_new(&copy), 0);
	model_set_like(copy, m);
	source_open(&s, &out);
	assert_true(feed_tick(&s, copy, NULL));
	assert_false(feed_tick(&s, copy, NULL));
	source_close(&s);
	return copy;
}

/* Lines of bars have as many ticks as were seen; "recently" is half to all of ten ticks, and where it begins depends on
 * when the first one was; and averages that an alarm compares with are those since then. */
static bool is_of_ticks(const struct table *t, const struct column *c)
{
	static const char *const words[] = {"_recent", "average_us", "time_us", "wakeup_share", "profile"};
	static const char *const layers[] = {"rx_", "tx_"};
	size_t len = strlen(c->name);

	for (size_t i = 0; t == &layer_table && i < ARRAY_SIZE(words); i++)
		if (strstr(c->name, words[i]))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(layers); i++)
		if (strncmp(c->name, layers[i], 3) == 0 && len > 7 &&
		    (strcmp(c->name + len - 7, "_p50_us") == 0 || strcmp(c->name + len - 7, "_p99_us") == 0))
			return true;
	/* What was said before is not told again. */
	return c->series || (t == &socket_table && strcmp(c->name, "app") == 0);
}

static int compare(const struct table *t, const struct model *a, const struct model *b, const char *where)
{
	char x[8192], y[8192];
	int differ = 0;

	assert_int_equal(t->rows(a, true), t->rows(b, true));
	for (u32 i = 0; i < t->end(a); i++) {
		const void *row = t->row(a, i), *other;
		u32 at = row ? t->find(b, t->id(row)) : IDMAP_NONE;

		if (!row)
			continue;
		if (at == IDMAP_NONE) {
			print_error("%s: %s: a row is missing\n", where, t->name);
			differ++;
			continue;
		}
		other = t->row(b, at);
		table_each (t, c) {
			x[column_print(c, a, row, x, sizeof(x))] = '\0';
			y[column_print(c, b, other, y, sizeof(y))] = '\0';
			if (strcmp(x, y) == 0 || is_of_ticks(t, c))
				continue;
			print_error("%s: %s.%s: '%s' has become '%s'\n", where, t->name, c->name, x, y);
			differ++;
		}
	}
	return differ;
}

static int compare_all(const struct model *a, const struct model *b, const char *where)
{
	static const struct table *const tables[] = {&socket_table,  &device_table, &stack_table,
						     &counter_table, &cpu_table,    &layer_table};
	int differ = 0;

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		differ += compare(tables[i], a, b, where);
	return differ;
}

static int cut_at(const char *kind, const struct buf *bytes, unsigned tick)
{
	struct source s;
	struct model *a, *b = NULL;
	unsigned n = 0, differ = 0;
	char where[64];

	assert_int_equal(model_new(&a), 0);
	source_open(&s, bytes);
	while (n < tick && feed_tick(&s, a, NULL))
		n++;
	if (n == tick) {
		b = copy_of(a);
		for (n = 0; n < WARM && feed_tick(&s, a, b); n++)
			;
		snprintf(where, sizeof(where), "%s %u+%u", kind, tick, n);
		if (n)
			differ = (unsigned)compare_all(a, b, where);
	}
	source_close(&s);
	model_free(a);
	model_free(b);
	return b ? (int)differ : -1;
}

static void read_recording(const char *kind, struct buf *bytes)
{
	char command[600], path[] = "/tmp/skbtop-write.XXXXXX";
	struct error err;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	close(fd);
	snprintf(command, sizeof(command), "%s %s %s", getenv("MAKE_RECORDING"), kind, path);
	assert_int_equal(system(command), 0);
	assert_int_equal(file_read(path, 1U << 30, bytes, &err), 0);
	unlink(path);
}

static void a_copy_is_alike(void **state)
{
	static const char *const kinds[] = {"layers",        "netfilter", "losses",  "lives", "devices", "local",
					    "interceptions", "markup",    "closing", "times", "held_up"};
	int differ = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		cleanup_buf struct buf bytes = {};

		read_recording(kinds[i], &bytes);
		for (unsigned tick = 1; tick <= TICKS_MAX; tick++) {
			int r = cut_at(kinds[i], &bytes, tick);

			if (r < 0)
				break;
			differ += r;
		}
	}
	assert_int_equal(differ, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_copy_is_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
