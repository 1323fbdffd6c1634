/* AMQP 0-9-1: the method with its queue or exchange; the code with which a channel or a connection is closed. */
#include <stdio.h>

#include "parser.h"

#define PREFACE "AMQP\0\0\x09\x01"
#define PREFACE_LEN 8
#define FRAME_END 0xce
#define FRAME_MAX (1U << 24)

enum frame { METHOD = 1, HEADER, BODY, HEARTBEAT = 8 };
enum class { CONNECTION = 10, CHANNEL = 20, EXCHANGE = 40, QUEUE = 50, BASIC = 60, CONFIRM = 85, TX = 90 };

/* What one of the two asks for. */
static const struct method {
	u16 class, method;
	const char *word;
	bool named; /* its first argument but a reserved number is a queue, or an exchange */
	bool unanswered;
} methods[] = {
    {CONNECTION, 40, "connection.open", false, false},
    {CONNECTION, 50, "connection.close", false, false},
    {CHANNEL, 10, "channel.open", false, false},
    {CHANNEL, 20, "channel.flow", false, false},
    {CHANNEL, 40, "channel.close", false, false},
    {EXCHANGE, 10, "exchange.declare", true, false},
    {EXCHANGE, 20, "exchange.delete", true, false},
    {EXCHANGE, 30, "exchange.bind", true, false},
    {EXCHANGE, 40, "exchange.unbind", true, false},
    {QUEUE, 10, "queue.declare", true, false},
    {QUEUE, 20, "queue.bind", true, false},
    {QUEUE, 30, "queue.purge", true, false},
    {QUEUE, 40, "queue.delete", true, false},
    {QUEUE, 50, "queue.unbind", true, false},
    {BASIC, 10, "basic.qos", false, false},
    {BASIC, 20, "basic.consume", true, false},
    {BASIC, 30, "basic.cancel", false, false},
    {BASIC, 40, "basic.publish", true, true},
    {BASIC, 70, "basic.get", true, false},
    {BASIC, 80, "basic.ack", false, true},
    {BASIC, 90, "basic.reject", false, true},
    {BASIC, 110, "basic.recover", false, false},
    {BASIC, 120, "basic.nack", false, true},
    {CONFIRM, 10, "confirm.select", false, false},
    {TX, 10, "tx.select", false, false},
    {TX, 20, "tx.commit", false, false},
    {TX, 30, "tx.rollback", false, false},
};
#define CLOSE_OF_CONNECTION 50
#define CLOSE_OF_CHANNEL 40
#define PUBLISH 40
#define GET 70
#define GET_EMPTY 72
#define CHANNELS 16

struct state {
	struct {
		u16 channel;
		u64 id; /* of what was asked for last; 0: nothing is waited for */
	} last[CHANNELS];
	u32 next;
};

struct frame_read {
	u8 type;
	u16 channel, class, method; /* of a method */
	struct cursor args;
};

/* Passes over a frame. false: none begins here, or it is cut before its method. */
static bool read_frame(struct cursor *c, struct frame_read *f)
{
	u32 size, left;

	*f = (struct frame_read){.type = (u8)cursor_be(c, 1)};
	f->channel = (u16)cursor_be(c, 2);
	size = (u32)cursor_be(c, 4);
	if (c->failed || size > FRAME_MAX || (f->type > BODY && f->type != HEARTBEAT) || !f->type)
		return false;
	left = (u32)MIN(size, cursor_left(c));
	f->args = (struct cursor){c->at, c->at + left, false};
	c->at += left;
	if (left == size && cursor_left(c) && cursor_be(c, 1) != FRAME_END)
		return false;
	if (f->type != METHOD)
		return true;
	f->class = (u16)cursor_be(&f->args, 2);
	f->method = (u16)cursor_be(&f->args, 2);
	return !f->args.failed && f->class >= CONNECTION && f->class <= TX;
}

static enum fit request_fits(const struct piece *p)
{
	struct cursor c = cursor_of(p);
	struct frame_read f;

	if (p->len >= PREFACE_LEN && memcmp(p->data, PREFACE, PREFACE_LEN) == 0)
		return FIT_SURE;
	return read_frame(&c, &f) && f.type == METHOD && f.class % 5 == 0 ? FIT_MAYBE : FIT_NO;
}

static enum fit answer_fits(const struct piece *p)
{
	struct cursor c = cursor_of(p);
	struct frame_read f;

