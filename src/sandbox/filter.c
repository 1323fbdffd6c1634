/* Loads the table into the kernel, as a filter for all threads. */
#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "calls.h"

bool sandbox_has_filters(void)
{
	unsigned action = SECCOMP_RET_KILL_PROCESS;

	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

size_t sandbox_call_count(enum sandbox_end end)
{
	size_t n = 0;

	for (size_t i = 0; i < call_count; i++) {
		bool counts = calls[i].ends & end && calls[i].answer == CALL_ALLOWED && calls[i].number >= 0;

		for (size_t k = 0; counts && k < i; k++)
			counts = calls[k].number != calls[i].number || !(calls[k].ends & end);
		n += counts;
	}
	return n;
}

static uint32_t action_of(enum call_answer answer)
{
	switch (answer) {
	case CALL_ALLOWED: return SCMP_ACT_ALLOW;
	case CALL_ABSENT: return SCMP_ACT_ERRNO(ENOSYS);
	default: return SCMP_ACT_KILL_PROCESS;
	}
}

static int add(scmp_filter_ctx filter, const struct call *c)
{
	struct scmp_arg_cmp arg[ARRAY_SIZE(c->arg)];
	unsigned args = c->args;

	memcpy(arg, c->arg, sizeof(arg));
	if (c->own_pid)
		arg[args++] = SCMP_CMP64(0, SCMP_CMP_EQ, (uint64_t)getpid(), 0);
	return seccomp_rule_add_array(filter, action_of(c->answer), c->number, args, arg);
}

static int make(scmp_filter_ctx filter, enum sandbox_end end)
{
	/* All threads, including those that exist. */
	int r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);

	/* Before 5.16 a filter also disabled speculative store bypass, which protects a process from untrusted code
	 * that it runs; there is none here, and we would be slower. */
	if (r == 0)
		r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_SSB, 1);
	/* A binary search instead of a list. */
	if (r == 0)
		r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (size_t i = 0; r == 0 && i < call_count; i++)
		if (calls[i].ends & end && calls[i].number >= 0)
			r = add(filter, &calls[i]);
	return r == 0 ? seccomp_load(filter) : r;
}

int sandbox_calls(enum sandbox_end end, struct error *err)
{
	scmp_filter_ctx filter;
	int r;

	if (!sandbox_has_filters())
		return error_set(err, -EOPNOTSUPP, "the kernel has no seccomp filters");
	filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	r = filter ? make(filter, end) : -ENOMEM;
	seccomp_release(filter);
	return r < 0 ? error_set(err, r, "cannot refuse system calls (seccomp): %s", strerror(-r)) : 0;
}
