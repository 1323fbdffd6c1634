/* Netfilter links: the boundaries of IP, and of netfilter's hooks, on a kernel that lets none of its functions be
 * hooked. A link belongs to a network namespace and dies with its file descriptor. */
#pragma once

#include "hooks.h"

struct netfilter {
	struct netfilter_link {
		u64 netns; /* the namespace's cookie; its inode where the kernel has none (before 5.14) */
		u32 round; /* in which it was seen last */
		int fd;    /* -1: no link, but the mark that some are missing there */
	} * links;         /* owned */
	u32 count, cap;
	u32 round;                /* of looking at all namespaces */
	u32 missing, missing_now; /* namespaces without all links: in the last whole round, so far in this one */
};

/* Has SET_STAGES such programs? */
bool netfilter_wanted(const struct hooks *h);
/* Attaches what SET_STAGES has of such programs in the namespace that we are in, if they are not there yet. */
void netfilter_attach(struct netfilter *n, const struct hooks *h, u32 inode);
/* What it has in the namespace with this cookie stays for this round. false: it has nothing there. */
bool netfilter_keep(struct netfilter *n, u64 netns);
/* After a round: namespaces that were not seen in it are gone, and their links with them. The next round begins. */
void netfilter_sweep(struct netfilter *n);
void netfilter_detach(struct netfilter *n);
/* Can programs be attached to this hook ("pre_routing", "local_in", all by "first", "last")? 0 or negative errno;
 * leaves nothing attached. */
int netfilter_probe(const char *hook);
/* Makes a program one of netfilter's: libbpf 1.1 does not know the type. */
struct bpf_program;
void netfilter_prepare(struct bpf_program *p);
