/* Names of hosts: what passes as one, which of several counts, and that only so many are kept. */
#include "rows.h"

#include <stdio.h>

#include "hostname.h"
#include "rows_private.h"
#include "wanted.h"

static void tell(struct model *m, enum host_from from, const char *address, const char *name)
{
	struct record_host r = {.from = (u8)from, .family = !address ? 0 : strchr(address, ':') ? 6 : 4};

	if (address)
		assert_int_equal(inet_pton(r.family == 6 ? AF_INET6 : AF_INET, address, r.address), 1);
	if (name)
		memcpy(r.name, name, MIN(strlen(name), sizeof(r.name)));
	apply(m, RECORD_HOST, &r);
}

static void expect(const struct model *m, const char *address, const char *name, enum host_from from)
{
	unsigned family = strchr(address, ':') ? 6 : 4;
	enum host_from is;
	const char *found;
	u8 bytes[16];

	memset(bytes, 0xaa, sizeof(bytes));
	assert_int_equal(inet_pton(family == 6 ? AF_INET6 : AF_INET, address, bytes), 1);
	found = model_host(m, bytes, family, &is);
	assert_int_equal(is, from);
	if (name)
		assert_string_equal(found, name);
	else
		assert_null(found);
}

static void test_which_counts(void **state)
{
	struct model *m = fixture_new();

	expect(m, "10.0.0.1", NULL, HOST_UNNAMED);
	tell(m, HOST_FROM_DNS, "10.0.0.1", "a.example");
	tell(m, HOST_FROM_DNS, "2001:db8::1", "six.example");
	tell(m, HOST_FROM_DNS, "10.0.0.2", "other.example");
	expect(m, "10.0.0.1", "a.example", HOST_FROM_DNS);
	expect(m, "2001:db8::1", "six.example", HOST_FROM_DNS);
	/* Of answers the last, of the file the first; and the file before all answers. */
	tell(m, HOST_FROM_DNS, "10.0.0.1", "b.example");
	expect(m, "10.0.0.1", "b.example", HOST_FROM_DNS);
	tell(m, HOST_FROM_FILE, "10.0.0.1", "db");
	tell(m, HOST_FROM_FILE, "10.0.0.1", "alias");
	tell(m, HOST_FROM_DNS, "10.0.0.1", "c.example");
	expect(m, "10.0.0.1", "db", HOST_FROM_FILE);
	/* A file that has changed. */
	tell(m, HOST_FROM_FILE, NULL, NULL);
	expect(m, "10.0.0.1", NULL, HOST_UNNAMED);
	expect(m, "10.0.0.2", "other.example", HOST_FROM_DNS);
	tell(m, HOST_FROM_FILE, "10.0.0.1", "db2");
	expect(m, "10.0.0.1", "db2", HOST_FROM_FILE);
	fixture_free(m);
}

/* The four bytes of an IPv4 address are not the beginning of an IPv6 address. */
static void test_families(void **state)
{
	struct model *m = fixture_new();

	tell(m, HOST_FROM_DNS, "32.1.13.184", "four.example");
	tell(m, HOST_FROM_DNS, "2001:db8::", "six.example");
	expect(m, "32.1.13.184", "four.example", HOST_FROM_DNS);
	expect(m, "2001:db8::", "six.example", HOST_FROM_DNS);
	fixture_free(m);
}

static void test_bad(void **state)
{
	struct model *m = fixture_new();
	char long_name[RECORD_NAME_LEN];
	struct record_host r = {.from = HOST_FROM_DNS, .family = 4, .address = {10, 0, 0, 1}};

	memset(r.name, 'a', sizeof(r.name));
	apply(m, RECORD_HOST, &r);
	tell(m, HOST_FROM_DNS, "10.0.0.1", "a\033[2J");
	tell(m, HOST_FROM_DNS, "10.0.0.1", "");
	tell(m, HOST_UNNAMED, "10.0.0.1", "a");
	tell(m, HOST_FROM_COUNT, "10.0.0.1", "a");
	expect(m, "10.0.0.1", NULL, HOST_UNNAMED);
	r.family = 5;
	memcpy(r.name, "a", 2);
	apply(m, RECORD_HOST, &r);
	expect(m, "10.0.0.1", NULL, HOST_UNNAMED);
	fixture_free(m);
	assert_true(hostname_is_one("localhost"));
	assert_true(hostname_is_one("_sip.xn--bcher-kva.example"));
	assert_true(hostname_is_one("10.in-addr.arpa"));
	assert_true(hostname_is_one("1a"));
	for (size_t i = 0; i < sizeof(long_name); i++)
		long_name[i] = i % 2 ? '.' : 'a';
	long_name[HOSTNAME_MAX] = '\0';
	assert_true(hostname_is_one(long_name));
	long_name[HOSTNAME_MAX] = '.';
	long_name[HOSTNAME_MAX + 1] = 'a';
	long_name[HOSTNAME_MAX + 2] = '\0';
	assert_false(hostname_is_one(long_name));
	assert_false(hostname_is_one(""));
	assert_false(hostname_is_one("."));
	assert_false(hostname_is_one("a."));
	assert_false(hostname_is_one(".a"));
	assert_false(hostname_is_one("a..b"));
	assert_false(hostname_is_one("a b"));
	assert_false(hostname_is_one("a/b"));
	assert_false(hostname_is_one("b\xc3\xbc"
				     "cher"));
	/* An address, as a name. */
	assert_false(hostname_is_one("8.8.8.8"));
	assert_false(hostname_is_one("8"));
	memset(long_name, 'a', 64);
	long_name[63] = '\0';
	assert_true(hostname_is_one(long_name));
	long_name[63] = 'a';
	long_name[64] = '\0';
	assert_false(hostname_is_one(long_name));
}

