"""Several machines in one table, by real sshd: whose rows they are, and that nobody waits for one that is gone."""

import os
import signal
import tempfile
import time

from sshd import machine
from witness import Skbtop, becomes, equal, holds, main


START = 120  # seconds: twenty collectors keep two processors busy while the kernel verifies their programs


def watch(m, names, *args, slow=(), **more):
    words = [w for name in names for w in ("--host", name)]
    return Skbtop(*words, "--ssh", m.names(names, slow), *args, prefix=m.here, **more)


def host(tick, name):
    return next(h for h in tick.head["hosts"] if h["host"] == name)


def are(tick, state, *names):
    return all(host(tick, name)["state"] == state for name in names)


def both_in_one_table():
    with machine() as (m, there), watch(m, ["w1", "w2"]) as top:
        port = there("tcp 0 4", "bind 0 127.0.0.1 0", "listen 0 4")["lport"]
        tick = top.wait(lambda t: len(t.find(pid=there.pid, lport=port)) == 2 and t, "the listener, seen from both")
        rows = tick.find(pid=there.pid, lport=port)
        equal(sorted(r["host"] for r in rows), ["w1", "w2"], "whose rows they are")
        equal([r["state"] for r in rows], ["listen", "listen"], "their states")
        equal([h["name"] for h in tick.head["hosts"]], ["web1", "web1"], "what the machines call themselves")
        holds(all(abs(h["offset_us"]) < 10e6 for h in tick.head["hosts"]), "one clock: %r" % tick.head["hosts"])
        equal(rows[0]["id"], rows[1]["id"], "the id of the same socket on each")
    becomes("the collectors leave with their reader", lambda: not m.collectors())


def filters_and_folds():
    with machine() as (m, there), tempfile.NamedTemporaryFile("w") as names:
        port = there("tcp 0 4", "bind 0 127.0.0.1 0", "listen 0 4")["lport"]
        names.write("# all of them\nw1\n\nw2 # the second\n")
        names.flush()
        words = ["--hosts", names.name, "--ssh", m.names(["w1", "w2"])]
        with Skbtop(*words, "--filter", "host = w2 and lport = %d" % port, prefix=m.here) as top:
            tick = top.wait(lambda t: are(t, "up", "w1", "w2") and t.rows and t, "rows")
            equal([r["host"] for r in tick.rows], ["w2"], "what the filter leaves")
        with Skbtop(*words, "--view", "processes", prefix=m.here) as top:
            tick = top.wait(lambda t: len(t.find(pid=there.pid)) == 2 and t, "its process, seen from both")
            equal(sorted(r["host"] for r in tick.find(pid=there.pid)), ["w1", "w2"], "whose processes they are")


def one_killed_one_stopped():
    names = ["w1", "w2", "w3"]
    with machine() as (m, _), watch(m, names) as top:
        top.wait(lambda t: are(t, "up", *names), "all are there")
        os.kill(m.collector("w2"), signal.SIGKILL)
        tick = top.wait(lambda t: are(t, "down", "w2") and t, "one is gone")
        holds("why" in host(tick, "w2"), "it is said why: %r" % host(tick, "w2"))
        holds(tick.find(host="w2"), "its last rows are still there")
        tick = top.wait(lambda t: are(t, "up", "w2") and t, "it is connected again")
        holds("why" not in host(tick, "w2"), "nothing is wrong any more")
        stopped = m.collector("w3")
        os.kill(stopped, signal.SIGSTOP)
        try:
            tick = top.wait(lambda t: are(t, "silent", "w3") and t, "one says nothing")
            holds(host(tick, "w3")["age_us"] > 1e6, "its age: %r" % tick.head["hosts"])
            top.wait(lambda t: are(t, "up", "w1", "w2"), "the others go on")
            holds(tick.find(host="w3"), "its rows are still there")
        finally:
            os.kill(stopped, signal.SIGCONT)
        top.wait(lambda t: are(t, "up", *names), "it goes on")


def twenty():
    """One of them over a slow link, one is killed and one stopped."""
    names = ["w%d" % i for i in range(1, 21)]
    with machine(slow=True) as (m, there), watch(m, names, "--limit", "100", slow=["w4"], interval=1) as top:
        top.tick(time.monotonic() + START)
        top.wait(lambda t: are(t, "up", *(n for n in names if n != "w4")), "all others are there", patience=START)
        top.wait(lambda t: are(t, "up", "w4"), "the one behind the slow link", patience=START)
        holds("Sent 0 bytes" not in there.inside("tc", "-s", "qdisc", "show", "dev", "vd"), "the slow link was taken")
        os.kill(m.collector("w7"), signal.SIGKILL)
        stopped = m.collector("w9")
        os.kill(stopped, signal.SIGSTOP)
        try:
            top.wait(lambda t: are(t, "silent", "w9"), "one says nothing")
            top.wait(lambda t: are(t, "up", *(n for n in names if n != "w9")), "the other is back")
        finally:
            os.kill(stopped, signal.SIGCONT)
        top.wait(lambda t: are(t, "up", *names), "it goes on")


def who_does_not_answer():
    with machine() as (m, _), Skbtop("--host", "w1", "--host", "w2", "--ssh", m.names(["w1", "w2"]) + " -p 1",
                                     "--count", "1", prefix=m.here) as top:
        equal(top.end(), 1, "the status")
        said = top.process.stderr.read().decode()
        holds("w1: " in said and "Connection refused" in said and said.count("\n") == 1, "ssh's own words: %r" % said)


def copies():
    with machine() as (m, _), tempfile.TemporaryDirectory() as elsewhere:
        m.without_skbtop(elsewhere)
        with watch(m, ["w1", "w2"], "--copy") as top:
            top.wait(lambda t: are(t, "up", "w1", "w2"), "both run what was brought")
            equal(len(os.listdir(elsewhere)), 2, "copies")
        becomes("the copies are taken away", lambda: not os.listdir(elsewhere))


main([both_in_one_table, filters_and_folds, one_killed_one_stopped, twenty, who_does_not_answer, copies])
