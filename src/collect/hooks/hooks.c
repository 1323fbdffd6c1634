/* Chooses hooks from the table of features, loads and attaches them. */
#include "hooks.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "record.h"
#include "cgroup.h"
#include "feature_table.h"
#include "maps.h"
#include "netfilter.h"
#include "outbox.h"
#include "probe.h"
#include "sets.h"
#include "text.h"

#define PREALLOCATED_MAX (32 << 20) /* bytes per map */
#define ELEMENT_HEAD 48             /* struct htab_elem */

/* The words of --without, and which kinds each excludes. */
static const struct {
	const char *word;
	u32 kinds; /* one bit each */
} without_words[] = {
    {"fentry", 1U << HOOK_FENTRY | 1U << HOOK_FEXIT},
    {"fexit", 1U << HOOK_FENTRY | 1U << HOOK_FEXIT},
    {"kprobe", 1U << HOOK_KPROBE | 1U << HOOK_KRETPROBE},
    {"tracepoint", 1U << HOOK_TP_BTF | 1U << HOOK_RAW_TP},
    {"cgroup", 1U << HOOK_CGROUP_SOCK | 1U << HOOK_SOCK_OPS | 1U << HOOK_CGROUP_SKB},
};

static bool ruled_out(const struct collect_options *o, enum hook_kind kind)
{
	for (size_t i = 0; i < o->without_count; i++)
		for (size_t k = 0; k < ARRAY_SIZE(without_words); k++)
			if (strcmp(o->without[i], without_words[k].word) == 0 && without_words[k].kinds >> kind & 1)
				return true;
	return false;
}

const char *hooks_feature_name(enum feature_id f)
{
	return features[f].name;
}

void hooks_describe(const struct hooks *h, enum feature_id f, char *dst, size_t size)
{
	const struct feature *feature = &features[f];

	dst[0] = '\0';
	if (h->state[f].chosen < 0) {
		if (feature->fallback)
			snprintf(dst, size, "%s", feature->fallback);
		return;
	}
	for (size_t i = 0; i < HOOKS_MAX; i++) {
		const struct hook *hook = &feature->alt[h->state[f].chosen].hook[i];

		if (!hook->target)
			break;
		if (i && hook->kind == hook[-1].kind && strcmp(hook->target, hook[-1].target) == 0)
			continue;
		text_join(dst, size, " ", "%s/%s", probe_kind_name(hook->kind), hook->target);
	}
}

static void report_feature(const struct hooks *h, enum feature_id f, struct outbox *out)
{
	struct record_feature r = {.required = features[f].required, .number = features[f].number};

	snprintf((char *)r.name, sizeof(r.name), "%s", features[f].name);
	hooks_describe(h, f, (char *)r.hook, sizeof(r.hook));
	snprintf((char *)r.reason, sizeof(r.reason), "%s", h->state[f].reason);
	outbox_keep(out, RECORD_FEATURE, &r);
}

void hooks_report(const struct hooks *h, enum hook_set set, struct outbox *out)
{
	for (enum feature_id f = 0; f < FEATURE_COUNT; f++)
		if (features[f].set == set)
			report_feature(h, f, out);
}

/* Attaching a function's hook as a test and detaching it again takes as long as starting the table does (the kernel
 * walks all its functions, more than once). So once one hook of a kind has attached, it is enough that the others load;
 * should the kernel then refuse to attach one of them, hooks_load() tests each by attaching it. */
static int try_hook(struct hooks *h, enum hook_kind kind, const char *target, char *reason, size_t size)
{
	bool attach = h->thorough || !(h->attached_kinds & 1U << kind);
	int r = probe_hook(h->types, kind, target, attach, reason, size);

	if (r == 0 && (kind == HOOK_FENTRY || kind == HOOK_FEXIT))
		h->attached_kinds |= 1U << kind;
	return r;
}

/* Does every hook of the alternative attach? Otherwise appends the cause to reason. --without excludes only what is not
 * required. */
