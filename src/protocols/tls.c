/* TLS (RFC 8446, RFC 5246): whom the hello is for, what is offered and chosen. Then everything is encrypted. */
#include <stdio.h>

#include "parser.h"

enum record { ALERT = 21, HANDSHAKE = 22, DATA = 23 };
enum handshake { CLIENT_HELLO = 1, SERVER_HELLO = 2 };
enum extension { SERVER_NAME = 0, ALPN = 16, SUPPORTED_VERSIONS = 43 };

struct state {
	char name[64];         /* of the server, as the client says */
	char offered[16];      /* the only protocol that it offers */
	bool client, answered; /* the hellos were seen */
};

struct hello {
	struct span name, alpn;
	bool one; /* protocol is in alpn, not several */
	u16 version;
	bool whole, retry;
};

/* A record's type; 0: none begins here. Its version is at most 1.2 for the sake of what stands in between. */
static u8 read_record(struct cursor *c, u32 *len)
{
	u8 type = (u8)cursor_be(c, 1);
	u32 version = (u32)cursor_be(c, 2);

	*len = (u32)cursor_be(c, 2);
	if (c->failed || type < 20 || type > 24 || version < 0x300 || version > 0x304 || !*len || *len > 16384 + 2048)
		return 0;
	return type;
}

/* Inside a record: a hello of this kind, up to its first field. */
static bool is_hello(struct cursor *c, enum handshake kind, u32 record)
{
	u8 type = (u8)cursor_be(c, 1);
	u32 len = (u32)cursor_be(c, 3);

	return !c->failed && type == kind && len >= 38 && (len + 4 <= record || record == 16384) && len < 65536;
}

static enum fit fits(const struct piece *p, enum handshake kind)
{
	struct cursor c = cursor_of(p);
	u32 len;
	u8 type = read_record(&c, &len);

	if (type == HANDSHAKE)
		return is_hello(&c, kind, len) && cursor_be(&c, 1) == 3 ? FIT_SURE : FIT_NO;
	if (type == ALERT)
		return kind == SERVER_HELLO && len == 2 && cursor_be(&c, 1) - 1 < 2 ? FIT_MAYBE : FIT_NO;
	/* In the middle: it is this or nothing that has a name. */
	return type == DATA && len > 16 && (p->cut || len <= cursor_left(&c)) ? FIT_MAYBE : FIT_NO;
}

static enum fit request_fits(const struct piece *p)
{
	return fits(p, CLIENT_HELLO);
}

static enum fit answer_fits(const struct piece *p)
{
	return fits(p, SERVER_HELLO);
}

static void read_extension(struct hello *h, enum extension type, struct cursor c, bool client)
{
	if (type == SERVER_NAME && client) {
		cursor_take(&c, 3);
		h->name.len = (size_t)cursor_be(&c, 2);
		h->name.at = (const char *)cursor_take(&c, h->name.len);
	} else if (type == ALPN) {
		size_t all = (size_t)cursor_be(&c, 2);

		h->alpn.len = (size_t)cursor_be(&c, 1);
		h->alpn.at = (const char *)cursor_take(&c, h->alpn.len);
		h->one = all == h->alpn.len + 1;
	} else if (type == SUPPORTED_VERSIONS && !client) {
		h->version = (u16)cursor_be(&c, 2);
	}
	h->name.len = h->name.at ? h->name.len : 0;
	h->alpn.len = h->alpn.at ? h->alpn.len : 0;
}

/* From its version on. */
static struct hello read_hello(struct cursor *c, bool client)
{
	/* The server's random where it asks for another hello: RFC 8446, 4.1.3. */
	static const u8 retry[] = {0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11};
	struct hello h = {.version = (u16)cursor_be(c, 2)};
	const u8 *random = cursor_take(c, 32);

