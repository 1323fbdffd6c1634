#!/usr/bin/env python3
"""Too little stack or memory ends in one line, never in a crash."""

import os
import resource
import subprocess
import tempfile

import terminal
import witness
from witness import SKBTOP, equal, holds


def skbtop(limit, size, *args):
    return subprocess.run([SKBTOP, *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=witness.DEADLINE, preexec_fn=lambda: resource.setrlimit(limit, (size, size)),
                          check=False)


def recorded(folder):
    path = os.path.join(folder, "recording")
    witness.run(SKBTOP, "--batch", "--count", "2", "--interval", "0.1", "--record", path)
    return path


def little_stack():
    why = b"the stack is limited to 64 KiB, and 512 are needed: raise ulimit -s"
    with tempfile.TemporaryDirectory() as folder:
        path = recorded(folder)
        done = skbtop(resource.RLIMIT_STACK, 64 << 10, "--batch", "--replay", path)
        equal((done.returncode, done.stderr), (1, b"skbtop: " + why + b"\n"), "a batch")
        with terminal.Terminal("sh", "-c", 'ulimit -s 64; exec "$@"', "sh", SKBTOP, "--replay", path) as t:
            t.until(why)
            equal(t.ended(), 1, "a screen")
        # What is only a soft limit is raised; what is enough is enough.
        for command in "ulimit -S -s 64", "ulimit -s 512":
            with terminal.Terminal("sh", "-c", command + '; exec "$@"', "sh", SKBTOP, "--replay", path) as t:
                t.until(b"\x1b[?1049h")
                for key in b"123456?":
                    t.key(bytes([key]))
                t.until(b"what the columns mean")
                t.key(b"q")
                while t.ended(0) is None:
                    t.read(0.1)
                equal(t.ended(), 0, "a screen after " + command)


def little_memory():
    with tempfile.TemporaryDirectory() as folder:
        path = recorded(folder)
        for mb in 100, 60, 40, 24, 16:
            for args in ("--batch", "--replay", path), ("--batch",), ("--snapshot", os.path.join(folder, "p.txt")):
                done = skbtop(resource.RLIMIT_AS, mb * 1000 << 10, *args)
                holds(done.returncode in (0, 1, 127), "%s MB, %s: status %d" % (mb, args[0], done.returncode))
                lines = done.stderr.decode().splitlines()
                # Where not even the libraries can be loaded, the loader says it.
                holds(not done.returncode or len(lines) == 1, "%s MB, %s: %r" % (mb, args[0], lines))
                holds("signal" not in done.stderr.decode(), "%s MB, %s: %r" % (mb, args[0], lines))


if __name__ == "__main__":
    witness.main([little_stack, little_memory])
