/* MongoDB's wire protocol: the command and its collection; the name of an error. Of the documents nothing is told. */
#include <stdio.h>

#include "parser.h"

enum opcode { OP_REPLY = 1, OP_QUERY = 2004, OP_COMPRESSED = 2012, OP_MSG = 2013 };
enum bson {
	DOUBLE = 1,
	STRING,
	DOCUMENT,
	ARRAY,
	BINARY,
	OBJECT_ID = 7,
	BOOL,
	DATE,
	NULLED,
	INT32 = 16,
	TIMESTAMP,
	INT64,
	DECIMAL
};
#define CHECKSUM 1U /* flags of OP_MSG: 0 to 15 have to be understood */
#define MORE_TO_COME 2U
#define MESSAGE_MAX (48000000U) /* bytes: maxMessageSizeBytes */

struct message {
	u32 id, to, opcode;
	bool more, whole;
	struct cursor document; /* what there is of its first one */
	struct span collection; /* OP_QUERY: of the whole name "db.collection" */
};

/* A text that a NUL ends; cut: what there is, and the cursor fails. */
static struct span name(struct cursor *c)
{
	const u8 *at = c->at, *nul = cursor_left(c) ? memchr(at, 0, cursor_left(c)) : NULL;

	cursor_take(c, nul ? (size_t)(nul - at) + 1 : cursor_left(c) + 1);
	return (struct span){(const char *)at, nul ? (size_t)(nul - at) : 0};
}

static bool begin_document(struct cursor *c, struct message *m)
{
	u32 len = (u32)cursor_le(c, 4);

	m->document = *c;
	return !c->failed && len >= 5 && len <= MESSAGE_MAX;
}

/* Of OP_MSG the section of kind 0: it comes first, or behind a sequence of documents. */
static bool read_sections(struct cursor *c, struct message *m)
{
	u32 flags = (u32)cursor_le(c, 4);
	u8 kind = (u8)cursor_be(c, 1);

	m->more = flags & MORE_TO_COME;
	if (c->failed || (flags & 0xffff) > (CHECKSUM | MORE_TO_COME))
		return false;
	while (kind == 1 && !c->failed) {
		u32 len = (u32)cursor_le(c, 4);

		cursor_take(c, MAX(len, 4U) - 4);
		kind = (u8)cursor_be(c, 1);
	}
	return !kind && begin_document(c, m);
}

/* Passes over a message. false: none begins here, or its document does not in the piece. */
static bool read_message(struct cursor *all, struct message *m)
{
	u32 len = (u32)cursor_le(all, 4), left = (u32)MIN(MAX(len, 4U) - 4, cursor_left(all));
	struct cursor c = {all->at, all->at + left, false};

	*m = (struct message){.whole = left == len - 4};
	all->at += left;
	m->id = (u32)cursor_le(&c, 4);
	m->to = (u32)cursor_le(&c, 4);
	m->opcode = (u32)cursor_le(&c, 4);
	if (c.failed || len < 21 || len > MESSAGE_MAX)
		return false;
	if (m->opcode == OP_MSG)
		return read_sections(&c, m);
	if (m->opcode == OP_QUERY) {
		cursor_take(&c, 4);
		m->collection = name(&c);
		cursor_take(&c, 8);
		return m->collection.len && begin_document(&c, m);
	}
	if (m->opcode == OP_REPLY) {
		cursor_take(&c, 20);
		return begin_document(&c, m);
	}
	return m->opcode == OP_COMPRESSED;
}

static enum fit fits(const struct piece *p, bool answer)
{
	struct cursor c = cursor_of(p);
	struct message m;

	if (!read_message(&c, &m) || (!m.whole && !p->cut) || (m.to != 0) != answer)
		return FIT_NO;
	return m.opcode == OP_QUERY && answer ? FIT_NO : m.opcode == OP_REPLY && !answer ? FIT_NO : FIT_SURE;
}

static enum fit request_fits(const struct piece *p)
{
	return fits(p, false);
}

static enum fit answer_fits(const struct piece *p)
{
	return fits(p, true);
}

struct element {
	u8 type;
	struct span name;
	struct span text; /* of a string */
	double number;    /* of what counts, or is true or false */
};

