/* The meaning of words on the screen that are neither columns nor keys, for the help of each view. */
#pragma once

#define WORD_WIDTH 14

struct view_word {
	const char *word; /* at most WORD_WIDTH columns; NULL: the end of the list */
	const char *help; /* one line, of 80 columns with the word */
};

extern const struct view_word words_header[], words_layers[], words_lives[], words_losses[], words_packets[],
    words_rtt[];
