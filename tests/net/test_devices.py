"""Every kind of way that a packet takes: devices with a MAC header and without, several of them, segmentation and its
reverse, options and extension headers, loss, a busy reader. No packet is missing and none is there twice, by tcpdump
and by the sender's own count; no time is negative; what one trace tells, the layers of the same sockets have
counted."""

import contextlib
import os
import socket
import threading

import links
from tracing import Tcpdump, Trace, coverage, fresh, in_order, payload
from witness import Again, Failure, Peer, Skbtop, Skip, counter, equal, holds, main, nft

RECEIVE = ("rx_mac", "rx_ip", "rx_tcp", "rx_app")
IPV6_HOPOPTS, IPV6_DSTOPTS = 54, 59
SIZES = (1, 100, 1400, 30000)


def traced(peer, lport, rport):
    expr = "sport = :%d and netns = %d" % (lport, peer.netns)
    return Trace(expr + (" and dport = :%d" % rport if rport else ""))


def measured(*peers):
    """The layers of the peers' sockets alone: a reader that nobody empties must not fall behind."""
    top = Skbtop("-t", "--filter", " or ".join("netns = %d" % p.netns for p in peers),
                 columns="id,netns,lport,rport,layers")
    spaces = {p.netns for p in peers}
    top.wait(lambda tick: tick.head.get("layers", {}).get("sample") and {r.get("netns") for r in tick.rows} >= spaces,
             "the layers begin")
    for _ in range(3):
        top.tick()  # the links of the new namespaces
    return top


def connected(joined, family, kind="tcp"):
    """Slot 1 of a is connected to slot 2 of b. Both ports."""
    a, b, host = joined.a, joined.b, joined.host[family]
    if kind == "udp":
        port = b("udp 2 %d" % family, "bind 2 %s 0" % host)["lport"]
        mine = a("udp 1 %d" % family, "connect 1 %s %d" % (host, port))["lport"]
        b("connect 2 %s %d" % (a("name 1")["laddr"], mine))
        return mine, port
    port = b("tcp 0 %d" % family, "bind 0 %s 0" % host, "listen 0 4")["lport"]
    mine = a("tcp 1 %d" % family, "connect 1 %s %d" % (host, port))["lport"]
    b("accept 0 2")
    return mine, port


def layers_of(tick, peer, lport, rport):
    rows = tick.find(netns=peer.netns, lport=lport, rport=rport)
    return rows[0].get("layers", {}) if len(rows) == 1 else {}


def settled_layers(top, peer, lport, rport, layer, n):
    """The socket's layers once this one has counted n, and a few ticks later: no more come."""
    seen = {}

    def look(tick):
        seen.update(layers_of(tick, peer, lport, rport))
        return seen.get(layer, {}).get("n", 0) >= n
    try:
        top.wait(look, "%d in %s" % (n, layer))
    except Failure as e:
        raise Failure("%s; layers: %s" % (e, seen)) from None
    for _ in range(2):
        top.tick()
    return layers_of(top.tick(), peer, lport, rport)


def counted_as_told(top, trace, peer, lport, rport):
    """The layers of a socket have counted the packets that its trace tells."""
    sent = [p for p in trace.told(dir="tx") if "tx_nic_us" in p]
    read = [p for p in trace.told(dir="rx") if "rx_app_us" in p]
    got = settled_layers(top, peer, lport, rport, "rx_app", len(read))
    equal({name: got[name]["n"] for name in RECEIVE if name in got},
          {name: len(read) for name in RECEIVE if name in got}, "received packets in each layer")
    equal(got.get("tx_nic", {}).get("n", 0), len(sent), "sent packets that the driver took: %s" % got)
    holds(all(layer["max_us"] >= 0 and layer["p50_us"] >= 0 for layer in got.values()), "a negative time: %s" % got)


