/* Which local ports there are, from the files of /proc/sys/net/ipv4 as the kernel writes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "port_range.h"

static FILE *file(const char *text)
{
	return text ? fmemopen((void *)text, strlen(text), "r") : NULL;
}

static const char *time_wait_max; /* of tcp_max_tw_buckets */

static bool read_from(struct record_ports *p, const char *range, const char *reserved, const char *reuse,
		      const char *delay, const char *timestamps)
{
	cleanup_fclose FILE *a = file(range), *b = file(reserved), *c = file(reuse), *d = file(delay),
			    *e = file(timestamps), *g = file(time_wait_max);

	return port_range_read_from(p, &(struct port_range_files){a, b, c, d, e, g});
}

static u32 kept(const char *reserved)
{
	struct record_ports p = {};

	assert_true(read_from(&p, "40000\t40099\n", reserved, "2\n", "1000\n", "1\n"));
	return p.kept;
}

static void test_range(void **state)
{
	struct record_ports p = {.netns = 7};

	assert_true(read_from(&p, "32768\t60999\n", "\n", "2\n", "500\n", "1\n"));
	assert_int_equal(p.first, 32768);
	assert_int_equal(p.last, 60999);
	assert_int_equal(p.kept, 0);
	assert_int_equal(p.reuse, 2);
	assert_int_equal(p.reuse_delay_ms, 500);
	assert_int_equal(p.netns, 7);
	assert_int_equal(p.time_wait_max, 0);
	time_wait_max = "131072\n";
	assert_true(read_from(&p, "32768\t60999\n", "\n", "2\n", "500\n", "1\n"));
	assert_int_equal(p.time_wait_max, 131072);
	time_wait_max = NULL;
	/* What cannot be read changes nothing. */
	assert_false(read_from(&p, NULL, "\n", "2\n", "1\n", "1\n"));
	assert_false(read_from(&p, "1\n", "\n", "2\n", "1\n", "1\n"));
	assert_false(read_from(&p, "9 8\n", "\n", "2\n", "1\n", "1\n"));
	assert_false(read_from(&p, "1 65536\n", "\n", "2\n", "1\n", "1\n"));
	assert_false(read_from(&p, "0 9\n", "\n", "2\n", "1\n", "1\n"));
	assert_int_equal(p.first, 32768);
	assert_int_equal(p.reuse_delay_ms, 500);
}

static void test_reserved(void **state)
{
	assert_int_equal(kept("\n"), 0);
	assert_int_equal(kept("40000\n"), 1);
	assert_int_equal(kept("1,39999-40001,40050,40098-41000,50000-50002\n"), 5);
	assert_int_equal(kept("1-65535\n"), 100);
	assert_int_equal(kept("40100-50000\n"), 0);
	assert_int_equal(kept(NULL), 0);
	/* No list. */
	assert_int_equal(kept("40001;40002\n"), 1);
	assert_int_equal(kept("40009-40001,40002\n"), 0);
	assert_int_equal(kept("40001-40090,40001-40090\n"), 100);
}

/* Before 6.14 the delay was no setting; without timestamps there is no reuse. */
static void test_reuse(void **state)
{
	struct record_ports p = {};

	assert_true(read_from(&p, "1 9\n", NULL, "1\n", NULL, "1\n"));
	assert_int_equal(p.reuse, 1);
	assert_int_equal(p.reuse_delay_ms, 1000);
	assert_true(read_from(&p, "1 9\n", NULL, "1\n", NULL, "0\n"));
	assert_int_equal(p.reuse, 0);
	assert_true(read_from(&p, "1 9\n", NULL, "3\n", NULL, NULL));
	assert_int_equal(p.reuse, 0);
	assert_true(read_from(&p, "1 9\n", NULL, NULL, NULL, NULL));
	assert_int_equal(p.reuse, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_range),
	    cmocka_unit_test(test_reserved),
	    cmocka_unit_test(test_reuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
