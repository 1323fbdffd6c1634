/* Encoder and decoder of the record stream. The decoder trusts nothing: every length and offset is checked. */
#include "stream.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#define FRAME_SCHEMA 0
#define PREAMBLE_SIZE 12

static const char magic[8] = "skbtop\n\1";

struct frame_header {
	u32 length;
	u16 kind;
	u16 flags;
};

/* How many bytes the presence bits take, ahead of a record's words. */
static size_t mask_bytes(size_t size)
{
	return (size / 8 + 7) / 8;
}

/* -- encoder ------------------------------------------------------------------------------------------------------- */

static void put_schema(struct buf *out, unsigned kind, const struct record_type *t)
{
	struct buf body = {};
	struct frame_header h = {.kind = FRAME_SCHEMA};
	u16 head[3] = {(u16)kind, t->size, t->field_count};

	buf_put(&body, head, sizeof(head));
	for (size_t i = 0; i < t->field_count; i++) {
		const struct record_field *f = &t->fields[i];
		u16 words[3] = {f->offset, f->width, f->count};
		u8 len = (u8)strlen(f->name);

		buf_put(&body, words, sizeof(words));
		buf_put(&body, &len, 1);
		buf_put(&body, f->name, len);
	}
	h.length = (u32)buf_len(&body);
	buf_put(out, &h, sizeof(h));
	buf_put(out, buf_at(&body), buf_len(&body));
	out->failed |= body.failed;
	buf_deinit(&body);
}

void stream_open(struct buf *out)
{
	u32 version = STREAM_VERSION;

	buf_put(out, magic, sizeof(magic));
	buf_put(out, &version, sizeof(version));
	for (unsigned kind = 1; kind < RECORD_KIND_COUNT; kind++)
		if (record_type(kind))
			put_schema(out, kind, record_type(kind));
}

/* Writes those of at most 64 words that are not 0 to `to`, and which they are to `bits`. Branches would be
 * mispredicted, so each word is written, and overwritten by the next if it was 0. Returns where the next words go. */
static u8 *put_words(u8 *to, u8 *bits, const u8 *from, size_t count)
{
	u64 present = 0, w;

	for (size_t i = 0; i < count; i++) {
		memcpy(&w, from + i * sizeof(w), sizeof(w));
		memcpy(to, &w, sizeof(w));
		present |= (u64)(w != 0) << i;
		to += w ? sizeof(w) : 0;
	}
	present = htole64(present);
	memcpy(bits, &present, (count + 7) / 8);
	return to;
}

void stream_put(struct buf *out, enum record_kind kind, const void *p)
{
	size_t size = record_type(kind)->size, words = size / 8, mask = mask_bytes(size);
	struct frame_header *h = buf_room(out, sizeof(*h) + mask + size);
	u8 *bits, *to;

	if (!h)
		return;
	bits = (u8 *)(h + 1);
	to = bits + mask;
	for (size_t at = 0; at < words; at += 64)
		to = put_words(to, bits + at / 8, (const u8 *)p + at * sizeof(u64), MIN(words - at, (size_t)64));
	memcpy(h, &(struct frame_header){.length = (u32)(to - bits), .kind = (u16)kind}, sizeof(*h));
	buf_grown(out, (size_t)(to - (u8 *)h));
}

/* -- decoder ------------------------------------------------------------------------------------------------------- */

#define SCHEMAS_MAX (1U << 20) /* bytes of a stream's */

/* One copy from the sender's struct to ours. */
struct move {
	u16 from, to, width_from, width_to, count;
};

/* A kind as the sender describes it, and how to convert it. */
struct mapping {
	size_t size;        /* of the sender's struct; 0: no schema yet */
	struct move *moves; /* owned; NULL if the sender's struct is the same as ours */
	size_t move_count;
};

struct stream_decoder {
	bool opened;
	struct buf schemas; /* the frames, as they came */
	struct mapping maps[RECORD_KIND_COUNT];
	u64 theirs[STREAM_FRAME_MAX / 8]; /* the sender's struct, unpacked */
	u64 ours[STREAM_FRAME_MAX / 8];
};

int stream_decoder_new(struct stream_decoder **dec)
{
	*dec = calloc(1, sizeof(**dec));
	return *dec ? 0 : -ENOMEM;
}

