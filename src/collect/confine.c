/* After loading, the collector keeps only the capabilities that still serve something (see the table), can gain none, and
 * lets go of the terminal. */
#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>

#include "collector.h"
#include "confine.h"
#include "privilege_table.h"

const struct privilege privileges[] = {
	{CAP_BPF, "bpf", true, "loading BPF programs and reading their maps"},
	{CAP_PERFMON, "perfmon", true, "tracing programs"},
	{CAP_SYS_ADMIN, "sys_admin", false, "other network namespaces (setns); the BPF run time (BPF_ENABLE_STATS)"},
	{CAP_DAC_READ_SEARCH, "dac_read_search", false, "names of cgroups (open_by_handle_at)"},
	{CAP_SYS_NICE, "sys_nice", false, "reading the ends of a storm of connections in time (priority)"},
	{CAP_NET_ADMIN, "net_admin", false, "netfilter links: the layer IP apart, where no function can be hooked"},
	{CAP_SYSLOG, "syslog", false, "names of kernel functions: who dropped a packet (/proc/kallsyms)"},
	{CAP_SYS_PTRACE, "sys_ptrace", false, "finding the namespaces of other users' processes (/proc/PID/ns)"},
};
const size_t privilege_count = ARRAY_SIZE(privileges);

bool privilege_held(const struct privilege *p)
{
	return capng_have_capability(CAPNG_EFFECTIVE, (unsigned)p->capability);
}

static int keep_capabilities(void)
{
	capng_get_caps_process();
	/* What we do not have must not be asked for. */
	unsigned have[ARRAY_SIZE(privileges)];

	for (size_t i = 0; i < ARRAY_SIZE(privileges); i++)
		have[i] = privilege_held(&privileges[i]);
	capng_clear(CAPNG_SELECT_BOTH);
	for (size_t i = 0; i < ARRAY_SIZE(privileges); i++)
		if (have[i])
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, (unsigned)privileges[i].capability);
	/* The bounding set can only be dropped with CAP_SETPCAP; without it there is nothing to drop to. */
	if (capng_apply(CAPNG_SELECT_BOTH) == 0)
		return 0;
	return capng_apply(CAPNG_SELECT_CAPS) == 0 ? 0 : -EPERM;
}

int confine(const struct collector *c)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; null >= 0 && fd <= 2; fd++)
		if (fd != c->options->in_fd && fd != c->options->out_fd)
			dup2(null, fd);
	if (null > 2)
		close(null);
	prctl(PR_SET_NAME, "skbtop-collect");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0)
		return -errno;
	return keep_capabilities();
}

int confine_to(int capability)
{
	bool have;

	capng_get_caps_process();
	have = capability != CONFINE_NONE && capng_have_capability(CAPNG_EFFECTIVE, (unsigned)capability);
	capng_clear(CAPNG_SELECT_BOTH);
	if (have)
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, (unsigned)capability);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return capng_apply(CAPNG_SELECT_CAPS) == 0 ? 0 : -EPERM;
}
