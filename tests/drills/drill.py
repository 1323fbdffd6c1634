"""Drills: a fault that is made in network namespaces, the truth about it, and what skbtop has to say of it. All faults
of a file are made at once, each in namespaces of its own, and one skbtop looks at them: each finding must come, must
say what is true, and nothing else may be said of that namespace."""

import contextlib
import json
import os
import re
import sys
import tempfile
import threading
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "net"))
from witness import Failure, Peer, Skbtop, holds, too_late  # pylint: disable=wrong-import-position

PATIENCE = 40  # seconds in which a finding has to come: the longest check wants 20


class Drill:
    """A fault. make(self) makes it and sets `truth`, what the finding's row must have; `text` is its sentence, whole.
    `also` are checks that may speak of the same fault from another side. work(self) keeps it up, once each tick."""

    check = text = None
    also = ()
    patience = PATIENCE

    def __init__(self):
        self.peers, self.truth = [], {}
        self.done, self.threads = threading.Event(), []

    def peer(self, comm):
        p = Peer()
        self.peers.append(p)
        p("comm " + comm.encode().hex())
        return p

    def make(self):
        raise NotImplementedError

    def work(self):
        pass

    def repeat(self, work):
        """Keeps it up in a thread, until the drill is over or its peers are gone."""
        def run_on():
            with contextlib.suppress(Failure, OSError, ValueError):
                while not self.done.is_set():
                    work()
        self.threads.append(threading.Thread(target=run_on))
        self.threads[-1].start()

    def close(self):
        self.done.set()
        for p in self.peers:
            p.process.kill()
        for thread in self.threads:
            thread.join()
        for p in self.peers:
            p.__exit__()

    def netns(self):
        return {p.netns for p in self.peers}

    def look(self, rows):
        """True once the finding is there as it has to be; raises where what is said is wrong."""
        mine = [r for r in rows if r.get("netns") in self.netns()]
        for row in mine:
            holds(row["check"] == self.check or row["check"] in self.also,
                  "%s also says %s: %s" % (self.check, row["check"], row["text"]))
        rows = [r for r in mine if r["check"] == self.check and self.fits(r)]
        for row in rows:
            holds(re.fullmatch(self.text, row["text"]), "%s says: %s" % (self.check, row["text"]))
            holds(row["advice"] and row["since_us"] >= 0, "%s: %s" % (self.check, row))
        return bool(rows)

    def fits(self, row):
        return all(row.get(k) == v for k, v in self.truth.items())


def fails(peer, socket, connect):
    """connect() on a socket of its own, which must fail."""
    peer(socket)
    try:
        peer(connect)
    except OSError:
        peer("close " + connect.split()[1])
        return
    raise Failure(connect + " succeeded")


def wait_for_all(drills, top):
    """Ticks until each has come."""
    waiting, last = list(drills), {}
    deadline = time.monotonic() + max(d.patience for d in drills)
    while waiting:
        tick = top.tick()
        for d in drills:
            d.work()
        for d in list(waiting):
            last[d] = [r for r in tick.rows if r.get("netns") in d.netns()]
            if d.look(tick.rows):
                waiting.remove(d)
        if time.monotonic() > deadline and waiting:
            raise too_late("not said: " + "; ".join(
                "%s %s (but %s)" % (d.check, json.dumps(d.truth), [r["text"] for r in last.get(d, [])])
                for d in waiting))


@contextlib.contextmanager
def reading_names():
    """Arguments with which findings read what is asked for: somebody has a check of it, which never speaks."""
    with tempfile.NamedTemporaryFile("w", suffix=".ini") as config:
        config.write("[findings]\nreads = info; requests; late_p99_us > 1000s; 0; {name}\n")
        config.flush()
        yield ("--config", config.name)


def run(classes, *args):
    drills = [c() for c in classes]
    try:
        with Skbtop("--view", "findings", *args, interval=0.5) as top:
            top.tick()
            for d in drills:
                d.make()
                print("# " + json.dumps({"drill": type(d).__name__, "check": d.check, **d.truth}))
            wait_for_all(drills, top)
    finally:
        for d in drills:
            d.close()
