/* HTTP/1 (RFC 9112): the request line without its query, Host, and the status. */
#include "parser.h"

#define METHODS                                                                                                        \
	"GET POST PUT HEAD DELETE OPTIONS PATCH CONNECT TRACE PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK REPORT "  \
	"PURGE"

struct state {
	bool connects; /* the last request wants a tunnel */
};

/* What a header says that matters here. */
struct header {
	struct span host, upgrade;
	u32 length; /* of the body; UINT32_MAX: not known */
	bool whole; /* the header ends in the piece */
};

/* No quotes and braces (RFC 3986): what is cut before its version could be anything, and its name would show it. */
static bool is_target(struct span method, struct span target)
{
	bool port = false;

	for (size_t i = 0; i < target.len; i++) {
		if (memchr("\"<>{}", target.at[i], 5) || (u8)target.at[i] < ' ')
			return false;
		port |= target.at[i] == ':';
	}
	if (!target.len || span_is(method, "CONNECT"))
		return port;
	return *target.at == '/' || span_begins(target, "http://") || span_begins(target, "https://") ||
	       (*target.at == '*' && target.len == 1);
}

/* "HTTP/1.1", or what there is of it in a line that is cut. */
static bool is_version(struct span s, bool whole)
{
	return whole ? s.len == 8 && span_begins(s, "HTTP/1.") : strncmp(s.at, "HTTP/1.", MIN(s.len, 7)) == 0;
}

/* Its method and target. */
static enum fit request_line(struct span line, bool whole, struct span *method, struct span *target)
{
	*method = span_word(&line);
	*target = span_word(&line);
	if (!span_among(*method, METHODS) || !is_target(*method, *target) || !is_version(line, whole))
		return FIT_NO;
	return whole ? FIT_SURE : FIT_MAYBE;
}

static enum fit request_fits(const struct piece *p)
{
	struct cursor c = cursor_of(p);
	struct span line, method, target;
	bool whole = cursor_line(&c, &line);

	return request_line(line, whole, &method, &target);
}

/* "HTTP/1.1 200 OK": the status. */
static bool status_line(struct span line, struct span *status)
{
	u32 n;

	if (!span_begins(line, "HTTP/1."))
		return false;
	span_word(&line);
	*status = span_word(&line);
	return status->len == 3 && span_number(*status, &n) && n >= 100 && n < 600;
}

static enum fit answer_fits(const struct piece *p)
{
	struct cursor c = cursor_of(p);
	struct span line, status;

	cursor_line(&c, &line);
	return status_line(line, &status) ? FIT_SURE : FIT_NO;
}

static struct header read_header(struct cursor *c)
{
	struct header h = {};
	struct span line;

	while (!h.whole && cursor_line(c, &line)) {
		const char *colon = memchr(line.at, ':', line.len);
		struct span name = {line.at, colon ? (size_t)(colon - line.at) : 0}, value = {};

		if (colon) {
			value = (struct span){colon + 1, line.len - name.len - 1};
			while (value.len && *value.at == ' ')
				value = (struct span){value.at + 1, value.len - 1};
		}
		if (span_is(name, "Host"))
			h.host = value;
		else if (span_is(name, "Upgrade"))
			h.upgrade = value;
		else if (span_is(name, "Transfer-Encoding") ||
			 (span_is(name, "Content-Length") && !span_number(value, &h.length)))
			h.length = UINT32_MAX;
		h.whole = !line.len;
	}
	return h;
}

/* Passes over the body. false: what follows it is not in the piece. */
static bool skip_body(struct cursor *c, const struct header *h)
{
	return h->whole && h->length != UINT32_MAX && cursor_take(c, h->length) && cursor_left(c);
}

static void tell(struct talk *t, struct span method, struct span target, struct span host, bool cut)
{
	struct title title = {};
	struct call call = {};

	title_http(&title, method, target, cut);
	span_write(host, call.host, sizeof(call.host));
	title_tell(&title, t, &call);
}

static void request(struct talk *t)
{
	struct state *state = t->state;
	struct cursor c = cursor_of(t->piece);
	struct span line, method, target;
	struct header h;

	do {
		bool whole = cursor_line(&c, &line);

		if (request_line(line, whole, &method, &target) == FIT_NO)
			return;
		h = read_header(&c);
		state->connects = span_is(method, "CONNECT");
		/* The target ends with the line's blank. */
		tell(t, method, target, h.host, !whole && target.at + target.len == line.at + line.len);
	} while (skip_body(&c, &h));
}

/* What follows the header is already in the other protocol. */
static void upgrade(struct talk *t, struct cursor *c, struct span to)
{
	struct conversation *conversation = t->conversation;
	struct piece rest = {c->at, (u32)cursor_left(c), 0, t->piece->cut};

	if (!span_is(to, "h2c")) {
		conversation_turned(conversation, span_is(to, "websocket") ? "websocket" : "upgraded");
		return;
	}
	conversation_becomes(conversation, &parser_http2);
	conversation_answer(conversation, &rest, t->sink);
}

static void answer(struct talk *t)
{
	const struct state *state = t->state;
	struct cursor c = cursor_of(t->piece);
	struct span line, status;
	struct header h;

	do {
		cursor_line(&c, &line);
		if (!status_line(line, &status))
			return;
		h = read_header(&c);
		/* Others of the hundreds only announce the answer. */
		if (*status.at > '1' || span_is(status, "101"))
			tell_answer(t, status, answered_http(*status.at));
		if (span_is(status, "101")) {
			upgrade(t, &c, h.upgrade);
			return;
		}
		if (state->connects && *status.at == '2') {
			conversation_restart(t->conversation);
			return;
		}
		if (*status.at == '1' || span_among(status, "204 304"))
			h.length = 0;
		/* To HEAD there is no body, whatever its length. */
		if (c.end - c.at > 7 && memcmp(c.at, "HTTP/1.", 7) == 0)
			h.length = 0;
	} while (skip_body(&c, &h));
}

const struct parser parser_http = {.request_fits = request_fits,
				   .answer_fits = answer_fits,
				   .request = request,
				   .answer = answer,
				   .streams = true,
				   .state_size = sizeof(struct state)};
