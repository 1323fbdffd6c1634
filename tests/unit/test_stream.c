/* The record stream: round trips, readers and writers of different builds, and broken input. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "stream.h"

struct fixture {
	struct stream_decoder *dec;
	struct buf buf;
	struct error err;
};

static int setup(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));

	*state = x;
	return stream_decoder_new(&x->dec);
}

static int teardown(void **state)
{
	struct fixture *x = *state;

	stream_decoder_free(x->dec);
	buf_deinit(&x->buf);
	free(x);
	return 0;
}

#define STREAM_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static int next(struct fixture *x, struct record *rec)
{
	int r = stream_next(x->dec, &x->buf, rec, &x->err);

	assert_true((r < 0) == (x->err.text[0] != '\0'));
	return r;
}

/* A different value in every byte, so that no two fields can be confused. */
static void fill(void *p, size_t size, unsigned seed)
{
	for (size_t i = 0; i < size; i++)
		((u8 *)p)[i] = (u8)(i * 7 + seed);
}

static void every_kind_comes_back_whole(void **state)
{
	struct fixture *x = *state;
	u64 data[STREAM_FRAME_MAX / 8];
	struct record rec;

	stream_open(&x->buf);
	for (unsigned kind = 1; kind < RECORD_KIND_COUNT; kind++) {
		if (!record_type(kind))
			continue;
		fill(data, record_type(kind)->size, kind);
		stream_put(&x->buf, kind, data);
	}
	for (unsigned kind = 1; kind < RECORD_KIND_COUNT; kind++) {
		if (!record_type(kind))
			continue;
		assert_int_equal(next(x, &rec), 1);
		assert_int_equal(rec.kind, kind);
		fill(data, record_type(kind)->size, kind);
		assert_memory_equal(rec.data, data, record_type(kind)->size);
	}
	assert_int_equal(next(x, &rec), 0);
	assert_int_equal(buf_len(&x->buf), 0);
}

static void zeros_cost_nothing(void **state)
{
	struct fixture *x = *state;
	struct record_socket s = {.id = 5}, filled;
	size_t before, sparse;
	struct record rec;

	stream_open(&x->buf);
	before = buf_len(&x->buf);
	stream_put(&x->buf, RECORD_SOCKET, &s);
	sparse = buf_len(&x->buf) - before;
	assert_in_range(sparse, 16, 24);
	fill(&filled, sizeof(filled), 1);
	stream_put(&x->buf, RECORD_SOCKET, &filled);
	assert_int_equal(next(x, &rec), 1);
	assert_memory_equal(rec.socket, &s, sizeof(s));
	assert_int_equal(next(x, &rec), 1); /* and nothing is left over from the one before */
	assert_memory_equal(rec.socket, &filled, sizeof(filled));
	stream_put(&x->buf, RECORD_SOCKET, &s);
	assert_int_equal(next(x, &rec), 1);
	assert_memory_equal(rec.socket, &s, sizeof(s));
}

static void waits_for_the_rest(void **state)
{
	struct fixture *x = *state;
	cleanup_buf struct buf whole = {};
	struct record rec;

	stream_open(&whole);
	stream_put(&whole, RECORD_GONE, &(struct record_gone){.id = 1, .time_ns = 2});
	for (size_t i = 0; i < buf_len(&whole); i++) {
		assert_int_equal(next(x, &rec), 0);
		buf_putc(&x->buf, (char)buf_at(&whole)[i]);
	}
	assert_int_equal(next(x, &rec), 1);
	assert_int_equal(rec.gone->time_ns, 2);
}

/* -- a sender of another build ------------------------------------------------------------------------------------- */

struct their_field {
	u16 offset, width, count;
	const char *name;
};

static void put_frame(struct buf *b, u16 kind, const void *body, size_t len)
{
	u32 length = (u32)len;
	u16 rest[2] = {kind, 0};

	buf_put(b, &length, 4);
	buf_put(b, rest, 4);
	buf_put(b, body, len);
}

static void put_schema(struct buf *b, u16 kind, u16 size, const struct their_field *f, u16 n)
{
	cleanup_buf struct buf body = {};
	u16 head[3] = {kind, size, n};

	buf_put(&body, head, sizeof(head));
	for (u16 i = 0; i < n; i++) {
		buf_put(&body, &f[i], 6);
		buf_putc(&body, (char)strlen(f[i].name));
		buf_puts(&body, f[i].name);
	}
	put_frame(b, 0, buf_at(&body), buf_len(&body));
}

static void put_preamble(struct buf *b, u32 version)
{
	buf_put(b, "skbtop\n\1", 8);
	buf_put(b, &version, 4);
}

static void fields_are_mapped_by_name(void **state)
{
	struct fixture *x = *state;
	/* Other order, other widths, one field more, none of ours but two. */
	static const struct their_field fields[] = {
	    {0, 4, 1, "time_ns"}, {4, 2, 2, "colour"}, {8, 8, 1, "id"}, {16, 8, 1, "wished_for"}};
	struct {
		u8 bits;
		u64 words[3];
	} __attribute__((packed)) body = {.bits = 7, .words = {0x0001000200000009, 77, 5}};
	struct record rec;

	put_preamble(&x->buf, STREAM_VERSION);
	put_schema(&x->buf, RECORD_GONE, 24, fields, 4);
	put_schema(&x->buf, 4000, 8, fields, 0); /* a kind that we do not know … */
	put_frame(&x->buf, 4000, "whatever", 8); /* … and one of it: passed over */
	put_frame(&x->buf, RECORD_GONE, &body, sizeof(body));
	assert_int_equal(next(x, &rec), 1);
	assert_int_equal(rec.kind, RECORD_GONE);
	assert_int_equal(rec.gone->id, 77);
	assert_int_equal(rec.gone->time_ns, 9);
}