void stream_decoder_free(struct stream_decoder *dec)
{
	if (!dec)
		return;
	for (size_t i = 0; i < RECORD_KIND_COUNT; i++)
		free(dec->maps[i].moves);
	buf_deinit(&dec->schemas);
	free(dec);
}

static int broken(struct error *err, const char *what)
{
	return error_set(err, -EPROTO, "broken record stream: %s", what);
}

static int read_preamble(struct stream_decoder *dec, struct buf *in, struct error *err)
{
	u32 version;

	if (buf_len(in) < PREAMBLE_SIZE)
		return memcmp(buf_at(in), magic, MIN(buf_len(in), sizeof(magic))) ? broken(err, "not a skbtop stream")
										  : 0;
	if (memcmp(buf_at(in), magic, sizeof(magic)) != 0)
		return broken(err, "not a skbtop stream");
	memcpy(&version, buf_at(in) + sizeof(magic), sizeof(version));
	if (version == __builtin_bswap32(STREAM_VERSION))
		return error_set(err, -EPROTO, "the record stream comes from a machine of the other byte order");
	if (version != STREAM_VERSION)
		return error_set(err, -EPROTO, "the record stream is version %u, this skbtop reads version %u", version,
				 STREAM_VERSION);
	buf_consume(in, PREAMBLE_SIZE);
	dec->opened = true;
	return 1;
}

static const struct record_field *find_field(const struct record_type *t, const u8 *name, size_t len)
{
	for (size_t i = 0; i < t->field_count; i++)
		if (strlen(t->fields[i].name) == len && memcmp(t->fields[i].name, name, len) == 0)
			return &t->fields[i];
	return NULL;
}

static bool good_width(u16 width)
{
	return width == 1 || width == 2 || width == 4 || width == 8;
}

/* Reads the sender's description of one kind and computes the moves. */
static int read_schema(struct stream_decoder *dec, const u8 *p, size_t len, struct error *err)
{
	u16 head[3], words[3];
	const struct record_type *t;
	struct mapping *m;
	bool same;

	if (len < sizeof(head))
		return broken(err, "short schema");
	memcpy(head, p, sizeof(head));
	p += sizeof(head);
	len -= sizeof(head);
	t = record_type(head[0]);
	if (!t)
		return 0;
	if (!head[1] || head[1] % 8)
		return broken(err, "bad record size in a schema");
	m = &dec->maps[head[0]];
	free(m->moves);
	*m = (struct mapping){.moves = calloc(head[2] + 1U, sizeof(*m->moves))};
	if (!m->moves)
		return error_set(err, -ENOMEM, "out of memory");
	same = head[1] == t->size && head[2] == t->field_count;
	for (size_t i = 0; i < head[2]; i++) {
		const struct record_field *f;
		size_t name_len;

		if (len < sizeof(words) + 1)
			return broken(err, "short schema");
		memcpy(words, p, sizeof(words));
		name_len = p[sizeof(words)];
		p += sizeof(words) + 1;
		len -= sizeof(words) + 1;
		if (len < name_len || !good_width(words[1]) || words[0] + (size_t)words[1] * words[2] > head[1])
			return broken(err, "bad field in a schema");
		f = find_field(t, p, name_len);
		p += name_len;
		len -= name_len;
		same = same && f && f->offset == words[0] && f->width == words[1] && f->count == words[2];
		if (f)
			m->moves[m->move_count++] = (struct move){.from = words[0],
								  .to = f->offset,
								  .width_from = words[1],
								  .width_to = f->width,
								  .count = MIN(words[2], f->count)};
	}
	m->size = head[1];
	if (same) {
		free(m->moves);
		m->moves = NULL;
	}
	return 0;
}

static u64 load(const u8 *p, size_t width)
{
	u8 v1;
	u16 v2;
	u32 v4;
	u64 v8;

	switch (width) {
	case 1: memcpy(&v1, p, 1); return v1;
	case 2: memcpy(&v2, p, 2); return v2;
	case 4: memcpy(&v4, p, 4); return v4;
	default: memcpy(&v8, p, 8); return v8;
	}
}

static void store(u8 *p, size_t width, u64 v)
{
	u8 v1 = (u8)v;
	u16 v2 = (u16)v;
	u32 v4 = (u32)v;

	switch (width) {
	case 1: memcpy(p, &v1, 1); break;
	case 2: memcpy(p, &v2, 2); break;
	case 4: memcpy(p, &v4, 4); break;
	default: memcpy(p, &v, 8); break;
	}
}

