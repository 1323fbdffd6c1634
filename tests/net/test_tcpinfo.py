"""Every field that ss prints of an idle TCP socket equals skbtop's. A field of ss that is neither compared nor named
below as not comparable is a failure, so that nothing is passed over in silence."""

import re

import ss
from witness import Peer, Skbtop, Skip, equal, holds, main, run, veth

# ss's name -> (skbtop's name, factor from ss's unit to ours, tolerance in our unit)
FIELDS = {
    "recvq": ("recvq", 1, 0), "sendq": ("sendq", 1, 0), "state": ("state", None, 0), "cc": ("cc", None, 0),
    "ino": ("inode", 1, 0), "sk": ("id", None, 0), "uid": ("uid", 1, 0),
    "rtt": ("rtt_us", 1000, 1), "rttvar": ("rttvar_us", 1000, 1), "minrtt": ("minrtt_us", 1000, 1),
    "rto": ("rto_us", 1000, 999), "ato": ("ato_us", 1000, 999), "backoff": ("backoff", 1, 0),
    "mss": ("mss", 1, 0), "pmtu": ("pmtu", 1, 0), "rcvmss": ("rcv_mss", 1, 0), "advmss": ("advmss", 1, 0),
    "cwnd": ("cwnd", 1, 0), "ssthresh": ("ssthresh", 1, 0), "bytes_sent": ("bytes_sent", 1, 0),
    "bytes_retrans": ("bytes_retrans", 1, 0), "bytes_acked": ("bytes_acked", 1, 0),
    "bytes_received": ("bytes_received", 1, 0), "segs_out": ("segs_out", 1, 0), "segs_in": ("segs_in", 1, 0),
    "data_segs_out": ("data_segs_out", 1, 0), "data_segs_in": ("data_segs_in", 1, 0),
    "pacing_rate": ("pacing_rate", 1 / 8, 1),
    "max_pacing_rate": ("max_pacing_rate", 1 / 8, 1), "delivery_rate": ("delivery_rate", 1 / 8, 1),
    "delivered": ("delivered", 1, 0), "delivered_ce": ("delivered_ce", 1, 0), "busy": ("busy_us", 1000, 999),
    "rwnd_limited": ("rwnd_limited_us", 1000, 999), "sndbuf_limited": ("sndbuf_limited_us", 1000, 999),
    "unacked": ("unacked", 1, 0), "retrans_out": ("retrans_out", 1, 0), "retrans": ("retrans", 1, 0),
    "lost": ("lost", 1, 0), "sacked": ("sacked", 1, 0), "dsack_dups": ("dsack_dups", 1, 0),
    "reordering": ("reordering", 1, 0), "reord_seen": ("reord_seen", 1, 0), "rcv_rtt": ("rcv_rtt_us", 1000, 1),
    "rcv_space": ("rcv_space", 1, 0), "rcv_ssthresh": ("rcv_ssthresh", 1, 0), "notsent": ("notsent", 1, 0),
    "rcv_ooopack": ("ooo", 1, 0), "snd_wnd": ("snd_wnd", 1, 0), "rcv_wnd": ("rcv_wnd", 1, 0),
    "rehash": ("rehash", 1, 0), "snd_wscale": ("snd_wscale", 1, 0), "rcv_wscale": ("rcv_wscale", 1, 0),
    "skmem_rmem_alloc": ("rmem_alloc", 1, 0), "skmem_rcvbuf": ("rcvbuf", 1, 0),
    "skmem_wmem_alloc": ("wmem_alloc", 1, 0), "skmem_sndbuf": ("sndbuf", 1, 0),
    "skmem_fwd_alloc": ("fwd_alloc", 1, 0), "skmem_wmem_queued": ("wmem_queued", 1, 0),
    "flags": ("mptcp_flags", None, 0), "token": ("mptcp_token", None, 0), "mptcp_map": ("mptcp_map", None, 0),
    "send": ("send_rate", 1 / 8, 1), "bbr_bw": ("bbr_bw", 1 / 8, 1), "bbr_mrtt": ("bbr_mrtt_us", 1000, 1),
    "bbr_pacing_gain": ("bbr_pacing_gain", 1, 1e-4), "bbr_cwnd_gain": ("bbr_cwnd_gain", 1, 1e-4),
    "tos": ("tos", 1, 0), "tclass": ("tclass", 1, 0), "class_id": ("class_id", 1, 0),
    "skmem_omem_alloc": ("omem_alloc", 1, 0), "skmem_backlog": ("sk_backlog", 1, 0), "skmem_drops": ("drops", 1, 0),
}
# The same, of what grows with time: between what ss said before and after, but for a jiffy and a rounding.
AGES = {"lastsnd": "lastsnd_us", "lastrcv": "lastrcv_us", "lastack": "lastack_us"}
JIFFIES_US = 10_000
ELSEWHERE = {
    "lport", "rport", "laddr",  # how the socket was found
    "users",                    # test_owners
    "cgroup",                   # ss names v1 and v2 alike; compared as text below when both know it
    "ulp",                      # test_owners
    "dctcp",                    # nothing tells it
    "app_limited", "options", "timer", "v6only",  # compared below
}

