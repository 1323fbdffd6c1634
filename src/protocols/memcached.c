/* memcached, text (protocol.txt) and binary: the command and the pattern of its key; what became of it. */
#include <stdio.h>

#include "parser.h"

#define GETS "get gets"
#define STORES "set add replace append prepend cas"
#define KEYED "get gets gat gats set add replace append prepend cas delete incr decr touch mg ms md ma me"
#define OTHERS "mn stats version flush_all verbosity quit"
/* What an answer's line begins with; a number alone is one, too. */
#define ANSWERS                                                                                                        \
	"VALUE END STORED NOT_STORED EXISTS NOT_FOUND DELETED TOUCHED OK ERROR CLIENT_ERROR SERVER_ERROR VERSION "     \
	"STAT RESET HD VA EN NF NS EX MN ME"
#define ERRORS "ERROR CLIENT_ERROR SERVER_ERROR"
#define KEY_MAX 250 /* bytes: memcached.h */

/* -- text ---------------------------------------------------------------------------------------------------------- */

/* Letters only, and small ones: others write HTTP's and SMTP's in capitals. */
static bool is_verb(struct span s, const char *words)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] != '_' && (s.at[i] < 'a' || s.at[i] > 'z'))
			return false;
	return span_among(s, words);
}

/* Numbers behind the key of a command that stores: flags, time, bytes. false: they are none. */
static bool stored_bytes(struct span rest, u32 *bytes)
{
	u32 flags;
	struct span flag = span_word(&rest), expires = span_word(&rest), size = span_word(&rest);

	return span_number(flag, &flags) && expires.len && span_number(size, bytes);
}

/* "$3 foo" has no such lines. */
static enum fit line_fits(struct span line, bool whole)
{
	struct span verb = span_word(&line), key = span_word(&line);
	u32 bytes;

	if (is_verb(verb, STORES))
		return whole && key.len <= KEY_MAX && stored_bytes(line, &bytes) ? FIT_SURE : FIT_NO;
	if (is_verb(verb, KEYED))
		return key.len && key.len <= KEY_MAX ? FIT_MAYBE : FIT_NO;
	return whole && is_verb(verb, OTHERS) ? FIT_MAYBE : FIT_NO;
}

static bool is_answer(struct span line, struct span *word)
{
	u32 n;

	*word = span_word(&line);
	for (size_t i = 0; i < word->len; i++)
		if (word->at[i] != '_' && (word->at[i] < 'A' || word->at[i] > 'Z'))
			return span_number(*word, &n) && !line.len;
	return span_among(*word, ANSWERS);
}

static void tell_key(struct talk *t, struct call *call, struct span verb, struct span key, bool cut)
{
	struct title title = {};

	title_span(&title, verb);
	title_puts(&title, key.len || cut ? " " : "");
	title_value(&title, key, cut);
	title_tell(&title, t, call);
}

static void text_request(struct talk *t)
{
	struct cursor c = cursor_of(t->piece);
	struct span line, verb, key;
	u32 bytes = 0;

	while (cursor_left(&c)) {
		bool whole = cursor_line(&c, &line);
		struct call call = {};

		if (line_fits(line, whole) == FIT_NO)
			return;
		call.unanswered = line.len > 8 && memcmp(line.at + line.len - 8, " noreply", 8) == 0;
		verb = span_word(&line);
		key = span_word(&line);
		tell_key(t, &call, verb, is_verb(verb, KEYED) ? key : (struct span){}, !whole && !line.len);
		/* The value follows, and its own end of line; of "ms" its size is the first word. */
		if (is_verb(verb, STORES) ? stored_bytes(line, &bytes)
					  : is_verb(verb, "ms") && span_number(span_word(&line), &bytes))
			cursor_take(&c, (size_t)bytes + 2);
		if (!whole || c.failed)
			return;
	}
}

/* Values of get are followed by END; the first one says that there is something. */
static bool skip_values(struct cursor *c, struct span line)
{
	struct span word;
	u32 bytes;

	while (span_begins(line, "VALUE ")) {
		span_word(&line);
		span_word(&line);
		span_word(&line);
		word = span_word(&line);
		if (!span_number(word, &bytes) || !cursor_take(c, (size_t)bytes + 2) || !cursor_line(c, &line))
			return false;
	}
	while (span_begins(line, "STAT "))
		if (!cursor_line(c, &line))
			return false;
	return true;
}

static void text_answer(struct talk *t)
{
	struct cursor c = cursor_of(t->piece);
	struct span line, word;
	u32 bytes;

	while (cursor_left(&c)) {
		if (!cursor_line(&c, &line) || !is_answer(line, &word))
			return;
		if (span_among(word, "VALUE VA"))
			tell_answer(t, span_of("HIT"), false);
		else if (span_among(word, "END EN"))
			tell_answer(t, span_of("MISS"), false);
		else if (span_among(word, "STAT") || (*word.at >= '0' && *word.at <= '9'))
			tell_answer(t, span_of("OK"), false);
		else
			tell_answer(t, word, span_among(word, ERRORS));
		span_word(&line);
		if (span_is(word, "VA")
			? !span_number(span_word(&line), &bytes) || !cursor_take(&c, (size_t)bytes + 2)
			: !skip_values(&c, (struct span){word.at, (size_t)(line.at + line.len - word.at)}))
			return;
	}
}

