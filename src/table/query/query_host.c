/* ss's host syntax, [FAMILY:]ADDRESS[/PREFIX][:PORT], its ports and its devices. Names are looked up among the
 * services, never in the DNS: a filter must not wait for the network. */
#include "query_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "named.h"
#include "nss.h"

/* Takes "inet:" and its like from the front of the word. */
static u8 take_family(char **s)
{
	static const struct {
		const char *prefix;
		u8 family;
	} families[] = {{"inet:", FAMILY_INET},  {"inet6:", FAMILY_INET6},   {"unix:", FAMILY_OTHER},
			{"link:", FAMILY_OTHER}, {"netlink:", FAMILY_OTHER}, {"vsock:", FAMILY_OTHER},
			{"tipc:", FAMILY_OTHER}, {"xdp:", FAMILY_OTHER}};

	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		size_t n = strlen(families[i].prefix);

		if (strncmp(*s, families[i].prefix, n) == 0) {
			*s += n;
			return families[i].family;
		}
	}
	/* ss -x accepts a path, which has no family in front. */
	return **s == '/' || **s == '@' ? FAMILY_OTHER : FAMILY_ANY;
}

static bool parse_long(const char *s, long *value)
{
	char *end;

	errno = 0;
	*value = strtol(s, &end, 0);
	return end != s && !*end && !errno;
}

/* The services that filters name most, for machines without /etc/services. */
static long common_port(const char *name)
{
	static const struct {
		const char *name;
		long port;
	} services[] = {{"ssh", 22},  {"smtp", 25},  {"domain", 53}, {"http", 80},
			{"ntp", 123}, {"snmp", 161}, {"https", 443}};
	size_t i = named_find(&services[0].name, sizeof(services[0]), ARRAY_SIZE(services), name);

	return i < ARRAY_SIZE(services) ? services[i].port : PORT_ANY;
}

/* A number, a service or "*". offset: where s stands in the text. */
static bool parse_port(struct parser *p, const char *s, size_t offset, long *port)
{
	long tcp, udp;

	*port = PORT_ANY;
	if (!*s || strcmp(s, "*") == 0 || parse_long(s, port))
		return true;
	tcp = nss_service_port(s, "tcp");
	udp = nss_service_port(s, "udp");
	if (tcp != PORT_ANY && udp != PORT_ANY && tcp != udp) {
		parser_fail(p, offset, "service '%.40s' is port %ld for tcp and %ld for udp: give the number", s, tcp,
			    udp);
		return false;
	}
	*port = tcp != PORT_ANY ? tcp : udp != PORT_ANY ? udp : common_port(s);
	if (*port == PORT_ANY)
		parser_fail(p, offset, "'%.40s' is neither a port number nor a known service", s);
	return *port != PORT_ANY;
}

/* IPv4 as ss takes it: one to four parts, missing ones are 0, each in decimal, 0x or 0 notation. */
static bool parse_v4(const char *s, u8 *address)
{
	memset(address, 0, 4);
	for (unsigned i = 0; i < 4; i++) {
		char *end;
		unsigned long n;

		if (*s < '0' || *s > '9')
			return false;
		n = strtoul(s, &end, 0);
		if (n > 255)
			return false;
		address[i] = (u8)n;
		if (!*end)
			return true;
		if (*end != '.')
			return false;
		s = end + 1;
	}
	return false;
}

/* The length of a prefix, or a netmask such as 255.255.255.0. */
static bool parse_bits(const char *s, unsigned most, u8 *bits)
{
	u8 mask[4];
	uint32_t m;
	long n;

	if (parse_long(s, &n)) {
		*bits = (u8)n;
		return n >= 0 && n <= (long)most;
	}
	if (most != 32 || !parse_v4(s, mask))
		return false;
	m = (uint32_t)mask[0] << 24 | (uint32_t)mask[1] << 16 | (uint32_t)mask[2] << 8 | mask[3];
	*bits = (u8)__builtin_popcount(m);
	/* Ones first, then zeros: the inverse plus one is a power of two. */
	return (~m & (~m + 1)) == 0;
}

