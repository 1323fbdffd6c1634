/* Answers of name servers, as they are and as they should not be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"
#include "dns.h"

#define QUESTION 12 /* where the name of the question is */

static struct buf m;

static void put_word(unsigned n)
{
	buf_putc(&m, (char)(n >> 8));
	buf_putc(&m, (char)n);
}

/* "a.example" as labels, not yet ended. */
static void put_labels(const char *name)
{
	while (*name) {
		size_t n = strcspn(name, ".");

		buf_putc(&m, (char)n);
		buf_put(&m, name, n);
		name += n + (name[n] == '.');
	}
}

static void put_name(const char *name)
{
	put_labels(name);
	buf_putc(&m, 0);
}

static void put_pointer(size_t to)
{
	put_word(0xc000 | (unsigned)to);
}

static void begin(const char *question, unsigned answers)
{
	buf_reset(&m, 4096);
	put_word(7);
	put_word(0x8180);
	put_word(1);
	put_word(answers);
	put_word(0);
	put_word(0);
	put_name(question);
	put_word(1);
	put_word(1);
}

/* What follows the owner of a record. */
static void put_head(unsigned type, unsigned class, unsigned size)
{
	put_word(type);
	put_word(class);
	put_word(0);
	put_word(300);
	put_word(size);
}

static void put_a(const char *owner, const char *address)
{
	u8 bytes[4];

	assert_int_equal(inet_pton(AF_INET, address, bytes), 1);
	if (owner)
		put_name(owner);
	else
		put_pointer(QUESTION);
	put_head(1, 1, 4);
	buf_put(&m, bytes, 4);
}

static void put_cname(const char *owner, const char *to)
{
	put_name(owner);
	put_head(5, 1, (unsigned)strlen(to) + 2);
	put_name(to);
}

static void note(void *context, const char *name, const u8 *address, unsigned family)
{
	char text[INET6_ADDRSTRLEN];

	assert_non_null(inet_ntop(family == 6 ? AF_INET6 : AF_INET, address, text, sizeof(text)));
	buf_printf(context, "%s=%s ", name, text);
}

static void expect_of(size_t len, const char *want)
{
	cleanup_buf struct buf found = {};

	dns_addresses(buf_at(&m), len, note, &found);
	buf_putc(&found, '\0');
	assert_string_equal((const char *)buf_at(&found), want);
}

static void expect(const char *want)
{
	expect_of(buf_len(&m), want);
}

static void test_addresses(void **state)
{
	static const u8 six[16] = {0x20, 1, 0xd, 0xb8, [15] = 1};

	begin("Web.Example", 3);
	put_a(NULL, "192.0.2.1");
	put_a("WEB.example", "192.0.2.2");
	put_pointer(QUESTION);
	put_head(28, 1, 16);
	buf_put(&m, six, 16);
	expect("web.example=192.0.2.1 web.example=192.0.2.2 web.example=2001:db8::1 ");
	/* As many as are said to be there, and as far as they are. */
	buf_at(&m)[7] = 2;
	expect("web.example=192.0.2.1 web.example=192.0.2.2 ");
	buf_at(&m)[7] = 9;
	expect_of(buf_len(&m) - 1, "web.example=192.0.2.1 web.example=192.0.2.2 ");
	for (size_t len = 0; len < 29 + 16; len++)
		expect_of(len, "");
}

static void test_chain(void **state)
{
	begin("www.example", 5);
	put_cname("www.example", "cdn.example.net");
	put_a("other.example", "192.0.2.9");
	put_cname("cdn.example.net", "a.b.example.org");
	put_a("www.example", "192.0.2.8");
	put_a("a.b.example.org", "192.0.2.1");
	expect("www.example=192.0.2.1 ");
}

static void test_others(void **state)
{
	begin("www.example", 4);
	put_pointer(QUESTION);
	put_head(1, 3, 4); /* CHAOS */
	buf_put(&m, "\1\2\3\4", 4);
	put_pointer(QUESTION);
	put_head(16, 1, 4);
	buf_put(&m, "\3txt", 4);
	put_pointer(QUESTION);
	put_head(1, 1, 5);
	buf_put(&m, "\1\2\3\4\5", 5);
	put_a(NULL, "192.0.2.1");
	expect("www.example=192.0.2.1 ");
	/* Two questions are none. */
	buf_at(&m)[5] = 2;
	expect("");
}

/* Pointers that lead nowhere, to themselves, or forward; labels that are too long. */
static void test_pointers(void **state)
{
	char label[64];
	size_t at;

	begin("example", 2);
	at = buf_len(&m);
	put_pointer(QUESTION);
	put_head(5, 1, 2);
	put_pointer(at + 12); /* itself */
	put_a(NULL, "192.0.2.1");
	expect("");
	for (size_t to = 0; to < 80; to++) {
		begin("example", 1);
		at = buf_len(&m);
		put_pointer(to);
		put_head(1, 1, 4);
		buf_put(&m, "\1\2\3\4", 4);
		expect(to == QUESTION ? "example=1.2.3.4 " : "");
	}
	memset(label, 'a', sizeof(label) - 1);
	label[63] = '\0';
	begin(label, 1);
	put_a(NULL, "192.0.2.1");
	buf_at(&m)[QUESTION] = 64;
	expect("");
}

static void test_long(void **state)
{
	char name[300];

	for (size_t i = 0; i < sizeof(name); i++)
		name[i] = i % 50 == 49 ? '.' : 'a';
	name[253] = '\0';
	begin(name, 1);
	put_a(NULL, "192.0.2.1");
	name[253] = '=';
	memcpy(name + 254, "192.0.2.1 ", 11);
	expect(name);
	for (size_t i = 253; i < sizeof(name); i++)
		name[i] = i % 50 == 49 ? '.' : 'a';
	name[256] = '\0';
	begin(name, 1);
	put_a(NULL, "192.0.2.1");
	expect("");
}

static void test_strange_letters(void **state)
{
	begin("a b\033\"c", 1);
	put_a(NULL, "192.0.2.1");
	expect("a?b??c=192.0.2.1 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_addresses), cmocka_unit_test(test_chain), cmocka_unit_test(test_others),
	    cmocka_unit_test(test_pointers),  cmocka_unit_test(test_long),  cmocka_unit_test(test_strange_letters),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	buf_deinit(&m);
	return failed;
}