# connections, where others have bytes
OF_LISTENERS = {"recvq": ("accept_queue", 1, 0), "sendq": ("accept_limit", 1, 0)}
FOR_CHILDREN = {"cc", "cwnd", "unacked"}  # of a listener: not its own, or its accept queue once more


def compare(row, before, sock, what):
    wrong = []
    for name, value in sock.items():
        if name in AGES:
            got = row.get(AGES[name])
            if got is None or not before.get(name, 0) * 1000 - JIFFIES_US <= got <= value * 1000 + JIFFIES_US:
                wrong.append("%s=%r (ss: %s to %s ms)" % (AGES[name], got, before.get(name, 0), value))
            continue
        if name in ELSEWHERE or (sock["state"] == "listen" and name in FOR_CHILDREN):
            continue
        if name not in FIELDS:
            raise AssertionError("%s: ss prints %s, which nothing here compares" % (what, name))
        ours, factor, tolerance = sock["state"] == "listen" and OF_LISTENERS.get(name) or FIELDS[name]
        got = row.get(ours)
        if factor is None:
            good = str(got) == (str(int(value, 16)) if name == "sk" else value)
        else:
            good = got is not None and abs(got - float(value) * factor) <= tolerance
        if not good:
            wrong.append("%s=%r (ss: %s %s)" % (ours, got, name, value))
    if sock["state"] not in ("listen", "time-wait"):
        if sorted(row.get("options", "").split()) != sorted(sock["options"]):
            wrong.append("options=%r (ss: %s)" % (row.get("options"), sock["options"]))
        if row.get("app_limited", False) != sock.get("app_limited", False):
            wrong.append("app_limited=%r (ss: %r)" % (row.get("app_limited"), sock.get("app_limited", False)))
    if "timer" in sock and sock["timer"].strip("()").split(",")[0] != row.get("timer"):
        wrong.append("timer=%r (ss: %s)" % (row.get("timer"), sock["timer"]))
    holds(not wrong, "%s: %s" % (what, "; ".join(wrong)))


def compare_quiet(top, peer, lport, rport, what, *extra):
    """Compares when ss says the same before and after the tick (ages apart): the socket was idle."""
    def calm(sock):
        return {k: v for k, v in sock.items() if not k.startswith("last") and k != "timer"}
    for _ in range(10):
        before = ss.one(peer, lport, rport, *extra)
        want = {"rport": rport} if rport else {"state": "listen"}
        row = top.row(netns=peer.netns, lport=lport, **want)
        after = ss.one(peer, lport, rport, *extra)
        if calm(before) == calm(after):
            compare(row, before, after, what)
            return
    raise AssertionError(what + ": never idle")


def both(top, peer, client, what):
    compare_quiet(top, peer, client["lport"], client["rport"], what + ", client")
    compare_quiet(top, peer, client["rport"], client["lport"], what + ", server")


def monitor():
    return Skbtop("-a", "-x")


def fresh():
    with Peer() as peer, monitor() as top:
        both(top, peer, peer.pair(0, 1, 2), "no data")


def after_traffic():
    with Peer() as peer:
        client = peer.pair(0, 1, 2)
        peer("move 1 2 1000000", "move 2 1 50000")
        with monitor() as top:
            both(top, peer, client, "1 MB")
            peer("move 1 2 3000000")
            both(top, peer, client, "4 MB")


