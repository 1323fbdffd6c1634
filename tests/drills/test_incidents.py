"""Each incident of the guide, on a screen of 80x24: the finding's sentence stands on the first screen within IN_TIME of
the fault, or the line that the guide names once its keys were typed; with QUIET=full again on 160x40, for who starts
skbtop only then. With UPDATE_INCIDENTS=1 the guide gets the lines that were seen there."""

import os
import re
import sys
import time

import incidents
import witness
from screen import Screen
from witness import Failure, holds, too_late

IN_TIME = 20  # seconds; ten where nothing else runs
PATIENCE = 90  # while others' findings, which are worse or newer, leave no room for ours
LATE = os.environ.get("QUIET") == "full" or os.environ.get("UPDATE_INCIDENTS")
LIMIT = 840  # seconds for all of them, of meson's 900


def banner(lines):
    """What stands above the table, without its ages; and is there more than there is room for?"""
    said = [line for line in lines if line.startswith(" ! ")]
    return [re.sub(r"( and \d+ more)? +\S+$", "", line[3:]) for line in said], any(" more " in line for line in said)


def wait_for(incident, fault, screen):
    """The line and for how long it was waited for, without the time in which there was no room for it."""
    last = time.monotonic()
    waited, deadline = 0, last + PATIENCE
    while True:
        lines = screen.look()
        said, more = banner(lines) if not incident.keys else ([line[1:].strip() for line in lines], False)
        now = time.monotonic()
        waited, last = waited + (0 if more else now - last), now
        for line in said:
            if incidents.shown(incident.says, line):
                return line, waited
        if waited > IN_TIME or now > deadline:
            raise Failure("not said within %.0f s: %s; the screen:\n%s" % (waited, incident.title, "\n".join(lines)))
        fault.work()


def look_for(incident, fault, screen):
    if incident.keys:
        screen.keys("".join(incident.keys))
    try:
        return wait_for(incident, fault, screen)
    finally:
        if incident.keys:
            screen.keys("1")


def nobody_elses(incident, screen):
    """Others may be at the same fault, in namespaces of their own: until theirs is over."""
    deadline = time.monotonic() + PATIENCE
    while any(incidents.shown(incident.says, line) for line in banner(screen.look())[0]):
        holds(time.monotonic() < deadline, "it is said before there is a fault")


def incident_case(incident, screen, lines):
    def case():
        holds(len(incident.keys) <= 3, "more than three keys")
        fault = incident.fault()
        try:
            nobody_elses(incident, screen)
            fault.make()
            line, waited = look_for(incident, fault, screen)
            print("# %.1f s: %s" % (waited, line))
            if LATE:
                with Screen(160, 40) as late:
                    late.wait("sockets")
                    line, waited = look_for(incident, fault, late)
                    print("# %.1f s after a late start: %s" % (waited, line))
        except Failure as e:
            raise too_late(str(e)) from None
        finally:
            fault.close()
        lines[incident.title] = line if incident.keys else "! " + line
    case.__name__ = incident.title
    return case


def main():
    lines = {}
    if os.geteuid() != 0:
        witness.main([])
        return
    with Screen(80, 24) as screen:
        screen.wait("sockets")
        try:
            made = filter(incidents.is_drill, incidents.INCIDENTS)
            witness.main([incident_case(i, screen, lines) for i in made], LIMIT)
        finally:
            if os.environ.get("UPDATE_INCIDENTS") and lines:
                incidents.update(lines)


if __name__ == "__main__":
    main()
