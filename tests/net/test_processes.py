"""What /proc says of the processes that hold sockets, or held them: command lines and when they were started, of who
runs something else, and of those that try what a terminal would do."""

import contextlib
import os
import subprocess
import sys

from witness import Lines, Peer, Skbtop, equal, holds, main, near

HOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "holder.py")


@contextlib.contextmanager
def holder(peer, *args):
    """A process with these arguments that listens in the peer's namespace, connects to itself for each line, and runs
    something else for "exec"."""
    with subprocess.Popen(["nsenter", "-t", str(peer.pid), "-n", sys.executable, HOLDER, *args],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        Lines(process.stdout).get()
        try:
            yield process
        finally:
            process.kill()


def say(process, line):
    process.stdin.write(line)
    process.stdin.flush()


def said_by_proc(pid, most=256):
    """Its command line as /proc has it, with what no terminal shall see replaced."""
    with open("/proc/%d/cmdline" % pid, "rb") as f:
        text = f.read().rstrip(b" \0").replace(b"\0", b" ")[:most].decode(errors="replace")
    return "".join(c if c.isprintable() else "?" for c in text)


def line_of(top, pid, differs=None):
    row = top.wait(lambda t: [r for r in t.find(pid=pid) if r.get("cmdline", differs) != differs], "a command line")[0]
    return row["cmdline"]


def command_line():
    with Peer() as peer, Skbtop("-a", "--filter", "cmdline ~ 'in the test$'", columns="pid,cmdline,started_at") as top:
        with holder(peer, "one", "two  words", "in the test") as held:
            equal(line_of(top, held.pid), said_by_proc(held.pid, 4096), "cmdline")
            row = top.settled().find(pid=held.pid)[0]
            near(row["started_at"], os.stat("/proc/%d" % held.pid).st_ctime, 5, "started_at")


def command_line_of_another_program():
    """The process goes on with other arguments and the same name: seen after a while."""
    with Peer() as peer, Skbtop("-a", columns="pid,cmdline") as top, holder(peer, "before") as held:
        before = line_of(top, held.pid)
        holds(before.endswith(" before"), before)
        say(held, b"exec\n")
        equal(line_of(top, held.pid, before), said_by_proc(held.pid), "cmdline")
        holds(said_by_proc(held.pid).endswith(" after"), "it runs something else")


def hostile_command_lines():
    """Escape sequences, what reverses a line, broken UTF-8, and a MiB."""
    hostile = [b"\033[2J\033]0;owned\007", "\u202ereversed".encode(), b"\xff\xfe\x80", b"a\nb\rc\x9b1m"]
    with Peer() as peer, Skbtop("-a", columns="pid,cmdline") as top:
        with holder(peer, *hostile) as small, holder(peer, *["x" * 131000] * 8) as large:
            line = line_of(top, small.pid)
            holds(all(c.isprintable() for c in line), "cmdline %r" % line)
            holds("?[2J?]0;owned?" in line and "reversed" in line, "what of it can be shown: %r" % line)
            equal(line_of(top, large.pid), said_by_proc(large.pid), "the beginning of the long one")


def command_line_of_who_opened():
    """In Lives, also when it has ended since."""
    with Peer() as peer, Skbtop("--view", "lives") as top:
        top.settled()
        with holder(peer, "opener") as held:
            top.wait(lambda t: t.find(event="listen", netns=peer.netns), "its listener")
            top.settled()
            say(held, b"connect\n")
            row = top.wait(lambda t: t.find(event="open", netns=peer.netns), "its connection")[0]
            want = said_by_proc(held.pid)
            held.kill()
            ends = top.wait(lambda t: t.find(event="close", pid=held.pid, dir="listen"), "its end")
            equal((row.get("cmdline"), ends[0].get("cmdline")), (want, want), "cmdline")


main([command_line, command_line_of_another_program, hostile_command_lines, command_line_of_who_opened])
