"""Throughput and ping-pong with skbtop off and on: interleaved pairs in alternating order; the median ratio on/off
with its 95 % bootstrap interval. Single runs of a shared machine vary by a third; the pairs' ratio does not."""

import json
import random
import statistics
import subprocess
import sys

from common import Peer, Skbtop, need_root, run, table, tool

PAIRS = int(sys.argv[1]) if len(sys.argv) > 1 else 30
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
    name, unit = "ping-pong", "round trips/s"

    def __init__(self, _):
        pass

    @staticmethod
    def measure():
        return float(run(tool("pingpong"), SECONDS))


def with_skbtop(measure):
    with Skbtop(interval=1) as top:
        top.tick()
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
    need_root()
    rows, good = [], True
    with Peer() as peer:
        for kind in (Iperf(peer), PingPong(peer)):
            kind.measure()
            off, on = [], []
            for i in range(PAIRS):
                for skbtop in ((False, True), (True, False))[i % 2]:
                    (on if skbtop else off).append(with_skbtop(kind.measure) if skbtop else kind.measure())
            ratios = [b / a for a, b in zip(off, on)]
            low, high = interval(ratios)
            good = good and high >= 0.99
            rows.append([kind.name, len(ratios), "%.1f" % statistics.median(off), "%.1f" % statistics.median(on), kind.unit,
                         "%.3f" % statistics.median(ratios), "%.3f to %.3f" % (low, high)])
    table("Off and on, interleaved pairs", ["what", "pairs", "off", "on", "unit", "median ratio", "95 % interval"], rows)
    print("the interval reaches 0.99: %s" % ("met" if good else "missed"))
    sys.exit(0 if good else 1)


main()
