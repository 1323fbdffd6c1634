"""Packets of one socket against tcpdump's of the same traffic: none missing, none twice; what netfilter translates or
drops is told with the packet."""

import os
import socket

import links
from links import within
from tracing import PacketFile, Tcpdump, Trace, in_order
from witness import Again, Failure, Peer, Skip, counter, equal, holds, joined, main, veth


def conversation(host):
    with Peer() as peer:
        pair = peer.pair(0, 1, 2, host)
        with Trace("sport = :%d and dport = :%d and netns = %d" % (
                pair["lport"], pair["rport"], peer.netns)) as trace, \
                Tcpdump(peer, "lo") as dump:
            for size in (1, 100, 1000, 30000):
                peer("send 1 %d" % size, "recv 2 %d" % size, "send 2 %d" % size, "recv 1 %d" % size)
            trace.same_as(dump, in_order, 8)


def stream_v4():
    conversation("127.0.0.1")


def stream_v6():
    conversation("::1")


def large_stream():
    """Super-packets, at full speed: as many bytes as were sent, no packet twice, what was lost is counted."""
    size = 20_000_000
    with Peer() as a, Peer() as b:
        lport, port = joined(a, b)
        with Trace("sport = :%d and dport = :%d and netns = %d" % (lport, port, a.netns)) as trace:
            a.begin("send 1 %d" % size)
            b("recv 2 %d" % size)
            a.reply()

            def told():
                fresh = [p for p in trace.packets.values() if p["dir"] == "tx" and "retransmit" not in p]
                return sum(p["payload"] for p in fresh)

            def counted():
                return sum(trace.head["trace"][name] for name in ("lost", "limited", "unseen"))
            trace.until(lambda: told() >= size or counted(), "all bytes")
            if not counted():
                equal(told(), size, "payload of the packets that were sent")


def held_for_its_neighbour():
    """A first transmission that waits for a link address on its way to the device, while TCP goes on, is none that is
    sent again."""
    with Peer() as a, Peer() as b:
        lport, port = joined(a, b)
        answers = "echo %d >/proc/sys/net/ipv4/conf/all/arp_ignore"
        with Trace("sport = :%d and dport = :%d and netns = %d" % (lport, port, a.netns)) as trace:
            b.inside("sh", "-c", answers % 8)
            a.inside("ip", "neigh", "flush", "dev", "va")
            a("send 1 1000")
            equal(len(trace.packets), 0, "packets that are not at the device yet")
            b.inside("sh", "-c", answers % 0)
            b("recv 2 1000")
            trace.until(lambda: any(p["payload"] for p in trace.packets.values()), "the segment")
            trace.settle()
            data = [p for p in trace.packets.values() if p["payload"]]
            again = counter(a, "TcpRetransSegs")
            equal(len([p for p in data if "retransmit" in p]), again, "retransmits of %s" % data)
            equal(len(data), 1 + again, "segments of %s" % data)


def read_later():
    """A packet that waits for its reader is told again with that time, as the same packet; a file of packets has it
    once, with the time."""
    with Peer() as a, Peer() as b:
        lport, port = joined(a, b)
        expr = "sport = :%d and dport = :%d and netns = %d" % (port, lport, b.netns)
        with Trace(expr) as trace, PacketFile(expr) as file:
            a("send 1 500")

            def segment():
                return next((p for p in trace.packets.values() if p["payload"] == 500), {})
            trace.until(segment, "the segment")
            holds("rx_app_us" not in segment(), "nobody has read it yet: %s" % segment())
            b("recv 2 500")
            trace.until(lambda: "rx_app_us" in segment(), "its time")
            trace.settle()
            equal(trace.told(retransmit="again"), [], "packets that were sent again")
            equal(trace.head["trace"]["packets"], len(trace.packets), "packets of the trace, and those that were told")
            trace.check()
            file.begun()
            written = file.end("tcp.seq_raw", "tcp.len", "tcp.srcport", "frame.comment")
            equal(sorted(p[:3] for p in written),
                  sorted([str(p["seq_raw"]), str(p["payload"]), str(p["lport"] if p["dir"] == "tx" else
                  p["rport"])] for p in trace.packets.values()), "packets of the file, each once")
            comment = next(p[3] for p in written if p[1] == "500")
            if "app" not in comment:
                raise Again("the other skbtop wrote the segment before it was read: %s" % comment)


