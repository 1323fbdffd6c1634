"""What exchanges cost while all conversations are measured: pairs of off and on; the run time of the programs, and the
CPU time of both ends of skbtop, for each request; and CPU and memory with very many sockets."""

import os
import socket
import subprocess
import sys
import tempfile
import time

from common import (Generator, Home, Skbtop, bpf, compared, cpu_ns, interleaved, need_root, pss_kib, runs_while, table,
                    tool)

PAIRS = int(sys.argv[1]) if len(sys.argv) > 1 else 30
NAMES = sys.argv[2:]  # which parts; none: all
MEDIAN = 5  # in a row of compared()
ON = ("--sort", "exch_p99", "--limit", "20")
COLUMNS = "comm,exch_rate,exch_p50,exch_p99,network_share"
WAYS = (None, ("--columns", "comm"), ON + ("--columns", COLUMNS), ("--view", "requests"))
# Of these ways, which against which, and the least that the median ratio is to be.
COMPARED = (("the table", 0, 1, None), ("exchanges, to the table", 1, 2, 0.95), ("names, to the table", 1, 3, 0.90),
            ("exchanges", 0, 2, None), ("names", 0, 3, None))
SECONDS = 3
PAIRS_OF_SOCKETS = 57000
AT_ONCE = 50000  # exchanges a second, counted at each end
TICKS = 5
MANY = "many sockets"


class Redis:
    """A request at a time on each of 20 connections: the most turns there can be."""

    name, unit = "redis-benchmark", "requests/s"

    def __init__(self):
        self.server = subprocess.Popen(["redis-server", "--port", "0", "--port", "6390", "--save", ""],
                                       stdout=subprocess.DEVNULL)
        self.client = None
        while not self.made():
            time.sleep(0.05)

    def made(self):
        """Commands that it has answered; 0: it is not there yet."""
        try:
            with socket.create_connection(("127.0.0.1", 6390), 5) as s:
                s.sendall(b"INFO stats\r\n")
                return int(next(line.split(b":")[1] for line in s.makefile("rb") if b"total_commands" in line)) or 1
        except ConnectionRefusedError:
            return 0

    def measure(self, seconds=SECONDS):
        client = subprocess.Popen(["redis-benchmark", "-p", "6390", "-c", "20", "-t", "get", "-l", "-q"],
                                  stdout=subprocess.DEVNULL)
        try:
            time.sleep(0.3)  # it connects first
            start, made = time.monotonic(), self.made()
            time.sleep(seconds)
            return (self.made() - made) / (time.monotonic() - start)
        finally:
            client.kill()
            client.wait()

    def close(self):
        self.server.kill()
        self.server.wait()


class Nginx:
    """A file of 1 KiB, by 40 connections."""

    name, unit = "nginx under wrk", "requests/s"

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        os.chmod(self.folder.name, 0o755)
        path = self.folder.name
        with open(path + "/file", "wb") as f:
            f.write(b"x" * 1024)
        with open(path + "/conf", "w", encoding="ascii") as f:
            f.write("daemon off; pid %s/pid; error_log stderr; worker_processes 1; events {} http { access_log off;"
                    "keepalive_requests 1000000; server { listen 127.0.0.1:6391; root %s; } }" % (path, path))
        self.server = subprocess.Popen(["nginx", "-p", path, "-c", path + "/conf"], stderr=subprocess.DEVNULL)

    def measure(self, seconds=SECONDS):
        out = subprocess.run(["wrk", "-t", "1", "-c", "40", "-d", str(seconds), "http://127.0.0.1:6391/file"],
                             stdout=subprocess.PIPE, timeout=60, check=True).stdout
        return float(next(line.split()[1] for line in out.splitlines() if line.startswith(b"Requests/sec")))

    def close(self):
        self.server.terminate()
        self.server.wait()
        self.folder.cleanup()


def pairs(kind):
    """A row for each comparison, and whether each is as good as it is to be."""
    kind.measure(1)
    figures = interleaved(kind.measure, WAYS, PAIRS)
    rows = [compared(kind.name + ": " + what, kind.unit, figures[off], figures[on])[0]
            for what, off, on, _ in COMPARED]
    return rows, all(float(row[MEDIAN]) >= aim for row, (_, _, _, aim) in zip(rows, COMPARED) if aim)


