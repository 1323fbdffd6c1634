"""Incidents: what goes wrong on a machine, as the one notices who has to find it, and what skbtop says.
docs/incidents.md is made from this list; test_incidents.py makes each fault and looks for the line on a screen."""

import os
import re
import sys
import textwrap

import test_connects as connects
import test_ends as ends
import test_machine as machine
import test_paths as paths
import test_resolvers as resolvers
import test_sockets as sockets

DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs")


class Incident:
    """fault: the drill that makes it. keys: what is typed from the first screen on, each a key; without any the line is
    above the table, and is the finding's sentence. says: the line that is then there, or what the sentence can be, too,
    where skbtop is younger than the fault and knows less. to_do: beyond what the finding itself advises."""

    def __init__(self, title, notice, made, fault, keys=(), says=None, to_do=""):
        self.title, self.notice, self.made, self.fault, self.keys = title, notice, made, fault, keys
        self.says, self.to_do = says or fault.text, to_do
        assert says or not keys, title


class ConntrackFull:
    """Its limit is the machine's: made where nobody else lives, tests/kernels/checks/machine_drills.sh."""
    check = "conntrack_full"
    text = r"new connections are dropped: the table of tracked connections is full, [\d,]+ of [\d,]+"


def is_drill(incident):
    """Can it be made here?"""
    return hasattr(incident.fault, "make")


