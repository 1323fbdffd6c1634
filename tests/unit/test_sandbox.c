/* What each end may not do once it is walled in: every forbidden thing is tried in a child, which either sees it
 * refused or ends by it. Needs no root. tests/attack/attack_sandbox.py does the same from within the processes that
 * run. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "calls.h"
#include "sandbox.h"

#define COLLECTOR SANDBOX_COLLECTOR
#define MONITOR SANDBOX_MONITOR
#define BOTH (COLLECTOR | MONITOR)

#define ENDS_IT (-1) /* SIGSYS */

struct attempt {
	const char *what;
	unsigned ends;
	int answer; /* an errno, ENDS_IT, or 0: it is allowed */
	long number;
	long arg[6];
};

/* clang-format off */
#define REFUSED(ends, name, ...) {#name " " #__VA_ARGS__, ends, EPERM, SYS_##name, {__VA_ARGS__}}
#define ABSENT(ends, name, ...) {#name " " #__VA_ARGS__, ends, ENOSYS, SYS_##name, {__VA_ARGS__}}
#define ATTACK(ends, name, ...) {#name " " #__VA_ARGS__, ends, ENDS_IT, SYS_##name, {__VA_ARGS__}}
#define ALLOWED(ends, name, ...) {#name " " #__VA_ARGS__, ends, 0, SYS_##name, {__VA_ARGS__}}
/* clang-format on */

static const char nowhere[] = "/nonexistent/x", null_device[] = "/dev/null";
static uint8_t zeros[256];
#define NOWHERE ((long)nowhere)
#define NULL_DEVICE ((long)null_device)
#define NO_WORDS ((long)(const char *const[]){NULL})
#define ZEROS ((long)zeros)
#define HERE AT_FDCWD

