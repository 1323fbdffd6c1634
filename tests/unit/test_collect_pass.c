/* Cutting an iterator's output into records: whole ones are handed out, a beginning is kept, anything else is refused
 * and nothing is read beyond the end. Each piece stands in memory of exactly its size, so that the sanitizers see a
 * step over it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pass.h"

#define WITH_INFO (sizeof(struct abi_sock) + sizeof(struct abi_info))

struct seen {
	u8 kinds[64];
	size_t count, bytes;
	u64 cookies; /* sum */
};

static size_t size_of(const struct abi_sock *a)
{
	if (a->kind == ABI_SAME || a->kind == ABI_ALIVE || a->kind == ABI_SPACE || a->kind == ABI_STILL)
		return sizeof(struct abi_same);
	if (a->kind == ABI_MINI)
		return sizeof(struct abi_mini);
	if (a->kind == ABI_DEVICE)
		return sizeof(struct abi_device);
	if (a->kind == ABI_INTERCEPTION)
		return sizeof(struct abi_interception);
	if (a->kind == ABI_LISTENER)
		return sizeof(struct abi_listener) +
		       (((const struct abi_listener *)a)->flags & LISTENER_COUNTED ? sizeof(struct abi_accepts) : 0);
	return a->has_info ? WITH_INFO : sizeof(*a);
}

/* Touches every byte of a record that it is given. */
static void see(void *context, struct abi_sock *a)
{
	struct seen *s = context;
	const u8 *p = (const u8 *)a;
	u8 sum = 0;

	assert_int_equal((uintptr_t)a % 8, 0);
	assert_int_equal(a->size, size_of(a));
	for (size_t i = 0; i < a->size; i++)
		sum = (u8)(sum + p[i]);
	(void)sum;
	if (a->kind == ABI_SAME || a->kind == ABI_ALIVE || a->kind == ABI_SPACE || a->kind == ABI_STILL)
		s->cookies += ((const struct abi_same *)a)->cookie;
	else if (a->kind == ABI_DEVICE)
		s->cookies += ((const struct abi_device *)a)->netns_cookie;
	else if (a->kind == ABI_MINI)
		s->cookies += ((const struct abi_mini *)a)->cookie;
	else
		s->cookies += a->cookie;
	s->kinds[s->count++ % ARRAY_SIZE(s->kinds)] = a->kind;
	s->bytes += a->size;
}

/* Cuts a copy that has not one byte more. */
static ssize_t cut(const void *data, size_t len, struct seen *s)
{
	cleanup_free u8 *exact = malloc(len);

	*s = (struct seen){};
	if (len)
		memcpy(exact, data, len);
	return pass_cut(exact, len, see, s);
}

/* One of each: a file's, with details, unchanged, a TIME_WAIT, one without a file. Cookies 1 … 5. */
static size_t one_of_each(u8 *to)
{
	struct abi_sock file = {.size = sizeof(file), .kind = ABI_FILE, .cookie = 1};
	struct abi_sock info = {.size = WITH_INFO, .kind = ABI_FILE, .has_info = 1, .cookie = 2};
	struct abi_same same = {.size = sizeof(same), .kind = ABI_SAME, .cookie = 3};
	struct abi_mini mini = {.size = sizeof(mini), .kind = ABI_MINI, .state = STATE_TIME_WAIT, .cookie = 4};
	struct abi_sock none = {.size = sizeof(none), .kind = ABI_NO_FILE, .cookie = 5};
	const struct {
		const void *p;
		size_t size, room;
	} parts[] = {{&file, sizeof(file), sizeof(file)},
		     {&info, sizeof(info), WITH_INFO},
		     {&same, sizeof(same), sizeof(same)},
		     {&mini, sizeof(mini), sizeof(mini)},
		     {&none, sizeof(none), sizeof(none)}};
	size_t at = 0;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		memset(to + at, 0, parts[i].room);
		memcpy(to + at, parts[i].p, parts[i].size);
		at += parts[i].room;
	}
	return at;
}

static void whole_records_are_handed_out(void **state)
{
	static const u8 kinds[] = {ABI_FILE, ABI_FILE, ABI_SAME, ABI_MINI, ABI_NO_FILE};
	u8 data[4096];
	size_t len = one_of_each(data);
	struct seen s;

	assert_int_equal(cut(data, len, &s), len);
	assert_int_equal(s.count, 5);
	assert_int_equal(s.bytes, len);
	assert_int_equal(s.cookies, 15);
	assert_memory_equal(s.kinds, kinds, sizeof(kinds));
	assert_int_equal(cut(data, 0, &s), 0);
	assert_int_equal(s.count, 0);
}

