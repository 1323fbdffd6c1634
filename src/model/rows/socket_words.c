/* What a socket's states and ends are called, and which are meant by a word. */
#include "socket_words.h"

#include <errno.h>
#include <strings.h>

#include "cleanup.h"

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

const char *ended_by_name(unsigned ended_by)
{
	static const char *const names[ENDED_COUNT] = {
	    "unknown", "local", "remote", "reset-sent", "reset-received", "timeout", "gave-up", "error",
	};

	return ended_by < ENDED_COUNT ? names[ended_by] : names[0];
}

/* What connect() gives, what comes by ICMP (icmp_err_convert, tab_unreach of ICMPv6), and what ends a connection. */
/* clang-format off */
#define ERRORS(E)                                                                                                      \
	E(ECONNREFUSED) E(ETIMEDOUT) E(EADDRNOTAVAIL) E(ENETUNREACH) E(EHOSTUNREACH) E(ECONNRESET) E(EPIPE)            \
	E(ECONNABORTED) E(EACCES) E(EPERM) E(EINVAL) E(ENOBUFS) E(ENOMEM) E(ENOPROTOOPT) E(EMSGSIZE) E(EOPNOTSUPP)     \
	E(EHOSTDOWN) E(ENONET) E(EPROTO)
/* clang-format on */

static const struct {
	u16 error;
	const char *word;
} errors[] = {
#define E(name) {name, #name},
    ERRORS(E)
#undef E
};
_Static_assert(ARRAY_SIZE(errors) == ERROR_WORDS - 1, "and one for all others");

unsigned error_code(unsigned error)
{
	unsigned code = 0;

	while (code < ARRAY_SIZE(errors) && errors[code].error != error)
		code++;
	return code;
}

const char *error_word(unsigned code)
{
	return code < ARRAY_SIZE(errors) ? errors[code].word : "other";
}