def beside_the_parts(joined, trace):
    """But for tun none of these devices is the end of a packet's way, and none has a queue; GRO is within mac."""
    told = list(trace.packets.values())
    holds(joined.ends or not any("direct_us" in p for p in told), "no qdisc gave it out: %s" % told)
    holds(joined.ends or not any("done_us" in p for p in told), "it travelled on: %s" % told)
    holds(all(p["gro_us"] <= p["rx_mac_us"] for p in told if "gro_us" in p and "rx_mac_us" in p),
          "GRO is part of mac: %s" % told)
    holds(not joined.gro or all("gro_us" in p for p in trace.told(dir="rx")), "it passed GRO: %s" % told)


def talk(joined, family, kind):
    """Both ends' traces of a conversation against tcpdump at both ends, and against the layers."""
    a, b = joined.a, joined.b
    mine, port = connected(joined, family, kind)
    with measured(a, b) as top, traced(a, mine, port) as at_a, traced(b, port, mine) as at_b, \
            Tcpdump(a, joined.device[0]) as dump_a, Tcpdump(b, joined.device[1]) as dump_b:
        sizes = SIZES if kind == "tcp" else [s for s in SIZES if s < 1300] * 2
        for size in sizes:
            a("send 1 %d" % size)
            b("recv 2 %d" % size, "send 2 %d" % size)
            a("recv 1 %d" % size)
        # A device that cannot segment is given segments; tcpdump looks behind that, the trace before it.
        alike = coverage if joined.segments and kind == "tcp" else in_order
        at_a.same_as(dump_a, alike, 2 * len(sizes), "what the client's trace told")
        at_b.same_as(dump_b, alike, 2 * len(sizes), "what the server's trace told")
        for trace, peer, lport, rport in ((at_a, a, mine, port), (at_b, b, port, mine)):
            beside_the_parts(joined, trace)
            for way in ("tx", "rx"):
                equal(payload(trace.told(dir=way)), sum(sizes), "bytes %s" % way)
            holds(all("rx_ip_us" in p and "rx_app_us" in p for p in fresh(trace.told(dir="rx"))),
                  "stamps are missing: %s" % trace.told(dir="rx"))
            counted_as_told(top, trace, peer, lport, rport)
        equal({p["devices"] for p in at_a.told(dir="tx")}, {",".join(joined.out)}, "devices on the way out")
        equal({p["devices"] for p in at_b.told(dir="rx")}, {",".join(joined.into)}, "devices on the way in")


def across(join, ways=((4, "tcp"), (6, "udp"))):
    for family, kind in ways:
        with join() as joined:
            try:
                talk(joined, family, kind)
            except Again:
                raise
            except AssertionError as e:
                raise AssertionError("%s over IPv%d: %s" % (kind, family, e)) from None


def loopback():
    across(links.lo, ((4, "tcp"), (6, "tcp"), (4, "udp"), (6, "udp")))


def veth():
    across(links.veth)


def tun():
    across(links.tun, ((6, "tcp"), (4, "udp")))


def macvlan():
    across(links.macvlan, ((6, "tcp"), (4, "udp")))


def vlan():
    across(links.vlan)


def vxlan():
    across(links.vxlan)


def a_bridge_with_the_address():
    across(links.bridge)


def a_bridge_on_the_way():
    across(links.bridged)


@contextlib.contextmanager
def set_on(settings):
    """A veth pair with these offloads."""
    with links.veth() as joined:
        for peer, device in ((joined.a, "va"), (joined.b, "vb")):
            links.ethtool(peer, device, **settings)
        joined.segments = not settings.get("tso", 1)
        joined.gro = settings.get("gro", 0)
        yield joined


def segmentation_in_software():
    across(lambda: set_on({"tso": 0}))


def receive_offload():
    across(lambda: set_on({"tso": 0, "gro": 1}))


