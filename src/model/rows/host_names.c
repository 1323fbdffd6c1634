/* The names of hosts. Where there are too many, those that were told longest ago are forgotten. What /etc/hosts says of
 * an address goes before what an answer of a name server does, which is how the C library asks. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "array.h"
#include "dns.h"
#include "hostname.h"
#include "rows_private.h"
#include "wanted.h"

/* IPv4: the rest is 0. */
static void normal_address(u8 dst[16], const u8 *address, unsigned family)
{
	memset(dst, 0, 16);
	memcpy(dst, address, family == 6 ? 16 : 4);
}

static u64 id_of(const u8 address[16], unsigned family)
{
	return (address_hash(address, 0) ^ (family == 6)) | 2;
}

static void unlink_host(struct hosts *h, u32 i)
{
	struct host_name *n = &h->at[i];

	*(n->older == IDMAP_NONE ? &h->oldest : &h->at[n->older].newer) = n->newer;
	*(n->newer == IDMAP_NONE ? &h->newest : &h->at[n->newer].older) = n->older;
}

static void link_newest(struct hosts *h, u32 i)
{
	h->at[i].older = h->newest;
	h->at[i].newer = IDMAP_NONE;
	*(h->newest == IDMAP_NONE ? &h->oldest : &h->at[h->newest].newer) = i;
	h->newest = i;
}

/* The place of a new one, linked nowhere; IDMAP_NONE: out of memory. */
static u32 take_place(struct hosts *h)
{
	u32 i = h->oldest;

	if (h->count == MODEL_HOSTS_MAX) {
		unlink_host(h, i);
		idmap_remove(&h->ids, id_of(h->at[i].address, h->at[i].family));
		free(h->at[i].name);
		return i;
	}
	if (!h->count)
		h->oldest = h->newest = IDMAP_NONE;
	if (array_append(&h->at, &h->cap, h->count, sizeof(*h->at)) < 0)
		return IDMAP_NONE;
	return h->count++;
}

static int put(struct hosts *h, const u8 address[16], unsigned family, enum host_from from, const char *text)
{
	u64 id = id_of(address, family);
	u32 i = idmap_get(&h->ids, id);
	char *name = strdup(text);

	if (!name)
		return -ENOMEM;
	if (i != IDMAP_NONE) {
		unlink_host(h, i);
		free(h->at[i].name);
	} else {
		i = take_place(h);
	}
	if (i != IDMAP_NONE)
		h->at[i] = (struct host_name){};
	if (i == IDMAP_NONE || idmap_set(&h->ids, id, i) < 0) {
		free(name);
		return -ENOMEM;
	}
	h->at[i] = (struct host_name){.name = name, .family = (u8)family, .from = (u8)from};
	memcpy(h->at[i].address, address, 16);
	link_newest(h, i);
	return 0;
}

static void forget(struct hosts *h, enum host_from from)
{
	for (u32 i = 0; i < h->count; i++)
		if (h->at[i].from == from)
			h->at[i].from = HOST_UNNAMED;
}

static const struct host_name *find(const struct hosts *h, const u8 *address, unsigned family)
{
	u8 normal[16];
	u32 i;

	normal_address(normal, address, family);
	i = idmap_get(&h->ids, id_of(normal, family));
	if (i == IDMAP_NONE || h->at[i].from == HOST_UNNAMED || h->at[i].family != family ||
	    memcmp(h->at[i].address, normal, sizeof(normal)) != 0)
		return NULL;
	return &h->at[i];
}

/* A name that an address has, unless a better one is known, or it cannot be a name. -ENOMEM. */
static int hosts_put(struct model *m, const u8 *address, unsigned family, enum host_from from, const char *name)
{
	const struct host_name *known = find(&m->hosts, address, family);
	u8 normal[16];

	/* In the file the first one counts, of answers the last. */
	if ((known && (known->from < from || known->from == HOST_FROM_FILE)) || !hostname_is_one(name))
		return 0;
	normal_address(normal, address, family);
	return put(&m->hosts, normal, family, from, name);
}

int take_host(struct model *m, const struct record_host *rec)
{
	char name[sizeof(rec->name) + 1] = "";

	if (rec->from == HOST_UNNAMED || rec->from >= HOST_FROM_COUNT)
		return 0;
	if (rec->family == 0)
		forget(&m->hosts, (enum host_from)rec->from);
	if (rec->family != 4 && rec->family != 6)
		return 0;
	memcpy(name, rec->name, sizeof(rec->name));
	return hosts_put(m, rec->address, rec->family, (enum host_from)rec->from, name);
}

struct answered {
	struct model *m;
	int err;
};

/* Some servers answer with such an address where they do not want to be asked. */
static bool is_nobody(const u8 *address, unsigned family)
{
	static const u8 zero[16];

	return address_is_loopback(address, family) || memcmp(address, zero, family == 6 ? 16 : 4) == 0;
}

static void take_address(void *context, const char *name, const u8 *address, unsigned family)
{
	struct answered *a = context;

	if (!a->err && !is_nobody(address, family))
		a->err = hosts_put(a->m, address, family, HOST_FROM_DNS, name);
}

int take_answer(struct model *m, const struct record_answer *rec)
{
	struct answered a = {.m = m};

	dns_addresses(rec->data, MIN(rec->len, sizeof(rec->data)), take_address, &a);
	return a.err;
}

/* -- who is to be looked up ------------------------------------------------------------------------------------------
 */

#define WANTED_MAX 256 /* at a time: a power of two */
#define ASKED_MAX 65536

struct wanted_hosts {
	struct idmap asked;                   /* by address: not again; the values mean nothing */
	struct record_host queue[WANTED_MAX]; /* a ring */
	u32 first, count;
};

int model_want_hosts(struct model *m)
{
	m->hosts.wanted = calloc(1, sizeof(*m->hosts.wanted));
	return m->hosts.wanted ? 0 : -ENOMEM;
}

/* Those for which there is no room are missed again with the next look. */
static void want(struct wanted_hosts *w, const u8 *address, unsigned family)
{
	struct record_host r = {.family = (u8)family};
	u64 id;

	normal_address(r.address, address, family);
	id = id_of(r.address, family);
	if (w->count == WANTED_MAX || idmap_get(&w->asked, id) != IDMAP_NONE)
		return;
	if (w->asked.used >= ASKED_MAX)
		idmap_clear(&w->asked);
	if (idmap_set(&w->asked, id, 0) == 0)
		w->queue[(w->first + w->count++) % WANTED_MAX] = r;
}

bool model_wanted_host(const struct model *m, struct record_host *r)
{
	const struct wanted_hosts *w = m->hosts.wanted;

	if (!w || !w->count)
		return false;
	*r = w->queue[w->first];
	return true;
}

void model_asked_host(struct model *m)
{
	struct wanted_hosts *w = m->hosts.wanted;

	w->first = (w->first + 1) % WANTED_MAX;
	w->count--;
}

const char *model_host(const struct model *m, const u8 *address, unsigned family, enum host_from *from)
{
	const struct host_name *n = find(&m->hosts, address, family);

	if (!n && m->hosts.wanted && !is_nobody(address, family))
		want(m->hosts.wanted, address, family);
	*from = n ? (enum host_from)n->from : HOST_UNNAMED;
	return n ? n->name : NULL;
}

void hosts_deinit(struct hosts *h)
{
	for (u32 i = 0; i < h->count; i++)
		free(h->at[i].name);
	free(h->at);
	idmap_deinit(&h->ids);
	if (h->wanted)
		idmap_deinit(&h->wanted->asked);
	free(h->wanted);
}
