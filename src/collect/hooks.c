/* The table of features and their hooks, best first, and how the chosen ones come into the kernel. */
#include "hooks.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "probe.h"
#include "skbtop.skel.h"

#define PROGRAMS_MAX 4

/* One way to serve a feature: every target must attach. */
struct alternative {
	struct {
		enum hook_kind kind;
		const char *target;  /* NULL: end of the list */
		const char *program; /* the function in src/bpf */
	} hook[PROGRAMS_MAX];
};

#define ALTERNATIVES_MAX 3

static const struct feature {
	const char *name;
	bool required;
	const char *fallback; /* what serves it without any hook; NULL: nothing does */
	struct alternative alt[ALTERNATIVES_MAX];
} features[FEATURE_COUNT] = {
	[FEATURE_FILES] = {"sockets with a file", true, NULL, {{{{HOOK_ITER, "task_file", "task_file"}}}}},
	[FEATURE_STATES] = {"births, states and ends", true, NULL, {{{{HOOK_TP_BTF, "inet_sock_set_state", "set_state"}}}}},
	[FEATURE_DESTROY] = {"end of a TCP socket", true, NULL, {{{{HOOK_TP_BTF, "tcp_destroy_sock", "destroy_sock"}}}}},
	[FEATURE_RETRANSMIT] = {"retransmits by cause",
				false,
				NULL,
				{{{{HOOK_TP_BTF, "tcp_retransmit_skb", "retransmit_skb"}}}}},
	[FEATURE_RESET_RECEIVED] = {"resets received",
				    false,
				    NULL,
				    {{{{HOOK_TP_BTF, "tcp_receive_reset", "receive_reset"}}}}},
	[FEATURE_RESET_SENT] = {"resets sent", false, NULL, {{{{HOOK_RAW_TP, "tcp_send_reset", "send_reset"}}}}},
	[FEATURE_ACCEPT] = {"owner at accept",
			    false,
			    "the next pass over files",
			    {{{{HOOK_FEXIT, "inet_csk_accept", "accept_fexit"}}},
			     {{{HOOK_KRETPROBE, "inet_csk_accept", "accept_kretprobe"}}}}},
	[FEATURE_UDP_SEND] = {"udp bytes sent",
			      false,
			      NULL,
			      {{{{HOOK_FEXIT, "udp_sendmsg", "udp_sendmsg_fexit"},
				 {HOOK_FEXIT, "udpv6_sendmsg", "udpv6_sendmsg_fexit"}}},
			       {{{HOOK_KPROBE, "udp_sendmsg", "udp_sendmsg_kprobe"},
				 {HOOK_KRETPROBE, "udp_sendmsg", "udp_sendmsg_kretprobe"},
				 {HOOK_KPROBE, "udpv6_sendmsg", "udpv6_sendmsg_kprobe"},
				 {HOOK_KRETPROBE, "udpv6_sendmsg", "udpv6_sendmsg_kretprobe"}}},
			       {{{HOOK_TP_BTF, "sock_send_length", "send_length"}}}}},
	[FEATURE_UDP_RECEIVE] = {"udp bytes received",
				 false,
				 NULL,
				 {{{{HOOK_FEXIT, "udp_recvmsg", "udp_recvmsg_fexit"},
				    {HOOK_FEXIT, "udpv6_recvmsg", "udpv6_recvmsg_fexit"}}},
				  {{{HOOK_KPROBE, "udp_recvmsg", "udp_recvmsg_kprobe"},
				    {HOOK_KRETPROBE, "udp_recvmsg", "udp_recvmsg_kretprobe"},
				    {HOOK_KPROBE, "udpv6_recvmsg", "udpv6_recvmsg_kprobe"},
				    {HOOK_KRETPROBE, "udpv6_recvmsg", "udpv6_recvmsg_kretprobe"}}},
				  {{{HOOK_TP_BTF, "sock_recv_length", "recv_length"}}}}},
	[FEATURE_UDP_END] = {"end of a UDP socket",
			     false,
			     "two passes over files",
			     {{{{HOOK_FENTRY, "udp_destroy_sock", "udp_destroy_fentry"},
				{HOOK_FENTRY, "udpv6_destroy_sock", "udpv6_destroy_fentry"}}},
			      {{{HOOK_KPROBE, "udp_destroy_sock", "udp_destroy_kprobe"},
				{HOOK_KPROBE, "udpv6_destroy_sock", "udpv6_destroy_kprobe"}}}}},
	[FEATURE_NO_FILE] = {"tcp without a file", false, NULL, {{{{HOOK_ITER, "tcp", "tcp_no_file"}}}}},
	[FEATURE_NO_FILE_UDP] = {"udp without a file", false, NULL, {{{{HOOK_ITER, "udp", "udp_no_file"}}}}},
};

