/* HTTP/2 (RFC 9113) and gRPC: of each stream the method, the path and the status. Headers are compressed against all
 * that were sent before (RFC 7541): after a gap only what needs no memory of them is told. The only user of nghttp2. */
#include <nghttp2/nghttp2.h>
#include <stdlib.h>

#include "parser.h"

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define FRAME_HEAD 9
#define FRAME_MAX (1U << 14)  /* of all but data: who allows more wants those to be large */
#define TABLE_MAX (1U << 14)  /* bytes that a sender may want remembered, of what the other end would … */
#define MEMORY_MAX (1U << 15) /* … and that one direction takes in all */

enum frame {
	F_DATA,
	F_HEADERS,
	F_PRIORITY,
	F_RST_STREAM,
	F_SETTINGS,
	F_PUSH_PROMISE,
	F_PING,
	F_GOAWAY,
	F_WINDOW,
	F_CONTINUATION
};
enum flag { END_STREAM = 1, ACK = 1, END_HEADERS = 4, PADDED = 8, PRIORITY = 0x20 };

/* One direction. */
struct side {
	nghttp2_hd_inflater *inflater; /* owned; NULL: before the first header, or lost */
	nghttp2_mem memory;            /* the inflater's */
	size_t used;                   /* its bytes */
	bool lost;                     /* what headers refer to was not all seen */
	u8 head[FRAME_HEAD], have;     /* of the frame's head */
	u8 type, flags, pad, skip;     /* the frame's; skip: what precedes its headers */
	u32 stream, left, last;        /* left: of its payload; last: the newest stream that was told of */
	/* The block of headers that is being read. */
	bool in_block, first, grpc;
	u8 part[6], parts; /* of a setting, or a reset */
	u32 block_stream;
	struct words method, path;
	char host[64], status[4], grpc_status[4];
};

struct state {
	struct side side[2]; /* requests, answers */
};

/* -- memory: a hostile peer can claim headers of any size ---------------------------------------------------------- */

#define BLOCK_HEAD 16 /* keeps the alignment of malloc() */

static void *take_memory(size_t size, void *side)
{
	struct side *s = side;
	size_t *block = size <= MEMORY_MAX - MIN(s->used, MEMORY_MAX) ? malloc(size + BLOCK_HEAD) : NULL;

	if (!block)
		return NULL;
	*block = size;
	s->used += size;
	return (u8 *)block + BLOCK_HEAD;
}

static void give_memory(void *p, void *side)
{
	struct side *s = side;
	size_t *block = p ? (size_t *)(void *)((u8 *)p - BLOCK_HEAD) : NULL;

	if (!block)
		return;
	s->used -= *block;
	free(block);
}

static void *zero_memory(size_t n, size_t size, void *side)
{
	size_t all = n && size > MEMORY_MAX / n ? MEMORY_MAX + 1 : n * size;
	void *p = take_memory(all, side);

	return p ? memset(p, 0, all) : NULL;
}

static void *more_memory(void *p, size_t size, void *side)
{
	size_t had = p ? *(size_t *)(void *)((u8 *)p - BLOCK_HEAD) : 0;
	void *bigger = take_memory(size, side);

	if (bigger && p)
		memcpy(bigger, p, MIN(had, size));
	if (bigger)
		give_memory(p, side);
	return bigger;
}

static void lose(struct side *s)
{
	if (s->inflater)
		nghttp2_hd_inflate_del(take(s->inflater));
	s->lost = true;
}

static bool has_inflater(struct side *s)
{
	s->memory = (nghttp2_mem){s, take_memory, give_memory, zero_memory, more_memory};
	if (!s->inflater && !s->lost && nghttp2_hd_inflate_new2(&s->inflater, &s->memory) != 0)
		lose(s);
	return s->inflater != NULL;
}

/* -- headers ------------------------------------------------------------------------------------------------------- */

static void take_header(struct side *s, const nghttp2_nv *nv)
{
	struct span name = {(const char *)nv->name, nv->namelen}, value = {(const char *)nv->value, nv->valuelen};

	if (span_is(name, ":method") && !s->method.len)
		words_span(&s->method, value);
	else if (span_is(name, ":path") && !s->path.len)
		words_span(&s->path, value);
	else if (span_is(name, ":authority") || (span_is(name, "host") && !s->host[0]))
		span_write(value, s->host, sizeof(s->host));
	else if (span_is(name, ":status"))
		span_write(value, s->status, sizeof(s->status));
	else if (span_is(name, "grpc-status"))
		span_write(value, s->grpc_status, sizeof(s->grpc_status));
	else if (span_is(name, "content-type"))
		s->grpc = span_begins(value, "application/grpc");
}

