/* Which hook serves which feature: from one table, in which each alternative is tried with a two-instruction program;
 * the chosen programs are enabled, loaded together and attached. What is always needed, and what is needed only while
 * somebody looks, are sets of features, each an object of its own in the kernel. All links end with their file
 * descriptors. */
#pragma once

#include "collect.h"

struct bpf_link;
struct bpf_map;
struct bpf_object;
struct btf;
struct skbtop_bpf;
struct stages_bpf;
struct losses_bpf;
struct answers_bpf;
struct exchanges_bpf;
struct requests_bpf;
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
	SET_TABLE,     /* the table of sockets: always */
	SET_STAGES,    /* stamps of packets: while somebody looks at layers or packets */
	SET_LOSSES,    /* retransmits, drops, resets: always, once the first tick was sent */
	SET_ANSWERS,   /* of name servers: while somebody looks at names of hosts */
	SET_EXCHANGES, /* exchanges: while somebody looks at them */
	SET_REQUESTS,  /* what they begin with: while somebody asks for their names */
	SET_COUNT,
};

enum feature_id {
	FEATURE_FILES,  /* iter/task_file: required */
	FEATURE_STATES, /* births, states, ends: required */
	FEATURE_DESTROY,
	FEATURE_RETRANSMIT,
	FEATURE_RESET_RECEIVED,
	FEATURE_RESET_SENT,
	FEATURE_ACCEPT,
	FEATURE_CONNECT, /* connect() that fails before a SYN */
	FEATURE_UDP_SEND,
	FEATURE_UDP_RECEIVE,
	FEATURE_UDP_END,
	FEATURE_NO_FILE,
	FEATURE_NO_FILE_UDP,
	FEATURE_KEPT, /* values of sockets without a file in each tick, not only with the slow turn */
	FEATURE_COOKIES,
	FEATURE_WALK,
	FEATURE_REDIRECTS, /* bytes that programs of BPF redirect, while somebody looks */
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
	FEATURE_PAYLOAD,   /* only with -i */
	FEATURE_NETFILTER, /* only with -n */
	FEATURE_STAGES_END,
	FEATURE_STAGES_CREATE,
	FEATURE_STAGES_WALK,
	FEATURE_LOSS_DROP,
	FEATURE_LOSS_RETRANSMIT,
	FEATURE_LOSS_SYNACK,
	FEATURE_LOSS_RESET_SENT,
	FEATURE_LOSS_RESET_RECEIVED,
	FEATURE_LOSS_WALK,
	FEATURE_ANSWERS,
	FEATURE_EXCHANGE_SEGMENT,
	FEATURE_EXCHANGE_READ,
	FEATURE_EXCHANGE_SEND,
	FEATURE_EXCHANGE_PAGES,
	FEATURE_EXCHANGE_STATE,
	FEATURE_EXCHANGE_CLOCK, /* how long who sleeps in poll() takes to wake up */
	FEATURE_REQUESTS,
	FEATURE_DATAGRAM_READ,
	FEATURE_COUNT,
};

#define HOOKS_MAX 6 /* of one alternative */
#define VIEWS_MAX 8 /* maps in our memory */

struct hooks {
	const struct collect_options *options; /* borrowed */
	struct skbtop_bpf *table;              /* owned, like the next three; NULL while its set is not loaded */
	struct stages_bpf *stages;
	struct losses_bpf *losses;
	struct answers_bpf *answers;
	struct exchanges_bpf *exchanges;
	struct requests_bpf *requests;
	struct btf *types;  /* owned; the kernel's, as long as they are needed */
	u32 attached_kinds; /* bits 1 << kind: a function's hook of this kind has attached */
	u32 sockets;        /* about so many there are: so large are maps of one array for all */
	bool refused;       /* a chosen hook did not attach */
	bool thorough;      /* every hook is tested by attaching it */
	struct {
		const struct bpf_map *map; /* NULL: free */
		void *at;
		size_t size;
	} view[VIEWS_MAX];
	struct {
		int chosen;                       /* index of the alternative; -1: none */
		char reason[256];                 /* why none, or why the better ones were not taken */
		struct bpf_link *link[HOOKS_MAX]; /* owned */
	} state[FEATURE_COUNT];
};

void hooks_init(struct hooks *h, const struct collect_options *o);
void hooks_deinit(struct hooks *h);
/* Chooses the hooks of a set, loads and attaches them. On failure nothing of the set stays loaded. */
int hooks_load(struct hooks *h, enum hook_set set, struct error *err) must_check;
/* The kernel's types, read on first use; owned by the hooks. They take some MiB and 0.1 s to read, so they are kept for
 * the sets that are loaded later, until hooks_forget_types(). NULL: there are none. */
const struct btf *hooks_types(struct hooks *h, struct error *err);
void hooks_forget_types(struct hooks *h);
/* Only chooses: for --doctor where nothing may be loaded. */
int hooks_choose(struct hooks *h, enum hook_set set, struct error *err) must_check;
void hooks_unload(struct hooks *h, enum hook_set set);
/* For a feature that is on demand: its programs are loaded with the set, and attached only between these two calls. If
 * attaching fails, nothing serves the feature from then on. */
void hooks_attach(struct hooks *h, enum feature_id f);
void hooks_detach(struct hooks *h, enum feature_id f);
/* The set did not load: notes for each of its features that nothing serves it, and why. */
void hooks_refuse(struct hooks *h, enum hook_set set, const char *why);
/* The set's object, or NULL while it is not loaded. */
struct bpf_object *hooks_object(const struct hooks *h, enum hook_set set);
/* The i-th program that serves a feature, in the order of the table; NULL: there is none, or its set is not loaded. */
struct bpf_program *hooks_program(const struct hooks *h, enum feature_id f, size_t i);
/* The counters in a map with elements for each processor (src/bpf/own.h), mapped until the set is unloaded: *cpus
 * groups of as many elements as the map is declared with, one group after the other. *cpus is 0 if it could not be
 * mapped. */
void *hooks_view(struct hooks *h, const struct bpf_map *map, u32 *cpus);
/* Is the feature served by hooks of this kind? */
bool hooks_serves(const struct hooks *h, enum feature_id f, enum hook_kind kind);
/* The i-th hook that serves it: what it attaches to, and its program. false: there are no more. */
bool hooks_each(const struct hooks *h, enum feature_id f, size_t i, const char **target, const char **program);

/* The feature's name, and the hook that serves it ("fexit/udp_sendmsg"), "" if none. */
const char *hooks_feature_name(enum feature_id f);
void hooks_describe(const struct hooks *h, enum feature_id f, char *dst, size_t size);
/* Reports which hook serves each feature of a set, or why none does. */
void hooks_report(const struct hooks *h, enum hook_set set, struct outbox *out);
static inline bool hooks_has(const struct hooks *h, enum feature_id f)
{
	return h->state[f].chosen >= 0;
}
/* Can the programs give a cookie to a socket that has none? If not, see cookies.h. */
bool hooks_make_cookies(const struct hooks *h);
/* The link of a feature that one program serves; NULL: none does. */
static inline struct bpf_link *hooks_link(const struct hooks *h, enum feature_id f)
{
	return h->state[f].link[0];
}
