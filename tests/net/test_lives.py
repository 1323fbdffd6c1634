"""How connections begin and end: connect() that fails, with its errno, and who closed first, as the programs at both
ends saw it."""

import errno
import tempfile
import time

from witness import SKBTOP, Again, Failure, Peer, Skbtop, Skip, counter, equal, holds, main, missing, run, serves, veth

COLUMNS = ("id,netns,state,dir,laddr,lport,raddr,rport,pid,comm,age_us,ended_by,errno,failed,connect_us,rx_bytes,"
           "tx_bytes,resets")


def told(row):
    return row.get("ended_by"), row.get("errno"), row.get("failed")


def fails(peer, command):
    """The errno that connect() gives, and how long it took, in us."""
    start = time.monotonic()
    try:
        peer(command)
    except OSError as e:
        return errno.errorcode[e.errno], (time.monotonic() - start) * 1e6
    raise AssertionError(command + " succeeded")


def sysctl(peer, **values):
    for name, value in values.items():
        peer.inside("sysctl", "-qw", "net.ipv4.%s=%s" % (name, value))


def blackhole(peer):
    """What it sends to the other end of its veth pair goes to nobody's address."""
    peer.inside("ip", "neighbour", "replace", "10.99.0.2", "lladdr", "02:00:00:00:00:99", "nud", "permanent", "dev",
                "va")


def refused():
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        top.settled()
        for family, host in ((4, "127.0.0.1"), (6, "::1")):
            peer("tcp 1 %d" % family)
            name, took = fails(peer, "connect 1 %s 9" % host)
            row = top.ended(netns=peer.netns, rport=9, raddr=host)
            equal((name, told(row)), ("ECONNREFUSED", ("reset-received", name, 1)), "connect(), and the row")
            equal((row["pid"], row["dir"], row.get("connect_us")), (peer.pid, "out", None), "pid, dir, latency")
            holds(row["age_us"] <= took, "it took %d us, not %d" % (took, row["age_us"]))
            peer("close 1")


def unanswered():
    """The SYN and its repetition are dropped, 1 + 2 seconds long."""
    with Peer() as a, Peer() as b, Skbtop("-a", columns=COLUMNS) as top:
        veth(a, b)
        sysctl(a, tcp_syn_retries=1)
        try:
            sysctl(a, tcp_syn_linear_timeouts=0)
        except Exception:  # pylint: disable=broad-except
            pass  # kernels before 6.5 have none
        blackhole(a)
        top.settled()
        a("tcp 1 4")
        name, took = fails(a, "connect 1 10.99.0.2 80")
        row = top.ended(netns=a.netns, rport=80)
        equal((name, told(row)), ("ETIMEDOUT", ("timeout", name, 1)), "connect(), and the row")
        holds(took - 1e6 < row["age_us"] <= took, "it took %d us, not %d" % (took, row["age_us"]))


def host_unreachable():
    """Nobody answers ARP: the kernel says so itself."""
    with Peer() as a, Peer() as b, Skbtop("-a", columns=COLUMNS) as top:
        veth(a, b)
        top.settled()
        a("tcp 1 4")
        name, _ = fails(a, "connect 1 10.99.0.77 80")
        row = top.ended(netns=a.netns, rport=80)
        equal((name, told(row)), ("EHOSTUNREACH", ("error", name, 1)), "connect(), and the row")


def gave_up():
    with Peer() as a, Peer() as b, Skbtop("-a", columns=COLUMNS) as top:
        veth(a, b)
        b.inside("ip", "link", "set", "vb", "down")
        a("tcp 1 4", "begin 1 10.99.0.2 80")
        top.wait(lambda t: t.find(netns=a.netns, state="syn-sent"), "syn-sent")
        a("close 1")
        equal(told(top.ended(netns=a.netns, rport=80)), ("gave-up", None, 1), "the row")


