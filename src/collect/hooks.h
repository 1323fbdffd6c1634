/* Which hook serves which feature: one table, each alternative tried with a two-instruction program, the winners
 * switched on, loaded once and attached. All links die with their file descriptors. */
#pragma once

#include "collect.h"

struct skbtop_bpf;
struct btf;

enum hook_kind { HOOK_NONE, HOOK_FENTRY, HOOK_FEXIT, HOOK_KPROBE, HOOK_KRETPROBE, HOOK_TP_BTF, HOOK_RAW_TP, HOOK_ITER };

enum feature_id {
	FEATURE_FILES,	   /* iter/task_file: without it there is no table */
	FEATURE_STATES,	   /* births, states, ends: without it there is no table */
	FEATURE_DESTROY,
	FEATURE_RETRANSMIT,
	FEATURE_RESET_RECEIVED,
	FEATURE_RESET_SENT,
	FEATURE_ACCEPT,
	FEATURE_UDP_SEND,
	FEATURE_UDP_RECEIVE,
	FEATURE_UDP_END,
	FEATURE_NO_FILE,
	FEATURE_NO_FILE_UDP,
	FEATURE_COUNT,
};

struct hooks {
	struct skbtop_bpf *skel; /* owned; NULL until hooks_open */
	struct {
		int chosen;	 /* index of the alternative, -1: none */
		char reason[256]; /* why none, or why the better ones were not taken */
	} state[FEATURE_COUNT];
};

/* Chooses the hooks, loads and attaches them. On failure everything is released. */
int hooks_open(struct hooks *h, const struct collect_options *o, struct error *err) must_check;
/* Chooses only: what --doctor shows when nothing may be loaded. */
int hooks_choose(struct hooks *h, const struct collect_options *o, struct error *err) must_check;
void hooks_close(struct hooks *h);

/* The feature's name, and the hook that serves it ("fexit/udp_sendmsg"), "" if none. */
const char *hooks_feature_name(enum feature_id f);
bool hooks_feature_required(enum feature_id f);
void hooks_describe(const struct hooks *h, enum feature_id f, char *dst, size_t size);
static inline bool hooks_has(const struct hooks *h, enum feature_id f)
{
	return h->state[f].chosen >= 0;
}
