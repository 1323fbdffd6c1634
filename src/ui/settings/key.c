/* The table of key names. */
#include "key.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cleanup.h"
#include "text.h"

static const struct {
	const char *name;
	uint32_t key;
} names[] = {
    {"Enter", K_ENTER},       {"Tab", K_TAB}, {"S-Tab", K_SHIFT_TAB}, {"Backspace", K_BACKSPACE}, {"Del", K_DELETE},
    {"Ins", K_INSERT},        {"Up", K_UP},   {"Down", K_DOWN},       {"Left", K_LEFT},           {"Right", K_RIGHT},
    {"Home", K_HOME},         {"End", K_END}, {"PgUp", K_PAGE_UP},    {"PgDn", K_PAGE_DOWN},      {"S-Up", K_SHIFT_UP},
    {"S-Down", K_SHIFT_DOWN}, {"Esc", K_ESC}, {"Space", K_SPACE},
};

uint32_t key_parse(const char *name)
{
	size_t len = strlen(name), n;
	uint32_t ch = 0;
	int f, end = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcasecmp(names[i].name, name) == 0)
			return names[i].key;
	if (sscanf(name, "F%2d%n", &f, &end) == 1 && !name[end] && f >= 1 && f <= 24)
		return K_FUNCTION + (uint32_t)f;
	if (len == 3 && (strncasecmp(name, "C-", 2) == 0) && name[2] >= '@' && name[2] <= 'z')
		return KEY_CTRL((uint32_t)name[2]);
	if (len == 2 && name[0] == '^' && name[1] >= '@' && name[1] <= 'z')
		return KEY_CTRL((uint32_t)name[1]);
	n = text_decode(name, len, &ch);
	return n > 0 && n == len && ch > ' ' ? ch : K_NONE;
}

void key_text(char *dst, uint32_t key)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (names[i].key == key) {
			snprintf(dst, KEY_NAME_MAX, "%s", names[i].name);
			return;
		}
	}
	if (key > K_FUNCTION && key <= K_LAST)
		snprintf(dst, KEY_NAME_MAX, "F%u", key - K_FUNCTION);
	else if (key < ' ')
		snprintf(dst, KEY_NAME_MAX, "C-%c", (char)(key + '`'));
	else if (key < 0x7f)
		snprintf(dst, KEY_NAME_MAX, "%c", (char)key);
	else
		snprintf(dst, KEY_NAME_MAX, "U+%04X", key);
}
