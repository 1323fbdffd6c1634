/* What the words on the screen mean that are neither columns nor keys: shown by the help of the view in which they
 * stand. */
#pragma once

#define WORD_WIDTH 14

struct view_word {
	const char *word; /* at most WORD_WIDTH columns; NULL: the end of the list */
	const char *help; /* one line, of 80 columns with the word */
};

extern const struct view_word words_header[], words_layers[], words_losses[], words_packets[];
