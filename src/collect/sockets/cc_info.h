/* A congestion control's private data of a connection (icsk_ca_priv), read by the layout in the running kernel's BTF: a
 * module may be of another build than this program. */
#pragma once

#include <stdbool.h>

#include "record.h"

#define CC_PRIV_BYTES 104 /* ICSK_CA_PRIV_SIZE, 5.10 to 7.3 */

/* Where a value lies in the private data. */
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

/* Fills in what the congestion control of that name reports by its get_info(); cc_info_kind stays 0 if it reports
 * nothing, or if its layout is unknown. Looks the layout up on first use. */
void cc_info_fill(struct cc_info *c, const char *name, const u8 priv[CC_PRIV_BYTES], u32 mss, struct record_info *info);

/* Separate, for tests. */
struct btf;
bool cc_bbr_layout(const struct btf *btf, struct cc_bbr *bbr);
void cc_bbr_fill(const struct cc_bbr *bbr, const u8 priv[CC_PRIV_BYTES], u32 mss, struct record_info *info);
