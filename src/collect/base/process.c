/* The collecting process: its session, signals, limits and memory. */
#include "process.h"

#include <malloc.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cleanup.h"
#include "confine.h"

#define LARGE_BYTES (1 << 20) /* blocks of this size are returned to the system as soon as they are free */

/* Signals that would kill us end the loop instead. Those of the terminal are for the monitor; as a background job of a
 * shell we continue, and a read() of the terminal fails. */
static int make_signalfd(void)
{
	static const int ending[] = {SIGTERM, SIGQUIT, SIGUSR1, SIGUSR2, SIGXCPU};
	static const int ignored[] = {SIGINT, SIGHUP, SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(ending); i++)
		sigaddset(&set, ending[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
		signal(ignored[i], SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Netfilter links alone take 24 in each network namespace. */
static void raise_fd_limit(void)
{
	struct rlimit most;

	if (getrlimit(RLIMIT_NOFILE, &most) == 0) {
		most.rlim_cur = most.rlim_max;
		setrlimit(RLIMIT_NOFILE, &most);
	}
}

int process_become_collector(const struct collect_options *o)
{
	setsid();
	prctl(PR_SET_NAME, "skbtop-collect");
	confine_descriptors(o);
	/* Otherwise glibc raises its threshold to the largest block that was ever freed and keeps as much for ever:
	 * after a first tick that the reader took slowly, or a storm of ends. */
	mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
	raise_fd_limit();
	return make_signalfd();
}
