/* Looks up addresses: first among the kernel's own functions, which are kept, then in /proc/kallsyms, all that are
 * wanted in one reading. */
#include "symbols.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"

#define REACH (1U << 20) /* no function is longer: an address further behind a symbol does not belong to it */

/* A wanted address, and the nearest symbol at or below it so far. */
struct match {
	u64 address;
	u64 start; /* 0: none */
	char name[RECORD_NAME_LEN - 32];
};

void symbols_deinit(struct symbols *s)
{
	idmap_deinit(&s->known);
	free(s->own.symbols);
	buf_deinit(&s->own.text);
	free(s->wanted);
}

void symbols_want(struct symbols *s, u64 address)
{
	if (!address || s->known.used >= SYMBOLS_MAX || idmap_get(&s->known, address) != IDMAP_NONE)
		return;
	if (array_append(&s->wanted, &s->wanted_cap, s->wanted_count, sizeof(*s->wanted)) < 0)
		return;
	if (idmap_set(&s->known, address, SYMBOL_UNNAMED) == 0)
		s->wanted[s->wanted_count++] = address;
}

enum symbol_kind symbols_kind(const struct symbols *s, u64 address)
{
	u32 kind = address ? idmap_get(&s->known, address) : IDMAP_NONE;

	return kind == IDMAP_NONE ? SYMBOL_UNNAMED : (enum symbol_kind)kind;
}

static enum symbol_kind kind_of(const char *name)
{
	static const struct {
		const char *function;
		enum symbol_kind kind;
	} kinds[] = {
	    /* What is left in queues when a socket or a device ends. */
	    {"sk_stream_kill_queues", SYMBOL_NO_LOSS},
	    {"udp_destruct_common", SYMBOL_NO_LOSS},
	    {"udp_destruct_sock", SYMBOL_NO_LOSS},
	    {"inet_sock_destruct", SYMBOL_NO_LOSS},
	    {"skb_queue_purge", SYMBOL_NO_LOSS},
	    {"skb_queue_purge_reason", SYMBOL_NO_LOSS},
	    {"__skb_queue_purge", SYMBOL_NO_LOSS},
	    {"__skb_queue_purge_reason", SYMBOL_NO_LOSS},
	    {"skb_rbtree_purge", SYMBOL_NO_LOSS},
	    {"tcp_disconnect", SYMBOL_NO_LOSS},
	    {"tcp_write_queue_purge", SYMBOL_NO_LOSS},
	    /* Packet sockets' copies of packets that go on. */
	    {"packet_rcv", SYMBOL_NO_LOSS},
	    {"tpacket_rcv", SYMBOL_NO_LOSS},
	    {"tcp_v4_rcv", SYMBOL_TCP_ENTRY},
	    {"tcp_v6_rcv", SYMBOL_TCP_ENTRY},
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(name, kinds[i].function) == 0)
			return kinds[i].kind;
	return SYMBOL_FUNCTION;
}

