"""What the layers cost while all traffic is measured: pairs of off and on, with and without sampling; and the run time
of the programs for each packet."""

import os
import sys

from common import (Home, Iperf, PingPong, Skbtop, bpf, compared, device_packets, interleaved, need_root,
                    run_time_table, runs_while, table)

PAIRS = int(sys.argv[1]) if len(sys.argv) > 1 else 30
NAMES = sys.argv[2:]  # which kinds; none: all
AIM = 0.90
MEDIAN = 5  # in a row of compared()
SECONDS = 3  # of a run that is counted
WAYS = (None, ("-t",), ("-t", "--sample", "16"))


def kinds_of_traffic(peer):
    """And which of them have the aim."""
    other = min(1, os.cpu_count() - 1)
    kinds = ((Iperf(peer), True), (PingPong(peer, "ping-pong", 0, other), True),
             (PingPong(peer, "ping-pong, one CPU", 0, 0), False))
    return [k for k in kinds if not NAMES or k[0].name in NAMES]


def pairs(peer):
    rows, good = [], True
    for kind, asked in kinds_of_traffic(peer):
        figures = interleaved(kind.measure, WAYS, PAIRS)
        for options, on in zip(WAYS[1:], figures[1:]):
            row, _ = compared(" ".join((kind.name,) + options), kind.unit, figures[0], on)
            good = good and (float(row[MEDIAN]) >= AIM or not asked or options != WAYS[1])
            rows.append(row)
    table("Layers off and on, interleaved",
          ["what", "pairs", "off", "on", "unit", "median ratio", "95 % interval"], rows)
    print("the medians of iperf3 and ping-pong with -t are at least %.2f: %s" % (AIM, "met" if good else "missed"))
    return good


def run_time(peer, kind, options):
    """Of all our programs while this traffic runs."""
    with Skbtop(*options, columns="id", interval=1) as top, bpf.Stats():
        top.settled()
        programs = bpf.held(top.children()[0])["programs"]
        start = device_packets(peer.pid)
        _, runs = runs_while(programs, lambda: kind.measure(SECONDS))
        own = device_packets(peer.pid) - start
        layers = top.settled().head["layers"]
    run_time_table("BPF run time, skbtop %s, %s" % (" ".join(options), kind.name), runs, own)
    print("stamps: %s, missed: %s" % ("{:,}".format(layers["stamped"]), "{:,}".format(layers["missed"])))


def main():
    need_root("iperf3", "bpftool", "ip")
    with Home() as peer:
        for kind, _ in kinds_of_traffic(peer):
            for options in WAYS[1:]:
                run_time(peer, kind, options)
        good = pairs(peer) if PAIRS else True
    sys.exit(0 if good else 1)


main()