INCIDENTS = [
    Incident("A listener's accept queue is full",
             "clients of a service hang or see time-outs, though the service runs",
             "`listen()` with a backlog of 2, no `accept()`, five clients", sockets.AcceptQueue),
    Incident("A SYN flood",
             "new clients come in slowly or not at all; there is much small traffic to one port",
             "SYNs whose SYN-ACKs nobody answers, to a backlog of 2", machine.SynQueue),
    Incident("The local ports to a destination are used up",
             "`connect()` fails with EADDRNOTAVAIL, or takes long and burns CPU",
             "a range of 100 ports, and 100 connections to one address and port", sockets.PortsUsed),
    Incident("Nobody listens there",
             "a program logs \"connection refused\"",
             "`connect()`, again and again, to a port without a listener", connects.ConnectRefused),
    Incident("A firewall drops the SYNs",
             "a program hangs in `connect()`",
             "an nftables rule on the other host that drops SYNs to the port", sockets.ConnectUnanswered),
    Incident("A firewall rejects what is sent",
             "`connect()` fails at once with \"no route to host\", though there is one",
             "an nftables rule on the other host that rejects with ICMP host-unreachable", connects.ConnectFailed),
    Incident("A program does not read",
             "a request is sent, and no answer comes; the peer sees full buffers",
             "a server that holds its connection and never calls `recv()`", sockets.NotReading,
             to_do="`gdb -p` or `/proc/PID/stack` tell where it hangs."),
    Incident("A program does not accept",
             "clients connect, send a request, and hang",
             "a listener whose program never calls `accept()`, and four clients, of which three go away again",
             sockets.NotAccepting),
    Incident("The peer's window is closed",
             "a transfer stands still, with all data in this machine's send queue",
             "a peer that accepts and never reads, until its receive buffer is full", sockets.ZeroProbe),
    Incident("The peer reads slowly",
             "a transfer is far below what the path can do",
             "a peer with a receive buffer of 4 KiB",
             # On a busy machine it does not get to reading at all.
             sockets.PeerWindow, says=(sockets.PeerWindow.text,
                                       r"10\.98\.0\.2 does not read: its window is closed, \d+\S+ wait in source")),
    Incident("A program reads its datagrams too slowly",
             "metrics or log lines are missing; nothing is logged about it",
             "a burst of 20 datagrams, again and again, into a receive buffer of 4 KiB", sockets.UdpOverflow),
    Incident("The path loses packets",
             "transfers are slow and uneven; small requests now and then take 200 ms more",
             "an nftables rule on the way that drops each 25th packet", sockets.Loss),
    Incident("The path is broken",
             "established connections stand still, and new ones may work",
             "a rule on the other host that drops the segments of one connection", sockets.RtoBackoff),
    Incident("A queue on the way is full (bufferbloat)",
             "a terminal is sticky and calls stutter while somebody sends a backup",
             "a bulk transfer through a router with 4 Mbit/s and 4 MB of queue", sockets.Bufferbloat),
    Incident("Small writes wait for delayed ACKs (Nagle)",
             "each call takes 40 ms, on any network",
             "two writes for each request, without TCP_NODELAY", sockets.Nagle),
    Incident("A program leaks connections (CLOSE-WAIT)",
             "descriptors and memory of a program grow, until `accept()` fails with EMFILE",
             "a program that does not close what its peers have closed", sockets.CloseWait),
    Incident("The send buffer is too small",
             "a transfer over a long path is far below what the path can do",
             "SO_SNDBUF of 4 KiB, and writes of 1 kB", sockets.SndbufLimited),
    Incident("The peer resets connections",
             "requests fail with \"connection reset by peer\", some of them or all",
             "a server that closes its connections with the request unread", ends.Resets),
    Incident("Waiting connections take the local ports (TIME-WAIT)",
             "nothing yet; `connect()` will fail with EADDRNOTAVAIL under a little more load",
             "a client that opens a connection for each call and closes first, with a range of 100 ports",
             ends.TimeWait, says=ends.TimeWait.text.replace("crawler: ", "(crawler: )?")),
    Incident("Large packets do not arrive (PMTU black hole)",
             "connections are made and small answers come; large ones never do",
             "a link of 1400 bytes behind a router whose ICMP errors are dropped", paths.PmtuBlackHole),
    Incident("This machine's own firewall drops",
             "what a program sends never leaves; it may get EPERM, or nothing at all",
             "an nftables rule that drops datagrams to one port on output", paths.LocalDrop,
             to_do="`nft list ruleset` (or `iptables-save`) has the rule. The finding has a remedy for each of the "
                   "kernel's reasons: routes, the reverse path filter, queues, checksums."),
    Incident("The table of tracked connections is full",
             "new connections hang now and then, from all programs; those that are open go on",
             "a limit that is one above what is tracked, and pings to this machine", ConntrackFull,
             to_do="`conntrack -S` counts the same as `drop`."),
    Incident("A queueing discipline drops",
             "packets are lost before they leave this machine",
             "datagrams into a `tbf` of 80 kbit/s", machine.Qdisc),
    Incident("A link is down",
             "a network is gone; nothing is logged by any program",
             "the other end of the link is set down", machine.NoCarrier),
    Incident("Packets arrive damaged",
             "datagrams are missing, or a transfer is slow, over one path only",
             "datagrams with a wrong checksum", machine.BadPackets),
    Incident("A name server is silent",
             "programs hang for seconds before they connect to a name, but not to an address",
             "a server that answers one question of four", resolvers.Silent, keys=("O",),
             says=r"critical python3\S*: name server 127\.0\.0\.1 does not answer: \d+ .*",
             to_do="Who asks name servers is only looked at while *Overview*, *Findings* or *Exchanges* is open. "
                   "`Enter` leads to the questions: `timed_out` are those in vain."),
    Incident("A process takes all of the link",
             "everything is slow, and the interface is at its limit",
             "a bulk transfer", sockets.Bufferbloat, keys=("8",), says=r"backup\[\d+\] .*",
             to_do="The first row has it. `Enter` shows its sockets, `t` gathers by user or control group."),
    Incident("A program comes late to its data",
             "answers take long, and the network is not at fault",
             "a server that reads 50 ms after each request has come", sockets.LateReader, keys=("2",),
             says=r"worker\[\d+\] .* rx_app .*",
             to_do="`rx_app` is the time that data waits for the program. Where `WAKE` is large, it waits for a "
                   "processor instead (below); else the program is busy with something else: look at its threads."),
    Incident("A program gets no processor",
             "answers take long, and neither the network nor the program is at fault",
             "a reader, and a program of policy SCHED_FIFO that spins for 30 ms on the same processor",
             sockets.StarvedReader, keys=("2",),
             says=r"worker\[\d+\] .* rx_app .*\b([89]\d|100)% +\d\S* +\d\d\S*ms +\d\d\S*ms .*",
             to_do="`WAKE` is how much of `rx_app` a reader that was woken waited for a processor: the machine or the "
                   "control group has too little of them, or others go before it (`nice`, `cpu.weight`). Since Linux "
                   "6.18 a group beyond its `cpu.max` is stopped only after it has read: that wait is in none of the "
                   "layers, but in `throttled_usec` of its `cpu.stat`."),
]


