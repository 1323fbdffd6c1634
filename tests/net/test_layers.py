"""Layers: a wait that is known lands in the layer where it was made, and nowhere else; what is counted equals what was
sent; and the parts of one packet add up to the whole."""

import re
import time

import links
from witness import Failure, Peer, Skbtop, Skip, counter, equal, holds, joined, main, veth, waits_in

RECEIVE = ("rx_mac", "rx_ip", "rx_tcp", "rx_app")
TRANSMIT = ("tx_tcp", "tx_ip", "tx_qdisc", "tx_nic")
ANY = {4: "127.0.0.1", 6: "::1"}


def layers(tick, **want):
    """The layers of the one row like this, or {}."""
    rows = tick.find(**want)
    return rows[0].get("layers", {}) if len(rows) == 1 else {}


def wait_layers(top, what, found, **want):
    """Ticks until found(layers) of this row is true; returns these layers."""
    seen = {}

    def look(tick):
        seen["last"] = layers(tick, **want) or seen.get("last")
        return seen["last"] and found(seen["last"])
    try:
        top.wait(look, what)
    except Failure as e:
        raise Failure("%s; layers: %s" % (e, seen.get("last"))) from None
    return seen["last"]


def settled(top, **want):
    """The layers of this row once a whole tick has brought no more, the ticks apart that came before now."""
    seen = [layers(top.settled(), **want)]

    def nothing_new(tick):
        seen.append(layers(tick, **want))
        return seen[-1] and seen[-1] == seen[-2]
    top.wait(nothing_new, "layers that stand still")
    return seen[-1]


def pass_time(top, ticks):
    for _ in range(ticks):
        top.tick()


def measured():
    return Skbtop("-t", columns="id,netns,proto,state,lport,rport,tx_pkts,layers")


def unread(family):
    """A program that lets its data lie: the wait is `app`, and the sum of the parts is what passed between the two
    calls."""
    with Peer() as peer, measured() as top:
        pair = peer.pair(0, 1, 2, ANY[family])
        here = {"netns": peer.netns, "lport": pair["rport"], "rport": pair["lport"]}
        pass_time(top, 3)  # the links of the new namespace
        start = time.monotonic()
        peer("send 1 1000")
        sent = time.monotonic()
        pass_time(top, 5)
        asked = time.monotonic()
        peer("recv 2 1000")
        done = time.monotonic()
        waited, whole = (asked - sent) * 1e6, (done - start) * 1e6
        got = wait_layers(top, "the wait", lambda l: l.get("rx_app", {}).get("max_us", 0) >= waited, **here)
        longest = sum(got[layer]["max_us"] for layer in RECEIVE if layer in got)
        holds(longest <= whole + sum(got[layer]["max_us"] for layer in RECEIVE if layer != "rx_app" and layer in got),
              "the parts, %s us, are more than the %s us that passed" % (longest, whole))
        for layer in RECEIVE[:3]:
            holds(layer not in got or got[layer]["max_us"] < waited / 2,
                  "%s: %s" % (layer, got[layer] if layer in got else 0))


def unread_stream_v4():
    unread(4)


def unread_stream_v6():
    unread(6)


def unread_datagrams():
    with Peer() as peer, measured() as top:
        port = peer("udp 0 4", "bind 0 127.0.0.1 0")["lport"]
        mine = peer("udp 1 4", "connect 1 127.0.0.1 %d" % port)["lport"]
        here = {"netns": peer.netns, "proto": "udp", "lport": port}
        pass_time(top, 3)  # the links of the new namespace
        peer("send 1 100")
        sent = time.monotonic()
        pass_time(top, 5)
        waited = (time.monotonic() - sent) * 1e6
        peer("recv 0 100")
        got = wait_layers(top, "the wait", lambda l: l.get("rx_app", {}).get("max_us", 0) >= waited, **here)
        equal(got["rx_app"]["n"], 1, "datagrams read")
        holds(got["rx_tcp"]["max_us"] < waited / 2, "rx_tcp %s" % got["rx_tcp"])
        sender = wait_layers(top, "the sender", lambda l: "tx_nic" in l, netns=peer.netns, proto="udp", lport=mine)
        equal(sender["tx_nic"]["n"], 1, "datagrams sent")
        holds("tx_tcp" not in sender and "tx_ip" not in sender,
              "nobody stamps a datagram as it leaves UDP: %s" % sender)