def v6_and_mapped():
    with Peer() as peer, monitor() as top:
        both(top, peer, peer.pair(0, 1, 2, "::1"), "v6")
        both(top, peer, peer.pair(3, 4, 5, "::ffff:127.0.0.1", "::"), "mapped")


def unread_data():
    with Peer() as peer, monitor() as top:
        client = peer.pair(0, 1, 2)
        peer("send 1 30000")
        both(top, peer, client, "30,000 bytes unread")


def half_closed():
    with Peer() as peer, monitor() as top:
        client = peer.pair(0, 1, 2)
        peer("move 1 2 5000", "shutdown 1 wr", "eof 2")
        both(top, peer, client, "half closed")


def options_and_timers():
    with Peer() as peer, monitor() as top:
        client = peer.pair(0, 1, 2)
        peer("option 1 keepalive 1", "option 1 sndbuf 100000", "option 2 rcvbuf 50000", "move 1 2 20000")
        both(top, peer, client, "keepalive, buffers set")


def time_wait_left(peer, lport):
    """What ss says of the time that a TIME-WAIT socket has left, in microseconds; None: it is not there."""
    for line in peer.inside("ss", "-tanoH", "state", "time-wait", "sport = :%d" % lport).splitlines():
        found = re.search(r"timer:\(timewait,(?:(\d+)min)?(?:(\d+)sec)?(?:(\d+)ms)?,", line)
        minutes, seconds, ms = (int(n or 0) for n in found.groups())
        return ((minutes * 60 + seconds) * 1000 + ms) * 1000
    return None


def time_wait():
    """How long it still lives; nothing else is known of a minisock, and what was known of its connection stays."""
    with Peer() as peer, monitor() as top:
        top.settled()
        client = peer.pair(0, 1, 2)
        peer("move 1 2 5000", "close 1", "eof 2", "close 2")
        here = {"netns": peer.netns, "lport": client["lport"], "rport": client["rport"]}
        top.wait(lambda t: [r for r in t.find(state="time-wait", **here) if "timer_us" in r], "its timer")
        before = time_wait_left(peer, client["lport"])
        row = top.row(state="time-wait", **here)
        after = time_wait_left(peer, client["lport"])
        equal(row["timer"], "time-wait", "timer")
        holds(after - 1_000_000 <= row["timer_us"] <= before + 1_000_000,
              "%d, by ss %d to %d" % (row["timer_us"], after, before))
        equal(row["tx_bytes"], 5000, "tx_bytes")
    with Peer() as peer:
        client = peer.pair(0, 1, 2)
        peer("close 1", "eof 2", "close 2")
        with monitor() as top:  # of one that it has seen in TIME-WAIT only
            here = {"netns": peer.netns, "lport": client["lport"], "rport": client["rport"]}
            row = top.wait(lambda t: [r for r in t.find(state="time-wait", **here) if "timer_us" in r], "its timer")[0]
            equal([row.get(k) for k in ("timer", "bytes_acked", "tos", "mark", "rcv_space")],
                  ["time-wait"] + [None] * 4, "known")


def marked_for_the_network():
    """Type of service, traffic class, and the class that qdiscs go by."""
    with Peer() as peer, monitor() as top:
        client = peer.pair(0, 1, 2)
        peer("option 1 tos 16", "option 1 priority 5")
        both(top, peer, client, "v4")
        equal([top.row(netns=peer.netns, lport=client["lport"]).get(k) for k in ("tos", "tclass", "class_id")],
              [16, None, 5], "v4")
        client = peer.pair(3, 4, 5, "::1")
        peer("option 4 tclass 32", "option 4 tos 8")
        both(top, peer, client, "v6")
        row = top.row(netns=peer.netns, lport=client["lport"], rport=client["rport"])
        equal((row["tos"], row["tclass"]), (8, 32), "v6")


def listeners():
    with Peer() as peer, monitor() as top:
        port = peer("tcp 0 4", "bind 0 127.0.0.1 0", "listen 0 7")["lport"]
        compare_quiet(top, peer, port, 0, "empty", "-l")
        peer("tcp 1 4", "connect 1 127.0.0.1 %d" % port, "tcp 2 4", "connect 2 127.0.0.1 %d" % port)
        compare_quiet(top, peer, port, 0, "two waiting", "-l")