def opened_within(peer, family, prepare):
    """A connection over lo, of sockets that are prepared before they connect: both, and both ports."""
    with links.within(peer):
        kind = socket.AF_INET6 if family == 6 else socket.AF_INET
        listener, client = socket.socket(kind, socket.SOCK_STREAM), socket.socket(kind, socket.SOCK_STREAM)
    with listener:
        listener.bind(("::1" if family == 6 else "127.0.0.1", 0))
        listener.listen()
        prepare(client)
        client.connect(listener.getsockname())
        server = listener.accept()[0]
    return client, server, client.getsockname()[1], client.getpeername()[1]


def receive_all(sock, size):
    while size:
        size -= len(sock.recv(size))


def with_options(family, prepare, least):
    """Both directions; the sender's headers are at least so long."""
    with Peer() as peer:
        client, server, mine, port = opened_within(peer, family, prepare)
        with client, server, traced(peer, mine, port) as at_a, traced(peer, port, mine) as at_b, \
                Tcpdump(peer, "lo") as dump:
            for size in SIZES:
                client.sendall(bytes(size))
                receive_all(server, size)
                server.sendall(bytes(size))
                receive_all(client, size)
            for trace in (at_a, at_b):
                trace.same_as(dump, in_order, 2 * len(SIZES))
                for way in ("tx", "rx"):
                    equal(payload(trace.told(dir=way)), sum(SIZES), "bytes %s" % way)
            headers = {p["frame"] - p["payload"] for p in at_b.told(dir="rx")}
            holds(min(headers) >= least, "bytes of headers: %s" % headers)
            holds(all("rx_app_us" in p for p in fresh(at_b.told(dir="rx"))), "a packet was never read")


def ip_options():
    with_options(4, lambda s: s.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, b"\1" * 40), 80)


def ip6_extension_headers():
    pad = bytes((0, 0, 1, 4, 0, 0, 0, 0))

    def prepare(sock):
        for option in (IPV6_HOPOPTS, IPV6_DSTOPTS):
            sock.setsockopt(socket.IPPROTO_IPV6, option, pad)
    with_options(6, prepare, 40 + 16 + 20)


def a_lost_segment():
    """The first of many is dropped: the rest cannot be put in order, SACK tells of it, and what is sent again is marked
    and not counted as sent by a call."""
    size = 24 * 1448  # as many as the programs remember unread
    with links.veth() as joined:
        a, b = joined.a, joined.b
        links.ethtool(a, "va", tso=0)
        a.inside("ip", "link", "set", "va", "gso_max_segs", "1")
        mine, port = connected(joined, 4)
        nft(b, "input", "tcp dport %d ip length > 100 limit rate 1/hour burst 1 packets drop" % port)
        with measured(a, b) as top, traced(a, mine, port) as at_a, traced(b, port, mine) as at_b, \
                Tcpdump(a, "va") as dump_a, Tcpdump(b, "vb") as dump_b:
            a("send 1 %d" % size)
            b("recv 2 %d" % size)
            at_a.same_as(dump_a, in_order, 24, "what the client's trace told")
            at_b.same_as(dump_b, in_order, 24, "what the server's trace told")
            data = [p for p in at_a.told(dir="tx") if p["payload"]]
            again = [p for p in data if "retransmit" in p]
            holds(again, "nothing was sent again")
            equal(sum(p["payload"] for p in data if "retransmit" not in p), size, "bytes that were sent once")
            holds(not any("tx_tcp_us" in p for p in again), "tx_tcp of what was sent again: %s" % again)
            equal(len(again), counter(a, "TcpRetransSegs"), "retransmitted segments, nstat's TcpRetransSegs")
            holds(any(p.get("sack") for p in at_a.told(dir="rx")), "no SACK block was seen")
            lost = at_b.told(dropped=True)
            equal([(p["dir"], p["payload"] > 0) for p in lost], [("rx", True)], "dropped packets")
            # It had come as far as the device: it is there twice, and what followed it waited for it in TCP.
            equal([p["seq"] for p in at_b.told(dir="rx") if p.get("retransmit") == "again"], [lost[0]["seq"]],
                  "what came again")
            read = [p for p in at_b.told(dir="rx") if "rx_app_us" in p]
            equal(sum(p["payload"] for p in read), size, "bytes that were read")
            got = settled_layers(top, a, mine, port, "tx_tcp", 1)
            equal(got["tx_tcp"]["n"], len([p for p in data if "tx_tcp_us" in p]), "segments in tx_tcp")


