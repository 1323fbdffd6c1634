/* Everything that a key can do: one table, from which the keymap, the help screen, the key bar, the man page and
 * docs/keys.md are made. */
#pragma once

#include "ini.h"
#include "key.h"

/* Where an action applies. */
enum scope {
	SCOPE_LIST = 1,   /* views made of rows */
	SCOPE_SOCKET = 2, /* one socket */
	SCOPE_HELP = 4,
	SCOPE_PACKETS = 8, /* packets */
	SCOPE_EVENTS = 16, /* retransmits, drops, resets */
	SCOPE_FINDINGS = 32,
	SCOPE_GROUP = 64,    /* the page of a process, a host … */
	SCOPE_SOCKETS = 128, /* lists of sockets, and of what these are gathered by */
	SCOPE_RTT = 256,     /* round trips */
	SCOPE_ALL = 0x1ff,
	ON_ROW = 0x200, /* no place: it is done to the row that the cursor is on */
};

/* Id, name in [keys], scope, default keys, word in the key bar ("": not there), rank in the bar (1 first), help. */
#define ACTIONS(A)                                                                                                     \
	A(HELP, "help", SCOPE_ALL, "? F1", "help", 1, "this help, and what the columns mean")                          \
	A(QUIT, "quit", SCOPE_ALL, "q F10 C-c", "quit", 2, "quit")                                                     \
	A(UP, "up", SCOPE_ALL, "Up k C-p", "", 0, "one row up")                                                        \
	A(DOWN, "down", SCOPE_ALL, "Down j C-n", "", 0, "one row down")                                                \
	A(PAGE_UP, "page_up", SCOPE_ALL, "PgUp C-b C-u", "", 0, "one page up")                                         \
	A(PAGE_DOWN, "page_down", SCOPE_ALL, "PgDn C-f", "", 0, "one page down")                                       \
	A(HOME, "home", SCOPE_ALL, "Home g", "", 0, "to the first row")                                                \
	A(END, "end", SCOPE_ALL, "End G", "", 0, "to the last row")                                                    \
	A(LEFT, "left", SCOPE_LIST, "Left h", "", 0, "further left; in Layers: the layer before")                      \
	A(RIGHT, "right", SCOPE_LIST, "Right l", "", 0, "further right; in Layers: the next layer")                    \
	A(OPEN, "open", SCOPE_LIST | SCOPE_EVENTS | SCOPE_GROUP | ON_ROW, "Enter", "open", 6,                          \
	  "open the row; fold or unfold a group")                                                                      \
	A(BACK, "back", SCOPE_ALL, "Esc", "back", 12, "back; in a list: clear the search, then the filter")            \
	A(SEARCH, "search", SCOPE_LIST, "/ F3", "find", 3, "find text in the rows, while you type")                    \
	A(SEARCH_NEXT, "search_next", SCOPE_LIST, "n", "", 0, "the next row that has the text")                        \
	A(SEARCH_PREV, "search_prev", SCOPE_LIST, "N", "", 0, "the row before that has it")                            \
	A(FILTER, "filter", SCOPE_LIST, "\\ F4", "filter", 4, "show only rows that match an expression")               \
	A(SAVED, "saved", SCOPE_LIST, "'", "", 0, "choose a saved filter (C-s in the filter's prompt saves one)")      \
	A(USER, "user", SCOPE_LIST, "u", "", 0, "show only one user's rows: choose among those that have any")         \
	A(SORT, "sort", SCOPE_LIST, "s F6", "sort", 5, "choose the column to sort by")                                 \
	A(SORT_LEFT, "sort_left", SCOPE_LIST, "<", "", 0, "sort by the column to the left")                            \
	A(SORT_RIGHT, "sort_right", SCOPE_LIST, ">", "", 0, "sort by the column to the right")                         \
	A(INVERT, "invert", SCOPE_LIST, "I", "", 0, "turn the order round")                                            \
	A(TAG, "tag", SCOPE_LIST | ON_ROW, "Space", "tag", 9, "tag the row, or take the tag off; tags are summed up")  \
	A(UNTAG, "untag", SCOPE_LIST, "U", "", 0, "take all tags off")                                                 \
	A(FREEZE, "freeze", SCOPE_ALL, "Z", "freeze", 7, "let the picture stand still, or go on")                      \
	A(STEP, "step", SCOPE_ALL, "]", "", 0, "go on by one tick, and stand still then")                              \
	A(LEAP, "leap", SCOPE_ALL, "}", "", 0, "the same by a minute")                                                 \
	A(STEP_BACK, "step_back", SCOPE_ALL, "[", "", 0, "back by one tick; ] and Z lead to now again")                \
	A(LEAP_BACK, "leap_back", SCOPE_ALL, "{", "", 0, "the same by a minute")                                       \
	A(MARK, "mark", SCOPE_ALL, "=", "", 0, "mark this moment: numbers are how much they differ from it")           \
	A(FOLLOW, "follow", SCOPE_LIST | ON_ROW, "F", "", 0, "keep this row, or the newest event, in view")            \
	A(TREE, "tree", SCOPE_LIST | SCOPE_EVENTS, "t F5", "tree", 8,                                                  \
	  "group: by process, reason …; in Processes: by user …")                                                      \
	A(UNFOLD, "unfold", SCOPE_LIST | SCOPE_EVENTS | ON_ROW, "+", "", 0, "unfold the group")                        \
	A(FOLD, "fold", SCOPE_LIST | SCOPE_EVENTS | ON_ROW, "-", "", 0, "fold the group")                              \
	A(FOLD_ALL, "fold_all", SCOPE_LIST | SCOPE_EVENTS | ON_ROW, "*", "", 0, "fold all groups, or unfold all")      \
	A(CLOSED, "closed", SCOPE_LIST, "a", "", 0, "show what has ended and what is in TIME-WAIT, too")               \
	A(COLUMNS, "columns", SCOPE_LIST, "c", "columns", 10, "choose the columns and their order")                    \
	A(DETAILS, "details", SCOPE_SOCKETS | SCOPE_SOCKET | ON_ROW, "i", "details", 15,                               \
	  "the page of a process or host; of a socket, its process's")                                                 \
	A(PACKETS, "packets", SCOPE_LIST | SCOPE_SOCKET | ON_ROW, "p", "packets", 14,                                  \
	  "trace the packets of this socket")                                                                          \
	A(PEER, "peer", SCOPE_LIST | SCOPE_SOCKET | ON_ROW, "o", "", 0,                                                \
	  "to the other end of a connection within this machine")                                                      \
	A(RTT, "rtt", SCOPE_LIST | SCOPE_SOCKET | SCOPE_GROUP | SCOPE_RTT | ON_ROW, "H", "", 0,                        \
	  "their round trips as heat maps; again: each trip")                                                          \
	A(EXPORT, "export", SCOPE_PACKETS, "e", "export", 13, "write the packets to a file: .pcapng")                  \
	A(FINDINGS, "findings", SCOPE_ALL, "!", "", 0, "to the next line that says what is wrong; Enter goes there")   \
	A(BANNER, "banner", SCOPE_ALL, "f", "", 0, "fold what is wrong to a count, or show it again")                  \
	A(REQUESTS, "requests", SCOPE_ALL, "R", "", 0, "Requests: what is asked for, and how long it takes")           \
	A(OVERVIEW, "overview", SCOPE_ALL, "O", "", 0, "Overview: what is wrong, and who moves most")                  \
	A(MUTE, "mute", SCOPE_FINDINGS | ON_ROW, "x", "mute", 13,                                                      \
	  "say no more of this, or say it again (a: what is muted)")                                                   \
	A(EVIDENCE, "evidence", SCOPE_FINDINGS | ON_ROW, "e", "evidence", 14,                                          \
	  "what it stands on: numbers, rule, since when")                                                              \
	A(INTERVAL, "interval", SCOPE_ALL, "d", "", 0, "the time between two pictures")                                \
	A(WRITE, "write", SCOPE_ALL, "w", "write", 11, "write the screen to a file: .txt .ansi .svg .html")            \
	A(THEME, "theme", SCOPE_ALL, "T", "", 0, "choose the theme")                                                   \
	A(SETUP, "setup", SCOPE_ALL, "F2", "", 0, "settings, kept in config.ini")                                      \
	A(MOUSE, "mouse", SCOPE_ALL, "m", "", 0, "mouse on or off (off: the terminal selects text)")                   \
	A(VIEWS, "views", SCOPE_ALL, "v", "", 0, "choose the view")                                                    \
	A(NEXT_VIEW, "next_view", SCOPE_ALL, "Tab", "", 0, "the next view")                                            \
	A(PREV_VIEW, "prev_view", SCOPE_ALL, "S-Tab", "", 0, "the view before")                                        \
	A(VIEW_NUMBER, "view_number", SCOPE_ALL, "1 2 3 4 5 6 7 8 9", "", 0, "the first, second … view")               \
	A(KILL, "kill", SCOPE_ALL, "F9", "", 0, "nothing: skbtop only looks, it ends no program")                      \
	A(REDRAW, "redraw", SCOPE_ALL, "C-l", "", 0, "draw the whole screen anew")                                     \
	A(SUSPEND, "suspend", SCOPE_ALL, "C-z", "", 0, "back to the shell; fg returns")

