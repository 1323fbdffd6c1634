#!/usr/bin/env python3
"""Commands at any rate: a reader that floods the collector keeps it neither from its signals nor beyond its shortest
interval."""

import fcntl
import time

from wire import HOUR, INTERVAL, LAYERS, TICK, TICK_NOW, Collector, command, opening
from witness import DEADLINE, Failure, equal, holds, main

FLOOD = 3  # seconds
TICKS = 10
FLOOR = 0.1  # seconds between two ticks at least, from the beginning of one to that of the next
TURN = 1 << 16  # bytes of commands that the collector reads before it looks for signals (commands.c)


def flood(collector, what, seconds, ticks=0):
    """Sends it again and again for so long, and reads what comes; with ticks, until there are as many. The ticks."""
    got, until = [], time.monotonic() + seconds
    while time.monotonic() < until and (not ticks or len(got) < ticks):
        collector.send(what)
        got += [r for _, kind, r in collector.read(0.001) if kind == TICK]
    return got


def terminated(collector, what):
    """SIGTERM amid a flood: the collector finishes what it is doing and ends. How long that takes depends on what else
    this machine does; what it still begins does not: one tick, if the signal came as that began, and one turn of
    commands besides what waits in the pipe."""
    holds(collector.process.poll() is None, "it was not ended by the flood")
    room = fcntl.fcntl(collector.process.stdin.fileno(), fcntl.F_GETPIPE_SZ) + TURN
    start, sent, ticks = time.monotonic_ns(), collector.sent, []
    collector.process.terminate()
    while collector.process.poll() is None:
        collector.send(what)
        ticks += [r for _, kind, r in collector.read(0.001) if kind == TICK and r["time_ns"] > start]
        if time.monotonic_ns() - start > DEADLINE * 1e9:
            raise Failure("not ended by SIGTERM within %d s" % DEADLINE)
    while not collector.ended:
        ticks += [r for _, kind, r in collector.read(DEADLINE) if kind == TICK and r["time_ns"] > start]
    print("# ended %.3f s after SIGTERM" % ((time.monotonic_ns() - start) / 1e9))
    holds(len(ticks) <= 1, "%d ticks began after SIGTERM" % len(ticks))
    holds(collector.sent - sent <= room, "%d bytes of commands were taken after SIGTERM" % (collector.sent - sent))


def layers_on_and_off():
    """2,100 bytes of it: the programs are loaded once a tick at most."""
    with Collector("--interval", "0.1") as collector:
        collector.send(opening())
        collector.tick(2)
        storm = (command(LAYERS, 1) + command(LAYERS)) * 50
        flood(collector, storm, 0.5)
        terminated(collector, storm)


def layers_flap():
    """Turned on or off each time that it looks."""
    with Collector("--interval", "0.1") as collector:
        collector.send(opening())
        collector.tick(2)
        until = time.monotonic() + FLOOD
        turn = 0
        while time.monotonic() < until:
            turn += 1
            collector.send(command(LAYERS, turn % 2))
            collector.read(0.02)
        terminated(collector, command(LAYERS, turn % 2))


def ticks_now():
    """Ticks that are asked for at once come no sooner than at the shortest interval, whatever they are asked with."""
    storm = (command(TICK_NOW) + command(INTERVAL, HOUR)) * 100
    with Collector("--interval", "3600") as collector:
        collector.send(opening())
        collector.tick()
        ticks = flood(collector, storm, DEADLINE, TICKS)
        equal(len(ticks), TICKS, "ticks that were asked for")
        for before, tick in zip(ticks, ticks[1:]):
            apart = (tick["time_ns"] - before["time_ns"]) / 1e9 / (tick["number"] - before["number"])
            holds(apart > 0.99 * FLOOR, "ticks are %.4f s apart" % apart)
        terminated(collector, storm)


if __name__ == "__main__":
    main([layers_on_and_off, layers_flap, ticks_now])
