/* Groups of sockets: the key of a row's group, and its label. */
#include <stdio.h>
#include <string.h>

#include "socket_get.h"
#include "address.h"
#include "idmap.h"
#include "text.h"

static u64 mix(u64 h, u64 word)
{
	return idmap_hash(h ^ word);
}

/* Texts and addresses of a record: 16 bytes, zero-padded. */
static u64 mix16(u64 h, const u8 bytes[16])
{
	u64 w[2];

	memcpy(w, bytes, sizeof(w));
	return mix(mix(h, w[0]), w[1]);
}

/* Keys of different kinds of groups may be equal, but none may be 0. */
static u64 key_of(u64 h)
{
	h = idmap_hash(h);
	return h ? h : 1;
}

u64 group_process_key(const void *picture, const void *row)
{
	const struct row *r = row;

	(void)picture;
	return key_of(r->s.has & HAS_OWNER ? mix16(mix(0, r->s.pid + 1ULL), r->s.comm) : 0);
}

void group_process_label(const void *picture, const void *row, char *dst, size_t size)
{
	const struct row *r = row;
	char label[RECORD_COMM_LEN + 16];

	(void)picture;
	snprintf(label, sizeof(label), "%.15s[%u]", (const char *)r->s.comm, r->s.pid);
	text_copy(dst, size, r->s.has & HAS_OWNER ? label : "unknown process");
}

u64 group_remote_key(const void *picture, const void *row)
{
	const struct row *r = row;
	u32 v4;

	(void)picture;
	if (!(r->s.has & HAS_REMOTE))
		return key_of(0);
	if (r->s.family == 6)
		return key_of(mix16(mix(0, 6), r->s.raddr));
	memcpy(&v4, r->s.raddr, sizeof(v4));
	return key_of(mix(mix(0, 4), v4));
}

void group_remote_label(const void *picture, const void *row, char *dst, size_t size)
{
	const struct row *r = row;

	(void)picture;
	if (r->s.has & HAS_REMOTE)
		address_format(r->s.raddr, r->s.family, dst, size);
	else
		text_copy(dst, size, "no remote");
}

static u64 netns_key(const void *picture, const void *row)
{
	const struct row *r = row;

	(void)picture;
	return key_of(mix(mix(0, r->s.netns + 1ULL), r->s.netns_cookie));
}

static void netns_label(const void *picture, const void *row, char *dst, size_t size)
{
	const struct row *r = row;
	const char *name = model_name(picture, NAME_NETNS, r->s.netns, 0);

	snprintf(dst, size, "netns %u%s", r->s.netns, name ? " " : "");
	text_join(dst, size, "", "%s", name ? name : "");
}

static u64 cgroup_key(const void *picture, const void *row)
{
	const struct row *r = row;

	(void)picture;
	return key_of(r->s.has & HAS_CGROUP ? mix(mix(0, 1), r->s.cgroup_id) : 0);
}

static void cgroup_label(const void *picture, const void *row, char *dst, size_t size)
{
	const struct row *r = row;
	const char *name = model_name(picture, NAME_CGROUP, r->s.cgroup_id, 0);

	/* text_copy() cuts at a character boundary. */
	if (!(r->s.has & HAS_CGROUP))
		text_copy(dst, size, "unknown container");
	else if (name)
		text_copy(dst, size, name);
	else
		snprintf(dst, size, "cgroup %llu", (unsigned long long)r->s.cgroup_id);
}

const struct table_group socket_groups[SOCKET_GROUPS] = {
    {"process", group_process_key, group_process_label},
    {"remote", group_remote_key, group_remote_label},
    {"netns", netns_key, netns_label},
    {"container", cgroup_key, cgroup_label},
};
