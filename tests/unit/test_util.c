/* The small things that all else stands on: buffers, the id table, texts, numbers, files, errors. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "array.h"
#include "buf.h"
#include "clock.h"
#include "error.h"
#include "file.h"
#include "idmap.h"
#include "named.h"
#include "text.h"

/* -- clocks ----------------------------------------------------------------------------------------------------------
 */

/* Whoever has the processor between two readings: it lies between what readings before and after it allow. */
static void clocks_are_compared(void **state)
{
	for (int i = 0; i < 1000; i++) {
		uint64_t real_before = clock_ns(CLOCK_REALTIME), before = now_ns(), offset = realtime_offset_ns();
		uint64_t after = now_ns(), real_after = clock_ns(CLOCK_REALTIME);

		assert_true(before + offset + NSEC_PER_MSEC >= real_before);
		assert_true(after + offset <= real_after + NSEC_PER_MSEC);
	}
}

/* -- array --------------------------------------------------------------------------------------------------------- */

static void arrays_grow_by_doubling(void **state)
{
	uint64_t *at = NULL;
	uint32_t cap = 0, grown = 0;

	for (uint32_t i = 0; i < 10000; i++) {
		uint32_t before = cap;

		assert_int_equal(array_append(&at, &cap, i, sizeof(*at)), 0);
		assert_true(cap > i);
		grown += cap != before;
		at[i] = i * 3;
	}
	assert_in_range(grown, 2, 14);
	for (uint32_t i = 0; i < 10000; i++)
		assert_int_equal(at[i], i * 3);
	free(at);
}

static void arrays_have_room_for_what_is_needed(void **state)
{
	char *at = NULL, *before;
	uint32_t cap = 0;

	assert_int_equal(array_reserve(&at, &cap, 0, 1), 0);
	assert_null(at);
	assert_int_equal(array_reserve(&at, &cap, 1000, 1), 0);
	assert_in_range(cap, 1000, 1500);
	memset(at, 'x', 1000);
	before = at;
	assert_int_equal(array_reserve(&at, &cap, 1000, 1), 0);
	assert_ptr_equal(at, before);
	assert_int_equal(array_reserve(&at, &cap, 5000, 1), 0);
	assert_int_equal(at[999], 'x');
	free(at);
}

/* More than a number of 32 bits, or than there can be. */
static void arrays_that_cannot_grow_stay(void **state)
{
	char *at = NULL;
	uint32_t cap = 0;

	assert_int_equal(array_append(&at, &cap, 0, 1), 0);
	at[0] = 'x';
	assert_int_equal(array_reserve(&at, &cap, UINT32_MAX, 1), -ENOMEM);
	assert_int_equal(array_reserve(&at, &cap, 1 << 20, SIZE_MAX / 2), -ENOMEM);
	assert_int_equal(at[0], 'x');
	assert_int_equal(cap, 16);
	free(at);
}

/* -- buf ----------------------------------------------------------------------------------------------------------- */

static void buf_is_a_queue(void **state)
{
	cleanup_buf struct buf b = {};
	uint8_t put = 0, got = 0;

	for (int round = 0; round < 2000; round++) {
		for (int i = 0; i < 37; i++)
			buf_putc(&b, (char)put++);
		for (int i = 0; i < 36; i++) {
			assert_int_equal(*buf_at(&b), got++);
			buf_consume(&b, 1);
		}
	}
	assert_int_equal(buf_len(&b), 2000);
	assert_true(b.cap < 20000); /* consumed space is used again */
	buf_consume(&b, SIZE_MAX);
	assert_int_equal(buf_len(&b), 0);
	buf_reset(&b, 10);
	assert_int_equal(b.cap, 0);
}

static void buf_prints(void **state)
{
	cleanup_buf struct buf b = {};

	buf_printf(&b, "%0300d|", 7);
	buf_puts(&b, "x");
	assert_int_equal(buf_len(&b), 302);
	assert_memory_equal(buf_at(&b) + 298, "07|x", 4);
	/* Without room for the NUL. */
	buf_printf(&b, "%0*d", (int)(b.cap - b.end), 7);
	assert_int_equal(buf_at(&b)[buf_len(&b) - 1], '7');
	assert_false(b.failed);
}