/* -- binary -------------------------------------------------------------------------------------------------------- */

enum magic { REQUEST = 0x80, ANSWER = 0x81 };

static const struct opcode {
	const char *word;
	bool quiet; /* only what the client would not expect is answered */
} opcodes[] = {{"get", false},     {"set", false},     {"add", false},  {"replace", false},   {"delete", false},
	       {"incr", false},    {"decr", false},    {"quit", false}, {"flush_all", false}, {"get", true},
	       {"noop", false},    {"version", false}, {"get", false},  {"get", true},        {"append", false},
	       {"prepend", false}, {"stats", false},   {"set", true},   {"add", true},        {"replace", true},
	       {"delete", true},   {"incr", true},     {"decr", true},  {"quit", true},       {"flush_all", true},
	       {"append", true},   {"prepend", true}};
#define GET 0
#define GETK 0x0c
#define TOUCH 0x1c
#define GAT 0x1d
#define GATQ 0x1e
#define AUTH_LIST 0x20
#define AUTH_LAST 0x22

struct packet {
	u8 opcode;
	u16 status;
	struct span key;
	bool whole; /* the key is */
};

static bool read_packet(struct cursor *c, enum magic magic, struct packet *p)
{
	u8 first = (u8)cursor_be(c, 1), extras;
	u32 key, body;

	p->opcode = (u8)cursor_be(c, 1);
	key = (u32)cursor_be(c, 2);
	extras = (u8)cursor_be(c, 1);
	if (cursor_be(c, 1) || c->failed || first != magic || p->opcode > 0x4f)
		return false;
	p->status = (u16)cursor_be(c, 2);
	body = (u32)cursor_be(c, 4);
	cursor_take(c, 12);
	if (c->failed || key > KEY_MAX || extras > 20 || key + extras > body)
		return false;
	cursor_take(c, extras);
	p->key = (struct span){(const char *)c->at, MIN(key, cursor_left(c))};
	p->whole = p->key.len == key;
	cursor_take(c, body - extras);
	return true;
}

static struct opcode opcode_of(u8 opcode)
{
	if (opcode < ARRAY_SIZE(opcodes))
		return opcodes[opcode];
	return opcode == TOUCH                              ? (struct opcode){"touch", false}
	       : opcode == GAT                              ? (struct opcode){"gat", false}
	       : opcode == GATQ                             ? (struct opcode){"gat", true}
	       : opcode >= AUTH_LIST && opcode <= AUTH_LAST ? (struct opcode){"auth", false}
							    : (struct opcode){"other", false};
}

static void binary_request(struct talk *t)
{
	struct cursor c = cursor_of(t->piece);
	struct packet p;

	while (read_packet(&c, REQUEST, &p)) {
		struct opcode o = opcode_of(p.opcode);
		struct call call = {.unanswered = o.quiet};

		if (p.opcode >= AUTH_LIST && p.opcode <= AUTH_LAST)
			p = (struct packet){.whole = true};
		tell_key(t, &call, span_of(o.word), p.key, !p.whole);
	}
}

static void binary_answer(struct talk *t)
{
	static const char *const words[] = {"OK",      "NOT_FOUND",  "EXISTS",       "TOO_LARGE",
					    "INVALID", "NOT_STORED", "NOT_A_NUMBER", "WRONG_SERVER"};
	struct cursor c = cursor_of(t->piece);
	struct packet p;
	char number[12];

	while (read_packet(&c, ANSWER, &p)) {
		if (opcode_of(p.opcode).quiet)
			continue;
		if (p.status <= 1 && (p.opcode == GET || p.opcode == GETK || p.opcode == GAT)) {
			tell_answer(t, span_of(p.status ? "MISS" : "HIT"), false);
			continue;
		}
		snprintf(number, sizeof(number), "%#x", p.status);
		/* That nothing is found, or nothing stored, is an answer as well. */
		tell_answer(t, span_of(p.status < ARRAY_SIZE(words) ? words[p.status] : number),
			    p.status && p.status != 1 && p.status != 2 && p.status != 5);
	}
}

/* -- both ---------------------------------------------------------------------------------------------------------- */

static enum fit request_fits(const struct piece *p)
{
	struct cursor c = cursor_of(p);
	struct packet packet;
	struct span line;
	bool whole;

	if (read_packet(&c, REQUEST, &packet))
		return FIT_SURE;
	c = cursor_of(p);
	whole = cursor_line(&c, &line);
	return line_fits(line, whole);
}

static enum fit answer_fits(const struct piece *p)
{
	struct cursor c = cursor_of(p);
	struct packet packet;
	struct span line, word;

	if (read_packet(&c, ANSWER, &packet))
		return FIT_SURE;
	c = cursor_of(p);
	return cursor_line(&c, &line) && is_answer(line, &word) ? FIT_MAYBE : FIT_NO;
}

static void request(struct talk *t)
{
	(*t->piece->data == REQUEST ? binary_request : text_request)(t);
}

static void answer(struct talk *t)
{
	(*t->piece->data == ANSWER ? binary_answer : text_answer)(t);
}

const struct parser parser_memcached = {
    .request_fits = request_fits, .answer_fits = answer_fits, .request = request, .answer = answer, .streams = true};
