"""Byte totals of TCP connections equal what the programs at both ends counted: connections older than skbtop, new
ones, and ones that begin and end between two ticks; 0, 1, 1,000 and 10 MB each way; v4, v6, mapped v4, veth."""

from witness import Peer, Skbtop, Skip, equal, holds, main, veth

SIZES = (0, 1, 1000, 10_000_000)
HOSTS = {"v4": "127.0.0.1", "v6": "::1", "mapped": "::ffff:127.0.0.1"}
COLUMNS = "id,netns,proto,state,dir,laddr,lport,raddr,rport,rx_bytes,tx_bytes,pid,comm"
CLIENT, SERVER, LISTENER = 1, 2, 0


def connect(peer, host):
    return peer.pair(LISTENER, CLIENT, SERVER, host, bind="::" if host.startswith("::ffff") else host)


def exchange(peer, up, down):
    """Moves bytes both ways; what each end counted: (client sent, client received)."""
    peer("move %d %d %d" % (CLIENT, SERVER, up), "move %d %d %d" % (SERVER, CLIENT, down))
    client, server = peer("name %d" % CLIENT), peer("name %d" % SERVER)
    equal((server["received"], server["sent"]), (client["sent"], client["received"]), "the ends' own counts")
    return client


def check(row, sent, received, what):
    equal((row.get("tx_bytes"), row.get("rx_bytes")), (sent, received), what + ": tx_bytes, rx_bytes")


def ends(peer, client):
    """Descriptions of the client's and of the server's row."""
    return ({"netns": peer.netns, "lport": client["lport"], "rport": client["rport"]},
            {"netns": peer.netns, "lport": client["rport"], "rport": client["lport"]})


def check_both(rows, client, what):
    """Both ends' rows against the client's own counts."""
    check(rows[0], client["sent"], client["received"], what + ", client")
    check(rows[1], client["received"], client["sent"], what + ", server")


def check_living(top, peer, client, what):
    rows = top.rows(*ends(peer, client))
    check_both(rows, client, what)
    return rows[0]


def check_ended(top, peer, client, what):
    check_both([top.ended(**end) for end in ends(peer, client)], client, what)


def each_size(peer, host):
    for n in SIZES:
        for up, down in ((n, 0), (0, n), (n, n)):
            if (up, down) == (n, n) or n:
                connect(peer, host)
                yield "%d up, %d down" % (up, down), exchange(peer, up, down)


def older(host):
    with Peer() as peer:
        connect(peer, host)
        client = exchange(peer, 1000, 10_000_000)
        with Skbtop("-a", columns=COLUMNS) as top:
            check_living(top, peer, client, "before the start")
            client = exchange(peer, 1, 1000)
            check_living(top, peer, client, "after the start")
            peer("close %d" % CLIENT, "eof %d" % SERVER, "close %d" % SERVER)
            check_ended(top, peer, client, "ended")


def short(host):
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        top.settled()
        for what, client in each_size(peer, host):
            peer("close %d" % CLIENT, "eof %d" % SERVER, "close %d" % SERVER, "close %d" % LISTENER)
            check_ended(top, peer, client, what)


def new(host):
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        top.settled()
        for what, client in each_size(peer, host):
            row = check_living(top, peer, client, what)
            equal((row["dir"], row["pid"]), ("out", peer.pid), what + ": dir, pid")
            holds(row["laddr"].endswith(HOSTS["v4"] if "127" in host else host), what + ": laddr " + row["laddr"])
            peer("close %d" % SERVER, "eof %d" % CLIENT, "close %d" % CLIENT, "close %d" % LISTENER)
            check_ended(top, peer, client, what + ", ended by the server")


def older_v4():
    older(HOSTS["v4"])


def older_v6():
    older(HOSTS["v6"])


def older_mapped():
    older(HOSTS["mapped"])


def new_v4():
    new(HOSTS["v4"])


def new_v6():
    new(HOSTS["v6"])


def new_mapped():
    new(HOSTS["mapped"])


def short_v4():
    short(HOSTS["v4"])


def short_v6():
    short(HOSTS["v6"])


def short_mapped():
    short(HOSTS["mapped"])


def between_namespaces():
    with Peer() as client, Peer() as server:
        veth(client, server)
        with Skbtop("-a", columns=COLUMNS) as top:
            top.settled()
            for n in SIZES:
                port = server("tcp 0 4", "bind 0 10.99.0.2 0", "listen 0 4")["lport"]
                client("tcp 1 4", "connect 1 10.99.0.2 %d" % port)
                server("accept 0 2")
                client.begin("send 1 %d" % n)
                server("recv 2 %d" % n)
                client.reply()
                server.begin("send 2 %d" % (n // 2))
                client("recv 1 %d" % (n // 2))
                server.reply()
                a, b = client("name 1"), server("name 2")
                near = {"netns": client.netns, "lport": a["lport"], "rport": port}
                far = {"netns": server.netns, "lport": port, "rport": a["lport"]}
                check(top.row(**near), a["sent"], a["received"], "%d, client" % n)
                check(top.row(**far), b["sent"], b["received"], "%d, server" % n)
                client("close 1")
                server("eof 2", "close 2", "close 0")
                check(top.ended(**near), a["sent"], a["received"], "%d, client ended" % n)
                check(top.ended(**far), b["sent"], b["received"], "%d, server ended" % n)


def repaired(peer):
    """Both ends of a connection (slots 1 and 2) made by TCP_REPAIR, as CRIU restores one: no SYN was ever sent."""
    ports = [peer("tcp %d 4" % slot, "bind %d 127.0.0.1 0" % slot)["lport"] for slot in (1, 2)]
    peer("close 1", "close 2", "tcp 1 4", "tcp 2 4")
    for slot, port, remote, sent, received in ((1, *ports, 1000, 2000), (2, *reversed(ports), 2000, 1000)):
        try:
            peer("option %d repair 1" % slot)
        except OSError as e:
            raise Skip("no TCP_REPAIR: %s" % e) from None
        peer("option %d repair_queue 2" % slot, "option %d queue_seq %d" % (slot, sent),
             "option %d repair_queue 1" % slot, "option %d queue_seq %d" % (slot, received),
             "bind %d 127.0.0.1 %d" % (slot, port), "connect %d 127.0.0.1 %d" % (slot, remote))
    peer("option 1 repair 0", "option 2 repair 0")
    return {"lport": ports[0], "rport": ports[1]}


def opened_by_repair():
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        top.settled()
        for up, down in ((0, 0), (1, 0), (1000, 1)):
            repaired(peer)
            client = exchange(peer, up, down)
            check_living(top, peer, client, "%d up, %d down" % (up, down))
            peer("close 1", "eof 2", "close 2")
            check_ended(top, peer, client, "%d up, %d down, ended" % (up, down))


def every_end_is_told_once():
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        top.settled()
        ports = []
        for _ in range(20):
            client = connect(peer, HOSTS["v4"])
            ports.append((client["lport"], client["rport"]))
            peer("close %d" % SERVER, "eof %d" % CLIENT, "close %d" % CLIENT, "close %d" % LISTENER)
        for local, remote in ports:
            top.ended(netns=peer.netns, lport=local, rport=remote)
        top.settled()
        twice = [i for i, n in top.end_count.items() if n > 1]
        equal(twice, [], "ids told to have ended more than once")


main([older_v4, older_v6, older_mapped, new_v4, new_v6, new_mapped, short_v4, short_v6, short_mapped,
      between_namespaces, opened_by_repair, every_end_is_told_once])
