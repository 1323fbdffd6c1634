"""Names of hosts: from /etc/hosts, which is another one in a mount namespace that the skbtop under test has for
itself, and from what a name server of this test answers."""

import contextlib
import ipaddress
import os
import socket
import struct
import threading

import bpf
import links
from witness import Peer, Skbtop, equal, holds, main, veth


def hosts_file(text):
    path = os.environ["HOME"] + "/hosts"
    with open(path, "w", encoding="ascii") as f:  # in its place: it is mounted
        f.write(text)
    return path


def with_file(path, *args, columns):
    inside = 'mount --bind "$0" /etc/hosts && exec "$@"'
    return Skbtop(*args, columns=columns, prefix=("unshare", "-m", "sh", "-c", inside, path))


def named(address, name, how):
    """A tick's rows with this remote address have this name, and there are such rows."""
    def look(tick):
        rows = tick.find(raddr=address)
        return rows and all((r.get("rname"), r.get("rname_from")) == (name, how) for r in rows)
    return look


def names_of_the_file():
    path = hosts_file("127.77.0.1 box.example box\n127.77.0.1 other\n")
    with Peer() as peer, with_file(path, "--filter", "raddr = 127.77.0.0/16", columns="raddr,rname,rname_from") as top:
        peer.pair(0, 1, 2, host="127.77.0.1")
        peer.pair(3, 4, 5, host="127.77.0.2")
        top.wait(named("127.77.0.1", "box.example", "hosts"), "the name")
        top.wait(named("127.77.0.2", None, None), "no name")
        hosts_file("127.77.0.2 late.example\n")
        top.wait(named("127.77.0.2", "late.example", "hosts"), "a name of the file that has changed")
        top.wait(named("127.77.0.1", None, None), "a name that it has no more")


def filter_by_name():
    path = hosts_file("127.77.1.1 box.example\n")
    with Peer() as peer, with_file(path, "--view", "hosts", "--filter", "rname = *.example",
                                   columns="raddr,rname,rname_from,members") as top:
        peer.pair(0, 1, 2, host="127.77.1.1")
        top.wait(lambda t: [r for r in t.rows if r["raddr"] == "127.77.1.1" and r["members"] == 1], "the host")


# -- answers --------------------------------------------------------------------------------------------------------

A, CNAME, AAAA = 1, 5, 28


