/* PostgreSQL (protocol 3.0): statements, simple and extended; the SQLSTATE of errors. */
#include "sql.h"

#define STARTUP 196608  /* 3.0 */
#define CANCEL 80877102 /* these three are no versions: pqcomm.h */
#define TLS 80877103
#define GSS 80877104
#define MESSAGE_MAX (1U << 30)

struct state {
	struct statements prepared; /* by the hash of their names */
	bool encrypts;              /* asked for TLS: the answer is one byte */
	bool simple;                /* what is waited for is the answer to Query, whatever it says and how often */
	bool open;                  /* the answer's beginning was told, not seen its end */
};

struct message {
	u8 type;
	struct cursor body; /* what there is of it */
	bool whole;
};

/* Passes over a message. false: none begins here. */
static bool next_message(struct cursor *c, struct message *m)
{
	u32 len, left;

	m->type = (u8)cursor_be(c, 1);
	len = (u32)cursor_be(c, 4);
	if (c->failed || len < 4 || len > MESSAGE_MAX)
		return false;
	left = (u32)MIN(len - 4, cursor_left(c));
	m->body = (struct cursor){c->at, c->at + left, false};
	m->whole = left == len - 4;
	c->at += left;
	return true;
}

/* A text that a NUL ends. */
static struct span text(struct cursor *c, bool *whole)
{
	const u8 *nul = cursor_left(c) ? memchr(c->at, 0, cursor_left(c)) : NULL;
	struct span s = {(const char *)c->at, (size_t)((nul ? nul : c->end) - c->at)};

	*whole = nul != NULL;
	c->at = nul ? nul + 1 : c->end;
	return s;
}

/* What precedes the first message has no type: its length, and a version. 0: it has one. */
static u32 startup_code(const struct piece *p)
{
	struct cursor c = cursor_of(p);
	u32 len = (u32)cursor_be(&c, 4), code = (u32)cursor_be(&c, 4);

	if (c.failed || len < 8 || len > 10000 || (len > p->len && !p->cut))
		return 0;
	return code == STARTUP || ((code == TLS || code == GSS) && len == 8) || (code == CANCEL && len == 16) ? code
													      : 0;
}

static enum fit request_fits(const struct piece *p)
{
	struct cursor c = cursor_of(p);
	struct message m;
	struct span s;
	bool whole;

	if (startup_code(p))
		return FIT_SURE;
	if (!next_message(&c, &m) || !strchr("QPBpEDCSH", m.type) || !m.type || (!m.whole && !p->cut))
		return FIT_NO;
	if (m.type == 'Q') {
		s = text(&m.body, &whole);
		return (whole ? !cursor_left(&m.body) : p->cut) && s.len && (u8)*s.at >= '\t' ? FIT_SURE : FIT_NO;
	}
	if (m.type == 'P' || m.type == 'B') {
		text(&m.body, &whole);
		s = text(&m.body, &whole);
		return m.type == 'P' && s.len && (u8)*s.at >= '\t' ? FIT_SURE : whole ? FIT_MAYBE : FIT_NO;
	}
	return FIT_NO;
}

/* -- requests ------------------------------------------------------------------------------------------------------ */

/* What is asked for up to a Sync. */
struct group {
	const struct statement *parsed, *bound;
	bool named, executed;
	bool any_bound; /* to a statement that may be unknown */
};

static u64 key_of(struct span name)
{
	u64 h = 0xcbf29ce484222325ULL; /* FNV-1a */

	for (size_t i = 0; i < name.len; i++)
		h = (h ^ (u8)name.at[i]) * 0x100000001b3ULL;
	return h;
}

static void parse(struct state *s, struct group *g, struct cursor c)
{
	bool named_whole, whole;
	struct span name = text(&c, &named_whole), sql;
	struct statement one;

	if (!named_whole)
		return;
	sql = text(&c, &whole);
	one = sql_statement(sql, !whole, SQL_POSTGRES);
	statements_put(&s->prepared, key_of(name), &one);
	g->parsed = statements_get(&s->prepared, key_of(name));
	g->named = name.len > 0;
}

static void bind(const struct state *s, struct group *g, struct cursor c)
{
	bool whole;
	struct span name;

	text(&c, &whole);
	name = text(&c, &whole);
	if (!whole)
		return;
	g->bound = statements_get(&s->prepared, key_of(name));
	g->any_bound = true;
}

/* cut: what follows is not known. A statement with a name may only be prepared for later. */
static void end_group(struct talk *t, struct group *g, bool cut)
{
	if (g->any_bound && !g->executed && cut)
		statement_tell(t, g->bound ? "" : "EXECUTE", g->bound);
	else if (g->parsed && !g->executed && !g->any_bound && !g->named)
		statement_tell(t, "", g->parsed);
	else if (g->parsed && !g->executed && !g->any_bound && !cut)
		statement_tell(t, "PREPARE ", g->parsed);
	*g = (struct group){};
}

static void start(struct talk *t, u32 code)
{
	struct state *s = t->state;
	struct statement one = {.name = "connect", .shown = "connect"};

	s->encrypts = code == TLS || code == GSS;
	if (code == STARTUP)
		statement_tell(t, "", &one);
}

