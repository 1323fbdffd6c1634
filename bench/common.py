"""What the benchmarks share: generators that stay at work beside skbtop, traffic that is measured with it off and on,
runs of BPF programs, CPU time and memory of processes, tables."""

import ctypes
import json
import os
import random
import select
import shutil
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "net"))

import bpf  # noqa: E402
from witness import DEADLINE, SKBTOP, Failure, Lines, Peer, Skbtop, children, run  # noqa: E402

__all__ = ["Failure", "Generator", "Home", "Iperf", "Peer", "PingPong", "SKBTOP", "Skbtop", "bpf", "children",
           "compared", "cpu_ns", "device_packets", "interleaved", "iperf", "machine", "need_root", "pss_kib",
           "quantile", "run", "run_time_table", "runs_while", "table", "tool", "transport_packets", "with_skbtop",
           "without_skbtop"]

CLONE_NEWNET = 0x40000000
PAUSE = 2.5  # seconds before each measurement …
WARM_UP = 1  # … and of the same traffic, unmeasured: at the first loss skbtop reads the names of kernel functions, once


def tool(name):
    """Path of one of our own programs, which the build tells by NAME in upper case."""
    return os.environ[name.upper()]


def need_root(*programs):
    """Skips what cannot be measured here, and says why."""
    missing = [p for p in programs if not shutil.which(p)]
    if os.geteuid() != 0 or missing:
        print("needs " + (", ".join(missing) if missing else "root: network namespaces and BPF"))
        sys.exit(77)


class Generator:
    """A program that says "ready" and then works at our command, until its stdin closes."""

    def __init__(self, *command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.lines = Lines(self.process.stdout)
        self.ready = self.line()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def line(self):
        line = self.lines.get()
        if line is None:
            raise Failure("the generator ended")
        return line.decode()

    def lines_ready(self):
        """Has it said something that line() would give at once?"""
        return bool(self.lines.lines) or bool(select.select([self.lines.fd], [], [], 0)[0])

    def begin(self, command):
        self.process.stdin.write(command.encode() + b"\n")
        self.process.stdin.flush()

    def __call__(self, command):
        self.begin(command)
        return self.line()


def cpu_ns(pid):
    """CPU time that a process has used, all threads, user and system."""
    total = 0
    for thread in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/schedstat" % (pid, thread), encoding="ascii") as f:
            total += int(f.read().split()[0])
    return total


def pss_kib(pid):
    """Proportional set, without what is mapped of BPF maps (the ring buffer): that is in their own account."""
    total, ours = 0, True
    with open("/proc/%d/smaps" % pid, encoding="ascii", errors="replace") as f:
        for line in f:
            word = line.split()
            if not word[0].endswith(":"):
                ours = not line.rstrip().endswith("anon_inode:bpf-map")
            elif word[0] == "Pss:" and ours:
                total += int(word[1])
    return total


def quantile(values, q):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))] if ordered else float("nan")


# -- traffic ------------------------------------------------------------------------------------------------------

class Home:
    """A network namespace of this process's own, which all that it starts is born in: skbtop measures the namespace
    that it is started in from its first tick on, others when they turn up."""

    def __init__(self):
        if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) < 0:
            raise OSError(ctypes.get_errno(), "unshare")
        run("ip", "link", "set", "lo", "up")
        self.pid = os.getpid()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass  # it ends with us


def inside(peer):
    return ["nsenter", "-t", str(peer.pid), "-n"]


def device_packets(pid, device="lo"):
    """Packets that a device has sent in the process's namespace. What loopback sends it receives."""
    with open("/proc/%d/net/dev" % pid, encoding="ascii") as f:
        return next(int(line.split(":")[1].split()[9]) for line in f if line.split(":")[0].strip() == device)


def transport_packets(pid):
    """Segments and datagrams that were sent in the process's namespace, by its /proc/net/snmp, each segment of a packet
    of several. (The loopback device does not count what it drops.)"""
    with open("/proc/%d/net/snmp" % pid, encoding="ascii") as f:
        words = [line.split() for line in f]
    tcp, udp = (dict(zip(*[w for w in words if w[0] == kind])) for kind in ("Tcp:", "Udp:"))
    return int(tcp["OutSegs"]) + int(tcp["RetransSegs"]) + int(udp["OutDatagrams"])


def iperf(peer, seconds, *options):
    """One run of iperf3 over the loopback of the peer's namespace: its own account of it."""
    server = subprocess.Popen(inside(peer) + ["iperf3", "-s", "-1", "--forceflush"], stdout=subprocess.PIPE)
    try:
        for line in server.stdout:
            if b"listening" in line:
                break
        out = subprocess.run(inside(peer) + ["iperf3", "-c", "127.0.0.1", "-J", "-t", str(seconds), *options],
                             stdout=subprocess.PIPE, timeout=60, check=True).stdout
    finally:
        server.kill()
        server.wait()
        server.stdout.close()
    return json.loads(out)["end"]


