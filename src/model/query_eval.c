/* A compiled filter over a row, in Kleene's three-valued logic: what is not known stays unknown through every
 * operator. Numbers, words and addresses are read where they lie; only a pattern over an address makes text of it. */
#include "query_private.h"

#include <string.h>

/* The kernel's default net.ipv4.ip_local_port_range. */
#define EPHEMERAL_FIRST 32768
#define EPHEMERAL_LAST 60999

static enum truth truth(bool b)
{
	return b ? TRUE_ : FALSE_;
}

static enum truth compare(enum query_op op, double a, double b)
{
	switch (op) {
	case OP_LT: return truth(a < b);
	case OP_LE: return truth(a <= b);
	case OP_GT: return truth(a > b);
	case OP_GE: return truth(a >= b);
	default: return truth(a == b);
	}
}

static bool prefix_match(const u8 *address, const u8 *prefix, unsigned bits)
{
	unsigned bytes = bits / 8, rest = bits % 8;

	if (memcmp(address, prefix, bytes) != 0)
		return false;
	return !rest || ((address[bytes] ^ prefix[bytes]) >> (8 - rest)) == 0;
}

/* An AF_INET6 socket with IPv4 addresses is matched by an IPv4 prefix and by one under ::ffff:0:0/96. */
static bool address_match(const struct host *h, const struct row *r, const u8 *address)
{
	u8 mapped[16] = {[10] = 0xff, [11] = 0xff};

	if (!h->version)
		return true;
	if (h->version == 4)
		return r->s.family == 4 && prefix_match(address, h->address, h->bits);
	if (r->s.family == 6)
		return prefix_match(address, h->address, h->bits);
	if (!r->s.is_mapped)
		return false;
	memcpy(mapped + 12, address, 4);
	return prefix_match(mapped, h->address, h->bits);
}

static bool family_match(const struct host *h, const struct row *r)
{
	bool inet6 = r->s.family == 6 || r->s.is_mapped;

	return h->family == FAMILY_ANY || (h->family != FAMILY_OTHER && inet6 == (h->family == FAMILY_INET6));
}

/* Listeners and sockets that were never connected have no remote end, which the kernel tells ss as zeros. In any other
 * state a remote end that is missing is one that we were not told. */
static bool is_unconnected(const struct row *r)
{
	return !(r->s.has & HAS_REMOTE) && (r->s.state == STATE_LISTEN || r->s.state == STATE_CLOSE);
}

static enum truth eval_host(const struct node *n, const struct row *r)
{
	static const u8 nowhere[16];
	const struct host *h = &n->host;
	const u8 *address = h->remote ? r->s.raddr : r->s.laddr;
	long port = h->remote ? r->s.rport : r->s.lport;

	if (!family_match(h, r))
		return FALSE_;
	if (h->remote && h->as_ss && is_unconnected(r)) {
		address = nowhere;
		port = 0;
	} else if (h->remote && !(r->s.has & HAS_REMOTE)) {
		return UNKNOWN_;
	}
	if (n->kind == NODE_PORT) {
		if (n->op == OP_EQ && h->port == PORT_ANY)
			return TRUE_;
		return compare(n->op, (double)port, (double)h->port);
	}
	if (h->port != PORT_ANY && h->port != port)
		return FALSE_;
	return truth(address_match(h, r, address));
}

static enum truth eval_state(const struct node *n, const struct row *r)
{
	if (r->closed)
		return truth(n->set & QUERY_STATE_ENDED);
	if (r->s.state == STATE_UNKNOWN || r->s.state >= STATE_COUNT)
		return UNKNOWN_;
	return truth(n->set & 1U << r->s.state);
}

/* A socket that is bound to no device is known to be so: dev != eth0 shows it, as ss does. */
static enum truth eval_dev(const struct node *n, const struct model *m, const struct row *r)
{
	const char *name;

	if (n->integer == r->s.ifindex)
		return TRUE_;
	if (!r->s.ifindex)
		return FALSE_;
	name = model_device(m, &r->s);
	if (!name)
		return n->integer != UINT64_MAX ? FALSE_ : UNKNOWN_;
	return truth(glob_match(n->text, name));
}

/* The getters neither format nor allocate: addresses and ids become text only here, for the patterns that want it. */
static enum truth eval_column(const struct node *n, const struct model *m, const struct row *r)
{
	const struct column *c = n->column;
	struct value v;

	if (!c->get(c, m, r, &v))
		return UNKNOWN_;
	switch (n->kind) {
	case NODE_NUMBER: return compare(n->op, v.number, n->number);
	case NODE_ID: return truth(v.integer == n->integer);
	case NODE_WORDS: return truth(v.integer < 32 && (n->set >> v.integer & 1));
	case NODE_TEXT: return truth(strcmp(v.text, n->text) == 0);
	case NODE_GLOB:
	case NODE_REGEX:
		if (c->unit == UNIT_ADDRESS || c->unit == UNIT_ID)
			column_value(c, m, r, &v);
		return truth(pattern_match(n, v.text));
	default: return TRUE_; /* NODE_KNOWN */
	}
}

static enum truth eval_children(const struct node *n, const struct model *m, const struct row *r)
{
	bool all = n->kind == NODE_AND;
	enum truth result = all ? TRUE_ : FALSE_;

	for (const struct node *c = n->child; c; c = c->next) {
		enum truth t = node_eval(c, m, r);

		result = all ? MIN(result, t) : MAX(result, t);
		if (result == (all ? FALSE_ : TRUE_))
			break;
	}
	return result;
}

enum truth node_eval(const struct node *n, const struct model *m, const struct row *r)
{
	switch (n->kind) {
	case NODE_AND:
	case NODE_OR: return eval_children(n, m, r);
	case NODE_NOT: return (enum truth)(TRUE_ - node_eval(n->child, m, r));
	case NODE_HOST:
	case NODE_PORT: return eval_host(n, r);
	case NODE_STATE: return eval_state(n, r);
	case NODE_DEV: return eval_dev(n, m, r);
	case NODE_MARK: return r->info ? truth((r->info->mark & n->mask) == n->integer) : UNKNOWN_;
	case NODE_AUTOBOUND: return truth(r->s.lport >= EPHEMERAL_FIRST && r->s.lport <= EPHEMERAL_LAST);
	case NODE_KNOWN: return eval_column(n, m, r) == UNKNOWN_ ? FALSE_ : TRUE_;
	default: return eval_column(n, m, r);
	}
}
