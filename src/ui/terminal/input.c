/* The grammar is ECMA-48's: CSI with parameters, intermediate bytes and a final one; SS3 with one byte; strings that ST
 * ends. In addition what terminals send: ESC before a key for Alt, CSI [ A for function keys of the Linux console, CSI
 * 23 $ for rxvt's with Shift, and mouse reports. */
#include "input.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "cleanup.h"
#include "clock.h"
#include "text.h"

#define ESC 0x1b
#define BEL 0x07
#define CAN 0x18 /* aborts any sequence */
#define SUB 0x1a /* likewise */

void input_name(struct input *in, uint32_t key, const char *bytes)
{
	struct input_name *n = &in->names[in->name_count];
	size_t len = bytes ? strlen(bytes) : 0;

	if (in->name_count == INPUT_NAMES || len < 2 || len >= sizeof(n->bytes) || bytes[0] != ESC)
		return;
	n->key = key;
	memcpy(n->bytes, bytes, len + 1);
	in->name_count++;
}

void *input_room(struct input *in, size_t *room)
{
	*room = sizeof(in->bytes) - in->len;
	return in->bytes + in->len;
}

void input_came(struct input *in, size_t n, uint64_t now_ns)
{
	in->len += n;
	in->last_ns = now_ns;
}

static void consume(struct input *in, size_t n)
{
	in->len -= n;
	memmove(in->bytes, in->bytes + n, in->len);
}

/* -- where a sequence ends ------------------------------------------------------------------------------------------
 */

static bool is_final(unsigned char c)
{
	return c >= 0x40 && c <= 0x7e;
}

/* The length of the CSI in the n bytes; 0: it is incomplete. A byte that cannot be part of one ends it: ESC, other
 * control characters, bytes of UTF-8. */
static size_t csi_length(const struct input *in, const unsigned char *s, size_t n)
{
	if (n > 2 && s[2] == '[')
		return n > 3 ? 4 : 0;
	if (n > 2 && s[2] == 'M' && in->x10_mouse)
		return n >= 6 ? 6 : 0;
	for (size_t i = 2; i < n; i++) {
		if (is_final(s[i]) || s[i] == CAN || s[i] == SUB)
			return i + 1;
		if (s[i] == '$' && s[2] != '?')
			return i + 1;
		if (s[i] < 0x20 || s[i] > 0x7e)
			return i;
	}
	return 0;
}

static size_t ss3_length(const unsigned char *s, size_t n)
{
	for (size_t i = 2; i < n; i++) {
		if (s[i] < 0x20 || s[i] > 0x7e)
			return i;
		/* Modifiers precede the byte that identifies the key. */
		if (!(s[i] >= '0' && s[i] <= ';'))
			return i + 1;
	}
	return 0;
}

/* The length of the UTF-8 character that c begins. */
static size_t utf8_length(unsigned char c)
{
	return c < 0xc2 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 1;
}

/* At least two bytes, the first of which is ESC. */
static size_t sequence_length(const struct input *in, const unsigned char *s, size_t n)
{
	size_t len;

	switch (s[1]) {
	case '[': return csi_length(in, s, n);
	case 'O': return ss3_length(s, n);
	default: break;
	}
	/* A key with Alt. */
	len = in->utf8 ? utf8_length(s[1]) : 1;
	return n >= 1 + len ? 1 + len : 0;
}

static bool begins_string(unsigned char c)
{
	return c == ']' || c == 'P' || c == 'X' || c == '^' || c == '_';
}

/* Discards the bytes of a string; true: its end was found. */
static bool skip_string(struct input *in)
{
	for (size_t i = 0; i < in->len; i++) {
		unsigned char c = in->bytes[i];

		if (c == BEL || c == CAN || c == SUB) {
			consume(in, i + 1);
			return true;
		}
		if (c != ESC)
			continue;
		/* ST is ESC and a backslash; any other ESC begins the next sequence. */
		consume(in, i);
		if (in->len < 2)
			return false;
		consume(in, in->bytes[1] == '\\' ? 2 : 0);
		return true;
	}
	in->len = 0;
	return false;
}

static bool skip_csi(struct input *in)
{
	for (size_t i = 0; i < in->len; i++) {
		if (in->bytes[i] < 0x20 || is_final(in->bytes[i]) || in->bytes[i] > 0x7e) {
			consume(in, in->bytes[i] == ESC ? i : i + 1);
			return true;
		}
	}
	in->len = 0;
	return false;
}

