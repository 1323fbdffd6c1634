/* What a congestion control keeps for itself of a connection (icsk_ca_priv), read by the layout that the running
 * kernel's BTF tells: as a module it may be of another build than ours. */
#pragma once

#include <stdbool.h>

#include "record.h"

#define CC_PRIV_BYTES 104 /* ICSK_CA_PRIV_SIZE, 5.10 to 7.3 */

/* Where a value lies. */
struct cc_field {
	u32 bit;  /* from the beginning */
	u32 bits; /* 0: the kernel does not have it */
};

/* struct bbr of net/ipv4/tcp_bbr.c. */
struct cc_bbr {
	struct cc_field bw, lt_use_bw, lt_bw, min_rtt_us, pacing_gain, cwnd_gain;
};

struct cc_info {
	struct cc_bbr bbr;
	bool bbr_tried, bbr_known;
};

/* Fills in what the congestion control of that name tells, as its get_info() does; leaves cc_info_kind 0 where it tells
 * nothing, or its layout is not known. The layout is looked up when it is first wanted. */
void cc_info_fill(struct cc_info *c, const char *name, const u8 priv[CC_PRIV_BYTES], u32 mss, struct record_info *info);

/* Apart, for tests. */
struct btf;
bool cc_bbr_layout(const struct btf *btf, struct cc_bbr *bbr);
void cc_bbr_fill(const struct cc_bbr *bbr, const u8 priv[CC_PRIV_BYTES], u32 mss, struct record_info *info);
