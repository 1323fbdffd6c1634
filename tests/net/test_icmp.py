"""ICMP echo of the whole machine (-I) against tcpdump in both namespaces: none missing, none twice, whoever reads the
reply and however late; what is dropped has its reason; the layers have them in a row of their own."""

import errno
import socket
import struct
import time

from links import within
from tracing import Tcpdump, Trace, read_headers
from witness import Peer, Skbtop, equal, holds, main, nft, veth

REQUEST, REPLY = (8, 128), (0, 129)
ID = 4711


def read_echo(ip):
    """(what, id, sequence number, bytes behind the header) of an echo packet, or of its first fragment; else None."""
    protocol, head, length = read_headers(ip)
    if protocol not in (1, 58) or (ip[0] >> 4 == 4 and struct.unpack("!H", ip[6:8])[0] & 0x1fff):
        return None
    kind, _, _, ident, seq = struct.unpack("!BBHHH", ip[head:head + 8])
    if kind not in ((8, 0) if protocol == 1 else (128, 129)):
        return None
    return ("req" if kind in REQUEST else "reply", ident, seq, length - head - 8)


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    total = (total & 0xffff) + (total >> 16)
    return ~(total + (total >> 16)) & 0xffff


class Pinger:
    """A raw or ping socket in a peer's namespace, and the echo packets that it sends."""

    def __init__(self, peer, host, kind=socket.SOCK_RAW):
        self.host = host
        self.v6 = ":" in host
        with within(peer):
            self.socket = socket.socket(socket.AF_INET6 if self.v6 else socket.AF_INET, kind, 58 if self.v6 else 1)
        self.raw_v4 = kind == socket.SOCK_RAW and not self.v6
        self.socket.settimeout(10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, seq, size=56):
        packet = struct.pack("!BBHHH", 128 if self.v6 else 8, 0, 0, ID, seq) + b"x" * size
        if not self.v6:
            packet = packet[:2] + struct.pack("!H", checksum(packet)) + packet[4:]
        self.socket.sendto(packet, (self.host, 0))

    def receive(self, seq, flags=0):
        """Reads until the reply with this number is there."""
        while True:
            data = self.socket.recv(65536, flags)
            data = data[(data[0] & 15) * 4:] if self.raw_v4 else data
            if data[0] in REPLY and struct.unpack("!H", data[6:8])[0] == seq:
                return

    def ping(self, seq, size=56):
        self.send(seq, size)
        self.receive(seq)


class Echoes(Trace):
    """skbtop -I, as far as the packets are those of the given peers."""

    def __init__(self, *peers):  # pylint: disable=super-init-not-called
        self.top = Skbtop("-I")
        self.packets = {}
        self.head = {}
        self.where = {p.netns for p in peers}
        for peer in peers:
            peer("udp 9 4", "bind 9 127.0.0.1 0")  # so that their namespaces are known
        self.until(lambda: "trace" in self.head, "the trace begins")
        self.settle()

    def tick(self):
        super().tick()
        self.packets = {n: p for n, p in self.packets.items() if p["netns"] in self.where}

    def of(self, peer, **want):
        return self.told(netns=peer.netns, **want)


def keys(packets):
    return sorted((p["flags"], p["echo_id"], p["echo_seq"], p["payload"]) for p in packets)


def same(echoes, peer, dump, wanted):
    """As many as tcpdump saw in this namespace, once it saw as many as are wanted."""
    echoes.until(lambda: len(dump.so_far()) >= wanted and len(echoes.of(peer)) >= wanted, "%d packets" % wanted)
    echoes.settle()
    equal(keys(echoes.of(peer)), sorted(dump.so_far()), "echo packets of the namespace")
    equal(len(dump.so_far()), wanted, "packets that tcpdump saw")


def joined(a, b):
    veth(a, b)
    for peer, device, address in ((a, "va", "fd99::1/64"), (b, "vb", "fd99::2/64")):
        peer.inside("ip", "address", "add", address, "dev", device, "nodad")


def pings(host, kind, count=5):
    with Peer() as a, Peer() as b:
        joined(a, b)
        if kind == socket.SOCK_DGRAM:
            a.inside("sysctl", "-qw", "net.ipv4.ping_group_range=0 2147483647")
        with Echoes(a, b) as echoes, Tcpdump(a, "va", read_echo) as near, Tcpdump(b, "vb", read_echo) as far, \
                Pinger(a, host, kind) as pinger:
            for seq in range(1, count + 1):
                pinger.ping(seq, 56 + seq)
            same(echoes, a, near, 2 * count)
            same(echoes, b, far, 2 * count)
            echoes.check()
            replies = echoes.of(a, dir="rx", flags="reply")
            for p in replies:
                holds(p["echo_rtt_us"] > 0 and p["raddr"] == host, "its round trip: %s" % p)
                holds("rx_app_us" in p and "dropped" not in p, "it was read: %s" % p)
            for p in echoes.of(b, dir="rx", flags="req"):
                holds("rx_app_us" not in p and "dropped" not in p and p["total_us"] > 0,
                      "the kernel has answered: %s" % p)
            for p in echoes.of(a, dir="tx") + echoes.of(b, dir="tx"):
                holds("tx_nic_us" in p and "echo_rtt_us" not in p, "it was sent: %s" % p)
            equal(len(replies), count, "replies")


