"""Another machine by real sshd, in namespaces of its own: its sockets, its name, and how it ends."""

import contextlib
import os
import signal
import tempfile

from sshd import ADDRESS, machine
from witness import Skbtop, becomes, equal, holds, main


def its_sockets_and_its_name():
    with machine() as (m, there):
        port = there("tcp 0 4", "bind 0 127.0.0.1 0", "listen 0 4")["lport"]
        with m.watch() as top:
            row = top.row(pid=there.pid, lport=port)
            equal(row["state"], "listen", "the listener's state")
            equal(top.tick().head["host"], "web1", "the name of the machine")
            holds(m.collectors(), "a collector behind sshd")
        becomes("the collector leaves with its reader", lambda: not m.collectors())


def what_is_killed_ends_it():
    with machine() as (m, _), m.watch() as top:
        top.settled()
        for pid in m.collectors():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        equal(top.end(), 1, "the status")
        said = top.process.stderr.read().decode()
        holds(said.startswith("skbtop: root@%s: " % ADDRESS), "the host is named: %r" % said)


def a_machine_without_it():
    with machine() as (m, there), tempfile.TemporaryDirectory() as elsewhere:
        m.without_skbtop(elsewhere)
        with m.watch("--copy") as top:
            there("tcp 0 4", "bind 0 127.0.0.1 0", "listen 0 4")
            top.row(pid=there.pid)
            equal(len(os.listdir(elsewhere)), 1, "copies")
        becomes("the copy is taken away", lambda: not os.listdir(elsewhere))


def who_does_not_answer():
    with machine() as (m, _), Skbtop("--host", "root@" + ADDRESS, "--ssh", m.ssh + " -p 1", prefix=m.here) as top:
        equal(top.end(), 1, "the status")
        said = top.process.stderr.read().decode()
        holds("Connection refused" in said and said.count("\n") == 1, "ssh's own words: %r" % said)


main([its_sockets_and_its_name, what_is_killed_ends_it, a_machine_without_it, who_does_not_answer])
