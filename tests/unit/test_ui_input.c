/* Keys from the bytes of a terminal: whole, in parts, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "clock.h"
#include "input.h"
#include "text.h"

#define LONG_NS (10 * NSEC_PER_SEC)

static void put(struct input *in, const char *bytes, size_t n, uint64_t now)
{
	size_t room;
	void *to = input_room(in, &room);

	assert_true(n <= room);
	memcpy(to, bytes, n);
	input_came(in, n, now);
}

/* Appends the names of the keys that can be had now; what means nothing is left out. */
static void take_keys(struct input *in, uint64_t now, char *names, size_t size)
{
	struct mouse m = {};
	uint32_t key;

	while (input_next(in, now, &key, &m)) {
		char name[64];

		key_text(name, key);
		if (key == K_MOUSE)
			snprintf(name, sizeof(name), "mouse %u %d,%d", m.kind, m.x, m.y);
		if (key != K_NONE)
			text_join(names, size, " ", "%s", name);
	}
}

/* The keys of some bytes that come at once, or one by one with a little time between. */
static void check(const char *bytes, size_t n, const char *expected, bool x10)
{
	for (int parts = 0; parts < 2; parts++) {
		struct input in = {.utf8 = true, .x10_mouse = x10};
		char names[256] = "";
		uint64_t now = LONG_NS;

		for (size_t i = 0; i < n; i += parts ? 1 : n) {
			put(&in, bytes + i, parts ? 1 : n, now);
			take_keys(&in, now, names, sizeof(names));
			now += INPUT_ESC_NS - 1;
		}
		take_keys(&in, now + LONG_NS, names, sizeof(names));
		assert_string_equal(names, expected);
		assert_int_equal(in.len, 0);
		assert_int_equal(input_wait_ms(&in, now + LONG_NS), -1);
	}
}

#define CHECK(bytes, expected) check(bytes, sizeof(bytes) - 1, expected, false)

static void keys_are_known(void **state)
{
	CHECK("aZ \t\r\n\x7f\b\x03", "a Z Space Tab Enter Enter Backspace Backspace C-c");
	CHECK("\0a\0", "a");
	CHECK("é網", "U+00E9 U+7DB2");
	CHECK("\033[A\033OB\033[1;1C\033[D\033[H\033OF", "Up Down Right Left Home End");
	CHECK("\033[1~\033[2~\033[3~\033[4~\033[5~\033[6~\033[7~\033[8~", "Home Ins Del End PgUp PgDn Home End");
	CHECK("\033OP\033[[B\033[13~\033OS\033[15~\033[17~", "F1 F2 F3 F4 F5 F6");
	CHECK("\033[21~\033[24~\033[34~", "F10 F12 F20");
	CHECK("\033[Z\033[1;2A\033[1;2B\033OM", "S-Tab S-Up S-Down Enter");
}

static void other_sequences_are_no_keys(void **state)
{
	CHECK("\033[1;5Cx", "x");
	CHECK("\033[1;3A\033[5;5~\033[200~\033[99~\033[9~\033[16~x", "x");
	CHECK("\033[97;5u\033[?62;1;4c\033[I\033[O\033[23$x", "x");
	CHECK("\033[ q\033[?1$y\033[>0;276;0cx", "x");
	CHECK("\033Oq\033O5A\033O1;2Px", "x");
	CHECK("\033]11;rgb:0000/0000/0000\033\\x", "x");
	CHECK("\033]52;c;cXVpdA==\ax", "x");
	CHECK("\033P>|term 1.0\033\\\033_Gi=1;OK\033\\\033Xq\033\\\033^q\033\\x", "x");
	/* Given up half-way: by CAN, by SUB, by another sequence, by a control character. */
	CHECK("\033[1;\030x\033]qq\032y", "x y");
	CHECK("\033[1;5\033[A\033]qq\033[B", "Up Down");
	CHECK("\033[1;5\rx", "Enter x");
	/* With Alt: characters, cursor keys, and a mouse that is off. */
	CHECK("\033q\033é\033\033[A\033\033OP\033 x", "x");
	CHECK("\033\033xy", "Esc y");
	CHECK("\033[M", "");
	CHECK("\xff\xc3\x80\x80\xc2\x9bx", "U+00C0 x");
}

static void longer_than_there_is_room(void **state)
{
	char bytes[INPUT_ROOM + 3];
	struct input in = {.utf8 = true};
	char names[64] = "";

	for (int kind = 0; kind < 2; kind++) {
		memset(bytes, '1', sizeof(bytes));
		bytes[0] = '\033';
		bytes[1] = kind ? ']' : '[';
		for (size_t i = 0; i < sizeof(bytes); i++) {
			put(&in, bytes + i, 1, 1);
			take_keys(&in, 1, names, sizeof(names));
		}
		put(&in, kind ? "\aq" : "mq", 2, 1);
		take_keys(&in, 1, names, sizeof(names));
	}
	assert_string_equal(names, "q q");
}

