/* Makes system calls inside another process, as somebody would who has taken it over: inject TID, then a call on each
 * line of standard input, "openat -100 @/etc/passwd 0". @TEXT is a string, &N are N zeroed bytes. Says for each what it
 * returned, or "killed N". What the kernel refuses is refused to that process: its user, capabilities, filter and files
 * count, not ours. inject --without-walls PROGRAM ARGUMENTS... runs it as on a kernel that has neither seccomp nor
 * Landlock. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <seccomp.h>

#define SCRATCH 16384 /* bytes below the stack, out of reach of its red zone */
#define WORDS 8

static void fail(const char *what)
{
	fprintf(stderr, "inject: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void without_walls(char **program)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	if (!filter || seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(seccomp), 0) < 0 ||
	    seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), 444, 0) < 0 || seccomp_load(filter) < 0)
		fail("without walls");
	execvp(program[0], program);
	fail(program[0]);
}

#ifndef __x86_64__
static int serve(pid_t tid)
{
	(void)tid;
	return 77;
}
#else

static struct user_regs_struct saved;

/* Stops the thread in a system call, whose instruction then lies before its program counter. */
static void stop(pid_t tid)
{
	int status;

	for (int i = 0; i < 1000; i++) {
		long code;

		if (ptrace(PTRACE_INTERRUPT, tid, 0, 0) < 0 || waitpid(tid, &status, __WALL) != tid ||
		    !WIFSTOPPED(status))
			fail("stop");
		if (ptrace(PTRACE_GETREGS, tid, 0, &saved) < 0)
			fail("registers");
		code = ptrace(PTRACE_PEEKTEXT, tid, saved.rip - 2, 0);
		if ((code & 0xffff) == 0x050f)
			return;
		ptrace(PTRACE_CONT, tid, 0, 0);
		usleep(1000);
	}
	fail("it never waits");
}

/* Writes what a word of the line stands for to scratch memory and returns the argument. */
static uint64_t argument(pid_t tid, const char *word, uint64_t *at)
{
	char zeros[4096] = "";
	size_t len = word[0] == '@' ? strlen(word) : word[0] == '&' ? strtoul(word + 1, NULL, 0) : 0;
	struct iovec from = {word[0] == '@' ? (void *)(word + 1) : zeros, len}, to = {(void *)*at, len};

	if (!len)
		return word[0] == '-' ? (uint64_t)strtoll(word, NULL, 0) : strtoull(word, NULL, 0);
	if (len > sizeof(zeros) || process_vm_writev(tid, &from, 1, &to, 1, 0) != (ssize_t)len)
		fail("scratch memory");
	*at += (len + 63) & ~63UL;
	return (uint64_t)to.iov_base;
}

/* False: that was the end of the process. */
static bool call(pid_t tid, char *line)
{
	uint64_t scratch = (saved.rsp - SCRATCH) & ~63UL, arg[WORDS] = {};
	struct user_regs_struct regs = saved;
	char *rest, *word = strtok_r(line, " \n", &rest);
	int status, number = word ? seccomp_syscall_resolve_name(word) : -1;

	if (number < 0)
		fail("no such call");
	for (size_t i = 0; i < WORDS && (word = strtok_r(NULL, " \n", &rest)); i++)
		arg[i] = argument(tid, word, &scratch);
	regs.rip -= 2;
	regs.rax = (uint64_t)number;
	regs.orig_rax = (uint64_t)-1;
	regs.rdi = arg[0];
	regs.rsi = arg[1];
	regs.rdx = arg[2];
	regs.r10 = arg[3];
	regs.r8 = arg[4];
	regs.r9 = arg[5];
	if (ptrace(PTRACE_SETREGS, tid, 0, &regs) < 0)
		fail("registers");
	do {
		if (ptrace(PTRACE_SINGLESTEP, tid, 0, 0) < 0 || waitpid(tid, &status, __WALL) != tid)
			fail("step");
	} while (WIFSTOPPED(status) && WSTOPSIG(status) != SIGTRAP);
	if (!WIFSTOPPED(status)) {
		printf("killed %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
		return false;
	}
	if (ptrace(PTRACE_GETREGS, tid, 0, &regs) < 0)
		fail("registers");
	printf("%lld\n", (long long)regs.rax);
	return true;
}

static int serve(pid_t tid)
{
	char line[1024];

	if (tid <= 0 || ptrace(PTRACE_SEIZE, tid, 0, 0) < 0)
		fail("seize");
	stop(tid);
	while (fgets(line, sizeof(line), stdin)) {
		bool lives = call(tid, line);

		fflush(stdout);
		if (!lives)
			return 0;
	}
	if (ptrace(PTRACE_SETREGS, tid, 0, &saved) < 0 || ptrace(PTRACE_DETACH, tid, 0, 0) < 0)
		fail("detach");
	return 0;
}
#endif

int main(int argc, char **argv)
{
	if (argc > 2 && strcmp(argv[1], "--without-walls") == 0)
		without_walls(argv + 2);
	return serve(argc == 2 ? atoi(argv[1]) : 0);
}
