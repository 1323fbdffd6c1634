/* What each element of the screen looks like: one table of elements, and themes with their colours, read from our own
 * ini files or from btop's .theme files. A theme knows no terminal: term.c maps its colours. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cells.h"
#include "error.h"
#include "notes.h"

/* Colours: COLOR_DEFAULT, COLOR_UNSET (transparent), 0xrrggbb, or COLOR_PALETTE + 0 … 255. */
#define COLOR_DEFAULT CELL_DEFAULT_COLOR
#define COLOR_UNSET (-2)
#define COLOR_PALETTE 0x1000000

/* Element, name in an ini theme, btop's key for its foreground ("": none), where it is used. */
#define THEME_ELEMENTS(E)                                                                                              \
	E(TEXT, "text", "main_fg", "everything without an element of its own; its background is the screen's")         \
	E(DIM, "dim", "inactive_fg", "zeros and unknown values")                                                       \
	E(LABEL, "label", "graph_text", "the words before values")                                                     \
	E(TITLE, "title", "title", "names of programs and sections")                                                   \
	E(WARN, "warn", "temp_mid", "a value to look at")                                                              \
	E(ALARM, "alarm", "temp_end", "a value that is wrong")                                                         \
	E(RX, "rx", "download_mid", "graphs of received data")                                                         \
	E(TX, "tx", "upload_mid", "graphs of sent data")                                                               \
	E(GRAPH, "graph", "cpu_mid", "the other graphs")                                                               \
	E(HEADING, "heading", "title", "the headings of columns")                                                      \
	E(SORTED, "sorted", "hi_fg", "the heading of the column that sorts")                                           \
	E(SELECTED, "selected", "selected_fg", "the row under the cursor")                                             \
	E(TAGGED, "tagged", "proc_misc", "rows that were tagged")                                                      \
	E(MATCH, "match", "hi_fg", "text that a search found")                                                         \
	E(CLOSED, "closed", "inactive_fg", "connections that have ended, rows without fresh data")                     \
	E(GROUP, "group", "title", "the head of a group in a tree")                                                    \
	E(BAR, "bar", "main_fg", "the key bar")                                                                        \
	E(KEY, "key", "hi_fg", "keys in the key bar and in help")                                                      \
	E(MENU, "menu", "main_fg", "lists that open over a view")                                                      \
	E(RULE, "rule", "div_line", "lines and frames")                                                                \
	E(PROMPT, "prompt", "title", "the word before a prompt")                                                       \
	E(ERROR, "error", "temp_end", "error messages")                                                                \
	E(MARK, "mark", "hi_fg", "frozen, follow and the like")

enum style {
#define E(id, name, btop, help) STYLE_##id,
	THEME_ELEMENTS(E)
#undef E
	    STYLE_COUNT,
};

struct look {
	int32_t fg, bg;
	uint32_t attr; /* enum cell_attr */
};

struct theme {
	char name[64];
	struct look look[STYLE_COUNT];
};

/* The resulting look of a style on a background (COLOR_UNSET never remains). */
struct look theme_look(const struct theme *t, enum style style, enum style ground);

const char *theme_element_name(size_t i); /* NULL past the end */
const char *theme_element_help(size_t i);

/* The names of the built-in themes; NULL past the end. */
const char *theme_builtin(size_t i);

/* By name ("auto", a file NAME.ini or NAME.theme in dir or in the system's folder, a built-in) or by path. Errors are
 * noted with file and line, and the other lines apply. -ENOENT with err if there is no such theme. dir is the user's
 * folder of themes or NULL. */
int theme_load(struct theme *t, const char *name, const char *dir, struct notes *notes, struct error *err) must_check;
/* Parses the text of a theme. */
void theme_parse_ini(struct theme *t, const char *file, const char *text, size_t len, struct notes *notes);
void theme_parse_btop(struct theme *t, const char *file, const char *text, size_t len, struct notes *notes);
/* A theme before any line was read: no colours. */
void theme_init(struct theme *t, const char *name);
/* "#rrggbb", "#rgb", "#gg" (btop's grey), "default", a name of the 16 or 0 … 255. */
bool theme_parse_color(const char *word, int32_t *color);
/* Where the installed themes are. */
const char *theme_folder(void);
/* All names that theme_load() would find, sorted and unique; *names is an array of *count strings, freed by
 * theme_names_free(). */
int theme_names(const char *dir, char ***names, size_t *count) must_check;
void theme_names_free(char **names, size_t count);