def below_the_low_water_mark():
    """With SO_RCVLOWAT the program is called late; what came before lies on its queue since it came, and the wait is
    `app`."""
    with Peer() as peer, measured() as top:
        pair = peer.pair(0, 1, 2)
        here = {"netns": peer.netns, "lport": pair["rport"], "rport": pair["lport"]}
        peer("option 2 rcvlowat 1000", "option 1 nodelay 1")
        pass_time(top, 3)  # the links of the new namespace
        peer("send 1 100", "send 1 100", "send 1 100")
        sent = time.monotonic()
        pass_time(top, 3)
        waited = (time.monotonic() - sent) * 1e6
        peer("send 1 700", "recv 2 1000")
        got = wait_layers(top, "the wait", lambda l: l.get("rx_app", {}).get("n", 0) >= 4, **here)
        equal(got["rx_app"]["n"], 4, "segments read")
        holds(got["rx_app"]["max_us"] >= waited, "the wait of %s us: %s" % (waited, got["rx_app"]))
        equal(got["rx_tcp"]["n"], 4, "segments queued")
        holds(got["rx_tcp"]["max_us"] < waited / 2, "rx_tcp %s of %s us" % (got["rx_tcp"], waited))


def a_hole_below_the_low_water_mark():
    """The second segment is lost once: the third waits for it in `tcp`, and then, like the others, for its program."""
    with Peer() as a, Peer() as b, measured() as top:
        lport, port = joined(a, b)
        try:
            b.inside("nft", "add table ip t; add chain ip t in { type filter hook input priority 0; }")
            b.inside("nft", "add rule ip t in tcp dport %d meta length 153 numgen inc mod 100 0 drop" % port)
        except (OSError, Failure) as e:
            raise Skip("no nftables: %s" % e) from None
        here = {"netns": b.netns, "lport": port, "rport": lport}
        b("option 2 rcvlowat 1000")
        a("option 1 nodelay 1")
        pass_time(top, 3)  # the links of the new namespace
        a("send 1 100", "send 1 101", "send 1 99")
        pass_time(top, 8)
        top.wait(lambda _: counter(a, "TcpRetransSegs"), "the second segment again")
        sent = time.monotonic()
        pass_time(top, 8)
        waited = (time.monotonic() - sent) * 1e6
        a("send 1 700")
        b("recv 2 1000")
        got = wait_layers(top, "the wait", lambda l: l.get("rx_app", {}).get("n", 0) >= 3, **here)
        got = settled(top, **here)
        holds(got["rx_app"]["p50_us"] >= waited / 2, "the wait of %s us: %s" % (waited, got["rx_app"]))
        equal(got["rx_tcp"]["n"], got["rx_app"]["n"], "segments queued, and read")
        holds(got["rx_tcp"]["p50_us"] < waited / 2, "rx_tcp %s of %s us" % (got["rx_tcp"], waited))


def until_asleep(top, peer, before):
    """Until it sleeps in another system call than before; returns its number."""
    now = waits_in(peer)
    while now in (before, None):
        top.tick()
        now = waits_in(peer)
    return now


def a_sleeping_reader():
    """Who sleeps in recv() is woken: all of its wait is the wake-up's."""
    with Peer() as peer, measured() as top:
        pass_time(top, 3)
        with Peer(inside=peer) as other:
            port = other("tcp 0 4", "bind 0 127.0.0.1 0", "listen 0 4")["lport"]
            client = peer("tcp 5 4", "connect 5 127.0.0.1 %d" % port)["lport"]
            other("accept 0 1")
            here = {"netns": peer.netns, "lport": port, "rport": client}
            for _ in range(10):
                before = until_asleep(top, other, None)
                other.begin("recv 1 100")
                until_asleep(top, other, before)
                peer("send 5 100")
                other.reply()
            got = wait_layers(top, "10 reads", lambda l: l.get("rx_app", {}).get("n", 0) >= 10, **here)
        if "rx_wakeup" not in got:
            raise Skip("who sleeps cannot be told without kallsyms")
        equal(got["rx_wakeup"]["n"], 10, "wake-ups")
        equal(got["rx_wakeup"]["max_us"], got["rx_app"]["max_us"], "the longest wake-up, the longest wait")