	return read_frame(&c, &f) && (f.type == HEARTBEAT ? !f.channel : f.class % 5 == 0) ? FIT_MAYBE : FIT_NO;
}

static struct span short_text(struct cursor *c)
{
	struct span s = {.len = (size_t)cursor_be(c, 1)};

	s.at = (const char *)cursor_take(c, s.len);
	s.len = s.at ? s.len : 0;
	return s;
}

static u64 id_of(const struct frame_read *f, u16 method)
{
	return (u64)f->channel << 32 | (u64)f->class << 16 | method;
}

static void remember(struct state *s, const struct frame_read *f, u64 id)
{
	u32 i = 0;

	while (i < CHANNELS && !(s->last[i].id && s->last[i].channel == f->channel))
		i++;
	if (i == CHANNELS)
		i = s->next++ % CHANNELS;
	s->last[i].channel = f->channel;
	s->last[i].id = id;
}

static void tell(struct talk *t, const struct method *m, struct frame_read *f)
{
	struct call call = {.id = id_of(f, f->method), .has_id = true, .unanswered = m->unanswered};
	struct title title = {};
	struct span what = {}, key = {};

	cursor_take(&f->args, m->named ? 2 : 0);
	if (m->named)
		what = short_text(&f->args);
	if (m->class == BASIC && m->method == PUBLISH)
		key = short_text(&f->args);
	title_puts(&title, m->word);
	title_puts(&title, what.len || key.len || f->args.failed ? " " : "");
	title_value(&title, what, false);
	/* The default exchange has no name: the key is the queue's. */
	title_puts(&title, what.len && key.len ? "/" : "");
	title_value(&title, key, f->args.failed);
	if (!m->unanswered)
		remember(t->state, f, call.id);
	title_tell(&title, t, &call);
}

static const struct method *find(const struct frame_read *f, u16 method)
{
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++)
		if (f->type == METHOD && methods[i].class == f->class && methods[i].method == method)
			return &methods[i];
	return NULL;
}

static void request(struct talk *t)
{
	struct cursor c = cursor_of(t->piece);
	struct frame_read f;

	if (cursor_left(&c) >= PREFACE_LEN && memcmp(c.at, PREFACE, PREFACE_LEN) == 0)
		c.at += PREFACE_LEN;
	while (cursor_left(&c) && read_frame(&c, &f)) {
		const struct method *m = find(&f, f.method);

		if (m)
			tell(t, m, &f);
	}
}

/* The broker closes for what was asked for last. */
static void closed(struct talk *t, struct frame_read *f)
{
	struct state *s = t->state;
	u16 code = (u16)cursor_be(&f->args, 2);
	struct call call = {.has_id = true, .error = true};

	for (u32 i = 0; i < CHANNELS && !f->args.failed; i++) {
		if (!s->last[i].id || (f->class == CHANNEL && s->last[i].channel != f->channel))
			continue;
		call.id = s->last[i].id;
		s->last[i].id = 0;
		snprintf(call.status, sizeof(call.status), "%u", code);
		t->sink->tell(t->sink->context, &call);
	}
}

static void answer(struct talk *t)
{
	struct cursor c = cursor_of(t->piece);
	struct state *s = t->state;
	struct frame_read f;

	while (cursor_left(&c) && read_frame(&c, &f)) {
		bool empty = f.class == BASIC && f.method == GET_EMPTY;
		const struct method *m = empty ? find(&f, GET) : f.method % 10 == 1 ? find(&f, f.method - 1) : NULL;
		struct call call = {.has_id = true};

		if ((f.class == CONNECTION && f.method == CLOSE_OF_CONNECTION) ||
		    (f.class == CHANNEL && f.method == CLOSE_OF_CHANNEL))
			closed(t, &f);
		if (!m)
			continue;
		call.id = id_of(&f, m->method);
		for (u32 i = 0; i < CHANNELS; i++)
			if (s->last[i].id == call.id)
				s->last[i].id = 0;
		snprintf(call.status, sizeof(call.status), "%s", empty ? "EMPTY" : "OK");
		t->sink->tell(t->sink->context, &call);
	}
}

const struct parser parser_amqp = {.request_fits = request_fits,
				   .answer_fits = answer_fits,
				   .request = request,
				   .answer = answer,
				   .streams = true,
				   .state_size = sizeof(struct state)};