static bool parse_address(char *s, struct host *h)
{
	char *slash;

	if (!*s || strcmp(s, "*") == 0 || strcmp(s, "any") == 0 || strcmp(s, "all") == 0 || strcmp(s, "default") == 0)
		return true;
	slash = strchr(s, '/');
	if (slash)
		*slash = '\0';
	if (strchr(s, ':') ? h->family != FAMILY_INET && inet_pton(AF_INET6, s, h->address) == 1
			   : h->family != FAMILY_INET6 && parse_v4(s, h->address))
		h->version = strchr(s, ':') ? 6 : 4;
	if (slash)
		*slash = '/';
	if (!h->version)
		return false;
	h->bits = h->version == 6 ? 128 : 32;
	return !slash || parse_bits(slash + 1, h->bits, &h->bits);
}

/* Splits the word into address and port; "" if one is missing. */
static bool split(char *s, char **address, char **port)
{
	char *slash = strchr(s, '/'), *end;

	*address = s;
	if (*s == '[') {
		end = strchr(s, ']');
		if (!end)
			return false;
		*address = s + 1;
		if (end[1] == '/') {
			/* [2001:db8::]/32:443: the prefix belongs to the address. */
			memmove(end, end + 1, strlen(end));
			end += strcspn(end, ":");
		} else {
			*end++ = '\0';
		}
	} else if (*s == '*') {
		*address = s + strlen(s);
		end = s + 1;
	} else {
		end = strrchr(slash ? slash : s, ':');
		if (!end)
			end = s + strlen(s);
	}
	*port = *end == ':' ? end + 1 : end;
	if (*end == ':')
		*end = '\0';
	return true;
}

static bool host_read(struct parser *p, struct host *h, char *word)
{
	char whole[INET6_ADDRSTRLEN + sizeof("/128")] = "", *address, *port;
	struct host plain = *h, bare = *h;

	if (strlen(word) < sizeof(whole))
		strcpy(whole, word);
	if (!split(word, &address, &port)) {
		parser_fail(p, p->operand_at, "no closing ]");
		return false;
	}
	if (parse_address(address, &plain)) {
		*h = plain;
		return parse_port(p, port, p->operand_at, &h->port);
	}
	/* "::1" without brackets: ss takes the last colon for the port's, which leaves no address. */
	if (*whole && parse_address(whole, &bare)) {
		*h = bare;
		return true;
	}
	parser_fail(p, p->operand_at, "'%.60s' is not an address or prefix; host names are not looked up", address);
	return false;
}

struct node *parse_host(struct parser *p, const struct column *c, enum query_op op)
{
	struct host h = {.port = PORT_ANY};
	bool port_only = c->unit == UNIT_PORT;
	struct node *n;
	char *word = p->operand;

	if (!parser_operand(p, OPERAND_PLAIN))
		return NULL;
	h.family = take_family(&word);
	/* A socket of another family has no row: the predicate is valid and never true. */
	if (h.family == FAMILY_OTHER)
		;
	else if (port_only) {
		if (!parse_port(p, *word == ':' ? word + 1 : word, p->operand_at, &h.port))
			return NULL;
	} else if (!host_read(p, &h, word)) {
		return NULL;
	}
	n = column_node(p, port_only ? NODE_PORT : NODE_HOST, c);
	if (!n)
		return NULL;
	n->host = h;
	if (port_only && h.family == FAMILY_ANY && h.port != PORT_ANY) { /* a number like any other, and faster */
		n->kind = NODE_NUMBER;
		n->number = (double)h.port;
	}
	n->op = op == OP_NE || op == OP_NONE ? OP_EQ : op;
	return node_negate(p, n, op == OP_NE);
}

struct node *parse_device(struct parser *p, const struct column *c, enum query_op op)
{
	struct node *n;
	long index;

	if (!parser_operand(p, OPERAND_PLAIN))
		return NULL;
	n = column_node(p, NODE_DEVICE, c);
	if (!n)
		return NULL;
	n->integer = parse_long(p->operand, &index) && index >= 0 && index <= (long)UINT_MAX ? (u64)index : UINT64_MAX;
	n->text = strdup(p->operand);
	if (!n->text) {
		p->no_memory = true;
		node_free(n);
		return parser_fail(p, p->operand_at, "out of memory");
	}
	return node_negate(p, n, op == OP_NE);
}