def a_slow_queue():
    """A token bucket lets a packet go as it has tokens: the wait is `qdisc`."""
    with Peer() as a, Peer() as b, measured() as top:
        veth(a, b)
        try:
            a.inside("tc", "qdisc", "add", "dev", "va", "root", "tbf", "rate", "2mbit", "burst", "3000", "latency",
                     "3s")
        except Failure as e:
            raise Skip("no token bucket filter: %s" % e) from None
        port = b("tcp 0 4", "bind 0 10.99.0.2 0", "listen 0 4")["lport"]
        client = a("tcp 1 4", "connect 1 10.99.0.2 %d" % port)
        b("accept 0 2")
        here = {"netns": a.netns, "lport": client["lport"], "rport": port}
        pass_time(top, 3)
        a("option 1 nodelay 1")
        a("send 1 60000")
        b("recv 2 60000")
        got = wait_layers(top, "the bucket's wait", lambda l: l.get("tx_qdisc", {}).get("n", 0) > 5, **here)
        for layer in ("tx_ip", "tx_nic"):
            holds(got["tx_qdisc"]["p50_us"] > 20 * got[layer]["p50_us"],
                  "tx_qdisc %s, %s %s" % (got["tx_qdisc"], layer, got[layer]))
        # Each was given out by the bucket, and what it waited there is not the way to the driver.
        got = settled(top, **here)
        equal(got["tx_direct"]["n"], got["tx_qdisc"]["n"], "packets that the bucket gave out")
        holds(got["tx_direct"]["p50_us"] < got["tx_qdisc"]["p50_us"] / 20,
              "tx_direct %s, tx_qdisc %s" % (got["tx_direct"], got["tx_qdisc"]))


def receive_offload():
    """A veth whose other end receives through GRO: each packet has passed it; and none before that was turned on."""
    with links.veth() as joined, measured() as top:
        a, b = joined.a, joined.b
        port = b("tcp 0 4", "bind 0 10.99.0.2 0", "listen 0 4")["lport"]
        client = a("tcp 1 4", "connect 1 10.99.0.2 %d" % port)
        b("accept 0 2")
        here = {"netns": b.netns, "lport": port, "rport": client["lport"]}
        pass_time(top, 3)
        a("send 1 30000")
        b("recv 2 30000")
        got = wait_layers(top, "packets without GRO", lambda l: l.get("rx_app", {}).get("n", 0) > 0, **here)
        holds("rx_gro" not in got, "nothing passed GRO: %s" % got)
        before = settled(top, **here)["rx_app"]["n"]
        links.ethtool(a, "va", tso=0)
        links.ethtool(b, "vb", gro=1)
        a("send 1 30000")
        b("recv 2 30000")
        wait_layers(top, "packets through GRO", lambda l: l.get("rx_gro", {}).get("n", 0) > 0, **here)
        got = settled(top, **here)
        equal(got["rx_gro"]["n"], got["rx_app"]["n"] - before, "packets through GRO")
        holds(got["rx_gro"]["max_us"] <= got["rx_mac"]["max_us"] if "rx_mac" in got else True,
              "a part is longer: %s" % got)


def every_segment_is_counted():
    """As many as the kernel sent, with nothing missed: small segments, one after the other."""
    with Peer() as peer, measured() as top:
        pair = peer.pair(0, 1, 2)
        client = {"netns": peer.netns, "lport": pair["lport"], "rport": pair["rport"]}
        server = {"netns": peer.netns, "lport": pair["rport"], "rport": pair["lport"]}
        pass_time(top, 3)
        before = top.row(**client)
        for _ in range(40):
            peer("send 1 100", "recv 2 100")
        got = wait_layers(top, "40 segments", lambda l: l.get("tx_nic", {}).get("n", 0) >= 40, **client)
        after = top.row(**client)
        equal(got["tx_nic"]["n"] - before.get("layers", {}).get("tx_nic", {}).get("n", 0),
              after["tx_pkts"] - before["tx_pkts"], "packets through the driver, segs_out")
        equal(got["tx_tcp"]["n"], 40, "send calls")
        read = wait_layers(top, "40 reads", lambda l: l.get("rx_app", {}).get("n", 0) >= 40, **server)
        equal({layer: read[layer]["n"] for layer in RECEIVE if layer in read},
              {layer: 40 for layer in RECEIVE if layer in read}, "segments in each layer")


