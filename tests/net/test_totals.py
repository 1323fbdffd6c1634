"""The header's totals and counters agree with /proc/net, and sums over skbtop's rows with the namespace's own counters
(nstat) and with ss."""

import collections
import contextlib
import errno
import os
import subprocess
import sys

import bpf
import ss
from witness import Lines, Peer, Skbtop, counter, equal, holds, main, meanwhile, missing, run

TURN = 12  # seconds, of ticks that come when they are due, in which all namespaces are visited
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
        live = [r for r in top.settled().find(netns=peer.netns, proto="tcp") if r["state"] in ("estab", "close-wait")]
        want = snmp(peer, "Tcp", "CurrEstab")
        if len(live) == want + 1:
            raise missing("%d established and close-wait rows, CurrEstab %d" % (len(live), want))
        equal(len(live), want, "established and close-wait rows, CurrEstab")
        opened = [counter(peer, "TcpActiveOpens"), counter(peer, "TcpPassiveOpens")]

        def opens(tick):
            rows = tick.find(netns=peer.netns, proto="tcp")
            return [len([r for r in rows if r["dir"] == d]) for d in ("out", "in")]

        # An end is held back until its RST can have come; what it leaves behind is looked for once a second.
        top.wait(lambda tick: opens(tick) == opened, "a row for each open, %s" % opened)


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


def alive(tick):
    """Rows of sockets that are not over, by what the header counts them as."""
    kinds = {"tcp": "tcp", "udp": "udp", "udplite": "udp"}
    rows = [r for r in tick.rows if r["state"] != "closed"]
    counts = collections.Counter(kinds.get(r["proto"], "other") for r in rows)
    states = collections.Counter(r["state"] for r in rows if r["proto"] == "tcp")
    return counts, states, {r["netns"] for r in rows}


def header_counts_the_rows():
    """All of them, whoever makes them: each state in this peer's namespace, some of each protocol."""
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        for i in range(4):
            peer.pair(3 * i, 3 * i + 1, 3 * i + 2)
        peer("udp 20 4", "bind 20 127.0.0.1 0", "close 1", "close 4", "eof 5", "close 5", "shutdown 7 wr")
        # A namespace is known before the turn that finds the sockets of it that no program seen here holds.
        top.wait(lambda t: t.head["totals"]["netns"] == len(alive(t)[2] - {0}), "rows of each namespace")
        for _ in range(5):
            tick = top.settled()
            counts, states, spaces = alive(tick)
            totals = tick.head["totals"]
            equal([totals[k] for k in ("tcp", "udp", "other")], [counts[k] for k in ("tcp", "udp", "other")], "totals")
            # Two states of the kernel are one word.
            equal({s: n for s, n in totals["states"].items() if s != "syn-recv"},
                  {s: n for s, n in states.items() if s != "syn-recv"}, "totals.states")
            equal(totals["netns"], len(spaces - {0}), "totals.netns")
            holds(peer.netns in spaces and counts["udp"], "the peer's sockets are in it")


def spaces():
    """A way into every network namespace: what nsenter is told, by inode."""
    found = {}
    for process in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            found.setdefault(os.stat("/proc/%s/ns/net" % process).st_ino, ["-t", process, "-n"])
    for name in os.listdir("/run/netns") if os.path.isdir("/run/netns") else []:
        with contextlib.suppress(OSError):
            found.setdefault(os.stat("/run/netns/" + name).st_ino, ["--net=/run/netns/" + name])
    return found


def listed():
    """How many sockets /proc/net of all namespaces lists: of TCP, without request sockets, and of UDP."""
    counts = collections.Counter()
    script = "cd /proc/thread-self/net && for f in tcp tcp6 udp udp6 udplite udplite6; do sed \"s/^/$f /\" $f; done"
    for way in spaces().values():
        # A process may be gone again, and its namespace with it.
        for line in run("nsenter", *way, "sh", "-c", script + " 2>&-", status=None).splitlines():
            word = line.split()
            if len(word) > 4 and word[1].endswith(":") and word[4] != "0C":
                counts["tcp" if word[0].startswith("tcp") else "udp"] += 1
    return counts


def header_counts_what_proc_lists():
    """Of all namespaces of the machine, between two looks: on a busy one not at every try."""
    tried = []
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        for i in range(4):
            peer.pair(3 * i, 3 * i + 1, 3 * i + 2, "::1" if i % 2 else "127.0.0.1")
        peer("udp 20 4", "bind 20 127.0.0.1 0")
        for _ in range(20):
            before = listed()
            tick = top.settled()
            after, totals = listed(), tick.head["totals"]
            totals["tcp"] -= tick_in_making(tick)
            between = {k: min(before[k], after[k]) <= totals[k] <= max(before[k], after[k]) for k in before}
            if before["tcp"] >= 12 and before["udp"] and all(between.values()):
                return
            tried.append([{k: c[k] for k in ("tcp", "udp")} for c in (before, totals, after)])
    raise AssertionError("before, header, after: %s" % tried)