/* -- what a sequence says -------------------------------------------------------------------------------------------
 */

static uint32_t numbered_key(unsigned n)
{
	/* The VT220's numbers, with gaps; 7 and 8 are rxvt's. */
	/* clang-format off */
	static const uint32_t keys[] = {
	    K_NONE,
	    K_HOME, K_INSERT, K_DELETE, K_END, K_PAGE_UP, K_PAGE_DOWN, K_HOME, K_END,
	    K_NONE, K_NONE,
	    K_FUNCTION + 1, K_FUNCTION + 2, K_FUNCTION + 3, K_FUNCTION + 4, K_FUNCTION + 5,
	    K_NONE,
	    K_FUNCTION + 6, K_FUNCTION + 7, K_FUNCTION + 8, K_FUNCTION + 9, K_FUNCTION + 10,
	    K_NONE,
	    K_FUNCTION + 11, K_FUNCTION + 12, K_FUNCTION + 13, K_FUNCTION + 14,
	    K_NONE,
	    K_FUNCTION + 15, K_FUNCTION + 16,
	    K_NONE,
	    K_FUNCTION + 17, K_FUNCTION + 18, K_FUNCTION + 19, K_FUNCTION + 20,
	};
	/* clang-format on */

	return n < ARRAY_SIZE(keys) ? keys[n] : K_NONE;
}

static uint32_t lettered_key(unsigned char letter)
{
	switch (letter) {
	case 'A': return K_UP;
	case 'B': return K_DOWN;
	case 'C': return K_RIGHT;
	case 'D': return K_LEFT;
	case 'H': return K_HOME;
	case 'F': return K_END;
	case 'P':
	case 'Q':
	case 'R':
	case 'S': return K_FUNCTION + 1 + (uint32_t)(letter - 'P');
	default: return K_NONE;
	}
}

/* "\e[A", "\e[1;2A", "\e[5~", "\e[[A". */
static uint32_t csi_key(const unsigned char *s, size_t n)
{
	unsigned char final = s[n - 1];
	unsigned first = 1, modifiers = 1;
	char text[16] = "";
	int end = 0;

	if (n == 4 && s[2] == '[')
		return final >= 'A' && final <= 'E' ? K_FUNCTION + 1 + (uint32_t)(final - 'A') : K_NONE;
	if (final == 'Z' && n == 3)
		return K_SHIFT_TAB;
	if (n - 3 >= sizeof(text))
		return K_NONE;
	memcpy(text, s + 2, n - 3);
	if (n > 3 && sscanf(text, "%3u%n;%3u%n", &first, &end, &modifiers, &end) < 1)
		return K_NONE;
	if (text[end])
		return K_NONE;
	if (modifiers == 2 && (final == 'A' || final == 'B'))
		return final == 'A' ? K_SHIFT_UP : K_SHIFT_DOWN;
	if (modifiers != 1)
		return K_NONE;
	return final == '~' ? numbered_key(first) : first == 1 ? lettered_key(final) : K_NONE;
}

/* button: as in all protocols; Shift, Alt and Ctrl add 4, 8 and 16, motion 32. Positions count from 1. */
static uint32_t mouse_key(struct mouse *m, unsigned button, int x, int y)
{
	if (x < 1 || y < 1)
		return K_NONE;
	*m = (struct mouse){.x = x - 1, .y = y - 1};
	switch (button & ~28U) {
	case 0: m->kind = MOUSE_PRESS; return K_MOUSE;
	case 64: m->kind = MOUSE_WHEEL_UP; return K_MOUSE;
	case 65: m->kind = MOUSE_WHEEL_DOWN; return K_MOUSE;
	default: return K_NONE;
	}
}

static uint32_t mouse_report(const struct input *in, const unsigned char *s, size_t n, struct mouse *m)
{
	unsigned button;
	char text[32] = "";
	int x, y, end = 0;

	if (in->x10_mouse && n == 6 && s[2] == 'M')
		return mouse_key(m, s[3] - 32U, s[4] - 32, s[5] - 32);
	if (n < 9 || n - 3 >= sizeof(text) || s[2] != '<' || s[n - 1] != 'M')
		return K_NONE;
	memcpy(text, s + 3, n - 4);
	if (sscanf(text, "%3u;%5d;%5d%n", &button, &x, &y, &end) != 3 || text[end])
		return K_NONE;
	return mouse_key(m, button, x, y);
}

