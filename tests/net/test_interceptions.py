"""What has taken a socket over, with real programs of BPF: which they are, by the ids and names that the kernel gave
them, and that the bytes of such sockets are those that were sent. The kernel's TLS: tests/kernels/checks/taken.sh."""

import contextlib
import ctypes
import json
import socket
import struct

import ss
from links import within
from sockmap import (MSG_REDIRECT, MSG_VERDICT, REUSEPORT_SELECT, SK_MSG, SK_REDIRECT, SK_REUSEPORT, SK_SKB,
                     SKB_VERDICT, SOCKET_FILTER, STREAM_PARSER, STREAM_VERDICT, WHOLE, Sockmap, program, redirects,
                     returns)
from witness import Peer, Skbtop, Skip, equal, main, run, serves

COLUMNS = ("id,netns,proto,state,laddr,lport,rport,rx_bytes,tx_bytes,recvq,intercepted,psock_progs,filter_prog,"
           "reuseport_prog,strp_msgs,strp_bytes,strp_need_more,strp_errors,strp_aborted,ulp,tls_version,tls_tx,"
           "redir_rx,redir_tx")
SO_ATTACH_FILTER, SO_DETACH_FILTER, SO_ATTACH_BPF, SO_ATTACH_REUSEPORT_EBPF = 26, 27, 50, 52
PASS_ALL = -1


class Place:
    """A namespace, connections in it that this process holds, and skbtop looking at them."""

    def __init__(self, stack, *args):
        self.stack = stack
        self.peer = stack.enter_context(Peer())
        with within(self.peer):
            self.listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        self.top = stack.enter_context(Skbtop("--view", "interceptions", *args, columns=COLUMNS))

    def pair(self):
        """Client's and server's end of a connection."""
        with within(self.peer):
            client = self.stack.enter_context(socket.create_connection(self.listener.getsockname()))
        return client, self.stack.enter_context(self.listener.accept()[0])

    def udp(self, *options):
        with within(self.peer):
            s = self.stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        for option in options:
            s.setsockopt(socket.SOL_SOCKET, option, 1)
        s.bind(("127.0.0.1", 0))
        return s

    def rows(self):
        return self.top.settled().find(netns=self.peer.netns)

    def row(self, sock, found=lambda r: True):
        """Of this socket, once it is as it shall be: what is set on an idle one is seen within ten ticks."""
        port = sock.getsockname()[1]
        peer = None if sock.type == socket.SOCK_DGRAM else sock.getpeername()[1]

        def look(tick):
            rows = [r for r in tick.find(netns=self.peer.netns, lport=port) if r.get("rport") == peer]
            return rows and found(rows[0]) and rows[0]
        return self.top.wait(look, "the row of port %d" % port)

    def gone(self, sock):
        port = sock.getsockname()[1]
        self.top.wait(lambda tick: not tick.find(netns=self.peer.netns, lport=port), "port %d is free" % port)


@contextlib.contextmanager
def place(*args):
    with contextlib.ExitStack() as stack:
        yield Place(stack, *args)


def send(a, b, size, pieces=1):
    """From a to b, which reads it all: how much came."""
    got = 0
    for _ in range(pieces):
        a.sendall(b"x" * size)
        want = got + size
        while got < want:
            got += len(b.recv(want - got))
    return got


def by_bpftool(told):
    """Does the kernel know the program by this name and id?"""
    name, _, number = told.partition("#")
    equal(json.loads(run("bpftool", "-j", "prog", "show", "id", number))["name"], name, "bpftool's name of " + number)


def programs_of_a_sockmap():
    with place() as p:
        maps = [(Sockmap(), [(SK_SKB, STREAM_PARSER, WHOLE, "t_parser"),
                             (SK_SKB, STREAM_VERDICT, returns(1), "t_verdict")], "parser verdict"),
                (Sockmap(), [(SK_SKB, STREAM_VERDICT, returns(1), "t_alone")], "verdict"),
                (Sockmap(), [(SK_SKB, SKB_VERDICT, returns(1), "t_skb")], "skb_verdict"),
                (Sockmap(), [(SK_MSG, MSG_VERDICT, returns(1), "t_msg")], "msg"),
                (Sockmap(), [], "sockmap")]
        for sockmap, programs, words in maps:
            client, server = p.pair()
            told = [sockmap.attach(*what) for what in programs]
            sockmap.add(0, server)
            row = p.row(server)
            equal(row["intercepted"], words, "what has it")
            equal(row.get("psock_progs"), " ".join(told) or None, "programs of " + words)
            for name in told:
                by_bpftool(name)
            equal(send(client, server, 1000, 20), 20000, "bytes through " + words)
            row = p.row(server, lambda r: r["rx_bytes"] == 20000)
            equal("strp_msgs" in row, "parser" in words, "a parser's figures of " + words)
            equal(p.top.settled().find(netns=p.peer.netns, lport=client.getsockname()[1]), [], "the other end")
            sockmap.remove(0)
            p.gone(server)


def what_the_parser_counts():
    with place() as p:
        client, server = p.pair()
        sockmap = Sockmap()
        sockmap.attach(SK_SKB, STREAM_PARSER, WHOLE, "t_parser")
        sockmap.attach(SK_SKB, STREAM_VERDICT, returns(1), "t_verdict")
        sockmap.add(0, server)
        send(client, server, 500, 30)
        row = p.row(server, lambda r: r.get("strp_bytes") == 15000)
        equal((row["strp_msgs"], row["strp_need_more"], row["strp_errors"], row["strp_aborted"]), (30, 0, 0, False),
              "messages of 30 writes that were read one by one")
        equal((row["rx_bytes"], row["recvq"]), (15000, 0), "bytes that the sender counts, all read")