def settings_of_idle_sockets():
    """What a program sets without sending a packet is seen within ten ticks, of every socket."""
    pairs = 12
    names = "id,netns,lport,rport,uid,rcvbuf,sndbuf,cc,pacing_rate"
    with Peer() as peer, Skbtop("-a", columns=names) as top:
        listener = peer("tcp 0 4", "bind 0 127.0.0.1 0", "listen 0 64")["lport"]
        ports = []
        for i in range(1, pairs + 1):
            ports.append(peer("tcp %d 4" % i, "connect %d 127.0.0.1 %d" % (i, listener))["lport"])
            peer("accept 0 %d" % (100 + i))
        for _ in range(20):  # idle for so long that nothing new is written of them
            top.tick()
        for command, column in (("option %d rcvbuf 50000", "rcvbuf"), ("option %d sndbuf 60000", "sndbuf"),
                                ("congestion %d cubic", "cc"), ("option %d pacing 1000000", "pacing_rate"),
                                ("chown %d 65534", "uid")):
            before = {p: top.row(netns=peer.netns, lport=p).get(column) for p in ports}
            for i in range(1, pairs + 1):
                peer(command % i)
            tick = top.settled()  # the first
            for _ in range(9):
                tick = top.tick()
            old = [p for p in ports if tick.find(netns=peer.netns, lport=p)[0].get(column) == before[p]]
            equal(old, [], "sockets whose %s is old after ten ticks" % column)


def other_congestion_controls():
    with Peer() as peer, monitor() as top:
        available = run("sysctl", "-n", "net.ipv4.tcp_available_congestion_control").split()
        for name in ("reno", "cubic", "bbr"):
            if name not in available:
                raise Skip("the kernel has no " + name)
            client = peer.pair(0, 1, 2)
            peer("congestion 1 " + name, "congestion 2 " + name, "move 1 2 200000")
            both(top, peer, client, name)
            peer("close 0", "close 1", "close 2")


def mptcp_subflow():
    with Peer() as peer, monitor() as top:
        try:
            port = peer("mptcp 0 4", "bind 0 127.0.0.1 0", "listen 0 4")["lport"]
        except OSError as e:
            raise Skip("no MPTCP: %s" % e) from None
        client = peer("mptcp 1 4", "connect 1 127.0.0.1 %d" % port)
        peer("accept 0 2", "move 1 2 100000", "move 2 1 50")
        holds("token" in ss.one(peer, client["lport"], port), "ss prints its token")
        both(top, peer, client, "MPTCP")


def after_loss():
    """The receiver loses its address for a while: the retransmits are real, and nstat of the namespace has them."""
    with Peer() as a, Peer() as b, monitor() as top:
        veth(a, b)
        port = b("tcp 0 4", "bind 0 10.99.0.2 0", "listen 0 4")["lport"]
        client = a("tcp 1 4", "connect 1 10.99.0.2 %d" % port)
        b("accept 0 2")
        a("send 1 2000")
        b("recv 2 2000")
        b.inside("ip", "address", "flush", "dev", "vb")
        a("send 1 5000")
        here = {"netns": a.netns, "lport": client["lport"], "rport": port}
        top.wait(lambda t: [r for r in t.find(**here) if r.get("retrans", 0) >= 2], "two retransmits")
        b.inside("ip", "address", "add", "10.99.0.2/24", "dev", "vb")
        b("recv 2 5000")
        compare_quiet(top, a, client["lport"], port, "after loss")
        row = top.row(**here)
        text = a.inside("nstat", "-asz", "TcpRetransSegs")
        counted = int([line.split()[1] for line in text.splitlines() if line.startswith("TcpRetransSegs")][0])
        equal(row["retrans"], counted, "retrans and TcpRetransSegs")
        parts = [row.get("retrans_" + k) for k in ("fast", "rto", "tlp", "syn")]
        holds(None in parts or sum(parts) == counted, "retransmits by kind %s, together %d" % (parts, counted))
        equal(row["tx_bytes"], 7000, "tx_bytes")


main([fresh, after_traffic, v6_and_mapped, unread_data, half_closed, options_and_timers, time_wait,
      marked_for_the_network, listeners, settings_of_idle_sockets,
      other_congestion_controls, mptcp_subflow, after_loss])
