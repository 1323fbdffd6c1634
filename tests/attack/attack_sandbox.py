"""Whoever takes over the collector or the monitor gains little: system calls are made from within the processes that
run (inject.c), and each forbidden one is refused or is the end of the process. All calls of both lists:
tests/unit/test_sandbox.c."""

import contextlib
import os
import pwd
import re
import signal
import subprocess
import tempfile
import time

import witness
from witness import SKBTOP, Skip, children, equal, holds, main

INJECT = os.environ.get("INJECT", "inject")
CAPABILITIES = {"net_admin": 12, "dac_read_search": 2, "sys_ptrace": 19, "sys_admin": 21, "sys_nice": 23, "syslog": 34,
                "perfmon": 38, "bpf": 39}  # include/uapi/linux/capability.h
EPERM, EACCES, ENOSYS = -1, -13, -38
SIGSYS = "killed %d" % signal.SIGSYS


# -- the processes -----------------------------------------------------------------------------------------------------

def status(pid, tid):
    with open("/proc/%d/task/%d/status" % (pid, tid), encoding="utf-8") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def threads(pid):
    return [int(t) for t in os.listdir("/proc/%d/task" % pid)]


def wait_for(found, what):
    deadline = time.monotonic() + witness.DEADLINE
    while not found():
        holds(time.monotonic() < deadline, what)
        time.sleep(0.01)


def walled_in(pid):
    """Has it put its last wall up? It then waits for what comes."""
    wait_for(lambda: status(pid, pid)["Seccomp"] == "2", "seccomp")


@contextlib.contextmanager
def collector():
    """The collector alone, as ssh starts it, given a descriptor that it has no business with."""
    secret = os.open("/etc/passwd", os.O_RDONLY)
    process = subprocess.Popen([SKBTOP, "--collect", "--interval", "3600"], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, pass_fds=[secret])
    os.close(secret)
    try:
        lines = witness.Lines(process.stdout)
        deadline = time.monotonic() + witness.DEADLINE
        while b"tick" not in lines.pending and not lines.lines and not lines.ended and time.monotonic() < deadline:
            holds(witness.select.select([lines.fd], [], [], witness.DEADLINE)[0], "the collector speaks")
            lines.pending += os.read(lines.fd, 1 << 20)
            if len(threads(process.pid)) > 1 and len(lines.pending) > 1000:
                break
        yield process.pid
    finally:
        process.stdin.close()
        process.kill()
        process.stdout.close()
        process.wait()


@contextlib.contextmanager
def screen(recording, folder):
    """The monitor with its screen, started in folder, on a recording."""
    leader, follower = os.openpty()
    process = subprocess.Popen([SKBTOP, "--replay", recording], cwd=folder, stdin=follower, stdout=follower,
                               stderr=follower, start_new_session=True,
                               env=dict(os.environ, TERM="xterm", XDG_CONFIG_HOME=folder + "/config"))
    os.close(follower)
    try:
        walled_in(process.pid)
        yield process.pid
    finally:
        process.kill()
        os.close(leader)
        process.wait()


@contextlib.contextmanager
def recorded():
    """A folder with a recording in it, a folder to start in and one that is nobody's business."""
    with tempfile.TemporaryDirectory(prefix="skbtop-attack-") as folder:
        for name in ("start", "secret"):
            os.mkdir(folder + "/" + name)
        with open(folder + "/secret/key", "w", encoding="ascii") as f:
            f.write("secret\n")
        witness.run(SKBTOP, "--batch", "--count", "2", "--interval", "0.1", "--record", folder + "/recording")
        yield folder


def inject(tid, *calls):
    """What each system call returned within that thread; the last word may be that it is dead."""
    done = subprocess.run([INJECT, str(tid)], input="".join(c + "\n" for c in calls), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=witness.DEADLINE, check=False, encoding="ascii")
    if done.returncode == 77:
        raise Skip("not for this processor")
    holds(done.returncode == 0, done.stderr)
    return [int(line) if line.lstrip("-").isdigit() else line for line in done.stdout.splitlines()]


def refused(tid, calls):
    """Each of (call, answer) is answered so."""
    wrong = ["%s: %s, not %s" % (call, got, want)
             for (call, want), got in zip(calls, inject(tid, *[c for c, _ in calls]), strict=True) if got != want]
    equal(wrong, [], "answers")


# -- what they are -----------------------------------------------------------------------------------------------------

def named_capabilities():
    """Those that --doctor says are used and held, as bits."""
    return sum(1 << CAPABILITIES[name]
               for name in re.findall(r"^  yes  cap_(\w+)", witness.run(SKBTOP, "--doctor", status=None), re.M))