static void request(struct talk *t)
{
	struct cursor c = cursor_of(t->piece);
	struct state *s = t->state;
	struct group g = {};
	struct message m;
	struct statement one;
	bool whole;

	if (startup_code(t->piece)) {
		start(t, startup_code(t->piece));
		return;
	}
	while (cursor_left(&c) && next_message(&c, &m)) {
		if (m.type && strchr("QPBE", m.type))
			s->open = false;
		if (m.type == 'Q') {
			struct span sql = text(&m.body, &whole);

			one = sql_statement(sql, !whole, SQL_POSTGRES);
			statement_tell(t, "", &one);
			s->simple = true;
		} else if (m.type == 'P') {
			parse(s, &g, m.body);
		} else if (m.type == 'B') {
			bind(s, &g, m.body);
		} else if (m.type == 'E') {
			statement_tell(t, g.bound ? "" : "EXECUTE", g.bound);
			g.executed = true;
			s->simple = false;
		} else if (m.type == 'S' || m.type == 'H') {
			s->simple = false;
			end_group(t, &g, false);
		}
		if (!m.whole)
			break;
	}
	end_group(t, &g, true);
}

/* -- answers ------------------------------------------------------------------------------------------------------- */

static bool answer_is_sane(const struct message *m)
{
	u32 len = (u32)cursor_left(&m->body);
	const u8 *b = m->body.at;

	switch (m->type) {
	case 'R': return len >= 4 && !b[0] && !b[1] && !b[2] && b[3] <= 12;
	case 'Z': return len == 1 && *b && strchr("ITE", *b);
	case 'E':
	case 'N': return len && (*b == 'S' || *b == 'V');
	case '1':
	case '2':
	case '3':
	case 'I':
	case 'n':
	case 's': return !len;
	case 'C': return len > 1 && *b >= 'A' && *b <= 'Z';
	case 'D':
	case 'T':
	case 't': return len >= 2;
	case 'S': return len > 3 && (*b | 32) >= 'a' && (*b | 32) <= 'z'; /* client_encoding, DateStyle */
	case 'K': return len == 8;
	default: return m->type && strchr("AGHWcdvV", m->type);
	}
}

static enum fit answer_fits(const struct piece *p)
{
	struct cursor c = cursor_of(p);
	struct message m;
	unsigned sane = 0;

	if (p->len == 1)
		return strchr("SNG", *p->data) && *p->data ? FIT_MAYBE : FIT_NO;
	while (cursor_left(&c) && next_message(&c, &m)) {
		if (m.whole ? !answer_is_sane(&m) : !p->cut)
			return FIT_NO;
		sane += m.whole || cursor_left(&m.body) > 8;
	}
	return sane ? FIT_MAYBE : FIT_NO;
}

/* The field C of an error: its SQLSTATE. */
static struct span sqlstate(struct cursor c)
{
	struct span field;
	bool whole = true;

	while (cursor_left(&c) && *c.at && whole) {
		field = text(&c, &whole);
		if (*field.at == 'C' && whole)
			return (struct span){field.at + 1, field.len - 1};
	}
	return (struct span){};
}

/* What was seen of a result up to its end, or to that of the piece. */
struct result {
	bool begun, prepared;
	unsigned told;
	struct span error;
};

static void end_result(struct talk *t, struct result *r)
{
	struct state *s = t->state;

	if (!s->open || r->error.len)
		tell_answer(t, r->error.len ? r->error : span_of("OK"), r->error.len > 0);
	s->open = s->simple;
	r->begun = false;
	r->told++;
}

/* The answer to Query has as many results as it has statements. */
static void take_message(struct talk *t, const struct message *m, struct result *r)
{
	struct state *s = t->state;

	switch (m->type) {
	case 'T':
	case 'D':
	case 'G':
	case 'H': r->begun = true; break;
	case '1':
	case '2':
	case '3': r->prepared = true; break;
	case 'E':
		r->error = sqlstate(m->body);
		if (r->error.len)
			end_result(t, r);
		break;
	case 'C':
	case 'I':
	case 's': r->begun = true; break;
	default: break;
	}
	if (m->type && strchr("CIs", m->type) && !s->simple)
		end_result(t, r);
	if (m->type == 'R' && cursor_be(&(struct cursor){m->body.at, m->body.end, false}, 4) == 0)
		end_result(t, r);
	if (m->type != 'Z')
		return;
	if (r->begun || (r->prepared && !r->told))
		end_result(t, r);
	*r = (struct result){};
	s->open = false;
}

static void answer(struct talk *t)
{
	struct cursor c = cursor_of(t->piece);
	struct state *s = t->state;
	struct result r = {};
	struct message m;

	if (s->encrypts && t->piece->len == 1) {
		s->encrypts = false;
		if (*t->piece->data != 'N')
			conversation_restart(t->conversation);
		return;
	}
	while (cursor_left(&c) && next_message(&c, &m))
		take_message(t, &m, &r);
	if (r.begun)
		end_result(t, &r);
}

static void state_free(void *state)
{
	struct state *s = state;

	statements_free(&s->prepared);
}

const struct parser parser_postgres = {.request_fits = request_fits,
				       .answer_fits = answer_fits,
				       .request = request,
				       .answer = answer,
				       .streams = true,
				       .state_size = sizeof(struct state),
				       .state_free = state_free};
