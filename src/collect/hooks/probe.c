/* Tries hooks with the smallest program that loads: r0 = 0; exit. */
#include "probe.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "cgroup.h"
#include "netfilter.h"

static const struct {
	const char *name;
	enum bpf_prog_type type;
	enum bpf_attach_type attach;
} kinds[] = {
    [HOOK_FENTRY] = {"fentry", BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY},
    [HOOK_FEXIT] = {"fexit", BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT},
    [HOOK_KPROBE] = {"kprobe", BPF_PROG_TYPE_KPROBE, 0},
    [HOOK_KRETPROBE] = {"kretprobe", BPF_PROG_TYPE_KPROBE, 0},
    [HOOK_TP_BTF] = {"tp_btf", BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP},
    [HOOK_RAW_TP] = {"raw_tp", BPF_PROG_TYPE_RAW_TRACEPOINT, 0},
    [HOOK_NETFILTER] = {"netfilter", 0, 0},
    [HOOK_ITER] = {"iter", BPF_PROG_TYPE_TRACING, BPF_TRACE_ITER},
    [HOOK_HELPER] = {"helper", BPF_PROG_TYPE_UNSPEC, 0},
    [HOOK_CGROUP_SOCK] = {"cgroup", BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_CREATE},
    [HOOK_SOCK_OPS] = {"cgroup", BPF_PROG_TYPE_SOCK_OPS, BPF_CGROUP_SOCK_OPS},
    [HOOK_CGROUP_SKB] = {"cgroup_skb", BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_INGRESS},
};

const char *probe_kind_name(enum hook_kind kind)
{
	return kind < ARRAY_SIZE(kinds) && kinds[kind].name ? kinds[kind].name : "none";
}

int probe_function_args(const struct btf *btf, const char *function)
{
	int id = btf__find_by_name_kind(btf, function, BTF_KIND_FUNC);
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, (u32)id) : NULL;

	t = t ? btf__type_by_id(btf, t->type) : NULL;
	return t && btf_is_func_proto(t) ? btf_vlen(t) : -1;
}

/* typedef void (*btf_trace_NAME)(void *, arguments …) */
static const struct btf_type *tracepoint_proto(const struct btf *btf, const char *tracepoint, int *id)
{
	char name[128];
	const struct btf_type *t;

	snprintf(name, sizeof(name), "btf_trace_%s", tracepoint);
	*id = btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF);
	t = *id > 0 ? btf__type_by_id(btf, (u32)*id) : NULL;
	t = t ? btf__type_by_id(btf, t->type) : NULL;
	return t ? btf__type_by_id(btf, t->type) : NULL;
}

int probe_tracepoint_args(const struct btf *btf, const char *tracepoint)
{
	int id;
	const struct btf_type *t = tracepoint_proto(btf, tracepoint, &id);

	return t && btf_is_func_proto(t) ? btf_vlen(t) - 1 : -1;
}

/* The BTF id that a tracing program of this kind attaches to, or negative. */
static int target_id(const struct btf *btf, enum hook_kind kind, const char *target)
{
	char name[128];
	int id;

	switch (kind) {
	case HOOK_TP_BTF: tracepoint_proto(btf, target, &id); return id;
	case HOOK_ITER:
		snprintf(name, sizeof(name), "bpf_iter_%s", target);
		return btf__find_by_name_kind(btf, name, BTF_KIND_FUNC);
	default: return btf__find_by_name_kind(btf, target, BTF_KIND_FUNC);
	}
}

static int why(char *reason, size_t size, int code, const char *what)
{
	snprintf(reason, size, "%s: %s", what, strerror(-code));
	return code;
}

static int probe_program(const struct btf *btf, enum hook_kind kind, const char *target, bool attach, char *reason,
			 size_t size)
{
	/* r0 = 0; exit */
	static const struct bpf_insn insns[] = {{.code = 0xb7}, {.code = 0x95}};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = kinds[kind].attach);
	cleanup_close int prog = -1;
	cleanup_close int link = -1;

	if (kinds[kind].type == BPF_PROG_TYPE_TRACING) {
		int id = target_id(btf, kind, target);

		if (id <= 0)
			return why(reason, size, -ENOENT, "not in this kernel");
		opts.attach_btf_id = (u32)id;
	}
	prog = bpf_prog_load(kinds[kind].type, "probe", "GPL", insns, ARRAY_SIZE(insns), &opts);
	if (prog < 0)
		return why(reason, size, -errno, "refused at load");
	if (!attach || kind == HOOK_ITER)
		return 0;
	link = bpf_raw_tracepoint_open(kind == HOOK_RAW_TP ? target : NULL, prog);
	return link < 0 ? why(reason, size, -errno, "refused at attach") : 0;
}

