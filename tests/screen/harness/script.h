/* A screen test as a text file, one command a line ('#' starts a comment):
 *   size 80x24          before the start: the terminal's size (80x24 unless said)
 *   env NAME=VALUE      before the start: on top of TERM=xterm-256color LANG=C.UTF-8 TZ=UTC and a home that is empty
 *   unset NAME          before the start
 *   args WORD…          before the start: arguments besides the recording's; "quoted" words may hold blanks
 *   home PATH           before the start: the next lines, up to "end", become that file below the home
 *   start               starts the program
 *   wait TEXT           until a line of the screen holds TEXT;  gone TEXT: until none does
 *   keys KEYS           types; <Name> is a named key: <Enter> <Esc> <Up> <F4> <PageDown> <C-l> …, <lt> is '<'
 *                       (after <Esc> wait for what it does: a key right behind it is Alt and that key)
 *   idle                until the program has read all keys, sleeps and draws nothing more
 *   resize 120x40       changes the terminal's size
 *   golden NAME         idle, then compares the screen with goldens/NAME.txt
 *   styles NAME         the same for colours and attributes, goldens/NAME.styles.txt
 *   still               what is drawn from here to the next "idle" must be nothing but changed cells: see "most"
 *   most N              since "still", at most N bytes were sent to the terminal
 *   file PATH TEXT      below the home a regular file holds TEXT in a line, and no control character but newline
 *   exit N              until the program ended, with that exit status
 * Without "exit" the script types q at its end and wants status 0. With UPDATE_GOLDENS=1 goldens are rewritten. */
#pragma once

#include "error.h"

struct script_options {
	const char *script;  /* path */
	const char *program; /* what is tested */
	const char *replay;  /* the recording that it shows */
	const char *goldens; /* folder */
};

/* 0, or negative with err: which line of the script, and why. What did not match is shown on stderr. */
int script_run(const struct script_options *o, struct error *err) must_check;

/* The bytes that a terminal of TERM=xterm* sends for typed text with <Name> keys. -EINVAL: no such key. */
struct buf;
int script_keys(const char *text, struct buf *out) must_check;