	h.retry = random && memcmp(random, retry, sizeof(retry)) == 0;
	cursor_take(c, (size_t)cursor_be(c, 1));
	if (client) {
		cursor_take(c, (size_t)cursor_be(c, 2));
		cursor_take(c, (size_t)cursor_be(c, 1));
	} else {
		cursor_take(c, 3);
	}
	for (size_t left = (size_t)cursor_be(c, 2); left >= 4 && !c->failed;) {
		enum extension type = (enum extension)cursor_be(c, 2);
		size_t len = (size_t)cursor_be(c, 2);
		const u8 *at = cursor_take(c, len);

		if (at)
			read_extension(&h, type, (struct cursor){at, at + len, false}, client);
		left -= MIN(left, len + 4);
	}
	h.whole = !c->failed;
	return h;
}

static void request(struct talk *t)
{
	struct cursor c = cursor_of(t->piece);
	struct title title = {};
	struct state *s = t->state;
	struct call call = {};
	struct hello h;
	u32 len;

	if (read_record(&c, &len) != HANDSHAKE || !is_hello(&c, CLIENT_HELLO, len))
		return;
	h = read_hello(&c, true);
	s->client = true;
	span_write(h.name, s->name, sizeof(s->name));
	span_write(h.one ? h.alpn : (struct span){}, s->offered, sizeof(s->offered));
	title_puts(&title, h.name.len ? "hello " : "hello");
	title_value(&title, h.name, false);
	title_cut(&title, !h.name.len && !h.whole);
	memcpy(call.host, s->name, sizeof(call.host));
	title_tell(&title, t, &call);
}

static const char *version_word(u16 version)
{
	static const char *const words[] = {"SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"};

	return version >= 0x300 && version <= 0x304 ? words[version - 0x300] : "TLS";
}

static const char *alert_word(u8 alert, char number[12])
{
	static const struct {
		u8 alert;
		const char *word;
	} words[] = {{0, "close_notify"},
		     {40, "handshake_failure"},
		     {42, "bad_certificate"},
		     {45, "certificate_expired"},
		     {46, "certificate_unknown"},
		     {47, "illegal_parameter"},
		     {48, "unknown_ca"},
		     {70, "protocol_version"},
		     {71, "insufficient_security"},
		     {80, "internal_error"},
		     {109, "missing_extension"},
		     {112, "unrecognized_name"},
		     {116, "certificate_required"},
		     {120, "no_application_protocol"}};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (words[i].alert == alert)
			return words[i].word;
	snprintf(number, 12, "alert %u", alert);
	return number;
}

static void answer(struct talk *t)
{
	struct cursor c = cursor_of(t->piece);
	struct state *s = t->state;
	char number[12], alpn[16];
	struct hello h;
	u32 len;
	u8 type = read_record(&c, &len);

	if (!s->client || s->answered)
		return;
	if (type == ALERT && len == 2 && cursor_left(&c) >= 2) {
		tell_answer(t, span_of(alert_word(c.at[1], number)), true);
		return;
	}
	if (type != HANDSHAKE || !is_hello(&c, SERVER_HELLO, len))
		return;
	h = read_hello(&c, false);
	if (!h.whole)
		return;
	s->answered = !h.retry;
	/* TLS 1.3 says which it has chosen where nobody else sees it; of one there is no choice. */
	span_write(h.alpn, alpn, sizeof(alpn));
	if (!h.alpn.len && h.version == 0x304)
		memcpy(alpn, s->offered, sizeof(alpn));
	conversation_about(t->conversation, "%s%s%s%s%s", s->name, s->name[0] ? " " : "", alpn, alpn[0] ? " " : "",
			   version_word(h.version));
	tell_answer(t, span_of(h.retry ? "retry" : version_word(h.version)), false);
}

const struct parser parser_tls = {.request_fits = request_fits,
				  .answer_fits = answer_fits,
				  .request = request,
				  .answer = answer,
				  .streams = true,
				  .state_size = sizeof(struct state)};