def a_busy_reader():
    """The reader holds its socket while segments come: these wait on the backlog, and are not lost there."""
    size = 30_000_000
    with Peer() as peer:
        client, server, mine, port = opened_within(peer, 4, lambda s: None)
        with client, server, traced(peer, port, mine) as trace, Tcpdump(peer, "lo") as dump:
            writer = threading.Thread(target=client.sendall, args=(bytes(size),), daemon=True)
            writer.start()
            left = size
            while left:
                left -= server.recv_into(bytearray(min(left, 4 << 20)), 0, socket.MSG_WAITALL)
            writer.join()
            # A full buffer may have had some of it sent again: tcpdump tells.
            trace.same_as(dump, in_order, size // 65536)
            once = {(p["seq"], p["payload"]) for p in trace.told(dir="rx") if p["payload"]}
            holds(sum(payload for _, payload in once) >= size, "bytes that came: %s" % once)
            if not trace.told(backlog=True):
                raise Skip("no segment met the socket busy")


def looked_at_and_spliced():
    """What is only looked at was not read yet; what is spliced was."""
    with Peer() as peer, contextlib.ExitStack() as stack:
        client, server, mine, port = opened_within(peer, 4, lambda s: None)
        stack.enter_context(client)
        stack.enter_context(server)
        out, into = os.pipe()
        stack.callback(os.close, out)
        stack.callback(os.close, into)
        with measured(peer) as top, traced(peer, port, mine) as trace:
            for number in range(6):
                client.sendall(bytes(1000))
                equal(len(server.recv(1000, socket.MSG_PEEK | socket.MSG_WAITALL)), 1000, "bytes looked at")
                for _ in range(2):
                    server.recv(10, socket.MSG_PEEK)
                left = 1000
                while left and number % 2:
                    left -= os.splice(server.fileno(), into, left)
                    os.read(out, 1000)
                if not number % 2:
                    receive_all(server, 1000)
            trace.until(lambda: len([p for p in trace.told(dir="rx") if "rx_app_us" in p]) >= 6, "six segments read")
            trace.settle()
            trace.check()
            equal(len([p for p in trace.told(dir="rx") if p["payload"]]), 6, "segments")
            counted_as_told(top, trace, peer, port, mine)


def a_listener():
    """The trace of a listener has the handshakes, and all that comes to its port."""
    with Peer() as peer:
        port = peer("tcp 0 4", "bind 0 127.0.0.1 0", "listen 0 8")["lport"]
        with Trace("sport = :%d and netns = %d and state = listen" % (port, peer.netns)) as trace, \
                Tcpdump(peer, "lo") as dump:
            for slot in (1, 3, 5):
                peer("tcp %d 4" % slot, "connect %d 127.0.0.1 %d" % (slot, port), "accept 0 %d" % (slot + 1))
                peer("send %d 100" % slot, "recv %d 100" % (slot + 1))
            trace.same_as(dump, in_order, 12)
            equal(sorted(p["flags"] for p in trace.told() if "S" in p["flags"]), ["S"] * 3 + ["SA"] * 3, "handshakes")


if __name__ == "__main__":
    main([loopback, veth, tun, macvlan, vlan, vxlan, a_bridge_with_the_address, a_bridge_on_the_way,
          segmentation_in_software,
          receive_offload, ip_options, ip6_extension_headers, a_lost_segment, a_busy_reader, looked_at_and_spliced,
          a_listener])