static uint32_t sequence_key(const struct input *in, const unsigned char *s, size_t n, struct mouse *m)
{
	uint32_t key;

	for (size_t i = 0; i < in->name_count; i++)
		if (strlen(in->names[i].bytes) == n && memcmp(in->names[i].bytes, s, n) == 0)
			return in->names[i].key;
	if (n >= 3 && s[1] == '[') {
		key = mouse_report(in, s, n, m);
		return key != K_NONE ? key : csi_key(s, n);
	}
	if (n == 3 && s[1] == 'O')
		return s[2] == 'M' ? K_ENTER : lettered_key(s[2]);
	return K_NONE;
}

/* -- one key after the other ----------------------------------------------------------------------------------------
 */

static uint32_t character_key(uint32_t ch)
{
	switch (ch) {
	case '\r':
	case '\n': return K_ENTER;
	case '\t': return K_TAB;
	case '\b':
	case 0x7f: return K_BACKSPACE;
	case 0xfffd: return K_NONE;
	/* C1, or not a character. */
	default: return (ch >= 0x80 && ch < 0xa0) || ch >= K_SPECIAL ? K_NONE : ch;
	}
}

/* false: the rest of the character has not come yet. */
static bool next_character(struct input *in, bool given_up, uint32_t *key)
{
	mbstate_t state = {};
	uint32_t ch = 0;
	wchar_t wide = 0;
	size_t n;

	if (in->utf8) {
		n = utf8_length(in->bytes[0]);
		if (n > in->len && !given_up)
			return false;
		n = text_decode((const char *)in->bytes, in->len, &ch);
	} else {
		n = mbrtowc(&wide, (const char *)in->bytes, in->len, &state);
		if (n == (size_t)-2 && !given_up)
			return false;
		ch = n > in->len ? 0xfffd : (uint32_t)wide;
		n = n > in->len ? 1 : n;
	}
	*key = character_key(ch);
	/* NUL (Ctrl and Space) would end a text; here it is a byte. */
	consume(in, MAX(n, (size_t)1));
	return true;
}

/* bytes[0] is ESC. false: the rest has not come yet. */
static bool next_sequence(struct input *in, uint64_t silent_ns, uint32_t *key, struct mouse *m)
{
	const unsigned char *s = in->bytes;
	/* Alt with a key that is a sequence itself. */
	size_t alt = in->len > 2 && s[1] == ESC && (s[2] == '[' || s[2] == 'O'), n;

	*key = K_ESC;
	if (in->len == 1 || (in->len == 2 && s[1] == ESC)) {
		if (silent_ns < INPUT_ESC_NS)
			return false;
		consume(in, 1);
		return true;
	}
	if (s[1] == ESC && !alt) {
		consume(in, 1);
		return true;
	}
	*key = K_NONE;
	if (begins_string(s[1])) {
		in->in_string = true;
		consume(in, 2);
		return true;
	}
	n = sequence_length(in, s + alt, in->len - alt);
	if (!n && in->len < sizeof(in->bytes) && silent_ns < INPUT_REST_NS)
		return false;
	if (!n) {
		in->in_csi = in->len == sizeof(in->bytes);
		in->len = 0;
		return true;
	}
	if (!alt)
		*key = sequence_key(in, s, n, m);
	consume(in, alt + n);
	return true;
}

bool input_next(struct input *in, uint64_t now_ns, uint32_t *key, struct mouse *m)
{
	uint64_t silent_ns = now_ns - in->last_ns;
	bool ended;

	if (in->in_string || in->in_csi) {
		ended = in->in_string ? skip_string(in) : skip_csi(in);
		/* Not a string but Alt-] or the like; or its end was lost. */
		if (!ended && silent_ns < INPUT_REST_NS)
			return false;
		in->in_string = in->in_csi = false;
	}
	if (!in->len)
		return false;
	if (in->bytes[0] == ESC)
		return next_sequence(in, silent_ns, key, m);
	return next_character(in, silent_ns >= INPUT_REST_NS, key);
}

int input_wait_ms(const struct input *in, uint64_t now_ns)
{
	bool lone = in->len && in->len <= 2 && in->bytes[0] == ESC && in->bytes[in->len - 1] == ESC && !in->in_string;
	uint64_t until = in->last_ns + (lone ? INPUT_ESC_NS : INPUT_REST_NS);

	if (!in->len && !in->in_string && !in->in_csi)
		return -1;
	return now_ns >= until ? 0 : (int)((until - now_ns) / NSEC_PER_MSEC) + 1;
}