class Iperf:
    """iperf3 over the loopback of a namespace, its ends on two processors: where the scheduler puts them makes more
    difference than anything else."""

    name, unit = "iperf3", "Gbit/s"

    def __init__(self, peer):
        self.peer = peer

    def measure(self, seconds=2):
        return iperf(self.peer, seconds, "-A",
                     "0,%d" % min(1, os.cpu_count() - 1))["sum_received"]["bits_per_second"] / 1e9


class PingPong:
    """One byte to and fro, both ends on one CPU (the most calls a second there can be) or on two."""

    unit = "round trips/s"

    def __init__(self, peer, name, first, second):
        self.peer = peer
        self.name = name
        self.cpus = (str(first), str(second))

    def measure(self, seconds=1):
        return float(run(*inside(self.peer), tool("pingpong"), str(seconds), *self.cpus))


# -- off and on ---------------------------------------------------------------------------------------------------

def without_skbtop(measure):
    """As long a silence before the measurement as skbtop's start makes: how a virtual machine's idle processors wake up
    depends on what they did before, and two processors that wake each other depend on nothing else."""
    subprocess.run(["sleep", str(PAUSE)], check=True)
    measure(WARM_UP)
    return measure()


def with_skbtop(measure, *options):
    start = time.monotonic()
    with Skbtop(*options, interval=1) as top:
        # Loading and seeding are over, and so is the second tick, in which (as in one of 30) the kernel measures each
        # run.
        top.tick()
        time.sleep(max(0, PAUSE - (time.monotonic() - start)))
        drain = subprocess.Popen(["cat"], stdin=top.process.stdout, stdout=subprocess.DEVNULL)
        try:
            measure(WARM_UP)
            return measure()
        finally:
            drain.kill()
            drain.wait()


def interleaved(measure, ways, rounds):
    """Measures each way (the options of skbtop; None: without it) in every round, each at each place in the round
    equally often. One list of figures per way."""
    measure()
    figures = [[] for _ in ways]
    for i in range(rounds):
        order = list(range(len(ways)))
        shift = i // 2 % len(ways)
        order = order[shift:] + order[:shift]
        for way in order[::-1] if i % 2 else order:
            options = ways[way]
            figures[way].append(without_skbtop(measure) if options is None else with_skbtop(measure, *options))
    return figures


def interval(ratios):
    """95 % of the medians of 4,000 resamples."""
    rng = random.Random(1)
    medians = sorted(statistics.median(rng.choices(ratios, k=len(ratios))) for _ in range(4000))
    return medians[100], medians[3899]


def compared(name, unit, off, on):
    """A row of "what, pairs, off, on, unit, median ratio, 95 % interval", and the interval."""
    ratios = [b / a for a, b in zip(off, on)]
    low, high = interval(ratios)
    return [name, len(ratios), "%.1f" % statistics.median(off), "%.1f" % statistics.median(on), unit,
            "%.3f" % statistics.median(ratios), "%.3f to %.3f" % (low, high)], (low, high)


def runs_while(programs, work):
    """What work() gave, and id -> (name, runs, nanoseconds) of the programs meanwhile. Inside a bpf.Stats()."""
    before = bpf.Stats.runs(programs)
    result = work()
    after = bpf.Stats.runs(programs)
    return result, {i: (n, c - before[i][1], t - before[i][2]) for i, (n, c, t) in after.items() if i in before}


def run_time_table(title, runs, own):
    """What the programs cost for each packet, by what runs_while() gave. Programs see the packets of the whole machine,
    so these are counted as the programs see them: the one at the device runs once for each that comes in. own: packets
    of our own traffic."""
    packets = max((count for name, count, _ in runs.values() if name == "rx_device"), default=0) or own
    rows = [[name, "%.2f" % (count / packets), "%.0f" % (ns / count), "%.0f" % (ns / packets)]
            for name, count, ns in sorted(runs.values(), key=lambda r: -r[2]) if ns / packets >= 1]
    count, ns = (sum(r[i] for r in runs.values()) for i in (1, 2))
    rows.append(["all", "%.2f" % (count / packets), "%.0f" % (ns / max(1, count)), "%.0f" % (ns / packets)])
    table("%s: %s packets sent and received" % (title, "{:,}".format(packets)),
          ["program", "runs per packet", "ns a run", "ns per packet"], rows)
    if packets > 1.02 * own:
        print("only %s of these packets were ours: repeat it on a quiet machine" % "{:,}".format(own))


# -- telling ------------------------------------------------------------------------------------------------------

def machine():
    return "Linux %s, %d CPUs" % (os.uname().release, os.cpu_count())


def table(title, head, rows):
    """Prints a table in the form that docs/performance.md keeps."""
    rows = [[str(c) for c in row] for row in rows]
    width = [max(len(r[i]) for r in [head] + rows) for i in range(len(head))]
    print("\n### %s\n%s\n" % (title, machine()))
    for i, row in enumerate([head] + rows):
        print("| " + " | ".join(c.ljust(w) if not j else c.rjust(w) for j, (c, w) in enumerate(zip(row, width))) + " |")
        if i == 0:
            print("|" + "|".join("-" * (w + 1) + ("-" if not j else ":") for j, w in enumerate(width)) + "|")
    sys.stdout.flush()
