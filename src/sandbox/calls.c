/* The table. Other calls return EPERM. A new call is a line here with its reason; if an attacker could use it, only
 * with the arguments that are needed. tests/attack/attack_sandbox.py then has to check what must still be
 * impossible. */
#include "calls.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <termios.h>

#define COLLECTOR SANDBOX_COLLECTOR
#define MONITOR SANDBOX_MONITOR
#define BOTH (COLLECTOR | MONITOR)

/* clang-format off */
#define CALL(name, ends, why) {SCMP_SYS(name), ends, CALL_ALLOWED, {}, 0, false, why}
#define CALL_IF(name, ends, a, why) {SCMP_SYS(name), ends, CALL_ALLOWED, {a}, 1, false, why}
#define CALL_IF2(name, ends, a, b, why) {SCMP_SYS(name), ends, CALL_ALLOWED, {a, b}, 2, false, why}
#define CALL_SELF(name, ends, why) {SCMP_SYS(name), ends, CALL_ALLOWED, {}, 0, true, why}
#define ABSENT(name, ends, why) {SCMP_SYS(name), ends, CALL_ABSENT, {}, 0, false, why}
#define ATTACK(name, ends, why) {SCMP_SYS(name), ends, CALL_ATTACK, {}, 0, false, why}
#define ATTACK_IF(name, ends, a, why) {SCMP_SYS(name), ends, CALL_ATTACK, {a}, 1, false, why}
/* clang-format on */

/* The n-th argument, from 0. The kernel uses only 32 bits of most of these. A rule that refuses has to do the same; in
 * one that allows, other bits only lead to a refusal. */
#define IS(n, value) SCMP_CMP64(n, SCMP_CMP_EQ, (uint64_t)(value), 0)
#define BITS(n, mask, value) SCMP_CMP64(n, SCMP_CMP_MASKED_EQ, (uint64_t)(mask), (uint64_t)(value))
#define NULL_AT(n) IS(n, 0)

/* As in <fcntl.h> with _GNU_SOURCE, where O_TMPFILE includes O_DIRECTORY's bit. */
#define TMPFILE_BIT (O_TMPFILE & ~O_DIRECTORY)
#define READ_ONLY BITS(2, O_ACCMODE | O_CREAT | O_TRUNC | TMPFILE_BIT, O_RDONLY)
/* Older headers lack it (5.17). */
#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif
#ifndef TIOCLINUX
#define TIOCLINUX 0x541C
#endif
#define TERMIOS2_GET 0x802c542a /* TCGETS2 … TCSETSF2, which newer C libraries use */
#define TERMIOS2_SET 0x402c542b

