/* Groups of sockets: the key of a row's group, and its label. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "socket_get.h"
#include "socket_table.h"
#include "address.h"
#include "idmap.h"
#include "prefixes.h"
#include "requests.h"
#include "text.h"

/* Keys of different kinds of groups may be equal, but none may be 0. Where a number of the kernel's says which group it
 * is, the key is that number: groups that are alike in everything else stand in its order. */
#define NOBODY 1

/* Names that one process has had in its life. */
static u32 comm_hash(const u8 comm[16])
{
	u64 w[2];

	memcpy(w, comm, sizeof(w));
	return (u32)(((w[0] ^ w[1] * 0x9e3779b97f4a7c15ULL) * 0xff51afd7ed558ccdULL) >> 32);
}

u64 group_process_key(const void *picture, const void *row)
{
	const struct row *r = row;

	(void)picture;
	return r->s.has & HAS_OWNER ? (r->s.pid + 1ULL) << 32 | comm_hash(r->s.comm) : NOBODY;
}

void group_process_label(const void *picture, const void *row, char *dst, size_t size)
{
	const struct row *r = row;
	char label[RECORD_COMM_LEN + 16];

	(void)picture;
	snprintf(label, sizeof(label), "%.15s[%u]", (const char *)r->s.comm, r->s.pid);
	text_copy(dst, size, r->s.has & HAS_OWNER ? label : "unknown process");
}

/* The addresses of others: those that are too long for a key must not be chosen to collide. */
u64 group_remote_key(const void *picture, const void *row)
{
	const struct row *r = row;
	u64 w[2], h;
	u32 v4;

	(void)picture;
	if (!(r->s.has & HAS_REMOTE))
		return NOBODY;
	memcpy(&v4, r->s.raddr, sizeof(v4));
	if (r->s.family != 6)
		return 1ULL << 32 | ntohl(v4);
	memcpy(w, r->s.raddr, sizeof(w));
	h = idmap_hash(idmap_mix(idmap_hash(w[0]), w[1]));
	return h ? h : 2;
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
	return ((u64)r->s.netns << 32 | (u32)r->s.netns_cookie) + 1;
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
	return r->s.has & HAS_CGROUP && r->s.cgroup_id ? r->s.cgroup_id + NOBODY : NOBODY;
}

static void cgroup_label(const void *picture, const void *row, char *dst, size_t size)
{
	const struct row *r = row;
	const char *name = model_name(picture, NAME_CGROUP, r->s.cgroup_id, 0);

	/* text_copy() cuts at a character boundary. */
	if (!(r->s.has & HAS_CGROUP))
		text_copy(dst, size, "no known cgroup");
	else if (name)
		text_copy(dst, size, name);
	else
		snprintf(dst, size, "cgroup %llu", (unsigned long long)r->s.cgroup_id);
}

/* Containers that have the same name are one, also when it was made anew. */
static u64 container_key(const void *picture, const void *row)
{
	const struct row *r = row;
	const char *name = r->s.has & HAS_CGROUP ? model_name(picture, NAME_CONTAINER, r->s.cgroup_id, 0) : NULL;

	return name ? idmap_hash(idmap_mix_text(0, name)) | 1 : cgroup_key(picture, row);
}

static void container_label(const void *picture, const void *row, char *dst, size_t size)
{
	const struct row *r = row;
	const char *name = r->s.has & HAS_CGROUP ? model_name(picture, NAME_CONTAINER, r->s.cgroup_id, 0) : NULL;

	if (name)
		text_copy(dst, size, name);
	else
		cgroup_label(picture, row, dst, size);
}

static u64 user_key(const void *picture, const void *row)
{
	const struct row *r = row;

	(void)picture;
	return r->s.has & HAS_UID ? r->s.uid + 1ULL + NOBODY : NOBODY;
}

static void user_label(const void *picture, const void *row, char *dst, size_t size)
{
	const struct row *r = row;
	const char *name = model_name(picture, NAME_USER, r->s.uid, 0);

	if (!(r->s.has & HAS_UID))
		text_copy(dst, size, "unknown user");
	else if (name)
		text_copy(dst, size, name);
	else
		snprintf(dst, size, "uid %u", r->s.uid);
}

