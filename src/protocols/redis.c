/* Redis (RESP2 and RESP3): the command and the pattern of its key; whether the reply is an error. */
#include "parser.h"

/* Their first argument is a key, or a channel. Of all others nothing is told but their name: it could be a password. */
/* clang-format off */
#define KEYED \
	"GET SET SETNX SETEX PSETEX GETSET GETDEL GETEX GETRANGE SETRANGE SUBSTR STRLEN APPEND INCR DECR " \
	"INCRBY DECRBY INCRBYFLOAT MGET MSET MSETNX DEL UNLINK EXISTS TOUCH EXPIRE PEXPIRE EXPIREAT " \
	"PEXPIREAT EXPIRETIME PEXPIRETIME TTL PTTL PERSIST TYPE DUMP RESTORE RENAME RENAMENX COPY MOVE SORT " \
	"SORT_RO WATCH GETBIT SETBIT BITCOUNT BITPOS BITFIELD BITFIELD_RO LPUSH RPUSH LPUSHX RPUSHX LPOP " \
	"RPOP LLEN LINDEX LINSERT LRANGE LREM LSET LTRIM LMOVE LPOS RPOPLPUSH BLPOP BRPOP BLMOVE BRPOPLPUSH " \
	"HGET HSET HSETNX HMGET HMSET HGETALL HDEL HEXISTS HINCRBY HINCRBYFLOAT HKEYS HVALS HLEN HSTRLEN " \
	"HRANDFIELD HSCAN SADD SREM SMEMBERS SISMEMBER SMISMEMBER SCARD SPOP SRANDMEMBER SMOVE SSCAN SINTER " \
	"SUNION SDIFF SINTERSTORE SUNIONSTORE SDIFFSTORE ZADD ZREM ZSCORE ZMSCORE ZRANK ZREVRANK ZRANGE " \
	"ZREVRANGE ZRANGEBYSCORE ZREVRANGEBYSCORE ZRANGEBYLEX ZREVRANGEBYLEX ZRANGESTORE ZCARD ZCOUNT " \
	"ZLEXCOUNT ZINCRBY ZPOPMIN ZPOPMAX BZPOPMIN BZPOPMAX ZREMRANGEBYRANK ZREMRANGEBYSCORE " \
	"ZREMRANGEBYLEX ZSCAN ZRANDMEMBER ZUNIONSTORE ZINTERSTORE ZDIFFSTORE GEOADD GEODIST GEOHASH GEOPOS " \
	"GEORADIUS GEOSEARCH GEOSEARCHSTORE PFADD PFCOUNT PFMERGE XADD XLEN XRANGE XREVRANGE XDEL XTRIM " \
	"XACK XCLAIM XPENDING XAUTOCLAIM PUBLISH SPUBLISH SUBSCRIBE PSUBSCRIBE SSUBSCRIBE"
/* Their first argument is a part of their name. */
#define CONTAINERS \
	"CONFIG CLIENT CLUSTER COMMAND OBJECT MEMORY XINFO XGROUP SCRIPT FUNCTION ACL PUBSUB LATENCY " \
	"SLOWLOG MODULE DEBUG"
/* clang-format on */
#define LISTENS "SUBSCRIBE PSUBSCRIBE SSUBSCRIBE MONITOR"
#define ARGS_MAX (1024 * 1024) /* of a command: redis-server took no more until 7.0 (networking.c) */

struct state {
	bool listens; /* what comes next may have been asked by nobody */
};

/* "*3": the number. */
static bool count_line(struct cursor *c, char type, u32 *n)
{
	struct span line;

	if (!cursor_line(c, &line) || line.len < 2 || *line.at != type)
		return false;
	return span_number((struct span){line.at + 1, line.len - 1}, n);
}

/* "$3 foo", as far as it goes. false: none begins here, or it is cut. */
static bool read_bulk(struct cursor *c, struct span *s)
{
	u32 n;

	*s = (struct span){};
	if (!count_line(c, '$', &n))
		return false;
	*s = (struct span){(const char *)c->at, MIN(n, cursor_left(c))};
	return cursor_take(c, (size_t)n + 2) != NULL;
}

static bool is_command(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!(s.at[i] >= 'A' && s.at[i] <= 'Z') && !(s.at[i] >= 'a' && s.at[i] <= 'z') &&
		    !(i && strchr("0123456789_-.|", s.at[i])))
			return false;
	return s.len && s.len <= 64;
}

static enum fit request_fits(const struct piece *p)
{
	struct cursor c = cursor_of(p);
	struct span s;
	u32 n;

	if (count_line(&c, '*', &n))
		return n && n <= ARGS_MAX && read_bulk(&c, &s) && is_command(s) ? FIT_SURE : FIT_NO;
	/* As one types it; other protocols have such lines, too, but no such answers. */
	c = cursor_of(p);
	return cursor_line(&c, &s) && span_is(span_word(&s), "PING") && !s.len ? FIT_MAYBE : FIT_NO;
}