def forms(patterns):
    """Each of the patterns with what may be missing, and without."""
    for pattern in patterns:
        for kept in r"\1", "":
            yield re.sub(r"\(([^()]*)\)\?", kept, pattern)


def begins(pattern, text):
    """Is the text what the beginning of the pattern stands for?"""
    for end in range(len(pattern), len(pattern) // 3, -1):
        try:
            if re.fullmatch(pattern[:end], text):
                return True
        except re.error:
            pass  # cut where no pattern ends
    return False


def shown(says, text):
    """Is it that sentence (or one of several), or all of it that there is room for?"""
    says = (says,) if isinstance(says, str) else says
    if not text.endswith("…"):
        return any(re.fullmatch(pattern, text) for pattern in says)
    return any(begins(pattern, text[:-1].rstrip()) for pattern in forms(says))


# -- the guide ----------------------------------------------------------------------------------------------------

HEAD = """# Incidents: what you notice, what skbtop says, what to do

Start `skbtop`. What is wrong stands above the table of sockets, the worst first, within ten seconds of the fault.
`!` and `Enter` lead to the rows that it is about, `O` shows all that is wrong with what can be done, and `e` there
what it stands on (docs/findings.md). On a machine without a screen `skbtop --check` says the same.

Each of these incidents is made by a test, in network namespaces, which then looks for the line on a screen of
80x24, and again on one of 160x40 of an skbtop that was started after the fault, whose lines are below (the table of
tracked connections is the whole machine's, and is filled in a virtual one). What needs programs that run for each
packet, or a choice of what to look at, costs a key.

| incident | keys | check |
|---|---|---|
"""


def advice(check):
    """What docs/findings.md has of it, which is made from the check itself."""
    with open(DOCS + "/findings.md", encoding="utf-8") as f:
        found = re.search(r"^### %s$.*?^- what to do: (.*?)$" % check, f.read(), re.M | re.S)
    return found[1]


def anchor(title):
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def sentence(text):
    return text[0].upper() + text[1:] + ("" if text[-1] in ".?" else ".")


def paragraph(text):
    return textwrap.fill(text, 120, break_long_words=False, break_on_hyphens=False) + "\n\n"


def section(incident, line):
    general = "" if incident.keys else re.sub(r"\{(\w+)\}", r"the \1", advice(incident.fault.check))
    to_do = [sentence(text) for text in (general, incident.to_do) if text and text != "the remedy"]
    return "## %s\n\n%s    %s\n\n%s%s" % (
        incident.title, paragraph("What you notice: " + incident.notice + "."), line,
        paragraph("What to do: " + " ".join(to_do)), paragraph("How it was made: " + incident.made + "."))


def keys_of(incident):
    return "%d%s" % (len(incident.keys), ": " + " ".join("`%s`" % k for k in incident.keys) if incident.keys else "")


def guide(lines):
    """The whole page; lines: of each incident, by its title."""
    table = "".join("| [%s](#%s) | %s | %s |\n" % (
        i.title, anchor(i.title), keys_of(i),
        "" if i.keys else "[%s](findings.md#%s)" % (i.fault.check, i.fault.check)) for i in INCIDENTS)
    return (HEAD + table + "\n" + "".join(section(i, lines.get(i.title, "")) for i in INCIDENTS)).rstrip("\n") + "\n"


def read():
    with open(DOCS + "/incidents.md", encoding="utf-8") as f:
        return f.read()


def lines_of(page):
    return dict(re.findall(r"^## (.*?)$.*?^    (.*?)$", page, re.M | re.S))


def update(lines):
    """The page anew, with lines that were seen; of others those that it has."""
    old = lines_of(read()) if os.path.exists(DOCS + "/incidents.md") else {}
    with open(DOCS + "/incidents.md", "w", encoding="utf-8") as f:
        f.write(guide({**old, **lines}))


def main():
    """Holds the page to the list. --update makes it anew after a change of the list."""
    if "--update" in sys.argv:
        update({})
    page = read()
    lines = lines_of(page)
    for i in INCIDENTS:
        line = lines.get(i.title, "").removeprefix("! ")
        if not shown(i.says, line):
            sys.exit("docs/incidents.md: '%s' is not what is said of: %s" % (line, i.title))
    if page != guide(lines):
        sys.exit("docs/incidents.md is not as tests/drills/incidents.py --update makes it")


if __name__ == "__main__":
    main()
