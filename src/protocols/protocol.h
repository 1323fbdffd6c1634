/* What a conversation says, as far as it can be had honestly from the beginnings of its turns: which protocol it is,
 * what each request asks for, and what became of it. The bytes are those of strangers; nothing here reads beyond them,
 * keeps more of them than it says, or believes a port. */
#pragma once

#include "types.h"

#define PROTOCOL_SEEN 256       /* bytes of a turn's beginning that are worth giving … */
#define PROTOCOL_SEEN_LONG 2048 /* … of TLS hellos, and of HTTP/2 */

/* One request, or what was answered to one. All texts are printable UTF-8; what was too long ends in "...". */
struct call {
	char name[128];  /* of a request: "SET user:*": no values; what only counts or identifies is folded to * */
	char shown[256]; /* the same with its values: for who has asked for them. Passwords are never among them */
	char host[64];   /* what the request calls the server, "": nothing */
	char status[32]; /* of an answer: "200", "NXDOMAIN", "WRONGTYPE", "OK" where the protocol has no other word; ""
			  */
	u64 id;          /* which request an answer belongs to, where `has_id` */
	bool has_id;     /* answers come in any order (HTTP/2, DNS, Kafka …); else in that of the requests */
	bool error;      /* of an answer: the server says that it failed. HTTP: from 400 on */
	bool refused;    /* of an answer that is an error: what was asked for is not there, or not this client's
			    (NXDOMAIN; HTTP: 400 to 499) */
	bool unanswered; /* of a request: none will come */
	bool again;      /* of a request: the same one was sent before, and no answer seen since */
};

/* Whom the calls of a piece are told to, in the order in which they begin. */
struct call_sink {
	void (*tell)(void *context, const struct call *call);
	void *context;
};

/* The beginning of a turn, or all of it; of a datagram. */
struct piece {
	const u8 *data;
	u32 len;
	/* Bytes that went in this direction since the end of the piece before it (the connection's beginning), and were
	 * not given; PIECE_UNKNOWN where nobody counted. Only where this is 0 can a piece contradict what was taken for
	 * known, and only then are HTTP/2's compressed headers understood. */
	u32 missed;
	bool cut; /* the turn has more bytes than these */
};
#define PIECE_UNKNOWN UINT32_MAX

enum conversation_flags {
	CONVERSATION_DATAGRAMS = 1, /* each piece is one datagram, with one peer */
	CONVERSATION_OLDER = 2,     /* its beginning was not seen */
};

/* What is remembered of a connection: some hundred bytes, at most 20 KiB where statements are prepared, and at most 70
 * KiB, usually 12, where headers are compressed. */
struct conversation;
/* To be freed with conversation_free(); NULL: out of memory. */
struct conversation *conversation_new(unsigned flags);
void conversation_free(struct conversation *c);

/* Takes what the client, or the server, has sent, and tells of each request, or answer, that begins in it: none where
 * it is the middle of one, or nothing that is known. The protocol is recognised with the first pieces; a guess can be
 * taken back by those that follow: then conversation_protocol() is NULL again, and what was told of it was wrong. */
void conversation_request(struct conversation *c, const struct piece *p, const struct call_sink *sink);
void conversation_answer(struct conversation *c, const struct piece *p, const struct call_sink *sink);

struct protocol {
	const char *name;  /* "redis": for scripts, one word */
	const char *words; /* what it is, for people */
	const struct parser *parser;
};

/* As it is known now; NULL: it is not. */
const struct protocol *conversation_protocol(const struct conversation *c);
/* The protocol's name, or why it has none: "not known", "older than skbtop", "websocket" … Static. */
const char *conversation_word(const struct conversation *c);
/* What the whole conversation is about, where its calls cannot be seen: "example.org h2 TLSv1.3". "": nothing is known.
 * Lives until the next piece. */
const char *conversation_subject(const struct conversation *c);
/* Both directions have spoken it: it is not taken back any more. */
bool conversation_sure(const struct conversation *c);

extern const struct protocol protocols[];
extern const size_t protocols_count;
