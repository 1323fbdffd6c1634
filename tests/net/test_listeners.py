"""Listeners' queues: how long they are and were, who is refused, and how evenly connections are spread, against ss,
nstat and what the traffic maker did itself."""

from witness import Peer, Skbtop, counter, equal, holds, main, nft, veth

COLUMNS = "netns,lport,laddr,pid,accept_queue,accept_limit,accept_high,accept_high_60s,accept_rate,refused_rate," \
    "overflow_rate,cookies_rate,drops,syn_queue,syn_limit,accept_waiting_us,members,connections,syn_recv,reuseport_skew"
CLIENTS = range(1, 7)
SERVED = range(100, 200)


def listen(peer, slot=0, backlog=8, host="127.0.0.1", port=0, option=None):
    return peer("tcp %d 4" % slot, *([option] if option else []), "bind %d %s %d" % (slot, host, port),
                "listen %d %d" % (slot, backlog))["lport"]


def connect(peer, port, slots, host="127.0.0.1"):
    for slot in slots:
        peer("tcp %d 4" % slot, "connect %d %s %d" % (slot, host, port))


def accept(peer, count, listener=0, first=SERVED[0]):
    for slot in range(first, first + count):
        peer("accept %d %d" % (listener, slot))


def queues(peer, port):
    """What ss has as Recv-Q and Send-Q of the listener."""
    line = peer.inside("ss", "-Hltn", "sport = :%d" % port).split()
    return int(line[1]), int(line[2])


def view(**how):
    return Skbtop("--view", "listeners", columns=COLUMNS, **how)


def of(row, *names):
    return tuple(row.get(n) for n in names)


def the_queue_and_its_high_water_mark():
    """Six come, four are accepted, one more comes: three wait, and six have."""
    with Peer() as peer, view() as top:
        top.settled()
        port = listen(peer)
        connect(peer, port, CLIENTS)
        row = top.row(netns=peer.netns, lport=port)
        equal(of(row, "accept_queue", "accept_limit"), queues(peer, port), "queue and limit, as ss has them")
        equal(of(row, "accept_queue", "accept_high", "accept_high_60s"), (6, 6, 6), "six wait")
        accept(peer, 4)
        connect(peer, port, [7])
        row = top.row(netns=peer.netns, lport=port)
        equal(of(row, "accept_queue", "accept_high", "accept_high_60s"), (3, 6, 6), "three wait, six did")


def between_two_ticks():
    """A queue that was long and is empty again before anybody looks."""
    with Peer() as peer, view(interval=1) as top:
        port = listen(peer)
        top.settled()
        connect(peer, port, CLIENTS)
        accept(peer, len(CLIENTS))
        row = top.row(netns=peer.netns, lport=port)
        equal(of(row, "accept_queue", "accept_high"), (0, len(CLIENTS)), "none waits, they did")


def how_long_somebody_waits():
    """Until the last has been accepted it is known for how long the first has waited at least."""
    with Peer() as peer, view() as top:
        port = listen(peer)
        top.settled()
        connect(peer, port, CLIENTS)
        began = top.settled().head["time"]
        tick = top.wait(lambda t: t.find(netns=peer.netns, lport=port)[0].get("accept_waiting_us", 0) > 1500000 and t,
                        "somebody waits")
        waits = tick.find(netns=peer.netns, lport=port)[0]["accept_waiting_us"]
        holds(waits >= (tick.head["time"] - began) * 1e6, "%s since before %s" % (waits, began))
        accept(peer, len(CLIENTS))
        top.wait(lambda t: "accept_waiting_us" not in t.find(netns=peer.netns, lport=port)[0], "nobody waits any more")


def what_is_accepted_in_a_second():
    """Over all ticks as many as accept() has returned."""
    with Peer() as peer, view(interval=0.5) as top:
        port = listen(peer, backlog=100)
        last = top.settled().head["time"]
        seen = [0.0]
        connect(peer, port, range(1, 51))
        accept(peer, 40)

        def add(tick):
            nonlocal last
            rate = tick.find(netns=peer.netns, lport=port)[0].get("accept_rate")
            seen[0] += (rate or 0) * (tick.head["time"] - last)
            last = tick.head["time"]
            return seen[0] > 35
        top.wait(add, "they were accepted")
        add(top.settled())
        holds(36 <= seen[0] <= 44, "40 were accepted, not %s" % seen[0])
        equal(top.row(netns=peer.netns, lport=port)["accept_queue"], 10, "the rest waits")


def who_is_refused():
    """SYNs that find the queue full are counted by the listener, and by nstat."""
    with Peer() as peer, view() as top:
        port = listen(peer, backlog=2)
        top.settled()
        connect(peer, port, range(1, 4))
        peer("tcp 4 4", "begin 4 127.0.0.1 %d" % port)
        row = top.wait(lambda t: [r for r in t.find(netns=peer.netns, lport=port) if r["drops"] >= 2], "refused")[0]
        equal(of(row, "accept_queue", "accept_limit", "accept_high"), (3, 2, 3), "one more than the limit waits")
        top.wait(lambda t: t.find(netns=peer.netns, lport=port)[0]["refused_rate"] > 0, "refused in this tick")
        top.wait(lambda t: t.find(netns=peer.netns, lport=port)[0].get("overflow_rate", 0) > 0,
                 "an overflow of the namespace, whose only listener it is")
        peer("close 4")
        listen(peer, slot=10)
        top.wait(lambda t: "overflow_rate" not in t.find(netns=peer.netns, lport=port)[0], "it is not alone any more")
        row = top.row(netns=peer.netns, lport=port)
        equal(row["drops"], counter(peer, "TcpExtListenDrops"), "as nstat has it")