def among_drops():
    """Packets' memory is used again at once: what is thrown away beside them, received and sent, is none of theirs."""
    with Peer() as a, Peer() as b:
        lport, port = joined(a, b)
        try:
            a.inside("nft", "add table ip t; add chain ip t out { type filter hook output priority 0; }")
            a.inside("nft", "add rule ip t out udp dport 10 drop")
        except (OSError, Failure) as e:
            raise Skip("no nftables: %s" % e) from None
        with Trace("sport = :%d and dport = :%d and netns = %d" % (lport, port, a.netns)) as trace, within(a):
            for _ in range(40):
                a("send 1 100")
                throw_away("10.99.0.2")
                b("recv 2 100", "send 2 50")
                throw_away("10.99.0.2")
                a("recv 1 50")
            trace.until(lambda: sum(p["payload"] for p in trace.packets.values()) >= 40 * 150, "both ways")
            trace.settle()
            trace.check()
            equal([p for p in trace.packets.values() if "drop_reason" in p or "drop" in p], [],
                  "packets that were dropped")


def throw_away(host):
    """Datagrams to nobody, datagrams that netfilter drops on their way out, a SYN to nobody."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for port in (9, 10, 9, 10):
            try:
                s.sendto(b"x" * 50, (host, port))
            except OSError:
                pass
    with socket.socket() as s:
        s.connect_ex((host, 9))


def datagrams():
    with Peer() as peer:
        port = peer("udp 0 4", "bind 0 127.0.0.1 0")["lport"]
        mine = peer("udp 1 4", "connect 1 127.0.0.1 %d" % port)["lport"]
        with Trace("sport = :%d and netns = %d" % (port, peer.netns)) as trace, Tcpdump(peer, "lo") as dump:
            for size in (1, 200, 1400):
                peer("send 1 %d" % size, "recv 0 %d" % size)
            trace.same_as(dump, in_order, 3, "datagrams")
            equal({p["rport"] for p in trace.packets.values()}, {mine}, "who sent them")


def fragmented(*before):
    """A datagram that came in fragments is told once, as long as it is, and with its way to the program."""
    with Peer() as a, Peer() as b:
        veth(a, b)
        try:
            for command in before:
                b.inside("nft", command)
        except (OSError, Failure) as e:
            raise Skip("no connection tracking: %s" % e) from None
        port = b("udp 0 4", "bind 0 10.99.0.2 0")["lport"]
        a("udp 1 4", "connect 1 10.99.0.2 %d" % port)
        sizes = (4000, 100, 30000, 2000)
        with Trace("sport = :%d and netns = %d" % (port, b.netns)) as trace:
            for size in sizes:
                a("send 1 %d" % size)
                b("recv 0 %d" % size)
            trace.until(lambda: sum("rx_app_us" in p for p in trace.packets.values()) >= len(sizes),
                        "datagrams that were read")
            trace.settle()
            trace.check()
            equal([p["payload"] for p in trace.told()], list(sizes), "datagrams, each once")
            equal(sorted(set(sizes) - {p["payload"] for p in trace.told() if "rx_app_us" in p}), [],
                  "datagrams without a time")


def fragments():
    fragmented()


def fragments_that_are_tracked():
    """Connection tracking has put them together before IP does."""
    fragmented("add table ip t", "add chain ip t in { type filter hook input priority 0; }",
               "add rule ip t in ct state new counter")


def redirected():
    """A port that nftables redirects: both addresses of the translation are told."""
    with Peer() as peer:
        try:
            peer.inside("nft", "add table ip t")
            peer.inside("nft", "add chain ip t out { type nat hook output priority -100; }")
        except (OSError, Failure) as e:
            raise Skip("no address translation: %s" % e) from None
        port = peer("tcp 0 4", "bind 0 127.0.0.1 0", "listen 0 4")["lport"]
        peer.inside("nft", "add rule ip t out tcp dport 4444 redirect to :%d" % port)
        client = peer("tcp 1 4", "connect 1 127.0.0.1 4444")
        peer("accept 0 2")
        with Trace("sport = :%d and dport = :4444 and netns = %d" % (client["lport"], peer.netns)) as trace:
            peer("send 1 100", "recv 2 100", "send 2 50", "recv 1 50")
            trace.until(lambda: sum(p["payload"] for p in trace.packets.values()) >= 150, "both ways")
            data = [p for p in trace.packets.values() if p["payload"]]
            equal(sorted((p["dir"], p["payload"]) for p in data), [("rx", 50), ("tx", 100)], "the two segments")
            for p in data:
                equal((p["rport"], p.get("nat", "").rpartition(":")[2]), (4444, str(port)), "the two faces of %s" % p)


def dropped():
    """What nftables drops on its way in has the reason and the place with it."""
    with Peer() as a, Peer() as b:
        veth(a, b)
        port = b("udp 0 4", "bind 0 10.99.0.2 0")["lport"]
        a("udp 1 4", "connect 1 10.99.0.2 %d" % port)
        try:
            b.inside("nft", "add table ip t")
            b.inside("nft", "add chain ip t in { type filter hook input priority 0; }")
            b.inside("nft", "add rule ip t in udp length 108 drop")
        except (OSError, Failure) as e:
            raise Skip("no nftables: %s" % e) from None
        with Trace("sport = :%d and netns = %d" % (port, b.netns)) as trace:
            a("send 1 100", "send 1 10")
            b("recv 0 10")
            trace.until(lambda: len(trace.packets) >= 2
                        and any("drop_reason" in p or "drop" in p for p in trace.packets.values()), "the drop")
            lost = [p for p in trace.packets.values() if p["payload"] == 100]
            equal(len(lost), 1, "the datagram that was dropped")
            holds("NETFILTER" in str(lost[0]), "its reason: %s" % lost[0])


def translated_between_namespaces():
    """A destination that nftables rewrites on the way to another namespace: the socket has one address, the wire
    another."""
    with Peer() as a, Peer() as b:
        veth(a, b)
        try:
            a.inside("nft", "add table ip t")
            a.inside("nft", "add chain ip t out { type nat hook output priority -100; }")
            a.inside("nft", "add rule ip t out ip daddr 10.99.0.77 dnat to 10.99.0.2")
        except (OSError, Failure) as e:
            raise Skip("no address translation: %s" % e) from None
        port = b("tcp 0 4", "bind 0 10.99.0.2 0", "listen 0 4")["lport"]
        client = a("tcp 1 4", "connect 1 10.99.0.77 %d" % port)
        b("accept 0 2")
        with Trace("sport = :%d and dport = :%d and netns = %d" % (
                client["lport"], port, a.netns)) as trace, Tcpdump(a, "va") as dump:
            a("send 1 100")
            b("recv 2 100", "send 2 50")
            a("recv 1 50")
            trace.same_as(dump, in_order, 4)
            for p in trace.packets.values():
                equal(p["raddr"], "10.99.0.77", "the socket's other end")
                holds("10.99.0.2:%d" % port in p.get("nat", ""), "the wire's: %s" % p)


def first_bytes():
    """With -i the payload's first line is told, of what is sent and of what is received, wherever the kernel keeps
    it."""
    with Peer() as peer:
        pair = peer.pair(0, 1, 2)
        with Trace("sport = :%d and dport = :%d and netns = %d" % (pair["lport"], pair["rport"], peer.netns),
                   "-i") as trace:
            peer("send 1 1000", "recv 2 1000", "send 2 700", "recv 1 700")
            trace.until(lambda: sum(p["payload"] for p in trace.packets.values()) >= 1700, "both ways")
            data = [p for p in trace.packets.values() if p["payload"]]
            equal([p.get("line") for p in data], ["GET /peer HTTP/1.1"] * len(data), "first lines of %s" % data)


def direct_descriptors():
    """What an io_uring receives and sends on a socket that nobody else holds is traced like any other's."""
    with Peer() as peer:
        pair = peer.pair(0, 1, 2)
        try:
            peer("ring 2")
        except OSError as e:
            raise Skip("no io_uring: %s" % e) from None
        with Trace("sport = :%d and dport = :%d and netns = %d" % (
                pair["rport"], pair["lport"], peer.netns)) as trace, \
                Tcpdump(peer, "lo") as dump:
            for size in (100, 1000, 30000):
                peer("send 1 %d" % size, "ringrecv 2 %d" % size, "ringsend 2 %d" % size, "recv 1 %d" % size)
            trace.same_as(dump, in_order, 6)
            data = [p for p in trace.told(dir="rx") if p["payload"]]
            holds(data and all("rx_app_us" in p for p in data), "they were read: %s" % data)


