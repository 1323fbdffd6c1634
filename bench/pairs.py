"""Throughput and ping-pong with skbtop off and on: interleaved pairs in alternating order; the median ratio on/off
with its 95 % bootstrap interval. Single runs of a shared machine vary by a third; the pairs' ratio does not."""

import os
import sys

from common import Home, Iperf, PingPong, compared, interleaved, need_root, table

PAIRS = int(sys.argv[1]) if len(sys.argv) > 1 else 30
NAMES = sys.argv[2:]  # which kinds; none: all


def main():
    need_root("iperf3", "ip")
    rows, good = [], True
    with Home() as peer:
        other = min(1, os.cpu_count() - 1)
        one = PingPong(peer, "ping-pong, one CPU", 0, 0)
        # What is asked for; and the most system calls a second that there can be, with and without what UDP's counters
        # cost where they have to be counted in each call's tracepoint.
        kinds = ((Iperf(peer), (), True), (PingPong(peer, "ping-pong", 0, other), (), True), (one, (), False),
                 (one, ("--without", "tracepoint"), False))
        for kind, options, asked in kinds:
            if NAMES and kind.name not in NAMES:
                continue
            off, on = interleaved(kind.measure, (None, options), PAIRS)
            row, (_, high) = compared(" ".join((kind.name,) + options), kind.unit, off, on)
            good = good and (high >= 0.99 or not asked)
            rows.append(row)
    table("Off and on, interleaved pairs",
          ["what", "pairs", "off", "on", "unit", "median ratio", "95 % interval"], rows)
    print("the interval of iperf3 and ping-pong reaches 0.99: %s" % ("met" if good else "missed"))
    sys.exit(0 if good else 1)


main()
