/* Which local ports each namespace gives to connections. An inode that has become another namespace's has its ports. */
#include <errno.h>
#include <stdlib.h>

#include "array.h"
#include "rows_private.h"

/* What a reader of it may rely on. */
static bool is_valid(const struct record_ports *rec)
{
	return rec->netns && rec->first && rec->first <= rec->last && rec->kept <= (u32)rec->last - rec->first + 1;
}

int take_ports(struct model *m, const struct record_ports *rec)
{
	struct host *h = &m->host;
	u32 i;

	if (!is_valid(rec))
		return 0;
	i = idmap_get(&h->ports_of, rec->netns);
	if (i == IDMAP_NONE && h->ports_count == MODEL_PORTS_MAX)
		return 0;
	if (i == IDMAP_NONE) {
		if (array_append(&h->ports, &h->ports_cap, h->ports_count, sizeof(*h->ports)) < 0 ||
		    idmap_set(&h->ports_of, rec->netns, h->ports_count) < 0)
			return -ENOMEM;
		i = h->ports_count++;
	}
	h->ports[i] = *rec;
	return 0;
}

const struct record_ports *model_ports(const struct model *m, u32 netns)
{
	u32 i = netns ? idmap_get(&m->host.ports_of, netns) : IDMAP_NONE;

	return i == IDMAP_NONE ? NULL : &m->host.ports[i];
}

void ports_deinit(struct model *m)
{
	free(m->host.ports);
	idmap_deinit(&m->host.ports_of);
}
