/* What listeners are to each other: how evenly SO_REUSEPORT listeners of one address and port are served: the kernel
 * spreads connections over them by a hash, and one whose program is stuck keeps what it was given. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "listeners_private.h"

#define ENOUGH 8 /* for each listener, on average: of fewer, chance alone makes one twice another */

/* All listeners of an address and port, or of a namespace. */
struct siblings {
	u32 count;
	u64 accepted, waiting; /* in the window; now */
};

struct comparison {
	struct idmap ids; /* by siblings_key() → index */
	struct siblings *at;
	u32 count;
};

static const struct row *row_of(const struct model *m, const struct kept_listener *k)
{
	u32 i = model_find(m, k->l.r.id);
	const struct row *r = i == IDMAP_NONE ? NULL : model_row(m, i);

	return r && !r->closed ? r : NULL;
}

/* Never that of siblings: their hash is odd. */
static u64 namespace_key(const struct row *r)
{
	return idmap_hash(r->s.netns) << 1;
}

static u64 siblings_key(const struct row *r)
{
	u64 half[2], h = (u64)r->s.netns << 32 | (u64)r->s.lport << 16 | (u64)r->s.family << 8 | r->s.proto;

	memcpy(half, r->s.laddr, sizeof(half));
	return idmap_hash(idmap_mix(idmap_mix(h, half[0]), half[1])) | 1;
}

static u64 accepted_lately(const struct kept_listener *k)
{
	return k->last.ns ? k->last.n - k->far.n : 0;
}

static void add(struct comparison *c, u64 key, const struct kept_listener *k)
{
	u32 i = idmap_get(&c->ids, key);

	if (i == IDMAP_NONE) {
		if (idmap_set(&c->ids, key, c->count) < 0)
			return;
		i = c->count++;
	}
	c->at[i].count++;
	c->at[i].accepted += accepted_lately(k);
	c->at[i].waiting += k->l.r.accept_queue;
}

static float skew(const struct siblings *s, const struct kept_listener *k)
{
	if (s->count < 2)
		return NAN;
	if (s->accepted >= (u64)ENOUGH * s->count)
		return (float)((double)accepted_lately(k) * s->count / (double)s->accepted);
	if (s->waiting >= (u64)ENOUGH * s->count)
		return (float)((double)k->l.r.accept_queue * s->count / (double)s->waiting);
	return NAN;
}

static const struct siblings *find(const struct comparison *c, u64 key)
{
	u32 i = idmap_get(&c->ids, key);

	return i == IDMAP_NONE ? NULL : &c->at[i];
}

static void compare(const struct model *m, const struct comparison *c, struct kept_listener *k)
{
	const struct row *r = row_of(m, k);
	const struct siblings *others = r ? find(c, namespace_key(r)) : NULL;

	k->l.alone = others && others->count == 1;
	others = r && r->s.flags & SOCKET_REUSEPORT ? find(c, siblings_key(r)) : NULL;
	k->l.skew = others ? skew(others, k) : NAN;
}

void listeners_compare(struct model *m)
{
	struct listeners *all = m->listeners;
	struct comparison c = {.at = calloc(2 * (size_t)all->count + 1, sizeof(*c.at))};

	for (u32 i = 0; c.at && i < all->count; i++) {
		const struct row *r = row_of(m, all->at[i]);

		if (r)
			add(&c, namespace_key(r), all->at[i]);
		if (r && r->s.flags & SOCKET_REUSEPORT)
			add(&c, siblings_key(r), all->at[i]);
	}
	for (u32 i = 0; i < all->count; i++)
		compare(m, &c, all->at[i]);
	free(c.at);
	idmap_deinit(&c.ids);
}
