"""Each view at 114,000 sockets: from key to finished frame, on the way to it and in its list (see screen_bench.c for
what a frame is); what a tick costs while it is seen, against Sockets before and after it in the same run; and the
memory of both processes then. Idle connections, between few addresses, and each end with an address of its own.
    views.py [PAIRS [KEYS [VIEWS]]]    VIEWS: names with commas between; all that idle sockets show something in"""

import json
import statistics
import subprocess
import sys
import time

from common import Generator, SKBTOP, bpf, children, cpu_ns, need_root, pss_kib, table, tool
from screen import Screen

PAIRS = int(sys.argv[1]) if len(sys.argv) > 1 else 57000
COUNT = sys.argv[2] if len(sys.argv) > 2 else "100"
VIEWS = ("listeners", "processes", "users", "cgroups", "namespaces", "hosts", "prefixes", "services", "ports", "lives",
         "devices", "findings", "overview", "cpus", "counters", "stacks")
APART = ("hosts", "prefixes", "overview")  # what grows with the number of peers
TURNS, SECONDS = 3, 4  # in Sockets and in the view: so often, for so long
KINDS = ("open", "move", "ends", "sort: next column", "sort: invert")
MS, TIMES, MIB = 16, 1.2, 170  # the aims
OVERVIEW_TIMES = 1.3


def cpu_while_seen(screen, pids, seconds=SECONDS):
    """CPU milliseconds of both processes in a second."""
    before, begun = [cpu_ns(p) for p in pids], time.monotonic()
    while time.monotonic() - begun < seconds:
        screen.look(200)
    return sum(cpu_ns(p) - b for p, b in zip(pids, before)) / 1e6 / (time.monotonic() - begun)


def measure_ticks(view):
    """CPU in Sockets and in the view, by turns: the medians; and the memory while the view is seen, in MiB."""
    sockets, seen = [], []
    with Screen(120, 40) as screen:
        screen.wait("ESTAB")
        pids = children(screen.process.pid)
        pids += children(pids[0])
        cpu_while_seen(screen, pids)  # histories, the first order: not counted
        for _ in range(TURNS):
            for key, figures in (("1", sockets), ("v%s<Enter>" % view, seen)):
                screen.keys(key)
                cpu_while_seen(screen, pids, 2)
                figures.append(cpu_while_seen(screen, pids))
        memory = [pss_kib(p) / 1024 for p in pids] + [sum(bpf.held(pids[1])["maps"].values()) / 1024 / 1024]
    return statistics.median(sockets), statistics.median(seen), memory


def measure_keys(view):
    out = subprocess.run([tool("screen_bench"), "view", COUNT, view, SKBTOP, "--sort", "local:asc"],
                         stdout=subprocess.PIPE, check=True, timeout=280).stdout
    return {kind["keys"]: kind for kind in map(json.loads, out.splitlines())}


def row(peers, view):
    keys, (sockets, seen, memory) = measure_keys(view), measure_ticks(view)
    times, worst = seen / sockets, max(keys[k]["p99"] for k in KINDS)
    met = (worst <= MS, times <= (OVERVIEW_TIMES if view == "overview" else TIMES), sum(memory) <= MIB)
    return ([peers + ", " + view] + ["%.1f" % keys[k]["p99"] if keys[k]["frames"] else "" for k in KINDS]
            + ["%.1f" % max(keys[k]["own_p99"] for k in KINDS), "%.1f" % sockets, "%.1f" % seen, "%.2f" % times,
               "%.0f" % sum(memory), " + ".join("%.0f" % m for m in memory),
               "met" if all(met) else "missed: " + ", ".join(
                   what for what, good in zip(("keys", "CPU", "memory"), met) if not good)])


def main():
    need_root()
    wanted, rows = sys.argv[3].split(",") if len(sys.argv) > 3 else VIEWS, []
    for peers, options, views in (("few peers", (), wanted),
                                  ("a peer each", ("1000", "apart"), [v for v in wanted if v in APART])):
        if views:
            with Generator(tool("holder"), str(PAIRS), *options):
                rows += [row(peers, view) for view in views]
    aims = "%d ms, %.1f (Overview %.1f), %d MiB" % (MS, TIMES, OVERVIEW_TIMES, MIB)
    table("Views at {:,} sockets: from key to frame (ms, 99 %), CPU of a tick (ms), memory (MiB)".format(2 * PAIRS),
          ["peers, view", *KINDS, "without waiting for a CPU", "Sockets", "view", "times", "memory",
           "monitor + collector + maps", aims], rows)
    sys.exit(1 if any("missed" in r[-1] for r in rows) else 0)


main()