def no_port():
    """A range of one port, which is taken."""
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        sysctl(peer, ip_local_port_range="40001 40001")
        port = peer("tcp 0 4", "bind 0 127.0.0.1 7000", "listen 0 9", "tcp 1 4", "connect 1 127.0.0.1 7000")["rport"]
        top.settled()
        for _ in range(3):
            peer("tcp 2 4")
            name, _ = fails(peer, "connect 2 127.0.0.1 %d" % port)
            equal(name, "EADDRNOTAVAIL", "connect()")
            peer("close 2")
        top.wait(lambda t: len(failures(top, peer)) == 3, "three failures")
        for row in failures(top, peer):
            equal((told(row), row["raddr"], row["rport"], row.get("lport", 0), row["pid"]),
                  (("error", "EADDRNOTAVAIL", 1), "127.0.0.1", port, 0, peer.pid), "the row")
            equal([name for name in ("cwnd", "rtt_us", "sndbuf") if name in row], [], "values of what never was")


def failures(top, peer):
    return [r for r in top.ends.values() if r["netns"] == peer.netns and r.get("failed")]


def unreachable():
    """No route: connect() fails before the socket leaves CLOSE. The same socket may try again, and succeed."""
    if not serves("connects without a SYN"):
        raise Skip("this kernel has no hook for it")
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        top.settled()
        peer("tcp 0 6", "bind 0 :: 0")
        port = peer("listen 0 9")["lport"]
        for family, host, near in ((4, "10.1.2.3", "127.0.0.1"), (6, "2001:db8::1", "::1"),
                                   (6, "::ffff:10.1.2.3", "::1")):
            peer("tcp 1 %d" % family)
            for number in (1, 2):
                name, _ = fails(peer, "connect 1 %s 80" % host)
                equal(name, "ENETUNREACH", "connect()")
            shown = host.replace("::ffff:", "")
            peer("connect 1 %s %d" % (near, port), "close 1")
            top.wait(lambda t, a=shown: len([r for r in failures(top, peer) if r["raddr"] == a]) >= number, shown)
        rows = failures(top, peer)
        equal(len(rows), 6, "failures")
        for row in rows:
            equal((told(row), row["rport"], row["pid"], row["dir"]),
                  (("error", "ENETUNREACH", 1), 80, peer.pid, "out"), "the row")


def closed_by(closer, other):
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        top.settled()
        start = time.monotonic()
        client = peer.pair(0, 1, 2)
        took = (time.monotonic() - start) * 1e6
        peer("move 1 2 1234", "move 2 1 99", "close %d" % closer, "eof %d" % other, "close %d" % other)
        ports = {1: {"lport": client["lport"]}, 2: {"rport": client["lport"]}}
        first, second = (top.ended(netns=peer.netns, **ports[i]) for i in (closer, other))
        equal((told(first)[:2], told(second)[:2]), (("local", None), ("remote", None)), "who closed first")
        equal(first["failed"], 0, "failed")
        for row in (first, second):
            holds(0 < row["connect_us"] <= took, "connect_us %s of %d us" % (row.get("connect_us"), took))


def closed_by_the_client():
    closed_by(1, 2)


def closed_by_the_server():
    closed_by(2, 1)


def aborted():
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        top.settled()
        client = peer.pair(0, 1, 2)
        peer("abort 1", "close 2")
        here, there = (top.ended(netns=peer.netns, **{end: client["lport"]}) for end in ("lport", "rport"))
        equal(told(here)[:2], ("reset-sent", None), "the end that aborted")
        equal(told(there)[:2], ("reset-received", "ECONNRESET"), "the other")


