"""What a tick costs against the number of sockets: CPU of collector and monitor, memory of both and of the maps; ss
beside it on the same sockets. The monitor is the screen in a pseudo-terminal of 120x40.
    scale.py [PAIRS...]    of connections; 250000 500000 for a million sockets, which needs 8 GiB of memory"""

import math
import resource
import subprocess
import sys
import time

from common import Generator, SKBTOP, bpf, children, cpu_ns, need_root, pss_kib, table, tool

TICKS = 10
PAIRS = [int(arg) for arg in sys.argv[1:]] or [500, 5000, 57000]
AIMS = ((114000, 250, 150), (1000000, 700, 600))  # up to so many sockets: milliseconds of a tick, MiB
SS_SECONDS = 60  # ss -tinp is not done in 400 s with 500,000 connections


class Screen:
    """skbtop on a screen that nobody looks at: screen_bench watch prints "drawn" when the first rows stand, then holds
    the terminal open and reads what is drawn until its stdin closes."""

    def __init__(self, until):
        self.generator = Generator(tool("screen_bench"), "watch", until, SKBTOP)
        self.pid = int(self.generator.ready.split()[1])

    def close(self):
        self.generator.__exit__()


def measure_ss(*options):
    """CPU milliseconds of one run of ss, infinitely many if it takes too long; the sockets are in the holder's
    namespace, so ss has to be there too."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        subprocess.run(options, stdout=subprocess.DEVNULL, check=True, timeout=SS_SECONDS)
    except subprocess.TimeoutExpired:
        return math.inf
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000


def ticks_cpu(pids, seconds, work):
    """CPU milliseconds of each process per tick of one second, while work() is done before each."""
    before = [cpu_ns(p) for p in pids]
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if work:
            work()
        time.sleep(max(0.0, min(1.0, end - time.monotonic())))
    return [(cpu_ns(p) - b) / 1e6 / seconds for p, b in zip(pids, before)]


def measure(pairs):
    with Generator(tool("holder"), str(pairs)) as holder:
        screen = Screen("holder")
        try:
            pids = [screen.pid] + children(screen.pid)
            ticks_cpu(pids, 3, None)  # histories, first sort: not counted
            monitor, collector = ticks_cpu(pids, TICKS, None)
            few = sum(ticks_cpu(pids, 5, lambda: holder("move %d" % max(1, pairs // 100))))
            maps = sum(bpf.held(pids[1])["maps"].values()) / 1024
            memory = [pss_kib(p) for p in pids]
            every = sum(ticks_cpu(pids, 10, lambda: holder("move %d" % pairs)))
            moved = [pss_kib(p) for p in pids]
        finally:
            screen.close()
        enter = ("nsenter", "-t", str(holder.process.pid), "-n")
        ss_tin = measure_ss(*enter, "ss", "-tinH")
        ss_tinp = measure_ss(*enter, "ss", "-tinpH")
    return {"sockets": 2 * pairs, "collector": collector, "monitor": monitor, "both": collector + monitor,
            "few": few, "every": every, "ss": ss_tin, "ssp": ss_tinp, "memory": (sum(memory) + maps) / 1024,
            "moved": (sum(moved) + maps) / 1024, "parts": [m / 1024 for m in memory] + [maps / 1024]}


def main():
    need_root()
    rows = [measure(pairs) for pairs in PAIRS]
    name = ["{:,}".format(r["sockets"]) for r in rows]
    table("CPU of a tick of one second (ms)",
          ["sockets", "collector", "monitor", "both", "1 % moving", "all moving", "ss -tin", "ss -tinp",
           "both / ss -tin", "both / ss -tinp"],
          [[n] + ["%.1f" % r[k] for k in ("collector", "monitor", "both", "few", "every")]
           + ["%.0f" % r["ss"], "%.0f" % r["ssp"], "%.2f" % (r["both"] / r["ss"]), "%.3f" % (r["both"] / r["ssp"])]
           for n, r in zip(name, rows)])
    table("Memory (MiB): PSS of both, and the maps",
          ["sockets", "all", "monitor + collector + maps", "after all have moved"],
          [[n, "%.1f" % r["memory"], " + ".join("%.1f" % p for p in r["parts"]), "%.1f" % r["moved"]]
           for n, r in zip(name, rows)])
    last = rows[-1]
    ms, mib = next(((ms, mib) for sockets, ms, mib in AIMS if last["sockets"] <= sockets), AIMS[-1][1:])
    failed = last["both"] > ms or last["memory"] > mib
    print("at %s sockets: %.0f ms a tick (at most %d), %.0f MiB (at most %d): %s; all moving: %.0f ms, %.0f MiB" % (
        name[-1], last["both"], ms, last["memory"], mib, "missed" if failed else "met", last["every"], last["moved"]))
    sys.exit(1 if failed else 0)


main()