/* These need no memory: RFC 7541, appendix A, 8 to 14. */
static void take_static(struct side *s, u8 first)
{
	static const char *const words[] = {"200", "204", "206", "304", "400", "404", "500"};

	if (first >= 0x88 && first <= 0x8e)
		memcpy(s->status, words[first - 0x88], 4);
}

static void inflate(struct side *s, const u8 *at, size_t len, bool final)
{
	if (!has_inflater(s)) {
		if (len && s->first)
			take_static(s, *at);
		s->first &= !len;
		return;
	}
	for (;;) {
		nghttp2_nv nv;
		int flags = 0;
		ssize_t n = nghttp2_hd_inflate_hd2(s->inflater, &nv, &flags, at, len, final);

		if (n < 0) {
			lose(s);
			return;
		}
		at += n;
		len -= (size_t)n;
		if (flags & NGHTTP2_HD_INFLATE_EMIT)
			take_header(s, &nv);
		if (flags & NGHTTP2_HD_INFLATE_FINAL)
			nghttp2_hd_inflate_end_headers(s->inflater);
		if (flags & NGHTTP2_HD_INFLATE_FINAL || (!(flags & NGHTTP2_HD_INFLATE_EMIT) && !len))
			return;
	}
}

/* -- telling ------------------------------------------------------------------------------------------------------- */

static void tell_stream_request(struct talk *t, struct side *s)
{
	struct call call = {.id = s->block_stream, .has_id = true};
	struct title title = {};

	/* Others of a stream are trailers. */
	if (!(s->block_stream & 1) || s->block_stream <= s->last)
		return;
	s->last = s->block_stream;
	/* Only CONNECT has no path; else it is among what was lost. */
	if (s->method.len && (s->path.len || !s->lost))
		title_http(&title, (struct span){s->method.at, s->method.len}, (struct span){s->path.at, s->path.len},
			   s->path.cut);
	memcpy(call.host, s->host, sizeof(call.host));
	title_tell(&title, t, &call);
}

static void tell_stream_answer(struct talk *t, u32 stream, const char *status, enum answered how)
{
	struct call call = {.id = stream, .has_id = true, .error = how, .refused = how == ANSWERED_REFUSED};

	span_write(span_of(status), call.status, sizeof(call.status));
	t->sink->tell(t->sink->context, &call);
}

static const char *grpc_word(const char *number)
{
	static const char *const words[] = {
	    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
	    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
	    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
	    "DATA_LOSS", "UNAUTHENTICATED"};
	u32 n;

	return span_number(span_of(number), &n) && n < ARRAY_SIZE(words) ? words[n] : number;
}

/* grpc/status.h. What the client could have known: it cancelled, its arguments, what is there, what it may do. */
static enum answered answered_grpc(const char *number)
{
	const u32 refused = 1U << 1 | 1U << 3 | 1U << 5 | 1U << 6 | 1U << 7 | 1U << 9 | 1U << 11 | 1U << 16;
	u32 n;

	if (strcmp(number, "0") == 0)
		return ANSWERED_WELL;
	return span_number(span_of(number), &n) && n < 32 && refused >> n & 1 ? ANSWERED_REFUSED : ANSWERED_FAILED;
}

/* gRPC says how it went behind the data; the status of HTTP means nothing there. */
static void tell_status(struct talk *t, struct side *s)
{
	if (s->grpc_status[0])
		tell_stream_answer(t, s->block_stream, grpc_word(s->grpc_status), answered_grpc(s->grpc_status));
	else if (s->status[0] > '1' && !s->grpc)
		tell_stream_answer(t, s->block_stream, s->status, answered_http(s->status[0]));
}