static int by_address(const void *a, const void *b)
{
	const struct match *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

/* The first element of the sorted array whose address is not below `address`. Every element begins with its address. */
static u32 lower_bound(const void *at, size_t size, u32 count, u64 address)
{
	u32 begin = 0;

	while (begin < count) {
		u32 middle = begin + (count - begin) / 2;

		if (*(const u64 *)((const u8 *)at + middle * size) < address)
			begin = middle + 1;
		else
			count = middle;
	}
	return begin;
}

_Static_assert(offsetof(struct match, address) == 0 && offsetof(struct own_symbol, start) == 0,
	       "lower_bound() reads it there");

/* A return address lies after its call: if the call is a function's last instruction, in the next function. So a symbol
 * must begin below the address. */
static void offer(struct match *at, u32 count, u64 start, const char *name)
{
	for (u32 i = lower_bound(at, sizeof(*at), count, start + 1); i < count && at[i].address - start < REACH; i++) {
		if (start <= at[i].start)
			continue;
		at[i].start = start;
		snprintf(at[i].name, sizeof(at[i].name), "%s", name);
	}
}

static void own_add(struct own_symbols *own, u64 start, const char *name)
{
	u32 at = (u32)buf_len(&own->text);

	buf_put(&own->text, name, strlen(name) + 1);
	if (own->text.failed || array_append(&own->symbols, &own->cap, own->count, sizeof(*own->symbols)) < 0)
		own->failed = true;
	else
		own->symbols[own->count++] = (struct own_symbol){.start = start, .name = at};
}

/* Of several names for one function the first in the file comes first. */
static int own_order(const void *a, const void *b)
{
	const struct own_symbol *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->name < y->name ? -1 : x->name > y->name;
}

/* Called when all are there. After a failed allocation they cannot be used: a missing function's addresses would be
 * taken for its predecessor's. */
static void own_finish(struct own_symbols *own)
{
	if (own->failed)
		own->count = 0;
	/* qsort() must not be called with NULL, not even for no elements */
	if (own->count)
		qsort(own->symbols, own->count, sizeof(*own->symbols), own_order);
}

/* Finds the kernel's own function that an address lies in; false: there is none. */
static bool own_find(const struct own_symbols *own, struct match *m)
{
	u32 begin = lower_bound(own->symbols, sizeof(*own->symbols), own->count, m->address);

	/* The predecessor has it; of several names for one function take the first. */
	while (begin > 1 && own->symbols[begin - 2].start == own->symbols[begin - 1].start)
		begin--;
	if (begin == 0 || m->address - own->symbols[begin - 1].start >= REACH)
		return false;
	m->start = own->symbols[begin - 1].start;
	snprintf(m->name, sizeof(m->name), "%s", (const char *)buf_at(&own->text) + own->symbols[begin - 1].name);
	return true;
}

/* "ffffffff81000000 T name\t[module]". Symbols of no module are kept in own, unless that is NULL. */
static void read_symbols(FILE *f, struct match *at, u32 count, struct own_symbols *own)
{
	char line[512];

	while (fgets(line, sizeof(line), f)) {
		char *end;
		u64 start = strtoull(line, &end, 16);

		if (!start || end[0] != ' ' || !strchr("tTwW", end[1]) || !end[1] || end[2] != ' ')
			continue;
		end += 3;
		end[strcspn(end, "\n")] = '\0';
		offer(at, count, start, end);
		if (own && !strchr(end, '\t'))
			own_add(own, start, end);
	}
	if (own)
		own_finish(own);
}

static void report(struct symbols *s, const struct match *m,
		   void (*found)(void *context, u64 address, const char *text), void *context)
{
	char text[RECORD_NAME_LEN], function[sizeof(m->name)];
	size_t len = strcspn(m->name, "\t");
	const char *module = m->name[len] ? m->name + len + 1 : NULL;

	if (!m->start)
		return;
	snprintf(function, sizeof(function), "%.*s", (int)len, m->name);
	snprintf(text, sizeof(text), "%s+0x%llx%s%s", function, (unsigned long long)(m->address - m->start),
		 module ? " " : "", module ? module : "");
	(void)!idmap_set(&s->known, m->address, kind_of(function));
	found(context, m->address, text);
}

/* Resolves what lies in the kernel's own functions, and removes it from the wanted. */
static void resolve_own(struct symbols *s, void (*found)(void *context, u64 address, const char *text), void *context)
{
	u32 left = 0;

	for (u32 i = 0; i < s->wanted_count; i++) {
		struct match m = {.address = s->wanted[i]};

		if (own_find(&s->own, &m))
			report(s, &m, found, context);
		else
			s->wanted[left++] = m.address;
	}
	s->wanted_count = left;
}

/* Resolves the rest from the file. */
static void resolve_in(struct symbols *s, FILE *kallsyms, void (*found)(void *context, u64 address, const char *text),
		       void *context)
{
	u32 count = s->wanted_count;
	cleanup_free struct match *at = count ? calloc(count, sizeof(*at)) : NULL;

	s->wanted_count = 0;
	if (!at)
		return;
	for (u32 i = 0; i < count; i++)
		at[i].address = s->wanted[i];
	qsort(at, count, sizeof(*at), by_address);
	read_symbols(kallsyms, at, count, s->own.count || s->own.failed ? NULL : &s->own);
	for (u32 i = 0; i < count; i++)
		report(s, &at[i], found, context);
}

void symbols_resolve_from(struct symbols *s, FILE *kallsyms,
			  void (*found)(void *context, u64 address, const char *text), void *context)
{
	resolve_own(s, found, context);
	resolve_in(s, kallsyms, found, context);
}

void symbols_resolve(struct symbols *s, void (*found)(void *context, u64 address, const char *text), void *context)
{
	cleanup_fclose FILE *f = NULL;

	resolve_own(s, found, context);
	f = s->wanted_count ? fopen("/proc/kallsyms", "re") : NULL;
	if (f)
		resolve_in(s, f, found, context);
}