def raw_v4():
    pings("10.99.0.2", socket.SOCK_RAW)


def raw_v6():
    pings("fd99::2", socket.SOCK_RAW)


def ping_v4():
    pings("10.99.0.2", socket.SOCK_DGRAM)


def ping_v6():
    pings("fd99::2", socket.SOCK_DGRAM)


def loopback():
    """All four on one device."""
    with Peer() as a:
        with Echoes(a) as echoes, Tcpdump(a, "lo", read_echo) as dump, Pinger(a, "127.0.0.1") as pinger:
            pinger.ping(1)
            echoes.until(lambda: len(echoes.of(a)) >= 4 and len(dump.so_far()) >= 2, "four packets")
            echoes.settle()
            equal(sorted((p["dir"], p["flags"]) for p in echoes.of(a)),
                  [("rx", "reply"), ("rx", "req"), ("tx", "reply"), ("tx", "req")], "packets")
            equal(len(dump.so_far()), 2, "packets that tcpdump saw")
            equal(len([p for p in echoes.of(a) if "echo_rtt_us" in p]), 1, "round trips")


def fragments():
    """A packet that is sent in pieces is one, with the stamps of its first piece."""
    with Peer() as a, Peer() as b:
        joined(a, b)
        for host in ("10.99.0.2", "fd99::2"):
            with Echoes(a, b) as echoes, Pinger(a, host) as pinger:
                pinger.ping(1, 4000)
                echoes.until(lambda: len(echoes.of(a)) >= 2 and len(echoes.of(b)) >= 2, "both ends")
                echoes.settle()
                equal([len(echoes.of(x, dir=d)) for x in (a, b) for d in ("rx", "tx")], [1, 1, 1, 1],
                      "packets over " + host)
                reply = echoes.of(a, dir="rx")[0]
                holds("rx_app_us" in reply and "echo_rtt_us" in reply, "it was read: %s" % reply)
                echoes.check()


def a_late_reader():
    """Looked at, and read some ticks later: the wait is the program's."""
    with Peer() as a, Peer() as b:
        joined(a, b)
        with Echoes(a, b) as echoes, Pinger(a, "10.99.0.2") as pinger:
            pinger.send(1)
            pinger.send(2)
            pinger.receive(1, socket.MSG_PEEK)
            echoes.until(lambda: len(echoes.of(a, dir="rx")) >= 2, "the replies")
            began = time.monotonic()
            for _ in range(4):
                echoes.tick()
            holds(all("rx_app_us" not in p for p in echoes.of(a, dir="rx")),
                  "nobody has read: %s" % echoes.of(a, dir="rx"))
            waited = time.monotonic() - began
            pinger.receive(1)
            echoes.until(lambda: "rx_app_us" in echoes.of(a, dir="rx", echo_seq=1)[0], "the first is read")
            echoes.settle()
            holds("rx_app_us" not in echoes.of(a, dir="rx", echo_seq=2)[0], "the second is not")
            pinger.receive(2)
            echoes.until(lambda: "rx_app_us" in echoes.of(a, dir="rx", echo_seq=2)[0], "the second is read")
            for p in echoes.of(a, dir="rx"):
                holds(p["rx_app_us"] >= waited * 1e6, "the wait of %s s: %s" % (waited, p))
                holds(p["rx_app_us"] > 0.5 * p["total_us"], "the wait is the program's: %s" % p)
            equal(len(echoes.of(a, dir="rx")), 2, "replies")


def dropped():
    """What netfilter drops on its way in has the reason and the place with it, and no reply."""
    with Peer() as a, Peer() as b:
        joined(a, b)
        nft(b, "input", "icmp sequence 2 drop")
        with Echoes(a, b) as echoes, Pinger(a, "10.99.0.2") as pinger:
            pinger.ping(1)
            pinger.send(2)
            pinger.ping(3)
            echoes.until(lambda: len(echoes.of(b)) >= 5, "the drop")
            lost = [p for p in echoes.of(b) if "dropped" in p]
            equal([(p["echo_seq"], p["dir"]) for p in lost], [(2, "rx")], "what was dropped")
            holds("NETFILTER" in lost[0]["drop_reason"], "its reason: %s" % lost[0])
            equal(sorted(p["echo_seq"] for p in echoes.of(a, dir="rx")), [1, 3], "replies")


