"""Throughput and ping-pong with skbtop off and on: interleaved pairs in alternating order; the median ratio on/off
with its 95 % bootstrap interval. Single runs of a shared machine vary by a third; the pairs' ratio does not."""

import json
import os
import random
import statistics
import subprocess
import sys

from common import Peer, Skbtop, need_root, run, table, tool

PAIRS = int(sys.argv[1]) if len(sys.argv) > 1 else 30
NAMES = sys.argv[2:]  # which kinds; none: all
SECONDS = "1"


class Iperf:
    """iperf3 over the loopback of a namespace."""

    name, unit = "iperf3", "Gbit/s"

    def __init__(self, peer):
        self.enter = ["nsenter", "-t", str(peer.pid), "-n"]

    def measure(self):
        server = subprocess.Popen(self.enter + ["iperf3", "-s", "-1", "--forceflush"], stdout=subprocess.PIPE)
        try:
            for line in server.stdout:
                if b"listening" in line:
                    break
            out = run(*self.enter, "iperf3", "-c", "127.0.0.1", "-J", "-t", SECONDS)
        finally:
            server.kill()
            server.wait()
            server.stdout.close()
        return json.loads(out)["end"]["sum_received"]["bits_per_second"] / 1e9


class PingPong:
    """One byte to and fro, both ends on one CPU (the most calls a second there can be) or on two."""

    unit = "round trips/s"

    def __init__(self, name, first, second):
        self.name = name
        self.cpus = (str(first), str(second))

    def measure(self):
        return float(run(tool("pingpong"), "0.5", *self.cpus))


def with_skbtop(measure):
    with Skbtop(interval=1) as top:
        top.tick()
        top.tick()  # loading and seeding are over
        drain = subprocess.Popen(["cat"], stdin=top.process.stdout, stdout=subprocess.DEVNULL)
        try:
            return measure()
        finally:
            drain.kill()
            drain.wait()


def interval(ratios):
    """95 % of the medians of 4,000 resamples."""
    rng = random.Random(1)
    medians = sorted(statistics.median(rng.choices(ratios, k=len(ratios))) for _ in range(4000))
    return medians[100], medians[3899]


def main():
    need_root("iperf3")
    rows, good = [], True
    with Peer() as peer:
        other = min(1, os.cpu_count() - 1)
        kinds = (Iperf(peer), PingPong("ping-pong", 0, other), PingPong("ping-pong, one CPU", 0, 0))
        for kind in [k for k in kinds if not NAMES or k.name in NAMES]:
            kind.measure()
            off, on = [], []
            for i in range(PAIRS):
                for skbtop in ((False, True), (True, False))[i % 2]:
                    (on if skbtop else off).append(with_skbtop(kind.measure) if skbtop else kind.measure())
            ratios = [b / a for a, b in zip(off, on)]
            low, high = interval(ratios)
            good = good and high >= 0.99
            rows.append([kind.name, len(ratios), "%.1f" % statistics.median(off), "%.1f" % statistics.median(on),
                         kind.unit, "%.3f" % statistics.median(ratios), "%.3f to %.3f" % (low, high)])
    table("Off and on, interleaved pairs",
          ["what", "pairs", "off", "on", "unit", "median ratio", "95 % interval"], rows)
    print("the interval reaches 0.99: %s" % ("met" if good else "missed"))
    sys.exit(0 if good else 1)


main()
