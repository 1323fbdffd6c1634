/* Makes netfilter links with bpf(2) itself: libbpf 1.1 has no function for it. */
#include "netfilter.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "array.h"
#include "feature_table.h"

/* include/uapi/linux/bpf.h since 6.4, include/uapi/linux/netfilter.h */
#define PROG_TYPE_NETFILTER 32
#define ATTACH_NETFILTER 45
#define NETNS_COOKIE 71 /* SO_NETNS_COOKIE, 5.14 */

/* No two programs in a namespace may have the same priority: others may have taken up to this many of ours. */
#define OTHERS_MAX 64
#define FDS_KEPT 64 /* for iterators, namespaces, files of /proc, and programs and maps that are loaded later */

/* As early and as late as the kernel allows: INT_MIN and INT_MAX are its own. A name may stand for several hooks. The
 * stamps of a layer that begins before a hook or ends behind it enclose the time in the hook:
 *
 *	INT_MIN + 1	PRE_ROUTING: IP entry
 *	INT_MIN + 2	all: the packet enters the hook
 *	...		what others have there, conntrack and the tables
 *	INT_MAX - 2	all: the packet leaves the hook
 *	INT_MAX - 1	LOCAL_IN: TCP or UDP entry
 *	INT_MAX		LOCAL_IN, POST_ROUTING: conntrack confirms the connection; not in the time of these hooks
 *
 * Where a priority is taken (another skbtop) ours move inwards, and stay in this order. */
static const struct nf_hook {
	const char *name;
	u32 number; /* enum nf_inet_hooks */
	s32 priority;
	s32 next; /* step to the next priority to try if this one is taken */
} nf_hooks[] = {
    {"pre_routing", NETFILTER_PRE_ROUTING, INT_MIN + 1, 1}, {"local_in", NETFILTER_LOCAL_IN, INT_MAX - 1, -1},
    {"last", NETFILTER_PRE_ROUTING, INT_MAX - 2, -1},       {"last", NETFILTER_LOCAL_IN, INT_MAX - 2, -1},
    {"last", NETFILTER_FORWARD, INT_MAX - 2, -1},           {"last", NETFILTER_LOCAL_OUT, INT_MAX - 2, -1},
    {"last", NETFILTER_POST_ROUTING, INT_MAX - 2, -1},      {"first", NETFILTER_PRE_ROUTING, INT_MIN + 2, 1},
    {"first", NETFILTER_LOCAL_IN, INT_MIN + 2, 1},          {"first", NETFILTER_FORWARD, INT_MIN + 2, 1},
    {"first", NETFILTER_LOCAL_OUT, INT_MIN + 2, 1},         {"first", NETFILTER_POST_ROUTING, INT_MIN + 2, 1},
};

static const u32 families[] = {AF_INET, AF_INET6};

static const struct nf_hook *find_hook(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(nf_hooks); i++)
		if (strcmp(nf_hooks[i].name, name) == 0)
			return &nf_hooks[i];
	return NULL;
}

/* The argument of BPF_LINK_CREATE. */
struct link_request {
	u32 prog_fd, target_fd, attach_type, flags;
	u32 pf, hooknum;
	s32 priority;
	u32 nf_flags;
	u8 rest[96];
};

static int make_link(int prog, const struct nf_hook *hook, u32 family)
{
	struct link_request r = {
	    .prog_fd = (u32)prog,
	    .attach_type = ATTACH_NETFILTER,
	    .pf = family,
	    .hooknum = hook->number,
	    .priority = hook->priority,
	};
	int fd = -1;

	for (u32 i = 0; i <= OTHERS_MAX; i++) {
		fd = (int)syscall(SYS_bpf, BPF_LINK_CREATE, &r, sizeof(r));
		if (fd >= 0 || errno != EBUSY)
			break;
		r.priority += hook->next;
	}
	return fd < 0 ? -errno : fd;
}

void netfilter_prepare(struct bpf_program *p)
{
	bpf_program__set_type(p, PROG_TYPE_NETFILTER);
	bpf_program__set_expected_attach_type(p, ATTACH_NETFILTER);
}

int netfilter_probe(const char *name)
{
	/* r0 = NF_ACCEPT; exit */
	static const struct bpf_insn insns[] = {{.code = 0xb7, .imm = 1}, {.code = 0x95}};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = ATTACH_NETFILTER);
	const struct nf_hook *hook = find_hook(name);
	cleanup_close int prog = bpf_prog_load(PROG_TYPE_NETFILTER, "probe", "GPL", insns, ARRAY_SIZE(insns), &opts);
	cleanup_close int link = -1;

	if (prog < 0 || !hook)
		return prog < 0 ? -errno : -ENOENT;
	link = make_link(prog, hook, AF_INET);
	return link < 0 ? link : 0;
}