static const char *reset_word(u32 code)
{
	static const char *const words[] = {"NO_ERROR",
					    "PROTOCOL_ERROR",
					    "INTERNAL_ERROR",
					    "FLOW_CONTROL_ERROR",
					    "SETTINGS_TIMEOUT",
					    "STREAM_CLOSED",
					    "FRAME_SIZE_ERROR",
					    "REFUSED_STREAM",
					    "CANCEL",
					    "COMPRESSION_ERROR",
					    "CONNECT_ERROR",
					    "ENHANCE_YOUR_CALM",
					    "INADEQUATE_SECURITY",
					    "HTTP_1_1_REQUIRED"};

	return code < ARRAY_SIZE(words) ? words[code] : "RESET";
}

/* -- frames -------------------------------------------------------------------------------------------------------- */

static bool has_block(u8 type)
{
	return type == F_HEADERS || type == F_PUSH_PROMISE || type == F_CONTINUATION;
}

static void begin_block(struct side *s)
{
	s->in_block = s->first = true;
	s->grpc = false;
	s->block_stream = s->stream;
	s->method = s->path = (struct words){};
	s->host[0] = s->status[0] = s->grpc_status[0] = '\0';
}

static void end_block(struct talk *t, struct side *s, bool answers)
{
	/* What is promised was asked for by nobody. */
	if (s->in_block && s->type != F_PUSH_PROMISE) {
		if (answers)
			tell_status(t, s);
		else
			tell_stream_request(t, s);
	}
	s->in_block = false;
}

/* A frame's head is what one can be. */
static bool read_head(const u8 *at, struct side *s)
{
	u32 len = (u32)at[0] << 16 | (u32)at[1] << 8 | at[2];

	s->type = at[3];
	s->flags = at[4];
	s->stream = ((u32)at[5] << 24 | (u32)at[6] << 16 | (u32)at[7] << 8 | at[8]);
	s->left = len;
	if ((len > FRAME_MAX && s->type != F_DATA) || s->stream >> 31)
		return false;
	switch (s->type) {
	case F_DATA:
	case F_CONTINUATION: return s->stream > 0;
	case F_HEADERS: return s->stream > 0 && len > 0;
	case F_PRIORITY: return s->stream > 0 && len == 5;
	case F_RST_STREAM: return s->stream > 0 && len == 4;
	case F_SETTINGS: return !s->stream && len % 6 == 0 && (!(s->flags & ACK) || !len);
	case F_PUSH_PROMISE: return s->stream > 0 && len >= 4;
	case F_PING: return !s->stream && len == 8;
	case F_GOAWAY: return !s->stream && len >= 8;
	case F_WINDOW: return len == 4;
	default: return s->type <= 0x10; /* of extensions */
	}
}

static void begin_frame(struct side *s)
{
	s->have = FRAME_HEAD;
	s->pad = 0;
	s->skip = 0;
	s->parts = 0;
	if (!has_block(s->type))
		return;
	if (s->type != F_CONTINUATION)
		begin_block(s);
	s->skip = (u8)((s->flags & PADDED && s->type != F_CONTINUATION ? 1 : 0) +
		       (s->type == F_HEADERS && s->flags & PRIORITY ? 5
			: s->type == F_PUSH_PROMISE                 ? 4
								    : 0));
}

/* A table that one end allows is the other's to fill. */
static void take_setting(struct side *other, const u8 *at)
{
	u32 id = (u32)at[0] << 8 | at[1], value = (u32)at[2] << 24 | (u32)at[3] << 16 | (u32)at[4] << 8 | at[5];

	if (id == NGHTTP2_SETTINGS_HEADER_TABLE_SIZE && has_inflater(other) &&
	    nghttp2_hd_inflate_change_table_size(other->inflater, MIN(value, TABLE_MAX)) != 0)
		lose(other);
}

static void take_block(struct side *s, const u8 *at, size_t len)
{
	bool padded = s->flags & PADDED && s->type != F_CONTINUATION;
	size_t after = s->left - len; /* of the frame, behind these */

	while (s->skip && len) {
		if (padded && s->have == FRAME_HEAD) {
			s->pad = *at;
			s->have++; /* it is known */
		}
		s->skip--;
		at++;
		len--;
	}
	if (s->skip)
		return;
	/* Padding stands at the end. */
	len -= MIN(len, s->pad > after ? s->pad - after : 0);
	inflate(s, at, len, s->flags & END_HEADERS && after <= s->pad);
}

