/* What a protocol's parser is made of, for those in this folder. */
#pragma once

#include <string.h>

#include "cleanup.h"
#include "protocol.h"

/* How surely bytes are the beginning of a message of a protocol. What is too short to say is FIT_NO. */
enum fit {
	FIT_NO,
	FIT_MAYBE, /* others could begin so, too: the other direction has to agree */
	FIT_SURE,
};

/* What a parser is given of a conversation. */
struct talk {
	const struct piece *piece;
	const struct call_sink *sink;
	struct conversation *conversation;
	void *state; /* of state_size bytes, zeroed with the first piece, or NULL */
};

struct parser {
	enum fit (*request_fits)(const struct piece *p);
	enum fit (*answer_fits)(const struct piece *p);
	void (*request)(struct talk *t);
	void (*answer)(struct talk *t);
	bool streams, datagrams;         /* what it is spoken over */
	size_t state_size;               /* what it remembers of a conversation */
	void (*state_free)(void *state); /* what the state owns; NULL: nothing */
};

/* The conversation goes on as something else: recognised anew, or, with a static word, never again. */
void conversation_restart(struct conversation *c);
void conversation_turned(struct conversation *c, const char *word);
void conversation_becomes(struct conversation *c, const struct parser *parser);
/* Sets what conversation_subject() says. */
void conversation_about(struct conversation *c, const char *fmt, ...) printf_like(2, 3);

/* -- bytes --------------------------------------------------------------------------------------------------------- */

/* Reads on within its bounds: what would lie beyond reads as 0, and `failed` stays. */
struct cursor {
	const u8 *at, *end;
	bool failed;
};

static inline struct cursor cursor_of(const struct piece *p)
{
	return (struct cursor){p->data, p->data + p->len, false};
}

static inline size_t cursor_left(const struct cursor *c)
{
	return (size_t)(c->end - c->at);
}

/* The next n bytes, NULL: there are not as many. */
const u8 *cursor_take(struct cursor *c, size_t n);
/* A number of n bytes, at most 8, the highest first, or last. */
u64 cursor_be(struct cursor *c, unsigned n);
u64 cursor_le(struct cursor *c, unsigned n);

/* Some bytes of a piece, not ended by a NUL. */
struct span {
	const char *at;
	size_t len;
};

static inline struct span span_of(const char *text)
{
	return (struct span){text, strlen(text)};
}

/* A line without its CR LF, or LF. false: it does not end here; then it is what there is, and the cursor at its end. */
bool cursor_line(struct cursor *c, struct span *line);
/* Cuts off what precedes the next blank, and the blanks. */
struct span span_word(struct span *rest);
bool span_is(struct span s, const char *word);       /* in any case of letters */
bool span_begins(struct span s, const char *prefix); /* in this case of letters */
/* A list of words with a blank between each two has this one: of letters in any case, digits, _ and -. */
bool span_among(struct span s, const char *words);
/* A number of decimal digits and nothing else, up to UINT32_MAX. */
bool span_number(struct span s, u32 *n);

/* -- texts --------------------------------------------------------------------------------------------------------- */

/* A text that grows within its room; made printable at the end. */
struct words {
	char at[320];
	size_t len;
	bool cut; /* more was to be said */
};

void words_put(struct words *w, const char *at, size_t len);
void words_puts(struct words *w, const char *s);
void words_upper(struct words *w, struct span s); /* its ASCII letters as capitals */
static inline void words_putc(struct words *w, char c)
{
	words_put(w, &c, 1);
}

static inline void words_span(struct words *w, struct span s)
{
	words_put(w, s.at, s.len);
}
/* Into a text of a call, or any other. */
void words_write(const struct words *w, char *dst, size_t room);
void span_write(struct span s, char *dst, size_t room);

/* Folds what identifies or counts to *: a number between other characters, UUIDs, hexadecimal and
 * other long mixtures of letters and digits, numbers of four digits and more in a word. cut: the text goes on; its last
 * part could be any of these, and is left out. */
void words_folded(struct words *w, struct span s, bool cut);
/* What a request is called, both ways: folded, and with its values. */
struct title {
	struct words name, shown;
};

void title_puts(struct title *t, const char *s);
void title_span(struct title *t, struct span s);
void title_upper(struct title *t, struct span s);
/* Folded in the name, as it is in what is shown. cut: it goes on. */
void title_value(struct title *t, struct span s, bool cut);
/* There may be more: so ends what is known. */
void title_cut(struct title *t, bool cut);
/* HTTP's method, and its target without the query. */
void title_http(struct title *t, struct span method, struct span target, bool cut);
/* Tells of the request, of which everything else is in the call. */
void title_tell(const struct title *title, struct talk *t, struct call *call);

enum answered { ANSWERED_WELL, ANSWERED_FAILED, ANSWERED_REFUSED /* call.refused */ };
/* By the first digit of HTTP's status. */
static inline enum answered answered_http(char first)
{
	return first < '4' ? ANSWERED_WELL : first == '4' ? ANSWERED_REFUSED : ANSWERED_FAILED;
}
/* Tells of an answer to the request whose turn it is. */
void tell_answer(struct talk *t, struct span status, enum answered how);

extern const struct parser parser_amqp, parser_dns, parser_dns_stream, parser_http, parser_http2, parser_kafka,
    parser_memcached, parser_mongodb, parser_mysql, parser_postgres, parser_redis, parser_smtp, parser_tls;
