"""A trace of one socket at the highest rate of packets that this machine makes: what was made, by TCP's and UDP's
own count, is reported, lost, above the limit or unseen, and nothing else. And what a trace costs the packets of other
sockets."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time

from common import (SKBTOP, Failure, Generator, Home, PingPong, Skbtop, bpf, compared, device_packets, interleaved,
                    need_root, run_time_table, runs_while, table, tool, transport_packets)

PAIRS = int(sys.argv[1]) if len(sys.argv) > 1 else 30
SECONDS = 5
AFTER = 3.5  # seconds: ticks in which the last packets are reported
# What is sent; calls a second, 0: as many as there can be; segments of a packet at most. TCP counts segments: where a
# packet has several, only what is reported in full can be compared.
TRAFFIC = (("udp", 0, 1), ("pingpong", 0, 1), ("stream", 0, 1), ("udp", 15000, 1), ("pingpong", 8000, 1),
           ("stream", 2500, 16))


def filter_of(ready):
    """The sender's socket, by what the generator said."""
    _, lport, rport, netns = ready.split()
    return "sport = :%s and dport = :%s and netns = %s" % (lport, rport, netns)


def heads_and_packets(path):
    """The last line of a tick, and the segments of the packets that were reported, each once. Read after the flood: a
    reader in Python beside it would be what is measured."""
    head, segments = {}, {}
    with open(path, encoding="utf-8") as f:
        for line in f:
            if not line.endswith("\n"):
                break
            row = json.loads(line)
            if row["type"] == "tick":
                head = row
            elif row["type"] == "packet":
                segments[row["number"]] = row["segments"]
    return head, sum(segments.values())


def armed(path, process):
    """Waits until skbtop says that it traces."""
    deadline = time.monotonic() + 20
    while "trace" not in heads_and_packets(path)[0]:
        if process.poll() is not None or time.monotonic() > deadline:
            raise Failure("the trace did not begin")
        time.sleep(0.1)


def generate(kind, rate, segments):
    """A generator, idle, in a namespace of its own."""
    return Generator("unshare", "-n", "sh", "-c", 'ip link set lo up gso_max_segs $0 && exec "$@"', str(segments),
                     tool("flood"), kind, str(rate))


def flood(kind, rate, segments):
    """(calls, packets made, packets reported, the trace's own counts)"""
    with generate(kind, rate, segments) as generator, tempfile.NamedTemporaryFile() as rows:
        with open(rows.name, "wb") as out:
            top = subprocess.Popen([SKBTOP, "--batch", "--view", "packets", "--format", "json", "--count", "0",
                                    "--filter", filter_of(generator.ready)], stdout=out)
        try:
            armed(rows.name, top)
            start = transport_packets(generator.process.pid)
            calls = int(generator(str(SECONDS)))
            time.sleep(AFTER)
            made = transport_packets(generator.process.pid) - start
        finally:
            top.send_signal(signal.SIGTERM)
            top.wait(20)
        head, packets = heads_and_packets(rows.name)
    return calls, made, packets, head["trace"]


def floods():
    rows, good = [], True
    for kind, rate, segments in TRAFFIC:
        calls, made, reported, trace = flood(kind, rate, segments)
        missing = made - reported - trace["lost"] - trace["limited"] - trace["pushed"] - trace["unseen"]
        good = good and missing == 0 and (kind != "udp" or made == calls)
        what = kind + (", %s calls/s" % "{:,}".format(rate) if rate else "") + (", GSO" if segments > 1 else "")
        rows.append([what] + ["{:,}".format(n) for n in (
            calls // SECONDS, made // SECONDS, made, reported, trace["lost"], trace["limited"], trace["unseen"],
            trace["pushed"], missing)])
    table("A trace of the socket that sends, %d s" % SECONDS,
          ["what", "calls/s", "packets/s", "made", "reported", "lost", "limited", "unseen", "not kept", "unaccounted"],
          rows)
    print("reported, lost, limited and unseen are all that were made: %s" % ("met" if good else "missed"))
    return good


def others(peer, generator):
    """The programs' runs for packets of others, while a socket that is silent is traced."""
    kind = PingPong(peer, "ping-pong, one CPU", 0, 0)
    with Skbtop("--view", "packets", "--filter", filter_of(generator.ready), interval=1) as top, bpf.Stats():
        top.wait(lambda tick: "trace" in tick.head, "the trace")
        programs = bpf.held(top.children()[0])["programs"]
        start = device_packets(peer.pid)
        _, runs = runs_while(programs, lambda: kind.measure(3))
        own = device_packets(peer.pid) - start
    run_time_table("BPF run time for packets of other sockets while one is traced", runs, own)


def pairs(peer, generator):
    """Ping-pong of another socket: without skbtop, with its table alone, and while a silent socket is traced."""
    ways = (None, (), ("--view", "packets", "--filter", filter_of(generator.ready)))
    rows = []
    other = min(1, os.cpu_count() - 1)
    for kind in (PingPong(peer, "ping-pong", 0, other), PingPong(peer, "ping-pong, one CPU", 0, 0)):
        off, only, traced = interleaved(kind.measure, ways, PAIRS)
        rows.append(compared(kind.name + ", table", kind.unit, off, only)[0])
        rows.append(compared(kind.name + ", trace", kind.unit, off, traced)[0])
        rows.append(compared(kind.name + ", trace against table", kind.unit, only, traced)[0])
    table("Another socket's ping-pong, interleaved",
          ["what", "pairs", "off", "on", "unit", "median ratio", "95 % interval"], rows)


def main():
    need_root("bpftool", "ip")
    good = floods()
    with Home() as peer, generate("pingpong", 0, 1) as generator:
        others(peer, generator)
        if PAIRS:
            pairs(peer, generator)
    sys.exit(0 if good else 1)


main()
