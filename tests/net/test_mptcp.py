"""MPTCP: subflows are one connection, by the token that the kernel gave it, and its bytes count once, however many
subflows carried them."""

import contextlib
import re
import socket
import threading

from links import within
from witness import Peer, Skbtop, Skip, equal, holds, main, veth

SUBFLOW = "id,netns,proto,state,lport,raddr,rport,rx_bytes,tx_bytes,mptcp,mptcp_conn,mptcp_rx_bytes,mptcp_tx_bytes"
MPTCP = 262


class Ends:
    """Two peers with two addresses each, both of which the client uses; a connection between them."""

    def __init__(self, stack, paths):
        self.a, self.b = stack.enter_context(Peer()), stack.enter_context(Peer())
        veth(self.a, self.b)
        for peer, device, address in (self.a, "va", "10.98.0.1/24"), (self.b, "vb", "10.98.0.2/24"):
            peer.inside("ip", "address", "add", address, "dev", device)
        with within(self.b):
            self.listener = stack.enter_context(self.socket())
        self.listener.bind(("10.99.0.2", 0))
        self.listener.listen()
        if paths > 1:
            for peer in self.a, self.b:
                peer.inside("ip", "mptcp", "limits", "set", "subflows", "4", "add_addr_accepted", "4")
            self.a.inside("ip", "mptcp", "endpoint", "add", "10.98.0.1", "dev", "va", "subflow")
        self.port = self.listener.getsockname()[1]
        self.client, self.server = self.connect(stack)

    @staticmethod
    def socket():
        try:
            return socket.socket(socket.AF_INET, socket.SOCK_STREAM, MPTCP)
        except OSError as e:
            raise Skip("no MPTCP: %s" % e) from None

    def connect(self, stack):
        with within(self.a):
            client = stack.enter_context(self.socket())
        client.connect(self.listener.getsockname())
        return client, stack.enter_context(self.listener.accept()[0])

    def tokens(self, peer):
        """Of its connections, by ss."""
        return set(re.findall(r"token:([0-9a-f]+)", peer.inside("ss", "-MniH", "state", "established")))


def send(a, b, size):
    sender = threading.Thread(target=a.sendall, args=(b"x" * size,))
    sender.start()
    got = 0
    while got < size:
        got += len(b.recv(65536))
    sender.join()


@contextlib.contextmanager
def ends(paths):
    with contextlib.ExitStack() as stack:
        yield Ends(stack, paths)


def subflows_are_one_connection():
    with ends(2) as e, Skbtop(columns=SUBFLOW) as top:
        send(e.client, e.server, 300000)
        send(e.server, e.client, 20000)

        def both(tick):
            rows = tick.find(netns=e.a.netns, rport=e.port, state="estab")
            return len(rows) == 2 and max(r.get("mptcp_tx_bytes", 300000) for r in rows) == 300000 and \
                sum(r["tx_bytes"] for r in rows) >= 300000 and rows
        rows = top.wait(both, "two subflows, with all bytes")
        equal({r["mptcp_conn"] for r in rows}, e.tokens(e.a), "token at the client, as ss has it")
        there = top.settled().find(netns=e.b.netns, lport=e.port, state="estab")
        equal({r["mptcp_conn"] for r in there}, e.tokens(e.b), "token at the server, as ss has it")
        equal(len(there), 2, "subflows at the server")
        if "mptcp_rx_bytes" in rows[0]:  # 6.5
            equal((max(r["mptcp_rx_bytes"] for r in rows), max(r["mptcp_rx_bytes"] for r in there)), (20000, 300000),
                  "bytes of the connection")
        equal([r for r in top.settled().find(netns=e.b.netns, state="listen") if "mptcp_conn" in r], [], "a listener's")


def the_view_has_a_row_for_each():
    with ends(2) as e, contextlib.ExitStack() as stack, Skbtop("--view", "mptcp") as top:
        second = e.connect(stack)
        send(e.client, e.server, 200000)
        send(*second, 1000)

        def whole(tick):
            rows = sorted(tick.find(netns=e.a.netns, rport=e.port), key=lambda r: -r.get("tx_bytes", 0))
            return [r["members"] for r in rows] == [2, 2] and rows[0]["tx_bytes"] >= 200000 and \
                rows[1]["tx_bytes"] >= 1000 and rows
        rows = top.wait(whole, "two connections of two subflows each")
        equal({r["mptcp_conn"] for r in rows}, e.tokens(e.a), "tokens, as ss has them")
        if "mptcp_tx_bytes" in rows[0]:
            equal([r["mptcp_tx_bytes"] for r in rows], [200000, 1000], "bytes of each")
        second[0].close()
        second[1].close()
        top.wait(lambda t: len(t.find(netns=e.a.netns, rport=e.port)) == 1, "one is gone")


def what_fell_back_is_tcp():
    with contextlib.ExitStack() as stack:
        peer = stack.enter_context(Peer())
        with within(peer):
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            client = stack.enter_context(Ends.socket())
        client.connect(listener.getsockname())
        server = stack.enter_context(listener.accept()[0])
        client.sendall(b"x" * 1000)
        top = stack.enter_context(Skbtop(columns=SUBFLOW))
        port = listener.getsockname()[1]
        row = top.wait(lambda t: t.find(netns=peer.netns, lport=port, state="estab"), "the server's end")[0]
        holds("mptcp_conn" not in row, "a plain connection has no token")
        equal(server.recv(2000), b"x" * 1000, "what came")


main([subflows_are_one_connection, the_view_has_a_row_for_each, what_fell_back_is_tcp])