def wire(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def record(kind, data, owner=b"\xc0\x0c"):
    return owner + struct.pack(">HHIH", kind, 1, 300, len(data)) + data


class Server:
    """A name server on port 53 of a peer's address, and a resolver in another's namespace."""

    def __init__(self, peer, address, client):
        with links.within(peer):
            self.socket = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
            self.socket.bind((address, 53))
        with links.within(client):
            self.resolver = socket.socket(self.socket.family, socket.SOCK_DGRAM)
            self.resolver.connect((address, 53))
        for s in (self.socket, self.resolver):
            s.settimeout(10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        self.resolver.close()

    def answer(self, question, *records, flags=0x8180, kind=A):
        """What the resolver gets for its question."""
        self.resolver.send(struct.pack(">HHHHHH", 7, 0x0100, 1, 0, 0, 0) + wire(question) + struct.pack(">HH", kind, 1))
        query, whence = self.socket.recvfrom(512)
        self.socket.sendto(struct.pack(">HHHHHH", 7, flags, 1, len(records), 0, 0) + query[12:] + b"".join(records),
                           whence)
        return self.resolver.recv(4096)


def packed(address):
    return ipaddress.ip_address(address).packed


def has_program(top):
    """Does its collector hold the one that reports answers?"""
    held = bpf.held(top.children()[0])["programs"]
    return any(name == "answer" for name, _, _ in bpf.Stats.runs(held).values())


def connection(a, b, address="10.99.0.2"):
    port = b("tcp 0 %d" % (6 if ":" in address else 4), "bind 0 %s 0" % address, "listen 0 8")["lport"]
    a("tcp 1 %d" % (6 if ":" in address else 4), "connect 1 %s %d" % (address, port))
    b("accept 0 2")


def answered(server, address, name, *records, **how):
    """With each tick, until it is known: the program that sees answers is loaded with one of the first ticks."""
    def found(tick):
        server.answer(name, *records, **how)
        return named(address, name.lower(), "dns")(tick)
    return found


def names_of_answers():
    with Peer() as a, Peer() as b, Skbtop("--view", "hosts", columns="raddr,rname,rname_from") as top:
        veth(a, b)
        with Server(b, "10.99.0.2", a) as server:
            connection(a, b)
            top.wait(lambda t: t.find(raddr="10.99.0.2"), "the host")
            top.wait(answered(server, "10.99.0.2", "Web.Example", record(CNAME, wire("lb.example")),
                              record(A, packed("10.99.0.2"), wire("LB.example"))), "the name that was asked for")
            server.answer("new.example", record(A, packed("10.99.0.2")))
            top.wait(named("10.99.0.2", "new.example", "dns"), "the last answer")
            # Neither of these says anything of that host; what follows them is there.
            server.answer("evil.example", record(A, packed("10.99.0.2"), wire("other.example")))
            server.answer("evil.example", record(A, packed("10.99.0.2")), flags=0x8183)
            server.answer("evil.example", record(A, packed("10.99.0.2"))[:-1])
            server.answer("a b.example", record(A, packed("10.99.0.2")))
            server.answer("last.example", record(A, packed("10.99.0.1")))
            top.wait(named("10.99.0.1", "last.example", "dns"), "the last one")
            equal({r.get("rname") for r in top.settled().find(raddr="10.99.0.2")}, {"new.example"}, "its name")


def names_of_ipv6():
    with Peer() as a, Peer() as b, Skbtop("--view", "hosts", columns="raddr,rname,rname_from") as top:
        veth(a, b)
        for peer, device, address in ((a, "va", "fd99::1/64"), (b, "vb", "fd99::2/64")):
            peer.inside("ip", "address", "add", address, "dev", device, "nodad")
        with Server(b, "fd99::2", a) as server:
            connection(a, b, "fd99::2")
            top.wait(lambda t: t.find(raddr="fd99::2"), "the host")
            top.wait(answered(server, "fd99::2", "six.example", record(AAAA, packed("fd99::2")), kind=AAAA), "its name")


def names_over_loopback():
    """As a resolver on this machine answers."""
    with Peer() as peer, Skbtop(columns="lport,raddr,rname,rname_from", interval=0.2) as top:
        peer.inside("ip", "address", "add", "10.97.0.1/32", "dev", "lo")
        with Server(peer, "127.0.0.1", peer) as server:
            peer.pair(0, 1, 2, host="10.97.0.1")
            top.wait(lambda t: t.find(raddr="10.97.0.1"), "the connection")
            top.wait(answered(server, "10.97.0.1", "local.example", record(A, packed("10.97.0.1"))), "its name")


def loaded_only_for_names():
    with Skbtop("--view", "hosts", columns="raddr,members") as top:
        top.settled()
        holds(not has_program(top), "none without the column")
    with Skbtop("--filter", "rname = x", columns="raddr") as top:
        top.settled()
        holds(has_program(top), "one for a filter")


# -- looking up ---------------------------------------------------------------------------------------------------

PTR = 12


def in_namespace_of(peer, *args):
    """Whose resolver is asked at 127.0.0.1 there."""
    path = os.environ["HOME"] + "/resolv.conf"
    with open(path, "w", encoding="ascii") as f:
        f.write("nameserver 127.0.0.1\n")
    inside = 'mount --bind "$0" /etc/resolv.conf && exec "$@"'
    return Skbtop("--filter", "raddr = 10.97.0.0/24", *args, columns="lport,raddr,rname,rname_from",
                  prefix=("nsenter", "-t", str(peer.pid), "-n", "unshare", "-m", "sh", "-c", inside, path))


@contextlib.contextmanager
def name_server(peer, names):
    """Answers PTR questions until the end; which ones there were."""
    asked = []
    with links.within(peer):
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind(("127.0.0.1", 53))

    def serve():
        while True:
            query, whence = server.recvfrom(512)
            if not query:
                return
            labels, at = [], 12
            while query[at]:
                labels.append(query[at + 1:at + 1 + query[at]].decode())
                at += 1 + query[at]
            asked.append(".".join(reversed(labels[:4])))
            name = names.get(asked[-1])
            head = query[:2] + struct.pack(">HHHHH", 0x8180 if name else 0x8183, 1, 1 if name else 0, 0, 0)
            server.sendto(head + query[12:at + 5] + (record(PTR, wire(name)) if name else b""), whence)
    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield asked
    finally:
        with links.within(peer), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.sendto(b"", ("127.0.0.1", 53))
        thread.join()
        server.close()


def names_that_are_looked_up():
    with Peer() as peer, name_server(peer, {"10.97.0.1": "looked.example", "10.97.0.3": "bad name"}) as asked:
        slot = 0
        for last in range(1, 4):
            peer.inside("ip", "address", "add", "10.97.0.%d/32" % last, "dev", "lo")
            peer.pair(slot, slot + 1, slot + 2, host="10.97.0.%d" % last)
            slot += 3
        with in_namespace_of(peer) as top:
            for _ in range(3):
                equal({r.get("rname") for r in top.settled().rows}, {None}, "names")
        equal(asked, [], "questions without being asked to look up")
        with in_namespace_of(peer, "--resolve") as top:
            top.wait(named("10.97.0.1", "looked.example", "resolved"), "the name")
            top.wait(lambda t: len(set(asked)) == 3, "questions")
            for address in ("10.97.0.2", "10.97.0.3"):
                top.wait(named(address, None, None), "no name")
            for _ in range(3):
                top.settled()
        equal(len(asked), 3, "questions, one for each")


main([names_of_the_file, filter_by_name, names_of_answers, names_of_ipv6, names_over_loopback,
      loaded_only_for_names, names_that_are_looked_up])
