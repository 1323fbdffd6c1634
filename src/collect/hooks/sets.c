/* The objects in the kernel, and their constants that depend on it. */
#include "sets.h"

#include <bpf/libbpf.h>
#include <errno.h>

#include "record.h"
#include "abi.h"
#include "abi_stages.h"
#include "losses.skel.h"
#include "probe.h"
#include "reasons.h"
#include "skbtop.skel.h"
#include "stages.skel.h"

/* Opens the object and sets the constants that depend on the kernel. */
static int open_table(struct hooks *h, const struct btf *btf)
{
	int args;

	h->table = skbtop_bpf__open();
	if (!h->table)
		return -errno;
	args = probe_function_args(btf, "udp_recvmsg");
	if (args > 0)
		h->table->rodata->udp_recvmsg_args = (u32)args;
	args = probe_function_args(btf, "inet_csk_accept");
	if (args > 0)
		h->table->rodata->accept_args = (u32)args;
	h->table->rodata->flow_by_address =
	    hooks_serves(h, FEATURE_UDP_SEND, HOOK_KPROBE) || hooks_serves(h, FEATURE_UDP_RECEIVE, HOOK_KPROBE);
	h->table->rodata->keeps_no_file = hooks_has(h, FEATURE_KEPT);
	h->table->rodata->retransmit_has_err = probe_tracepoint_args(btf, "tcp_retransmit_skb") >= 3;
	return 0;
}

static int load_table(struct hooks *h)
{
	return skbtop_bpf__load(h->table);
}

static void close_table(struct hooks *h)
{
	skbtop_bpf__destroy(take(h->table));
}

static struct bpf_object *table_object(const struct hooks *h)
{
	return h->table ? h->table->obj : NULL;
}

static int open_stages(struct hooks *h, const struct btf *btf)
{
	h->stages = stages_bpf__open();
	if (!h->stages)
		return -errno;
	h->stages->rodata->drop_has_reason = probe_tracepoint_args(btf, "kfree_skb") >= 3;
	if (!hooks_has(h, FEATURE_NETFILTER)) {
		bpf_map__set_max_entries(h->stages->maps.nf_slots, 1);
		bpf_map__set_max_entries(h->stages->maps.nf_passed, 1);
	}
	return 0;
}

static int load_stages(struct hooks *h)
{
	return stages_bpf__load(h->stages);
}

static void close_stages(struct hooks *h)
{
	stages_bpf__destroy(take(h->stages));
}

static struct bpf_object *stages_object(const struct hooks *h)
{
	return h->stages ? h->stages->obj : NULL;
}

static u32 reason_or_0(const struct reasons *r, const char *name)
{
	long number = reasons_number(r, name);

	return number < 0 ? 0 : (u32)number;
}

/* Which reasons the programs need not report, by this kernel's numbers. */
static void set_reasons(struct losses_bpf__rodata *to, const struct btf *btf)
{
	struct reasons *r = reasons_new(btf);

	reasons_set(r, REASON_NO_DROP, (u64 *)to->reasons_no_drop, ABI_REASONS);
	reasons_set(r, REASON_UNMISSED, (u64 *)to->reasons_unmissed, ABI_REASONS);
	to->reason_unspecified = reason_or_0(r, "NOT_SPECIFIED");
	/* Two reasons since Linux 6.6. */
	if (reasons_number(r, "TCP_OLD_SEQUENCE") < 0)
		to->reason_outside = reason_or_0(r, "TCP_INVALID_SEQUENCE");
	reasons_free(r);
}

static int open_losses(struct hooks *h, const struct btf *btf)
{
	h->losses = losses_bpf__open();
	if (!h->losses)
		return -errno;
	h->losses->rodata->drop_has_reason = probe_tracepoint_args(btf, "kfree_skb") >= 3;
	h->losses->rodata->drop_has_sk = probe_tracepoint_args(btf, "kfree_skb") >= 4;
	if (h->losses->rodata->drop_has_reason)
		set_reasons(h->losses->rodata, btf);
	h->losses->rodata->retransmit_has_err = probe_tracepoint_args(btf, "tcp_retransmit_skb") >= 3;
	h->losses->rodata->reset_has_reason = probe_tracepoint_args(btf, "tcp_send_reset") >= 3;
	return 0;
}

static int load_losses(struct hooks *h)
{
	return losses_bpf__load(h->losses);
}

static void close_losses(struct hooks *h)
{
	losses_bpf__destroy(take(h->losses));
}

static struct bpf_object *losses_object(const struct hooks *h)
{
	return h->losses ? h->losses->obj : NULL;
}

const struct hook_set_class hook_sets[SET_COUNT] = {
    [SET_TABLE] = {open_table, load_table, close_table, table_object},
    [SET_LOSSES] = {open_losses, load_losses, close_losses, losses_object},
    [SET_STAGES] = {open_stages, load_stages, close_stages, stages_object},
};