static void missing_fields_are_zero(void **state)
{
	struct fixture *x = *state;
	static const struct their_field fields[] = {{0, 8, 1, "id"}};
	struct {
		u8 bits;
		u64 id;
	} __attribute__((packed)) body = {1, 5};
	struct record_socket want = {.id = 5};
	struct record rec;

	put_preamble(&x->buf, STREAM_VERSION);
	put_schema(&x->buf, RECORD_SOCKET, 8, fields, 1);
	put_frame(&x->buf, RECORD_SOCKET, &body, sizeof(body));
	assert_int_equal(next(x, &rec), 1);
	assert_memory_equal(rec.socket, &want, sizeof(want));
}

static void longer_and_shorter_arrays_fit(void **state)
{
	struct fixture *x = *state;
	static const struct their_field fields[] = {{0, 1, 64, "comm"}, {64, 1, 4, "cc"}};
	u8 body[2 + 72] = {0xff, 0x01};
	struct record rec;

	memset(body + 2, 'x', 72);
	put_preamble(&x->buf, STREAM_VERSION);
	put_schema(&x->buf, RECORD_SOCKET, 72, fields, 2);
	put_frame(&x->buf, RECORD_SOCKET, body, sizeof(body));
	assert_int_equal(next(x, &rec), 1);
	assert_memory_equal(rec.socket->comm, "xxxxxxxxxxxxxxxx", 16);
	assert_memory_equal(rec.socket->cc, "xxxx\0\0\0\0", 8);
	assert_int_equal(rec.socket->ulp[0], 0);
}

/* -- broken -------------------------------------------------------------------------------------------------------- */

static void refuses(struct fixture *x, const char *what)
{
	struct record rec;

	assert_int_equal(next(x, &rec), -EPROTO);
	if (!strstr(x->err.text, what))
		fail_msg("\"%s\" does not say \"%s\"", x->err.text, what);
	assert_null(strchr(x->err.text, '\n'));
}

static void other_versions_are_refused(void **state)
{
	struct fixture *x = *state;

	put_preamble(&x->buf, STREAM_VERSION + 1);
	refuses(x, "version 2");
}

static void other_byte_order_is_refused(void **state)
{
	struct fixture *x = *state;

	put_preamble(&x->buf, __builtin_bswap32(STREAM_VERSION));
	refuses(x, "byte order");
}

static void text_is_refused_at_the_first_byte(void **state)
{
	struct fixture *x = *state;

	buf_puts(&x->buf, "s");
	assert_int_equal(stream_next(x->dec, &x->buf, &(struct record){}, &x->err), 0);
	buf_puts(&x->buf, "udo");
	refuses(x, "not a skbtop stream");
}

static void broken_frames(void **state)
{
	static const struct their_field outside[] = {{8, 8, 1, "id"}}, overlong[] = {{0, 8, 9000, "id"}},
					odd[] = {{0, 3, 1, "id"}};
	static const struct {
		const char *what;
		const struct their_field *fields;
		u16 size;
	} schemas[] = {
	    {"field", outside, 8}, {"field", overlong, 8}, {"field", odd, 8}, {"size", NULL, 7}, {"size", NULL, 0}};
	static const struct {
		const char *what;
		size_t len;
		u8 body[32];
	} bodies[] = {
	    {"short", 0, {}}, {"short", 1, {1}}, {"short", 9, {3}}, {"long", 17, {1}}, {"long", 2, {0, 1}},
	};

	for (size_t i = 0; i < ARRAY_SIZE(schemas); i++) {
		struct fixture *x = *state;

		put_preamble(&x->buf, STREAM_VERSION);
		put_schema(&x->buf, RECORD_GONE, schemas[i].size, schemas[i].fields, schemas[i].fields != NULL);
		refuses(x, schemas[i].what);
		teardown(state);
		setup(state);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
		struct fixture *x = *state;

		stream_open(&x->buf);
		put_frame(&x->buf, RECORD_GONE, bodies[i].body, bodies[i].len);
		refuses(x, bodies[i].what);
		teardown(state);
		setup(state);
	}
}

static void records_need_their_schema(void **state)
{
	struct fixture *x = *state;

	put_preamble(&x->buf, STREAM_VERSION);
	put_frame(&x->buf, RECORD_GONE, "\0", 1);
	refuses(x, "before its schema");
}

static void endless_frames_are_refused(void **state)
{
	struct fixture *x = *state;
	u32 header[2] = {STREAM_FRAME_MAX + 1, RECORD_GONE};

	put_preamble(&x->buf, STREAM_VERSION);
	buf_put(&x->buf, header, sizeof(header));
	refuses(x, "too long");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    STREAM_TEST(every_kind_comes_back_whole),
	    STREAM_TEST(zeros_cost_nothing),
	    STREAM_TEST(waits_for_the_rest),
	    STREAM_TEST(fields_are_mapped_by_name),
	    STREAM_TEST(missing_fields_are_zero),
	    STREAM_TEST(longer_and_shorter_arrays_fit),
	    STREAM_TEST(other_versions_are_refused),
	    STREAM_TEST(other_byte_order_is_refused),
	    STREAM_TEST(text_is_refused_at_the_first_byte),
	    STREAM_TEST(broken_frames),
	    STREAM_TEST(records_need_their_schema),
	    STREAM_TEST(endless_frames_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
