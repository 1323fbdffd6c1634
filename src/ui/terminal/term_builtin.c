#include "term_builtin.h"

#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

/* Made by terminals.sh: the name, and the entry as curses takes it from the environment. */
static const struct {
	const char *name, *entry;
} entries[] = {
#ifdef TERMINALS
#include TERMINALS
#endif
    {NULL, NULL}};

/* Terminals by how their names begin, and which entry does for them. */
static const struct {
	const char *begins, *entry;
} kinds[] = {
    {"xterm", "xterm-256color"},
    {"screen", "screen-256color"},
    {"tmux", "tmux-256color"},
    {"linux", "linux"},
    {"vt", "vt100"},
    {"foot", "xterm-256color"},
    {"kitty", "xterm-256color"},
    {"alacritty", "xterm-256color"},
    {"rxvt", "xterm-256color"},
    {"st-", "xterm-256color"},
    {"wezterm", "xterm-256color"},
    {"konsole", "xterm-256color"},
    {"gnome", "xterm-256color"},
    {"vte", "xterm-256color"},
    {"putty", "xterm-256color"},
};

const char *term_builtin(const char *name)
{
	for (size_t k = 0; name && k < ARRAY_SIZE(kinds); k++) {
		if (strncmp(name, kinds[k].begins, strlen(kinds[k].begins)) != 0)
			continue;
		for (size_t e = 0; entries[e].name; e++)
			if (strcmp(entries[e].name, kinds[k].entry) == 0)
				return setenv("TERMINFO", entries[e].entry, 1) == 0 ? entries[e].name : NULL;
	}
	return NULL;
}

void term_builtin_forget(void)
{
	unsetenv("TERMINFO");
}
