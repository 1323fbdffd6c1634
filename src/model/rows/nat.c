/* Where addresses are translated between two ends within the machine: what each end has to have. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "array.h"
#include "rows_private.h"

#define NAT_MAX 65536         /* connections of all namespaces */
#define SEVERAL (2 * NAT_MAX) /* more than one is said of these ends: nothing is known */

void nat_deinit(struct nat *n)
{
	idmap_deinit(&n->ends);
	free(n->at);
	*n = (struct nat){};
}

void nat_forget(struct model *m, u32 space)
{
	struct nat *n = &m->nat;
	u32 kept = 0;

	for (u32 i = 0; i < n->count; i++)
		if (n->at[i].space != space)
			n->at[kept++] = n->at[i];
	n->found &= n->count == kept;
	n->count = kept;
}

int take_nat(struct model *m, const struct record_nat *r)
{
	struct nat *n = &m->nat;

	if (r->index == 0)
		nat_forget(m, r->space);
	if (!r->count || n->count == NAT_MAX)
		return 0;
	n->found = false;
	if (array_append(&n->at, &n->cap, n->count, sizeof(*n->at)) < 0)
		return -ENOMEM;
	n->at[n->count++] = *r;
	return 0;
}

/* -- by the ends of a socket --------------------------------------------------------------------------------------- */

/* What sends it: its own end first. */
static u64 ends_key(const struct record_socket *s)
{
	return idmap_hash(idmap_mix(address_hash(s->laddr, s->lport), address_hash(s->raddr, s->rport)) + s->proto) | 1;
}

/* The ends of the socket that has opened the connection, or of the one that has accepted it. */
static void set_ends(struct record_socket *s, const struct record_nat *r, bool accepted)
{
	memcpy(s->laddr, accepted ? r->new_dst : r->src, 16);
	memcpy(s->raddr, accepted ? r->new_src : r->dst, 16);
	s->lport = accepted ? r->new_dport : r->sport;
	s->rport = accepted ? r->new_sport : r->dport;
	s->proto = r->proto;
	s->family = r->family;
}

static int find_all(struct nat *n)
{
	idmap_clear(&n->ends);
	for (u32 i = 0; i < 2 * n->count; i++) {
		struct record_socket s = {};
		u64 key;

		set_ends(&s, &n->at[i / 2], i % 2);
		key = ends_key(&s);
		if (idmap_set(&n->ends, key, idmap_get(&n->ends, key) == IDMAP_NONE ? i : SEVERAL) < 0)
			return -ENOMEM;
	}
	n->found = true;
	return 0;
}

bool nat_other_end(struct nat *n, const struct record_socket *s, struct record_socket *other)
{
	u32 i;

	if (!n->count || (!n->found && find_all(n) < 0))
		return false;
	i = idmap_get(&n->ends, ends_key(s));
	if (i >= 2 * n->count)
		return false;
	set_ends(other, &n->at[i / 2], i % 2);
	/* Two that have the same hash. */
	if (!socket_same_ends(other, s) || other->family != s->family)
		return false;
	set_ends(other, &n->at[i / 2], !(i % 2));
	return true;
}
