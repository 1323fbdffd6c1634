"""States as ss prints them: TIME_WAIT with its last totals, half-closed, orphans, aborted, SYN-SENT, listeners."""

import ss
from witness import Peer, Skbtop, equal, holds, main, veth

COLUMNS = ("id,netns,proto,state,dir,laddr,lport,raddr,rport,rx_bytes,tx_bytes,pid,owner,owners,accept_queue,"
           "accept_limit,recvq,sendq,nofile,aborted,ended,state_us,resets")


def ends(client):
    """Arguments for the client's and the server's row."""
    return ({"lport": client["lport"], "rport": client["rport"]}, {"lport": client["rport"], "rport": client["lport"]})


def time_wait_keeps_the_last_totals():
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        top.settled()
        client = peer.pair(0, 1, 2)
        peer("move 1 2 3333", "move 2 1 44", "close 1", "eof 2", "close 2")
        here, there = ends(client)
        row = top.wait(lambda t: t.find(netns=peer.netns, state="time-wait", **here), "a row in time-wait")[0]
        equal((row.get("tx_bytes"), row.get("rx_bytes")), (3333, 44), "bytes in time-wait")
        equal([s["state"] for s in ss.sockets(peer, "-a") if s["lport"] == client["lport"]], ["time-wait"], "ss")
        row = top.ended(netns=peer.netns, **there)
        equal((row["state"], row["tx_bytes"], row["rx_bytes"]), ("closed", 44, 3333), "the other end")
        for _ in range(5):
            rows = top.settled().find(netns=peer.netns, **here)
            equal([r["state"] for r in rows], ["time-wait"], "later")


def half_closed():
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        client = peer.pair(0, 1, 2)
        here, there = ends(client)
        peer("move 1 2 100", "shutdown 1 wr", "eof 2", "move 2 1 900")
        tick = top.settled()
        a, b = tick.find(netns=peer.netns, **here)[0], tick.find(netns=peer.netns, **there)[0]
        equal((a["state"], b["state"]), ("fin-wait-2", "close-wait"), "states")
        equal((a["tx_bytes"], a["rx_bytes"], b["tx_bytes"], b["rx_bytes"]), (100, 900, 900, 100), "bytes without FIN")


def orphan_in_fin_wait_2():
    """Closed by its program, while the other end keeps its half open: nobody holds it."""
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        top.settled()
        client = peer.pair(0, 1, 2)
        here, there = ends(client)
        peer("move 1 2 777", "close 1", "eof 2")
        row = top.wait(lambda t: t.find(netns=peer.netns, state="fin-wait-2", **here), "fin-wait-2")[0]
        equal(row.get("tx_bytes"), 777, "tx_bytes")
        holds(row["owner"] != "exact", "owner %r of an orphan" % row["owner"])
        equal(top.row(netns=peer.netns, **there)["state"], "close-wait", "the other end")


def aborted_by_reset():
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        top.settled()
        client = peer.pair(0, 1, 2)
        here, there = ends(client)
        peer("move 1 2 5000", "move 2 1 60", "abort 1")
        a, b = top.ended(netns=peer.netns, **here), top.ended(netns=peer.netns, **there)
        equal((a["state"], b["state"]), ("closed", "closed"), "states")
        equal((a["tx_bytes"], a["rx_bytes"], b["tx_bytes"], b["rx_bytes"]), (5000, 60, 60, 5000), "bytes")


def closed_with_unread_data():
    """The kernel answers with a RST; what was received in order is still counted."""
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        top.settled()
        client = peer.pair(0, 1, 2)
        here, there = ends(client)
        peer("send 1 4096", "peek 2 1", "close 2")
        equal(top.ended(netns=peer.netns, **there)["rx_bytes"], 4096, "rx_bytes of the closer")
        equal(top.ended(netns=peer.netns, **here)["tx_bytes"], 4096, "tx_bytes of the sender")


def resets_of_both_ends(break_up):
    """A RST is counted where it is sent and where it comes in: in the row that tells of the end, told once, whenever in
    a tick it comes."""
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        top.settled()
        for _ in range(20):
            client = peer.pair(0, 1, 2)
            here, there = ends(client)
            break_up(peer)
            a, b = (top.ended(netns=peer.netns, **end) for end in (here, there))
            equal((a["resets"], b["resets"], a["aborted"], b["aborted"]), (1, 1, True, True), "resets, aborted")
        top.settled()
        equal([i for i, n in top.end_count.items() if n > 1], [], "ids told to have ended more than once")


