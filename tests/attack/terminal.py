"""A pseudo-terminal for the attacks: what the program sent it, which modes that leaves, and the end that is not
read."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

import witness


# Runs a command as a shell does a job: a group that has no parent in its session cannot be stopped.
JOB = """
import os, signal, sys
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
pid = os.fork()
if not pid:
    os.setpgid(0, 0)
    os.tcsetpgrp(0, os.getpgrp())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.execv(sys.argv[1], sys.argv[1:])
os._exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 127)
"""


class Terminal:
    """A program on a pseudo-terminal. The test keeps the program's end open, to look at its modes."""

    MODES = re.compile(rb"\x1b\[\?([0-9;]+)([hl])|\x1b([=>])")

    def __init__(self, *command, job=False):
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 132, 0, 0))
        self.found = termios.tcgetattr(self.slave)
        self.flags = fcntl.fcntl(self.slave, fcntl.F_GETFL)
        self.sent = b""
        env = dict(os.environ, TERM="xterm-256color", XDG_CONFIG_HOME="/nowhere", LC_ALL="C.UTF-8")
        self.process = subprocess.Popen(
            [sys.executable, "-c", JOB, *command] if job else command,
            stdin=self.slave, stdout=self.slave, stderr=self.slave, env=env, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        self.pidfd = os.pidfd_open(self.process.pid)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        for fd in (self.master, self.slave, self.pidfd):
            os.close(fd)

    def read(self, seconds):
        """Reads once, if something comes; False if nothing did."""
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        self.sent += os.read(self.master, 1 << 16)
        return True

    def until(self, text):
        """Reads until the program has sent a text."""
        deadline = time.monotonic() + witness.DEADLINE
        while text not in self.sent:
            if time.monotonic() > deadline or (not self.read(0.5) and self.process.poll() is not None):
                raise witness.Failure("%r was not sent but %r" % (text, self.sent[-300:]))

    def key(self, keys):
        os.write(self.master, keys)

    def unread(self):
        """How many keys the program has not read."""
        return struct.unpack("i", fcntl.ioctl(self.slave, termios.FIONREAD, b"\0" * 4))[0]

    def waiting(self):
        """How many bytes wait to be read from the terminal's end."""
        return struct.unpack("i", fcntl.ioctl(self.master, termios.FIONREAD, b"\0" * 4))[0]

    def stuff(self):
        """Nobody reads any more, and the program is made to write until nothing more fits."""
        quiet, last = 0, -1
        deadline = time.monotonic() + witness.DEADLINE
        while quiet < 10 and time.monotonic() < deadline:
            if self.unread() < 100:
                self.key(b"\x0c" * 10)  # ^L: everything is sent anew
            now = self.waiting()
            quiet = quiet + 1 if now == last else 0
            last = now
            select.select([self.pidfd], [], [], 0.05)

    def ended(self, seconds=witness.DEADLINE):
        """Waits for the end, reading nothing; the status as subprocess has it, None if it goes on."""
        if not select.select([self.pidfd], [], [], seconds)[0]:
            return None
        return self.process.wait()

    def stopped(self, pid):
        """Waits until a process has stopped."""
        deadline = time.monotonic() + witness.DEADLINE
        while time.monotonic() < deadline:
            with open("/proc/%d/stat" % pid, encoding="ascii") as f:
                if f.read().rpartition(")")[2].split()[0] == "T":
                    return
            select.select([self.pidfd], [], [], 0.02)
        raise witness.Failure("it has not stopped")

    def drain(self):
        while self.read(0):
            pass

    def modes(self):
        """The private modes after all that was sent: number -> set?"""
        modes = {}
        for numbers, onoff, keypad in self.MODES.findall(self.sent):
            for number in numbers.split(b";") if numbers else []:
                modes[int(number)] = onoff == b"h"
            if keypad:
                modes["keypad"] = keypad == b"="
        return modes

    def assert_right(self, what):
        """Modes, screen, cursor and mouse are as they were found."""
        self.drain()
        modes = self.modes()
        witness.equal(termios.tcgetattr(self.slave), self.found, what + ": the terminal's modes")
        witness.equal(fcntl.fcntl(self.slave, fcntl.F_GETFL), self.flags, what + ": the flags of the open file")
        witness.equal({m: modes.get(m) for m in (1049, 25, 1000, "keypad")},
                      {1049: False, 25: True, 1000: False, "keypad": False}, what + ": screen, cursor, mouse, keypad")


ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
FATAL = (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGUSR1, signal.SIGALRM)