def tick_in_making(tick):
    """Connections that the other end has not finished opening: /proc has them as request sockets or not at all."""
    return len([r for r in tick.rows if r["proto"] == "tcp" and r["state"] == "syn-recv"])


# What a user space program does to each counter: a TCP and a UDP packet with a wrong checksum, connections that are
# refused, and a listener whose queue is full, so that a SYN is sent again.
STIR = """
import socket, sys
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
raw.sendto(bytes.fromhex("000100020000000000000000500200000bad0000"), ("127.0.0.1", 0))
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
bound.bind(("127.0.0.1", 0))
raw.sendto(bytes.fromhex("0001%04x00080bad" % bound.getsockname()[1]), ("127.0.0.1", 0))
for _ in range(5):
    refused = socket.socket()
    assert refused.connect_ex(("127.0.0.1", 1))
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(0)
waiting = [socket.socket() for _ in range(3)]
for s in waiting:
    s.setblocking(False)
    s.connect_ex(listener.getsockname())
print("stirred", flush=True)
sys.stdin.read()
"""
COUNTERS = {
    "tcp_retrans_segs": ("snmp", "Tcp", "RetransSegs"), "tcp_out_segs": ("snmp", "Tcp", "OutSegs"),
    "tcp_in_segs": ("snmp", "Tcp", "InSegs"), "tcp_in_errs": ("snmp", "Tcp", "InErrs"),
    "tcp_out_rsts": ("snmp", "Tcp", "OutRsts"), "udp_in_errors": ("snmp", "Udp", "InErrors"),
    "listen_overflows": ("netstat", "TcpExt", "ListenOverflows"), "listen_drops": ("netstat", "TcpExt", "ListenDrops"),
}


def counters(peer):
    """The namespace's own, under the names that the header gives them."""
    values = {}
    for file in ("snmp", "netstat"):
        lines = [line.split() for line in peer.inside("cat", "/proc/net/" + file).splitlines()]
        for names, numbers in zip(lines[::2], lines[1::2]):
            values.update({(file, names[0][:-1], n): int(v) for n, v in zip(names[1:], numbers[1:])})
    return {name: values[where] for name, where in COUNTERS.items()}


def grown(before, after):
    return {name: after[name] - before[name] for name in COUNTERS}


def stirred(peer, top):
    """How far each counter of the peer's namespace grew, and how far the header's did, both while nothing moved it."""
    first, was = top.settled().head["snmp"], counters(peer)
    with subprocess.Popen(["nsenter", "-t", str(peer.pid), "-n", sys.executable, "-c", STIR], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as stir:
        equal(Lines(stir.stdout).get(), b"stirred", "the stirrer's word")
        top.wait(lambda _: counters(peer)["tcp_retrans_segs"] > was["tcp_retrans_segs"], "a SYN again")
    return grown(was, counters(peer)), grown(first, top.settled().head["snmp"])


def header_has_the_counters_of_proc():
    """skbtop's own namespace is read with each tick, others with a turn: between two of these, the header grows by what
    its own namespace has counted, and never by less."""
    with Peer() as peer:
        inside = ("nsenter", "-t", str(peer.pid), "-n")
        with Skbtop("-a", columns=COLUMNS, prefix=inside) as top:
            peer("tcp 0 4", "bind 0 127.0.0.1 0", "listen 0 4")
            for _ in range(20):
                own, ours = stirred(peer, top)
                equal([name for name in COUNTERS if not own[name]], [], "counters that nothing moved")
                lagging = [name for name in COUNTERS if ours[name] < own[name]]
                equal(lagging, [], "counters that lag: %s, %s" % (ours, own))
                if ours == own:
                    return
    equal(ours, own, "growth of the header's counters, and of /proc's")


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
            # They are read by the turn through all namespaces, which nothing here asks for before it is due.
            counted = top.wait(lambda t: resets(t) if resets(t) >= before + 40 else None,
                               "the counters of the namespace", 2 * TURN)
        for _ in range(round(TURN / top.interval)):
            left = resets(top.tick())
            holds(left >= counted, "%d after %d" % (left, counted))


main([counters_of_all_namespaces, established_and_opens, every_socket_of_ss_has_a_row, header_counts_the_rows,
      header_counts_what_proc_lists, header_has_the_counters_of_proc, cost_of_all_programs, memory_of_the_maps])