static void apply_moves(const struct mapping *m, const u8 *from, u8 *to, size_t to_size)
{
	memset(to, 0, to_size);
	for (size_t i = 0; i < m->move_count; i++) {
		const struct move *v = &m->moves[i];

		for (size_t k = 0; k < v->count; k++)
			store(to + v->to + k * v->width_to, v->width_to,
			      load(from + v->from + k * v->width_from, v->width_from));
	}
}

/* The next 64 presence bits, the first in the lowest; those beyond the last word are undefined. */
static u64 presence(const u8 *mask, size_t bytes, size_t words)
{
	u64 bits = 0;

	memcpy(&bits, mask, MIN(bytes, sizeof(bits)));
	bits = le64toh(bits);
	return words < 64 ? bits & ((1ULL << words) - 1) : bits;
}

/* Unpacks the present words of a body into dec->theirs. */
static int unpack(struct stream_decoder *dec, size_t size, const u8 *p, size_t len, struct error *err)
{
	size_t words = size / 8, mask = mask_bytes(size);
	const u8 *from = p + mask, *end = p + len;

	if (len < mask)
		return broken(err, "short record");
	memset(dec->theirs, 0, size);
	for (size_t at = 0; at < words; at += 64) {
		u64 bits = presence(p + at / 8, mask - at / 8, words - at);

		if ((size_t)(end - from) / sizeof(u64) < (size_t)__builtin_popcountll(bits))
			return broken(err, "short record");
		for (; bits; bits &= bits - 1, from += sizeof(u64))
			memcpy(&dec->theirs[at + (size_t)__builtin_ctzll(bits)], from, sizeof(u64));
	}
	return from == end ? 0 : broken(err, "long record");
}

static int read_record(struct stream_decoder *dec, unsigned kind, const u8 *p, size_t len, struct record *rec,
		       struct error *err)
{
	const struct record_type *t = record_type(kind);
	struct mapping *m;
	int r;

	if (!t)
		return 0;
	m = &dec->maps[kind];
	if (!m->size)
		return broken(err, "a record before its schema");
	r = unpack(dec, m->size, p, len, err);
	if (r < 0)
		return r;
	rec->kind = kind;
	rec->data = dec->theirs;
	if (m->moves) {
		apply_moves(m, (const u8 *)dec->theirs, (u8 *)dec->ours, t->size);
		rec->data = dec->ours;
	}
	return 1;
}

/* Keeps a frame that describes a kind. */
static int keep_schema(struct stream_decoder *dec, const u8 *frame, size_t len, struct error *err)
{
	if (buf_len(&dec->schemas) + len > SCHEMAS_MAX)
		return broken(err, "too many schemas");
	buf_put(&dec->schemas, frame, len);
	return dec->schemas.failed ? error_set(err, -ENOMEM, "out of memory") : 0;
}

void stream_schemas(const struct stream_decoder *dec, struct buf *out)
{
	buf_put(out, buf_at(&dec->schemas), buf_len(&dec->schemas));
}

int stream_next(struct stream_decoder *dec, struct buf *in, struct record *rec, struct error *err)
{
	if (!dec->opened) {
		int r = buf_len(in) ? read_preamble(dec, in, err) : 0;

		if (r <= 0)
			return r;
	}
	for (;;) {
		struct frame_header h;
		const u8 *body;
		int r;

		if (buf_len(in) < sizeof(h))
			return 0;
		memcpy(&h, buf_at(in), sizeof(h));
		if (h.length > STREAM_FRAME_MAX)
			return broken(err, "frame too long");
		if (buf_len(in) < sizeof(h) + h.length)
			return 0;
		body = buf_at(in) + sizeof(h);
		r = h.kind == FRAME_SCHEMA ? read_schema(dec, body, h.length, err)
					   : read_record(dec, h.kind, body, h.length, rec, err);
		if (r == 0 && h.kind == FRAME_SCHEMA)
			r = keep_schema(dec, buf_at(in), sizeof(h) + h.length, err);
		buf_consume(in, sizeof(h) + h.length);
		if (r != 0)
			return r;
	}
}