enum action {
#define A(id, ...) ACTION_##id,
	ACTIONS(A)
#undef A
	    ACTION_COUNT,
	ACTION_NONE = ACTION_COUNT,
};

struct action_info {
	const char *name;
	unsigned scope;
	const char *keys; /* defaults, separated by blanks */
	const char *bar;
	int rank;
	const char *help;
};

const struct action_info *action_info(enum action a);
/* Where it applies, in words: "everywhere", "lists, socket". */
void action_where(enum action a, char *dst, size_t size);
/* Its row of the table in docs/keys.md, with the newline. */
#define ACTION_ROW_MAX 400
void action_row(enum action a, char dst[ACTION_ROW_MAX]);

#define KEYMAP_KEYS 9 /* keys per action */

struct keymap {
	uint32_t keys[ACTION_COUNT][KEYMAP_KEYS];
};

void keymap_init(struct keymap *m);
/* Reads [keys]: `action = key key …`, which replaces the defaults of that action and removes the keys from all others;
 * an empty value unbinds it. Errors are noted with file and line. */
void keymap_configure(struct keymap *m, const struct ini *ini, const char *file, struct notes *notes);
/* The action of a key; *which (may be NULL) is the key's index among the action's keys. */
enum action keymap_find(const struct keymap *m, uint32_t key, unsigned scope, unsigned *which);
/* The action's keys as text, "F4, \"; "" if it has none. */
void keymap_text(const struct keymap *m, enum action a, const char *separator, char *dst, size_t size);