/* The words of --without, and the kinds that each rules out. */
static const struct {
	const char *word;
	enum hook_kind kinds[2];
} without_words[] = {
	{"fentry", {HOOK_FENTRY, HOOK_FEXIT}},
	{"fexit", {HOOK_FENTRY, HOOK_FEXIT}},
	{"kprobe", {HOOK_KPROBE, HOOK_KRETPROBE}},
	{"tracepoint", {HOOK_TP_BTF, HOOK_RAW_TP}},
};

bool collect_hook_kind_known(const char *kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(without_words); i++)
		if (strcmp(kind, without_words[i].word) == 0)
			return true;
	return false;
}

static bool ruled_out(const struct collect_options *o, enum hook_kind kind)
{
	for (size_t i = 0; i < o->without_count; i++)
		for (size_t k = 0; k < ARRAY_SIZE(without_words); k++)
			if (strcmp(o->without[i], without_words[k].word) == 0 &&
			    (kind == without_words[k].kinds[0] || kind == without_words[k].kinds[1]))
				return true;
	return false;
}

const char *hooks_feature_name(enum feature_id f)
{
	return features[f].name;
}

bool hooks_feature_required(enum feature_id f)
{
	return features[f].required;
}

void hooks_describe(const struct hooks *h, enum feature_id f, char *dst, size_t size)
{
	const struct feature *feature = &features[f];
	size_t len = 0;

	dst[0] = '\0';
	if (h->state[f].chosen < 0) {
		if (feature->fallback)
			snprintf(dst, size, "%s", feature->fallback);
		return;
	}
	for (size_t i = 0; i < PROGRAMS_MAX; i++) {
		const char *target = feature->alt[h->state[f].chosen].hook[i].target;

		if (!target || len >= size)
			break;
		len += (size_t)snprintf(dst + len, size - len, "%s%s/%s", i ? " " : "",
					probe_kind_name(feature->alt[h->state[f].chosen].hook[i].kind), target);
	}
}

/* Does every hook of the alternative attach? Otherwise appends to reason why not. */
static bool try_alternative(const struct btf *btf, const struct alternative *a, const struct collect_options *o, char *reason,
			    size_t size)
{
	size_t len = strlen(reason);
	char why[128];

	for (size_t i = 0; i < PROGRAMS_MAX && a->hook[i].target; i++) {
		enum hook_kind kind = a->hook[i].kind;

		if (ruled_out(o, kind))
			snprintf(why, sizeof(why), "ruled out by --without");
		else if (probe_hook(btf, kind, a->hook[i].target, why, sizeof(why)) == 0)
			continue;
		snprintf(reason + len, size - len, "%s%s/%s %s", len ? "; " : "", probe_kind_name(kind), a->hook[i].target, why);
		return false;
	}
	return true;
}

static void choose(struct hooks *h, const struct btf *btf, const struct collect_options *o, enum feature_id f)
{
	h->state[f].chosen = -1;
	h->state[f].reason[0] = '\0';
	for (int i = 0; i < ALTERNATIVES_MAX && features[f].alt[i].hook[0].target; i++) {
		if (!try_alternative(btf, &features[f].alt[i], o, h->state[f].reason, sizeof(h->state[f].reason)))
			continue;
		h->state[f].chosen = i;
		return;
	}
}