def cost(kind):
    """The programs' run time, and the CPU time of both ends of skbtop."""
    with Skbtop(*ON, columns=COLUMNS, interval=1) as top:
        for _ in range(3):
            top.tick()
        drain = subprocess.Popen(["cat"], stdin=top.process.stdout, stdout=subprocess.DEVNULL)
        try:
            pids = [top.process.pid] + top.children()
            programs = bpf.held(pids[1])["programs"]
            before, start = [cpu_ns(p) for p in pids], time.monotonic()
            made = kind.measure(SECONDS) * SECONDS
            used = [cpu_ns(p) - b for p, b in zip(pids, before)]
            share = sum(used) / 1e9 / (time.monotonic() - start)
            with bpf.Stats():
                rate, runs = runs_while(programs, lambda: kind.measure(SECONDS))
        finally:
            drain.kill()
            drain.wait()
    rows = [[name, "%.2f" % (count / rate / SECONDS), "%.0f" % (ns / count), "%.0f" % (ns / rate / SECONDS)]
            for name, count, ns in sorted(runs.values(), key=lambda r: -r[2]) if count / rate / SECONDS >= 0.05]
    rows += [[what, "", "", "%.0f" % (ns / made)] for what, ns in zip(("monitor", "collector"), used)]
    table("Exchanges, %s: %.0f a second, %.0f %% of a CPU for skbtop" % (kind.name, rate, 100 * share),
          ["what", "runs a request", "ns a run", "ns a request"], rows)


def many():
    """On every socket of very many, as many exchanges a second as the aim has. Each has two ends."""
    rows = []
    for options in ((), ("--sort", "exch_p99", "--limit", "20")):
        with Generator(tool("holder"), str(PAIRS_OF_SOCKETS)) as holder, \
                Skbtop(*options, columns=COLUMNS if options else "comm", interval=1) as top:
            drain = None
            try:
                for _ in range(3):
                    top.tick()
                drain = subprocess.Popen(["cat"], stdin=top.process.stdout, stdout=subprocess.DEVNULL)
                pids = [top.process.pid] + top.children()
                holder("ask %d" % PAIRS_OF_SOCKETS)  # each is met
                before, start, done = [cpu_ns(p) for p in pids], time.monotonic(), 0
                for second in range(TICKS):
                    done += 2 * int(holder("ask %d" % (AT_ONCE // 2)).split()[1])
                    time.sleep(max(0, start + second + 1 - time.monotonic()))
                took = time.monotonic() - start
                rows.append(["on" if options else "off", "{:,.0f}".format(done / took)]
                            + ["%.1f" % ((cpu_ns(p) - b) / 1e6 / took) for p, b in zip(pids, before)]
                            + ["%.1f" % (pss_kib(p) / 1024) for p in pids]
                            + ["%.1f" % (sum(bpf.held(pids[1])["maps"].values()) / 2**20)])
            finally:
                if drain:
                    drain.kill()
                    drain.wait()
    table("Exchanges of {:,} sockets".format(2 * PAIRS_OF_SOCKETS),
          ["exchanges", "a second", "monitor, ms/s", "collector, ms/s", "monitor, MiB", "collector, MiB", "maps, MiB"],
          rows)


KINDS = (Redis, Nginx)


def main():
    need_root("redis-server", "redis-benchmark", "nginx", "wrk", "ip")
    rows, good = [], True
    with Home():
        for make in KINDS:
            if NAMES and make.name not in NAMES:
                continue
            kind = make()
            try:
                cost(kind)
                if PAIRS:
                    more, met = pairs(kind)
                    rows += more
                    good = good and met
            finally:
                kind.close()
    if not NAMES or MANY in NAMES:
        many()
    if rows:
        table("Without skbtop, with the table, with exchanges, with names, interleaved",
              ["what", "pairs", "off", "on", "unit", "median ratio", "95 % interval"], rows)
        print("the medians are at least %s: %s" % (
            ", ".join("%.2f %s" % (aim, what) for what, _, _, aim in COMPARED if aim), "met" if good else "missed"))
    sys.exit(0 if good else 1)


main()
