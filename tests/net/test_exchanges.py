"""Exchanges: a client and a server whose pauses are known, by their own clock. Both ends are this process's, in a
namespace of the test's own; the parts that skbtop tells are those pauses, and add up to the call."""

import contextlib
import os
import socket
import ssl
import struct
import tempfile
import threading
import time
import types

from calls import Ends, call, close, take
from links import within
from witness import Failure, Peer, Skbtop, Skip, equal, holds, main, run, too_late, veth

COLUMNS = ("began,exchange,role,outcome,call_us,in_us,wait_us,think_us,write_us,out_us,away_us,netns,lport,rport,"
           "rx_bytes,tx_bytes,pid")


@contextlib.contextmanager
def looking(peer, *args):
    """skbtop, once its programs see what happens."""
    with Skbtop("--view", "exchanges", *args, columns=COLUMNS) as top:
        def seen(tick):
            with Ends(peer) as ends:
                call(ends)
            return tick.find(netns=peer.netns, outcome="answered")
        top.wait(seen, "an exchange")
        yield top


def both(top, ends, count, outcome="answered"):
    """The server's and the client's exchanges of a connection, once there are so many of each."""
    server, client = [], []

    def found(tick):
        server.extend(tick.find(role="server", lport=ends.lport, outcome=outcome))
        client.extend(tick.find(role="client", rport=ends.lport, outcome=outcome))
        return len(server) >= count and len(client) >= count
    top.wait(found, "%d exchanges, %s" % (count, outcome))
    equal([len(server), len(client)], [count, count], "exchanges that are " + outcome)
    return server, client


def parts_add_up(row):
    names = ("in_us", "wait_us", "think_us", "write_us", "out_us", "away_us")
    holds(abs(sum(row.get(n, 0) for n in names) - row["call_us"]) < 0.01, "the parts of %s" % row)


def check(top, ends, at):
    """The exchange that has just been made, by the clock of who made it."""
    (server,), (client,) = both(top, ends, 1)
    for row in (server, client):
        parts_add_up(row)
    close(server["in_us"], at["asked"] - at["asks"], "the request comes in")
    close(server["wait_us"], at["read"] - at["asked"], "it waits to be read")
    close(server["think_us"], at["answers"] - at["read"], "the server thinks")
    close(server["write_us"], at["answered"] - at["answers"], "it writes")
    close(server["out_us"], 0, "what it wrote goes out")
    close(client["write_us"], at["asked"] - at["asks"], "the client asks")
    close(client["away_us"], at["answers"] - at["asked"], "the request is away")
    close(client["in_us"], at["answered"] - at["answers"], "the answer comes in")
    close(client["wait_us"], at["got"] - at["answered"], "the answer waits to be read")
    equal([server["rx_bytes"], server["tx_bytes"]], [20, 300], "the server's bytes")
    equal([client["rx_bytes"], client["tx_bytes"]], [300, 20], "the client's bytes")
    holds("away_us" not in server and "think_us" not in client and "out_us" not in client, "parts of the other role")


def pauses(family):
    with Peer() as peer, looking(peer) as top, Ends(peer, family) as ends:
        at = call(ends, ask=0.03, late=0.06, think=0.12, write=0.05, read=0.08)
        check(top, ends, at)


def v4():
    pauses(socket.AF_INET)


def v6():
    pauses(socket.AF_INET6)


def longer_than_an_int_of_ns():
    with Peer() as peer, looking(peer) as top, Ends(peer) as ends:
        check(top, ends, call(ends, think=3.1))


def each_of_a_thousand_once():
    with Peer() as peer, looking(peer) as top:
        pairs = [Ends(peer) for _ in range(10)]
        total = {}

        def work(ends):
            for _ in range(100):
                call(ends)
        threads = [threading.Thread(target=work, args=(p,)) for p in pairs]
        for t in threads:
            t.start()

        def found(tick):
            for p in pairs:
                for role, port in (("server", "lport"), ("client", "rport")):
                    key = role, p.lport
                    total[key] = total.get(key, 0) + len(tick.find(**{"role": role, port: p.lport,
                                                                      "outcome": "answered"}))
            return not any(t.is_alive() for t in threads) and sum(total.values()) >= 2000
        top.wait(found, "2,000 exchanges")
        top.settled()
        equal(set(total.values()), {100}, "exchanges of each end")
        for p in pairs:
            p.__exit__()


