/* Reads what is asked of name servers, and their answers (RFC 1035, 4.1). An address counts if its record belongs to
 * the question, or to a name that the question was led to by CNAME records: a server may add what it likes. */
#include "dns.h"

#include <stdio.h>

#include "hostname.h"
#include "parser.h"

#define HEAD 12
#define TYPE_A 1
#define TYPE_CNAME 5
#define TYPE_AAAA 28
#define CLASS_IN 1
#define NAME_ROOM (HOSTNAME_MAX + 3) /* with a dot after the last label */

struct message {
	const u8 *at;
	size_t len;
};

static unsigned word(const struct message *m, size_t at)
{
	return at + 2 <= m->len ? (unsigned)m->at[at] << 8 | m->at[at + 1] : 0;
}

/* What could not be a part of a host name becomes a question mark. */
static char letter(u8 c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ? (char)c : '?';
}

/* Returns where the name at `at` ends, 0: it does not, or is too long. Pointers lead back, each to before the name or
 * the part of one that it stands in, so that there is an end. */
static size_t read_name(const struct message *m, size_t at, char dst[NAME_ROOM])
{
	size_t end = 0, part = at, used = 0;

	while (at < m->len) {
		unsigned n = m->at[at];

		if (n >= 0xc0) {
			size_t to = word(m, at) & 0x3fff;

			if (at + 2 > m->len || to >= part)
				return 0;
			end = end ? end : at + 2;
			at = part = to;
			continue;
		}
		at++;
		if (!n) {
			dst[used ? used - 1 : 0] = '\0';
			return end ? end : at;
		}
		if (n > 63 || at + n > m->len || used + n + 1 >= NAME_ROOM)
			return 0;
		for (unsigned i = 0; i < n; i++)
			dst[used++] = letter(m->at[at + i]);
		dst[used++] = '.';
		at += n;
	}
	return 0;
}

void dns_addresses(const u8 *message, size_t len,
		   void (*each)(void *context, const char *name, const u8 *address, unsigned family), void *context)
{
	const struct message m = {message, len};
	char question[NAME_ROOM], wanted[NAME_ROOM], owner[NAME_ROOM];
	size_t at = word(&m, 4) == 1 ? read_name(&m, HEAD, question) : 0;
	unsigned left = at ? word(&m, 6) : 0;

	if (left)
		memcpy(wanted, question, sizeof(wanted));
	for (at += 4; left; left--) {
		size_t data = read_name(&m, at, owner), size;
		unsigned type;

		if (!data || data + 10 > len)
			return;
		type = word(&m, data + 2) == CLASS_IN && strcmp(owner, wanted) == 0 ? word(&m, data) : 0;
		size = word(&m, data + 8);
		data += 10;
		at = data + size;
		if (at > len)
			return;
		if (type == TYPE_A && size == 4)
			each(context, question, message + data, 4);
		else if (type == TYPE_AAAA && size == 16)
			each(context, question, message + data, 6);
		else if (type == TYPE_CNAME && !read_name(&m, data, wanted))
			return;
	}
}

/* -- questions ----------------------------------------------------------------------------------------------------- */

#define ANSWER 0x8000 /* flags: RFC 1035, 4.1.1 */
#define OPCODE 0x7800
#define CUT 0x0200
#define RESERVED 0x0040
#define RCODE 0x000f
#define NXDOMAIN 3
#define ASKED 32 /* questions of a conversation that are waited for */

struct question {
	u16 id, flags, type;
	char name[NAME_ROOM];
};

struct state {
	struct {
		u16 id, type;
		u32 hash; /* of the name; 0: no question */
	} asked[ASKED];
	u32 next;
};

static const struct {
	u16 type;
	const char *word;
} types[] = {{1, "A"},      {2, "NS"},      {5, "CNAME"},  {6, "SOA"},    {12, "PTR"},   {15, "MX"},
	     {16, "TXT"},   {28, "AAAA"},   {33, "SRV"},   {35, "NAPTR"}, {39, "DNAME"}, {43, "DS"},
	     {46, "RRSIG"}, {48, "DNSKEY"}, {52, "TLSA"},  {64, "SVCB"},  {65, "HTTPS"}, {99, "SPF"},
	     {250, "TSIG"}, {251, "IXFR"},  {252, "AXFR"}, {255, "ANY"},  {257, "CAA"}};

static const char *type_word(u16 type, char number[12])
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].type == type)
			return types[i].word;
	snprintf(number, 12, "TYPE%u", type);
	return number;
}

static const char *rcode_word(unsigned code, char number[12])
{
	static const char *const words[] = {"NOERROR",  "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED",
					    "YXDOMAIN", "YXRRSET", "NXRRSET",  "NOTAUTH",  "NOTZONE"};

	if (code < ARRAY_SIZE(words))
		return words[code];
	snprintf(number, 12, "RCODE%u", code);
	return number;
}