def timed_out():
    """What was sent is not acknowledged, and the program waits half a second for it."""
    with Peer() as a, Peer() as b, Skbtop("-a", columns=COLUMNS) as top:
        veth(a, b)
        port = b("tcp 0 4", "bind 0 10.99.0.2 0", "listen 0 4")["lport"]
        a("tcp 1 4", "connect 1 10.99.0.2 %d" % port, "option 1 user_timeout 500")
        b("accept 0 2")
        top.settled()
        blackhole(a)
        a("send 1 1000")
        row = top.ended(netns=a.netns, rport=port)
        equal(told(row)[:2], ("timeout", "ETIMEDOUT"), "the row")
        equal(row["tx_bytes"], 0, "bytes acknowledged")


class Lives:
    """The events of one namespace, in the order of their numbers, as --view lives tells them."""

    def __init__(self, peer, top):
        self.peer, self.top, self.told = peer, top, []

    def look(self, tick):
        self.told += [r for r in tick.rows if r["netns"] == self.peer.netns]
        return self.told

    def wait(self, count):
        """So many events, and after another tick still no more."""
        self.top.wait(lambda t: len(self.look(t)) >= count, "%d events" % count)
        self.look(self.top.settled())
        equal(len(self.told), count, "events: %s" % [r["event"] for r in self.told])
        return self.told


def events_as_the_programs_saw_them():
    """Each socket's life, whether a tick has seen it in between or not."""
    with Peer() as peer, Skbtop("--view", "lives") as top:
        events = Lives(peer, top)
        top.settled()
        began = time.time()
        client = peer.pair(0, 1, 2)
        events.wait(3)
        peer("move 1 2 1234", "move 2 1 99", "close 1", "eof 2")
        half = time.monotonic()
        events.look(top.settled())
        half = (time.monotonic() - half) * 1e6
        peer("close 2")
        events.wait(5)
        peer("tcp 3 4", "connect 3 127.0.0.1 %d" % client["rport"], "accept 0 4", "abort 4", "close 3")
        events.wait(9)
        peer("tcp 5 4")
        fails(peer, "connect 5 127.0.0.1 9")
        peer("close 0")
        told = events.wait(12)
        took = time.time() - began
        kinds = [r["event"] for r in told]
        equal([kinds.count(k) for k in ("listen", "open", "accept", "fail", "close")], [1, 3, 2, 1, 5], "kinds")
        total = top.settled().head["lives"]  # of the whole machine
        holds(all(total[k] >= kinds.count(k) for k in ("open", "accept", "fail", "close")), "totals %s" % total)
        equal([r["number"] for r in told], sorted({r["number"] for r in told}), "numbers")
        for r in told:
            holds(began - 0.01 <= r["time"] <= began + took + 0.01, "time %s" % r["time"])
            if r["event"] != "accept":  # it may come before a program has taken it
                equal((r["pid"], r["comm"]), (peer.pid, "peer"), "who")
        closes = [r for r in told if r["event"] == "close"]
        equal([(r["ended_by"], r["rx_bytes"], r["tx_bytes"]) for r in closes[:2]],
              [("local", 99, 1234), ("remote", 1234, 99)], "the first pair")
        equal([list(r["states"]) for r in closes[:2]],
              [["syn-sent", "estab", "fin-wait-1", "fin-wait-2"], ["estab", "close-wait", "last-ack"]], "their states")
        # The other end's FIN_WAIT2 is soon left to a minisock.
        holds(half <= closes[1]["states"]["close-wait"] <= closes[1]["duration_us"],
              "half closed for %d us: %s" % (half, closes[1]["states"]))
        equal([r["ended_by"] for r in closes[2:4]], ["reset-sent", "reset-received"], "the second")
        for r in told:
            if r["event"] == "close" and r["dir"] != "listen":
                first = [o for o in told if o["id"] == r["id"] and o["event"] in ("open", "accept")]
                equal(len(first), 1, "beginnings of " + r["id"])
                holds(abs(sum(r["states"].values()) - r["duration_us"]) <= len(r["states"]), "states %s" % r["states"])
                holds(abs(r["time"] - first[0]["time"] - r["duration_us"] / 1e6) < 0.001, "duration")
                equal(first[0].get("connect_us"), r["connect_us"], "latency")
                equal([k for k in ("rx_bytes", "ended_by", "errno") if k in first[0]], [], "of the end")


