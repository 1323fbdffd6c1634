/* SMTP (RFC 5321) and LMTP: the command and the reply's code. Neither addresses nor what is sent are among the names.
 */
#include "parser.h"

#define VERBS "EHLO HELO LHLO MAIL RCPT DATA RSET VRFY EXPN HELP NOOP QUIT AUTH STARTTLS BDAT ETRN"

struct state {
	bool asked;    /* what comes before is the greeting */
	bool content;  /* the client may send the message */
	bool encrypts; /* STARTTLS was the last command */
};

static enum fit request_fits(const struct piece *p)
{
	struct cursor c = cursor_of(p);
	struct span line, verb;

	if (!cursor_line(&c, &line))
		return FIT_NO;
	verb = span_word(&line);
	if (span_among(verb, "EHLO HELO LHLO"))
		return line.len ? FIT_SURE : FIT_NO;
	return (span_is(verb, "MAIL") && span_begins(line, "FROM:")) ||
		       (span_is(verb, "RCPT") && span_begins(line, "TO:"))
		   ? FIT_SURE
		   : FIT_NO;
}

/* "250-" or "250 ": the code, and whether more lines follow. */
static bool is_reply(struct span line, struct span *code, bool *more)
{
	u32 n;

	*code = (struct span){line.at, 3};
	*more = line.len > 3 && line.at[3] == '-';
	return line.len >= 3 && span_number(*code, &n) && n >= 200 && n < 560 &&
	       (line.len == 3 || *more || line.at[3] == ' ');
}

static enum fit answer_fits(const struct piece *p)
{
	struct cursor c = cursor_of(p);
	struct span line, code;
	bool more;

	if (!cursor_line(&c, &line) || !is_reply(line, &code, &more))
		return FIT_NO;
	for (size_t i = 4; i + 4 <= line.len && span_is(code, "220"); i++)
		if (span_is((struct span){line.at + i, 4}, "SMTP"))
			return FIT_SURE;
	return FIT_MAYBE;
}

/* Verbs in any case of letters are the same. */
static void tell(struct talk *t, struct span verb, struct span rest, bool cut)
{
	struct title title = {};
	struct call call = {};

	title_upper(&title, verb);
	if (span_is(verb, "AUTH") && rest.len) {
		title_puts(&title, " ");
		title_upper(&title, span_word(&rest));
		title_cut(&title, cut && !rest.len);
	} else if (rest.len) {
		words_putc(&title.shown, ' ');
		words_span(&title.shown, rest);
		title.shown.cut = cut;
	}
	title_tell(&title, t, &call);
}

static void request(struct talk *t)
{
	struct cursor c = cursor_of(t->piece);
	struct state *s = t->state;
	struct span line, verb;

	if (s->content) {
		tell(t, span_of("MESSAGE"), (struct span){}, false);
		return;
	}
	while (cursor_left(&c)) {
		bool whole = cursor_line(&c, &line);
		u32 bytes;

		verb = span_word(&line);
		/* What belongs to AUTH are no commands. */
		if (!span_among(verb, VERBS) || (!whole && !line.len))
			return;
		tell(t, verb, line, !whole);
		s->asked = true;
		s->encrypts = span_is(verb, "STARTTLS");
		if (span_is(verb, "BDAT") && span_number(span_word(&line), &bytes))
			cursor_take(&c, bytes);
	}
}

static void answer(struct talk *t)
{
	struct cursor c = cursor_of(t->piece);
	struct state *s = t->state;
	struct span line, code;
	bool more, inside = false;

	while (cursor_left(&c)) {
		bool whole = cursor_line(&c, &line);

		if (!is_reply(line, &code, &more) || (!whole && line.len < 4))
			return;
		if (!inside && s->asked && !span_is(code, "334")) {
			tell_answer(t, code, *code.at >= '4');
			s->content = span_is(code, "354");
		}
		inside = more;
	}
	if (s->encrypts && !inside && *t->piece->data == '2')
		conversation_restart(t->conversation);
}

const struct parser parser_smtp = {.request_fits = request_fits,
				   .answer_fits = answer_fits,
				   .request = request,
				   .answer = answer,
				   .streams = true,
				   .state_size = sizeof(struct state)};
