/* Every conversation of tests/conversations, whole and cut after each of its bytes. UPDATE_GOLDENS=1 rewrites what is
 * told of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "conversation_file.h"
#include "file.h"
#include "parser.h"

static void each_file(void (*check)(const struct conversation_file *f))
{
	struct conversation_file f;
	unsigned i;

	for (i = 0; conversation_file_read(&f, CONVERSATIONS, i); i++) {
		check(&f);
		conversation_file_deinit(&f);
	}
	assert_true(i >= 2);
}

static void check_told(const struct conversation_file *f)
{
	cleanup_buf struct buf now = {};
	struct error err = {};

	conversation_file_told(f, &now);
	if (getenv("UPDATE_GOLDENS"))
		assert_int_equal(file_write_atomic(f->path, buf_at(&now), buf_len(&now), &err), 0);
	buf_putc(&now, '\0');
	if (!getenv("UPDATE_GOLDENS") && strcmp((char *)buf_at(&now), (char *)buf_at(&f->text)) != 0)
		fail_msg("%s should be\n%s", f->path, (char *)buf_at(&now));
}

static void test_told(void **state)
{
	(void)state;
	each_file(check_told);
}

/* -- cut anywhere -------------------------------------------------------------------------------------------------- */

#define PIECES_MAX 256

struct calls {
	struct call at[64];
	u32 count;
};

static void collect(void *context, const struct call *call)
{
	struct calls *c = context;

	assert_true(c->count < ARRAY_SIZE(c->at));
	c->at[c->count++] = *call;
}

/* Of the piece's first len bytes, in a block of exactly that size. */
static void feed(struct conversation *c, const struct said *s, size_t len, struct calls *calls)
{
	cleanup_free u8 *copy = malloc(len ? len : 1);
	struct call_sink sink = {collect, calls};
	struct piece p = {copy, (u32)len, s->missed, s->cut || len < buf_len(&s->bytes)};

	assert_non_null(copy);
	memcpy(copy, buf_at(&s->bytes), len);
	calls->count = 0;
	(s->answer ? conversation_answer : conversation_request)(c, &p, &sink);
}

/* Equal, or the beginning of it with dots. */
static bool agrees(const char *part, const char *whole)
{
	size_t n = strlen(part);

	if (strcmp(part, whole) == 0)
		return true;
	return n >= 3 && strcmp(part + n - 3, "...") == 0 && strncmp(part, whole, n - 3) == 0;
}

static void check_part(const struct conversation_file *f, u32 i, size_t len, const struct calls *part,
		       const struct calls *whole)
{
	for (u32 k = 0; k < part->count; k++) {
		const struct call *a = &part->at[k], *b = &whole->at[k];

		if (k >= whole->count || !agrees(a->name, b->name) || !agrees(a->shown, b->shown) ||
		    (a->status[0] && strcmp(a->status, b->status) != 0) ||
		    (a->host[0] && strcmp(a->host, b->host) != 0) || a->id != b->id)
			fail_msg("%s: piece %u cut after %zu bytes tells of '%s' '%s' '%s', not '%s' '%s' '%s'",
				 f->path, i, len, a->name, a->shown, a->status, b->name, b->shown, b->status);
	}
}

/* The protocol after each piece: a conversation can go on in another one. */
static void protocols_of(const struct conversation_file *f, const struct protocol *after[PIECES_MAX])
{
	struct conversation *c = conversation_new(f->flags);
	struct calls calls;

	assert_true(f->count <= PIECES_MAX);
	for (u32 i = 0; i < f->count; i++) {
		feed(c, &f->said[i], buf_len(&f->said[i].bytes), &calls);
		after[i] = conversation_protocol(c);
	}
	conversation_free(c);
}