static void esc_waits_for_what_may_follow(void **state)
{
	struct input in = {.utf8 = true};
	char names[64] = "";

	assert_int_equal(input_wait_ms(&in, 5), -1);
	put(&in, "\033", 1, LONG_NS);
	take_keys(&in, LONG_NS + INPUT_ESC_NS - 1, names, sizeof(names));
	assert_string_equal(names, "");
	assert_in_range(input_wait_ms(&in, LONG_NS), 1, INPUT_ESC_NS / NSEC_PER_MSEC + 1);
	assert_int_equal(input_wait_ms(&in, LONG_NS + INPUT_ESC_NS), 0);
	take_keys(&in, LONG_NS + INPUT_ESC_NS, names, sizeof(names));
	assert_string_equal(names, "Esc");
	/* Twice is twice; and what comes later is what it is. */
	put(&in, "\033\033", 2, LONG_NS);
	take_keys(&in, LONG_NS + INPUT_ESC_NS, names, sizeof(names));
	assert_string_equal(names, "Esc Esc Esc");
	put(&in, "[A", 2, LONG_NS + INPUT_ESC_NS);
	take_keys(&in, LONG_NS + INPUT_ESC_NS, names, sizeof(names));
	assert_string_equal(names, "Esc Esc Esc [ A");
}

static void begun_sequences_are_given_up(void **state)
{
	static const char *const begun[] = {"\033[1;", "\033O", "\033]2;q", "\033P", "\xc3"};

	for (size_t i = 0; i < ARRAY_SIZE(begun); i++) {
		struct input in = {.utf8 = true};
		char names[64] = "";

		put(&in, begun[i], strlen(begun[i]), LONG_NS);
		take_keys(&in, LONG_NS, names, sizeof(names));
		assert_true(input_wait_ms(&in, LONG_NS) > 0);
		take_keys(&in, LONG_NS + INPUT_REST_NS, names, sizeof(names));
		assert_int_equal(input_wait_ms(&in, LONG_NS + INPUT_REST_NS), -1);
		put(&in, "q", 1, LONG_NS + INPUT_REST_NS);
		take_keys(&in, LONG_NS + INPUT_REST_NS, names, sizeof(names));
		assert_string_equal(names, "q");
	}
}

static void mouse_reports(void **state)
{
	static const char x10[] = "\033[M !!\033[M`*&\033[M#!!\033[Ma\xff\xf0x";

	CHECK("\033[<0;10;5M\033[<0;10;5m\033[<64;1;1M\033[<65;200;60M", "mouse 0 9,4 mouse 1 0,0 mouse 2 199,59");
	/* With Shift; moved; another button; no report at all. */
	CHECK("\033[<4;3;3M\033[<32;3;3M\033[<35;3;3M\033[<1;3;3M\033[<2;3;3Mx", "mouse 0 2,2 x");
	CHECK("\033[<0;0;1M\033[<0;1;0M\033[<0;-1;1M\033[<0;10M\033[<0;10;5;5M\033[<M"
	      "\033[<99999999999999999999999999999999;1;1Mx",
	      "x");
	check(x10, sizeof(x10) - 1, "mouse 0 0,0 mouse 1 9,5 mouse 2 222,207 x", true);
}

static void terminals_have_names_of_their_own(void **state)
{
	struct input in = {.utf8 = true};
	char names[64] = "";

	input_name(&in, K_UP, NULL);
	input_name(&in, K_UP, "\013");
	input_name(&in, K_UP, "\033");
	input_name(&in, K_UP, "\033[0123456789012345678A");
	assert_int_equal(in.name_count, 0);
	input_name(&in, K_UP, "\033A");
	input_name(&in, K_FUNCTION + 13, "\033[1;2P");
	put(&in, "\033A\033[1;2P\033[1;3P", 14, 1);
	take_keys(&in, 1, names, sizeof(names));
	assert_string_equal(names, "Up F13");
	for (int i = 0; i < 2 * INPUT_NAMES; i++)
		input_name(&in, K_UP, "\033B");
	assert_int_equal(in.name_count, INPUT_NAMES);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keys_are_known),
	    cmocka_unit_test(other_sequences_are_no_keys),
	    cmocka_unit_test(longer_than_there_is_room),
	    cmocka_unit_test(esc_waits_for_what_may_follow),
	    cmocka_unit_test(begun_sequences_are_given_up),
	    cmocka_unit_test(mouse_reports),
	    cmocka_unit_test(terminals_have_names_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
