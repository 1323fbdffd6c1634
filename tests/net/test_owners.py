"""Owners: the process that holds the socket, right after fork, with threads, when the socket is passed over a unix
socket, and when nobody holds it any more."""

import contextlib
import os
import time

import ss
from witness import Peer, Skbtop, Skip, equal, holds, main, meanwhile, too_late

COLUMNS = "id,netns,proto,state,dir,lport,rport,pid,comm,uid,owner,owners,inode,nofile"


def owner_of(top, peer, answer):
    row = top.row(netns=peer.netns, lport=answer["lport"], rport=answer["rport"])
    return row.get("pid"), row.get("owners"), row


def both_ends_of_a_connection():
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        top.settled()
        client = peer.pair(0, 1, 2)
        pid, owners, row = owner_of(top, peer, client)
        equal((pid, owners, row["comm"], row["owner"]), (peer.pid, 1, "peer", "exact"), "client")
        pid, owners, row = owner_of(top, peer, {"lport": client["rport"], "rport": client["lport"]})
        equal((pid, owners, row["comm"]), (peer.pid, 1, "peer"), "server")
        holds(row["owner"] in ("exact", "seeded"), "server's owner is %r" % row["owner"])
        listener = top.settled().find(netns=peer.netns, state="listen")
        equal([r.get("pid") for r in listener], [peer.pid], "listener")


def older_than_skbtop():
    with Peer() as peer:
        client = peer.pair(0, 1, 2)
        with Skbtop("-a", columns=COLUMNS) as top:
            pid, owners, row = owner_of(top, peer, client)
            equal((pid, owners, row["comm"]), (peer.pid, 1, "peer"), "client")
            holds(row["owner"] in ("seeded", "exact"), "owner is %r" % row["owner"])


def after_fork():
    """The usual server: accept, fork, the parent closes its copy."""
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        top.settled()
        client = peer.pair(0, 1, 2)
        server = {"lport": client["rport"], "rport": client["lport"]}
        child = peer("fork")["pid"]
        pid, owners, _ = owner_of(top, peer, server)
        equal(owners, 2, "owners while both hold it")
        holds(pid in (peer.pid, child), "pid %r" % pid)
        peer("close 2")
        top.settled()
        pid, owners, row = owner_of(top, peer, server)
        equal((pid, owners), (child, 1), "after the parent closed it")
        equal(row["comm"], "peer", "comm")


@contextlib.contextmanager
def many_births():
    """Connections that come and go in a namespace of their own."""
    with Peer() as peer:
        port = peer("tcp 0 4", "bind 0 127.0.0.1 0", "listen 0 4")["lport"]
        with meanwhile(lambda: peer("tcp 1 4", "connect 1 127.0.0.1 %d" % port, "accept 0 2", "close 1", "close 2")):
            yield


def reset_before_the_next_tick():
    """Accepted, and reset by the other end before a tick: nobody of its own closes it. Where accept() cannot be hooked,
    passes between ticks know who held it, while many connections come in."""
    interval = 2
    with many_births(), Peer() as peer, Skbtop("-a", interval=interval, columns=COLUMNS) as top:
        port = peer("tcp 0 4", "bind 0 127.0.0.1 0", "listen 0 4")["lport"]
        top.settled()
        peer("tcp 1 4", "connect 1 127.0.0.1 %d" % port, "accept 0 2")
        time.sleep(interval / 3)  # a pass comes every eighth of a tick, and nothing tells of it
        peer("abort 1")
        end = top.wait(lambda t: t.find(netns=peer.netns, lport=port, state="closed"), "its end")[0]
        equal((end.get("pid"), end.get("comm"), end.get("owner")), (peer.pid, "peer", "exact"), "owner")


def named_by_the_thread_group_leader():
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        top.settled()
        port = peer("tcp 0 4", "bind 0 127.0.0.1 0", "listen 0 4")["lport"]
        peer("tcp 1 4", "thread worker-7 connect 1 127.0.0.1 %d" % port, "thread acceptor accept 0 2")
        for slot in (1, 2):
            pid, owners, row = owner_of(top, peer, peer("name %d" % slot))
            equal((pid, owners, row["comm"]), (peer.pid, 1, "peer"), "slot %d" % slot)


