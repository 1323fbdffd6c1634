/* The objects in the kernel, and their constants that depend on it. */
#include "sets.h"

#include <bpf/libbpf.h>
#include <errno.h>

#include "record.h"
#include "abi.h"
#include "abi_exchanges.h"
#include "abi_requests.h"
#include "abi_stages.h"
#include "answers.skel.h"
#include "exchanges.skel.h"
#include "losses.skel.h"
#include "probe.h"
#include "reasons.h"
#include "requests.skel.h"
#include "skbtop.skel.h"
#include "stages.skel.h"

/* How many arguments this kernel's function has; where that is not known the constant stays. */
static void set_args(const struct btf *btf, const char *function, u32 *constant)
{
	int args = probe_function_args(btf, function);

	if (args > 0)
		*constant = (u32)args;
}

/* Opens the object and sets the constants that depend on the kernel. */
static int open_table(struct hooks *h, const struct btf *btf)
{
	h->table = skbtop_bpf__open();
	if (!h->table)
		return -errno;
	set_args(btf, "udp_recvmsg", &h->table->rodata->udp_recvmsg_args);
	set_args(btf, "inet_csk_accept", &h->table->rodata->accept_args);
	if (hooks_has(h, FEATURE_REDIRECTS)) {
		set_args(btf, "tcp_bpf_sendmsg_redir", &h->table->rodata->redir_args);
	} else {
		bpf_map__set_max_entries(h->table->maps.redirects, 1);
		bpf_map__set_max_entries(h->table->maps.senders, 1);
	}
	h->table->rodata->flow_by_address =
	    hooks_serves(h, FEATURE_UDP_SEND, HOOK_KPROBE) || hooks_serves(h, FEATURE_UDP_RECEIVE, HOOK_KPROBE);
	h->table->rodata->keeps_no_file = hooks_has(h, FEATURE_KEPT);
	h->table->rodata->retransmit_has_err = probe_tracepoint_args(btf, "tcp_retransmit_skb") >= 3;
	return 0;
}

static int open_stages(struct hooks *h, const struct btf *btf)
{
	h->stages = stages_bpf__open();
	if (!h->stages)
		return -errno;
	h->stages->rodata->drop_has_reason = probe_tracepoint_args(btf, "kfree_skb") >= 3;
	h->stages->rodata->has_cast = probe_function_args(btf, "bpf_rdonly_cast") == 2;
	if (!hooks_has(h, FEATURE_NETFILTER)) {
		bpf_map__set_max_entries(h->stages->maps.nf_slots, 1);
		bpf_map__set_max_entries(h->stages->maps.nf_passed, 1);
	}
	return 0;
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

static int open_exchanges(struct hooks *h, const struct btf *btf)
{
	u32 places = ABI_TURNS_LEAST;

	h->exchanges = exchanges_bpf__open();
	if (!h->exchanges)
		return -errno;
	while (places < ABI_TURNS_MOST && places / 4 < h->sockets)
		places *= 2;
	h->exchanges->rodata->has_cast = probe_function_args(btf, "bpf_rdonly_cast") == 2;
	h->exchanges->rodata->sets_mask = places / ABI_TURN_SET - 1;
	bpf_map__set_max_entries(h->exchanges->maps.turn_sets, places / ABI_TURN_SET);
	bpf_map__set_max_entries(h->exchanges->maps.turns, places);
	return 0;
}

/* Of the object that is h->field, as libbpf's skeleton names it. */
#define FUNCTIONS(field, skeleton)                                                                                     \
	static int load_##field(struct hooks *h)                                                                       \
	{                                                                                                              \
		return skeleton##__load(h->field);                                                                     \
	}                                                                                                              \
	static void close_##field(struct hooks *h)                                                                     \
	{                                                                                                              \
		skeleton##__destroy(take(h->field));                                                                   \
	}                                                                                                              \
	static struct bpf_object *field##_object(const struct hooks *h)                                                \
	{                                                                                                              \
		return h->field ? h->field->obj : NULL;                                                                \
	}
/* … and one without constants that depend on the kernel. */
#define FUNCTIONS_AND_OPEN(field, skeleton)                                                                            \
	FUNCTIONS(field, skeleton)                                                                                     \
	static int open_##field(struct hooks *h, const struct btf *btf)                                                \
	{                                                                                                              \
		(void)btf;                                                                                             \
		h->field = skeleton##__open();                                                                         \
		return h->field ? 0 : -errno;                                                                          \
	}

FUNCTIONS(table, skbtop_bpf)
FUNCTIONS(stages, stages_bpf)
FUNCTIONS(losses, losses_bpf)
FUNCTIONS_AND_OPEN(answers, answers_bpf)
FUNCTIONS(exchanges, exchanges_bpf)
FUNCTIONS_AND_OPEN(requests, requests_bpf)

#define SET(field, ...)                                                                                                \
	{                                                                                                              \
		open_##field, load_##field, close_##field, field##_object, __VA_ARGS__                                 \
	}

const struct hook_set_class hook_sets[SET_COUNT] = {
    [SET_TABLE] = SET(table),
    [SET_LOSSES] = SET(losses),
    [SET_STAGES] = SET(stages),
    [SET_ANSWERS] = SET(answers),
    [SET_EXCHANGES] = SET(exchanges, .shared = true),
    [SET_REQUESTS] = SET(requests),
};