def a_parser_that_waits_and_one_that_fails():
    with place() as p:
        for value in 0, -71:
            client, server = p.pair()
            sockmap = Sockmap()
            sockmap.attach(SK_SKB, STREAM_PARSER, returns(value), "t_parser")
            sockmap.attach(SK_SKB, STREAM_VERDICT, returns(1), "t_verdict")
            sockmap.add(0, server)
            client.sendall(b"x" * 100)
            row = p.row(server, lambda r: r.get("strp_aborted") or r.get("strp_need_more"))
            equal((row["strp_msgs"], row["strp_need_more"] > 0, row["strp_aborted"]), (0, value == 0, value < 0),
                  "messages, waits and whether it has given up of a parser that returns %d" % value)


def redirected_bytes_are_counted_once():
    """A proxy in the kernel: what comes in at one socket goes out at another."""
    with place() as p:
        (client, inner), (outer, server) = p.pair(), p.pair()
        sockmap = Sockmap()
        sockmap.attach(SK_SKB, STREAM_PARSER, WHOLE, "t_parser")
        sockmap.attach(SK_SKB, STREAM_VERDICT, redirects(sockmap, 1), "t_forward")
        sockmap.add(0, inner)
        sockmap.add(1, outer)
        equal(send(client, server, 3000, 50), 150000, "what arrives")
        row = p.row(inner, lambda r: r["rx_bytes"] == 150000)
        equal(row["tx_bytes"], 0, "nothing goes back")
        told = ss.one(p.peer, inner.getsockname()[1], inner.getpeername()[1])
        equal(row["recvq"], told["recvq"], "unread, as ss says")
        row = p.row(outer, lambda r: r["tx_bytes"] == 150000)
        equal(row["rx_bytes"], 0, "nothing comes in there")


def redirected(row):
    return row.get("redir_rx"), row.get("redir_tx")


def redirected_bytes_are_told_of_both():
    """In every kernel: tests/kernels/checks/redirects.sh."""
    known = serves("redirected bytes")
    for kind, attach, helper in (SK_SKB, STREAM_VERDICT, SK_REDIRECT), (SK_MSG, MSG_VERDICT, MSG_REDIRECT):
        with place() as p:
            (client, inner), (outer, server) = p.pair(), p.pair()
            taken, target = Sockmap(), Sockmap()
            taken.attach(kind, attach, redirects(target, 0, helper), "t_forward")
            target.add(0, outer)
            taken.add(0, inner)
            for sock in inner, outer:
                p.row(sock, lambda r: not known or redirected(r) == (0, 0))
            source = client if kind == SK_SKB else inner
            equal(send(source, server, 3000, 50), 150000, "what arrives")
            p.row(inner, lambda r: redirected(r) == ((0, 150000) if known else (None, None)))
            p.row(outer, lambda r: redirected(r) == ((150000, 0) if known else (None, None)))


def filters():
    with place() as p:
        _, tcp = p.pair()
        fd, number = program(SOCKET_FILTER, 0, returns(PASS_ALL), "t_filter")
        tcp.setsockopt(socket.SOL_SOCKET, SO_ATTACH_BPF, fd)
        row = p.row(tcp)
        equal((row["intercepted"], row["filter_prog"]), ("filter", "t_filter#%d" % number), "SO_ATTACH_BPF")
        by_bpftool(row["filter_prog"])
        tcp.setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0)
        p.gone(tcp)
        udp = p.udp()
        code = ctypes.create_string_buffer(struct.pack("<HBBI", 6, 0, 0, 0xffff), 8)  # ret 65535
        udp.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("<H6xQ", 1, ctypes.addressof(code)))
        row = p.row(udp)
        equal((row["intercepted"], row["filter_prog"]), ("filter", "classic"), "SO_ATTACH_FILTER")


def reuseport():
    with place() as p:
        plain = p.udp(socket.SO_REUSEPORT)
        chosen = p.udp(socket.SO_REUSEPORT)
        fd, number = program(SK_REUSEPORT, REUSEPORT_SELECT, returns(1), "t_choose")
        chosen.setsockopt(socket.SOL_SOCKET, SO_ATTACH_REUSEPORT_EBPF, fd)
        row = p.row(chosen)
        equal((row["intercepted"], row["reuseport_prog"]), ("reuseport", "t_choose#%d" % number), "its group's program")
        equal(p.top.settled().find(netns=p.peer.netns, lport=plain.getsockname()[1]), [], "a group without")


def nothing_has_plain_sockets():
    with place() as p:
        client, server = p.pair()
        p.udp()
        send(client, server, 100)
        equal(p.rows(), [], "rows")
        # Option memory alone is no interception.
        client.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, b"\x01\x01\x01\x01")
        server.setsockopt(socket.SOL_SOCKET, 60, 1)  # SO_ZEROCOPY
        send(client, server, 100)
        equal(p.rows(), [], "rows")


def mptcp():
    with place("-a") as p:
        with within(p.peer):
            try:
                s = p.stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262))
            except OSError:
                raise Skip("the kernel has no MPTCP") from None
            s.bind(("127.0.0.1", 0))
            s.listen()
            c = p.stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262))
            c.connect(s.getsockname())
        row = p.top.wait(lambda t: t.find(netns=p.peer.netns, lport=c.getsockname()[1]), "the subflow")[0]
        equal((row["intercepted"], row["ulp"]), ("mptcp", "mptcp"), "a subflow")


main([programs_of_a_sockmap, what_the_parser_counts, a_parser_that_waits_and_one_that_fails,
      redirected_bytes_are_counted_once, redirected_bytes_are_told_of_both, filters, reuseport,
      nothing_has_plain_sockets, mptcp])
