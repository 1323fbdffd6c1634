/* Reading the names of enum skb_drop_reason and enum sk_rst_reason. */
#include "reasons.h"

#include <bpf/btf.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

struct reason {
	enum name_kind kind;
	u32 number;
	char name[RECORD_NAME_LEN];
};

struct reasons {
	struct reason *at; /* owned */
	size_t count;
};

/* What names begin with, the longest first. */
static const char *const prefixes[] = {"SKB_DROP_REASON_", "SK_RST_REASON_", "SKB_"};

static const char *without_prefix(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			return name + strlen(prefixes[i]);
	return name;
}

static int add_enum(struct reasons *r, const struct btf *btf, enum name_kind kind, const char *enumeration)
{
	int id = btf__find_by_name_kind(btf, enumeration, BTF_KIND_ENUM);
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, (u32)id) : NULL;
	size_t n = t ? btf_vlen(t) : 0;
	struct reason *at;

	if (!n)
		return 0;
	at = reallocarray(r->at, r->count + n, sizeof(*at));
	if (!at)
		return -1;
	r->at = at;
	for (size_t i = 0; i < n; i++) {
		const struct btf_enum *e = &btf_enum(t)[i];
		const char *name = btf__name_by_offset(btf, e->name_off);

		at[r->count] = (struct reason){.kind = kind, .number = (u32)e->val};
		snprintf(at[r->count++].name, sizeof(at->name), "%s", name ? without_prefix(name) : "");
	}
	return 0;
}

struct reasons *reasons_new(const struct btf *btf)
{
	struct reasons *r = calloc(1, sizeof(*r));

	if (r && add_enum(r, btf, NAME_DROP_REASON, "skb_drop_reason") == 0 &&
	    add_enum(r, btf, NAME_RESET_REASON, "sk_rst_reason") == 0)
		return r;
	reasons_free(r);
	return NULL;
}

void reasons_free(struct reasons *r)
{
	if (!r)
		return;
	free(r->at);
	free(r);
}

const char *reasons_name(const struct reasons *r, enum name_kind kind, u32 number)
{
	for (size_t i = 0; r && i < r->count; i++)
		if (r->at[i].kind == kind && r->at[i].number == number)
			return r->at[i].name;
	return NULL;
}

long reasons_number(const struct reasons *r, const char *name)
{
	for (size_t i = 0; r && i < r->count; i++)
		if (r->at[i].kind == NAME_DROP_REASON && strcmp(r->at[i].name, name) == 0)
			return r->at[i].number;
	return -1;
}
