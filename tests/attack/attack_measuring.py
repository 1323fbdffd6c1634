#!/usr/bin/env python3
"""BPF_ENABLE_STATS slows every BPF program of the machine: it is never on for longer than a second."""

import os
import time

from wire import TICK_NOW, Collector, command, opening
from witness import DEADLINE, Failure, holds, main

WINDOW = 1  # second
LATE = 1  # seconds by which a busy machine may see it later


def measures(pid):
    folder = "/proc/%d/fd" % pid
    return "anon_inode:bpf-stats" in {os.readlink(folder + "/" + fd) for fd in os.listdir(folder)}


def an_hour_between_ticks():
    with Collector("--interval", "3600") as collector:
        collector.send(opening())
        collector.tick()
        collector.send(command(TICK_NOW))
        collector.tick()  # the second tick begins with it
        seen = time.monotonic()
        while measures(collector.process.pid):
            if time.monotonic() - seen > DEADLINE:
                raise Failure("BPF_ENABLE_STATS is on for longer than %d s" % DEADLINE)
            collector.read(0.01)
        took = time.monotonic() - seen
        holds(took < WINDOW + LATE, "BPF_ENABLE_STATS was on for %.3f s" % took)
        collector.send(command(TICK_NOW))
        window = collector.tick()["bpf_window_ns"] / 1e9
        print("# measured for %.3f s" % window)
        holds(0 < window < WINDOW + LATE, "it says that it measured for %.3f s" % window)


if __name__ == "__main__":
    main([an_hour_between_ticks])