def what_is_no_measure_says_so():
    with Peer() as peer, looking(peer) as top:
        with Ends(peer) as ends:  # two requests at once, each with an answer: whose answer is whose?
            ends.client.sendall(b"1" * 10)
            take(ends.server, 10)
            ends.server.sendall(b"a")
            take(ends.client, 1)
            ends.client.sendall(b"2" * 10)
            take(ends.server, 10)
            ends.server.sendall(b"b" * 10)
            take(ends.client, 5)
            ends.client.sendall(b"3" * 10)
            top.wait(lambda t: t.find(role="client", rport=ends.lport, outcome="overlap"), "an overlap")
        with Ends(peer) as ends:  # reset before it was answered: by the server, which knows that it has not answered
            ends.client.sendall(b"1" * 10)
            asked = time.monotonic()
            take(ends.server, 10)
            time.sleep(0.05)
            ends.server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            ends.server.close()
            waited = time.monotonic() - asked
            told = {}

            def both_told(tick):
                for row in tick.find(role="server", lport=ends.lport) + tick.find(role="client", rport=ends.lport):
                    told[row["role"]] = row
                return len(told) == 2
            top.wait(both_told, "both ends of a reset")
            equal([told["server"]["outcome"], told["client"]["outcome"]], ["no_answer", "reset"], "how it ended")
            close(told["server"]["think_us"], waited, "until it gave up")
            close(told["client"]["away_us"], waited, "until it was reset")
            for row in told.values():
                parts_add_up(row)
        with Ends(peer) as ends:  # the client has not read all
            ends.client.sendall(b"1" * 10)
            take(ends.server, 10)
            ends.server.sendall(b"a" * 10)
            ends.client.recv(10, socket.MSG_PEEK)
            ends.client.close()
            top.wait(lambda t: t.find(role="client", rport=ends.lport, outcome="cut"), "one that was cut")


def half_closed():
    """The client says that it will send no more, and the answer comes where no segment is seen."""
    with Peer() as peer, looking(peer) as top, Ends(peer) as ends:
        ends.client.sendall(b"q" * 20)
        asked = time.monotonic()
        ends.client.shutdown(socket.SHUT_WR)
        take(ends.server, 20)
        time.sleep(0.05)
        ends.server.sendall(b"a" * 300)
        got = take(ends.client, 300)
        ends.client.close()
        ends.server.close()
        seen = {}

        def told(tick):
            for row in tick.find(role="client", rport=ends.lport) + tick.find(role="server", lport=ends.lport):
                seen[row["role"]] = row
            return len(seen) == 2
        top.wait(told, "both ends of it")
        equal([seen["client"]["outcome"], seen["server"]["outcome"]], ["answered", "partly"], "how it is told")
        close(seen["client"]["away_us"], got - asked, "until it was read")


def timed_out():
    """The server's machine is not there any more."""
    with Peer() as near, Peer() as far, looking(near) as top:
        veth(near, far)
        with VethEnds(near, far, "10.99.0.2") as ends:
            call(ends)
            far.inside("ip", "link", "set", "vb", "down")
            ends.client.setsockopt(socket.IPPROTO_TCP, 18, 300)  # TCP_USER_TIMEOUT, ms
            asked = time.monotonic()
            ends.client.sendall(b"q" * 10)
            try:
                ends.client.recv(1)
                raise AssertionError("an answer from nowhere")
            except TimeoutError:
                waited = time.monotonic() - asked
            try:
                row = top.wait(lambda t: t.find(role="client", rport=ends.lport, outcome="timed_out"), "a timeout")[0]
            except Failure as e:  # the timer may fire where this machine runs no programs of ours
                raise too_late(str(e)) from None
            close(row["away_us"], waited, "until it gave up")
            parts_add_up(row)


class VethEnds(Ends):
    """A connection between two namespaces."""

    def __init__(self, near, far, address):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with within(far):
            listener = socket.socket(family, socket.SOCK_STREAM)
        with within(near):
            self.client = socket.socket(family, socket.SOCK_STREAM)
        with listener:
            listener.bind((address, 0))
            listener.listen(8)
            self.client.connect(listener.getsockname()[:2])
            self.server = listener.accept()[0]
        self.own = [self.client, self.server]
        for s in self.own:
            s.settimeout(60)
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.lport = self.server.getsockname()[1]


PAUSES = {"ask": 0.03, "late": 0.06, "think": 0.12, "write": 0.05, "read": 0.08}


def between_namespaces():
    with Peer() as near, Peer() as far, looking(near) as top:
        veth(near, far)
        near.inside("ip", "address", "add", "fd99::1/64", "dev", "va", "nodad")
        far.inside("ip", "address", "add", "fd99::2/64", "dev", "vb", "nodad")
        for address in ("10.99.0.2", "fd99::2"):
            with VethEnds(near, far, address) as ends:
                check(top, ends, call(ends, **PAUSES))


