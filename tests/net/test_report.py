"""A report of what happens meanwhile: what a process moved is what its own counts say, however short its connections
were, and a signal leaves the whole page."""

import json
import os
import re
import signal
import subprocess
import tempfile

from witness import DEADLINE, Peer, becomes, equal, holds, main, near

SKBTOP = os.environ["SKBTOP"]
SIZE = 1_000_000
CONNECTIONS = 5


def recorded(path, peer):
    """How many of the peer's connections have ended, as far as the recording goes."""
    done = subprocess.run([SKBTOP, "--replay", path, "--batch", "-a", "--count", "0", "--format", "json", "--columns",
                           "pid,state", "--filter", "pid = %d and ended" % peer.pid],
                          capture_output=True, text=True, check=False)
    return sum('"socket"' in line for line in done.stdout.splitlines())


def has_rates(path):
    """The first tick has nothing to compare with: what moves before it is in no rate."""
    return b'"elapsed"' in subprocess.run([SKBTOP, "--replay", path, "--batch", "--format", "json", "--count", "2"],
                                          capture_output=True, check=False).stdout


def what_was_moved():
    with tempfile.TemporaryDirectory() as folder, Peer() as peer:
        page, stream = folder + "/page.html", folder + "/stream"
        with subprocess.Popen([SKBTOP, "--report", page, "--record", stream, "--interval", "0.2", "--count", "0"],
                              start_new_session=True) as top:
            try:
                becomes("the second tick", lambda: has_rates(stream))
                for _ in range(CONNECTIONS):
                    peer.pair(0, 1, 2)
                    peer("move 1 2 %d" % SIZE, "close 1", "close 2", "close 0")
                becomes("the ends are recorded", lambda: recorded(stream, peer) >= 2 * CONNECTIONS)
                top.send_signal(signal.SIGINT)
                equal(top.wait(DEADLINE), 0, "exit status")
            finally:
                top.kill()
        equal(os.stat(page).st_mode & 0o777, 0o600, "mode")
        with open(page, encoding="utf-8") as file:
            data = json.loads(re.search('id="data">(.*?)</script>', file.read(), re.DOTALL)[1])
        table = next(t for t in data["tables"] if t["name"] == "process")
        at = {c["name"]: i for i, c in enumerate(table["columns"])}
        rows = [r["cells"] for r in table["rows"] if ("[%d]" % peer.pid) in r["cells"][at["label"]][0]]
        equal(len(rows), 1, "rows of the process")
        near(rows[0][at["moved"]][0], 2 * SIZE * CONNECTIONS, 2 * SIZE * CONNECTIONS // 1000, "moved")
        holds(data["ticks"] > 1 and len(data["series"]["times"]) == data["ticks"], "ticks")


main([what_was_moved])