/* What is taken as a whole: settings, one by one, and the reason of a reset. */
static void take_parts(struct talk *t, struct side *s, const u8 *at, size_t len, bool answers)
{
	struct state *state = t->state;

	for (size_t i = 0; i < len; i++) {
		s->part[s->parts++] = at[i];
		if (s->type == F_RST_STREAM && s->parts == 4 && s->part[3] && answers)
			tell_stream_answer(t, s->stream, reset_word(s->part[3]), true);
		if (s->type == F_SETTINGS && s->parts == 6)
			take_setting(&state->side[!answers], s->part);
		s->parts %= 6;
	}
}

static void take_payload(struct talk *t, struct side *s, const u8 *at, size_t len, bool answers)
{
	if (has_block(s->type))
		take_block(s, at, len);
	else if (s->type == F_SETTINGS || s->type == F_RST_STREAM)
		take_parts(t, s, at, len, answers);
	s->left -= (u32)len;
}

static void end_frame(struct talk *t, struct side *s, bool answers)
{
	if (has_block(s->type) && s->flags & END_HEADERS)
		end_block(t, s, answers);
	s->have = 0;
}

/* What lies between the pieces can be passed over where it is the rest of a frame without headers. */
static void pass_gap(struct talk *t, struct side *s, bool answers)
{
	u32 missed = t->piece->missed;

	if (!missed)
		return;
	if (s->have >= FRAME_HEAD && !has_block(s->type) && s->type != F_SETTINGS && missed <= s->left) {
		s->left -= missed;
		if (!s->left)
			end_frame(t, s, answers);
		return;
	}
	s->have = 0;
	s->in_block = false;
	lose(s);
}

static void take_frames(struct talk *t, bool answers)
{
	struct side *s = &((struct state *)t->state)->side[answers];
	struct cursor c = cursor_of(t->piece);

	pass_gap(t, s, answers);
	if (!answers && cursor_left(&c) >= strlen(PREFACE) && memcmp(c.at, PREFACE, strlen(PREFACE)) == 0)
		c.at += strlen(PREFACE);
	while (cursor_left(&c)) {
		size_t n;

		if (s->have < FRAME_HEAD) {
			s->head[s->have++] = *c.at++;
			if (s->have < FRAME_HEAD)
				continue;
			if (!read_head(s->head, s)) {
				s->have = 0;
				lose(s);
				return;
			}
			begin_frame(s);
		}
		n = MIN(s->left, cursor_left(&c));
		take_payload(t, s, c.at, n, answers);
		c.at += n;
		if (!s->left)
			end_frame(t, s, answers);
	}
	/* The path comes first; what the rest says may never be seen. */
	if (t->piece->cut && s->in_block && !answers && s->method.len && s->path.len)
		tell_stream_request(t, s);
}

static void request(struct talk *t)
{
	take_frames(t, false);
}

static void answer(struct talk *t)
{
	take_frames(t, true);
}

/* -- recognised by its preface, or by frames that follow each other exactly ---------------------------------------- */

static bool are_frames(const struct piece *p, bool answers)
{
	struct cursor c = cursor_of(p);
	bool streams = false;

	while (cursor_left(&c)) {
		const u8 *head = cursor_take(&c, FRAME_HEAD);
		struct side s;

		if (!head)
			return streams && p->cut;
		if (!read_head(head, &s) || s.type > F_CONTINUATION || (s.stream && !(s.stream & 1)))
			return false;
		streams |= s.type == F_HEADERS || (answers && (s.type == F_SETTINGS || s.type == F_DATA));
		if (!cursor_take(&c, s.left))
			return streams && p->cut;
	}
	return streams;
}

static enum fit request_fits(const struct piece *p)
{
	if (p->len >= strlen(PREFACE) && memcmp(p->data, PREFACE, strlen(PREFACE)) == 0)
		return FIT_SURE;
	return are_frames(p, false) ? FIT_MAYBE : FIT_NO;
}

static enum fit answer_fits(const struct piece *p)
{
	return are_frames(p, true) ? FIT_MAYBE : FIT_NO;
}

static void state_free(void *state)
{
	struct state *s = state;

	lose(&s->side[0]);
	lose(&s->side[1]);
}

const struct parser parser_http2 = {.request_fits = request_fits,
				    .answer_fits = answer_fits,
				    .request = request,
				    .answer = answer,
				    .streams = true,
				    .state_size = sizeof(struct state),
				    .state_free = state_free};