def passed_over_a_unix_socket():
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        top.settled()
        child = peer("fork")["pid"]
        client = peer.pair(0, 1, 2)
        peer("pass 1 0")
        pid, owners, _ = owner_of(top, peer, client)
        equal(owners, 2, "owners while both hold it")
        holds(pid in (peer.pid, child), "pid %r" % pid)
        peer("close 1")
        top.settled()
        pid, owners, _ = owner_of(top, peer, client)
        equal((pid, owners), (child, 1), "after the sender closed it")


def in_flight():
    """No file table holds it: still a row, with its last owner or none, and not taken for closed."""
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        top.settled()
        client = peer.pair(0, 1, 2)
        pid, _, _ = owner_of(top, peer, client)
        equal(pid, peer.pid, "before")
        peer("inflight 1")
        for _ in range(6):
            row = top.row(netns=peer.netns, lport=client["lport"], rport=client["rport"])
            equal(row["state"], "estab", "state")
            holds(row["owner"] != "closer", "owner %r" % row["owner"])


def closed_by_the_kernel():
    """A worker thread of the kernel closes what programs have left behind: it is not the owner of anything."""
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        top.settled()
        for known in (True, False):  # the row before the end knows who held it, or there is none
            client = peer.pair(0, 1, 2)
            if known:
                top.settled()
            server = {"netns": peer.netns, "lport": client["rport"], "rport": client["lport"]}
            peer("garbage 2", "eof 1", "close 1", "close 0")
            end = top.ended(**server)
            equal((end.get("pid", peer.pid), end.get("comm", "peer")), (peer.pid, "peer"), "owner")
            equal(end.get("pid"), peer.pid if known else end.get("pid"), "owner of the row before")


def direct_descriptors():
    """An io_uring holds the socket, and no table of files: ss names nobody. The row goes on with who opened it, or
    nobody, and the worker thread of the kernel that takes the ring apart is not its owner."""
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        top.settled()
        client = peer.pair(0, 1, 2)
        both = [{"netns": peer.netns, "lport": client[a], "rport": client[b]}
                for a, b in (("lport", "rport"), ("rport", "lport"))]
        top.rows(*both)
        try:
            peer("ring 1", "ring 2")
        except OSError as e:
            raise Skip("no io_uring: %s" % e) from None
        equal({s["users"] for s in ss.sockets(peer) if s["state"] == "estab"}, {""}, "users by ss")
        for _ in range(6):
            for row in top.rows(*both):
                equal(row["state"], "estab", "state")
                equal((row.get("pid", peer.pid), row.get("comm", "peer")), (peer.pid, "peer"), "owner")
        peer("close 1", "close 2")
        opened, accepted = (top.ended(**end) for end in both)
        equal((opened.get("pid"), opened.get("comm")), (peer.pid, "peer"), "owner of the end that was opened")
        equal(accepted.get("comm", "peer"), "peer", "owner of the end that was accepted")


def direct_descriptors_from_the_first_tick():
    """Older than skbtop, and in nobody's table of files: they are rows at once, of nobody, as ss has them."""
    with Peer() as peer:
        client = peer.pair(0, 1, 2)
        try:
            peer("ring 1", "ring 2")
        except OSError as e:
            raise Skip("no io_uring: %s" % e) from None
        with Skbtop("-a", columns=COLUMNS) as top:
            rows = [r for r in top.tick().find(netns=peer.netns) if r["state"] == "estab"]
            if not rows:  # who reads them had no processor before the tick was over
                raise too_late("rows of the first tick")
            equal(sorted((r["lport"], r["rport"]) for r in rows), sorted([(client["lport"], client["rport"]),
                                                                       (client["rport"], client["lport"])]), "rows")
            equal({(r.get("pid"), r["nofile"]) for r in rows}, {(None, True)}, "pid, nofile")


def mptcp(peer):
    """An MPTCP connection within this peer (listener, client and server are its slots 0, 1, 2), with a second subflow
    if it can be had: how many subflows there are on each side."""
    try:
        port = peer("mptcp 0 4", "bind 0 0.0.0.0 0", "listen 0 4")["lport"]
    except OSError as e:
        raise Skip("no MPTCP: %s" % e) from None
    peer.inside("ip", "mptcp", "limits", "set", "subflow", "2", "add_addr_accepted", "2")
    peer.inside("ip", "mptcp", "endpoint", "add", "127.0.0.2", "dev", "lo", "subflow")
    peer("mptcp 1 4", "connect 1 127.0.0.1 %d" % port, "accept 0 2", "move 1 2 1000", "move 2 1 10")
    return port