static bool try_alternative(struct hooks *h, const struct alternative *a, bool required, char *reason, size_t size)
{
	char why[128];

	for (size_t i = 0; i < HOOKS_MAX && a->hook[i].target; i++) {
		enum hook_kind kind = a->hook[i].kind;
		int args = a->hook[i].args;

		if (!required && ruled_out(h->options, kind))
			snprintf(why, sizeof(why), "ruled out by --without");
		else if (args && probe_function_args(h->types, a->hook[i].target) != args)
			snprintf(why, sizeof(why), "not in this kernel, or with other arguments");
		else if (try_hook(h, kind, a->hook[i].target, why, sizeof(why)) == 0)
			continue;
		text_join(reason, size, "; ", "%s/%s %s", probe_kind_name(kind), a->hook[i].target, why);
		return false;
	}
	return true;
}

static void choose(struct hooks *h, enum feature_id f)
{
	const struct collect_options *o = h->options;

	h->state[f].chosen = -1;
	h->state[f].reason[0] = '\0';
	if ((f == FEATURE_PAYLOAD && !o->payload) || (f == FEATURE_NETFILTER && !o->netfilter)) {
		snprintf(h->state[f].reason, sizeof(h->state[f].reason), "it was not asked for (%s)",
			 f == FEATURE_PAYLOAD ? "-i" : "-n");
		return;
	}
	for (int i = 0; i < ALTERNATIVES_MAX && features[f].alt[i].hook[0].target; i++) {
		if (!try_alternative(h, &features[f].alt[i], features[f].required, h->state[f].reason,
				     sizeof(h->state[f].reason)))
			continue;
		h->state[f].chosen = i;
		return;
	}
}

