"""Short connections, as many a second as the generator makes beside skbtop --batch -a: both ends of every connection
have to be reported, with their bytes exact, and nothing lost."""

import collections
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import time

from common import SKBTOP, Generator, need_root, table, tool

SECONDS = 10
RATE = sys.argv[1] if len(sys.argv) > 1 else "0"  # connections a second; 0: as many as it can
ENTRY = struct.Struct("=IIHHII")
COLUMNS = "id,netns,proto,state,laddr,lport,raddr,rport,rx_bytes,tx_bytes"


def address(n):
    return socket.inet_ntoa(struct.pack(">I", n))


def expected(path):
    """Both ends of each connection: a multiset, because ports come back within ten seconds."""
    want = collections.Counter()
    with open(path, "rb") as f:
        for laddr, raddr, lport, rport, sent, received in ENTRY.iter_unpack(f.read()):
            client, server = (address(laddr), lport), (address(raddr), rport)
            want[client + server + (received, sent)] += 1
            want[server + client + (sent, received)] += 1
    return want


def read_rows(path):
    """What skbtop wrote, read after the storm: a reader in Python beside it would be what is measured."""
    rows, blank, lost = {}, set(), {}
    with open(path, encoding="utf-8") as f:
        for line in f:
            row = json.loads(line)
            if row["type"] == "tick":
                lost = row["lost"]
            elif "tx_bytes" in row or row["id"] not in rows:
                rows[row["id"]] = row
            else:
                blank.add(row["id"])  # in TIME_WAIT, its last totals forgotten
    return rows, len(blank), lost


def started(path, process):
    """Waits for the first line, with which skbtop has attached."""
    deadline = time.monotonic() + 20
    while not os.path.getsize(path):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("skbtop did not begin")
        time.sleep(0.02)


def storm(path):
    output = path + ".rows"
    with Generator(tool("storm"), str(SECONDS), path, RATE) as generator, open(output, "wb") as out:
        netns = os.stat("/proc/%d/ns/net" % generator.process.pid).st_ino
        top = subprocess.Popen([SKBTOP, "--batch", "-a", "--format", "json", "--columns", COLUMNS, "--interval", "1",
                                "--count", str(SECONDS + 8),
                                "--filter", "netns = %d and proto = tcp and not state listening" % netns], stdout=out)
        try:
            started(output, top)
            generator.begin("go")
            result = generator.line().split()
            top.wait(timeout=60)
        finally:
            top.kill()
            top.wait()
        rows, blank, lost = read_rows(output)
    return int(result[0]), float(result[1]), rows, blank, lost


def end_of(row):
    """One end of a connection as expected() has it."""
    return tuple(row.get(name) for name in ("laddr", "lport", "raddr", "rport", "rx_bytes", "tx_bytes"))


def print_rows(path, rows, wrong):
    """All rows of a few connections that nobody made."""
    ids = [i for i, row in rows.items() if end_of(row) in wrong][:5]
    with open(path, encoding="utf-8") as f:
        for line in f:
            row = json.loads(line)
            if row["type"] == "tick":
                tick = row["number"]
            elif row["id"] in ids:
                print("unexpected, tick %d:" % tick, line, end="")


def main():
    need_root()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "storm")
        made, took, rows, blank, lost = storm(path)
        want = expected(path)
        got = collections.Counter(end_of(row) for row in rows.values())
        missing, wrong = want - got, got - want
        print_rows(path + ".rows", rows, wrong)
    tuples = collections.Counter()
    for key, count in wrong.items():
        tuples[key[:4]] += count
    inexact = 0
    for key, count in missing.items():
        inexact += min(count, tuples[key[:4]])
        tuples[key[:4]] -= min(count, tuples[key[:4]])
    # A skipped tick loses nothing: the next one has the newer numbers, and ends are queued apart from ticks.
    total_lost = sum(v for k, v in lost.items() if k != "ticks")
    table("Short connections beside skbtop --batch -a, %d s, 20 addresses" % SECONDS,
          ["connections", "per second", "ends", "reported", "missing", "bytes inexact", "not ours", "lost",
           "skipped ticks", "TIME_WAIT without totals"],
          [["{:,}".format(made), "{:,.0f}".format(made / took), "{:,}".format(2 * made),
            "{:,}".format(sum(got.values())), sum(missing.values()) - inexact, inexact,
            sum(wrong.values()) - inexact, total_lost, lost["ticks"],
            blank]])
    for key in list(missing)[:5]:
        print("missing:", key)
    print("lost:", lost)
    good = not missing and not wrong and not total_lost and made / took >= 10000
    print("every end, bytes exact, nothing lost, at least 10,000 a second: %s" % ("met" if good else "missed"))
    sys.exit(0 if good else 1)


main()