/* Under AddressSanitizer too an impossible allocation is to fail, as it does without. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void buf_failure_sticks(void **state)
{
	cleanup_buf struct buf b = {};

	buf_puts(&b, "a");
	assert_null(buf_room(&b, SIZE_MAX / 2));
	assert_true(b.failed);
	assert_int_equal(buf_len(&b), 1);
	buf_reset(&b, 4096);
	assert_false(b.failed);
}

/* A file to write to is a new one of ours, whoever has the old one open. */
static void created_files_are_new(void **state)
{
	char dir[] = "/tmp/skbtop-util.XXXXXX", path[64];
	struct stat before, now;
	struct error err = {};
	int old, fd;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/file", dir);
	old = open(path, O_RDWR | O_CREAT | O_EXCL, 0666);
	assert_true(old >= 0);
	assert_int_equal(fchmod(old, 0666), 0);
	fd = file_create(path, &err);
	assert_true(fd >= 0);
	assert_int_equal(fstat(old, &before), 0);
	assert_int_equal(fstat(fd, &now), 0);
	assert_true(before.st_ino != now.st_ino);
	assert_int_equal(now.st_mode & 07777, 0600);
	close(old);
	close(fd);
	if (geteuid() == 0) {
		assert_int_equal(chown(path, 65534, 65534), 0);
		assert_int_equal(file_create(path, &err), -EPERM);
		assert_int_equal(file_write_atomic(path, "x", 1, &err), -EPERM);
	}
	unlink(path);
	assert_int_equal(rmdir(dir), 0);
}

/* -- idmap --------------------------------------------------------------------------------------------------------- */

#define IDS 3000

/* Against a plain array, with ids that collide and come and go. */
static void idmap_agrees_with_an_array(void **state)
{
	static uint32_t want[IDS];
	cleanup(idmap_deinit) struct idmap m = {};
	uint64_t x = 88172645463325252ULL;

	memset(want, 0xff, sizeof(want));
	for (uint32_t n = 0; n < 60000; n++) {
		uint32_t i;

		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		i = (uint32_t)(x % IDS);
		if (x >> 40 & 1) {
			assert_int_equal(idmap_set(&m, i + 1, n), 0);
			want[i] = n;
		} else {
			assert_int_equal(idmap_remove(&m, i + 1), want[i]);
			want[i] = IDMAP_NONE;
		}
	}
	for (uint32_t i = 0; i < IDS; i++)
		assert_int_equal(idmap_get(&m, i + 1), want[i]);
	idmap_clear(&m);
	assert_int_equal(idmap_get(&m, 1), IDMAP_NONE);
	assert_int_equal(m.used, 0);
}

/* The finaliser of splitmix64, which the hash once was, inverted: the id that hashes to h. */
static uint64_t unmixed(uint64_t h)
{
	h ^= h >> 31 ^ h >> 62;
	h *= 0x319642b2d24d8ec3ULL;
	h ^= h >> 27 ^ h >> 54;
	h *= 0x96de1b173f119089ULL;
	return h ^ h >> 30 ^ h >> 60;
}

/* How many slots are looked at to find all that is there. */
static uint64_t probes(const struct idmap *m)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < m->slots; i++)
		if (m->ids[i])
			sum += ((i - idmap_hash(m->ids[i])) & (m->slots - 1)) + 1;
	return sum;
}

/* Ids that are chosen to collide are no worse than any: the key is not known to whoever writes a recording. */
static void idmap_cannot_be_aimed_at(void **state)
{
	const uint32_t count = 20000;
	cleanup(idmap_deinit) struct idmap plain = {}, chosen = {}, high = {};

	for (uint32_t i = 0; i < count; i++) {
		assert_int_equal(idmap_set(&plain, i + 1, i), 0);
		assert_int_equal(idmap_set(&chosen, unmixed((i + 1ULL) << 32), i), 0);
		assert_int_equal(idmap_set(&high, (i + 1ULL) << 44, i), 0);
	}
	assert_true(probes(&plain) < 4 * count);
	assert_true(probes(&chosen) < 4 * count);
	assert_true(probes(&high) < 4 * count);
}