/* libbpf must not write to the terminal that the screen is on. We report failures in one line of our own. */
static int silent(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

const struct btf *hooks_types(struct hooks *h, struct error *err)
{
	libbpf_set_print(silent);
	if (!h->types)
		h->types = btf__load_vmlinux_btf();
	if (!h->types)
		error_set(err, -errno, "the kernel's BTF cannot be read: %s", strerror(errno));
	return h->types;
}

void hooks_forget_types(struct hooks *h)
{
	btf__free(take(h->types));
}

static int choose_set(struct hooks *h, enum hook_set set, struct error *err)
{
	int r = 0;

	for (enum feature_id f = 0; f < FEATURE_COUNT; f++) {
		if (features[f].set != set)
			continue;
		choose(h, f);
		if (h->state[f].chosen < 0 && features[f].required && r == 0)
			r = error_set(err, -EOPNOTSUPP, "this kernel cannot serve \"%s\": %s", features[f].name,
				      h->state[f].reason);
	}
	return r;
}

int hooks_choose(struct hooks *h, enum hook_set set, struct error *err)
{
	return hooks_types(h, err) ? choose_set(h, set, err) : -ENOENT;
}

bool hooks_serves(const struct hooks *h, enum feature_id f, enum hook_kind kind)
{
	return h->state[f].chosen >= 0 && features[f].alt[h->state[f].chosen].hook[0].kind == kind;
}

bool hooks_each(const struct hooks *h, enum feature_id f, size_t i, const char **target, const char **program)
{
	if (h->state[f].chosen < 0 || i >= HOOKS_MAX)
		return false;
	*target = features[f].alt[h->state[f].chosen].hook[i].target;
	*program = features[f].alt[h->state[f].chosen].hook[i].program;
	return *target != NULL;
}

bool hooks_make_cookies(const struct hooks *h)
{
	return hooks_serves(h, FEATURE_COOKIES, HOOK_HELPER);
}

struct bpf_object *hooks_object(const struct hooks *h, enum hook_set set)
{
	return hook_sets[set].object(h);
}

/* -- loading ------------------------------------------------------------------------------------------------------- */

struct bpf_program *hooks_program(const struct hooks *h, enum feature_id f, size_t i)
{
	struct bpf_object *object = hooks_object(h, features[f].set);
	const char *target, *name = NULL;

	hooks_each(h, f, i, &target, &name);
	return object && name ? bpf_object__find_program_by_name(object, name) : NULL;
}

/* Gives up a feature that passed probing but was refused by the verifier or at attach. */
static void give_up(struct hooks *h, enum feature_id f, const char *what, int code)
{
	h->state[f].chosen = -1;
	text_join(h->state[f].reason, sizeof(h->state[f].reason), "; ", "%s: %s", what, strerror(-code));
}

/* Before 6.1 (bpf_mem_alloc) maps used by programs on kprobes or raw tracepoints must not allocate at run time: the
 * kernel accepts such a program, but with a warning and a stack trace in its log. There hash maps are preallocated, and
 * smaller. */
static void preallocate_maps(struct bpf_object *obj, const struct btf *btf)
{
	struct bpf_map *m;

	if (btf__find_by_name_kind(btf, "bpf_mem_alloc", BTF_KIND_STRUCT) > 0)
		return;
	bpf_object__for_each_map(m, obj)
	{
		u32 most = PREALLOCATED_MAX / (bpf_map__key_size(m) + bpf_map__value_size(m) + ELEMENT_HEAD);

		if (bpf_map__type(m) != BPF_MAP_TYPE_HASH || bpf_map__fd(m) >= 0)
			continue;
		bpf_map__set_map_flags(m, bpf_map__map_flags(m) & ~(u32)BPF_F_NO_PREALLOC);
		bpf_map__set_max_entries(m, MIN(bpf_map__max_entries(m), most));
	}
}

/* A map with elements for each processor (src/bpf/own.h). */
static bool is_own(const struct bpf_map *m)
{
	return !bpf_map__is_internal(m) && bpf_map__map_flags(m) & BPF_F_MMAPABLE;
}

static void size_own_maps(struct bpf_object *obj)
{
	struct bpf_map *m;

	bpf_object__for_each_map(m, obj) if (is_own(m))
	    bpf_map__set_max_entries(m, bpf_map__max_entries(m) * map_cpus());
}

/* Opens the object, enables the programs of the chosen alternatives, and loads it. */
static int open_and_load(struct hooks *h, enum hook_set set)
{
	int r = hook_sets[set].open(h, h->types);

	for (enum feature_id f = 0; r == 0 && f < FEATURE_COUNT; f++) {
		for (size_t i = 0; features[f].set == set && i < HOOKS_MAX; i++) {
			struct bpf_program *p = hooks_program(h, f, i);

			if (!p)
				continue;
			bpf_program__set_autoload(p, true);
			if (hooks_serves(h, f, HOOK_NETFILTER))
				netfilter_prepare(p);
		}
	}
	if (r == 0) {
		preallocate_maps(hooks_object(h, set), h->types);
		if (!hook_sets[set].shared)
			size_own_maps(hooks_object(h, set));
	}
	if (r == 0)
		r = hook_sets[set].load(h);
	if (r < 0)
		hook_sets[set].close(h);
	return r;
}

/* An object loads as a whole or not at all: if it does not, the optional features are tried one by one together with
 * the required ones. */
static int load_without_culprits(struct hooks *h, enum hook_set set)
{
	int chosen[FEATURE_COUNT], r;

	for (enum feature_id f = 0; f < FEATURE_COUNT; f++) {
		chosen[f] = h->state[f].chosen;
		if (features[f].set == set && !features[f].required)
			h->state[f].chosen = -1;
	}
	for (enum feature_id f = 0; f < FEATURE_COUNT; f++) {
		if (features[f].set != set || features[f].required || chosen[f] < 0)
			continue;
		h->state[f].chosen = chosen[f];
		r = open_and_load(h, set);
		if (r == 0)
			hook_sets[set].close(h);
		h->state[f].chosen = -1;
		if (r < 0) {
			give_up(h, f, "refused by the verifier", r);
			chosen[f] = -1;
		}
	}
	for (enum feature_id f = 0; f < FEATURE_COUNT; f++)
		if (features[f].set == set)
			h->state[f].chosen = chosen[f];
	return open_and_load(h, set);
}

void hooks_detach(struct hooks *h, enum feature_id f)
{
	for (size_t i = 0; i < HOOKS_MAX; i++)
		bpf_link__destroy(take(h->state[f].link[i]));
}

static struct bpf_link *attach_program(const struct bpf_program *p, enum hook_kind kind)
{
	cleanup_close int cgroup = -1;

	if (kind != HOOK_CGROUP_SOCK && kind != HOOK_SOCK_OPS && kind != HOOK_CGROUP_SKB)
		return bpf_program__attach(p);
	cgroup = cgroup_open_root();
	return bpf_program__attach_cgroup(p, cgroup);
}

static int attach_feature(struct hooks *h, enum feature_id f, struct error *err)
{
	for (size_t i = 0; h->state[f].chosen >= 0 && i < HOOKS_MAX; i++) {
		struct bpf_program *p = hooks_program(h, f, i);
		int r;

		if (!p || hooks_serves(h, f, HOOK_NETFILTER))
			continue;
		h->state[f].link[i] = attach_program(p, features[f].alt[h->state[f].chosen].hook[i].kind);
		if (h->state[f].link[i])
			continue;
		r = -errno;
		h->refused = true;
		hooks_detach(h, f);
		if (features[f].required)
			return error_set(err, r, "cannot attach %s: %s", bpf_program__name(p), strerror(-r));
		give_up(h, f, "refused at attach", r);
	}
	return 0;
}

void hooks_attach(struct hooks *h, enum feature_id f)
{
	struct error err = {};

	if (!h->state[f].link[0])
		(void)!attach_feature(h, f, &err);
}

static int attach_set(struct hooks *h, enum hook_set set, struct error *err)
{
	int r = 0;

	for (enum feature_id f = 0; r == 0 && f < FEATURE_COUNT; f++)
		if (features[f].set == set && !features[f].on_demand)
			r = attach_feature(h, f, err);
	return r;
}

static int choose_and_load(struct hooks *h, enum hook_set set, struct error *err)
{
	int r = choose_set(h, set, err);

	if (r < 0)
		return r;
	r = open_and_load(h, set);
	if (r < 0)
		r = load_without_culprits(h, set);
	return r < 0 ? error_set(err, r, "the kernel refuses the BPF programs: %s (see skbtop --doctor)", strerror(-r))
		     : 0;
}

int hooks_load(struct hooks *h, enum hook_set set, struct error *err)
{
	int r;

	if (!hooks_types(h, err))
		return -ENOENT;
	h->refused = false;
	r = choose_and_load(h, set, err);
	if (r == 0)
		r = attach_set(h, set, err);
	if (h->refused && !h->thorough) {
		h->thorough = true;
		hooks_unload(h, set);
		return hooks_load(h, set, err);
	}
	if (r < 0)
		hooks_unload(h, set);
	return r;
}

void *hooks_view(struct hooks *h, const struct bpf_map *map, u32 *cpus)
{
	size_t i = 0;

	while (i < VIEWS_MAX && h->view[i].map && h->view[i].map != map)
		i++;
	*cpus = 0;
	if (i == VIEWS_MAX)
		return NULL;
	if (!h->view[i].map) {
		h->view[i].at = map_view(map, &h->view[i].size);
		if (!h->view[i].at)
			return NULL;
		h->view[i].map = map;
	}
	*cpus = map_cpus();
	return h->view[i].at;
}

static void drop_views(struct hooks *h, const struct bpf_object *obj)
{
	struct bpf_map *m;

	bpf_object__for_each_map(m, obj)
	{
		for (size_t i = 0; i < VIEWS_MAX; i++) {
			if (h->view[i].map != m)
				continue;
			munmap(h->view[i].at, h->view[i].size);
			h->view[i].map = NULL;
		}
	}
}

void hooks_unload(struct hooks *h, enum hook_set set)
{
	for (enum feature_id f = 0; f < FEATURE_COUNT; f++)
		if (features[f].set == set)
			hooks_detach(h, f);
	if (!hook_sets[set].object(h))
		return;
	drop_views(h, hook_sets[set].object(h));
	hook_sets[set].close(h);
}

void hooks_refuse(struct hooks *h, enum hook_set set, const char *why)
{
	for (enum feature_id f = 0; f < FEATURE_COUNT; f++) {
		if (features[f].set != set || h->state[f].chosen < 0)
			continue;
		h->state[f].chosen = -1;
		snprintf(h->state[f].reason, sizeof(h->state[f].reason), "%s", why);
	}
}

void hooks_init(struct hooks *h, const struct collect_options *o)
{
	*h = (struct hooks){.options = o};
	for (enum feature_id f = 0; f < FEATURE_COUNT; f++)
		h->state[f].chosen = -1;
}

void hooks_deinit(struct hooks *h)
{
	for (enum hook_set set = SET_COUNT; set-- > 0;)
		hooks_unload(h, set);
	hooks_forget_types(h);
}