/* Cut off anywhere: those before it come, and it is left for the next read. */
static void a_beginning_is_kept(void **state)
{
	u8 data[4096];
	size_t len = one_of_each(data), whole[6] = {0}, n = 1;
	struct seen s;

	for (size_t at = 0; at < len; n++) {
		u32 size;

		memcpy(&size, data + at, 4);
		at += size;
		whole[n] = at;
	}
	for (size_t l = 0; l <= len; l++) {
		size_t k = 5;

		while (whole[k] > l)
			k--;
		assert_int_equal(cut(data, l, &s), whole[k]);
		assert_int_equal(s.count, k);
	}
}

/* The same in pieces, as pass_run() reads them. */
static void pieces_make_the_whole(void **state)
{
	u8 data[4096], window[4096] __attribute__((aligned(8)));
	size_t len = one_of_each(data);

	for (size_t piece = 1; piece < 1000; piece += 37) {
		struct seen s = {};
		size_t have = 0;

		for (size_t at = 0; at < len;) {
			size_t n = MIN(piece, len - at);
			ssize_t used;

			memcpy(window + have, data + at, n);
			at += n;
			have += n;
			used = pass_cut(window, have, see, &s);
			assert_true(used >= 0 && (size_t)used <= have);
			memmove(window, window + used, have - (size_t)used);
			have -= (size_t)used;
		}
		assert_int_equal(have, 0);
		assert_int_equal(s.count, 5);
		assert_int_equal(s.cookies, 15);
	}
}

static ssize_t cut_one(u32 size, u8 kind, u8 has_info, size_t len)
{
	u8 data[4096] = {};
	struct seen s;
	ssize_t r;

	memcpy(data, &size, sizeof(size));
	data[4] = kind;
	data[5] = has_info;
	r = cut(data, len, &s);
	assert_int_equal(s.count, r > 0);
	return r;
}

/* Every kind with every size: only its own is taken. Whether the rest has come makes no difference. */
static void only_a_kinds_own_size_is_taken(void **state)
{
	static const u32 huge[] = {4096, 65536, 65544, 1U << 30, UINT32_MAX - 7, UINT32_MAX};

	for (unsigned kind = 0; kind < 14; kind++)
		for (u8 has_info = 0; has_info < 3; has_info++) {
			struct abi_sock head = {.kind = (u8)kind, .has_info = has_info};
			bool known = kind == ABI_FILE || kind == ABI_NO_FILE || kind == ABI_MINI || kind == ABI_SAME ||
				     kind == ABI_ALIVE || kind == ABI_SPACE || kind == ABI_DEVICE ||
				     kind == ABI_STILL || kind == ABI_LISTENER || kind == ABI_INTERCEPTION;

			for (u32 size = 0; size <= 2048; size++) {
				bool good = known && size == size_of(&head);

				assert_int_equal(cut_one(size, (u8)kind, has_info, good ? size : 2048),
						 good ? (ssize_t)size : -EPROTO);
				assert_int_equal(cut_one(size, (u8)kind, has_info, sizeof(struct abi_same)),
						 !good                             ? -EPROTO
						 : size == sizeof(struct abi_same) ? (ssize_t)size
										   : 0);
			}
			for (size_t i = 0; i < ARRAY_SIZE(huge); i++)
				assert_int_equal(cut_one(huge[i], (u8)kind, has_info, 4096), -EPROTO);
		}
}

/* What stands before a broken record was good. */
static void a_broken_record_ends_the_pass(void **state)
{
	u8 data[4096];
	size_t len = one_of_each(data);
	u32 bad = sizeof(struct abi_sock) + 4;
	struct seen s;

	memcpy(data + sizeof(struct abi_sock) + WITH_INFO, &bad, sizeof(bad));
	assert_int_equal(cut(data, len, &s), -EPROTO);
	assert_int_equal(s.count, 2);
	assert_int_equal(s.cookies, 3);
}

/* Damage at random, cut anywhere: an answer, and no byte beyond the end (for the sanitizers). */
static void damage_is_survived(void **state)
{
	u8 data[4096], damaged[4096];
	size_t len = one_of_each(data);
	u64 seed = 11;

	for (unsigned n = 0; n < 20000; n++) {
		struct seen s;
		size_t l;
		ssize_t r;

		memcpy(damaged, data, len);
		for (unsigned k = 0; k < 1 + n % 4; k++) {
			seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
			damaged[(seed >> 33) % len] = (u8)(seed >> 20);
		}
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		l = (seed >> 33) % (len + 1);
		r = cut(damaged, l, &s);
		assert_true(r == -EPROTO || (r >= 0 && (size_t)r <= l && s.bytes == (size_t)r));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(whole_records_are_handed_out),  cmocka_unit_test(a_beginning_is_kept),
	    cmocka_unit_test(pieces_make_the_whole),         cmocka_unit_test(only_a_kinds_own_size_is_taken),
	    cmocka_unit_test(a_broken_record_ends_the_pass), cmocka_unit_test(damage_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
