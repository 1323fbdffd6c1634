#!/usr/bin/env python3
"""A full disk, or a limit on the size of files, ends a recording and says so. It ends neither the screen nor a
batch."""

import json
import os
import subprocess
import tempfile

import terminal
import witness
from witness import SKBTOP, equal, holds

# A tiny disk in a mount namespace of its own goes with the last process in it.
DISK = ["unshare", "-m", "--propagation", "private", "sh", "-ec",
        'mount -t tmpfs -o size=8k none "$0"; cd "$0"; exec "$@"']
LIMIT = ["sh", "-c", 'ulimit -f 8; cd "$0"; exec "$@"']
FULL = {"disk": (DISK, "No space left on device"), "limit": (LIMIT, "File too large")}


def batch(enter, folder, *args):
    return subprocess.run([*enter, folder, SKBTOP, "--batch", "--interval", "0.1", "--format", "json", *args],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=witness.DEADLINE, check=False)


def the_screen_goes_on():
    for enter, why in FULL.values():
        with tempfile.TemporaryDirectory() as folder, \
                terminal.Terminal(*enter, folder, SKBTOP, "--interval", "0.1", "--record", "recording") as t:
            t.until(b"not recorded any more")
            t.until(b"the recording has stopped")
            # It still takes in ticks and answers keys.
            t.key(b"?")
            t.until(b"what the columns mean")
            t.key(b"q")
            while t.ended(0) is None:
                t.read(0.1)
            equal(t.ended(), 1, "the status of a screen that was not recorded")
            t.assert_right("q")
            t.sent = t.sent[t.sent.rindex(b"\x1b[?1049l"):]
            holds(("skbtop: recording: %s: the recording has stopped" % why).encode() in t.sent,
                  "it says so: %r" % t.sent)


def a_batch_goes_on_and_fails():
    for enter, why in FULL.values():
        with tempfile.TemporaryDirectory() as folder:
            done = batch(enter, folder, "--count", "20", "--record", "recording")
            ticks = [r for r in map(json.loads, done.stdout.splitlines()) if r["type"] == "tick"]
            equal(len(ticks), 20, "ticks of a batch that was not recorded to its end")
            equal(done.stderr.decode(), "skbtop: recording: %s: the recording has stopped\n" % why, "what it says")
            equal(done.returncode, 1, "its status")


def what_was_recorded_can_be_read():
    with tempfile.TemporaryDirectory() as folder:
        batch(LIMIT, folder, "--count", "20", "--record", "recording")
        path = os.path.join(folder, "recording")
        holds(0 < os.stat(path).st_size <= 8 * 1024, "the limit held")
        done = subprocess.run([SKBTOP, "--batch", "--replay", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=witness.DEADLINE, check=False)
        holds(done.returncode in (0, 1), "it is shown as far as it goes, or has no whole tick: %r" % done.stderr)


def a_batch_that_cannot_be_written():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "made")
        witness.run(SKBTOP, "--batch", "--count", "12", "--interval", "0.1", "--format", "json", "--record", path)
        for enter, output, why in ((LIMIT, "/dev/full", "No space left on device"),
                                   (LIMIT, "output", "File too large")):
            done = subprocess.run([*enter, folder, "sh", "-c", 'exec "$@" >%s' % output, "sh", SKBTOP, "--batch",
                                   "--count", "0", "--format", "json", "--replay", path],
                                  stderr=subprocess.PIPE, timeout=witness.DEADLINE, check=False)
            equal(done.stderr.decode(), "skbtop: cannot write the output: %s\n" % why, "what it says")
            equal(done.returncode, 1, "its status")


if __name__ == "__main__":
    witness.main([the_screen_goes_on, a_batch_goes_on_and_fails, what_was_recorded_can_be_read,
                  a_batch_that_cannot_be_written])
