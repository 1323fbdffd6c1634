"""skbtop on a terminal, for tests and measurements that look at it while something else goes on."""

import os
import subprocess
import time

from witness import DEADLINE, SKBTOP, Lines, holds


class Screen:
    """skbtop, or what runs it, on a terminal (tests/screen/drive.c)."""

    def __init__(self, columns, height, program=SKBTOP):
        self.height = height
        self.process = subprocess.Popen([os.environ["DRIVE"], "%dx%d" % (columns, height), program],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.lines = Lines(self.process.stdout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(DEADLINE)
        finally:
            self.process.kill()
            self.process.stdout.close()

    def command(self, text):
        self.process.stdin.write(text.encode() + b"\n")
        self.process.stdin.flush()

    def keys(self, text):
        self.command("keys " + text)

    def look(self, milliseconds=200):
        """Its lines, once something was drawn or that time is over."""
        self.command("look %d" % milliseconds)
        return [self.lines.get().decode() for _ in range(self.height)]

    def wait(self, text):
        deadline = time.monotonic() + 3 * DEADLINE
        while not any(text in line for line in self.look()):
            holds(time.monotonic() < deadline, "the screen does not show " + text)