static void read_number(struct cursor *c, struct element *e)
{
	u64 bits;

	switch (e->type) {
	case DOUBLE:
		bits = cursor_le(c, 8);
		memcpy(&e->number, &bits, sizeof(bits));
		break;
	case BOOL: e->number = (double)cursor_le(c, 1); break;
	case INT32: e->number = (double)(s32)cursor_le(c, 4); break;
	default: e->number = (double)(s64)cursor_le(c, 8);
	}
}

/* The next element of a document, of which the value is passed over. false: it ends, or is cut. */
static bool next_element(struct cursor *c, struct element *e)
{
	u32 len;

	*e = (struct element){.type = (u8)cursor_be(c, 1)};
	if (!e->type)
		return false;
	e->name = name(c);
	if (c->failed)
		return false;
	switch (e->type) {
	case DOUBLE:
	case BOOL:
	case INT32:
	case DATE:
	case TIMESTAMP:
	case INT64: read_number(c, e); break;
	case STRING:
		len = (u32)cursor_le(c, 4);
		e->text.at = (const char *)cursor_take(c, len);
		e->text.len = e->text.at && len ? len - 1 : 0;
		break;
	case DOCUMENT:
	case ARRAY:
		len = (u32)cursor_le(c, 4);
		cursor_take(c, MAX(len, 4U) - 4);
		break;
	case BINARY:
		len = (u32)cursor_le(c, 4);
		cursor_take(c, (size_t)len + 1);
		break;
	case OBJECT_ID: cursor_take(c, 12); break;
	case DECIMAL: cursor_take(c, 16); break;
	case NULLED: break;
	default: c->failed = true;
	}
	return !c->failed;
}

/* { find: "users", … }, { getMore: 17, collection: "users" }, { hello: 1 } */
static bool command(struct message *m, struct title *title)
{
	struct element first, second;

	if (m->opcode == OP_COMPRESSED)
		return true;
	if (!next_element(&m->document, &first))
		return false;
	title_span(title, first.name);
	if (first.type != STRING && next_element(&m->document, &second) && span_is(second.name, "collection"))
		first = second;
	title_puts(title, first.text.len ? " " : "");
	title_value(title, first.text, false);
	title_cut(title, m->document.failed);
	return true;
}

static void request(struct talk *t)
{
	struct cursor c = cursor_of(t->piece);
	struct message m;

	while (cursor_left(&c) && read_message(&c, &m)) {
		struct call call = {.id = m.id, .has_id = true, .unanswered = m.more};
		struct title title = {};

		if (!command(&m, &title))
			return;
		title_tell(&title, t, &call);
	}
}

/* What an answer says of itself: { ok: 0, errmsg: …, code: …, codeName: … } */
static void read_status(struct message *m, struct call *call)
{
	struct element e;
	bool ok = false, failed = false;
	char number[12] = "";

	while (m->opcode != OP_COMPRESSED && next_element(&m->document, &e)) {
		if (span_is(e.name, "ok")) {
			ok = e.number != 0;
			failed = !ok;
		} else if (span_is(e.name, "writeErrors")) {
			snprintf(call->status, sizeof(call->status), "WriteError");
		} else if (failed && span_is(e.name, "codeName")) {
			span_write(e.text, call->status, sizeof(call->status));
		} else if (failed && span_is(e.name, "code")) {
			snprintf(number, sizeof(number), "%d", (int)e.number);
		}
	}
	if (ok && !call->status[0])
		snprintf(call->status, sizeof(call->status), "OK");
	else if (failed && !call->status[0] && m->whole)
		snprintf(call->status, sizeof(call->status), "%s", number[0] ? number : "error");
	call->error = failed || (call->status[0] && strcmp(call->status, "OK") != 0);
}

static void answer(struct talk *t)
{
	struct cursor c = cursor_of(t->piece);
	struct message m;

	while (cursor_left(&c) && read_message(&c, &m)) {
		struct call call = {.id = m.to, .has_id = true};

		read_status(&m, &call);
		t->sink->tell(t->sink->context, &call);
	}
}

const struct parser parser_mongodb = {
    .request_fits = request_fits, .answer_fits = answer_fits, .request = request, .answer = answer, .streams = true};