/* -- text ---------------------------------------------------------------------------------------------------------- */

/* Words are listed without a bound on how many there are. */
static void text_is_joined(void **state)
{
	char text[16] = "", small[8] = "", none[1] = "";

	assert_int_equal(text_join(text, sizeof(text), ", ", "%s", "one"), 3);
	assert_int_equal(text_join(text, sizeof(text), ", ", "%d%%", 20), 8);
	assert_string_equal(text, "one, 20%");
	for (unsigned i = 0; i < 100; i++)
		assert_in_range(text_join(text, sizeof(text), ", ", "%s", "word"), 8, 15);
	assert_string_equal(text, "one, 20%, word,");
	/* Never half a character. */
	assert_int_equal(text_join(small, sizeof(small), " ", "%s", "abcdef\xe2\x82\xac"), 6);
	assert_string_equal(small, "abcdef");
	small[4] = '\0';
	assert_int_equal(text_join(small, sizeof(small), "", "%s", "\xe2\x82\xac"), 7);
	assert_int_equal(text_join(none, sizeof(none), ", ", "%s", "word"), 0);
}

static void text_is_cleaned(void **state)
{
	static const struct {
		const char *raw, *clean;
	} cases[] = {
	    {"nginx", "nginx"},
	    {"a\033[31mb", "a?[31mb"},
	    {"line\nbreak\r\t", "line?break??"},
	    {"\x7f\xc2\x9b"
	     "2J",
	     "??2J"}, /* DEL, and CSI as a C1 control */
	    {"\xe2\x80\xae"
	     "evil",
	     "?evil"}, /* right-to-left override */
	    {"\xef\xbb\xbf"
	     "bom",
	     "?bom"},                                                                 /* byte order mark */
	    {"\xff\xfe", "\xef\xbf\xbd\xef\xbf\xbd"},                                 /* not UTF-8 */
	    {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},                                 /* overlong */
	    {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},                 /* surrogate */
	    {"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* beyond U+10FFFF */
	    {"\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd"},                                 /* cut */
	    {"日本é", "日本é"},
	    {"", ""},
	};
	char out[64];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(text_clean(out, sizeof(out), cases[i].raw, strlen(cases[i].raw)),
				 strlen(cases[i].clean));
		assert_string_equal(out, cases[i].clean);
	}
	assert_int_equal(text_clean(out, 4, "日本", 6), 3); /* cut at a character */
	assert_string_equal(out, "日");
	assert_int_equal(text_clean(out, 3, "日本", 6), 0);
	assert_int_equal(text_clean(out, sizeof(out), "ab\0cd", 5), 2);
}

static void text_has_a_width(void **state)
{
	size_t used;
	char out[8];

	assert_int_equal(text_width("abc"), 3);
	assert_int_equal(text_width("日本"), 4);
	assert_int_equal(text_width("e\xcc\x81"), 1); /* combining accent */
	assert_int_equal(text_width(""), 0);
	assert_int_equal(text_fit("abc", 2, &used), 2);
	assert_int_equal(used, 2);
	assert_int_equal(text_fit("日本x", 3, &used), 3); /* a half character is not shown */
	assert_int_equal(used, 2);
	assert_int_equal(text_fit("e\xcc\x81x", 1, &used), 3); /* its accent belongs to it */
	assert_int_equal(text_copy(out, sizeof(out), "abcd日本"), 7);
	assert_string_equal(out, "abcd日");
	assert_int_equal(text_copy(out, 7, "abcd日本"), 4);
}

/* -- errors and files ---------------------------------------------------------------------------------------------- */

static void errors_are_one_clean_line(void **state)
{
	struct error err = {};
	char longer[2000];

	assert_int_equal(error_set(&err, -EIO, "%s: bad\n", "a\033b"), -EIO);
	assert_string_equal(err.text, "a?b: bad?");
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	error_set(&err, -EIO, "%s", longer);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	assert_int_equal(error_set(NULL, -EIO, "nobody listens"), -EIO);
}