/* clang-format off */
const struct call calls[] = {
	/* -- the C library: memory, threads, signals, time --------------------------------------------------------- */
	CALL(brk, BOTH, "malloc()"),
	CALL(munmap, BOTH, "malloc(), maps of BPF"),
	CALL(mremap, BOTH, "realloc() of what is large"),
	CALL(madvise, BOTH, "memory is given back after a storm"),
#ifdef SANDBOX_SANITIZED
	CALL(mmap, BOTH, "the sanitizers' shadow memory"),
	CALL(mprotect, BOTH, "likewise"),
#else
	/* All code was mapped at the start: nothing written later may be executed. */
	CALL_IF(mmap, BOTH, BITS(2, PROT_EXEC, 0), "malloc(), stacks of threads, BPF's ring buffers; no code"),
	CALL_IF(mprotect, BOTH, BITS(2, PROT_EXEC, 0), "malloc(), the guard page of a stack; no code"),
#endif
	CALL(futex, BOTH, "locks, waiting for a thread"),
	CALL_IF(clone, BOTH, BITS(0, CLONE_THREAD, CLONE_THREAD), "threads, never processes"),
	ABSENT(clone3, BOTH, "its flags lie in memory, where no filter sees them: the C library then takes clone"),
	CALL(set_robust_list, BOTH, "a thread's start"),
	CALL(rseq, BOTH, "a thread's start"),
	CALL(sigaltstack, BOTH, "a thread's start"),
	CALL(exit, BOTH, "a thread's end"),
	CALL(exit_group, BOTH, "the end"),
	CALL(rt_sigaction, BOTH, "who waits for which signal"),
	CALL(rt_sigprocmask, BOTH, "signals are the main thread's"),
	CALL(rt_sigreturn, BOTH, "the end of a signal's handler"),
	CALL(restart_syscall, BOTH, "a wait goes on after SIGCONT"),
	CALL_SELF(tgkill, BOTH, "abort()"),
	CALL(setitimer, BOTH, "how long a pass over files, or a terminal, may keep us"),
	CALL(timer_create, BOTH, "likewise"),
	CALL(timer_settime, BOTH, "likewise"),
	CALL(timer_delete, BOTH, "likewise"),
	CALL(clock_gettime, BOTH, "CPU time; the time of day where the vDSO does not tell it"),
	CALL(nanosleep, BOTH, "a pause"),
	CALL(clock_nanosleep, BOTH, "a pause"),
	CALL(getrandom, BOTH, "the names of new files, malloc()'s own secret"),
	CALL(sysinfo, BOTH, "qsort() asks how much memory there is"),
	CALL(uname, BOTH, "the name of the machine; libbpf asks for the version"),
	CALL(sched_yield, BOTH, "locks"),
	CALL(sched_getaffinity, BOTH, "how many processors there are"),
	CALL(getpid, BOTH, "who we are"),
	CALL(gettid, BOTH, "likewise"),
	CALL(getppid, BOTH, "likewise"),
	CALL(getuid, BOTH, "likewise"),
	CALL(geteuid, BOTH, "likewise"),
	CALL(getgid, BOTH, "likewise"),
	CALL(getegid, BOTH, "likewise"),
	CALL(getrusage, BOTH, "what skbtop costs"),
	CALL_IF(prlimit64, BOTH, IS(0, 0), "its own limits: libbpf's locked memory, how many files"),

	/* -- descriptors: those that there are --------------------------------------------------------------------- */
	CALL(read, BOTH, "the stream, passes over sockets, files, keys"),
	CALL(pread64, BOTH, "files"),
	CALL(write, BOTH, "the stream, the terminal, files; an eventfd ends the thread that drains"),
	CALL(writev, BOTH, "stdio"),
	CALL(lseek, BOTH, "stdio"),
	CALL(close, BOTH, "descriptors"),
	CALL(close_range, BOTH, "likewise"),
	CALL(dup, BOTH, "likewise"),
	CALL(dup2, BOTH, "likewise"),
	CALL(dup3, BOTH, "likewise"),
	CALL(fcntl, BOTH, "not to block; libbpf moves descriptors up"),
	CALL(poll, BOTH, "waiting"),
	CALL(ppoll, BOTH, "waiting"),
	CALL(epoll_create1, BOTH, "waiting: the collector's loop, libbpf's ring buffers"),
	CALL(epoll_ctl, BOTH, "likewise"),
	CALL(epoll_wait, BOTH, "likewise"),
	CALL(epoll_pwait, BOTH, "likewise"),
	CALL(timerfd_create, BOTH, "the tick"),
	CALL(timerfd_settime, BOTH, "likewise"),
	CALL(timerfd_gettime, BOTH, "likewise"),
	CALL(eventfd2, BOTH, "one thread wakes another"),
	CALL(signalfd4, BOTH, "signals in the loop"),
	CALL_IF(sendto, BOTH, NULL_AT(4),
		"the stream; a question to sock_diag. Never to an address: nothing goes to the network"),
	CALL(recvfrom, BOTH, "the stream; what sock_diag answers"),
	CALL(recvmsg, MONITOR, "streams of several machines, when they are connected again"),
	CALL(getsockopt, BOTH, "the cookie of a namespace; is it a socket?"),
	CALL(pidfd_open, BOTH, "has the other end gone?"),
	CALL(wait4, MONITOR, "how the collector ended"),

	/* -- files: the collector only reads; where the monitor writes, Landlock decides --------------------------- */
	CALL_IF(openat, COLLECTOR, READ_ONLY, "/proc, /sys, /run/netns, passwd and hosts in /etc, lists of containers"),
	CALL(openat, MONITOR, "config.ini, themes, snapshots"),
	ABSENT(openat2, BOTH, "its flags lie in memory, where no filter sees them"),
	/* CAP_DAC_READ_SEARCH would let it open every file of the machine by its handle. */
	CALL_IF(open_by_handle_at, COLLECTOR, BITS(2, O_PATH, O_PATH),
		 "the name of a cgroup; nothing can be read through it"),
	CALL(fstat, BOTH, "stdio; which namespace is it?"),
	CALL(newfstatat, BOTH, "likewise; is it a link that would be written to?"),
	CALL(statx, BOTH, "likewise"),
	CALL(fstatfs, BOTH, "libbpf: is it BPF's file system?"),
	CALL(access, BOTH, "where is the kernel's BTF? is there a config.ini?"),
	CALL(faccessat, BOTH, "likewise"),
	CALL(faccessat2, BOTH, "likewise"),
	CALL(readlink, BOTH, "the path of a cgroup, and of a process's file"),
	CALL(readlinkat, BOTH, "likewise"),
	CALL(getdents64, BOTH, "/proc, /run/netns; the folder of themes"),
	CALL(umask, MONITOR, "a new file's mode"),
	CALL(fchmod, MONITOR, "likewise"),
	CALL(mkdir, MONITOR, "the folder of config.ini"),
	CALL(mkdirat, MONITOR, "likewise"),
	CALL(fsync, MONITOR, "a file is whole before it takes another's name"),
	CALL(rename, MONITOR, "likewise"),
	CALL(renameat, MONITOR, "likewise"),
	CALL(unlink, MONITOR, "what was not finished"),
	CALL(unlinkat, MONITOR, "likewise"),
	CALL(ftruncate, MONITOR, "a recording is cut to what is whole"),
	CALL(fallocate, MONITOR, "likewise"),

	/* -- what the collector is for ----------------------------------------------------------------------------- */
	CALL(bpf, COLLECTOR, "programs, maps, links, passes"),
	CALL(perf_event_open, COLLECTOR, "kprobes"),
	CALL_IF(ioctl, COLLECTOR, IS(1, PERF_EVENT_IOC_SET_BPF), "likewise"),
	CALL_IF(ioctl, COLLECTOR, IS(1, PERF_EVENT_IOC_ENABLE), "likewise"),
	CALL_IF(ioctl, COLLECTOR, IS(1, PERF_EVENT_IOC_DISABLE), "likewise"),
	CALL_IF(ioctl, COLLECTOR, IS(1, SIOCGIFNAME), "a device's name"),
	CALL_IF(setns, COLLECTOR, IS(1, CLONE_NEWNET), "sockets without a file, in each network namespace"),
	CALL_IF2(socket, COLLECTOR, IS(0, AF_UNIX), BITS(1, 0xf, SOCK_DGRAM), "SIOCGIFNAME; it cannot be connected"),
	CALL_IF2(socket, COLLECTOR, IS(0, AF_INET), BITS(1, 0xf, SOCK_DGRAM),
		 "the cookie of a namespace; it cannot be connected"),
	CALL_IF2(socket, COLLECTOR, IS(0, AF_NETLINK), IS(2, NETLINK_SOCK_DIAG),
		 "ids of old sockets where no helper gives them"),
	CALL_IF2(socket, COLLECTOR, IS(0, AF_NETLINK), IS(2, NETLINK_ROUTE), "devices and queueing disciplines"),
	CALL(setpriority, COLLECTOR, "it is lifted in a storm of connections"),
	CALL(getpriority, COLLECTOR, "likewise"),
	CALL(sched_setscheduler, COLLECTOR, "the thread that drains the ring is prompt"),
	CALL(capget, COLLECTOR, "that thread keeps one capability of those that there are"),
	CALL(capset, COLLECTOR, "likewise"),
	CALL_IF(prctl, COLLECTOR, IS(0, PR_CAPBSET_READ), "likewise"),
	CALL_IF(prctl, COLLECTOR, IS(0, PR_CAP_AMBIENT), "likewise"),
	CALL_IF(prctl, COLLECTOR, IS(0, PR_GET_SECUREBITS), "likewise"),
	CALL_IF(prctl, COLLECTOR, IS(0, PR_GET_NO_NEW_PRIVS), "likewise"),
	CALL_IF2(prctl, COLLECTOR, IS(0, PR_SET_NO_NEW_PRIVS), IS(1, 1), "likewise"),
	CALL_IF(prctl, BOTH, IS(0, PR_SET_NAME), "a thread's name"),
	CALL_IF(prctl, BOTH, IS(0, PR_GET_NAME), "likewise"),
	CALL_IF(prctl, BOTH, IS(0, PR_SET_VMA), "malloc() names its memory"),

	/* -- the terminal: what curses and job control do ---------------------------------------------------------- */
	CALL_IF(ioctl, BOTH, IS(1, TCGETS), "is it a terminal? its modes"),
	CALL_IF(ioctl, BOTH, IS(1, TERMIOS2_GET), "likewise"),
	CALL_IF(ioctl, MONITOR, IS(1, TCSETS), "its modes"),
	CALL_IF(ioctl, MONITOR, IS(1, TCSETSW), "likewise"),
	CALL_IF(ioctl, MONITOR, IS(1, TCSETSF), "likewise"),
	CALL_IF(ioctl, MONITOR, IS(1, TERMIOS2_SET), "likewise"),
	CALL_IF(ioctl, MONITOR, IS(1, TERMIOS2_SET + 1), "likewise"),
	CALL_IF(ioctl, MONITOR, IS(1, TERMIOS2_SET + 2), "likewise"),
	CALL_IF(ioctl, MONITOR, IS(1, TCSBRK), "it has taken all"),
	CALL_IF(ioctl, MONITOR, IS(1, TCXONC), "likewise"),
	CALL_IF(ioctl, MONITOR, IS(1, TCFLSH), "what it has not taken is thrown away"),
	CALL_IF(ioctl, MONITOR, IS(1, TIOCOUTQ), "how much that is"),
	CALL_IF(ioctl, MONITOR, IS(1, FIONREAD), "how many keys wait"),
	CALL_IF(ioctl, MONITOR, IS(1, TIOCGWINSZ), "its size"),
	CALL_IF(ioctl, MONITOR, IS(1, TIOCGPGRP), "are we in front?"),
	CALL(getpgrp, MONITOR, "likewise"),
	CALL_IF(getpgid, MONITOR, IS(0, 0), "likewise, where there is no getpgrp (arm64)"),
	CALL_IF(kill, MONITOR, IS(0, 0), "^Z stops our own group"),
	CALL_SELF(kill, MONITOR, "likewise, ourselves"),

	/* -- calls that neither end ever makes -- */
#ifndef SANDBOX_SANITIZED
	ATTACK(execve, BOTH, "another program"),
	ATTACK(execveat, BOTH, "likewise"),
	ATTACK(fork, BOTH, "another process"),
	ATTACK(vfork, BOTH, "likewise"),
	ATTACK_IF(clone, BOTH, BITS(0, CLONE_THREAD, 0), "likewise"),
	ATTACK(ptrace, BOTH, "into another process"),
	ATTACK(process_vm_readv, BOTH, "likewise"),
#else
	CALL_IF(clone, BOTH, BITS(0, CLONE_THREAD, 0), "LeakSanitizer looks from a process beside"),
	CALL(ptrace, BOTH, "likewise"),
	CALL(wait4, COLLECTOR, "likewise"),
	CALL(prctl, BOTH, "likewise"),
	CALL(open, BOTH, "/proc, by the older calls"),
	CALL(stat, BOTH, "likewise"),
	CALL(lstat, BOTH, "likewise"),
	CALL(getdents, BOTH, "likewise"),
	CALL(tgkill, BOTH, "its end"),
	CALL(tkill, BOTH, "likewise"),
	CALL(pipe, BOTH, "UndefinedBehaviorSanitizer: is this memory?"),
	CALL(pipe2, BOTH, "likewise"),
#endif
	ATTACK(process_vm_writev, BOTH, "likewise"),
	ATTACK(pidfd_getfd, BOTH, "another process's descriptors"),
	ATTACK(connect, BOTH, "to somewhere: neither end has anybody else to talk to"),
	ATTACK(bind, BOTH, "likewise"),
	ATTACK(listen, BOTH, "likewise"),
	ATTACK(accept, BOTH, "likewise"),
	ATTACK(accept4, BOTH, "likewise"),
	ATTACK(setuid, BOTH, "another user"),
	ATTACK(setreuid, BOTH, "likewise"),
	ATTACK(setresuid, BOTH, "likewise"),
	ATTACK(setgid, BOTH, "likewise"),
	ATTACK(setregid, BOTH, "likewise"),
	ATTACK(setresgid, BOTH, "likewise"),
	ATTACK(setgroups, BOTH, "likewise"),
	ATTACK(init_module, BOTH, "into the kernel"),
	ATTACK(finit_module, BOTH, "likewise"),
	ATTACK(delete_module, BOTH, "likewise"),
	ATTACK(kexec_load, BOTH, "another kernel"),
	ATTACK(kexec_file_load, BOTH, "likewise"),
	ATTACK(reboot, BOTH, "likewise"),
	ATTACK(mount, BOTH, "another view of the files"),
	ATTACK(umount2, BOTH, "likewise"),
	ATTACK(pivot_root, BOTH, "likewise"),
	ATTACK(chroot, BOTH, "likewise"),
	ATTACK(unshare, BOTH, "a user namespace has all capabilities again"),
	ATTACK(io_uring_setup, BOTH, "calls that no filter sees"),
	ATTACK(userfaultfd, BOTH, "holds the kernel up in the middle of a call"),
	ATTACK(keyctl, BOTH, "keys"),
	ATTACK(add_key, BOTH, "likewise"),
	ATTACK(request_key, BOTH, "likewise"),
	ATTACK_IF(ioctl, BOTH, BITS(1, 0xffffffff, TIOCSTI), "types into the caller's shell"),
	ATTACK_IF(ioctl, BOTH, BITS(1, 0xffffffff, TIOCLINUX), "likewise, by pasting on the console"),
};
/* clang-format on */
const size_t call_count = ARRAY_SIZE(calls);
