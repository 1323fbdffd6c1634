#!/usr/bin/env python3
"""Commands at any rate: a reader that floods the collector keeps it neither from its signals nor beyond its shortest
interval."""

import time

from wire import HOUR, INTERVAL, LAYERS, TICK, TICK_NOW, Collector, command, opening
from witness import DEADLINE, Failure, equal, holds, main

FLOOD = 3  # seconds
TICKS = 10
FLOOR = 0.1  # seconds between two ticks at least, from the beginning of one to that of the next


def flood(collector, what, seconds, ticks=0):
    """Sends it again and again for so long, and reads what comes; with ticks, until there are as many. The ticks."""
    got, until = [], time.monotonic() + seconds
    while time.monotonic() < until and (not ticks or len(got) < ticks):
        collector.send(what)
        got += [r for _, kind, r in collector.read(0.001) if kind == TICK]
    return got


def terminated_within(collector, what, seconds):
    """SIGTERM amid a flood: it ends in this time."""
    start = time.monotonic()
    holds(collector.process.poll() is None, "it was not ended by the flood")
    collector.process.terminate()
    while collector.process.poll() is None:
        collector.send(what)
        collector.read(0.001)
        if time.monotonic() - start > DEADLINE:
            raise Failure("not ended by SIGTERM within %d s" % DEADLINE)
    took = time.monotonic() - start
    print("# ended %.3f s after SIGTERM" % took)
    holds(took < seconds, "ended within %d s of SIGTERM: %.3f" % (seconds, took))


def layers_on_and_off():
    """2,100 bytes of it: the programs are loaded once a tick at most, and SIGTERM ends it within a second."""
    with Collector("--interval", "0.1") as collector:
        collector.send(opening())
        collector.tick(2)
        storm = (command(LAYERS, 1) + command(LAYERS)) * 50
        flood(collector, storm, 0.5)
        terminated_within(collector, storm, 1)


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
        terminated_within(collector, command(LAYERS, turn % 2), 1)


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
        terminated_within(collector, storm, 1)


if __name__ == "__main__":
    main([layers_on_and_off, layers_flap, ticks_now])
