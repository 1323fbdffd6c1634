/* Which protocol a conversation is in: said by what is sent, agreed to by what comes back. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "parser.h"
#include "text.h"

#define TRIES 16 /* pieces of which nothing is known, until nobody looks any more */

enum side { REQUESTS = 1, ANSWERS = 2, BOTH = 3 };

struct conversation {
	const struct protocol *protocol;
	void *state;      /* of its parser, owned */
	const char *word; /* why it will have none */
	u32 refused;      /* a bit for each protocol that was taken back */
	u8 flags, tries;
	u8 agreed; /* sides that have spoken it */
	char about[96];
};

struct conversation *conversation_new(unsigned flags)
{
	struct conversation *c = calloc(1, sizeof(*c));

	if (c)
		c->flags = (u8)flags;
	return c;
}

static void forget(struct conversation *c)
{
	if (c->state && c->protocol->parser->state_free)
		c->protocol->parser->state_free(c->state);
	free(take(c->state));
	c->protocol = NULL;
	c->agreed = 0;
	c->about[0] = '\0';
}

void conversation_free(struct conversation *c)
{
	if (c)
		forget(c);
	free(c);
}

void conversation_restart(struct conversation *c)
{
	forget(c);
	c->refused = 0;
	c->tries = 0;
}

void conversation_turned(struct conversation *c, const char *word)
{
	forget(c);
	c->word = word;
}

void conversation_becomes(struct conversation *c, const struct parser *parser)
{
	forget(c);
	for (size_t i = 0; i < protocols_count; i++)
		if (protocols[i].parser == parser)
			c->protocol = &protocols[i];
	c->agreed = BOTH;
}

void conversation_about(struct conversation *c, const char *fmt, ...)
{
	char text[sizeof(c->about)];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	text_clean(c->about, sizeof(c->about), text, strlen(text));
}

const struct protocol *conversation_protocol(const struct conversation *c)
{
	return c->protocol;
}

const char *conversation_word(const struct conversation *c)
{
	if (c->protocol)
		return c->protocol->name;
	if (c->word)
		return c->word;
	return c->flags & CONVERSATION_OLDER ? "older than skbtop" : "not known";
}

const char *conversation_subject(const struct conversation *c)
{
	return c->about;
}

bool conversation_sure(const struct conversation *c)
{
	return c->protocol && c->agreed == BOTH;
}

static enum fit fit(const struct conversation *c, const struct parser *parser, const struct piece *p, enum side side)
{
	if (c->flags & CONVERSATION_DATAGRAMS ? !parser->datagrams : !parser->streams)
		return FIT_NO;
	return (side == REQUESTS ? parser->request_fits : parser->answer_fits)(p);
}

/* Of several that fit as well, the first one of the table. An answer alone has to be sure: many look like "OK". */
static void recognise(struct conversation *c, const struct piece *p, enum side side)
{
	enum fit best = side == REQUESTS ? FIT_NO : FIT_MAYBE;

	for (size_t i = 0; i < protocols_count; i++) {
		enum fit f = c->refused & 1U << i ? FIT_NO : fit(c, protocols[i].parser, p, side);

		if (f > best) {
			best = f;
			c->protocol = &protocols[i];
		}
	}
	if (!c->protocol && ++c->tries == TRIES)
		c->word = conversation_word(c);
}

/* What the other side has said does not fit to this. */
static bool contradicts(const struct conversation *c, const struct piece *p, enum side side)
{
	return c->agreed && c->agreed != BOTH && c->agreed != side && !p->missed &&
	       fit(c, c->protocol->parser, p, side) == FIT_NO;
}

static void take_piece(struct conversation *c, const struct piece *p, const struct call_sink *sink, enum side side)
{
	struct talk t = {.piece = p, .sink = sink, .conversation = c};
	const struct parser *parser;

	if (!p->len || c->word)
		return;
	if (c->protocol && contradicts(c, p, side)) {
		c->refused |= 1U << (c->protocol - protocols);
		forget(c);
	}
	if (!c->protocol)
		recognise(c, p, side);
	if (!c->protocol)
		return;
	parser = c->protocol->parser;
	if (c->agreed != BOTH && fit(c, parser, p, side) != FIT_NO)
		c->agreed |= side;
	if (parser->state_size && !c->state)
		c->state = calloc(1, parser->state_size);
	t.state = c->state;
	if (parser->state_size && !t.state)
		return;
	(side == REQUESTS ? parser->request : parser->answer)(&t);
}

void conversation_request(struct conversation *c, const struct piece *p, const struct call_sink *sink)
{
	take_piece(c, p, sink, REQUESTS);
}

void conversation_answer(struct conversation *c, const struct piece *p, const struct call_sink *sink)
{
	take_piece(c, p, sink, ANSWERS);
}
