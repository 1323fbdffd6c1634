/* Gives up descriptors, the user, capabilities and system calls, in this order: changing the user clears the effective
 * capabilities, and a process that has become another user may not even write its own files in /proc. */
#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "confine.h"
#include "file.h"
#include "privilege_table.h"
#include "sandbox.h"
#include "text.h"

#define NOBODY 65534 /* where /etc/passwd has no such user either: the kernel's overflow id */

const struct privilege privileges[] = {
    {CAP_BPF, "bpf", true, "loading BPF programs and reading their maps"},
    {CAP_PERFMON, "perfmon", true, "tracing programs"},
    {CAP_SYS_ADMIN, "sys_admin", false, "other network namespaces (setns); the BPF run time (BPF_ENABLE_STATS)"},
    {CAP_DAC_READ_SEARCH, "dac_read_search", false,
     "names of cgroups (open_by_handle_at) and of containers (their runtimes' files); NAT (nf_conntrack)"},
    {CAP_SYS_NICE, "sys_nice", false, "reading the ends of a storm of connections in time (priority)"},
    {CAP_NET_ADMIN, "net_admin", false,
     "names of hosts; programs of control groups; netfilter links: the layer IP where no function can be hooked"},
    {CAP_SYSLOG, "syslog", false, "names of kernel functions: who dropped a packet (/proc/kallsyms)"},
    {CAP_SYS_PTRACE, "sys_ptrace", false, "namespaces and files of other users' processes (/proc/PID/ns, exe)"},
};
const size_t privilege_count = ARRAY_SIZE(privileges);

bool privilege_held(const struct privilege *p)
{
	return capng_have_capability(CAPNG_EFFECTIVE, (unsigned)p->capability);
}

/* -- descriptors --------------------------------------------------------------------------------------------------- */

/* Closes all descriptors from `from` on, except these two. */
static void close_others(unsigned from, unsigned a, unsigned b)
{
	unsigned first = MIN(a, b), last = MAX(a, b);

	if (first > from)
		close_range(from, first - 1, 0);
	first = MAX(first + 1, from);
	if (last > first)
		close_range(first, last - 1, 0);
	close_range(MAX(last + 1, from), ~0U, 0);
}

void confine_descriptors(const struct collect_options *o)
{
	int null = file_open_null();

	for (int fd = 0; null >= 0 && fd <= 2; fd++)
		if (fd != o->in_fd && fd != o->out_fd)
			dup2(null, fd);
	close_others(STDERR_FILENO + 1, (unsigned)o->in_fd, (unsigned)o->out_fd);
	/* Do not keep any file system from being unmounted. */
	(void)!chdir("/");
}

/* -- the user ------------------------------------------------------------------------------------------------------ */

/* The system user that the collector becomes; without one in /etc/passwd, the kernel's nobody. */
struct confine_user {
	uid_t uid;
	gid_t gid;
	char name[32];
};

/* Reads only /etc/passwd, where system users are: a directory service could block us. */
static void confine_find_user(struct confine_user *u, FILE *passwd)
{
	static const char *const names[] = {"nobody", "skbtop"};
	size_t found = 0;
	struct passwd *p;

	*u = (struct confine_user){NOBODY, NOBODY, "nobody"};
	while (passwd && (p = fgetpwent(passwd)))
		for (size_t i = found; i < ARRAY_SIZE(names); i++)
			if (strcmp(p->pw_name, names[i]) == 0 && p->pw_uid && p->pw_gid) {
				*u = (struct confine_user){p->pw_uid, p->pw_gid, ""};
				text_copy(u->name, sizeof(u->name), names[i]);
				found = i;
			}
}

static int failed(struct error *err, const char *what)
{
	int code = errno ? errno : EPERM;

	return error_set(err, -code, "the collector cannot give up privileges: %s: %s", what, strerror(code));
}

static bool may(int capability)
{
	return capng_have_capability(CAPNG_EFFECTIVE, (unsigned)capability);
}

/* The permitted capabilities survive the change, the effective ones do not: keep_capabilities() has to follow. */
static int change_user(struct error *err)
{
	cleanup_fclose FILE *passwd = fopen("/etc/passwd", "re");
	struct confine_user u;

	if (!may(CAP_SETUID) || !may(CAP_SETGID))
		return 0;
	confine_find_user(&u, passwd);
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return failed(err, "PR_SET_KEEPCAPS");
	if (setgroups(0, NULL) < 0)
		return failed(err, "setgroups");
	if (setresgid(u.gid, u.gid, u.gid) < 0)
		return failed(err, "setresgid");
	if (setresuid(u.uid, u.uid, u.uid) < 0)
		return failed(err, "setresuid");
	return prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0 ? failed(err, "PR_SET_KEEPCAPS") : 0;
}

/* -- capabilities -------------------------------------------------------------------------------------------------- */

/* Threads that start later inherit it. Without CAP_SETPCAP, which a container may withhold, the set stays, and
 * no_new_privs serves the same purpose. */
static int drop_bounding_set(struct error *err)
{
	if (!may(CAP_SETPCAP))
		return 0;
	capng_clear(CAPNG_SELECT_BOUNDS);
	return capng_apply(CAPNG_SELECT_BOUNDS) < 0 ? failed(err, "the bounding set") : 0;
}