/* kprobes are perf events: opening one without a program shows whether the function can be probed. */
static int probe_kprobe(enum hook_kind kind, const char *target, char *reason, size_t size)
{
	static const char path[] = "/sys/bus/event_source/devices/kprobe/type";
	struct perf_event_attr attr = {.size = sizeof(attr), .config = kind == HOOK_KRETPROBE};
	cleanup_fclose FILE *f = fopen(path, "re");
	cleanup_close int fd = -1;

	if (!f || fscanf(f, "%u", &attr.type) != 1)
		return why(reason, size, -EOPNOTSUPP, "this kernel has no kprobes");
	attr.config1 = (u64)(uintptr_t)target;
	fd = (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	return fd < 0 ? why(reason, size, -errno, errno == ENOENT ? "not in this kernel" : "refused") : 0;
}

/* No type shows which helpers tracing programs may call: a helper of the same kernel version stands for it, as in
 * src/bpf/table/cookie.h. */
static const struct {
	const char *name, *stand_in, *since;
} helpers[] = {
    {"bpf_get_socket_cookie", "BPF_FUNC_check_mtu", "5.12"},
    {"bpf_sk_storage_get", "BPF_FUNC_sock_from_file", "5.11"},
};

static int probe_helper(const struct btf *btf, const char *name, char *reason, size_t size)
{
	size_t h = 0;
	int id = btf__find_by_name_kind(btf, "bpf_func_id", BTF_KIND_ENUM);
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, (u32)id) : NULL;

	while (h + 1 < ARRAY_SIZE(helpers) && strcmp(helpers[h].name, name) != 0)
		h++;
	for (u32 i = 0; t && i < btf_vlen(t); i++)
		if (strcmp(btf__name_by_offset(btf, btf_enum(t)[i].name_off), helpers[h].stand_in) == 0)
			return 0;
	snprintf(reason, size, "is for tracing programs from %s on", helpers[h].since);
	return -EOPNOTSUPP;
}

/* A cgroup program must not be attached as a test: it would decide about other programs' sockets. */
static int probe_cgroup(const struct btf *btf, enum hook_kind kind, const char *target, char *reason, size_t size)
{
	cleanup_close int cgroup = cgroup_open_root();

	if (cgroup < 0)
		return why(reason, size, -ENOENT, "there is no cgroup v2");
	return probe_program(btf, kind, target, false, reason, size);
}

int probe_hook(const struct btf *btf, enum hook_kind kind, const char *target, bool attach, char *reason, size_t size)
{
	if (kind == HOOK_KPROBE || kind == HOOK_KRETPROBE)
		return probe_kprobe(kind, target, reason, size);
	if (kind == HOOK_HELPER)
		return probe_helper(btf, target, reason, size);
	if (kind == HOOK_CGROUP_SOCK || kind == HOOK_SOCK_OPS || kind == HOOK_CGROUP_SKB)
		return probe_cgroup(btf, kind, target, reason, size);
	if (kind == HOOK_NETFILTER) {
		int r = netfilter_probe(target);

		return r < 0 ? why(reason, size, r, r == -EINVAL ? "is there from Linux 6.4 on" : "refused") : 0;
	}
	return probe_program(btf, kind, target, attach, reason, size);
}

/* The file is in the order of addresses, and long: it is read as far as the last of them, once. */
void probe_functions(const char *const *names, u64 *addresses, unsigned n)
{
	cleanup_fclose FILE *f = fopen("/proc/kallsyms", "re");
	unsigned found = 0;
	char line[256];

	memset(addresses, 0, n * sizeof(*addresses));
	while (f && found < n && fgets(line, sizeof(line), f)) {
		char *name;
		u64 address = strtoull(line, &name, 16);

		if (strlen(name) < 4)
			continue;
		name[strcspn(name, "\n")] = '\0';
		for (unsigned i = 0; i < n; i++) {
			if (addresses[i] || strcmp(name + 3, names[i]) != 0)
				continue;
			addresses[i] = address;
			found++;
		}
	}
}

u64 probe_wake_function(void)
{
	const char *name = "woken_wake_function";
	u64 address;

	probe_functions(&name, &address, 1);
	return address;
}