def events_of_older_connections():
    with Peer() as peer:
        client = peer.pair(0, 1, 2)
        peer("move 1 2 500")
        with Skbtop("--view", "lives") as top:
            events = Lives(peer, top)
            top.settled()
            peer("close 2", "eof 1", "close 1")
            told = events.wait(2)
            equal([(r["event"], r["ended_by"], r["rx_bytes"], r.get("duration_us"), r["pid"]) for r in told],
                  [("close", "local", 500, None, peer.pid), ("close", "remote", 0, None, peer.pid)], "both ends")
            holds(all(client["lport"] in (r["lport"], r["rport"]) for r in told), "ports")


def events_of_a_burst():
    """A thousand connections within a few ticks: none is missing, none is told twice."""
    with Peer() as peer, Skbtop("--view", "lives", "--columns", "netns,number,event,lport,rport,ended_by") as top:
        events = Lives(peer, top)
        top.settled()
        clients = []
        for _ in range(1000):
            clients.append(peer.pair(0, 1, 2)["lport"])
            peer("close 1", "eof 2", "close 2", "close 0")
            top.lines.keep_up()
        try:
            told = events.wait(6000)
        except Failure:
            if any(top.next_head["lost"].values()):
                raise Again("lost: %s" % top.next_head["lost"]) from None
            raise missing("%d events" % len(events.told)) from None
        kinds = [r["event"] for r in told]
        equal([kinds.count(k) for k in ("listen", "open", "accept", "close")], [1000, 1000, 1000, 3000], "kinds")
        equal(sorted(r["lport"] for r in told if r["event"] == "open"), sorted(clients), "ports of the clients")


def the_black_box():
    """Each retransmit of a connection that times out, as nstat counts them; the reset of one that is refused."""
    with Peer() as a, Peer() as b, Skbtop("--view", "lives") as top:
        events = Lives(a, top)
        veth(a, b)
        port = b("tcp 0 4", "bind 0 10.99.0.2 0", "listen 0 4")["lport"]
        a("tcp 1 4", "connect 1 10.99.0.2 %d" % port, "option 1 user_timeout 900")
        b("accept 0 2")
        top.wait(lambda t: "losses" in t.head, "that losses are watched")
        a("tcp 3 4")
        fails(a, "connect 3 10.99.0.2 9")
        blackhole(a)
        before = counter(a, "TcpRetransSegs")
        a("send 1 1000")
        top.wait(lambda t: [r for r in events.look(t) if r.get("ended_by") == "timeout"], "its end")
        told = {r["rport"]: r.get("blackbox") for r in events.told if r["event"] in ("close", "fail")}
        if not all(told.values()) and events.told[-1]["number"] - events.told[0]["number"] > 1000:
            raise Again("others end badly by the thousand")
        equal([e["what"] for e in told[9]], ["reset_received"], "the one that was refused")
        holds(-1e5 < told[9][0]["us"] <= 0, "its time: %s" % told[9])
        sent = [e for e in told[port] if e["what"] == "retransmit"]
        equal(len(sent), counter(a, "TcpRetransSegs") - before, "retransmits")
        equal(sum(e["segments"] for e in sent), len(sent), "of a segment each")
        holds({e["cause"] for e in sent} <= {"rto", "tlp"}, "causes: %s" % sent)
        equal({e["end_seq"] - e["seq"] for e in sent}, {1000}, "bytes")
        equal(sorted(e["us"] for e in told[port]), [e["us"] for e in told[port]], "order")
        holds(sent[-1]["us"] <= 0, "times: %s" % sent)