static void files_are_replaced_whole(void **state)
{
	char dir[] = "/tmp/skbtop-util.XXXXXX", path[64], other[64];
	struct stat st;
	cleanup_buf struct buf b = {};
	struct error err = {};

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/file", dir);
	snprintf(other, sizeof(other), "%s/link", dir);
	assert_int_equal(file_write_atomic(path, "one", 3, &err), 0);
	assert_int_equal(file_write_atomic(path, "second", 6, &err), 0);
	assert_int_equal(file_read(path, 6, &b, &err), 0);
	assert_int_equal(buf_len(&b), 6);
	assert_memory_equal(buf_at(&b), "second", 6);
	assert_int_equal(file_read(path, 5, &b, &err), -EFBIG);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(link(path, other), 0);
	assert_int_equal(file_write_atomic(path, "x", 1, &err), -EMLINK);
	assert_int_equal(file_create(path, &err), -EMLINK);
	unlink(other);
	assert_int_equal(symlink(path, other), 0);
	assert_int_equal(file_create(other, &err), -ELOOP);
	assert_int_equal(file_write_atomic(other, "x", 1, &err), -ELOOP);
	assert_int_equal(file_write_atomic(dir, "x", 1, &err), -EEXIST);
	assert_int_equal(file_read("/nonexistent/file", 5, &b, &err), -ENOENT);
	assert_int_equal(file_create("/dev/null", &err), -EEXIST);
	unlink(other);
	assert_int_equal(mkfifo(other, 0600), 0);
	assert_int_equal(file_create(other, &err), -EEXIST);
	unlink(other);
	unlink(path);
	assert_int_equal(rmdir(dir), 0); /* no temporary file was left */
}

static void names_are_found(void **state)
{
	static const struct {
		int number;
		const char *name;
	} table[] = {{1, "one"}, {0, NULL}, {2, "two"}};

	assert_int_equal(named_find(&table[0].name, sizeof(table[0]), 3, "two"), 2);
	assert_int_equal(named_find(&table[0].name, sizeof(table[0]), 3, "tw"), 3);
	assert_int_equal(named_find(&table[0].name, sizeof(table[0]), 1, "two"), 1);
}

static void words_have_a_distance(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned edits;
	} cases[] = {{"", "", 0},       {"rtt", "rtt", 0},         {"rtt", "rt", 1}, {"rt", "rtt", 1},
		     {"rtt", "rxt", 1}, {"retrnas", "retrans", 1}, {"abc", "", 3},   {"ca", "abc", 3}};
	char word[NAMED_MAX + 1];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(named_distance(cases[i].a, strlen(cases[i].a), cases[i].b, strlen(cases[i].b)),
				 cases[i].edits);
	memset(word, 'x', sizeof(word));
	assert_int_equal(named_distance(word, NAMED_MAX, "", 0), NAMED_MAX);
	assert_int_equal(named_distance(word, NAMED_MAX + 1, "x", 1), NAMED_FAR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(clocks_are_compared),
	    cmocka_unit_test(names_are_found),
	    cmocka_unit_test(words_have_a_distance),
	    cmocka_unit_test(arrays_grow_by_doubling),
	    cmocka_unit_test(arrays_have_room_for_what_is_needed),
	    cmocka_unit_test(arrays_that_cannot_grow_stay),
	    cmocka_unit_test(buf_is_a_queue),
	    cmocka_unit_test(buf_prints),
	    cmocka_unit_test(buf_failure_sticks),
	    cmocka_unit_test(idmap_agrees_with_an_array),
	    cmocka_unit_test(idmap_cannot_be_aimed_at),
	    cmocka_unit_test(text_is_joined),
	    cmocka_unit_test(text_is_cleaned),
	    cmocka_unit_test(text_has_a_width),
	    cmocka_unit_test(errors_are_one_clean_line),
	    cmocka_unit_test(files_are_replaced_whole),
	    cmocka_unit_test(created_files_are_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
