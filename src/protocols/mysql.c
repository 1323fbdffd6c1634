/* MySQL and MariaDB: statements, prepared ones too, and the number of errors. */
#include <stdio.h>

#include "sql.h"

enum command {
	COM_QUIT = 1,
	COM_INIT_DB,
	COM_QUERY,
	COM_FIELD_LIST,
	COM_STATISTICS = 9,
	COM_PROCESS_KILL = 12,
	COM_PING = 14,
	COM_CHANGE_USER = 17,
	COM_BINLOG_DUMP,
	COM_STMT_PREPARE = 22,
	COM_STMT_EXECUTE,
	COM_STMT_SEND_LONG_DATA,
	COM_STMT_CLOSE,
	COM_STMT_RESET,
	COM_SET_OPTION,
	COM_STMT_FETCH,
	COM_RESET_CONNECTION = 31,
};

#define CAN_COMPRESS 0x20U /* of capabilities: mysql.h */
#define CAN_41 0x200U
#define CAN_TLS 0x800U
#define LAST_PREPARED 0xffffffffU /* MariaDB: the id of a statement whose answer is not awaited */

enum phase { GREETING, LOGIN, COMMANDS };

struct state {
	struct statements prepared;  /* by the server's number */
	struct statement *preparing; /* owned; its number comes with the answer */
	bool prepares;               /* that is what is answered next */
	u8 phase;
};

/* The header and what there is of a packet. false: none begins here. */
static bool next_packet(struct cursor *c, struct cursor *body, u8 *seq, bool *whole)
{
	u32 len = (u32)cursor_le(c, 3), left;

	*seq = (u8)cursor_be(c, 1);
	if (c->failed || !len)
		return false;
	left = (u32)MIN(len, cursor_left(c));
	*body = (struct cursor){c->at, c->at + left, false};
	*whole = left == len;
	c->at += left;
	return true;
}

static const char *command_word(u8 command)
{
	/* clang-format off */
	static const struct {
		u8 command;
		const char *word;
	} words[] = {
		{COM_QUIT, "QUIT"}, {COM_INIT_DB, "USE"}, {COM_QUERY, ""}, {COM_FIELD_LIST, "FIELDS"},
		{COM_STATISTICS, "STATISTICS"}, {COM_PROCESS_KILL, "KILL"}, {COM_PING, "PING"},
		{COM_CHANGE_USER, "CHANGE USER"}, {COM_BINLOG_DUMP, "BINLOG DUMP"}, {COM_STMT_PREPARE, "PREPARE "},
		{COM_STMT_EXECUTE, "EXECUTE"}, {COM_STMT_SEND_LONG_DATA, "LONG DATA"}, {COM_STMT_CLOSE, "CLOSE"},
		{COM_STMT_RESET, "RESET"}, {COM_SET_OPTION, "OPTION"}, {COM_STMT_FETCH, "FETCH"},
		{COM_RESET_CONNECTION, "RESET CONNECTION"},
	};
	/* clang-format on */

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (words[i].command == command)
			return words[i].word;
	return NULL;
}

/* Since 8.0 a number of attributes can stand before a statement; where there are any it is not looked for. */
static struct span statement_text(struct cursor body)
{
	if (cursor_left(&body) > 2 && !body.at[0] && body.at[1] == 1)
		body.at += 2;
	return (struct span){(const char *)body.at, cursor_left(&body)};
}

static bool is_text(struct span s)
{
	return s.len && (((*s.at | 0x20) >= 'a' && (*s.at | 0x20) <= 'z') || strchr("(/-#", *s.at));
}

/* What a client answers to the greeting: capabilities, the largest packet, a character set, 19 or 23 zeroes. */
static bool is_login(struct cursor body, bool whole)
{
	static const u8 zero[19];
	size_t len = cursor_left(&body);
	u32 can = (u32)cursor_le(&body, 4);
	const u8 *filler;

	cursor_take(&body, 5);
	filler = cursor_take(&body, sizeof(zero));
	return filler && can & CAN_41 && memcmp(filler, zero, sizeof(zero)) == 0 && (len > 32 || (whole && len == 32));
}

static enum fit request_fits(const struct piece *p)
{
	struct cursor c = cursor_of(p), body;
	bool whole;
	u8 seq;

	if (!next_packet(&c, &body, &seq, &whole) || !cursor_left(&body) || (!whole && !p->cut))
		return FIT_NO;
	if (seq == 1)
		return is_login(body, whole) ? FIT_SURE : FIT_NO;
	if (seq || !command_word(*body.at))
		return FIT_NO;
	if (*body.at == COM_QUERY || *body.at == COM_STMT_PREPARE)
		return is_text(statement_text((struct cursor){body.at + 1, body.end, false})) ? FIT_SURE : FIT_NO;
	/* A single byte, or a statement's number. */
	return whole && (cursor_left(&body) == 1 || *body.at == COM_STMT_EXECUTE) && !cursor_left(&c) ? FIT_MAYBE
												      : FIT_NO;
}