/* Queries, and what secondaries and clients of DHCP send (opcodes 0, 4, 5), of one question in the Internet's class. */
static bool read_question(const u8 *at, size_t len, struct question *q)
{
	const struct message m = {at, len};
	unsigned opcode = word(&m, 2) & OPCODE;
	size_t end = len > HEAD && word(&m, 4) == 1 ? read_name(&m, HEAD, q->name) : 0;

	q->id = (u16)word(&m, 0);
	q->flags = (u16)word(&m, 2);
	q->type = (u16)word(&m, end);
	return end && end + 4 <= len && (!opcode || opcode >> 11 == 4 || opcode >> 11 == 5) && !(q->flags & RESERVED) &&
	       q->type && (word(&m, end + 2) & 0x7fff) == CLASS_IN;
}

/* -- over datagrams, and framed in a stream --------------------------------------------------------------------------
 */

/* The next message: in a stream its length precedes it. false: there is none. */
static bool next_message(struct cursor *c, bool framed, struct cursor *message)
{
	size_t left = framed ? (size_t)cursor_be(c, 2) : cursor_left(c), len = MIN(left, cursor_left(c));

	*message = (struct cursor){c->at, c->at + len, false};
	c->at += len;
	return len > 0;
}

static enum fit fits(const struct piece *p, bool framed, bool answer)
{
	struct cursor c = cursor_of(p), message;
	struct question q;
	size_t stated = framed && p->len >= 2 ? (size_t)(p->data[0] << 8 | p->data[1]) : p->len;

	if (!next_message(&c, framed, &message) || !read_question(message.at, cursor_left(&message), &q) ||
	    !(q.flags & ANSWER) == answer)
		return FIT_NO;
	/* A question has neither a code nor answers, and is as long as it is said to be. */
	if (!answer && ((q.flags & RCODE) || message.at[6] || message.at[7]))
		return FIT_NO;
	return cursor_left(&message) == stated || p->cut ? FIT_SURE : FIT_NO;
}

/* Whether the question was asked before and is still waited for; from now on it is. */
static bool asked_before(struct state *state, const struct question *q)
{
	u32 hash = 1, i;

	for (const char *s = q->name; *s; s++)
		hash = hash * 31 + (u8)*s;
	hash |= 1U << 31;
	for (i = 0; i < ASKED; i++)
		if (state->asked[i].hash == hash && state->asked[i].id == q->id && state->asked[i].type == q->type)
			return true;
	i = state->next++ % ASKED;
	state->asked[i].id = q->id;
	state->asked[i].type = q->type;
	state->asked[i].hash = hash;
	return false;
}

static void requests(struct talk *t, bool framed)
{
	struct cursor c = cursor_of(t->piece), message;
	struct question q;

	while (next_message(&c, framed, &message) && read_question(message.at, cursor_left(&message), &q)) {
		struct call call = {.id = q.id, .has_id = true, .again = asked_before(t->state, &q)};
		struct title title = {};
		char number[12];

		title_puts(&title, type_word(q.type, number));
		title_puts(&title, " ");
		title_value(&title, span_of(q.name), false);
		title_tell(&title, t, &call);
	}
}

static void answers(struct talk *t, bool framed)
{
	struct state *state = t->state;
	struct cursor c = cursor_of(t->piece), message;
	struct question q;

	while (next_message(&c, framed, &message) && read_question(message.at, cursor_left(&message), &q)) {
		struct call call = {
		    .id = q.id, .has_id = true, .error = q.flags & RCODE, .refused = (q.flags & RCODE) == NXDOMAIN};
		char number[12];
		const char *code = rcode_word(q.flags & RCODE, number);

		snprintf(call.status, sizeof(call.status), "%s", !call.error && q.flags & CUT ? "TRUNCATED" : code);
		for (u32 i = 0; i < ASKED; i++)
			if (state->asked[i].id == q.id && state->asked[i].type == q.type)
				state->asked[i].hash = 0;
		t->sink->tell(t->sink->context, &call);
	}
}

static enum fit request_fits(const struct piece *p)
{
	return fits(p, false, false);
}

static enum fit answer_fits(const struct piece *p)
{
	return fits(p, false, true);
}

static void request(struct talk *t)
{
	requests(t, false);
}

static void answer(struct talk *t)
{
	answers(t, false);
}

const struct parser parser_dns = {.request_fits = request_fits,
				  .answer_fits = answer_fits,
				  .request = request,
				  .answer = answer,
				  .datagrams = true,
				  .state_size = sizeof(struct state)};

static enum fit framed_request_fits(const struct piece *p)
{
	return fits(p, true, false);
}

static enum fit framed_answer_fits(const struct piece *p)
{
	return fits(p, true, true);
}

static void framed_request(struct talk *t)
{
	requests(t, true);
}

static void framed_answer(struct talk *t)
{
	answers(t, true);
}

const struct parser parser_dns_stream = {.request_fits = framed_request_fits,
					 .answer_fits = framed_answer_fits,
					 .request = framed_request,
					 .answer = framed_answer,
					 .streams = true,
					 .state_size = sizeof(struct state)};
