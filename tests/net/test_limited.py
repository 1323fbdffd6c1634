"""The verdict `limited` names what really holds a sender back: each case makes one cause and waits for its word, and
for no other where there can be none."""

import collections
import re

from witness import Again, PATIENCE, Failure, Peer, Skbtop, counter, equal, holds, joined, main, meanwhile, nft, veth

COLUMNS = ("id,netns,state,state_us,lport,rport,tx_rate,limited,notsent,recvq,drops,accept_queue,accept_limit,ca_state,"
           "cwnd,inflight,pacing_rate,retrans,retrans_tlp,dsack_dups")
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


def by_router(a, router, b, *metrics):
    """Joins a and b by a router that passes 10 Mbit/s from a to b."""
    veth(a, router)
    veth(router, b, "10.98.0.1/24", "10.98.0.2/24")
    router.inside("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
    router.inside("tc", "qdisc", "add", "dev", "va", "root", "tbf", "rate", "10mbit", "burst", "32k", "limit", "4m")
    a.inside("ip", "route", "add", "10.98.0.0/24", "via", "10.99.0.2", *metrics)
    b.inside("ip", "route", "add", "10.99.0.0/24", "via", "10.98.0.1")


def shaper_elsewhere():
    """The same shaper, but on a router: all that this end knows is that its window is full."""
    with Peer() as a, Peer() as router, Peer() as b, Skbtop(columns=COLUMNS, interval=0.2) as top:
        # Without a bound it would grow until the receiver's is full before it: 64 KiB, before it is read from.
        by_router(a, router, b, "cwnd", "lock", "20")
        here = bulk(a, b, "congestion 1 reno", address="10.98.0.2")
        mostly(verdicts(top, here, "cwnd"), "cwnd")


def send_buffer_too_small():
    """On a long way, which a slow router makes: what was sent and is not acknowledged fills it."""
    with Peer() as a, Peer() as router, Peer() as b, Skbtop(columns=COLUMNS, interval=0.2) as top:
        by_router(a, router, b)
        here = bulk(a, b, "congestion 1 reno", "option 1 sndbuf 4096", address="10.98.0.2")
        top.wait(lambda t: t.find(limited="sndbuf", **here), "limited by sndbuf")
        seen = collections.Counter(r.get("limited") for _ in range(TICKS) for r in top.tick().find(**here))
        idle = seen["app"] + seen["idle"]
        if idle * 4 > TICKS:
            raise Again("the sender had no processor for a while: %s" % seen)
        holds(seen["sndbuf"] * 3 >= (TICKS - idle) * 2, "mostly sndbuf: %s" % seen)
        # sk_stream_is_writeable(): it is woken when a third of it is free.
        memory = [re.search(r"tb(\d+),f\d+,w(\d+)", a.inside("ss", "-tnm", "sport = :%d" % here["lport"]))
                  for _ in range(5)]
        holds([m for m in memory if int(m[2]) * 3 >= int(m[1]) * 2], "ss sees room: " + memory[0][0])


def reader_that_does_not_read():
    """The receiver's window fills: the receiver holds the sender back, and does not read what it has."""
    with Peer() as a, Peer() as b, Skbtop(columns=COLUMNS, interval=0.2) as top:
        veth(a, b)
        here = bulk(a, b, read=False)
        mostly(verdicts(top, here, "rwnd"), "rwnd")
        there = {"netns": b.netns, "lport": here["rport"], "rport": here["lport"]}
        seen = [r for _ in range(TICKS) for r in top.tick().find(**there)]
        equal({r.get("limited") for r in seen}, {"not_reading"}, "the receiver, which has %d bytes" % seen[-1]["recvq"])
        holds(recvq_by_ss(b, there) > 0, "ss sees nothing unread")


def recvq_by_ss(peer, row):
    line = peer.inside("ss", "-tnH", "sport = :%d and dport = :%d" % (row["lport"], row["rport"]))
    return int(line.split()[1])


def unread_data_is_never_idle():
    """A little comes now and then, and stays; nothing comes any more, and it stays; it is read."""
    with Peer() as a, Peer() as b, Skbtop(columns=COLUMNS) as top:
        lport, rport = joined(a, b)
        there = {"netns": b.netns, "lport": rport, "rport": lport}
        top.row(**there)

        def trickle(tick):
            a("send 1 100")
            return tick.find(limited="not_reading", **there)
        top.wait(trickle, "not reading, while a little comes")
        sent = recvq_by_ss(b, there)
        top.wait(lambda t: t.find(recvq=sent, **there), "all that came")
        seen = collections.Counter(r.get("limited") for _ in range(TICKS) for r in top.tick().find(**there))
        equal(set(seen), {"not_reading"}, "not reading, while nothing comes: %s" % seen)
        b("recv 2 %d" % sent)
        top.wait(lambda t: t.find(limited="idle", **there), "idle when all is read")


def small_writes(a, b, n):
    """Requests in two small writes each, and answers: the second write waits until the first is acknowledged, which b
    delays for the answer that it expects to send."""
    for _ in range(n):
        b.begin("recv 2 200")
        a("send 1 100", "send 1 100")
        b.reply()
        b("send 2 1")
        a("recv 1 1")


def nagle():
    """A write waits for a delayed acknowledgement; with TCP_NODELAY it does not."""
    for nodelay in (False, True):
        with Peer() as a, Peer() as b, Skbtop(columns=COLUMNS) as top:
            lport, rport = joined(a, b)
            here = {"netns": a.netns, "lport": lport, "rport": rport}
            if nodelay:
                a("option 1 nodelay 1")
            top.row(**here)
            with meanwhile(lambda: small_writes(a, b, 5)):
                if not nodelay:
                    top.wait(lambda t: t.find(limited="nagle", **here), "a small write waits")
                seen = collections.Counter(r.get("limited") for _ in range(3 * TICKS) for r in top.tick().find(**here))
            delayed = counter(b, "TcpExtDelayedACKs")
        if nodelay:
            equal(seen["nagle"], 0, "nagle with TCP_NODELAY: %s" % seen)
        else:
            holds(delayed > 0 and seen["nagle"] * 2 > TICKS, "mostly nagle, %d delayed: %s" % (delayed, seen))


def large_writes_are_not_held_by_nagle():
    """The end of each, which is less than a segment, is held back until the next one is written."""
    with Peer() as a, Peer() as b, Skbtop(columns=COLUMNS) as top:
        veth(a, b)
        here = bulk(a, b)
        moving = []

        def look(tick):
            moving.extend(r for r in tick.find(**here) if r.get("tx_rate"))
            return len(moving) >= 5 * TICKS
        top.wait(look, "ticks with data")
        equal([r for r in moving if r.get("limited") == "nagle"], [], "nagle in a transfer of large writes")


def left_open():
    """The peer has closed; the program does not, for more than some seconds."""
    with Peer() as a, Peer() as b, Skbtop(columns=COLUMNS, interval=0.2) as top:
        lport, rport = joined(a, b)
        there = {"netns": b.netns, "lport": rport, "rport": lport}
        top.row(**there)
        a("close 1")
        rows = []

        def look(tick):
            rows.extend(tick.find(state="close-wait", **there))
            return [r for r in rows if r.get("limited") == "close_wait"]
        row = top.wait(look, "left open", patience=3 * PATIENCE)[0]
        holds(row["state_us"] >= 5_000_000, "called so after %d us" % row["state_us"])
        equal({r.get("limited") for r in rows[:-1]} - {"app", "idle"}, set(), "before")
        holds("CLOSE-WAIT" in b.inside("ss", "-tanH"), "ss does not see it")


def accept_queue_full():
    with Peer() as a, Peer() as b, Skbtop(columns=COLUMNS) as top:
        veth(a, b)
        port = b("tcp 0 4", "bind 0 10.99.0.2 0", "listen 0 1")["lport"]
        there = {"netns": b.netns, "state": "listen", "lport": port}
        for slot, full in ((1, False), (2, True)):
            a("tcp %d 4" % slot, "connect %d 10.99.0.2 %d" % (slot, port))
            row = top.wait(lambda t, n=slot: t.find(accept_queue=n, **there), "%d in the queue" % slot)[0]
            equal(row.get("limited") == "accept_full", full, "%d of %d" % (row["accept_queue"], row["accept_limit"]))
            queue, limit = b.inside("ss", "-tlnH").split()[1:3]
            equal((row["accept_queue"], row["accept_limit"]), (int(queue), int(limit)), "ss's queue and limit")
        b("accept 0 2")
        top.wait(lambda t: [r for r in t.find(**there) if "limited" not in r], "room again")


def datagrams_that_nobody_reads():
    """The buffer fills, then datagrams are dropped; nothing comes any more; all is read."""
    with Peer() as a, Peer() as b, Skbtop(columns=COLUMNS) as top:
        veth(a, b)
        port = b("udp 0 4", "option 0 rcvbuf 20000", "bind 0 10.99.0.2 0")["lport"]
        a("udp 1 4", "connect 1 10.99.0.2 %d" % port)
        there = {"netns": b.netns, "lport": port}
        top.row(**there)
        a("send 1 1000")
        row = top.wait(lambda t: t.find(limited="not_reading", **there), "one datagram waits")[0]
        equal(row["drops"], 0, "drops")

        def flood(tick):
            for _ in range(20):
                a("send 1 1000")
            return tick.find(limited="queue_full", **there)
        row = top.wait(flood, "the buffer is full")[0]
        holds(row["drops"] > 0, "nothing was dropped")
        dropped = int(re.search(r",d(\d+)", b.inside("ss", "-uanmH"))[1])
        top.wait(lambda t: t.find(limited="not_reading", drops=dropped, **there), "not reading, %d dropped" % dropped)
        before = row["recvq"]
        b("recv 0 1000")
        while top.row(**there)["recvq"]:
            b("recv 0 1000")
        top.wait(lambda t: [r for r in t.find(**there) if "limited" not in r], "nothing waits, of %d bytes" % before)


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
    nft(a, "input", "tcp dport %d meta length lt 100 tcp option sack missing drop" % lport)
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


main([max_pacing_rate, shaper_below, shaper_elsewhere, send_buffer_too_small, reader_that_does_not_read,
      unread_data_is_never_idle, nagle, large_writes_are_not_held_by_nagle, left_open, accept_queue_full,
      datagrams_that_nobody_reads, program_that_writes_little, spurious_probes_are_no_loss])
