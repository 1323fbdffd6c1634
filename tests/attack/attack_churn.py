"""Network namespaces that die all the time, and a thousand that live, hold up no tick. Whoever may make user namespaces
can make them."""

import ctypes
import os
import signal
import socket
import time

from witness import Skbtop, holds, main

CLONE_NEWNET = 0x40000000
SECOND = 1000000
LONGEST = 0.5 * SECOND  # of a tick, in microseconds
LIVING = 1000
BYSTANDERS = 1000  # processes that a walk of /proc has to pass
CHURN = 100  # namespaces a second
SPENT = 0.5 * SECOND  # CPU time: a tick that took long and less than this waited for the machine

libc = ctypes.CDLL(None, use_errno=True)


def unshare():
    if libc.unshare(CLONE_NEWNET) < 0:
        raise OSError(ctypes.get_errno(), "unshare")


class Children:
    """Processes that run work() and then wait until they are killed."""

    def __init__(self, count, work):
        self.pids = []
        ready, done = os.pipe()
        try:
            for _ in range(count):
                pid = os.fork()
                if pid == 0:
                    self.live(work, done)
                self.pids.append(pid)
            os.close(done)
            while os.read(ready, 4096):  # until the last has closed its end
                pass
        finally:
            os.close(ready)

    @staticmethod
    def live(work, done):
        keep = None
        try:
            libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
            keep = work(done)
            os.close(done)
            while True:
                signal.pause()
        finally:
            os._exit(keep is None)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for pid in self.pids:
            os.kill(pid, signal.SIGKILL)
        for pid in self.pids:
            os.waitpid(pid, 0)


def living(_):
    """A namespace with a socket."""
    unshare()
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("0.0.0.0", 0))
    return s


def churn(done):
    """Namespaces, each with a socket that nothing leads to but itself, for a second and a half."""
    os.close(os.dup(done))
    os.closerange(done, done + 1)
    sockets = []
    while True:
        start = time.monotonic()
        unshare()
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind(("0.0.0.0", 0))
        sockets.append(s)
        if len(sockets) > 1.5 * CHURN:
            sockets.pop(0).close()
        time.sleep(max(0, 1 / CHURN - (time.monotonic() - start)))


def watch(top, namespaces, seconds):
    """The ticks of some seconds: none is too long, and the namespaces are seen."""
    end = time.time() + seconds
    most, before, head = 0, None, {"time": 0}
    while head["time"] < end:
        head = top.tick().head
        cost = head["cost"]
        spent = cost["collector_cpu_us"] - before if before is not None else 0
        before = cost["collector_cpu_us"]
        holds(cost["tick_us"] <= LONGEST or spent <= SPENT,
              "a tick of %.2f s, %.2f s of CPU time" % (cost["tick_us"] / SECOND, spent / SECOND))
        most = max(most, head["totals"]["netns"])
    holds(most >= namespaces, "%d namespaces seen" % most)


def dying_namespaces():
    with Skbtop(interval=1, columns="id") as top:
        top.tick()
        with Children(BYSTANDERS, lambda _: 1), Children(1, churn):
            # As many as the machine lets be made; a turn through all comes every ten seconds.
            watch(top, CHURN // 4, 12)


def a_thousand_namespaces():
    with Children(LIVING, living), Skbtop(interval=1, columns="id") as top:
        top.tick()  # the first takes what it needs
        watch(top, LIVING, 6)


main([dying_namespaces, a_thousand_namespaces])
