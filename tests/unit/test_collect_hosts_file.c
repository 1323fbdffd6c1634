/* /etc/hosts as hosts(5) has it, and as it is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"
#include "hosts_file.h"

static void note(void *context, const struct record_host *r)
{
	struct buf *out = context;
	char address[INET6_ADDRSTRLEN];

	assert_int_equal(r->from, HOST_FROM_FILE);
	assert_non_null(inet_ntop(r->family == 6 ? AF_INET6 : AF_INET, r->address, address, sizeof(address)));
	buf_printf(out, "%s=%s ", address, (const char *)r->name);
}

static void expect(const char *file, const char *want)
{
	cleanup_buf struct buf out = {};
	cleanup_free char *text = strdup(file);

	assert_non_null(text);
	hosts_file_parse(text, note, &out);
	buf_putc(&out, '\0');
	assert_string_equal((const char *)buf_at(&out), want);
}

static void test_lines(void **state)
{
	expect("127.0.0.1\tlocalhost local # the machine\n\n# no\n  10.0.0.5   db.example  db\r\n::1 localhost6\n",
	       "127.0.0.1=localhost 10.0.0.5=db.example ::1=localhost6 ");
	expect("10.0.0.1 a\n10.0.0.1 b", "10.0.0.1=a 10.0.0.1=b ");
	expect("", "");
	expect("10.0.0.1\n10.0.0.1 # a\n10.0.0 a\nfe80::1%eth0 a\nx:y a\n10.0.0.2 b\n", "10.0.0.2=b ");
}

static void test_bounds(void **state)
{
	cleanup_buf struct buf in = {};
	char name[300];

	memset(name, 'a', sizeof(name));
	name[RECORD_NAME_LEN] = '\0';
	buf_printf(&in, "10.0.0.1 %s\n10.0.0.2 b\n", name);
	buf_putc(&in, '\0');
	expect((const char *)buf_at(&in), "10.0.0.2=b ");
}

static void count(void *context, const struct record_host *r)
{
	++*(u32 *)context;
}

static void test_many(void **state)
{
	cleanup_buf struct buf in = {};
	u32 n = 0;

	for (u32 i = 0; i < HOSTS_FILE_NAMES + 10; i++)
		buf_puts(&in, "10.0.0.1 a\n");
	buf_putc(&in, '\0');
	hosts_file_parse((char *)buf_at(&in), count, &n);
	assert_int_equal(n, HOSTS_FILE_NAMES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_bounds),
	    cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
