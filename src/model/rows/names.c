/* The names in the stream for numbers: control groups, namespaces, interfaces, users. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "rows_private.h"
#include "text.h"

/* Never 0, which is an empty slot in the id table. */
static u64 name_hash(unsigned kind, u64 key, u64 scope)
{
	return idmap_hash(idmap_hash(idmap_hash(kind) ^ key) ^ scope) | 1;
}

/* The name, or NULL; *hash is where it is, or belongs. */
static struct name *name_find(const struct model *m, unsigned kind, u64 key, u64 scope, u64 *hash)
{
	/* Two names can have the same hash: the second goes to the hash of the first's hash. */
	for (*hash = name_hash(kind, key, scope);; *hash = idmap_hash(*hash) | 1) {
		u32 i = idmap_get(&m->host.name_ids, *hash);

		if (i == IDMAP_NONE)
			return NULL;
		if (m->host.names[i].kind == kind && m->host.names[i].key == key && m->host.names[i].scope == scope)
			return &m->host.names[i];
	}
}

static int name_add(struct model *m, const struct name *n, u64 hash)
{
	if (array_append(&m->host.names, &m->host.name_cap, m->host.name_count, sizeof(*m->host.names)) < 0 ||
	    idmap_set(&m->host.name_ids, hash, m->host.name_count) < 0)
		return -ENOMEM;
	m->host.names[m->host.name_count++] = *n;
	return 0;
}

int take_name(struct model *m, const struct record_name *rec)
{
	char text[RECORD_NAME_LEN * 3 + 1]; /* each byte that is not UTF-8 takes three */
	cleanup_free char *copy = NULL;
	struct name *n;
	u64 hash;
	int r;

	if (rec->kind < NAME_CGROUP || rec->kind >= NAME_KINDS)
		return 0;
	m->host.names_devices |= rec->kind == NAME_DEVICE;
	text_clean(text, sizeof(text), (const char *)rec->text, sizeof(rec->text));
	copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	n = name_find(m, (unsigned)rec->kind, rec->key, rec->scope, &hash);
	if (n) {
		free(n->text);
		n->text = take(copy);
		return 0;
	}
	if (m->host.name_count >= MODEL_NAMES_MAX)
		return 0;
	r = name_add(m, &(struct name){.kind = (u8)rec->kind, .key = rec->key, .scope = rec->scope, .text = copy},
		     hash);
	if (r == 0)
		copy = NULL;
	return r;
}

const char *model_name(const struct model *m, enum name_kind kind, u64 key, u64 scope)
{
	u64 hash;
	const struct name *n = name_find(m, kind, key, scope, &hash);

	return n ? n->text : NULL;
}

const char *model_device(const struct model *m, const struct record_socket *s)
{
	const char *name;

	if (!s->ifindex)
		return NULL;
	/* Streams without names of sockets' devices have names by the inode, which are for packets as well. */
	if (m->host.names_devices)
		name = model_name(m, NAME_DEVICE, s->ifindex, s->netns_cookie ? s->netns_cookie : s->netns);
	else
		name = model_name(m, NAME_IFACE, s->ifindex, s->netns);
	return name && *name ? name : NULL;
}

void names_deinit(struct model *m)
{
	for (size_t i = 0; i < m->host.name_count; i++)
		free(m->host.names[i].text);
	free(m->host.names);
	idmap_deinit(&m->host.name_ids);
}
