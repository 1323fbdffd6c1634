/* What a row belongs to: the key of its group, and the words that head it. */
#include <stdio.h>
#include <string.h>

#include "group_private.h"
#include "address.h"
#include "idmap.h"
#include "text.h"

static u64 mix(u64 h, u64 word)
{
	return idmap_hash(h ^ word);
}

/* Texts and addresses of a record: 16 bytes, zeros behind what is used. */
static u64 mix16(u64 h, const u8 bytes[16])
{
	u64 w[2];

	memcpy(w, bytes, sizeof(w));
	return mix(mix(h, w[0]), w[1]);
}

u64 group_key(enum group_by by, const struct row *r)
{
	u64 h = 0xcbf29ce484222325ULL + (u64)by;

	switch (by) {
	case GROUP_PROCESS:
		if (r->s.has & HAS_OWNER)
			h = mix16(mix(h, r->s.pid + 1ULL), r->s.comm);
		break;
	case GROUP_REMOTE:
		if (r->s.has & HAS_REMOTE && r->s.family == 6)
			h = mix16(mix(h, 6), r->s.raddr);
		else if (r->s.has & HAS_REMOTE)
			h = mix(mix(h, 4), (u64)r->s.raddr[0] << 24 | (u64)r->s.raddr[1] << 16 |
					       (u64)r->s.raddr[2] << 8 | r->s.raddr[3]);
		break;
	case GROUP_NETNS: h = mix(mix(h, r->s.netns + 1ULL), r->s.netns_cookie); break;
	case GROUP_CGROUP:
		if (r->s.has & HAS_CGROUP)
			h = mix(mix(h, 1), r->s.cgroup_id);
		break;
	default: break;
	}
	h = idmap_hash(h);
	return h ? h : 1;
}

static void label_named(const struct model *m, enum group_by by, const struct row *r, char *dst, size_t size)
{
	bool netns = by == GROUP_NETNS;
	const char *name =
	    netns ? model_name(m, NAME_NETNS, r->s.netns, 0) : model_name(m, NAME_CGROUP, r->s.cgroup_id, 0);

	if (netns && name)
		snprintf(dst, size, "netns %u %s", r->s.netns, name);
	else if (netns)
		snprintf(dst, size, "netns %u", r->s.netns);
	else if (name)
		text_copy(dst, size, name);
	else
		snprintf(dst, size, "cgroup %llu", (unsigned long long)r->s.cgroup_id);
}

void group_label(const struct model *m, enum group_by by, const struct row *r, char *dst, size_t size)
{
	static const struct {
		u64 has;
		const char *unknown;
	} needs[GROUP_KINDS] = {[GROUP_PROCESS] = {HAS_OWNER, "unknown process"},
				[GROUP_REMOTE] = {HAS_REMOTE, "no remote"},
				[GROUP_CGROUP] = {HAS_CGROUP, "unknown container"}};
	char label[RECORD_NAME_LEN + 40];

	if ((r->s.has & needs[by].has) != needs[by].has)
		text_copy(label, sizeof(label), needs[by].unknown);
	else if (by == GROUP_PROCESS)
		snprintf(label, sizeof(label), "%.15s[%u]", (const char *)r->s.comm, r->s.pid);
	else if (by == GROUP_REMOTE)
		address_format(r->s.raddr, r->s.family, label, sizeof(label));
	else
		label_named(m, by, r, label, sizeof(label));
	/* Cut at a character, not within one. */
	text_copy(dst, size, label);
}
