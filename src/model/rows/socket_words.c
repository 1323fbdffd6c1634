/* What a socket's states are called, and which are meant by a word. */
#include "socket_words.h"

#include <strings.h>

/* States whose beginnings are the same, for a column that is too narrow for their names. */
const char *state_brief(unsigned code)
{
	static const char *const names[STATE_COUNT] = {
	    [STATE_SYN_SENT] = "syn-s",    [STATE_SYN_RECV] = "syn-r",   [STATE_NEW_SYN_RECV] = "syn-r",
	    [STATE_FIN_WAIT1] = "fin-w1",  [STATE_FIN_WAIT2] = "fin-w2", [STATE_TIME_WAIT] = "time-w",
	    [STATE_CLOSE_WAIT] = "clos-w", [STATE_LAST_ACK] = "last-a",
	};

	return code < STATE_COUNT ? names[code] : NULL;
}

/* An ended connection is closed; it is not a socket that has not been connected. */
u32 state_words(const char *text)
{
	u32 set = state_parse(text);

	if (set & (1U << STATE_CLOSE) && strncasecmp(text, "unconn", 6) != 0)
		set |= 1U << STATE_COUNT;
	return set;
}

const char *state_word(unsigned code)
{
	return code == STATE_COUNT ? "closed" : state_name(code);
}