static void check_cut(const struct conversation_file *f)
{
	const struct protocol *after[PIECES_MAX];

	protocols_of(f, after);
	for (u32 i = 0; i < f->count; i++) {
		struct calls whole, part;

		for (size_t len = buf_len(&f->said[i].bytes) + 1; len-- > 0;) {
			struct conversation *c = conversation_new(f->flags);
			const struct protocol *p;

			for (u32 k = 0; k < i; k++)
				feed(c, &f->said[k], buf_len(&f->said[k].bytes), &part);
			feed(c, &f->said[i], len, len == buf_len(&f->said[i].bytes) ? &whole : &part);
			if (len < buf_len(&f->said[i].bytes))
				check_part(f, i, len, &part, &whole);
			p = conversation_protocol(c);
			if (p && p != after[i] && (!i || p != after[i - 1]))
				fail_msg("%s: piece %u cut after %zu bytes is %s", f->path, i, len, p->name);
			conversation_free(c);
		}
	}
}

static void test_cut(void **state)
{
	(void)state;
	each_file(check_cut);
}

/* -- whose it is --------------------------------------------------------------------------------------------------- */

/* How sure the parser is of what each side says, at best, where it is not the one that speaks. */
static void claims(const struct conversation_file *f, const struct protocol *protocol, enum fit best[2])
{
	const struct protocol *after[PIECES_MAX];

	protocols_of(f, after);
	for (u32 i = 0; i < f->count; i++) {
		const struct said *s = &f->said[i];
		struct piece p = {buf_at(&s->bytes), (u32)buf_len(&s->bytes), 0, s->cut};
		enum fit fit = s->answer ? protocol->parser->answer_fits(&p) : protocol->parser->request_fits(&p);

		if (after[i] != protocol && (!i || after[i - 1] != protocol))
			best[s->answer] = MAX(best[s->answer], fit);
	}
}

/* What both sides of a conversation in another protocol say, nobody takes for his, nor one of them for certain. */
static void check_claims(const struct conversation_file *f)
{
	for (size_t k = 0; k < protocols_count; k++) {
		bool datagrams = f->flags & CONVERSATION_DATAGRAMS;
		enum fit best[2] = {};

		if (strcmp(protocols[k].name, f->protocol) != 0 &&
		    (datagrams ? protocols[k].parser->datagrams : protocols[k].parser->streams))
			claims(f, &protocols[k], best);
		if (best[0] == FIT_SURE || best[1] == FIT_SURE || (best[0] && best[1]))
			fail_msg("%s is claimed by %s", f->path, protocols[k].name);
	}
}

static void test_claims(void **state)
{
	(void)state;
	each_file(check_claims);
}

/* -- what nobody may see ------------------------------------------------------------------------------------------- */

/* The word stands in passwords, and in an URL behind the question mark. */
static void check_secrets(const struct conversation_file *f)
{
	struct conversation *c = conversation_new(f->flags);
	struct calls calls;

	for (u32 i = 0; i < f->count; i++) {
		feed(c, &f->said[i], buf_len(&f->said[i].bytes), &calls);
		for (u32 k = 0; k < calls.count; k++) {
			assert_null(strstr(calls.at[k].name, "s3cret"));
			if (!strstr(calls.at[k].shown, "?token="))
				assert_null(strstr(calls.at[k].shown, "s3cret"));
		}
	}
	conversation_free(c);
}

static void test_secrets(void **state)
{
	(void)state;
	each_file(check_secrets);
}

static void test_documented(void **state)
{
	cleanup_buf struct buf page = {};
	struct error err = {};

	(void)state;
	assert_int_equal(file_read(PROTOCOLS_MD, 1 << 20, &page, &err), 0);
	buf_putc(&page, '\0');
	for (size_t i = 0; i < protocols_count; i++) {
		char row[64];

		snprintf(row, sizeof(row), "\n| `%s` |", protocols[i].name);
		if (!strstr((char *)buf_at(&page), row))
			fail_msg("docs/protocols.md has no row of %s", protocols[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_told),    cmocka_unit_test(test_cut),        cmocka_unit_test(test_claims),
	    cmocka_unit_test(test_secrets), cmocka_unit_test(test_documented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
