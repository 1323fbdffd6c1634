"""A socket with as many descriptors as a process may have: the collector takes no more than its share of a CPU, rows
still come, and ends are exact."""

import ctypes
import os
import resource
import signal
import socket
import subprocess
import sys

from witness import Peer, Skbtop, equal, holds, main

WANTED = 1000000
LIMIT = 0.25  # --cpu-limit's default
SLACK = 0.10  # ends, commands, and what the machine does to a tick
TICKS = 8


def hold():
    """A process with the descriptors, and as many like it as it takes."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with open("/proc/sys/fs/nr_open", encoding="ascii") as f:
        most = min(most, int(f.read()), WANTED)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", 0))
    each = 1
    try:
        while True:
            os.dup(s.fileno())
            each += 1
    except OSError:
        pass
    count = each
    while count < WANTED:
        if os.fork() == 0:
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
            while True:
                signal.pause()
        count += each
    os.write(1, b"%d %d\n" % (count, s.getsockname()[1]))
    signal.pause()


class Holder:
    def __init__(self):
        self.process = subprocess.Popen([sys.executable, __file__, "hold"], stdout=subprocess.PIPE)
        self.count, self.port = (int(w) for w in self.process.stdout.readline().split())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.stdout.close()
        self.process.wait()


def a_million_descriptors_for_one_socket():
    with Holder() as holder, Peer() as peer, \
            Skbtop("-a", interval=1, columns="id,proto,state,netns,lport,rport,rx_bytes,tx_bytes") as top:
        holds(holder.count > 100000, "%d descriptors" % holder.count)
        ours = top.wait(lambda t: t.find(proto="udp", lport=holder.port), "the row of the socket with the descriptors")
        first = top.tick().head
        client = peer.pair(0, 1, 2)
        peer("send 1 12345", "recv 2 12345")
        stretched = 1
        for _ in range(TICKS):
            head = top.tick().head
            stretched = max(stretched, head["cost"].get("pass_ticks", 1))
        cpu_us = head["cost"]["collector_cpu_us"] - first["cost"]["collector_cpu_us"]
        share = cpu_us / 1e6 / (head["time"] - first["time"])
        holds(share <= LIMIT + SLACK, "%.2f of a CPU, passes over %d ticks" % (share, stretched))
        top.wait(lambda t: t.find(netns=peer.netns, lport=client["lport"], state="estab"),
                 "the row of a new connection")
        peer("close 1", "eof 2", "close 2")
        end = top.ended(netns=peer.netns, lport=client["lport"])
        equal((end["rx_bytes"], end["tx_bytes"]), (0, 12345), "the bytes of a connection that ended")
        holds(top.settled().find(proto="udp", lport=holder.port), "the row is still there")


def the_limit_is_what_the_command_line_says():
    with Holder() as holder, Skbtop("--cpu-limit", "5", interval=0.5, columns="id,proto,lport") as top:
        top.wait(lambda t: t.find(proto="udp", lport=holder.port), "the row of the socket with the descriptors")
        top.wait(lambda t: t.head["cost"].get("pass_ticks", 1) > 1, "passes over several ticks")
        for _ in range(4):
            holds(top.tick().find(proto="udp", lport=holder.port), "the row is there in each tick")


if sys.argv[1:] == ["hold"]:
    hold()
main([a_million_descriptors_for_one_socket, the_limit_is_what_the_command_line_says])