static int keep_capabilities(const bool *have, struct error *err)
{
	capng_clear(CAPNG_SELECT_CAPS);
	for (size_t i = 0; i < privilege_count; i++)
		if (have[i])
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, (unsigned)privileges[i].capability);
	if (capng_apply(CAPNG_SELECT_CAPS) < 0)
		return failed(err, "capset");
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return failed(err, "ambient capabilities");
	return 0;
}

static int become_small(struct error *err)
{
	bool have[ARRAY_SIZE(privileges)];
	int r;

	errno = 0;
	capng_get_caps_process();
	/* Asking for one that we do not have would fail. */
	for (size_t i = 0; i < ARRAY_SIZE(privileges); i++)
		have[i] = privilege_held(&privileges[i]);
	r = drop_bounding_set(err);
	if (r == 0)
		r = change_user(err);
	return r == 0 ? keep_capabilities(have, err) : r;
}

int confine(struct error *err)
{
	struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
	int r;

	/* Before 5.11 maps are charged to this limit; later it could not be raised any more. */
	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	r = become_small(err);
	if (r < 0)
		return r;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return failed(err, "no_new_privs");
	/* The change of user has made it dumpable again. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return failed(err, "PR_SET_DUMPABLE");
	r = sandbox_calls(SANDBOX_COLLECTOR, err);
	return r == -EOPNOTSUPP ? 0 : r;
}

int confine_to(u64 keep)
{
	capng_get_caps_process();
	/* Asking for one that we do not have would fail. */
	for (unsigned c = 0; c < 64; c++)
		if (keep >> c & 1 && !may((int)c))
			keep &= ~CONFINE_KEEP(c);
	capng_clear(CAPNG_SELECT_CAPS);
	for (unsigned c = 0; c < 64; c++)
		if (keep >> c & 1)
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, c);
	return capng_apply(CAPNG_SELECT_CAPS) == 0 ? 0 : -EPERM;
}

/* -- what --doctor says of it ------------------------------------------------------------------------------------- */

/* A line of /proc/self/status, as the kernel writes it; "" if it is missing. */
static void read_status(const char *field, char *dst, size_t size)
{
	cleanup_fclose FILE *f = fopen("/proc/self/status", "re");
	size_t len = strlen(field);
	char line[256];

	dst[0] = '\0';
	while (f && !*dst && fgets(line, sizeof(line), f))
		if (strncmp(line, field, len) == 0 && line[len] == ':')
			text_copy(dst, size, line + len + 1 + strspn(line + len + 1, " \t"));
	dst[strcspn(dst, "\n")] = '\0';
}

static void print_line(FILE *out, bool yes, const char *name, const char *says)
{
	fprintf(out, "  %-4s %-22s %s\n", yes ? "yes" : "no", name, says);
}

static void describe_user(FILE *out)
{
	cleanup_fclose FILE *passwd = fopen("/etc/passwd", "re");
	struct confine_user u;
	char text[160];

	confine_find_user(&u, passwd);
	if (getuid() != u.uid)
		snprintf(text, sizeof(text), "the collector stays uid %u: to become %s needs cap_setuid and cap_setgid",
			 getuid(), u.name);
	else if (strcmp(u.name, "skbtop") == 0)
		snprintf(text, sizeof(text), "the collector is skbtop (%u)", u.uid);
	else
		snprintf(text, sizeof(text),
			 "the collector is %s (%u); better a user of its own: adduser --system skbtop", u.name, u.uid);
	print_line(out, getuid() == u.uid, "user", text);
}

static void describe_capabilities(FILE *out)
{
	char value[64], text[160];
	size_t held = 0;
	bool empty;

	capng_get_caps_process();
	for (size_t i = 0; i < privilege_count; i++)
		held += privilege_held(&privileges[i]);
	read_status("CapBnd", value, sizeof(value));
	empty = strtoull(value, NULL, 16) == 0;
	snprintf(text, sizeof(text), "the collector keeps %zu; %s", held,
		 empty ? "the bounding set is empty" : "the bounding set stays: emptying it needs cap_setpcap");
	print_line(out, empty, "capabilities", text);
}

static void describe_walls(FILE *out, const struct confine_walls *walls)
{
	char value[64], text[160];
	bool filtered;

	read_status("NoNewPrivs", value, sizeof(value));
	print_line(out, strcmp(value, "1") == 0, "no new privileges", "in both processes");
	read_status("Seccomp", value, sizeof(value));
	filtered = walls->filters && strcmp(value, "2") == 0;
	snprintf(text, sizeof(text), "the collector may make %zu system calls, the monitor %zu",
		 sandbox_call_count(SANDBOX_COLLECTOR), sandbox_call_count(SANDBOX_MONITOR));
	print_line(out, filtered, "seccomp",
		   filtered ? text : "not in this kernel (CONFIG_SECCOMP_FILTER): every system call is open to both");
	snprintf(text, sizeof(text), "ABI %d: the monitor opens only what it was started for", walls->landlock_abi);
	print_line(out, walls->landlock_abi > 0, "landlock",
		   walls->landlock_abi > 0
		       ? text
		       : "not in this kernel (5.13) or switched off (lsm=): the monitor opens what its user may");
}

void confine_describe(FILE *out, const struct confine_walls *walls)
{
	fprintf(out, "sandbox\n");
	describe_user(out);
	describe_capabilities(out);
	describe_walls(out, walls);
}