def stay_on(peer, cpu):
    for thread in os.listdir("/proc/%d/task" % peer.pid):
        os.sched_setaffinity(int(thread), {cpu})


def places(trace, way, whole, *calls):
    """The next packet with payload, once its last stamp was told, and the CPU of each stamp."""
    before = max(trace.packets, default=0)

    def found():
        return [p for number, p in sorted(trace.packets.items()) if number > before and p["payload"] and
                p["dir"] == way and whole in [words.split()[0] for words in p.get("cpus", ())]]
    for peer, call in calls:
        peer(call)
    trace.until(found, "a packet, to %s" % whole)
    trace.nothing_unseen()
    p = found()[0]
    return p, {stage: int(cpu) for stage, cpu in (words.split() for words in p["cpus"])}


def processors():
    """Where each stamp was taken: a sender and a reader that stay on a CPU each; and with received packets steered to
    the sender's other one (RPS)."""
    if os.cpu_count() < 2:
        raise Skip("one processor")
    with links.veth() as pair:
        a, b = pair.a, pair.b
        port = b("tcp 0 4", "bind 0 10.99.0.2 0", "listen 0 4")["lport"]
        client = a("tcp 1 4", "connect 1 10.99.0.2 %d" % port)
        b("accept 0 2")
        links.ethtool(a, "va", tso=0)
        links.ethtool(b, "vb", gro=1)
        with Trace("sport = :%d and dport = :%d and netns = %d" % (port, client["lport"], b.netns),
                   "--columns", "number,dir,payload,cpus,cpu_changes,note") as trace:
            for steered, reader in (False, 1), (True, 0):
                if steered:
                    b.inside("unshare", "-m", "sh", "-c", "mount -t sysfs sysfs /sys && "
                             "echo 2 > /sys/class/net/vb/queues/rx-0/rps_cpus")
                stay_on(a, 0)
                stay_on(b, reader)
                here = 1 if steered else 0
                p, at = places(trace, "rx", "read", (a, "send 1 1000"), (b, "recv 2 1000"))
                equal(at, dict({stage: here for stage in at}, gro=0, read=reader), "where it was received")
                equal(p["cpu_changes"], 2 if steered else 1, "changes of %s" % at)
                holds(len(at) >= 4 and p["note"].endswith("-> %d (read)" % reader), "%s: %s" % (p.get("note"), at))
                p, at = places(trace, "tx", "accepted", (b, "send 2 1000"), (a, "recv 1 1000"))
                equal(at, {stage: reader for stage in at}, "where it was sent from")
                equal((p["cpu_changes"], min(at), len(at)), (0, "accepted", 4), "stages of %s" % at)


def armed():
    """A trace that begins by itself once its expression comes true."""
    with Peer() as peer:
        pair = peer.pair(0, 1, 2)
        with Trace("netns = %d and sport = :%d and tx_bytes >= 5000" % (peer.netns, pair["lport"]),
                   by="--arm") as trace:
            trace.tick()
            peer("send 1 100", "recv 2 100")
            for _ in range(5):
                trace.tick()
            equal(trace.packets, {}, "packets before it came true")
            peer("send 1 5000", "recv 2 5000")
            trace.until(lambda: trace.head.get("trace"), "it arms itself")
            peer("send 1 300", "recv 2 300")
            trace.until(lambda: any(p["payload"] == 300 for p in trace.packets.values()), "the packet after that")


main([stream_v4, stream_v6, large_stream, held_for_its_neighbour, read_later, among_drops, datagrams, fragments,
      fragments_that_are_tracked,
      redirected, translated_between_namespaces, dropped, first_bytes, direct_descriptors, processors,
      armed])
