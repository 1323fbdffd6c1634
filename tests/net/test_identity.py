"""What is one connection and what is another: a reused address, a reused file, siblings, repaired sockets, MPTCP."""

from witness import Peer, Skbtop, Skip, equal, holds, main

COLUMNS = ("id,netns,proto,state,dir,laddr,lport,raddr,rport,rx_bytes,tx_bytes,pid,age_us,accept_queue,accept_limit,"
           "mptcp,ulp")


def reused_address_is_a_new_connection():
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        top.settled()
        port = peer("tcp 0 4", "bind 0 127.0.0.1 0", "listen 0 4")["lport"]
        ids = []
        for sent in (111, 2222):
            peer("tcp 1 4", "option 1 reuseaddr 1", "bind 1 127.0.0.1 40001", "connect 1 127.0.0.1 %d" % port,
                 "accept 0 2", "move 1 2 %d" % sent)
            row = top.row(netns=peer.netns, lport=40001, rport=port)
            equal(row["tx_bytes"], sent, "tx_bytes while it lives")
            ids.append(row["id"])
            peer("abort 1", "close 2")
            top.wait(lambda _, i=row["id"]: i in top.ends, "its end")
        holds(ids[0] != ids[1], "both connections have id %s" % ids[0])
        equal([top.ends[i]["tx_bytes"] for i in ids], [111, 2222], "final totals")


def reused_file_is_a_new_connection():
    """connect() to AF_UNSPEC and again on the same descriptor: one cookie, two connections, counters from 0."""
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        top.settled()
        port = peer("tcp 0 4", "bind 0 127.0.0.1 0", "listen 0 4")["lport"]
        first = peer("tcp 1 4", "connect 1 127.0.0.1 %d" % port)
        peer("accept 0 2", "move 1 2 5000")
        one = top.row(netns=peer.netns, lport=first["lport"], rport=port)
        peer("disconnect 1", "close 2")
        second = peer("connect 1 127.0.0.1 %d" % port)
        peer("accept 0 3", "move 1 3 70")
        rows = [r for r in top.settled().find(netns=peer.netns, rport=port, state="estab")]
        equal(len(rows), 1, "established rows")
        equal(rows[0]["tx_bytes"], 70, "tx_bytes of the second connection")
        holds(rows[0]["id"] != one["id"], "both have id %s" % one["id"])
        equal(rows[0]["lport"], second["lport"], "its port")
        top.wait(lambda _: one["id"] in top.ends, "the end of the first")
        equal(top.ends[one["id"]]["tx_bytes"], 5000, "tx_bytes of the first")


def disconnected_between_two_ticks():
    with Peer() as peer, Skbtop("-a", columns=COLUMNS, interval=1) as top:
        top.settled()
        port = peer("tcp 0 4", "bind 0 127.0.0.1 0", "listen 0 4")["lport"]
        peer("tcp 1 4")
        for i, n in enumerate((10, 200, 3000)):
            peer("connect 1 127.0.0.1 %d" % port, "accept 0 %d" % (i + 2), "move 1 %d %d" % (i + 2, n), "disconnect 1")

        def three(_):
            ours = [r for r in top.ends.values() if r["netns"] == peer.netns and r.get("dir") == "out"]
            sums = sorted(r["tx_bytes"] for r in ours)
            return sums if len(sums) >= 3 else None
        equal(top.wait(three, "three ended connections"), [10, 200, 3000], "tx_bytes")


def reuseport_siblings():
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        port = 0
        for slot in range(4):
            answer = peer("tcp %d 4" % slot, "option %d reuseport 1" % slot, "bind %d 127.0.0.1 %d" % (slot, port),
                          "listen %d 16" % slot)
            port = answer["lport"]
        for slot in range(10, 22):
            peer("tcp %d 4" % slot, "connect %d 127.0.0.1 %d" % (slot, port))
        rows = top.settled().find(netns=peer.netns, lport=port, state="listen")
        equal(len({r["id"] for r in rows}), 4, "listeners")
        equal(sum(r["accept_queue"] for r in rows), 12, "waiting connections of all siblings")


def dual_stack_listener():
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        port = peer("tcp 0 6", "bind 0 :: 0", "listen 0 16")["lport"]
        peer("tcp 1 4", "connect 1 127.0.0.1 %d" % port, "accept 0 2")
        peer("tcp 3 6", "connect 3 ::1 %d" % port, "accept 0 4")
        rows = top.settled().find(netns=peer.netns, lport=port)
        equal(sorted(r["state"] for r in rows), ["estab", "estab", "listen"], "states")
        equal(sorted(r["raddr"].replace("::ffff:", "") for r in rows if r["state"] == "estab"),
              ["127.0.0.1", "::1"], "remote addresses")


def repaired_socket():
    """TCP_REPAIR: entering and leaving it neither ends the connection nor makes a second row."""
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        client = peer.pair(0, 1, 2)
        peer("move 1 2 1234")
        here = {"netns": peer.netns, "lport": client["lport"], "rport": client["rport"]}
        before = top.row(**here)
        try:
            peer("option 1 repair 1")
        except OSError as e:
            raise Skip("no TCP_REPAIR: %s" % e) from None
        top.settled()
        peer("option 1 repair 0", "move 1 2 1000")
        after = top.row(**here)
        equal(after["id"], before["id"], "id")
        equal(after["tx_bytes"], 2234, "tx_bytes")


def mptcp_subflows():
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        try:
            port = peer("mptcp 0 4", "bind 0 127.0.0.1 0", "listen 0 4")["lport"]
        except OSError as e:
            raise Skip("no MPTCP: %s" % e) from None
        client = peer("mptcp 1 4", "connect 1 127.0.0.1 %d" % port)
        peer("accept 0 2", "move 1 2 4000")
        here = {"netns": peer.netns, "proto": "tcp", "rport": port, "lport": client["lport"]}
        row = top.wait(lambda t: t.find(**here), "the subflow")[0]
        row = top.wait(lambda t: [r for r in t.find(**here) if r.get("tx_bytes", 0) >= 4000], "its bytes")[0]
        equal(row["tx_bytes"], 4000, "tx_bytes")


main([reused_address_is_a_new_connection, reused_file_is_a_new_connection, disconnected_between_two_ticks,
      reuseport_siblings, dual_stack_listener, repaired_socket, mptcp_subflows])
