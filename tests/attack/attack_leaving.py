#!/usr/bin/env python3
"""How a collector leaves: also when somebody has stopped it, and with the terminal as it was."""

import contextlib
import ctypes
import fcntl
import mmap
import os
import pty
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import tty

import bpf
from leaving import ends_within, gone, hold_main_thread
from wire import BYE, Collector
from witness import DEADLINE, Failure, Peer, Skbtop, Skip, equal, holds, main


def stopped(*args):
    """The collector is stopped, and then the monitor is killed: the programs leave all the same."""
    with Skbtop(*args) as skbtop:
        skbtop.settled()
        collector = skbtop.children()[0]
        programs = bpf.held(collector)["programs"]
        holds(programs, "the collector holds programs")
        os.kill(collector, signal.SIGSTOP)
        skbtop.process.kill()
        gone(collector)
        wait_until(lambda: not programs & bpf.ids("prog"), "programs stay")  # the kernel frees them a moment later


def stopped_with_a_monitor_of_root():
    stopped()


def stopped_with_a_monitor_of_a_user():
    """As after sudo: what the dying monitor may not signal."""
    stopped("--user", "nobody")


SYS_USERFAULTFD = {"x86_64": 323, "aarch64": 282}
UFFDIO_API, UFFDIO_REGISTER = 0xC018AA3F, 0xC020AA00  # <linux/userfaultfd.h>


def lock():
    """Holds a socket's lock for as long as it lives: send() waits for a page that nobody brings. A file system in user
    space does the same, without privileges."""
    fd = ctypes.CDLL(None, use_errno=True).syscall(SYS_USERFAULTFD[os.uname().machine], 0)
    page = mmap.mmap(-1, mmap.PAGESIZE)
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    fcntl.ioctl(fd, UFFDIO_API, struct.pack("QQQ", 0xAA, 0, 0))
    fcntl.ioctl(fd, UFFDIO_REGISTER, struct.pack("QQQQ", address, mmap.PAGESIZE, 1, 0))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        sender = socket.create_connection(listener.getsockname())
        threading.Thread(target=lambda: sender.send(page), daemon=True).start()
        print("locked", flush=True)
        signal.pause()


def wait_until(condition, what):
    until = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > until:
            raise Failure(what)
        time.sleep(0.01)


def waits_for_the_lock(pid):
    """Does a thread of it? That of the slow turn (src/collect/base/aside.c)."""
    for thread in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/wchan" % (pid, thread), encoding="ascii") as f:
            if f.read() == "__lock_sock":
                return True
    return False


@contextlib.contextmanager
def held_up():
    """An skbtop whose slow turn waits for a socket's lock, which no signal ends."""
    locker = subprocess.Popen(["unshare", "-n", "sh", "-c", "ip link set lo up && exec %s %s lock"
                               % (sys.executable, __file__)], stdout=subprocess.PIPE)
    try:
        if not locker.stdout.readline():
            raise Skip("no userfaultfd")
        with Skbtop() as skbtop:
            try:
                wait_until(lambda: skbtop.children() and waits_for_the_lock(skbtop.children()[0]), "")
            except Failure:
                raise Skip("nothing waits for a socket's lock here") from None
            yield skbtop, locker
    finally:
        locker.kill()
        locker.wait()
        locker.stdout.close()


def programs_leave_without_it():
    """The thread does not come back: the programs leave all the same."""
    with held_up() as (skbtop, _):
        links = bpf.held(skbtop.children()[0])["links"]
        holds(len(links) > 1, "it has links")
        skbtop.process.kill()
        # That of the iterator which waits is still in use.
        wait_until(lambda: len(links & bpf.ids("link")) <= 1, "links stay")


def ticks_go_on_without_it():
    """What the turn would have seen waits for the lock, and nothing else does; once it is free the turn goes on."""
    with held_up() as (skbtop, locker), Peer() as peer:
        skbtop.wait(lambda tick: tick.head["cost"].get("slow_held_ms", 0) >= 500, "that the turn is held up is told")
        before = skbtop.tick().head
        answer = peer.pair(1, 2, 3)
        after = skbtop.wait(lambda tick: tick.find(netns=peer.netns, lport=answer["lport"]) and tick,
                            "a new connection").head
        holds(after["cost"]["slow_held_ms"] > before["cost"]["slow_held_ms"], "it is held up all the time")
        holds(after["time"] - before["time"] < 0.5 * (after["number"] - before["number"] + 1), "ticks come in time")
        locker.kill()
        skbtop.wait(lambda tick: "slow_held_ms" not in tick.head["cost"], "the turn goes on")


def ends_in_good_order_without_it():
    """The monitor's own end does not wait for it either, and the programs leave."""
    with held_up() as (skbtop, _):
        links = bpf.held(skbtop.children()[0])["links"]
        skbtop.process.terminate()
        skbtop.end()
        wait_until(lambda: len(links & bpf.ids("link")) <= 1, "links stay")


def on_a_terminal(end):
    """Standard input and output are a terminal that somebody else has, too; end(collector, terminal) makes it end."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    before = fcntl.fcntl(slave, fcntl.F_GETFL)
    try:
        with Collector(stdin=slave, stdout=slave) as collector:
            os.read(master, 1)  # it speaks
            during = fcntl.fcntl(slave, fcntl.F_GETFL)
            holds(during & os.O_NONBLOCK, "it does not block")
            end(collector, master)
            until = time.monotonic() + DEADLINE
            os.set_blocking(master, False)
            while not ends_within(collector.process.pid, 0.01):
                with contextlib.suppress(BlockingIOError):
                    os.read(master, 1 << 16)
                if time.monotonic() > until:
                    raise Failure("it does not end")
        equal(fcntl.fcntl(slave, fcntl.F_GETFL), before, "flags of the terminal")
    finally:
        os.close(slave)
        os.close(master)


def flags_after_a_broken_command():
    on_a_terminal(lambda _, terminal: os.write(terminal, b"this is no command"))


def flags_after_sigterm():
    on_a_terminal(lambda collector, _: collector.process.terminate())


def flags_after_sigquit():
    on_a_terminal(lambda collector, _: collector.process.send_signal(signal.SIGQUIT))


def flags_after_a_forced_end():
    """Its main thread does not leave."""
    def end(collector, _):
        if not hold_main_thread(collector.process.pid):
            raise Skip("ptrace is not permitted")
        collector.process.terminate()
    on_a_terminal(end)


def no_memory_is_told():
    """Where there is none for the collector itself, a source or reading commands, the reader learns why it ends."""
    if "NO_MEMORY_SO" not in os.environ:
        raise Skip("nothing can be preloaded into this build")
    for which in "123":
        env = dict(os.environ, LD_PRELOAD=os.environ["NO_MEMORY_SO"], NO_MEMORY=which)
        with Collector(env=env) as collector:
            said = []
            until = time.monotonic() + DEADLINE
            while not collector.ended and time.monotonic() < until:
                said += [record["text"].rstrip(b"\0") for _, kind, record in collector.read(1) if kind == BYE]
            equal(said, [b"out of memory"], "last words, allocation %s" % which)
            equal(collector.process.wait(DEADLINE), 1, "exit status")


if __name__ == "__main__":
    if sys.argv[1:] == ["lock"]:
        lock()
    main([no_memory_is_told, programs_leave_without_it, ticks_go_on_without_it, ends_in_good_order_without_it,
          stopped_with_a_monitor_of_root, stopped_with_a_monitor_of_a_user, flags_after_a_broken_command,
          flags_after_sigterm, flags_after_sigquit, flags_after_a_forced_end])