static const struct attempt attempts[] = {
/* other programs, other processes */
#ifndef SANDBOX_SANITIZED
    ATTACK(BOTH, execve, (long)"/bin/true", NO_WORDS, NO_WORDS),
    ATTACK(BOTH, execveat, HERE, (long)"/bin/true", NO_WORDS, NO_WORDS, 0), ATTACK(BOTH, clone, SIGCHLD),
    ATTACK(BOTH, clone, CLONE_NEWUSER | SIGCHLD), ATTACK(BOTH, ptrace, 16, 1),
    ATTACK(BOTH, process_vm_readv, 1, ZEROS, 0, ZEROS, 0, 0),
#ifdef SYS_fork
    ATTACK(BOTH, fork, 0), ATTACK(BOTH, vfork, 0),
#endif
    REFUSED(BOTH, mmap, 0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
    REFUSED(BOTH, mprotect, 0, 0, PROT_READ | PROT_EXEC), REFUSED(BOTH, tgkill, 1, 1, 0), REFUSED(BOTH, tkill, 1, 0),
    REFUSED(BOTH, prctl, PR_SET_DUMPABLE, 1), REFUSED(BOTH, prctl, PR_SET_KEEPCAPS, 1),
    REFUSED(BOTH, prctl, PR_SET_SECUREBITS, 0), REFUSED(BOTH, prctl, PR_SET_PTRACER, -1),
    REFUSED(BOTH, prctl, PR_SET_MM, 0), REFUSED(BOTH, prctl, PR_CAPBSET_DROP, 0),
#endif
    ABSENT(BOTH, clone3, ZEROS, 88), ATTACK(BOTH, process_vm_writev, 1, ZEROS, 0, ZEROS, 0, 0),
    ATTACK(BOTH, pidfd_getfd, 0, 0, 0), REFUSED(BOTH, kill, 1, 0), REFUSED(COLLECTOR, kill, 0, 0),
    REFUSED(BOTH, kill, -1, 0), REFUSED(BOTH, pidfd_send_signal, 0, 0, 0, 0),
    REFUSED(BOTH, rt_sigqueueinfo, 1, 0, ZEROS), REFUSED(BOTH, process_madvise, 0, 0, 0, 0, 0),
    REFUSED(BOTH, prlimit64, 1, 7, 0, ZEROS), REFUSED(BOTH, setsid, 0), REFUSED(BOTH, setpgid, 0, 0),
    REFUSED(MONITOR, setpriority, 0, 0, 0), REFUSED(MONITOR, sched_setscheduler, 0, 0, ZEROS),
    REFUSED(MONITOR, capset, ZEROS, ZEROS), REFUSED(BOTH, seccomp, 1, 0, 0),
    /* the network */
    ATTACK(BOTH, connect, 0, ZEROS, 16), ATTACK(BOTH, bind, 0, ZEROS, 16), ATTACK(BOTH, listen, 0, 1),
    ATTACK(BOTH, accept, 0, 0, 0), ATTACK(BOTH, accept4, 0, 0, 0, 0), REFUSED(MONITOR, socket, 1, 1, 0),
    REFUSED(MONITOR, socket, 1, 2, 0), REFUSED(MONITOR, socket, 2, 2, 0), REFUSED(MONITOR, socket, 16, 3, 4),
    REFUSED(BOTH, socket, 2, 1, 0),                                                                   /* TCP */
    REFUSED(BOTH, socket, 10, 1, 0), REFUSED(BOTH, socket, 10, 2, 0), REFUSED(BOTH, socket, 2, 3, 1), /* raw */
    REFUSED(BOTH, socket, 17, 3, 0),                                                                  /* packets */
    REFUSED(MONITOR, socket, 16, 3, 0), REFUSED(BOTH, socket, 16, 3, 12),                             /* rtnetlink */
    REFUSED(BOTH, socket, 16, 3, 9),                                                                  /* audit */
    REFUSED(BOTH, socket, 1, 1, 0), REFUSED(BOTH, socket, 40, 1, 0),                                  /* vsock */
    REFUSED(BOTH, socketpair, 1, 1, 0, ZEROS), REFUSED(BOTH, sendto, 0, ZEROS, 1, 0, ZEROS, 16),
    REFUSED(BOTH, sendmsg, 0, ZEROS, 0), REFUSED(BOTH, sendmmsg, 0, ZEROS, 0, 0),
    REFUSED(BOTH, setsockopt, 0, 0, 0, ZEROS, 0), ALLOWED(COLLECTOR, socket, 1, 2, 0),
    ALLOWED(COLLECTOR, socket, 2, 2 | 02000000, 0), ALLOWED(COLLECTOR, socket, 16, 3, 4),
    ALLOWED(COLLECTOR, socket, 16, 3, 0),
    /* files */
    REFUSED(COLLECTOR, openat, HERE, NULL_DEVICE, O_WRONLY), REFUSED(COLLECTOR, openat, HERE, NULL_DEVICE, O_RDWR),
    REFUSED(COLLECTOR, openat, HERE, NULL_DEVICE, O_RDONLY | O_TRUNC),
    REFUSED(COLLECTOR, openat, HERE, NOWHERE, O_RDONLY | O_CREAT, 0600),
    REFUSED(COLLECTOR, openat, HERE, (long)"/tmp", O_RDONLY | O_TMPFILE, 0600),
    ALLOWED(COLLECTOR, openat, HERE, NULL_DEVICE, O_RDONLY | O_CLOEXEC),
    ALLOWED(COLLECTOR, openat, HERE, (long)"/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
    REFUSED(BOTH, open_by_handle_at, 0, ZEROS, O_RDONLY), REFUSED(MONITOR, open_by_handle_at, 0, ZEROS, O_PATH),
    ABSENT(BOTH, openat2, HERE, NULL_DEVICE, ZEROS, 24), REFUSED(BOTH, fchmodat, HERE, NOWHERE, 0777),
    REFUSED(BOTH, fchownat, HERE, NOWHERE, 0, 0, 0), REFUSED(BOTH, fchown, 0, 0, 0),
    REFUSED(BOTH, linkat, HERE, NOWHERE, HERE, NOWHERE, 0), REFUSED(BOTH, symlinkat, NOWHERE, HERE, NOWHERE),
    REFUSED(BOTH, mknodat, HERE, NOWHERE, 0, 0), REFUSED(BOTH, truncate, NOWHERE, 0),
    REFUSED(BOTH, setxattr, NOWHERE, NOWHERE, ZEROS, 0, 0), REFUSED(BOTH, utimensat, HERE, NOWHERE, 0, 0),
    REFUSED(BOTH, chdir, NOWHERE), REFUSED(BOTH, fchdir, 0), REFUSED(COLLECTOR, unlinkat, HERE, NOWHERE, 0),
    REFUSED(COLLECTOR, mkdirat, HERE, NOWHERE, 0700), REFUSED(COLLECTOR, renameat, HERE, NOWHERE, HERE, NOWHERE),
    REFUSED(COLLECTOR, fchmod, 0, 0777), REFUSED(COLLECTOR, ftruncate, 0, 0), REFUSED(BOTH, memfd_create, NOWHERE, 0),
    REFUSED(BOTH, inotify_init1, 0), REFUSED(BOTH, fanotify_init, 0, 0),
    REFUSED(BOTH, name_to_handle_at, HERE, NOWHERE, ZEROS, ZEROS, 0), ATTACK(BOTH, chroot, NOWHERE),
    ATTACK(BOTH, mount, NOWHERE, NOWHERE, 0, 0, 0), ATTACK(BOTH, umount2, NOWHERE, 0),
    ATTACK(BOTH, pivot_root, NOWHERE, NOWHERE),
    /* the kernel, and who we are */
    REFUSED(MONITOR, bpf, 0, ZEROS, 0), REFUSED(MONITOR, perf_event_open, ZEROS, 0, -1, -1, 0),
    REFUSED(MONITOR, setns, 0, CLONE_NEWNET), REFUSED(COLLECTOR, setns, 0, 0),
    REFUSED(COLLECTOR, setns, 0, CLONE_NEWNS), REFUSED(COLLECTOR, setns, 0, CLONE_NEWUSER),
    ATTACK(BOTH, unshare, CLONE_NEWUSER), ATTACK(BOTH, setuid, 0), ATTACK(BOTH, setgid, 0),
    ATTACK(BOTH, setreuid, 0, 0), ATTACK(BOTH, setregid, 0, 0), ATTACK(BOTH, setresuid, 0, 0, 0),
    ATTACK(BOTH, setresgid, 0, 0, 0), ATTACK(BOTH, setgroups, 0, 0), ATTACK(BOTH, init_module, 0, 0, 0),
    ATTACK(BOTH, finit_module, -1, 0, 0), ATTACK(BOTH, delete_module, 0, 0), ATTACK(BOTH, kexec_load, 0, 0, 0, 0),
    ATTACK(BOTH, reboot, 0, 0, 0, 0), ATTACK(BOTH, io_uring_setup, 1, ZEROS), ATTACK(BOTH, userfaultfd, 0),
    ATTACK(BOTH, keyctl, 0, 0, 0), ATTACK(BOTH, add_key, 0, 0, 0, 0, 0), ATTACK(BOTH, request_key, 0, 0, 0, 0),
    REFUSED(BOTH, syslog, 10, 0, 0), REFUSED(BOTH, sethostname, ZEROS, -1), REFUSED(BOTH, settimeofday, 0, 0),
    REFUSED(BOTH, personality, -1),
    /* the terminal */
    ATTACK(BOTH, ioctl, 0, TIOCSTI, ZEROS), ATTACK(BOTH, ioctl, 0, 1L << 32 | TIOCSTI, ZEROS),
    ATTACK(BOTH, ioctl, 0, TIOCLINUX, ZEROS), REFUSED(BOTH, ioctl, 0, TIOCSCTTY, 0),
    REFUSED(BOTH, ioctl, 0, TIOCNOTTY, 0), REFUSED(BOTH, ioctl, 0, TIOCSPGRP, ZEROS),
    REFUSED(BOTH, ioctl, 0, TIOCSWINSZ, ZEROS), REFUSED(BOTH, ioctl, 0, TIOCCONS, 0),
    REFUSED(COLLECTOR, ioctl, 0, TCFLSH, 0), REFUSED(BOTH, ioctl, 0, 0x8923, ZEROS), /* SIOCSIFNAME */
    REFUSED(BOTH, ioctl, 0, 0x8914, ZEROS),                                          /* SIOCSIFFLAGS */
};

/* In a child: walled in as this end, what comes of it? The errno, 0, or ENDS_IT; other negative: something else went
 * wrong. */
static int try(const struct attempt *a, enum sandbox_end end)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		struct error err = {};
		const long *x = a->arg;

		if (sandbox_calls(end, &err) < 0)
			_exit(255);
		errno = 0;
		_exit(syscall(a->number, x[0], x[1], x[2], x[3], x[4], x[5]) == -1 ? errno : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSYS ? ENDS_IT : -1000 - WTERMSIG(status);
	return WEXITSTATUS(status);
}

static void try_all(enum sandbox_end end)
{
	int wrong = 0;

	if (!sandbox_has_filters())
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++) {
		int answer = attempts[i].ends & end ? try(&attempts[i], end) : attempts[i].answer;

		if (answer == attempts[i].answer)
			continue;
		print_error("%s: %d, not %d\n", attempts[i].what, answer, attempts[i].answer);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

static void test_collector(void **state)
{
	try_all(SANDBOX_COLLECTOR);
}

static void test_monitor(void **state)
{
	try_all(SANDBOX_MONITOR);
}

#if defined(__x86_64__) && !defined(SANDBOX_SANITIZED)
/* getpid by its number in another of the processor's tables: 32 bits (int 0x80), x32. */
static void test_other_tables(void **state)
{
	for (int x32 = 0; x32 < 2; x32++) {
		pid_t pid = fork();
		struct error err = {};
		int status;
		long r = x32 ? 0x40000000L + 39 : 20;

		if (pid == 0) {
			signal(SIGSEGV, SIG_DFL); /* cmocka's own would go on with the next test in here */
			if (sandbox_calls(SANDBOX_COLLECTOR, &err) < 0)
				_exit(255);
			if (x32)
				syscall(r);
			else
				__asm__ volatile("int $0x80" : "+a"(r) : : "memory");
			_exit(0);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		/* A kernel without that table kills by another signal. */
		assert_true(WIFSIGNALED(status) &&
			    (WTERMSIG(status) == SIGSYS || (!x32 && WTERMSIG(status) == SIGSEGV)));
	}
}
#endif

/* -- files -------------------------------------------------------------------------------------------------------- */

static char folder[64];

static int make_folder(void **state)
{
	strcpy(folder, "/tmp/skbtop-sandbox-XXXXXX");
	if (!mkdtemp(folder) || chdir(folder) < 0)
		return -1;
	for (size_t i = 0; i < 4; i++)
		if (mkdir((const char *const[]){"config", "out", "secret", "secret/below"}[i], 0700) < 0)
			return -1;
	for (size_t i = 0; i < 4; i++)
		close(open((const char *const[]){"config/config.ini", "out/old", "secret/key", "secret/theme"}[i],
			   O_CREAT | O_WRONLY, 0600));
	return symlink("../secret/theme", "config/theme.ini");
}

static int remove_folder(void **state)
{
	for (size_t i = 0; i < 9; i++)
		remove((const char *const[]){"config/config.ini", "config/theme.ini", "out/old", "out/new",
					     "secret/key", "secret/theme", "secret/below", "config/new",
					     "out/renamed"}[i]);
	for (size_t i = 0; i < 3; i++)
		rmdir((const char *const[]){"config", "out", "secret"}[i]);
	return chdir("/") < 0 || rmdir(folder) < 0 ? -1 : 0;
}

static const struct {
	const char *path;
	int flags;
	bool open;
} files[] = {
    {"config/config.ini", O_RDONLY, true},
    {"config/config.ini", O_WRONLY, true},
    {"config/new", O_WRONLY | O_CREAT, true},
    {"config/theme.ini", O_RDONLY, true}, /* where the link leads */
    {"config/theme.ini", O_WRONLY, false},
    {"secret/key", O_RDONLY, false},
    {"secret/key", O_WRONLY, false},
    {"secret/new", O_WRONLY | O_CREAT, false},
    {"secret", O_RDONLY | O_DIRECTORY, false},
    {"out/new", O_WRONLY | O_CREAT | O_EXCL, true},
    {"out/old", O_RDONLY, false},
    {"out", O_RDONLY | O_DIRECTORY, false},
    {"/etc/passwd", O_RDONLY, false},
#ifndef SANDBOX_SANITIZED
    {"/proc/self/maps", O_RDONLY, false},
#endif
    {"/dev/null", O_RDWR, false},
};

/* In a child; the number of the first that is wrong, from 1. */
static int try_files(void)
{
	const struct sandbox_path paths[] = {
	    {"config", SANDBOX_KEEP}, {"out", SANDBOX_WRITE}, {NULL, SANDBOX_KEEP}, {"not/there", SANDBOX_KEEP}};
	struct error err = {};

	if (sandbox_files(paths, ARRAY_SIZE(paths), &err) < 0)
		return 99;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if ((open(files[i].path, files[i].flags, 0600) >= 0) != files[i].open)
			return (int)i + 1;
	if (rename("out/new", "out/renamed") < 0 || unlink("out/old") < 0)
		return 50;
	if (rename("out/renamed", "config/stolen") == 0 || rename("secret/key", "out/key") == 0 ||
	    unlink("secret/key") == 0)
		return 51;
	if (mkdir("out/folder", 0700) == 0 || symlink("x", "out/link") == 0 || mkfifo("out/fifo", 0600) == 0)
		return 52;
	return 0;
}

static void test_files(void **state)
{
	pid_t pid;
	int status;

	if (!sandbox_landlock_abi())
		skip();
	pid = fork();
	if (pid == 0)
		_exit(try_files());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

#if defined(__x86_64__) && !defined(SANDBOX_SANITIZED)
/* What arm64 lacks of the calls that the C library makes on x86-64, and what it makes there instead. */
static const char *call_on_arm64(const char *name)
{
	static const char *const instead[][2] = {
	    {"access", "faccessat"},    {"dup2", "dup3"},       {"epoll_wait", "epoll_pwait"},
	    {"getpgrp", "getpgid"},     {"mkdir", "mkdirat"},   {"poll", "ppoll"},
	    {"readlink", "readlinkat"}, {"rename", "renameat"}, {"unlink", "unlinkat"},
	};

	if (seccomp_syscall_resolve_name_arch(SCMP_ARCH_AARCH64, name) >= 0)
		return name;
	for (size_t i = 0; i < ARRAY_SIZE(instead); i++)
		if (strcmp(instead[i][0], name) == 0)
			return instead[i][1];
	return "";
}

static unsigned ends_that_may(const char *name)
{
	int number = seccomp_syscall_resolve_name(name);
	unsigned ends = 0;

	for (size_t i = 0; i < call_count; i++)
		if (calls[i].answer == CALL_ALLOWED && calls[i].number == number)
			ends |= calls[i].ends;
	return ends;
}

/* What is allowed by one architecture's name is allowed by the other's. */
static void test_arm64(void **state)
{
	for (size_t i = 0; i < call_count; i++) {
		char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, calls[i].number);

		if (name && calls[i].answer == CALL_ALLOWED && calls[i].ends & ~ends_that_may(call_on_arm64(name)))
			fail_msg("%s has no counterpart on arm64 that is allowed", name);
		free(name);
	}
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_collector),
		cmocka_unit_test(test_monitor),
#if defined(__x86_64__) && !defined(SANDBOX_SANITIZED)
		cmocka_unit_test(test_arm64),
		cmocka_unit_test(test_other_tables),
#endif
		cmocka_unit_test_setup_teardown(test_files, make_folder, remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
