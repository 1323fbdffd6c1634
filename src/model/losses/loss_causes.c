/* What of this machine has dropped a packet that was wanted, in plain words, by the kernel's reason. Here is only what
 * somebody has set up, or can mend; reasons that belong to ordinary traffic, and those that other counters tell (full
 * sockets, wrong checksums, full queues), are none. */
#include <string.h>

#include "cleanup.h"
#include "losses.h"

/* Names as in include/net/dropreason-core.h; a name with a star stands for all that begin so. */
static const struct loss_cause causes[] = {
    {"NETFILTER_DROP", "packet filter", "nft list ruleset (or iptables-save) has the rule"},
    {"IP_RPFILTER", "reverse path filter",
     "the way back to the sender is another device: mend the routes, or set rp_filter to 2", .anyone = true},
    {"IP_OUTNOROUTES", "no route", "ip route get says what is missing"},
    {"NEIGH_FAILED", "no neighbour",
     "nobody answers ARP or neighbour discovery for the next hop: is it up, is the address right?"},
    {"SOCKET_FILTER", "socket filter", "a program of the socket (SO_ATTACH_FILTER) or of its cgroup refuses it"},
    {"NEIGH_CREATEFAIL", "full neighbour table", "raise net.ipv4.neigh.default.gc_thresh3 (net.ipv6 alike)"},
    {"BPF_CGROUP_EGRESS", "cgroup program", "bpftool cgroup tree has the programs"},
    {"TC_INGRESS", "tc", "tc filter show dev DEVICE ingress"},
    {"TC_EGRESS", "tc", "tc filter show dev DEVICE egress"},
    {"XFRM_POLICY", "IPsec policy", "ip xfrm policy has it"},
    {"SECURITY_HOOK", "security module", "see the audit log"},
    {"FULL_RING", "full device", "what reads the tun or tap device is too slow"},
    {"TCP_MD5*", "TCP-MD5", "the two ends have different keys, or only one has any", .anyone = true},
    {"TCP_AO*", "TCP-AO", "the two ends have different keys, or only one has any", .anyone = true},
};

static bool fits(const char *name, const char *reason)
{
	size_t n = strcspn(name, "*");

	return name[n] ? strncmp(name, reason, n) == 0 : strcmp(name, reason) == 0;
}

/* Before 5.17 there are no reasons; in nf_hook_slow() nothing else is dropped. */
static bool is_by_hook(const struct model *m, const struct record_loss *r)
{
	char function[RECORD_NAME_LEN];

	loss_function(m, r->location, false, function, sizeof(function));
	return strcmp(function, "nf_hook_slow") == 0;
}

const struct loss_cause *loss_cause(const struct model *m, const struct record_loss *r)
{
	char reason[RECORD_NAME_LEN];

	if (r->kind != LOSS_DROP || r->flags & LOSS_REFUSED)
		return NULL;
	if (!(r->flags & LOSS_REASON))
		return is_by_hook(m, r) ? &causes[0] : NULL;
	loss_reason(m, r, reason, sizeof(reason));
	for (size_t i = 0; i < ARRAY_SIZE(causes); i++)
		if (fits(causes[i].reason, reason))
			return &causes[i];
	return NULL;
}

/* Is it more than an acknowledgement, a bare FIN or a reset, of which late ones are refused everywhere? What has no way
 * out has no header yet (length). */
static bool carries(const struct record_loss *r)
{
	u32 fin = r->tcp_flags & TCP_FIN;

	return r->proto != IPPROTO_TCP || !r->length || (r->end_seq - r->seq > fin && !(r->tcp_flags & TCP_RST));
}

/* A rule that keeps strangers from a port is in order: somebody here must have wanted the packet, as its sender or as
 * the other end of a connection. */
static bool is_wanted(const struct model *m, const struct loss *l)
{
	const struct row *r = loss_row(m, l);
	bool opens = l->r.proto != IPPROTO_TCP || l->r.tcp_flags & TCP_SYN;

	if (!r || !(r->s.has & HAS_REMOTE || l->r.flags & LOSS_TX))
		return false;
	return opens || (!r->closed && r->s.state != STATE_TIME_WAIT);
}

const struct loss_cause *loss_fault(const struct model *m, const struct loss *l)
{
	const struct loss_cause *c = carries(&l->r) ? loss_cause(m, &l->r) : NULL;

	return c && (c->anyone || is_wanted(m, l)) ? c : NULL;
}