bool netfilter_keep(struct netfilter *n, u64 netns)
{
	bool found = false;

	for (u32 i = 0; i < n->count; i++) {
		if (n->links[i].netns != netns)
			continue;
		n->links[i].round = n->round;
		n->missing_now += n->links[i].fd < 0;
		found = true;
	}
	return found;
}

/* Links may use any descriptor that is not needed for passes and maps. */
static bool is_spare(int fd)
{
	struct rlimit most;

	return getrlimit(RLIMIT_NOFILE, &most) < 0 || (rlim_t)fd + FDS_KEPT < most.rlim_cur;
}

static bool keep(struct netfilter *n, u64 netns, int fd)
{
	if (array_append(&n->links, &n->cap, n->count, sizeof(*n->links)) < 0)
		return false;
	n->links[n->count++] = (struct netfilter_link){netns, n->round, fd};
	return true;
}

/* Inodes of namespaces are reused, cookies are not. */
static u64 own_cookie(u32 inode)
{
	cleanup_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(u64);
	u64 cookie = 0;

	return fd >= 0 && getsockopt(fd, SOL_SOCKET, NETNS_COOKIE, &cookie, &len) == 0 && cookie ? cookie : inode;
}

/* Is the feature served by programs in netfilter's hooks? */
static bool uses_links(const struct hooks *h, enum feature_id f)
{
	return features[f].set == SET_STAGES && hooks_serves(h, f, HOOK_NETFILTER);
}

/* One program can serve several features: it is attached for the first of them. */
static bool serves_before(const struct hooks *h, enum feature_id before, const char *wanted)
{
	const char *target, *program;

	for (enum feature_id f = 0; f < before; f++)
		if (uses_links(h, f))
			for (size_t i = 0; hooks_each(h, f, i, &target, &program); i++)
				if (strcmp(program, wanted) == 0)
					return true;
	return false;
}

static int attach_hook(struct netfilter *n, u64 netns, const struct bpf_program *p, const struct nf_hook *hook,
		       u32 family)
{
	int fd = p ? make_link(bpf_program__fd(p), hook, family) : -ENOENT;

	if (fd < 0 || (is_spare(fd) && keep(n, netns, fd)))
		return MIN(fd, 0);
	close(fd);
	return -EMFILE;
}

/* Attaches a program to each hook that its target stands for, for IPv4 and IPv6. 0, or the negative errno of one that
 * failed. */
static int attach_program(struct netfilter *n, u64 netns, const struct bpf_program *p, const char *target)
{
	int failed = 0;

	for (size_t i = 0; i < ARRAY_SIZE(nf_hooks) && failed != -EMFILE; i++) {
		for (size_t k = 0; strcmp(nf_hooks[i].name, target) == 0 && k < ARRAY_SIZE(families); k++) {
			int r = attach_hook(n, netns, p, &nf_hooks[i], families[k]);

			failed = r < 0 ? r : failed;
		}
	}
	return failed;
}

/* Where descriptors ran out, the namespace has no links and is tried again in the next round; after any other error it
 * keeps the links that could be made. */
static void note_missing(struct netfilter *n, u64 netns, u32 before, int failed)
{
	n->missing_now++;
	if (failed != -EMFILE && failed != -ENFILE) {
		(void)!keep(n, netns, -1);
		return;
	}
	while (n->count > before)
		close(n->links[--n->count].fd);
}

void netfilter_attach(struct netfilter *n, const struct hooks *h, u32 inode)
{
	struct bpf_object *object = hooks_object(h, SET_STAGES);
	u64 netns = own_cookie(inode);
	const char *target, *program;
	const struct bpf_program *p;
	u32 before = n->count;
	int failed = 0, r;

	if (!object || netfilter_keep(n, netns))
		return;
	for (enum feature_id f = 0; f < FEATURE_COUNT; f++) {
		if (!uses_links(h, f))
			continue;
		for (size_t i = 0; hooks_each(h, f, i, &target, &program); i++)
			if (!serves_before(h, f, program)) {
				p = bpf_object__find_program_by_name(object, program);
				r = attach_program(n, netns, p, target);
				failed = r < 0 ? r : failed;
			}
	}
	if (failed < 0)
		note_missing(n, netns, before, failed);
}

bool netfilter_wanted(const struct hooks *h)
{
	for (enum feature_id f = 0; f < FEATURE_COUNT; f++)
		if (uses_links(h, f))
			return true;
	return false;
}

void netfilter_sweep(struct netfilter *n)
{
	u32 kept = 0;

	for (u32 i = 0; i < n->count; i++) {
		if (n->links[i].round == n->round)
			n->links[kept++] = n->links[i];
		else if (n->links[i].fd >= 0)
			close(n->links[i].fd);
	}
	n->count = kept;
	n->missing = n->missing_now;
	n->missing_now = 0;
	n->round++;
}

void netfilter_detach(struct netfilter *n)
{
	for (u32 i = 0; i < n->count; i++)
		if (n->links[i].fd >= 0)
			close(n->links[i].fd);
	free(n->links);
	*n = (struct netfilter){};
}
