"""Calls whose pauses are known: a client and a server of the test's own, over loopback in a peer's namespace."""

import socket
import threading
import time

from links import within
from witness import Again, holds

SLACK = 0.010  # seconds, and 2 %: between a call and the look at the clock after it anything else may run
LOOPBACK = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}


def take(s, size):
    """Reads so much, however it comes."""
    got = b""
    while len(got) < size:
        more = s.recv(size - len(got))
        holds(more, "the other end has closed")
        got += more
    return time.monotonic()


class Ends:
    """A connection over loopback in the peer's namespace."""

    def __init__(self, peer, family=socket.AF_INET, listener=None):
        with within(peer):
            self.listener = listener or socket.socket(family, socket.SOCK_STREAM)
            self.client = socket.socket(family, socket.SOCK_STREAM)
        if not listener:
            self.listener.bind((LOOPBACK[family], 0))
            self.listener.listen(8)
        self.own = [self.client] if listener else [self.client, self.listener]
        self.client.connect(self.listener.getsockname())
        self.server = self.listener.accept()[0]
        self.own.append(self.server)
        for s in (self.client, self.server):
            s.settimeout(60)
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.lport = self.server.getsockname()[1]

    def another(self, peer):
        """One more connection to the same port."""
        return Ends(peer, self.listener.family, self.listener)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for s in self.own:
            s.close()


def call(ends, ask=0.0, late=0.0, think=0.0, write=0.0, read=0.0):
    """One: the client asks in two pieces with a pause between them, the server reads late, thinks, and answers in two
    pieces; the client reads late. Returns when each of it was, by our clock."""
    at = {}

    def serve():
        if late:
            ends.server.recv(1, socket.MSG_PEEK)
            at["peeked"] = time.monotonic()
            time.sleep(ask + late)
        at["read"] = take(ends.server, 20)
        time.sleep(think)
        at["answers"] = time.monotonic()
        ends.server.sendall(b"a" * 100)
        time.sleep(write)
        at["answered"] = time.monotonic()
        ends.server.sendall(b"b" * 200)
    server = threading.Thread(target=serve)
    at["asks"] = time.monotonic()
    ends.client.sendall(b"q" * 10)
    server.start()
    time.sleep(ask)
    at["asked"] = time.monotonic()
    ends.client.sendall(b"r" * 10)
    if read:
        server.join()
        time.sleep(read)
    at["got"] = take(ends.client, 300)
    server.join()
    return at


def close(got_us, want, what):
    if abs(got_us / 1e6 - want) > SLACK + 0.02 * want:
        raise Again("%s: %.1f ms, not %.1f" % (what, got_us / 1e3, want * 1e3))
