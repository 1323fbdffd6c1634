/* Which hook serves which feature: one table, each alternative tried with a two-instruction program, the winners
 * switched on, loaded once and attached. What is always there and what is attached only while somebody looks are sets
 * of features, each an object of its own in the kernel. All links die with their file descriptors. */
#pragma once

#include "collect.h"

struct bpf_link;
struct bpf_map;
struct bpf_object;
struct btf;
struct skbtop_bpf;
struct stages_bpf;
struct losses_bpf;
struct outbox;

enum hook_kind {
	HOOK_NONE,
	HOOK_FENTRY,
	HOOK_FEXIT,
	HOOK_KPROBE,
	HOOK_KRETPROBE,
	HOOK_TP_BTF,
	HOOK_RAW_TP,
	HOOK_ITER,
	HOOK_NETFILTER /* attached in each network namespace: netfilter.h */,
	HOOK_HELPER /* nothing to attach: a helper that tracing programs may call */,
	HOOK_CGROUP_SOCK,
	HOOK_SOCK_OPS,
	HOOK_CGROUP_SKB /* at the root of cgroup v2 */
};

/* An object in the kernel: its features are loaded and attached together. */
enum hook_set {
	SET_TABLE,  /* the table of sockets: always */
	SET_STAGES, /* stamps of packets: while somebody looks at layers or packets */
	SET_LOSSES, /* retransmits, drops, resets: always, once the first tick is told */
	SET_COUNT,
};

enum feature_id {
	FEATURE_FILES,  /* iter/task_file: without it there is no table */
	FEATURE_STATES, /* births, states, ends: without it there is no table */
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
	FEATURE_KEPT, /* values of those without a file each tick, not only with the slow turn */
	FEATURE_COOKIES,
	FEATURE_WALK,
	FEATURE_RX_GRO,
	FEATURE_RX_DEVICE,
	FEATURE_RX_IP,
	FEATURE_RX_TRANSPORT,
	FEATURE_RX_SEGMENT,
	FEATURE_RX_QUEUED,
	FEATURE_RX_READ,
	FEATURE_RX_READ_DATAGRAM,
	FEATURE_RX_ECHO,
	FEATURE_TX_SEND,
	FEATURE_TX_QUEUE,
	FEATURE_TX_DEQUEUE,
	FEATURE_TX_DRIVER,
	FEATURE_TX_ACCEPTED,
	FEATURE_TX_DONE,
	FEATURE_STAGES_DROP,
	FEATURE_PAYLOAD,   /* only where it is asked for: -i */
	FEATURE_NETFILTER, /* only where it is asked for: -n */
	FEATURE_STAGES_END,
	FEATURE_STAGES_CREATE,
	FEATURE_STAGES_WALK,
	FEATURE_LOSS_DROP,
	FEATURE_LOSS_RETRANSMIT,
	FEATURE_LOSS_SYNACK,
	FEATURE_LOSS_RESET_SENT,
	FEATURE_LOSS_RESET_RECEIVED,
	FEATURE_LOSS_WALK,
	FEATURE_COUNT,
};

#define HOOKS_MAX 4 /* of one alternative */
#define VIEWS_MAX 8 /* maps in our memory */

struct hooks {
	const struct collect_options *options; /* borrowed */
	struct skbtop_bpf *table;              /* owned; NULL unless its set is loaded, like those below */
	struct stages_bpf *stages;             /* owned */
	struct losses_bpf *losses;             /* owned */
	struct btf *types;                     /* owned; the kernel's, while they are needed */
	u32 attached_kinds;                    /* bits 1 << kind: a function's hook of this kind did attach */
	bool refused;                          /* a hook that was chosen did not attach */
	bool thorough;                         /* each is tried by attaching it */
	struct {
		const struct bpf_map *map; /* NULL: free */
		void *at;
		size_t size;
	} view[VIEWS_MAX];
	struct {
		int chosen;                       /* index of the alternative, -1: none */
		char reason[256];                 /* why none, or why the better ones were not taken */
		struct bpf_link *link[HOOKS_MAX]; /* owned */
	} state[FEATURE_COUNT];
};

void hooks_init(struct hooks *h, const struct collect_options *o);
void hooks_deinit(struct hooks *h);
/* Chooses the hooks of a set, loads and attaches them. On failure everything of the set is released. */
int hooks_load(struct hooks *h, enum hook_set set, struct error *err) must_check;
/* The kernel's types, read when they are first asked for; they stay the hooks' own. Some MiB, and a tenth of a second:
 * they are kept until hooks_forget_types() for the sets that are still to be loaded. NULL: there are none. */
const struct btf *hooks_types(struct hooks *h, struct error *err);
void hooks_forget_types(struct hooks *h);
/* Chooses only: what --doctor shows when nothing may be loaded. */
int hooks_choose(struct hooks *h, enum hook_set set, struct error *err) must_check;
void hooks_unload(struct hooks *h, enum hook_set set);
/* A feature that is on demand: its programs are loaded with its set, and attached between these two. If that fails it
 * is served by nothing from then on. */
void hooks_attach(struct hooks *h, enum feature_id f);
void hooks_detach(struct hooks *h, enum feature_id f);
/* The set did not load: what its features were to be served by serves nothing, and why. */
void hooks_refuse(struct hooks *h, enum hook_set set, const char *why);
/* The set's object, or NULL while it is not loaded. */
struct bpf_object *hooks_object(const struct hooks *h, enum hook_set set);
/* The i-th program that serves a feature, in the order of the table; NULL: none does, or its set is not loaded. */
struct bpf_program *hooks_program(const struct hooks *h, enum feature_id f, size_t i);
/* What the programs count in a map with elements for each processor (src/bpf/own.h): *cpus times as many as the map is
 * declared with, each processor's one behind the other, in our memory until the set is unloaded. *cpus 0: it could not
 * be mapped. */
void *hooks_view(struct hooks *h, const struct bpf_map *map, u32 *cpus);
/* Is a feature served by hooks of this kind? */
bool hooks_serves(const struct hooks *h, enum feature_id f, enum hook_kind kind);
/* The i-th hook that serves it: where it attaches, and its program. false: there are no more. */
bool hooks_each(const struct hooks *h, enum feature_id f, size_t i, const char **target, const char **program);

/* The feature's name, and the hook that serves it ("fexit/udp_sendmsg"), "" if none. */
const char *hooks_feature_name(enum feature_id f);
void hooks_describe(const struct hooks *h, enum feature_id f, char *dst, size_t size);
/* Tells the reader which hook serves each feature of a set, or why none does. */
void hooks_tell(const struct hooks *h, enum hook_set set, struct outbox *out);
static inline bool hooks_has(const struct hooks *h, enum feature_id f)
{
	return h->state[f].chosen >= 0;
}
/* Do programs give the sockets that they meet their cookies? Else see cookies.h. */
bool hooks_make_cookies(const struct hooks *h);
/* The link of a feature that one program serves; NULL: none does. */
static inline struct bpf_link *hooks_link(const struct hooks *h, enum feature_id f)
{
	return h->state[f].link[0];
}
