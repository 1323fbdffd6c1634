"""Local ports: how many of a namespace's range are taken for a destination, by whom, and when TIME-WAIT gives one back;
against ss, and against what connect() itself says when there is none left."""

import contextlib
import errno
import os
import socket

import links
import ss
from witness import Peer, Skbtop, equal, holds, main

FIRST, LAST = 40000, 40099
IP_BIND_ADDRESS_NO_PORT = 24
RANGE = 30  # seconds in which the range is known and as it is now: it is read every ten, later on a busy machine
COLUMNS = ("netns,laddr,raddr,rport,ports_used,ports_range,ports_share,ports_rate,ports_waiting,reusable,sampled,"
           "holder_pid,holder,members")


def setting(peer, name, value):
    peer.inside("sysctl", "-q", "net.ipv4.%s=%s" % (name, value))


class Client:
    """Connections from this process to a listener in the same namespace."""

    def __init__(self, peer, stack, host="127.0.0.1"):
        setting(peer, "ip_local_port_range", "%d %d" % (FIRST, LAST))
        self.peer, self.stack, self.host, self.connections = peer, stack, host, []
        self.listener = self.made()
        self.listener.bind((host, 7004))
        self.listener.listen(200)

    def made(self):
        with links.within(self.peer):
            s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        return self.stack.enter_context(s)

    def connect(self, count, bind=None, option=None):
        """count connections, or as many as there are ports for: how many they were. bind: what bind() is given before;
        option: a socket option that is set first."""
        for done in range(count):
            s = self.made()
            if option:
                s.setsockopt(*option, 1)
            try:
                if bind:
                    s.bind(bind)
                s.connect((self.host, 7004))
            except OSError as e:
                equal(e.errno, errno.EADDRINUSE if bind and not option else errno.EADDRNOTAVAIL, "why it failed")
                return done
            self.connections.append((s, self.stack.enter_context(self.listener.accept()[0])))
        return count

    def close(self, count):
        """Both ends; ours first, so that it waits the time out."""
        for _ in range(count):
            ours, theirs = self.connections.pop()
            ours.close()
            theirs.close()

    def taken(self):
        """By ss: local ports to this destination."""
        return len({s["lport"] for s in ss.sockets(self.peer, "-ta") if s["rport"] == 7004})


def to_destination(peer, tick):
    rows = tick.find(netns=peer.netns, raddr="127.0.0.1", rport=7004)
    return rows[0] if rows else {}


def ports(**args):
    return Skbtop("--view", "ports", columns=COLUMNS, **args)


def taken_by_whom():
    with Peer() as peer, contextlib.ExitStack() as stack, ports() as top:
        top.settled()
        setting(peer, "ip_local_reserved_ports", "1000,40010-40019,40099-50000")
        client = Client(peer, stack)
        client.connect(30)
        row = top.wait(lambda t: to_destination(peer, t) if to_destination(peer, t).get("ports_used") else None,
                       "ports", patience=RANGE)
        with open("/proc/self/comm", encoding="ascii") as f:
            comm = f.read().strip()
        equal((client.taken(), row["ports_used"], row["ports_range"]), (30, 30, 89), "ports taken")
        equal((round(row["ports_share"], 4), row["ports_waiting"], row["reusable"]), (round(30 / 89, 4), 0, 0), "share")
        equal((row["holder_pid"], row["holder"], row["laddr"]), (os.getpid(), comm, "127.0.0.1"), "who")
        holds("sampled" not in row, "all were looked at")
        # The peer's own two, to the same destination: it is not the one with most.
        peer("tcp 1 4", "connect 1 127.0.0.1 7004", "tcp 2 4", "connect 2 127.0.0.1 7004")
        row = top.wait(lambda t: to_destination(peer, t) if to_destination(peer, t)["ports_used"] == 32 else None, "32",
                       patience=RANGE)
        equal((row["holder_pid"], row["holder"]), (os.getpid(), comm), "still who")


def used_up():
    """One less than all: connect() itself says so."""
    with Peer() as peer, contextlib.ExitStack() as stack, ports() as top:
        top.settled()
        client = Client(peer, stack)
        equal(client.connect(200), LAST - FIRST + 1, "connections until there was no port")
        rates = []

        def all_ports(tick):
            row = to_destination(peer, tick)
            rates.append(row.get("ports_rate", 0))
            return row if row.get("ports_used") == 100 else None
        row = top.wait(all_ports, "all ports", patience=RANGE)
        equal((row["ports_share"], row["ports_range"]), (1, 100), "share")
        # The range may be known only when they have been taken for long.
        holds(max(rates) > 0, "they were taken: %s" % rates)
        setting(peer, "ip_local_port_range", "%d %d" % (FIRST, LAST + 100))
        top.wait(lambda t: to_destination(peer, t)["ports_share"] == 0.5, "a range twice as large", patience=RANGE)


def bound_before():
    """bind() chooses the port for every destination; with IP_BIND_ADDRESS_NO_PORT it is left to connect()."""
    with Peer() as peer, contextlib.ExitStack() as stack, Skbtop("--view", "ports", columns=COLUMNS + ",bound") as top:
        top.settled()
        client = Client(peer, stack)
        client.connect(10, bind=("127.0.0.1", 0))
        client.connect(7, bind=("127.0.0.1", 0), option=(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT))
        client.connect(3)
        rows = top.wait(lambda t: t.find(netns=peer.netns) if sum(r.get("ports_used", 0)
                        for r in t.find(netns=peer.netns)) == 20 else None, "20 ports",
                        patience=RANGE)
        equal(sorted((r.get("bound"), r["ports_used"]) for r in rows), [(False, 10), (True, 10)], "by whom")
        # What the server accepted is bound to the listener's address, and no row of its own.
        client.connect(100, bind=("127.0.0.1", 0))
        top.wait(lambda t: [r for r in t.find(netns=peer.netns, bound=True) if r["ports_used"] == 90], "all ports",
                 patience=RANGE)


def waited_out(reuse):
    with Peer() as peer, contextlib.ExitStack() as stack, ports() as top:
        setting(peer, "tcp_tw_reuse", reuse)
        client = Client(peer, stack)
        client.connect(100)
        client.close(40)
        equal(client.taken(), 100, "ss: with those in TIME-WAIT")
        used = 60 if reuse else 100
        row = top.wait(lambda t: to_destination(peer, t) if to_destination(peer, t).get("ports_used") == used and
                       to_destination(peer, t)["ports_waiting"] == 40 else None, "those that wait", patience=30)
        equal(row["reusable"], 40 if reuse else 0, "reusable")
        equal(client.connect(1), 1 if reuse else 0, "and connect() gets one")


def waited_out_and_reused_over_loopback():
    waited_out(2)


def waited_out_and_never_reused():
    waited_out(0)


if __name__ == "__main__":
    main([taken_by_whom, used_up, bound_before, waited_out_and_reused_over_loopback, waited_out_and_never_reused])
