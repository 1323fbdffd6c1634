"""Of the time that a request waits for a program that sleeps in epoll_wait(), poll() or select(): the kernel's part,
until it lets the program run, and the program's. The server is a process of its own, on a processor for itself."""

import contextlib
import os
import select
import time

from calls import Ends
from witness import Again, Peer, Skbtop, Skip, equal, holds, main

PAUSE = 0.15  # seconds
LONG = 30000  # µs: nothing but that pause takes so long


def spin(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


@contextlib.contextmanager
def child(work, processor):
    """A process that answers lines: work(receive, send) in it; yields the same two for its other end."""
    to_child, to_parent = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.sched_setaffinity(0, {processor})
            work(to_child[0], to_parent[1])
        finally:
            os._exit(0)  # pylint: disable=protected-access
    try:
        yield lambda: os.read(to_parent[0], 1), lambda byte: os.write(to_child[1], byte)
    finally:
        os.write(to_child[1], b"q")
        os.waitpid(pid, 0)
        for fd in to_child + to_parent:
            os.close(fd)


def by_epoll(fds):
    with select.epoll() as e:
        for fd in fds:
            e.register(fd, select.EPOLLIN)
        while True:
            yield [fd for fd, _ in e.poll()]


def by_poll(fds):
    p = select.poll()
    for fd in fds:
        p.register(fd, select.POLLIN)
    while True:
        yield [fd for fd, _ in p.poll()]


def by_select(fds):
    while True:
        yield select.select(fds, [], [])[0]


def server(way, sockets):
    """Answers each request; when told so it is away for a while, busy or asleep."""
    def work(told, tell):
        by_fd = {s.fileno(): s for s in sockets}
        for ready in way([told, *by_fd]):
            for fd in ready:
                if fd in by_fd:
                    by_fd[fd].send(by_fd[fd].recv(100))
                    continue
                word = os.read(told, 1)
                if word == b"q":
                    return
                os.write(tell, b"!")
                if word == b"b":
                    spin(PAUSE)
                elif word == b"s":
                    time.sleep(PAUSE)
    return work


def hog(told, tell):
    """When told so it takes the processor away from everybody else for a while."""
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    while os.read(told, 1) == b"h":
        os.write(tell, b"!")
        spin(PAUSE)


class Served:
    """A server whose exchanges are looked at, its client on another processor."""

    def __init__(self, stack, way, connections=1):
        self.processors = sorted(os.sched_getaffinity(0))
        if len(self.processors) < 2:
            raise Skip("one processor")
        stack.callback(os.sched_setaffinity, 0, self.processors)
        os.sched_setaffinity(0, {self.processors[1]})
        peer = stack.enter_context(Peer())
        self.ends = [stack.enter_context(Ends(peer)) for _ in range(connections)]
        self.said, self.tell = stack.enter_context(child(server(way, [e.server for e in self.ends]),
                                                         self.processors[0]))
        self.top = stack.enter_context(Skbtop("--view", "exchanges", columns="role,outcome,wait_us,wakeup_us,rx_bytes,"
                                                                             "lport,rport"))
        self.top.wait(lambda tick: self.call() and tick.find(role="server", lport=self.ends[0].lport),
                      "an exchange of the server")

    def call(self, request=b"x"):
        for e in self.ends:
            e.client.send(request)
        for e in self.ends:
            e.client.recv(100)
        return True

    def told(self):
        """One more call, which its size tells apart: the servers' rows of it."""
        found = []

        def rows(tick):
            for e in self.ends:
                found.extend(tick.find(role="server", lport=e.lport, rport=e.client.getsockname()[1],
                                       rx_bytes=3))
            return len(found) >= len(self.ends)
        self.call(b"yes")
        self.top.wait(rows, "the servers' exchanges")
        equal({r["outcome"] for r in found}, {"answered"}, "outcomes")
        return found


def away(stack, way, word):
    """One call while the server is away, and that by its own will."""
    s = Served(stack, way)
    s.tell(word)
    s.said()
    (row,) = s.told()
    holds(row["wait_us"] > LONG, "it waited for a server that was away: %s" % row)
    if "wakeup_us" not in row:
        raise Again("something else had the processor")
    holds(row["wakeup_us"] < row["wait_us"] / 10, "the wait is the program's: %s" % row)


def check_kernels(row):
    holds(row["wait_us"] > LONG, "it waited for a server that did not run: %s" % row)
    if "wakeup_us" not in row:
        raise Again("the server was switched to more than once")
    holds(row["wait_us"] * 0.9 < row["wakeup_us"] <= row["wait_us"], "the wait is the kernel's: %s" % row)


def starved(stack, way):
    s = Served(stack, way)
    said, tell = stack.enter_context(child(hog, s.processors[0]))
    tell(b"h")
    said()
    (row,) = s.told()
    check_kernels(row)


def case(name, what, *args):
    def run():
        with contextlib.ExitStack() as stack:
            what(stack, *args)
    run.__name__ = name
    return run


def woken_for_another():
    """Who was woken for one connection, and does not run yet, does not sleep any more when the next is asked. He waits
    for the kernel for both."""
    with contextlib.ExitStack() as stack:
        s = Served(stack, by_epoll, 2)
        said, tell = stack.enter_context(child(hog, s.processors[0]))
        tell(b"h")
        said()
        for row in s.told():
            check_kernels(row)


def shares_with_epoll():
    """Nobody is busy: nearly all of a quick call's wait is the wake-up, and kernel_share is there."""
    with contextlib.ExitStack() as stack:
        s = Served(stack, by_epoll)
        with Skbtop("--filter", "lport = %d and dir = in" % s.ends[0].lport,
                    columns="lport,kernel_share,program_share,network_share") as top:
            def known(tick):
                s.call()
                return [r for r in tick.find(lport=s.ends[0].lport) if "kernel_share" in r]
            top.wait(known, "the kernel's share")


main([case("starved_in_epoll", starved, by_epoll), case("starved_in_poll", starved, by_poll),
      case("starved_in_select", starved, by_select), case("busy_before_epoll", away, by_epoll, b"b"),
      case("asleep_before_epoll", away, by_epoll, b"s"), case("busy_before_poll", away, by_poll, b"b"),
      woken_for_another, shares_with_epoll])