def forwarded():
    """What a namespace only routes is neither sent nor received there."""
    with Peer() as a, Peer() as r, Peer() as b:
        veth(a, r, "10.99.0.1/24", "10.99.0.2/24")
        veth_far(r, b)
        r.inside("sysctl", "-qw", "net.ipv4.ip_forward=1")
        a.inside("ip", "route", "add", "10.98.0.0/24", "via", "10.99.0.2")
        b.inside("ip", "route", "add", "10.99.0.0/24", "via", "10.98.0.1")
        with Echoes(a, r, b) as echoes, Pinger(a, "10.98.0.2") as pinger:
            pinger.ping(1)
            echoes.until(lambda: len(echoes.of(a)) >= 2 and len(echoes.of(b)) >= 2, "both ends")
            echoes.settle()
            equal([len(echoes.of(x)) for x in (a, r, b)], [2, 0, 2], "packets of the ends and of the router")
            equal(echoes.head["trace"]["lost"], 0, "lost")


def veth_far(r, b):
    r.inside("ip", "link", "add", "vr", "type", "veth", "peer", "name", "vz", "netns", str(b.pid))
    for peer, device, address in ((r, "vr", "10.98.0.1/24"), (b, "vz", "10.98.0.2/24")):
        peer.inside("ip", "address", "add", address, "dev", device)
        peer.inside("ip", "link", "set", device, "up")


def among_others():
    """Buffers are used again: what is refused or unreachable, and waits on a raw socket's queue, is none of the echo
    packets before."""
    count = 20
    with Peer() as a, Peer() as b:
        joined(a, b)
        with Echoes(a, b) as echoes, Pinger(a, "10.99.0.2") as pinger, within(a):
            nobody = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            for seq in range(1, count + 1):
                pinger.send(seq)
                for _ in range(5):
                    nobody.sendto(b"x" * 50, ("10.99.0.2", 9))
                    equal(refusal("10.99.0.2", 9), errno.ECONNREFUSED, "a SYN to nobody")
                pinger.receive(seq)
            nobody.close()
            echoes.until(lambda: len(echoes.of(a)) >= 2 * count and len(echoes.of(b)) >= 2 * count, "all packets")
            echoes.settle()
            told = echoes.of(a) + echoes.of(b)
            equal(len(told), 4 * count, "echo packets of both namespaces")
            equal([p for p in told if "drop_reason" in p or "drop" in p], [], "echo packets that were dropped")
            equal([p for p in told if p["flags"] == "req" and "rx_app_us" in p], [], "requests that a program read")


def refusal(host, port):
    """Why nobody can be connected to there."""
    with socket.socket() as s:
        return s.connect_ex((host, port))


def layers():
    """A row of their own in the layers; a socket's figures and the machine's have none of them."""
    count = 6
    with Peer() as a, Peer() as b, Skbtop("--view", "layers") as top:
        joined(a, b)
        for peer in (a, b):
            peer("udp 9 4", "bind 9 127.0.0.1 0")
        rows = {}

        def look(tick):
            rows.update({r["layer"]: r for r in tick.rows if r["type"] == "layer" and r["who"] == "icmp echo"})
            return rows
        for _ in range(6):
            look(top.tick())
        before = {layer: rows.get(layer, {}).get("n", 0) for layer in ("tx_nic", "rx_app")}
        with Pinger(a, "10.99.0.2") as pinger:
            for seq in range(1, count + 1):
                pinger.send(seq)
            began = time.monotonic()
            for _ in range(3):
                look(top.tick())
            waited = time.monotonic() - began
            for seq in range(1, count + 1):
                pinger.receive(seq)
        got = top.wait(lambda t: look(t).get("rx_app", {}).get("n", 0) >= before["rx_app"] + count and rows,
                       "their row")
        holds(got["tx_nic"]["n"] >= before["tx_nic"] + 2 * count, "sent: %s" % got["tx_nic"])
        holds(got["tx_qdisc"]["n"] >= before["tx_nic"] + 2 * count, "queued: %s" % got["tx_qdisc"])
        holds(got["rx_app"]["max_us"] >= waited * 1e6, "the wait of %s s: %s" % (waited, got["rx_app"]))
        for layer in ("tx_nic", "rx_tcp"):
            holds(layer not in got or got[layer]["p50_us"] < got["rx_app"]["max_us"] / 10,
                  "%s: %s" % (layer, got.get(layer)))


main([raw_v4, raw_v6, ping_v4, ping_v6, loopback, fragments, a_late_reader, dropped, forwarded,
      among_others, layers])