def handshakes_that_are_not_completed():
    """The client's side drops each SYN-ACK: the listener's SYN queue has them, and they are rows of it."""
    with Peer() as a, Peer() as b, view() as top, Skbtop(columns="netns,lport,rport,state,raddr") as sockets:
        veth(a, b)
        port = listen(b, host="10.99.0.2", backlog=16)
        nft(a, "input", "tcp sport %d drop" % port)
        top.settled()
        for slot in CLIENTS:
            a("tcp %d 4" % slot, "begin %d 10.99.0.2 %d" % (slot, port))
        row = top.row(netns=b.netns, lport=port)
        equal(row["syn_queue"], len(CLIENTS), "handshakes")
        # They are answered again and again, which the listener's own counter has among its drops.
        row = top.wait(lambda t: [r for r in t.find(netns=b.netns, lport=port) if r["drops"] > 0], "SYNs sent again")[0]
        equal(row["refused_rate"], 0, "refused")
        limit = {"0": min(16, 3 * int(b.inside("sysctl", "-n", "net.ipv4.tcp_max_syn_backlog")) // 4), "1": 16}
        equal(row.get("syn_limit"), limit.get(b.inside("sysctl", "-n", "net.ipv4.tcp_syncookies").strip()), "limit")
        row = top.wait(lambda t: [r for r in t.find(netns=b.netns, lport=port) if r["syn_recv"] == len(CLIENTS)],
                       "their rows")[0]
        equal(row["members"], 1 + len(CLIENTS), "the listener and they")
        ports = {r["rport"] for r in sockets.settled().find(netns=b.netns, lport=port, state="syn-recv")}
        equal(ports, {int(line.split()[-1].rsplit(":", 1)[1])
                      for line in b.inside("ss", "-Htn", "state", "syn-recv").splitlines()}, "as ss has them")
        b.inside("sysctl", "-q", "net.ipv4.tcp_syncookies=0", "net.ipv4.tcp_max_syn_backlog=8")
        equal(top.row(netns=b.netns, lport=port)["syn_limit"], 6, "without cookies, of 8")


def syns_that_are_answered_with_cookies():
    """Of five that are not completed three are in the queue, which is one more than the backlog."""
    with Peer() as a, Peer() as b, view() as top:
        veth(a, b)
        b.inside("sysctl", "-q", "net.ipv4.tcp_syncookies=1")
        port = listen(b, host="10.99.0.2", backlog=2)
        nft(a, "input", "tcp sport %d drop" % port)
        top.settled()
        for slot in range(1, 6):
            a("tcp %d 4" % slot, "begin %d 10.99.0.2 %d" % (slot, port))
        top.wait(lambda t: t.find(netns=b.netns, lport=port)[0].get("cookies_rate", 0) > 0, "cookies")
        holds(counter(b, "TcpExtSyncookiesSent") > 0, "nstat knows of no cookie")
        row = top.row(netns=b.netns, lport=port)
        # Older kernels call it full with as many as the backlog.
        holds(row["syn_queue"] in (2, 3) and row["syn_limit"] == 2, "queue and limit: %s" % row)


def siblings_of_which_one_does_not_accept():
    with Peer() as peer, view() as top, Skbtop(columns="netns,lport,state,reuseport_skew") as sockets:
        port = listen(peer, 0, 100, option="option 0 reuseport 1")
        listen(peer, 1, 100, port=port, option="option 1 reuseport 1")
        top.settled()
        connect(peer, port, range(2, 62))
        waiting = [int(line.split()[1]) for line in peer.inside("ss", "-Hltn").splitlines()]
        equal(sum(waiting), 60, "they wait")
        row = top.row(netns=peer.netns, lport=port)
        want = max(waiting) / 30
        holds(abs(row["reuseport_skew"] - want) < 0.01, "%s by what waits, not %s" % (want, row["reuseport_skew"]))
        # The first accepts all that it has: the other has accepted none.
        for slot in SERVED:
            if 0 in (int(line.split()[1]) for line in peer.inside("ss", "-Hltn").splitlines()):
                break
            peer("accept 0 %d" % slot)
        top.wait(lambda t: t.find(netns=peer.netns, lport=port)[0].get("reuseport_skew") == 2.0, "one does it all")
        skews = sorted(r["reuseport_skew"]
                       for r in sockets.settled().find(netns=peer.netns, lport=port, state="listen"))
        equal(skews, [0.0, 2.0], "of each")


if __name__ == "__main__":
    main([the_queue_and_its_high_water_mark, between_two_ticks, how_long_somebody_waits, what_is_accepted_in_a_second,
          who_is_refused, handshakes_that_are_not_completed, syns_that_are_answered_with_cookies,
          siblings_of_which_one_does_not_accept])