/* libbpf's messages are not for the terminal that the screen is on: what failed is told in one line of ours. */
static int silent(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

static struct btf *load_btf(struct error *err)
{
	struct btf *btf;

	libbpf_set_print(silent);
	btf = btf__load_vmlinux_btf();
	if (!btf)
		error_set(err, -errno, "the kernel has no BTF (/sys/kernel/btf/vmlinux): it must be built with CONFIG_DEBUG_INFO_BTF=y");
	return btf;
}

static int choose_all(struct hooks *h, const struct btf *btf, const struct collect_options *o, struct error *err)
{
	int r = 0;

	for (enum feature_id f = 0; f < FEATURE_COUNT; f++) {
		choose(h, btf, o, f);
		if (h->state[f].chosen < 0 && features[f].required && r == 0)
			r = error_set(err, -EOPNOTSUPP, "this kernel cannot serve \"%s\": %s", features[f].name,
				      h->state[f].reason);
	}
	return r;
}

int hooks_choose(struct hooks *h, const struct collect_options *o, struct error *err)
{
	struct btf *btf = load_btf(err);
	int r;

	*h = (struct hooks){};
	if (!btf)
		return -ENOENT;
	r = choose_all(h, btf, o, err);
	btf__free(btf);
	return r;
}

/* Is the feature served by this kind of hook? */
static bool serves(const struct hooks *h, enum feature_id f, enum hook_kind kind)
{
	return h->state[f].chosen >= 0 && features[f].alt[h->state[f].chosen].hook[0].kind == kind;
}

/* Switches on the programs of the chosen alternatives; sets the constants that depend on the kernel. */
static void configure(struct hooks *h, const struct btf *btf)
{
	int args = probe_function_args(btf, "udp_recvmsg");

	if (args > 0)
		h->skel->rodata->udp_recvmsg_args = (u32)args;
	args = probe_function_args(btf, "inet_csk_accept");
	if (args > 0)
		h->skel->rodata->accept_args = (u32)args;
	h->skel->rodata->flow_by_address = serves(h, FEATURE_UDP_SEND, HOOK_KPROBE) || serves(h, FEATURE_UDP_RECEIVE, HOOK_KPROBE);
	h->skel->rodata->retransmit_has_err = probe_tracepoint_args(btf, "tcp_retransmit_skb") >= 3;
	for (enum feature_id f = 0; f < FEATURE_COUNT; f++) {
		for (size_t i = 0; h->state[f].chosen >= 0 && i < PROGRAMS_MAX; i++) {
			const char *name = features[f].alt[h->state[f].chosen].hook[i].program;
			struct bpf_program *p = name ? bpf_object__find_program_by_name(h->skel->obj, name) : NULL;

			if (p)
				bpf_program__set_autoload(p, true);
		}
	}
}

/* Gives up a feature that probing allowed but the verifier or the attach refused. */
static void give_up(struct hooks *h, enum feature_id f, const char *what, int code)
{
	size_t len = strlen(h->state[f].reason);

	h->state[f].chosen = -1;
	snprintf(h->state[f].reason + len, sizeof(h->state[f].reason) - len, "%s%s: %s", len ? "; " : "", what, strerror(-code));
}

static int open_and_load(struct hooks *h, const struct btf *btf)
{
	int r;

	h->skel = skbtop_bpf__open();
	if (!h->skel)
		return -errno;
	configure(h, btf);
	r = skbtop_bpf__load(h->skel);
	if (r == 0)
		return 0;
	skbtop_bpf__destroy(h->skel);
	h->skel = NULL;
	return r;
}

/* An object loads all or nothing: when it does not, the optional features are tried one by one beside the required. */
static int load_without_culprits(struct hooks *h, const struct btf *btf)
{
	struct hooks one = *h;
	int r;

	for (enum feature_id f = 0; f < FEATURE_COUNT; f++)
		if (!features[f].required)
			one.state[f].chosen = -1;
	for (enum feature_id f = 0; f < FEATURE_COUNT; f++) {
		if (features[f].required || h->state[f].chosen < 0)
			continue;
		one.state[f].chosen = h->state[f].chosen;
		r = open_and_load(&one, btf);
		if (r < 0)
			give_up(h, f, "refused by the verifier", r);
		else
			skbtop_bpf__destroy(one.skel);
		one.state[f].chosen = -1;
	}
	return open_and_load(h, btf);
}

static int attach(struct hooks *h, struct error *err)
{
	for (enum feature_id f = 0; f < FEATURE_COUNT; f++) {
		for (size_t i = 0; h->state[f].chosen >= 0 && i < PROGRAMS_MAX; i++) {
			const char *name = features[f].alt[h->state[f].chosen].hook[i].program;
			struct bpf_program *p = name ? bpf_object__find_program_by_name(h->skel->obj, name) : NULL;
			struct bpf_link **slot = NULL;

			if (!p)
				continue;
			for (int k = 0; k < h->skel->skeleton->prog_cnt; k++)
				if (strcmp(h->skel->skeleton->progs[k].name, name) == 0)
					slot = h->skel->skeleton->progs[k].link;
			*slot = bpf_program__attach(p);
			if (*slot)
				continue;
			if (features[f].required)
				return error_set(err, -errno, "cannot attach %s: %s", name, strerror(errno));
			give_up(h, f, "refused at attach", -errno);
		}
	}
	return 0;
}

int hooks_open(struct hooks *h, const struct collect_options *o, struct error *err)
{
	struct btf *btf = load_btf(err);
	int r;

	*h = (struct hooks){};
	if (!btf)
		return -ENOENT;
	r = choose_all(h, btf, o, err);
	if (r == 0) {
		r = open_and_load(h, btf);
		if (r < 0)
			r = load_without_culprits(h, btf);
		if (r < 0)
			error_set(err, r, "the kernel refuses the BPF programs: %s (see skbtop --doctor)", strerror(-r));
	}
	if (r == 0)
		r = attach(h, err);
	btf__free(btf);
	if (r < 0)
		hooks_close(h);
	return r;
}

void hooks_close(struct hooks *h)
{
	skbtop_bpf__destroy(h->skel);
	h->skel = NULL;
}
