/* Netfilter links: they stamp the entry and exit of IP, and of netfilter's hooks, where the kernel lets no function be
 * hooked. A link belongs to a network namespace and ends with its file descriptor. */
#pragma once

#include "hooks.h"

struct netfilter {
	struct netfilter_link {
		u64 netns; /* the namespace's cookie; its inode where the kernel has none (before 5.14) */
		u32 round; /* in which it was last seen */
		int fd;    /* -1: no link, but a mark that some are missing there */
	} * links;         /* owned */
	u32 count, cap;
	u32 round;                /* number of the round through all namespaces */
	u32 missing, missing_now; /* namespaces that lack links: in the last whole round, so far in this one */
};

/* Has SET_STAGES such programs? */
bool netfilter_wanted(const struct hooks *h);
/* Attaches the programs of SET_STAGES in the current namespace, unless they are attached there already. */
void netfilter_attach(struct netfilter *n, const struct hooks *h, u32 inode);
/* Keeps the links of the namespace with this cookie for this round. false: it has none. */
bool netfilter_keep(struct netfilter *n, u64 netns);
/* Ends a round: removes the links of namespaces that were not seen in it, and begins the next. */
void netfilter_sweep(struct netfilter *n);
void netfilter_detach(struct netfilter *n);
/* Can programs be attached to this hook ("pre_routing", "local_in"; "first" and "last" for all)? 0 or negative errno;
 * leaves nothing attached. */
int netfilter_probe(const char *hook);
/* Sets a program's type to netfilter, which libbpf 1.1 does not know. */
struct bpf_program;
void netfilter_prepare(struct bpf_program *p);