static bool is_line_of(struct span line)
{
	u32 n;
	struct span rest = {line.at + 1, line.len - 1};

	for (size_t i = 0; i < line.len; i++)
		if (line.at[i] < ' ' || line.at[i] > '~')
			return false;
	if (strchr("+-", *line.at))
		return rest.len && *rest.at > ' ';
	if (*line.at == '_')
		return !rest.len;
	if (rest.len && *rest.at == '-' && strchr(":$*,(", *line.at))
		rest = (struct span){rest.at + 1, rest.len - 1};
	return strchr("#,(", *line.at) ? rest.len > 0 : strchr(":$*%~>=!", *line.at) && span_number(rest, &n);
}

static enum fit answer_fits(const struct piece *p)
{
	struct cursor c = cursor_of(p);
	struct span line;

	return cursor_line(&c, &line) && line.len && is_line_of(line) ? FIT_MAYBE : FIT_NO;
}

struct command {
	struct span name, first; /* and its first argument */
	u32 args;
	bool whole; /* the first argument is; the others are passed over */
};

/* false: none begins here, or its name is cut. */
static bool read_command(struct cursor *c, struct command *cmd)
{
	struct span rest;

	*cmd = (struct command){.whole = true};
	if (*c->at != '*') {
		if (!cursor_line(c, &rest))
			return false;
		cmd->name = span_word(&rest);
		cmd->first = span_word(&rest);
		cmd->args = cmd->first.len > 0;
		return is_command(cmd->name);
	}
	if (!count_line(c, '*', &cmd->args) || cmd->args-- == 0 || !read_bulk(c, &cmd->name))
		return false;
	if (cmd->args)
		cmd->whole = read_bulk(c, &cmd->first);
	for (u32 i = 1; i < cmd->args && read_bulk(c, &rest); i++)
		;
	return is_command(cmd->name);
}

static void tell(struct talk *t, const struct command *cmd)
{
	struct title title = {};
	struct call call = {.unanswered = span_is(cmd->name, "MONITOR")};
	bool container = span_among(cmd->name, CONTAINERS), keyed = span_among(cmd->name, KEYED);

	title_upper(&title, cmd->name);
	title_puts(&title, cmd->args && (container || keyed) ? " " : "");
	if (cmd->args && container && cmd->whole && is_command(cmd->first))
		title_upper(&title, cmd->first);
	else if (cmd->args && keyed)
		title_value(&title, cmd->first, !cmd->whole);
	title_cut(&title, cmd->args && container && !cmd->whole);
	title_tell(&title, t, &call);
}

static void request(struct talk *t)
{
	struct state *state = t->state;
	struct cursor c = cursor_of(t->piece);
	struct command cmd;

	while (!c.failed && cursor_left(&c) && read_command(&c, &cmd)) {
		tell(t, &cmd);
		state->listens |= span_among(cmd.name, LISTENS);
	}
}

/* Elements that follow the line of a reply, which is one itself. false: it is none. */
static bool elements(struct cursor *c, struct span line, u64 *n)
{
	u32 count = 0;
	bool null = line.len > 1 && line.at[1] == '-';

	*n = 0;
	if (!line.len || !is_line_of(line))
		return false;
	if (!strchr("$=!*~>%", *line.at) || null)
		return true;
	if (!span_number((struct span){line.at + 1, line.len - 1}, &count))
		return false;
	if (strchr("$=!", *line.at))
		return cursor_take(c, (size_t)count + 2) != NULL;
	*n = *line.at == '%' ? 2 * (u64)count : count;
	return true;
}

/* Passes over what belongs to a reply after its first line. false: it goes on beyond the piece. */
static bool skip_reply(struct cursor *c, struct span line)
{
	u64 n, left;

	if (!elements(c, line, &left))
		return false;
	for (; left; left += n - 1)
		if (!cursor_line(c, &line) || !elements(c, line, &n))
			return false;
	return true;
}

static bool is_null(struct span line)
{
	return *line.at == '_' || (strchr("$*", *line.at) && line.len > 1 && line.at[1] == '-');
}

/* Of what nobody asked for: "message" and its like. */
static bool is_message(const struct state *state, struct span line, struct cursor rest)
{
	struct span kind;

	return *line.at == '>' || (state->listens && *line.at == '*' && read_bulk(&rest, &kind) &&
				   span_among(kind, "message pmessage smessage"));
}

static void answer(struct talk *t)
{
	struct cursor c = cursor_of(t->piece);
	struct span line;

	while (cursor_left(&c)) {
		bool whole = cursor_line(&c, &line);
		struct span rest, word;

		/* An error's first word is enough. */
		if (!line.len || (!whole && *line.at != '-') || !is_line_of(line))
			return;
		rest = (struct span){line.at + 1, line.len - 1};
		word = span_word(&rest);
		if (!whole && !rest.len)
			return;
		if (*line.at == '-')
			tell_answer(t, word, true);
		else if (!is_message(t->state, line, c))
			tell_answer(t, is_null(line) ? span_of("nil") : span_of("OK"), *line.at == '!');
		if (!whole || !skip_reply(&c, line))
			return;
	}
}

const struct parser parser_redis = {.request_fits = request_fits,
				    .answer_fits = answer_fits,
				    .request = request,
				    .answer = answer,
				    .streams = true,
				    .state_size = sizeof(struct state)};
