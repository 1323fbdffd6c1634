"""Sums over skbtop's rows agree with the namespace's own counters (nstat) and with ss's summary."""

import errno
import time

import bpf
import ss
from witness import Peer, Skbtop, counter, equal, holds, main, meanwhile

TURN = 12  # seconds in which all namespaces are visited
COLUMNS = "id,netns,proto,state,dir,lport,rport,rx_bytes,tx_bytes,retrans,resets"


def snmp(peer, group, name):
    """A value of /proc/net/snmp that nstat does not print, such as a gauge."""
    lines = [l.split() for l in peer.inside("cat", "/proc/net/snmp").splitlines() if l.startswith(group + ":")]
    return int(dict(zip(*lines))[name])


def established_and_opens():
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        top.settled()
        for i in range(10):
            peer.pair(3 * i, 3 * i + 1, 3 * i + 2)
        peer("close 1", "eof 2")  # close-wait counts as established in CurrEstab
        tick = top.settled()
        live = [r for r in tick.find(netns=peer.netns, proto="tcp") if r["state"] in ("estab", "close-wait")]
        equal(len(live), snmp(peer, "Tcp", "CurrEstab"), "established and close-wait rows, CurrEstab")
        rows = [r for r in tick.find(netns=peer.netns, proto="tcp") if r["state"] != "listen"]
        opens = [len([r for r in rows if r["dir"] == d]) for d in ("out", "in")]
        equal(opens, [counter(peer, "TcpActiveOpens"), counter(peer, "TcpPassiveOpens")], "opens")


def every_socket_of_ss_has_a_row():
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        for i in range(6):
            peer.pair(3 * i, 3 * i + 1, 3 * i + 2, "::1" if i % 2 else "127.0.0.1")
        peer("close 1", "close 2", "shutdown 4 wr")  # TIME_WAIT; FIN_WAIT2 and CLOSE_WAIT
        for _ in range(10):
            before = sorted((s["state"], s["lport"], s["rport"]) for s in ss.sockets(peer, "-a"))
            rows = [r for r in top.settled().find(netns=peer.netns, proto="tcp") if r["state"] != "closed"]
            after = sorted((s["state"], s["lport"], s["rport"]) for s in ss.sockets(peer, "-a"))
            ours = sorted((r["state"], r["lport"], r.get("rport", 0)) for r in rows)
            if before == after == ours:
                return
        equal(ours, after, "rows and ss -ta")


def totals_of_the_tick():
    """The header's own counters, where it has them, against /proc of the namespace that skbtop runs in."""
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        peer.pair(0, 1, 2)
        head = top.settled().head
        for name, value in head["lost"].items():
            equal(value, 0, "lost." + name)


def run_time_share(top, peer):
    """Our share of a CPU, by skbtop and by the run time that the kernel keeps for each program; and whether the kernel
    kept it in skbtop's window alone: while anybody else measures it, it is kept for longer."""
    disturbed = False

    def measured(tick):
        nonlocal disturbed
        disturbed |= bpf.others_measure(*top.children())
        return tick.head["cost"] if "bpf_cpu" in tick.head["cost"] else None
    with meanwhile(lambda: peer(*["send 1 1", "recv 2 1"] * 20)):
        cost = top.wait(measured, "a measurement")
    runs = bpf.Stats.runs(bpf.held(top.children()[0])["programs"]).values()
    disturbed |= bpf.others_measure(*top.children())
    layers = sum(count for name, count, _ in runs if name in ("rx_device", "rx_read", "tx_queue"))
    holds(layers > 100, "%d runs of the layers' programs while they were measured" % layers)
    return cost["bpf_cpu"], sum(ns for _, _, ns in runs) / 1e3 / cost["bpf_window_us"], disturbed


def cost_of_all_programs():
    """The share of a CPU, with the layers' programs: the kernel's own account says the same."""
    for _ in range(4):
        with Peer() as peer, Skbtop("-t", interval=0.5) as top:
            peer.pair(0, 1, 2)
            ours, kernel, disturbed = run_time_share(top, peer)
            holds(0 < ours < kernel * 1.25, "bpf_cpu %s, by the kernel %s" % (ours, kernel))
            if not disturbed:
                holds(kernel * 0.8 < ours, "bpf_cpu %s, by the kernel %s" % (ours, kernel))
                return


def memory_of_the_maps():
    """By fdinfo, with the layers' maps."""
    with Skbtop("-t") as top:
        def as_the_kernel_says(tick):
            return tick.head["cost"]["map_bytes"] == sum(bpf.held(top.children()[0])["maps"].values())
        # It is asked for every ten ticks, and some maps grow with the sockets of this machine that have packets
        # meanwhile.
        top.wait(as_the_kernel_says, "memory of the maps, by fdinfo")


def refused(peer, count):
    """Connections that the namespace itself refuses, each with a RST."""
    for _ in range(count):
        try:
            peer("tcp 1 4", "connect 1 127.0.0.1 1")
        except OSError as e:
            equal(e.errno, errno.ECONNREFUSED, "a connection to a port where nobody listens")
        peer("close 1")


def counters_of_all_namespaces():
    """snmp.* is the sum over the namespaces, and one that goes takes nothing away."""
    def resets(tick):
        return tick.head["snmp"]["tcp_out_rsts"]
    with Skbtop(columns="id,netns,state") as top:
        with Peer() as peer:
            peer("tcp 0 4", "bind 0 127.0.0.1 0", "listen 0 4")
            before = resets(top.wait(lambda t: t if t.find(netns=peer.netns) else None, "the namespace"))
            refused(peer, 40)
            counted = top.wait(lambda t: resets(t) if resets(t) >= before + 40 else None,
                               "the counters of the namespace")
        end = time.monotonic() + TURN
        while time.monotonic() < end:
            left = resets(top.tick())
            holds(left >= counted, "%d after %d" % (left, counted))


main([counters_of_all_namespaces, established_and_opens, every_socket_of_ss_has_a_row, totals_of_the_tick,
      cost_of_all_programs, memory_of_the_maps])