def named_as_ss_does(top, peer, what):
    """Every TCP socket of this peer has a row, held by whom ss -tp names."""
    tick = top.settled()
    witness = sorted((s["lport"], s["rport"], peer.pid if "pid=%d," % peer.pid in s["users"] else None)
                     for s in ss.sockets(peer, "-a"))
    rows = [r for r in tick.find(netns=peer.netns) if r["state"] != "closed"]
    equal(sorted((r["lport"], r.get("rport", 0), r.get("pid")) for r in rows), witness, what)
    equal({(r["comm"], r["owners"], r["nofile"]) for r in rows}, {("peer", 1, False)}, what + ": comm, owners, nofile")
    return rows


def mptcp_subflows():
    """No file holds them, but the MPTCP socket that they carry has one: they have its holder, with the first tick."""
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        top.settled()
        port = mptcp(peer)
        rows = named_as_ss_does(top, peer, "new")
        holds(len(rows) >= 3, "listener and both ends")
        equal({r["owner"] for r in rows if r["dir"] != "in"}, {"exact"}, "owner")
        peer("close 1", "eof 2", "close 2")
        client = [r for r in rows if r["dir"] == "out"][0]
        end = top.ended(netns=peer.netns, rport=port, lport=client["lport"])
        equal((end["pid"], end["comm"]), (peer.pid, "peer"), "owner of the end")


def mptcp_subflows_older_than_skbtop():
    with Peer() as peer:
        mptcp(peer)
        with Skbtop("-a", columns=COLUMNS) as top:
            top.wait(lambda t: len(t.find(netns=peer.netns)) >= 3, "their rows")
            named_as_ss_does(top, peer, "older")


def not_accepted_yet():
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        top.settled()
        port = peer("tcp 0 4", "bind 0 127.0.0.1 0", "listen 0 4")["lport"]
        client = peer("tcp 1 4", "connect 1 127.0.0.1 %d" % port)
        server = {"netns": peer.netns, "lport": port, "rport": client["lport"]}
        row = top.wait(lambda t: t.find(**server), "the connection that nobody accepted")[0]
        equal(row["state"], "estab", "state")
        peer("accept 0 2")
        row = top.wait(lambda t: [r for r in t.find(**server) if r.get("pid")], "its owner after accept()")[0]
        equal(row["pid"], peer.pid, "pid after accept()")


def uid_of_the_maker():
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        client = peer.pair(0, 1, 2)
        _, _, row = owner_of(top, peer, client)
        equal(row["uid"], 0, "uid")


def name_with_escapes_and_newlines():
    with Peer() as peer, Skbtop("-a", columns=COLUMNS) as top:
        peer("comm " + b"\x1b[31m\n\xff\"x".hex())
        client = peer.pair(0, 1, 2)
        top.settled()
        _, _, row = owner_of(top, peer, client)  # the line parses as JSON, or we would not be here
        holds(all(c.isprintable() for c in row["comm"]), "comm %r" % row["comm"])


def what_proc_says_of_it():
    """The file that it runs and its namespaces, once it was looked up, which takes a tick or more."""
    with Peer() as peer, Skbtop("-a", columns="pid,exe,mntns,pidns") as top:
        peer.pair(0, 1, 2)
        row = top.wait(lambda t: [r for r in t.find(pid=peer.pid) if "exe" in r], "what is known of it")[0]
        equal(row["exe"], os.readlink("/proc/%d/exe" % peer.pid)[:127], "exe")
        for name, kind in (("mntns", "mnt"), ("pidns", "pid")):
            equal(row[name], os.stat("/proc/%d/ns/%s" % (peer.pid, kind)).st_ino, name)


main([both_ends_of_a_connection, older_than_skbtop, after_fork, reset_before_the_next_tick,
      named_by_the_thread_group_leader, passed_over_a_unix_socket, in_flight, closed_by_the_kernel, direct_descriptors,
      direct_descriptors_from_the_first_tick, mptcp_subflows, mptcp_subflows_older_than_skbtop,
      not_accepted_yet, uid_of_the_maker, name_with_escapes_and_newlines, what_proc_says_of_it])