def system_user():
    for name in ("skbtop", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise Skip("neither skbtop nor nobody in /etc/passwd")


def the_collector_is_a_user_with_few_capabilities():
    user = system_user()
    with collector() as pid:
        wait_for(lambda: len(threads(pid)) >= 2, "the thread that drains")
        for tid in threads(pid):
            s = status(pid, tid)
            wait_for(lambda t=tid: status(pid, t)["CapPrm"] == status(pid, t)["CapEff"], "settled")
            equal(s["Uid"].split(), [str(user.pw_uid)] * 4, "uid of " + s["Name"])
            equal(s["Gid"].split(), [str(user.pw_gid)] * 4, "gid of " + s["Name"])
            equal(s["Groups"].split(), [], "groups of " + s["Name"])
            for kind in ("CapBnd", "CapInh", "CapAmb"):
                equal(int(s[kind], 16), 0, "%s of %s" % (kind, s["Name"]))
            equal((s["NoNewPrivs"], s["Seccomp"]), ("1", "2"), "no_new_privs, seccomp of " + s["Name"])
        equal(int(status(pid, pid)["CapEff"], 16), named_capabilities(), "capabilities")
        drain = next(t for t in threads(pid) if status(pid, t)["Name"] == "skbtop-drain")
        wait_for(lambda: int(status(pid, drain)["CapPrm"], 16) & ~(1 << CAPABILITIES["sys_nice"]) == 0,
                 "one capability")
        equal(os.readlink("/proc/%d/cwd" % pid), "/", "folder")
        holds("/etc/passwd" not in [os.readlink("/proc/%d/fd/%s" % (pid, fd))
                                    for fd in os.listdir("/proc/%d/fd" % pid)],
              "an inherited descriptor is open")


def who_visits_namespaces_enters_and_reads():
    keeps = 1 << CAPABILITIES["sys_admin"] | 1 << CAPABILITIES["dac_read_search"]
    with witness.Skbtop() as s:
        s.tick()
        (pid,) = s.children()

        def kept(name):
            return [int(status(pid, t)["CapPrm"], 16) for t in threads(pid) if status(pid, t)["Name"] == name]
        wait_for(lambda: s.tick() and kept("skbtop-devices"), "the thread")
        wait_for(lambda: kept("skbtop-devices")[0] & ~keeps == 0, "two capabilities")
        wait_for(lambda: s.tick() and kept("skbtop-groups"), "who asks for programs of control groups")
        keeps = 1 << CAPABILITIES["net_admin"] | 1 << CAPABILITIES["bpf"]
        wait_for(lambda: kept("skbtop-groups")[0] & ~keeps == 0, "two capabilities")


def the_monitor_is_the_user_with_no_capability():
    with witness.Skbtop("--user", "nobody") as s:
        s.tick()
        pid = s.process.pid
        for tid in threads(pid):
            got = status(pid, tid)
            equal(got["Uid"].split(), [str(pwd.getpwnam("nobody").pw_uid)] * 4, "uid")
            for kind in ("CapPrm", "CapEff", "CapBnd", "CapInh", "CapAmb"):
                equal(int(got[kind], 16), 0, kind)
            equal((got["NoNewPrivs"], got["Seccomp"]), ("1", "2"), "no_new_privs, seccomp")
        equal(len(children(pid)), 1, "collectors")


# -- what is refused ---------------------------------------------------------------------------------------------------

COLLECTOR_REFUSED = [
    ("openat -100 @/dev/null 1", EPERM), ("openat -100 @/dev/null 2", EPERM),
    ("openat -100 @/tmp/skbtop-attack 0100 0600", EPERM),
    ("open_by_handle_at 0 &16 0", EPERM), ("openat2 -100 @/dev/null &24 24", ENOSYS), ("unlink @/nonexistent/x", EPERM),
    ("rename @/nonexistent/x @/nonexistent/y", EPERM), ("mkdir @/nonexistent/x 0700", EPERM),
    ("chmod @/nonexistent/x 0777", EPERM),
    ("truncate @/nonexistent/x 0", EPERM), ("chdir @/tmp", EPERM), ("memfd_create @x 0", EPERM),
    ("socket 2 1 0", EPERM), ("socket 10 2 0", EPERM), ("socket 2 3 1", EPERM), ("socket 17 3 0", EPERM),
    ("socket 16 3 12", EPERM),
    ("socket 1 1 0", EPERM), ("socketpair 1 1 0 &8", EPERM), ("sendto 0 @x 1 0 &16 16", EPERM),
    ("sendmsg 0 &56 0", EPERM),
    ("clone3 &88 88", ENOSYS), ("kill 1 0", EPERM), ("tgkill 1 1 0", EPERM), ("setns 0 0x20000", EPERM),
    ("setns 0 0", EPERM),
    ("prctl 4 1", EPERM), ("prctl 8 1", EPERM), ("mmap 0 4096 7 0x22 -1 0", EPERM), ("mprotect 0 0 5", EPERM),
    ("ioctl 0 0x540b 0", EPERM), ("ioctl 0 0x8923 &40", EPERM), ("syslog 10 0 0", EPERM), ("seccomp 1 0 0", EPERM),
]

MONITOR_REFUSED = [
    ("socket 1 1 0", EPERM), ("socket 2 1 0", EPERM), ("socket 2 2 0", EPERM), ("socket 16 3 4", EPERM),
    ("socketpair 1 1 0 &8", EPERM),
    ("bpf 0 &16 16", EPERM), ("perf_event_open &128 0 -1 -1 0", EPERM), ("setns 0 0x40000000", EPERM),
    ("clone3 &88 88", ENOSYS),
    ("kill 1 0", EPERM), ("prctl 4 1", EPERM), ("mmap 0 4096 7 0x22 -1 0", EPERM), ("open_by_handle_at 0 &16 0", EPERM),
    ("ioctl 0 0x5410 &4", EPERM), ("ioctl 0 0x5414 &8", EPERM), ("chmod @/nonexistent/x 0777", EPERM),
    ("chdir @/tmp", EPERM), ("symlink @x @y", EPERM), ("link @x @y", EPERM), ("capset &8 &24", EPERM),
]

ATTACKS = ["execve @/bin/true 0 0", "execveat -100 @/bin/true 0 0 0", "fork", "vfork", "clone 17 0 0 0 0",
           "ptrace 16 1 0 0",
           "connect 0 &16 16", "bind 0 &16 16", "unshare 0x10000000", "setresuid 0 0 0", "io_uring_setup 1 &120",
           "ioctl 0 0x5412 @x", "ioctl 0 0x100005412 @x"]  # TIOCSTI


def the_collector_is_refused():
    with collector() as pid:
        refused(pid, COLLECTOR_REFUSED)
        drain = next(t for t in threads(pid) if t != pid)
        # it lacks the capability
        refused(drain, COLLECTOR_REFUSED[:2] + [("socket 2 1 0", EPERM), ("bpf 5 &128 128", EPERM)])


def the_collector_dies_of_an_attack():
    for call in ATTACKS[:1] + ATTACKS[4:7]:  # its start takes a while; the others are the monitor's too
        with collector() as pid:
            equal(inject(pid, call), [SIGSYS], call)
    with collector() as pid:
        equal(inject(next(t for t in threads(pid) if t != pid), ATTACKS[0]), [SIGSYS], "its second thread")


def the_monitor_is_refused():
    with recorded() as folder, screen(folder + "/recording", folder + "/start") as pid:
        refused(pid, MONITOR_REFUSED)


def the_monitor_dies_of_an_attack():
    with recorded() as folder:
        for call in ATTACKS:
            with screen(folder + "/recording", folder + "/start") as pid:
                equal(inject(pid, call), [SIGSYS], call)


def the_monitor_opens_what_it_was_started_for():
    """The folder it was started in is for writing (w, e), that of its config.ini for both, and there is nothing
    else."""
    if "yes  landlock" not in re.sub(r" +landlock", "  landlock", witness.run(SKBTOP, "--doctor", status=None)):
        raise Skip("no Landlock in this kernel")
    with recorded() as folder, screen(folder + "/recording", folder + "/start") as pid:
        refused(pid, [
            ("openat -100 @%s/secret/key 0" % folder, EACCES),
            ("openat -100 @%s/secret/new 0101 0600" % folder, EACCES),
            ("openat -100 @../secret/key 1", EACCES), ("openat -100 @%s/recording 0" % folder, EACCES),
            ("openat -100 @/etc/passwd 0", EACCES), ("openat -100 @/proc/self/status 0", EACCES),
            ("openat -100 @/dev/tty 2", EACCES),
            ("openat -100 @/root/.ssh 0200000", EACCES if os.path.isdir("/root/.ssh") else -2),
            ("unlink @%s/secret/key" % folder, EACCES), ("rename @%s/secret/key @key" % folder, EACCES),
        ])
        made = inject(pid, "openat -100 @picture.txt 0301 0600", "rename @picture.txt @picture",
                      "openat -100 @picture 0",
                      "openat -100 @config/skbtop/config.ini 0101 0600", "openat -100 @config/skbtop/config.ini 0")
        holds(made[0] >= 0 and made[1] == 0 and made[3] >= 0 and made[4] >= 0, "its own files: %s" % made)
        equal(made[2], EACCES, "what was written there before is not read")


# -- a kernel without --------------------------------------------------------------------------------------------------

def a_kernel_without_either_says_so():
    report = witness.run(INJECT, "--without-walls", SKBTOP, "--doctor", status=None)
    holds(re.search(r"^  no +seccomp ", report, re.M), "seccomp: " + report)
    holds(re.search(r"^  no +landlock ", report, re.M), "landlock: " + report)
    holds(re.search(r"^  yes +user ", report, re.M), "user: " + report)
    witness.run(INJECT, "--without-walls", SKBTOP, "--batch", "--count", "1")


def the_doctor_tells_what_holds():
    report = witness.run(SKBTOP, "--doctor", status=None)
    for line in ("user", "capabilities", "no new privileges", "seccomp"):
        holds(re.search(r"^  yes +%s " % line, report, re.M), line + ": " + report)


main([the_collector_is_a_user_with_few_capabilities, who_visits_namespaces_enters_and_reads,
      the_monitor_is_the_user_with_no_capability,
      the_collector_is_refused, the_collector_dies_of_an_attack, the_monitor_is_refused, the_monitor_dies_of_an_attack,
      the_monitor_opens_what_it_was_started_for, a_kernel_without_either_says_so, the_doctor_tells_what_holds])
