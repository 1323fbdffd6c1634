/* Names of keys, and the bytes that an xterm sends for them (cursor keys in application mode, as curses asks for). */
#include <errno.h>
#include <string.h>

#include "buf.h"
#include "script.h"

static const struct {
	const char *name, *bytes;
} keys[] = {
    {"Enter", "\r"},       {"Esc", "\033"},       {"Tab", "\t"},      {"BackTab", "\033[Z"}, {"Backspace", "\177"},
    {"Space", " "},        {"lt", "<"},           {"Up", "\033OA"},   {"Down", "\033OB"},    {"Right", "\033OC"},
    {"Left", "\033OD"},    {"Home", "\033OH"},    {"End", "\033OF"},  {"PageUp", "\033[5~"}, {"PageDown", "\033[6~"},
    {"Insert", "\033[2~"}, {"Delete", "\033[3~"}, {"F1", "\033OP"},   {"F2", "\033OQ"},      {"F3", "\033OR"},
    {"F4", "\033OS"},      {"F5", "\033[15~"},    {"F6", "\033[17~"}, {"F7", "\033[18~"},    {"F8", "\033[19~"},
    {"F9", "\033[20~"},    {"F10", "\033[21~"},
};

static int named_key(const char *name, size_t len, struct buf *out)
{
	if (len == 3 && name[0] == 'C' && name[1] == '-') {
		buf_putc(out, name[2] & 0x1f);
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (strlen(keys[i].name) == len && memcmp(keys[i].name, name, len) == 0) {
			buf_puts(out, keys[i].bytes);
			return 0;
		}
	/* A press and release of the left button, or the wheel, at column and line from 1: <Mouse 10 5> */
	if (len > 6 && (memcmp(name, "Mouse ", 6) == 0 || memcmp(name, "Wheel ", 6) == 0)) {
		int x, y;

		if (sscanf(name + 6, "%d %d", &x, &y) != 2)
			return -EINVAL;
		if (name[0] == 'M')
			buf_printf(out, "\033[<0;%d;%dM\033[<0;%d;%dm", x, y, x, y);
		else
			buf_printf(out, "\033[<65;%d;%dM", x, y);
		return 0;
	}
	return -EINVAL;
}

int script_keys(const char *text, struct buf *out)
{
	while (*text) {
		const char *end = *text == '<' ? strchr(text, '>') : NULL;

		if (!end) {
			buf_putc(out, *text++);
			continue;
		}
		if (named_key(text + 1, (size_t)(end - text - 1), out) < 0)
			return -EINVAL;
		text = end + 1;
	}
	return out->failed ? -ENOMEM : 0;
}
