/* Reads a congestion control's private state by its BTF. */
#include "cc_info.h"

#include <bpf/btf.h>
#include <string.h>

#define BBR_BW_SCALE 24 /* fraction bits of a rate in segments per microsecond: BW_SCALE of tcp_bbr.c */
#define USEC_PER_SEC 1000000

static const struct btf_type *structure(const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_STRUCT);

	return id > 0 ? btf__type_by_id(btf, (u32)id) : NULL;
}

static struct cc_field member(const struct btf *btf, const struct btf_type *t, const char *name)
{
	for (u16 i = 0; t && i < btf_vlen(t); i++) {
		const struct btf_member *m = &btf_members(t)[i];
		struct cc_field f = {.bit = btf_member_bit_offset(t, i), .bits = btf_member_bitfield_size(t, i)};
		const char *found = btf__name_by_offset(btf, m->name_off);
		s64 size;

		if (!found || strcmp(found, name) != 0)
			continue;
		size = btf__resolve_size(btf, m->type);
		if (!f.bits && size > 0)
			f.bits = (u32)size * 8;
		return f;
	}
	return (struct cc_field){};
}

/* The best bandwidth of the last rounds: minmax_get(&bbr->bw), which is bw.s[0].v (lib/win_minmax.c). */
static struct cc_field best_bw(const struct btf *btf, const struct btf_type *bbr)
{
	struct cc_field bw = member(btf, bbr, "bw"), s = member(btf, structure(btf, "minmax"), "s");
	struct cc_field v = member(btf, structure(btf, "minmax_sample"), "v");

	if (!bw.bits || !s.bits || !v.bits)
		return (struct cc_field){};
	v.bit += bw.bit + s.bit;
	return v;
}

static bool fits(struct cc_field f)
{
	return f.bits && f.bits <= 32 && f.bit + f.bits <= CC_PRIV_BYTES * 8;
}

bool cc_bbr_layout(const struct btf *btf, struct cc_bbr *bbr)
{
	const struct btf_type *t = structure(btf, "bbr");

	*bbr = (struct cc_bbr){
	    .bw = best_bw(btf, t),
	    .lt_use_bw = member(btf, t, "lt_use_bw"),
	    .lt_bw = member(btf, t, "lt_bw"),
	    .min_rtt_us = member(btf, t, "min_rtt_us"),
	    .pacing_gain = member(btf, t, "pacing_gain"),
	    .cwnd_gain = member(btf, t, "cwnd_gain"),
	};
	return fits(bbr->bw) && fits(bbr->lt_use_bw) && fits(bbr->lt_bw) && fits(bbr->min_rtt_us) &&
	       fits(bbr->pacing_gain) && fits(bbr->cwnd_gain);
}

/* At most 32 bits, little endian like the machines that we run on. */
static u32 value(const u8 *priv, struct cc_field f)
{
	u64 word = 0;
	u32 byte = f.bit / 8;

	memcpy(&word, priv + byte, CC_PRIV_BYTES - byte < sizeof(word) ? CC_PRIV_BYTES - byte : sizeof(word));
	return (u32)(word >> f.bit % 8 & ((1ULL << f.bits) - 1));
}

/* bbr_get_info(): laid out as struct tcp_bbr_info of include/uapi/linux/inet_diag.h. */
void cc_bbr_fill(const struct cc_bbr *bbr, const u8 priv[CC_PRIV_BYTES], u32 mss, struct record_info *info)
{
	u64 bw = value(priv, value(priv, bbr->lt_use_bw) ? bbr->lt_bw : bbr->bw);
	u32 words[5];

	bw = (u64)((unsigned __int128)bw * mss * USEC_PER_SEC >> BBR_BW_SCALE);
	words[0] = (u32)bw;
	words[1] = (u32)(bw >> 32);
	words[2] = value(priv, bbr->min_rtt_us);
	words[3] = value(priv, bbr->pacing_gain);
	words[4] = value(priv, bbr->cwnd_gain);
	memcpy(info->cc_info, words, sizeof(words));
	info->bbr_bw = bw;
	info->cc_info_kind = CC_INFO_BBR;
}

/* Either built in, or a module. */
static bool find_bbr(struct cc_bbr *bbr)
{
	struct btf *kernel = btf__load_vmlinux_btf(), *module = NULL;
	bool known = kernel && cc_bbr_layout(kernel, bbr);

	if (kernel && !known) {
		module = btf__load_module_btf("tcp_bbr", kernel);
		known = module && cc_bbr_layout(module, bbr);
	}
	btf__free(module);
	btf__free(kernel);
	return known;
}

void cc_info_fill(struct cc_info *c, const char *name, const u8 priv[CC_PRIV_BYTES], u32 mss, struct record_info *info)
{
	if (strcmp(name, "bbr") != 0)
		return;
	if (!c->bbr_tried)
		c->bbr_known = find_bbr(&c->bbr);
	c->bbr_tried = true;
	if (c->bbr_known)
		cc_bbr_fill(&c->bbr, priv, mss, info);
}