def traced_to_the_end(top, peer, pair):
    """What is written up to the end of a connection that is reset once --arm has come true for it."""
    events = Lives(peer, top)
    top.tick()
    peer("move 1 2 5000")
    top.wait(lambda t: t.head.get("trace"), "that it is traced")

    def seen(tick):
        peer("move 1 2 300")
        return tick.head["trace"]["packets"] >= 4
    top.wait(seen, "its packets")
    peer("abort 2", "close 1")
    events.look(top.settled())
    return [r for r in events.told if r["lport"] == pair["lport"]]


def armed(peer, pair):
    return "--arm", "netns = %d and sport = :%d and tx_bytes >= 5000" % (peer.netns, pair["lport"])


def headers_of_what_was_traced():
    """The black box has the last packets of a connection for which --arm has come true."""
    with Peer() as peer:
        pair = peer.pair(0, 1, 2)
        with Skbtop("--view", "lives", *armed(peer, pair)) as top:
            told = traced_to_the_end(top, peer, pair)
    box = next(r["blackbox"] for r in told if r["event"] == "close")
    holds([e for e in box if e["what"] == "sent" and e["end_seq"] - e["seq"] == 300], "what it sent: %s" % box)


def recorded_by_another_view():
    """A recording has the packets, whatever view was written."""
    with Peer() as peer, tempfile.TemporaryDirectory() as folder:
        pair = peer.pair(0, 1, 2)
        file = folder + "/seen.skbtop"
        with Skbtop("--record", file, *armed(peer, pair)) as top:
            traced_to_the_end(top, peer, pair)
        rows = run(SKBTOP, "--replay", file, "--batch", "--view", "packets", "--filter", "tcp", "--count", "0",
                   "--format", "csv", "--columns", "payload").splitlines()
    holds("300" in rows, "payload of the packets: %s" % rows)


CUTS = (  # what happens between client and server (slots 1 and 2), and of which ends something is lost
    ("answered, then reset by SO_LINGER", ("move 1 2 500", "move 2 1 500", "abort 1"), {}),
    ("only tried", ("abort 1",), {}),
    ("a request that nobody reads", ("send 1 500", "peek 2 500", "close 2"),
     {"out": ["cut_by_peer"], "in": ["cut_here"]}),
    ("an answer that the client does not read to its end", ("move 1 2 500", "send 2 500", "peek 1 500", "close 1"), {}),
    ("a request after the server has closed", ("move 1 2 500", "move 2 1 500", "close 2", "eof 1", "send 1 500"),
     {"out": ["cut_by_peer"]}),
    ("a farewell after the client has closed", ("move 1 2 500", "move 2 1 500", "close 1", "eof 2", "send 2 85"), {}),
    ("read, and closed in order", ("move 1 2 500", "move 2 1 500", "close 1", "eof 2", "close 2"), {}),
)


def cut_off():
    """Of which connections a reset has taken something with it."""
    with Peer() as peer, Skbtop("--view", "lives", "--columns",
                                "netns,number,event,dir,ended_by,cut_by_peer,cut_here,cut_share") as top:
        events = Lives(peer, top)
        top.settled()
        for name, commands, cut in CUTS:
            peer.pair(0, 1, 2)
            seen = len(events.told)
            peer(*commands)
            for slot in (1, 2):
                if "close %d" % slot not in commands and "abort %d" % slot not in commands:
                    peer("close %d" % slot)
            peer("close 0")
            told = [r for r in events.wait(seen + 6)[seen:] if r["event"] == "close" and r["dir"] != "listen"]
            for r in told:
                equal([k for k in ("cut_by_peer", "cut_here") if r.get(k)], cut.get(r["dir"], []), name)
                equal(r["cut_share"], float(r["dir"] in cut), name)
            equal(sorted(r["dir"] for r in told), ["in", "out"], name)


main([events_as_the_programs_saw_them, events_of_older_connections, events_of_a_burst, cut_off,
      refused, unanswered, host_unreachable, gave_up, no_port, unreachable, closed_by_the_client, closed_by_the_server,
      aborted, timed_out, the_black_box, headers_of_what_was_traced, recorded_by_another_view])
