"""What a tick costs against the number of sockets: CPU of collector and monitor, memory of both and of the maps; ss
beside it on the same sockets. The monitor is the screen in a pseudo-terminal of 120x40."""

import resource
import subprocess
import sys
import time

from common import Generator, SKBTOP, bpf, children, cpu_ns, need_root, pss_kib, run, table, tool

TICKS = 10
PAIRS = (500, 5000, 57000)


class Screen:
    """skbtop on a screen that nobody looks at: screen_bench watch prints "drawn" when the first rows stand, then holds
    the terminal open and reads what is drawn until its stdin closes."""

    def __init__(self, until):
        self.generator = Generator(tool("screen_bench"), "watch", until, SKBTOP)
        self.pid = int(self.generator.ready.split()[1])

    def close(self):
        self.generator.__exit__()


def measure_ss(*options):
    """CPU milliseconds of one run of ss; the sockets are in the holder's namespace, so ss has to be there too."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(options, stdout=subprocess.DEVNULL, check=True, timeout=60)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000


def ticks_cpu(pids, seconds, work):
    """CPU milliseconds of each process per tick of one second, while work() is done before each."""
    before = [cpu_ns(p) for p in pids]
    end = time.monotonic() + seconds
    moves = 0
    while time.monotonic() < end:
        if work:
            work()
            moves += 1
        time.sleep(max(0.0, min(1.0, end - time.monotonic())))
    return [(cpu_ns(p) - b) / 1e6 / seconds for p, b in zip(pids, before)]


def measure(pairs):
    with Generator(tool("holder"), str(pairs)) as holder:
        screen = Screen("holder")
        try:
            pids = [screen.pid] + children(screen.pid)
            ticks_cpu(pids, 3, None)  # histories, first sort: not counted
            monitor, collector = ticks_cpu(pids, TICKS, None)
            busy_monitor, busy_collector = ticks_cpu(pids, 5, lambda: holder("move %d" % max(1, pairs // 100)))
            maps = sum(bpf.held(pids[1])["maps"].values()) / 1024
            memory = [pss_kib(p) for p in pids]
        finally:
            screen.close()
        enter = ("nsenter", "-t", str(holder.process.pid), "-n")
        ss_tin = measure_ss(*enter, "ss", "-tinH")
        ss_tinp = measure_ss(*enter, "ss", "-tinpH") if pairs < 20000 or "--ss" in sys.argv else float("nan")
    return {"sockets": 2 * pairs, "collector": collector, "monitor": monitor, "both": collector + monitor,
            "busy": busy_collector + busy_monitor, "ss": ss_tin, "ssp": ss_tinp,
            "memory": (sum(memory) + maps) / 1024, "parts": [m / 1024 for m in memory] + [maps / 1024]}


def main():
    need_root()
    run("true")
    rows, worst = [], None
    for pairs in PAIRS:
        worst = measure(pairs)
        rows.append(["{:,}".format(worst["sockets"]), "%.1f" % worst["collector"], "%.1f" % worst["monitor"],
                     "%.1f" % worst["both"], "%.1f" % worst["busy"], "%.0f" % worst["ss"], "%.0f" % worst["ssp"],
                     "%.2f" % (worst["both"] / worst["ss"]), "%.1f" % worst["memory"],
                     " + ".join("%.1f" % p for p in worst["parts"])])
    table("CPU a tick (ms) and memory (MiB), every second",
          ["sockets", "collector", "monitor", "both", "1 % moving", "ss -tin", "ss -tinp", "both / ss -tin", "memory",
           "monitor + collector + maps"], rows)
    failed = worst["both"] > 250 or worst["memory"] > 150
    print("at %s sockets: %.0f ms a tick (at most 250), %.0f MiB (at most 150): %s" % (
        rows[-1][0], worst["both"], worst["memory"], "missed" if failed else "met"))
    sys.exit(1 if failed else 0)


main()