def a_sample():
    """One packet in eight is measured: about as many as that, each with all its stamps, and none with another's: no
    time is longer than what passed between two calls."""
    turns, longest = 600, 0
    with Peer() as peer, Skbtop("-t", "--sample", "8", columns="id,netns,proto,state,lport,rport,layers") as top:
        pair = peer.pair(0, 1, 2)
        client = {"netns": peer.netns, "lport": pair["lport"], "rport": pair["rport"]}
        server = {"netns": peer.netns, "lport": pair["rport"], "rport": pair["lport"]}

        def turn():
            nonlocal longest
            start = time.monotonic()
            peer("send 1 100", "recv 2 100")
            longest = max(longest, (time.monotonic() - start) * 1e6)

        def all_layers(tick):
            turn()
            return "rx_ip" in layers(tick, **server) and "tx_ip" in layers(tick, **client)
        top.wait(all_layers, "the links of the new namespace")
        before = {"received": settled(top, **server), "sent": layers(top.tick(), **client)}
        for _ in range(turns):
            turn()
        few, many = turns / 8 / 2, turns / 8 * 2
        after = {"received": settled(top, **server), "sent": layers(top.tick(), **client)}
        for what, names in ("received", RECEIVE), ("sent", TRANSMIT):
            of = after[what]
            numbers = {name: of[name]["n"] - before[what].get(name, {"n": 0})["n"] for name in names if name in of}
            holds(len(set(numbers.values())) == 1, "the layers of what was %s differ: %s" % (what, numbers))
            holds(few < min(numbers.values()) and max(numbers.values()) < many, "%s: %s" % (what, numbers))
            holds(max(of[name]["max_us"] for name in numbers) <= longest, "%s in %s us: %s" % (what, longest, of))


def acknowledged():
    """Each answer acknowledges what it answers, which the next segment tells at the latest: so one may be missing. What
    comes after it acknowledges nothing new."""
    turns, longest = 50, 0
    with Peer() as peer, measured() as top:
        pair = peer.pair(0, 1, 2)
        here = {"netns": peer.netns, "lport": pair["lport"], "rport": pair["rport"]}
        pass_time(top, 3)
        for _ in range(turns):
            start = time.monotonic()
            peer("send 1 100", "recv 2 100", "send 2 100", "recv 1 100", "send 2 100", "recv 1 100")
            longest = max(longest, (time.monotonic() - start) * 1e6)
        wait_layers(top, "what was acknowledged", lambda l: l.get("tx_ack", {}).get("n", 0) >= turns - 1, **here)
        got = settled(top, **here)["tx_ack"]
        least = float(re.search(r"minrtt:([0-9.]+)", peer.inside(
            "ss", "-Htin", "sport", "=", ":%d" % pair["lport"])).group(1)) * 1000
        holds(turns - 1 <= got["n"] <= turns, "%d acknowledged, of %d" % (got["n"], turns))
        holds(least <= got["max_us"] <= longest, "%s, not from %s to %s" % (got, least, longest))
        holds("tx_ack" not in layers(top.tick(), netns=peer.netns, state="listen"), "a listener sends nothing")


def direct_descriptors():
    """Sockets that only an io_uring holds, and whose calls it makes: each packet is in each layer."""
    with Peer() as peer, measured() as top:
        pair = peer.pair(0, 1, 2)
        try:
            peer("ring 2")
        except OSError as e:
            raise Skip("no io_uring: %s" % e) from None
        server = {"netns": peer.netns, "lport": pair["rport"], "rport": pair["lport"]}
        pass_time(top, 3)
        for _ in range(10):
            peer("send 1 1000", "ringrecv 2 1000", "ringsend 2 500", "recv 1 500")
        wait_layers(top, "ten each way", lambda l: min(l.get(n, {}).get("n", 0) for n in ("rx_app", "tx_tcp")) >= 10,
                    **server)
        got = settled(top, **server)
        equal({n: got[n]["n"] for n in RECEIVE if n in got}, {n: 10 for n in RECEIVE if n in got}, "segments received")
        holds("rx_tcp" in got and "rx_app" in got, "the layers of a reader: %s" % sorted(got))
        equal(got["tx_tcp"]["n"], 10, "send calls")


main([unread_stream_v4, unread_stream_v6, unread_datagrams, below_the_low_water_mark, a_hole_below_the_low_water_mark,
      a_sleeping_reader, a_slow_queue, receive_offload, every_segment_is_counted, a_sample, direct_descriptors,
      acknowledged])
