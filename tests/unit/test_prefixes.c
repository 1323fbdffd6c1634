/* Lists of prefixes: what is read, and which one an address has. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "prefixes.h"

static void expect(const struct prefixes *p, const char *address, const char *wanted)
{
	u8 bytes[16] = {}, family = strchr(address, ':') ? 6 : 4;
	struct prefix found;
	char text[64];

	assert_int_equal(inet_pton(family == 6 ? AF_INET6 : AF_INET, address, bytes), 1);
	found = prefixes_find(p, bytes, family);
	prefix_format(&found, text, sizeof(text));
	assert_string_equal(text, wanted);
}

static void test_usual(void **state)
{
	expect(NULL, "10.1.2.3", "10.1.2.0/24");
	expect(NULL, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64");
}

/* The longest one, in whatever order they were given; bits beyond the length do not matter. */
static void test_longest(void **state)
{
	struct prefixes *p = NULL;

	assert_int_equal(prefixes_new(&p, "10.0.0.0/8,10.1.2.200/25 10.1.0.0/16\n10.1.2.130\t2001:db8::/33", NULL), 0);
	expect(p, "10.1.2.130", "10.1.2.130/32");
	expect(p, "10.1.2.131", "10.1.2.128/25");
	expect(p, "10.1.2.127", "10.1.0.0/16");
	expect(p, "10.2.0.1", "10.0.0.0/8");
	expect(p, "11.2.0.1", "11.2.0.0/24");
	expect(p, "2001:db8:7fff::1", "2001:db8::/33");
	expect(p, "2001:db8:8000::1", "2001:db8:8000::/64");
	prefixes_free(p);
}

static void test_all_others(void **state)
{
	struct prefixes *p = NULL;

	assert_int_equal(prefixes_new(&p, "# ours\n192.168.0.0/16 # the office\n\n0.0.0.0/0, ::/0", NULL), 0);
	expect(p, "192.168.9.9", "192.168.0.0/16");
	expect(p, "8.8.8.8", "0.0.0.0/0");
	expect(p, "2001:db8::1", "::/0");
	prefixes_free(p);
}

static void test_refused(void **state)
{
	static const char *const wrong[] = {"",         "#",          "10.0.0.0/33", "10.0.0.0/",
					    "10.0.0/8", "::/129",     "10.0.0.0/8x", "10.0.0.0/-1",
					    "::1::/8",  "here,there", "1.2.3.4/8/8"};
	struct prefixes *p = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct error err = {};

		assert_int_equal(prefixes_new(&p, wrong[i], &err), -EINVAL);
		assert_true(*err.text);
		assert_null(p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_usual), cmocka_unit_test(test_longest),
					   cmocka_unit_test(test_all_others), cmocka_unit_test(test_refused)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
