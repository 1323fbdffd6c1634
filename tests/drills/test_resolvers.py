"""Faults of name servers, as the programs see them that ask: too slow, silent, failing, or asked for what there is not.
Beside each of them the same program asks another server, which is well."""

import os
import time

import drill
from resolver import Asker, NameServer
from witness import main

SAID = r"python3\S*: name server 127\.0\.0\.1 "


class Names(drill.Drill):
    """A server, which does as it is told, and who asks it, without waiting for an answer longer than `patience`."""
    delay, patience, pause = 0, 20, 0.02

    def does(self, name):
        return "NOERROR"

    def make(self):
        p = self.peer("names")
        self.server = NameServer(p, delay=self.delay, does=self.does)
        self.asker = Asker(p, patience=self.patience)
        self.truth = {"severity": "critical", "pid": os.getpid(), "raddr": "127.0.0.1", "rport": 53, "netns": p.netns}
        self.repeat(self.ask)

    def ask(self):
        try:
            self.asker.ask("host%d.example" % self.asker.number)
        except TimeoutError:
            pass
        time.sleep(self.pause)

    def close(self):
        super().close()
        if hasattr(self, "asker"):
            self.asker.__exit__()
            self.server.__exit__()


class Slow(Names):
    check = "dns_slow"
    text = SAID + r"is slow: of \d+ answers in 10 s half took more than (1[0-9][0-9]|2[0-4]\d)(\.\d+)?ms," \
        r" 1 % more than \d\S*m?s"
    delay = 0.15

    def make(self):
        super().make()
        self.truth["severity"] = "warning"


class Silent(Names):
    """Of every other question it says nothing; nobody waits for it."""
    check = "dns_unanswered"
    text = SAID + r"does not answer: \d+ questions in vain in 10 s(, \d+ answered)?"
    patience = 0.1

    def does(self, name):
        return None if self.server.asked % 4 else "NOERROR"


class Failing(Names):
    check = "dns_errors"
    text = SAID + r"says SERVFAIL to \d+(\.\d+)?% of \d+ questions in 10 s"
    does = staticmethod(lambda name: "SERVFAIL")


class NoName(Names):
    check = "dns_errors"
    text = SAID + r"says NXDOMAIN to 100% of \d+ questions in 10 s"
    does = staticmethod(lambda name: "NXDOMAIN")

    def make(self):
        super().make()
        self.truth["severity"] = "warning"


def all_faults_are_said():
    drill.run([Slow, Silent, Failing, NoName])


if __name__ == "__main__":
    main([all_faults_are_said])
