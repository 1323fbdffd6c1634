"""The verdict `limited` names what really holds a sender back: each case makes one cause and waits for its word, and
for no other where there can be none."""

import collections

from witness import PATIENCE, Failure, Peer, Skbtop, Skip, counter, equal, holds, joined, main, veth

COLUMNS = ("id,netns,state,lport,rport,tx_rate,limited,notsent,ca_state,cwnd,inflight,pacing_rate,retrans,retrans_tlp,"
           "dsack_dups")
ENDLESS = 1 << 40
TICKS = 12


def verdicts(top, here, wanted, ticks=TICKS):
    """Of so many ticks with data that is not sent: how often each verdict was given. The first ones, until the verdict
    that is wanted came once, do not count: the connection starts."""
    row = {}

    def first(tick):
        rows = tick.find(**here)
        row.update(rows[0] if rows else {})
        return row.get("limited") == wanted
    try:
        top.wait(first, "limited by " + wanted)
    except Failure as e:
        raise Failure("%s: %s" % (e, row)) from None
    seen = collections.Counter()
    deadline = PATIENCE * 100
    while sum(seen.values()) < ticks and deadline:
        deadline -= 1
        for r in top.tick().find(**here):
            if r.get("notsent"):
                seen[r.get("limited")] += 1
    return seen


def mostly(seen, wanted):
    """A sample is of one moment: a verdict may be absent or another's now and then, but never the program's."""
    equal(seen["app"] + seen["idle"], 0, "the program, with data that waits: %s" % seen)
    given = sum(seen.values()) - seen[None]
    holds(seen[wanted] * 3 >= given * 2 and given * 2 >= seen[None], "mostly %s: %s" % (wanted, seen))


def bulk(a, b, *options, address="10.99.0.2", read=True):
    """An endless transfer from a to b, which are joined: the sender's row."""
    port = b("tcp 0 4", "bind 0 %s 0" % address, "listen 0 4")["lport"]
    client = a("tcp 1 4", *options, "connect 1 %s %d" % (address, port))
    b("accept 0 2")
    a.begin("send 1 %d" % ENDLESS)
    if read:
        b.begin("recv 2 %d" % ENDLESS)
    return {"netns": a.netns, "lport": client["lport"], "rport": port}


def max_pacing_rate():
    """SO_MAX_PACING_RATE without fq: TCP keeps to it with a timer of its own."""
    for control in ("cubic", "reno"):
        with Peer() as a, Peer() as b, Skbtop(columns=COLUMNS, interval=0.2) as top:
            veth(a, b)
            here = bulk(a, b, "congestion 1 " + control, "option 1 max_pacing_rate 2000000")
            mostly(verdicts(top, here, "paced"), "paced")


def shaper_below():
    """tbf on the sender's own device: what waits lies in its queue, whether or not the window is full by that."""
    for control in ("cubic", "reno"):
        with Peer() as a, Peer() as b, Skbtop(columns=COLUMNS, interval=0.2) as top:
            veth(a, b)
            a.inside("tc", "qdisc", "add", "dev", "va", "root", "tbf", "rate", "10mbit", "burst", "32k", "limit", "1m")
            here = bulk(a, b, "congestion 1 " + control)
            mostly(verdicts(top, here, "qdisc"), "qdisc")


def shaper_elsewhere():
    """The same shaper, but on a router: all that this end knows is that its window is full."""
    with Peer() as a, Peer() as router, Peer() as b, Skbtop(columns=COLUMNS, interval=0.2) as top:
        veth(a, router)
        veth(router, b, "10.98.0.1/24", "10.98.0.2/24")
        router.inside("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
        router.inside("tc", "qdisc", "add", "dev", "va", "root", "tbf", "rate", "10mbit", "burst", "32k", "limit", "4m")
        # Without a bound it would grow until the receiver's is full before it: 64 KiB, before it is read from.
        a.inside("ip", "route", "add", "10.98.0.0/24", "via", "10.99.0.2", "cwnd", "lock", "20")
        b.inside("ip", "route", "add", "10.99.0.0/24", "via", "10.98.0.1")
        here = bulk(a, b, "congestion 1 reno", address="10.98.0.2")
        mostly(verdicts(top, here, "cwnd"), "cwnd")


def reader_that_does_not_read():
    """The receiver's window fills: the receiver holds the sender back."""
    with Peer() as a, Peer() as b, Skbtop(columns=COLUMNS, interval=0.2) as top:
        veth(a, b)
        here = bulk(a, b, read=False)
        mostly(verdicts(top, here, "rwnd"), "rwnd")


def program_that_writes_little():
    """All that it wrote is sent: it is the program."""
    with Peer() as a, Peer() as b, Skbtop(columns=COLUMNS, interval=0.2) as top:
        lport, rport = joined(a, b)

        def some(tick):
            a("send 1 1000")
            return [r for r in tick.find(netns=a.netns, lport=lport, rport=rport) if r.get("limited") == "app"]
        top.wait(some, "limited by the program")


def answers_lost(top, a, b):
    """Plain acknowledgements are dropped on their way back: no data is lost, but TCP asks with a tail loss probe each
    time, and the peer's answer to that comes through: a report (DSACK) of a segment that it had. The row, tick by
    tick."""
    lport, rport = joined(a, b)
    try:
        a.inside("nft", "add table ip loss")
    except (OSError, Failure) as e:
        raise Skip("no nftables: %s" % e) from None
    a.inside("nft", "add chain ip loss in { type filter hook input priority 0; }")
    a.inside("nft", "add rule ip loss in tcp dport %d meta length lt 100 tcp option sack missing drop" % lport)
    rows = []
    while len(rows) < 8:
        a("send 1 2000")
        rows.extend(top.tick().find(netns=a.netns, lport=lport, rport=rport))
    b("recv 2 %d" % a("send 1 1")["sent"])
    return rows


def spurious_probes_are_no_loss():
    """Where a processor had no time for TCP, it timed out: such a connection is judged until then only."""
    probes = 0
    with Skbtop(columns=COLUMNS, interval=0.2) as top:
        top.settled()
        for _ in range(5):
            with Peer() as a, Peer() as b:
                rows = [r for r in answers_lost(top, a, b) if r["retrans"] == r["retrans_tlp"]]
                sent = counter(a, "TcpExtTCPLossProbes")
            seen = collections.Counter(r.get("limited") for r in rows)
            equal(seen["loss"], 0, "limited by loss: %s of %d spurious probes" % (seen, rows[-1]["retrans_tlp"]))
            holds(rows[-1]["retrans_tlp"] <= sent, "more probes than there were")
            probes = max(probes, min(rows[-1]["retrans_tlp"], rows[-1]["dsack_dups"]))
            if probes >= 3:
                break
    holds(probes >= 3, "not three probes without a time-out")


main([max_pacing_rate, shaper_below, shaper_elsewhere, reader_that_does_not_read, program_that_writes_little,
      spurious_probes_are_no_loss])
