/* Keys by number and by name: what the terminal reports, what the configuration says, what help shows. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A character is its code point (control characters included); other keys have the numbers below. */
enum key {
	K_NONE = 0,
	K_ESC = 27,
	K_SPACE = ' ',
	K_SPECIAL = 0x200000,
	K_ENTER = K_SPECIAL,
	K_TAB,
	K_SHIFT_TAB,
	K_BACKSPACE,
	K_DELETE,
	K_INSERT,
	K_UP,
	K_DOWN,
	K_LEFT,
	K_RIGHT,
	K_HOME,
	K_END,
	K_PAGE_UP,
	K_PAGE_DOWN,
	K_SHIFT_UP,
	K_SHIFT_DOWN,
	K_MOUSE,
	K_FUNCTION, /* F1 is K_FUNCTION + 1 */
	K_LAST = K_FUNCTION + 24,
};

#define KEY_CTRL(letter) ((letter)&0x1f)
#define KEY_NAME_MAX 16

/* "F4", "C-l", "Enter", "Space", "\", "PgUp" … Returns K_NONE when there is no such key. */
uint32_t key_parse(const char *name);
/* The name of a key; dst has KEY_NAME_MAX bytes. */
void key_text(char *dst, uint32_t key);

enum mouse_kind { MOUSE_PRESS, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN };

struct mouse {
	enum mouse_kind kind;
	int x, y;
};
