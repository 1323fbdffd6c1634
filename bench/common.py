"""What the benchmarks share: generators that stay at work beside skbtop, CPU time and memory of processes, tables."""

import os
import select
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "net"))

import bpf  # noqa: E402
from witness import DEADLINE, SKBTOP, Failure, Lines, Peer, Skbtop, children, run  # noqa: E402

__all__ = ["Failure", "Generator", "Peer", "SKBTOP", "Skbtop", "bpf", "children", "cpu_ns", "machine", "need_root",
           "pss_kib", "quantile", "run", "table", "tool"]


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
    with open("/proc/%d/smaps_rollup" % pid, encoding="ascii") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("Pss:"))


def quantile(values, q):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))] if ordered else float("nan")


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