static u64 prefix_key(const void *picture, const void *row)
{
	const struct row *r = row;
	struct prefix p;
	u64 w[2], h;
	u32 v4;

	if (!(r->s.has & HAS_REMOTE))
		return NOBODY;
	p = prefixes_find(model_prefixes(picture), r->s.raddr, r->s.family);
	memcpy(&v4, p.address, sizeof(v4));
	if (p.family != 6)
		return (1ULL + p.bits) << 32 | ntohl(v4);
	memcpy(w, p.address, sizeof(w));
	h = idmap_hash(idmap_mix(idmap_hash(w[0] ^ p.bits), w[1]));
	return h ? h : 2;
}

static void prefix_label(const void *picture, const void *row, char *dst, size_t size)
{
	struct value v;

	text_copy(dst, size, get_prefix(NULL, picture, row, &v) ? v.text : "no remote");
}

/* By the end that offers it: the other one's port, where this end has opened the connection, else this one's. */
static u64 service_key(const void *picture, const void *row)
{
	const struct record_socket *s = &((const struct row *)row)->s;

	(void)picture;
	return (1ULL + s->proto) << 32 | (u64)s->dir << 16 | socket_service(s);
}

static void service_label(const void *picture, const void *row, char *dst, size_t size)
{
	const struct record_socket *s = &((const struct row *)row)->s;

	(void)picture;
	snprintf(dst, size, "%s :%u %s", proto_name(s->proto), socket_service(s), dir_name(s->dir));
}

/* Numbers of devices are a namespace's own. */
static u64 via_key(const void *picture, const void *row)
{
	const struct record_socket *s = &((const struct row *)row)->s;

	(void)picture;
	return s->via ? idmap_hash(idmap_mix(s->netns, s->netns_cookie) ^ s->via) | 2 : NOBODY;
}

static void via_label(const void *picture, const void *row, char *dst, size_t size)
{
	const struct record_socket *s = &((const struct row *)row)->s;
	const struct record_hello *hello = model_hello(picture);
	const char *space = model_name(picture, NAME_NETNS, s->netns, 0);
	struct value v;

	if (get_via(NULL, picture, row, &v))
		text_copy(dst, size, v.text);
	else
		snprintf(dst, size, s->via ? "device %u" : "unknown device", s->via);
	if (!s->via || !hello || s->netns == hello->netns)
		return;
	if (space)
		text_join(dst, size, "  in ", "%s", space);
	else
		text_join(dst, size, "  in netns ", "%u", s->netns);
}

/* By what is said on it. */
static void app_label(const void *picture, const void *row, char *dst, size_t size)
{
	const char *word = row_protocol(picture, row);

	text_copy(dst, size, word ? word : "nothing heard");
}

static u64 app_key(const void *picture, const void *row)
{
	char text[GROUP_LABEL_MAX];

	app_label(picture, row, text, sizeof(text));
	return idmap_hash(idmap_mix_text(0, text)) | 1;
}

const struct table_group socket_groups[SOCKET_KEYS] = {
    [BY_PROCESS] = {"process", group_process_key, group_process_label},
    [BY_REMOTE] = {"remote", group_remote_key, group_remote_label},
    [BY_NETNS] = {"netns", netns_key, netns_label},
    [BY_CONTAINER] = {"container", container_key, container_label},
    [BY_PAIR] = {"pair", group_pair_key, group_pair_label, .folded = true, .needs = NEEDS_NAT},
    [BY_CGROUP] = {"cgroup", cgroup_key, cgroup_label},
    [BY_USER] = {"user", user_key, user_label},
    [BY_PREFIX] = {"prefix", prefix_key, prefix_label},
    [BY_SERVICE] = {"service", service_key, service_label},
    [BY_VIA] = {"device", via_key, via_label, .needs = NEEDS_DEVICES},
    [BY_APP] = {"protocol", app_key, app_label, .needs = NEEDS_REQUESTS},
};
