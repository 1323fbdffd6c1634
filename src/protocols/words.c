/* Names of calls: what is left out of them, what is folded, and how they are told. */
#include "parser.h"
#include "text.h"

#define HEX_LEAST 8    /* a word of so many hexadecimal digits identifies … */
#define MIXED_LEAST 20 /* … and so does one of so many letters and digits mixed */
#define JOINTS "-_.+=" /* between the parts of one thing */
#define NUMBER_LEAST 4 /* digits in a word that count; fewer are a part of it: "v1", "md5" */

void words_put(struct words *w, const char *at, size_t len)
{
	size_t n = MIN(len, sizeof(w->at) - w->len);

	if (n)
		memcpy(w->at + w->len, at, n);
	w->len += n;
	w->cut |= n < len;
}

void words_puts(struct words *w, const char *s)
{
	words_put(w, s, strlen(s));
}

void words_upper(struct words *w, struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		words_putc(w, (char)(s.at[i] >= 'a' && s.at[i] <= 'z' ? s.at[i] - 'a' + 'A' : s.at[i]));
}

static void write_clean(char *dst, size_t room, const char *at, size_t len, bool cut)
{
	char text[sizeof(((struct words *)0)->at)], clean[3 * sizeof(text) + 1]; /* U+FFFD takes three */
	size_t n;

	cut |= len > sizeof(text);
	len = MIN(len, sizeof(text));
	/* text_clean() would end at a NUL. */
	for (size_t i = 0; i < len; i++)
		text[i] = at[i] ? at[i] : '?';
	n = text_clean(clean, sizeof(clean), text, len);
	cut |= n >= room;
	n = text_copy(dst, cut ? room - 3 : room, clean);
	if (cut)
		memcpy(dst + n, "...", 4);
}

void words_write(const struct words *w, char *dst, size_t room)
{
	write_clean(dst, room, w->at, w->len, w->cut);
}

void span_write(struct span s, char *dst, size_t room)
{
	write_clean(dst, room, s.at, s.len, false);
}

/* -- what identifies or counts ------------------------------------------------------------------------------------- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Letters and digits from here on. */
static size_t run_of(struct span s, size_t from)
{
	size_t i = from;

	while (i < s.len && (is_digit(s.at[i]) || is_letter(s.at[i])))
		i++;
	return i - from;
}

static bool identifies(struct span run)
{
	size_t digits = 0, hex = 0;

	for (size_t i = 0; i < run.len; i++) {
		digits += is_digit(run.at[i]);
		hex += is_hex(run.at[i]);
	}
	return digits && (digits == run.len || (hex == run.len && run.len >= HEX_LEAST) || run.len >= MIXED_LEAST);
}

/* 8-4-4-4-12 hexadecimal digits, of which a part may be letters alone. */
static size_t uuid_at(struct span s, size_t from)
{
	static const u8 dashes[] = {8, 13, 18, 23};

	if (s.len - from < 36 || run_of(s, from + 24) != 12)
		return 0;
	for (size_t i = 0; i < 36; i++)
		if (memchr(dashes, (int)i, sizeof(dashes)) ? s.at[from + i] != '-' : !is_hex(s.at[from + i]))
			return 0;
	return 36;
}

/* One * for several that stand for one thing: an address, a date, a number with its fraction, base64. */
static void put_star(struct words *w)
{
	size_t n = w->len;

	if (n >= 1 && w->at[n - 1] == '*')
		return;
	if (n >= 2 && w->at[n - 2] == '*' && memchr(JOINTS, w->at[n - 1], strlen(JOINTS))) {
		w->len--;
		return;
	}
	words_putc(w, '*');
}

static void put_run(struct words *w, struct span run)
{
	size_t i = 0;

	if (identifies(run)) {
		put_star(w);
		return;
	}
	while (i < run.len) {
		size_t digits = 0, word = i;

		while (word < run.len && !is_digit(run.at[word]))
			word++;
		while (word + digits < run.len && is_digit(run.at[word + digits]))
			digits++;
		words_put(w, run.at + i, word - i + (digits < NUMBER_LEAST ? digits : 0));
		if (digits >= NUMBER_LEAST)
			put_star(w);
		i = word + digits;
	}
}

/* How much of a text that is cut can be folded as it would be folded whole: up to its last separator between parts. */
static size_t certain(struct span s)
{
	while (s.len &&
	       (run_of((struct span){s.at + s.len - 1, 1}, 0) || memchr(JOINTS, s.at[s.len - 1], strlen(JOINTS))))
		s.len--;
	return s.len;
}

void words_folded(struct words *w, struct span s, bool cut)
{
	if (cut)
		s.len = certain(s);
	for (size_t i = 0; i < s.len;) {
		size_t uuid = uuid_at(s, i), n = uuid ? uuid : run_of(s, i);

		if (uuid)
			put_star(w);
		else if (n)
			put_run(w, (struct span){s.at + i, n});
		else
			words_putc(w, s.at[i]);
		i += n ? n : 1;
	}
	w->cut |= cut;
}

/* -- telling ------------------------------------------------------------------------------------------------------- */

void title_span(struct title *t, struct span s)
{
	words_span(&t->name, s);
	words_span(&t->shown, s);
}

void title_puts(struct title *t, const char *s)
{
	title_span(t, span_of(s));
}

void title_upper(struct title *t, struct span s)
{
	words_upper(&t->name, s);
	words_upper(&t->shown, s);
}

void title_cut(struct title *t, bool cut)
{
	t->name.cut |= cut;
	t->shown.cut |= cut;
}

void title_value(struct title *t, struct span s, bool cut)
{
	words_folded(&t->name, s, cut);
	words_span(&t->shown, s);
	title_cut(t, cut);
}

void title_http(struct title *t, struct span method, struct span target, bool cut)
{
	const char *query = target.len ? memchr(target.at, '?', target.len) : NULL;
	struct span path = {target.at, query ? (size_t)(query - target.at) : target.len};

	title_upper(t, method);
	title_puts(t, target.len ? " " : "");
	words_folded(&t->name, path, cut && !query);
	words_span(&t->shown, target);
	t->shown.cut |= cut;
}

void title_tell(const struct title *title, struct talk *t, struct call *call)
{
	words_write(&title->name, call->name, sizeof(call->name));
	words_write(&title->shown, call->shown, sizeof(call->shown));
	t->sink->tell(t->sink->context, call);
}

void tell_answer(struct talk *t, struct span status, enum answered how)
{
	struct call call = {.error = how, .refused = how == ANSWERED_REFUSED};

	span_write(status, call.status, sizeof(call.status));
	t->sink->tell(t->sink->context, &call);
}