def resets_of_an_abort():
    resets_of_both_ends(lambda peer: peer("abort 1", "close 2", "close 0"))


def resets_of_a_close_with_unread_data():
    resets_of_both_ends(lambda peer: peer("send 1 4096", "peek 2 1", "close 2", "close 1", "close 0"))


def resets_of_a_disconnect():
    """The file stays open: no end of the socket says that nothing more can come."""
    resets_of_both_ends(lambda peer: peer("disconnect 1", "close 2", "close 1", "close 0"))


def unread_data():
    """A receiver that does not read is not idle: data waits for it."""
    with Peer() as peer, Skbtop("-a", columns=COLUMNS + ",limited") as top:
        client = peer.pair(0, 1, 2)
        here, there = ends(client)
        peer("send 1 30000")
        row = top.wait(lambda t: [r for r in t.find(netns=peer.netns, **there) if r.get("limited") == "not_reading"],
                       "not reading")[0]
        equal(row["recvq"], 30000, "recvq")
        top.wait(lambda t: t.find(netns=peer.netns, limited="idle", **here), "the sender is idle")
        peer("recv 2 30000")
        top.wait(lambda t: t.find(netns=peer.netns, limited="idle", **there), "idle once it is read")
        peer("close 1", "eof 2")
        row = top.row(netns=peer.netns, **there)
        equal(row.get("limited") == "not_reading", False, "a FIN alone is nothing to read")


def listener_with_accept_queue():
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        port = peer("tcp 0 4", "bind 0 127.0.0.1 0", "listen 0 5")["lport"]
        row = top.wait(lambda t: t.find(netns=peer.netns, lport=port, state="listen"), "the listener")[0]
        equal((row["dir"], row["accept_queue"], row["accept_limit"]), ("listen", 0, 5), "empty")
        for slot in (1, 2, 3):
            peer("tcp %d 4" % slot, "connect %d 127.0.0.1 %d" % (slot, port))
        row = top.settled().find(netns=peer.netns, lport=port, state="listen")[0]
        equal((row["accept_queue"], row["accept_limit"]), (3, 5), "three waiting")
        witness = ss.one(peer, port, 0, "-l")
        equal((row["accept_queue"], row["accept_limit"]), (witness["recvq"], witness["sendq"]), "as ss")
        equal((row.get("recvq"), row.get("sendq")), (None, None), "bytes of what holds none")
        waiting = top.wait(lambda t: t.find(netns=peer.netns, lport=port, state="estab", dir="in"), "their other ends")
        equal(len(waiting), 3, "connections that nobody accepted")
        peer("accept 0 11", "accept 0 12")
        row = top.row(netns=peer.netns, lport=port, state="listen")
        equal(row["accept_queue"], 1, "after two accepts")
        peer("close 0")
        top.ended(netns=peer.netns, lport=port, dir="listen")


def syn_sent():
    with Peer() as a, Peer() as b, Skbtop("-a", columns=COLUMNS) as top:
        veth(a, b)
        b.inside("ip", "link", "set", "vb", "down")
        a("tcp 1 4", "begin 1 10.99.0.2 80")
        row = top.wait(lambda t: t.find(netns=a.netns, rport=80), "the row")[0]
        equal((row["state"], row["dir"], row["pid"]), ("syn-sent", "out", a.pid), "state, dir, pid")
        a("close 1")
        row = top.ended(netns=a.netns, rport=80)
        equal((row.get("tx_bytes", 0), row.get("rx_bytes", 0)), (0, 0), "bytes of a connection that never was")


def refused():
    """The SYN is answered with a RST: a connection that lived for microseconds."""
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        top.settled()
        try:
            peer("tcp 1 4", "connect 1 127.0.0.1 9")
        except ConnectionRefusedError:
            pass
        row = top.ended(netns=peer.netns, rport=9)
        equal((row["dir"], row.get("tx_bytes", 0), row.get("rx_bytes", 0)), ("out", 0, 0), "dir, bytes")


main([time_wait_keeps_the_last_totals, half_closed, orphan_in_fin_wait_2, aborted_by_reset, closed_with_unread_data,
      resets_of_an_abort, resets_of_a_close_with_unread_data, resets_of_a_disconnect, unread_data,
      listener_with_accept_queue, syn_sent, refused])