static const char *nth(u32 i, char text[32])
{
	snprintf(text, 32, "10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
	return text;
}

/* Those that were told longest ago go; who is told again stays. */
static void test_bound(void **state)
{
	struct model *m = fixture_new();
	char text[32];

	for (u32 i = 0; i < MODEL_HOSTS_MAX; i++)
		tell(m, HOST_FROM_DNS, nth(i, text), "old.example");
	tell(m, HOST_FROM_DNS, nth(0, text), "again.example");
	for (u32 i = 0; i < 100; i++)
		tell(m, HOST_FROM_DNS, nth(MODEL_HOSTS_MAX + i, text), "new.example");
	expect(m, nth(0, text), "again.example", HOST_FROM_DNS);
	for (u32 i = 1; i <= 100; i++)
		expect(m, nth(i, text), NULL, HOST_UNNAMED);
	expect(m, nth(101, text), "old.example", HOST_FROM_DNS);
	for (u32 i = 0; i < 100; i++)
		expect(m, nth(MODEL_HOSTS_MAX + i, text), "new.example", HOST_FROM_DNS);
	assert_int_equal(m->hosts.count, MODEL_HOSTS_MAX);
	fixture_free(m);
}

static void test_wanted(void **state)
{
	const u8 zero[16] = {}, one[16] = {10, 0, 0, 1};
	struct model *m = fixture_new();
	struct record_host r;
	enum host_from from;
	char text[32];

	expect(m, "10.0.0.1", NULL, HOST_UNNAMED);
	assert_false(model_wanted_host(m, &r));
	assert_int_equal(model_want_hosts(m), 0);
	assert_null(model_host(m, zero, 4, &from));
	expect(m, "127.0.0.1", NULL, HOST_UNNAMED);
	assert_false(model_wanted_host(m, &r));
	/* Once each. */
	expect(m, "10.0.0.1", NULL, HOST_UNNAMED);
	expect(m, "10.0.0.1", NULL, HOST_UNNAMED);
	assert_true(model_wanted_host(m, &r));
	assert_int_equal(r.family, 4);
	assert_memory_equal(r.address, one, 16);
	model_asked_host(m);
	assert_false(model_wanted_host(m, &r));
	expect(m, "10.0.0.1", NULL, HOST_UNNAMED);
	assert_false(model_wanted_host(m, &r));
	/* What an answer says is better than what was looked up, and what the file says best. */
	tell(m, HOST_FROM_RESOLVER, "10.0.0.1", "looked.example");
	expect(m, "10.0.0.1", "looked.example", HOST_FROM_RESOLVER);
	tell(m, HOST_FROM_DNS, "10.0.0.1", "answered.example");
	expect(m, "10.0.0.1", "answered.example", HOST_FROM_DNS);
	tell(m, HOST_FROM_RESOLVER, "10.0.0.1", "looked.example");
	expect(m, "10.0.0.1", "answered.example", HOST_FROM_DNS);
	/* Those for which there is no room are wanted again. */
	for (u32 i = 0; i < 1000; i++)
		expect(m, nth(i + 10, text), NULL, HOST_UNNAMED);
	for (u32 round = 0; round < 4; round++) {
		u32 n = 0;

		for (; model_wanted_host(m, &r); model_asked_host(m))
			n++;
		assert_int_equal(n, round < 3 ? 256 : 1000 - 3 * 256);
		for (u32 i = 0; i < 1000; i++)
			expect(m, nth(i + 10, text), NULL, HOST_UNNAMED);
	}
	assert_false(model_wanted_host(m, &r));
	fixture_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_which_counts), cmocka_unit_test(test_families), cmocka_unit_test(test_bad),
	    cmocka_unit_test(test_bound),        cmocka_unit_test(test_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
