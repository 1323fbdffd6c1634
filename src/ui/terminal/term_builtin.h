/* The usual terminals, for machines without terminfo. */
#pragma once

#include <stdbool.h>

/* Lets curses find what this terminal can do, where terminfo has no entry for it: the one of the same kind that was
 * built in. NULL: there is none; else the name by which curses is to be asked for it. Only a static program has any. */
const char *term_builtin(const char *name);
/* So that programs that we start do not see it. */
void term_builtin_forget(void);