class Sender:
    """A socket that sends in another way."""

    def __init__(self, of, sendall):
        self.of = of
        self.sendall = lambda data: sendall(of, data)

    def __getattr__(self, name):
        return getattr(self.of, name)


def by_sendfile(s, data):
    with tempfile.TemporaryFile() as f:
        f.write(data)
        f.flush()
        equal(os.sendfile(s.fileno(), f.fileno(), 0, len(data)), len(data), "bytes of sendfile()")


def by_splice(s, data):
    out, into = os.pipe()
    try:
        os.write(into, data)
        equal(os.splice(out, s.fileno(), len(data)), len(data), "bytes of splice()")
    finally:
        os.close(out)
        os.close(into)


def without_copy(s, data):
    s.setsockopt(socket.SOL_SOCKET, 60, 1)  # SO_ZEROCOPY
    equal(s.send(data, 0x4000000), len(data), "bytes of MSG_ZEROCOPY")


def ways_to_send():
    with Peer() as peer, looking(peer) as top:
        for way in (by_sendfile, by_splice, without_copy):
            with Ends(peer) as ends:
                ends.server, ends.client = Sender(ends.server, way), Sender(ends.client, way)
                check(top, ends, call(ends, **PAUSES))


def io_uring():
    """The server's reads and send calls are an io_uring's."""
    with Peer() as peer, looking(peer) as top:
        port = peer("tcp 0 4", "bind 0 127.0.0.1 0", "listen 0 4")["lport"]
        with within(peer):
            client = socket.socket()
        with client:
            client.connect(("127.0.0.1", port))
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            peer("accept 0 1")
            try:
                peer("ring 1")
            except OSError as e:
                raise Skip("no io_uring: %s" % e) from None
            at = {"asks": time.monotonic()}
            client.sendall(b"q" * 10)
            time.sleep(0.03)
            at["asked"] = time.monotonic()
            client.sendall(b"r" * 10)
            time.sleep(0.06)
            peer("ringrecv 1 20")
            at["read"] = time.monotonic()
            time.sleep(0.12)
            at["answers"] = time.monotonic()
            peer("ringsend 1 100")
            time.sleep(0.05)
            at["answered"] = time.monotonic()
            peer("ringsend 1 200")
            time.sleep(0.08)
            at["got"] = take(client, 300)
            check(top, types.SimpleNamespace(lport=port), at)


def tls():
    """What is encrypted has the same times; the handshake is an exchange of its own."""
    with tempfile.TemporaryDirectory() as folder, Peer() as peer, looking(peer) as top, Ends(peer) as ends:
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=test", "-keyout", folder + "/key", "-out", folder + "/cert")
        server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        server.load_cert_chain(folder + "/cert", folder + "/key")
        client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
        client.maximum_version = ssl.TLSVersion.TLSv1_2  # later ones send tickets of which the first answer is a part
        accepted = []
        thread = threading.Thread(target=lambda: accepted.append(server.wrap_socket(ends.server, server_side=True)))
        thread.start()
        ends.client = client.wrap_socket(ends.client)
        thread.join()
        ends.server = accepted[0]
        at = call(ends, ask=0.03, think=0.12, write=0.05, read=0.08)
        found = {}

        def seen(tick):
            for row in tick.find(role="server", lport=ends.lport) + tick.find(role="client", rport=ends.lport):
                if row.get("call_us", 0) > 100e3:
                    found[row["role"]] = row
            return len(found) == 2
        top.wait(seen, "the call")
        close(found["server"]["in_us"], at["asked"] - at["asks"], "the request comes in")
        close(found["server"]["think_us"], at["answers"] - at["read"], "the server thinks")
        close(found["server"]["write_us"], at["answered"] - at["answers"], "it writes")
        close(found["client"]["away_us"], at["answers"] - at["asked"], "the request is away")
        close(found["client"]["in_us"], at["answered"] - at["answers"], "the answer comes in")
        close(found["client"]["wait_us"], at["got"] - at["answered"], "the answer waits to be read")


def older_than_skbtop():
    with Peer() as peer, Ends(peer) as ends:
        call(ends)
        with looking(peer) as top:
            call(ends)
            at = call(ends, think=0.04)
            check(top, ends, at)


def over_though_nothing_follows():
    """One call, and then nothing: it is told nevertheless, and once."""
    with Peer() as peer, looking(peer) as top, Ends(peer) as ends:
        call(ends, think=0.02)
        both(top, ends, 1)
        call(ends, think=0.02)
        both(top, ends, 1)


main([v4, v6, longer_than_an_int_of_ns, each_of_a_thousand_once, what_is_no_measure_says_so, half_closed,
      older_than_skbtop, over_though_nothing_follows, timed_out, between_namespaces, ways_to_send, io_uring, tls])