/* "5.5.5-10.11.14-MariaDB" */
static bool is_greeting(struct cursor body)
{
	const u8 *nul = cursor_left(&body) ? memchr(body.at, 0, cursor_left(&body)) : NULL;

	return nul && *body.at == 10 && nul - body.at > 4 && body.at[1] >= '3' && body.at[1] <= '9' &&
	       memchr(body.at, '.', (size_t)(nul - body.at));
}

static enum fit answer_fits(const struct piece *p)
{
	struct cursor c = cursor_of(p), body;
	bool whole;
	u8 seq, first;

	if (!next_packet(&c, &body, &seq, &whole) || !cursor_left(&body) || (!whole && !p->cut))
		return FIT_NO;
	if (!seq)
		return is_greeting(body) ? FIT_SURE : FIT_NO;
	first = *body.at;
	/* An OK, an error, a wish for more, or how many columns follow. */
	return (first == 0 && cursor_left(&body) >= 7) || (first == 0xff && cursor_left(&body) > 3) || first == 0xfe ||
		       first == 0xfb || (first && cursor_left(&body) == 1) || (seq > 1 && first == 1)
		   ? FIT_MAYBE
		   : FIT_NO;
}

static void tell_query(struct talk *t, u8 command, struct cursor body, bool whole)
{
	struct statement one = sql_statement(statement_text(body), !whole, SQL_MYSQL);
	struct state *s = t->state;

	statement_tell(t, command_word(command), &one);
	s->prepares = command == COM_STMT_PREPARE;
	if (command != COM_STMT_PREPARE)
		return;
	if (!s->preparing)
		s->preparing = calloc(1, sizeof(*s->preparing));
	if (s->preparing)
		*s->preparing = one;
}

static void command(struct talk *t, u8 command, struct cursor body, bool whole)
{
	struct state *s = t->state;
	const struct statement *one;
	struct call call = {.unanswered =
				command == COM_QUIT || command == COM_STMT_CLOSE || command == COM_STMT_SEND_LONG_DATA};
	struct title title = {};
	u32 number;

	if (command == COM_QUERY || command == COM_STMT_PREPARE) {
		tell_query(t, command, body, whole);
	} else if (command == COM_STMT_EXECUTE) {
		number = (u32)cursor_le(&body, 4);
		one = number == LAST_PREPARED ? s->preparing : statements_get(&s->prepared, number);
		if (!body.failed)
			statement_tell(t, one ? "" : command_word(command), one);
	} else if (command_word(command)) {
		title_puts(&title, command_word(command));
		title_tell(&title, t, &call);
	}
}

static void login(struct talk *t, struct cursor body, bool whole)
{
	struct state *s = t->state;
	struct statement one = {.name = "connect", .shown = "connect"};
	u32 can = (u32)cursor_le(&body, 4);

	if (whole && can & CAN_TLS && cursor_left(&body) == 28)
		conversation_restart(t->conversation);
	else if (can & CAN_COMPRESS)
		conversation_turned(t->conversation, "compressed");
	else {
		s->phase = LOGIN;
		statement_tell(t, "", &one);
	}
}

static void request(struct talk *t)
{
	struct cursor c = cursor_of(t->piece), body;
	struct state *s = t->state;
	bool whole;
	u8 seq;

	while (next_packet(&c, &body, &seq, &whole) && cursor_left(&body)) {
		if (seq == 1 && s->phase == GREETING && is_login(body, whole)) {
			login(t, body, whole);
			return;
		}
		if (!seq) {
			s->phase = COMMANDS;
			command(t, *body.at, (struct cursor){body.at + 1, body.end, false}, whole);
		}
		if (!cursor_left(&c))
			return;
	}
}

/* The number that a statement has from now on. */
static void prepared(struct state *s, struct cursor body)
{
	u32 number;

	cursor_take(&body, 1);
	number = (u32)cursor_le(&body, 4);
	if (s->preparing && cursor_left(&body) >= 5)
		statements_put(&s->prepared, number, s->preparing);
}

static void answer(struct talk *t)
{
	struct cursor c = cursor_of(t->piece), body;
	struct state *s = t->state;
	char number[12];
	bool whole;
	u8 seq;

	/* Of an answer the first packet tells; what follows are columns and rows. While one logs in it may want more.
	 */
	if (!next_packet(&c, &body, &seq, &whole) || !cursor_left(&body) || !seq)
		return;
	if (s->phase == LOGIN && (*body.at == 0xfe || *body.at == 1))
		return;
	if (s->phase != LOGIN && seq != 1)
		return;
	s->phase = COMMANDS;
	if (*body.at == 0xff) {
		if (cursor_left(&body) < 3)
			return;
		snprintf(number, sizeof(number), "%u", body.at[1] | body.at[2] << 8);
		tell_answer(t, span_of(number), true);
		return;
	}
	if (s->prepares && *body.at == 0)
		prepared(s, body);
	tell_answer(t, span_of("OK"), false);
}

static void state_free(void *state)
{
	struct state *s = state;

	statements_free(&s->prepared);
	free(s->preparing);
}

const struct parser parser_mysql = {.request_fits = request_fits,
				    .answer_fits = answer_fits,
				    .request = request,
				    .answer = answer,
				    .streams = true,
				    .state_size = sizeof(struct state),
				    .state_free = state_free};
