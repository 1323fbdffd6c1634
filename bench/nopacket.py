"""The table costs no packet anything, by count: runs of our BPF programs while TCP segments flow, and while UDP
datagrams do; and what the collector takes at 1,000 idle sockets."""

import sys
import time

from common import Generator, Skbtop, Peer, bpf, children, cpu_ns, iperf, need_root, runs_while, table, tool

SECONDS = 5


def segments(peer):
    """Segments in and out of the peer's namespace, by /proc/net/snmp."""
    lines = [line.split() for line in peer.inside("cat", "/proc/net/snmp").splitlines()]
    tcp = dict(zip(*[line for line in lines if line[0] == "Tcp:"]))
    return int(tcp["InSegs"]) + int(tcp["OutSegs"])


def packets():
    rows, worst = [], 0.0
    with Peer() as peer, Skbtop(columns="id", interval=1) as top, bpf.Stats():
        top.settled()
        programs = bpf.held(top.children()[0])["programs"]
        start = segments(peer)
        _, runs = runs_while(programs, lambda: iperf(peer, SECONDS))
        moved = segments(peer) - start
        # Idle for as long: what the ticks alone make the programs run.
        _, idle = runs_while(programs, lambda: time.sleep(SECONDS))
        for i, (name, count, ns) in sorted(runs.items()):
            per_packet = max(0, count - idle.get(i, (name, 0, 0))[1]) / moved
            early = "send_length" in name or "recv_length" in name or name.startswith("udp")
            if not early:
                worst = max(worst, per_packet)
            if count or per_packet:
                rows.append([name, "{:,}".format(count), "{:,}".format(idle.get(i, (name, 0, 0))[1]),
                             "%.4f" % per_packet, "%.0f" % (ns / count if count else 0), "yes" if early else ""])
    table("Runs of our programs while %s TCP segments flowed" % "{:,}".format(moved),
          ["program", "runs", "runs when idle", "runs per segment", "ns per run", "early return"], rows)
    print("most runs per segment: %.4f (fewer than 0.01): %s" % (worst, "met" if worst < 0.01 else "missed"))
    return worst < 0.01


def idle_cost():
    with Generator(tool("holder"), "500"), Skbtop(columns="id", interval=1) as top:
        for _ in range(3):
            top.tick()
        collector = children(top.process.pid)[0]
        cpu, start = cpu_ns(collector), time.monotonic()
        for _ in range(10):
            top.tick()
        share = (cpu_ns(collector) - cpu) / 1e9 / (time.monotonic() - start)
    print("collector at 1,000 sockets: %.2f %% of one CPU (at most 2): %s" % (
        100 * share, "met" if share <= 0.02 else "missed"))
    return share <= 0.02


def main():
    need_root("iperf3")
    good = packets()
    good = idle_cost() and good
    sys.exit(0 if good else 1)


main()
