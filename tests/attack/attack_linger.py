#!/usr/bin/env python3
"""Sockets that linger towards a peer that takes nothing. The pass over files holds each file for a moment; whose owner
lets go just then is closed by the collector, which would sleep the owner's linger time."""

import os
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
import time

from leaving import gone, hold_main_thread
from witness import Failure, Lines, Skbtop, Skip, holds, main

LINGER = 60  # seconds
DUPLICATES = 8000  # of the one descriptor: the pass is at it for some ms of each tick
CYCLE = 0.15  # seconds between two times of letting go, at most
ATTACK = 15  # seconds
GAP = 2  # seconds between two ticks


def lingering():
    """A socket that has a full send buffer and lingers, and the other end, which never reads."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        sock = socket.create_connection(listener.getsockname())
        peer, _ = listener.accept()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, LINGER))
    sock.setblocking(False)
    try:
        while True:
            sock.send(b"\0" * 65536)
    except BlockingIOError:
        pass
    return sock, peer


def raise_limit():
    """As many descriptors as there may be; how many duplicates that allows."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return min(DUPLICATES, hard - 100)


def attack():
    """Lets go of a socket again and again, and says each time whether somebody else still held it: else the close
    lingers here, which a timer ends."""
    duplicates = raise_limit()
    signal.signal(signal.SIGALRM, lambda *_: None)
    turn, silent = 0, []
    while True:
        sock, peer = lingering()
        first = sock.fileno() + 10
        for fd in range(first, first + duplicates):
            os.dup2(sock.fileno(), fd)
        turn += 1
        time.sleep(CYCLE * (turn * 0.618 % 1))  # this is no wait for something: any moment of a pass will do
        sock.close()
        signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
        os.closerange(first, first + duplicates - 1)
        start = time.monotonic()
        os.close(first + duplicates - 1)
        held = time.monotonic() - start < 0.005
        signal.setitimer(signal.ITIMER_REAL, 0)
        print(int(held), flush=True)
        if held:
            silent.append(peer)  # which says nothing to the end, while it lives
        else:
            peer.close()


class Attacker:
    """attack() in a network namespace of its own, on the processor of the collector: when it wakes, the collector is
    stopped wherever it is."""

    def __init__(self, processor):
        self.process = subprocess.Popen(["taskset", "-c", str(processor), "unshare", "-n", "sh", "-c",
                                         "ip link set lo up && exec %s %s attack" % (sys.executable, __file__)],
                                        stdout=subprocess.PIPE)
        self.lines = Lines(self.process.stdout)
        self.cycles = self.held = 0

    def __enter__(self):
        self.count()
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def count(self):
        """Waits for the next time that it lets go."""
        line = self.lines.get()
        if line is None:
            raise Failure("the attacker ended")
        self.cycles += 1
        self.held += line.startswith(b"1")


def pin(pid):
    """All of a process on one processor, which is returned."""
    processor = max(os.sched_getaffinity(0))
    for task in os.listdir("/proc/%d/task" % pid):
        os.sched_setaffinity(int(task), {processor})
    return processor


def gone_while_it_lingers():
    """The monitor is killed while its collector is made to close such sockets."""
    with Skbtop("--filter", "state listening") as skbtop:
        skbtop.tick()
        collector = skbtop.children()[0]
        with Attacker(pin(collector)) as attacker:
            until = time.monotonic() + ATTACK
            while not attacker.held and time.monotonic() < until:
                attacker.count()
            skbtop.process.kill()
            gone(collector)


def gone_while_it_is_held():
    """The main thread does not leave. Those that can end it do."""
    with Skbtop() as skbtop:
        skbtop.tick()
        collector = skbtop.children()[0]
        if not hold_main_thread(collector):
            raise Skip("ptrace is not permitted")
        skbtop.process.kill()
        gone(collector)


def waited(pid):
    """Seconds that the main thread was ready and had no processor (schedstat)."""
    with open("/proc/%d/task/%d/schedstat" % (pid, pid), encoding="ascii") as f:
        return int(f.read().split()[1]) / 1e9


def no_gap():
    """However often it is made to close such a socket, no tick comes more than 2 s after the one before, but for what
    others have of the processor."""
    with Skbtop("--filter", "state listening") as skbtop:
        skbtop.tick()
        collector = skbtop.children()[0]
        with Attacker(pin(collector)) as attacker:
            skbtop.tick()
            last, without, gap = time.monotonic(), waited(collector), 0
            until = last + ATTACK
            while last < until:
                try:
                    skbtop.tick(last + ATTACK)
                except Failure:
                    print("# no tick for %d s" % ATTACK)
                now, now_without = time.monotonic(), waited(collector)
                gap = max(gap, now - last - (now_without - without))
                last, without = now, now_without
                while select.select([attacker.lines.fd], [], [], 0)[0]:
                    attacker.count()
            print("# %d of %d times somebody else closed it; the longest gap is %.3f s"
                  % (attacker.held, attacker.cycles, gap))
            holds(gap < GAP, "no gap over %d s: %.3f" % (GAP, gap))


if __name__ == "__main__":
    if sys.argv[1:] == ["attack"]:
        attack()
    main([no_gap, gone_while_it_lingers, gone_while_it_is_held])
