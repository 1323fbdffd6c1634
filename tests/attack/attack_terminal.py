#!/usr/bin/env python3
"""A terminal that takes no output does not make the screen deaf, and it is put right after every signal that can be
caught."""

import os
import signal
import tempfile
import termios

import terminal
import witness
from witness import SKBTOP, equal, holds


def screen(folder, user=None, job=False):
    """A screen on a recording, shown and answering keys."""
    path = os.path.join(folder, "recording")
    if not os.path.exists(path):
        witness.run(SKBTOP, "--batch", "--count", "2", "--interval", "0.1", "--record", path)
        os.chmod(path, 0o644)
    os.chmod(folder, 0o755)
    t = terminal.Terminal(SKBTOP, "--replay", path, "--speed", "0", *(["--user", user] if user else []), job=job)
    try:
        t.until(b"end of the recording")
        t.until(b"1000h")  # the mouse
    except BaseException:
        t.__exit__()
        raise
    return t


def ends_though_nothing_is_read(numbers, user=None):
    with tempfile.TemporaryDirectory() as folder:
        for number in numbers:
            with screen(folder, user) as t:
                t.stuff()
                t.process.send_signal(number)
                status = t.ended()
                equal(status, 0, "%s to a screen that nobody reads" % signal.Signals(number).name)
                t.assert_right(signal.Signals(number).name)


def a_terminal_that_is_not_read():
    ends_though_nothing_is_read(terminal.ENDING)


def a_terminal_of_someone_else():
    """It cannot be opened again: the open file that others share is made not to block, and is put right as well."""
    ends_though_nothing_is_read([signal.SIGTERM], "nobody")


def keys_while_nothing_is_read():
    with tempfile.TemporaryDirectory() as folder, screen(folder) as t:
        t.stuff()
        t.key(b"q")
        equal(t.ended(), 0, "q to a screen that nobody reads")
        t.assert_right("q")


def a_terminal_that_is_stopped():
    """As after ^S: output is held back by the terminal itself."""
    with tempfile.TemporaryDirectory() as folder:
        for number in terminal.ENDING:
            with screen(folder) as t:
                termios.tcflow(t.slave, termios.TCOOFF)
                t.stuff()
                t.process.send_signal(number)
                equal(t.ended(), 0, "%s to a stopped terminal" % signal.Signals(number).name)
                t.assert_right(signal.Signals(number).name)


def the_newest_picture_comes_when_it_is_read_again():
    with tempfile.TemporaryDirectory() as folder, screen(folder) as t:
        t.stuff()
        t.key(b"?")
        t.sent = b""
        t.until(b"what the columns mean")
        t.key(b"q")
        while t.ended(0) is None:
            t.read(0.1)
        t.assert_right("q")


def fatal_signals():
    with tempfile.TemporaryDirectory() as folder:
        for number in terminal.FATAL:
            for stuffed in (False, True):
                with screen(folder) as t:
                    if stuffed:
                        t.stuff()
                    t.process.send_signal(number)
                    name = signal.Signals(number).name + (" while nothing is read" if stuffed else "")
                    equal(t.ended(), -number, name)
                    t.assert_right(name)


def suspended_and_continued():
    """^Z and a TSTP from elsewhere: right while stopped, ours again when continued."""
    with tempfile.TemporaryDirectory() as folder:
        for name, stop in (("^Z", lambda t, pid: t.key(b"\x1a")),
                           ("TSTP", lambda t, pid: os.kill(pid, signal.SIGTSTP))):
            with screen(folder, job=True) as t:
                pid = witness.children(t.process.pid)[0]
                stop(t, pid)
                t.stopped(pid)
                t.assert_right(name)
                t.sent = b""
                os.kill(pid, signal.SIGCONT)
                t.until(b"end of the recording")
                modes = t.modes()
                holds(modes[1049] and not modes[25] and modes["keypad"], "the screen is ours again")
                holds(not termios.tcgetattr(t.slave)[3] & termios.ICANON, "and so are the modes")
                t.key(b"q")
                while t.ended(0) is None:
                    t.read(0.1)
                t.assert_right("q after " + name)


if __name__ == "__main__":
    witness.main([a_terminal_that_is_not_read, a_terminal_of_someone_else, keys_while_nothing_is_read,
                  a_terminal_that_is_stopped, the_newest_picture_comes_when_it_is_read_again, fatal_signals,
                  suspended_and_continued])
