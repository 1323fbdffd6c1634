/* The words of a socket's states, for the columns of sockets and of what happened to them. */
#pragma once

#include "record.h"

#define STATE_WORDS (STATE_COUNT + 1)

const char *state_word(unsigned code);  /* as state_name(), "closed" for STATE_COUNT */
const char *state_brief(unsigned code); /* where there is no room for it; NULL: it has no short form */
u32 state_words(const char *text);      /* as state_parse(); "closed" is an ended connection, too */
#define STATE_WORD_HELP                                                                                                \
	"established syn-sent syn-recv fin-wait-1 fin-wait-2 time-wait closed close-wait last-ack listening closing "  \
	"connected all"
/* How a connection ended: enum sock_ended_by. */
const char *ended_by_name(unsigned ended_by);
/* The errnos that TCP leaves to a program, as codes below ERROR_WORDS: those that have no word of their own are the
 * last. */
#define ERROR_WORDS 20
unsigned error_code(unsigned error);
const char *error_word(unsigned code); /* "ECONNREFUSED", "other" */

/* The attributes of a column of states. */
#define STATE_COLUMN                                                                                                   \
	.word = state_word, .words = STATE_WORDS, .word_set = state_words, .brief = state_brief,                       \
	.word_help = STATE_WORD_HELP
