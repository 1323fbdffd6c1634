"""Events of losses: every drop has the kernel's reason and place and is charged to whom it hit, resets are seen at both
ends, retransmits add up to what nstat counts, and clean traffic has none of them and runs none of their programs."""

import socket
import struct
import time

import bpf
import links
from witness import Peer, Skbtop, Skip, counter, equal, holds, joined, main, nft, veth

BYTES = 20_000_000


class Losses(Skbtop):
    """skbtop --batch of events; they are watched once the constructor is through."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.events = []
        self.dropped = 0  # by the machine's rate
        self.wait(lambda t: "losses" in t.head, "losses are watched")

    def tick(self, deadline=None):
        tick = super().tick(deadline)
        self.events += [r for r in tick.rows if r["type"] in ("drop", "retransmit", "reset")]
        if "elapsed" in tick.head:
            self.dropped += tick.head["totals"].get("drops_rate", 0) * tick.head["elapsed"]
        return tick

    def rate_is_of_rows(self):
        """The machine's rate and the rows count the same drops: an event that is read a tick after its total is waited
        for."""
        def same(tick):
            rows = len([e for e in self.events if e["type"] == "drop"])
            losses = tick.head["losses"]
            return "limited" if losses["limited"] + losses["lost"] else round(self.dropped) == rows
        if self.wait(same, "the rate and the rows agree") == "limited":
            raise Skip("the machine drops more than is told")

    def found(self, count=1, **want):
        """At least so many events like this, waited for."""
        def look(_):
            rows = [e for e in self.events if all(e.get(k) == v for k, v in want.items())]
            return rows if len(rows) >= count else None
        return look(None) or self.wait(look, "%d events with %s" % (count, want))


def ip_checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


RAW = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
for line in sys.argv[1:]:
    s.sendto(bytes.fromhex(line), ("10.99.0.2", 0))
"""


def segment(sport, dport, seq, ack, flags, payload=b"", broken=False):
    """An IPv4 packet from 10.99.0.1 to 10.99.0.2, in hexadecimal."""
    ends = bytes((10, 99, 0, 1, 10, 99, 0, 2))
    tcp = struct.pack("!HHIIBBHHH", sport, dport, seq & 0xffffffff, ack & 0xffffffff, 5 << 4, flags, 1000, 0, 0)
    tcp += payload
    check = ip_checksum(ends + struct.pack("!BBH", 0, 6, len(tcp)) + tcp) ^ (0x5555 if broken else 0)
    tcp = tcp[:16] + struct.pack("!H", check) + tcp[18:]
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0) + ends
    head = head[:10] + struct.pack("!H", ip_checksum(head)) + head[12:]
    return (head + tcp).hex()


def nftables_drop_is_charged():
    """The filter knows no socket: the addresses tell. The segment that is sent again was dropped on this machine."""
    with Peer() as a, Peer() as b, Skbtop() as sockets, Losses("-r", "-k") as top:
        lport, port = joined(a, b)
        nft(b, "input", "tcp dport %d meta length gt 200 drop" % port)
        hit = sockets.row(netns=b.netns, lport=port, rport=lport)
        # Else the packet has its socket before it comes to the filter.
        b.inside("sh", "-c", "echo 0 >/proc/sys/net/ipv4/tcp_early_demux")
        a("send 1 1000")
        drop = top.found(type="drop", reason="NETFILTER_DROP", lport=port, rport=lport)[0]
        equal(drop["id"], hit["id"], "the socket that was hit")
        equal(drop["by_address"], True, "found by address")
        equal((drop["laddr"], drop["raddr"], drop["dir"]), ("10.99.0.2", "10.99.0.1", "rx"), "ends")
        equal((drop["netns"], drop["ifname"]), (b.netns, "vb"), "netns and device")
        equal(drop["end_seq"] - drop["seq"], 1000, "sequence numbers")
        holds(drop.get("function"), "no function: %s" % drop)
        holds([f for f in drop["stack"] if f.startswith("nf_hook_slow")], "stack %s" % drop["stack"])
        again = top.found(type="retransmit", lport=lport, rport=port, seq=drop["seq"], dropped_here=True)[0]
        holds(again["drop"] < again["number"], "the drop came before")
        row = sockets.wait(lambda t: [r for r in t.find(id=hit["id"]) if r["drops"] > 0], "drops of the socket")[0]
        holds(row["drops"] >= 1, "drops %s" % row)


def listener_that_is_full():
    """Two handshakes are under way when there is room for one: the second's last ACK is dropped."""
    with Peer() as a, Peer() as b, Skbtop() as sockets, Losses("--view", "drops") as top:
        veth(a, b)
        port = b("tcp 0 4", "bind 0 10.99.0.2 0", "listen 0 2")["lport"]
        for slot in (1, 2):
            a("tcp %d 4" % slot, "connect %d 10.99.0.2 %d" % (slot, port))
        nft(a, "input", "tcp sport %d tcp flags & (syn | ack) == syn | ack drop" % port)
        listener = sockets.row(netns=b.netns, lport=port, state="listen")
        for slot in (3, 4):
            a("tcp %d 4" % slot, "begin %d 10.99.0.2 %d" % (slot, port))
        top.found(2, reason="NETFILTER_DROP", rport=port)
        a.inside("nft", "flush ruleset")
        drop = top.found(reason="TCP_LISTEN_OVERFLOW", lport=port)[0]
        equal((drop["netns"], drop["ifname"]), (b.netns, "vb"), "netns and device")
        equal(drop["raddr"], "10.99.0.1", "raddr")
        equal(drop["id"], listener["id"], "charged to %s" % drop)
        # The listener has counted it twice, and has not refused it as well.
        top.found(2, reason="TCP_LISTEN_OVERFLOW", lport=port)
        top.rate_is_of_rows()
        equal([e for e in top.events if e.get("reason") == "ListenDrops" and e.get("id") == listener["id"]], [],
              "refused")


def opened(a, b, *options):
    """A connection over the veth pair of two peers, whose client has these options: client, server."""
    with links.within(b):
        listener = socket.create_server(("10.99.0.2", 0))
    with listener, links.within(a):
        client = socket.socket()
        for option in options:
            client.setsockopt(*option)
        client.connect(listener.getsockname())
        return client, listener.accept()[0]


def what_nobody_misses():
    """Probes of an idle connection, and data that came twice because their acknowledgements were lost: of all that,
    only the acknowledgements are losses."""
    with Peer() as a, Peer() as b, Skbtop() as sockets, Losses("-k") as top:
        veth(a, b)
        client, server = opened(a, b, (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
                                (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1),
                                (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1))
        with client, server:
            lport, rport = server.getsockname()[1], client.getsockname()[1]
            unmissed = top.settled().head["losses"]["unmissed"]
            top.wait(lambda t: t.head["losses"]["unmissed"] > unmissed and counter(b, "TcpInSegs") > 3, "probes came")
            nft(a, "input", "tcp dport %d drop" % rport)
            unmissed = top.settled().head["losses"]["unmissed"]
            client.send(b"x" * 100)
            top.wait(lambda t: t.head["losses"]["unmissed"] >= unmissed + 2, "data came twice")
            a.inside("nft", "flush ruleset")
            top.settled()  # all that was dropped before is told
            top.rate_is_of_rows()
            mine = [(e["netns"], e["reason"]) for e in top.events if e.get("netns") in (a.netns, b.netns)]
            equal(set(mine), {(a.netns, "NETFILTER_DROP")}, "drops")
            equal(sockets.row(netns=b.netns, lport=lport, rport=rport)["drops"], 0, "drops of the one that got all")
            equal(sockets.row(netns=a.netns, lport=rport, rport=lport)["drops"], len(mine), "drops of the other")


def all_counts_agree():
    """Five datagrams are lost, four are purged with their socket, and data come twice: the totals, their rate, the view
    and the rows of the sockets say that as much was lost, and none of them counts the purged or the duplicates."""
    with Peer() as a, Peer() as b, Skbtop() as sockets, Losses("--view", "drops") as top:
        client, port = joined(a, b)
        udp = b("udp 3 4", "bind 3 10.99.0.2 0")["lport"]
        a("udp 3 4", "connect 3 10.99.0.2 %d" % udp)
        nft(b, "input", "udp dport %d meta length 528 drop" % udp)
        nft(a, "input", "tcp dport %d drop" % client)
        first = top.settled().head["losses"]
        for size in 4 * [100] + 5 * [500]:
            a("send 3 %d" % size)
        sockets.wait(lambda t: [r for r in t.find(netns=b.netns, lport=udp) if r["drops"] == 5], "drops of the socket")
        b("close 3")
        a("send 1 100")
        top.wait(lambda t: all(t.head["losses"][k] >= first[k] + n for k, n in (("unmissed", 2), ("purged", 4))),
                 "duplicates and a purge")
        a.inside("nft", "flush ruleset")
        acks = sockets.row(netns=a.netns, lport=client, rport=port)["drops"]
        top.found(acks, lport=client, netns=a.netns)
        top.rate_is_of_rows()
        mine = [e for e in top.events if e.get("netns") in (a.netns, b.netns)]
        equal({e["reason"] for e in mine}, {"NETFILTER_DROP"}, "reasons in the view")
        equal(len([e for e in mine if e["lport"] == udp]), 5, "datagrams in the view")
        equal(len([e for e in mine if e["lport"] == client]), acks, "drops of who missed answers")
        equal(sockets.row(netns=b.netns, lport=port, rport=client)["drops"], 0, "drops of who got data twice")
        top.wait(lambda t: t.head["losses"]["drops"] == len(top.events), "the totals and the view agree")


def listener_that_refuses():
    """No event tells of the SYNs that a full accept queue refuses: the listener's count does, once."""
    with Peer() as a, Peer() as b, Skbtop() as sockets, Losses("-k") as top:
        veth(a, b)
        port = b("tcp 0 4", "bind 0 10.99.0.2 0", "listen 0 1")["lport"]
        listener = sockets.row(netns=b.netns, lport=port, state="listen")
        for slot in range(1, 3):
            a("tcp %d 4" % slot, "connect %d 10.99.0.2 %d" % (slot, port))
        with links.within(a):
            waiting = [socket.socket() for _ in range(3)]
        for s in waiting:
            s.setblocking(False)
            s.connect_ex(("10.99.0.2", port))
        top.found(6, id=listener["id"])  # each SYN, and its repetition a second later
        for s in waiting:
            s.close()
        top.rate_is_of_rows()
        refused = [e for e in top.events if e.get("id") == listener["id"]]
        equal(len(refused), counter(b, "TcpExtListenDrops"), "rows, nstat's TcpExtListenDrops")
        for e in refused:
            equal((e["reason"], e["netns"], e["laddr"], e["lport"], e["state"], e.get("raddr"), e.get("rport")),
                  ("ListenDrops", b.netns, "10.99.0.2", port, "listen", None, None), "what is known of it")
        equal(sockets.row(id=listener["id"])["drops"], len(refused), "drops of the listener")


def resets_of_both_ends():
    with Peer() as a, Peer() as b, Losses("--view", "resets") as top:
        lport, port = joined(a, b)
        a("abort 1")
        sent = top.found(dir="tx", lport=lport, rport=port)[0]
        received = top.found(dir="rx", lport=port, rport=lport)[0]
        holds(sent.get("reason"), "no reason: %s" % sent)
        equal(received["netns"], b.netns, "netns")
        equal(received["state"], "estab", "state")
        equal(received.get("reason"), None, "reason of a reset received")


def refused():
    """Nobody listens: the reset is nobody's, the client gets it, and the SYN is a drop."""
    with Peer() as a, Peer() as b, Losses("--view", "resets") as top, Losses("-k") as drops:
        veth(a, b)
        try:
            a("tcp 1 4", "connect 1 10.99.0.2 9")
        except OSError:
            pass
        sent = top.found(dir="tx", lport=9)[0]
        equal(sent.get("id"), None, "id of a reset that no socket sent")
        equal((sent.get("netns"), sent.get("ifname")), (b.netns, "vb"), "netns and device")
        received = top.found(dir="rx", rport=9)[0]
        equal(received["state"], "syn-sent", "state")
        syn = drops.found(reason="NO_SOCKET", tcp_flags="S", lport=9)[0]
        equal(syn["netns"], b.netns, "netns")


def datagrams():
    """To a port that nobody has, and to a receive buffer that is full."""
    with Peer() as a, Peer() as b, Skbtop() as sockets, Losses("-k") as top:
        veth(a, b)
        a("udp 1 4", "sendto 1 10.99.0.2 9 100")
        nobody = top.found(reason="NO_SOCKET", proto="udp", lport=9)[0]
        equal(nobody["length"], 128, "length")
        port = b("udp 0 4", "option 0 rcvbuf 4096", "bind 0 10.99.0.2 0")["lport"]
        hit = sockets.row(netns=b.netns, lport=port)
        for _ in range(30):
            a("sendto 1 10.99.0.2 %d 1000" % port)
        sockets.settled()  # a tick from in between has only some of them
        row = sockets.wait(lambda t: [r for r in t.find(id=hit["id"]) if r["drops"] > 0], "drops of the socket")[0]
        full = top.found(row["drops"], reason="SOCKET_RCVBUFF", lport=port)
        equal(len(full), row["drops"], "drops told")
        equal({d.get("id") for d in full}, {hit["id"]}, "whom they hit")
        equal(sockets.row(id=hit["id"])["drops"], len(full), "drops are counted once")


def errors():
    """A broken checksum and a sequence number far outside the window, and nothing else."""
    with Peer() as a, Peer() as b, Losses("-e") as top:
        lport, port = joined(a, b)
        nft(b, "input", "udp dport 7 drop")
        a("udp 3 4", "sendto 3 10.99.0.2 7 100")
        a.inside("python3", "-c", RAW, segment(lport, port, 1, 1, 0x18, b"x" * 100, broken=True))
        wrong = top.found(reason="TCP_CSUM", lport=port)[0]
        equal((wrong["raddr"], wrong["length"]), ("10.99.0.1", 140), "the packet")
        # Two that lie 2^31 apart cannot both be in the window.
        seqs = (1 << 20, 1 << 31 | 1 << 20)
        a.inside("python3", "-c", RAW, *(segment(lport, port, seq, 1, 0x10, b"x" * 10) for seq in seqs))
        astray = top.wait(lambda _: [e for e in top.events if e.get("seq") in seqs], "a sequence number astray")[0]
        holds("SEQUENCE" in astray["reason"], "reason %s" % astray["reason"])
        holds(not [e for e in top.events if e["proto"] == "udp"], "a drop that is no such error")


def retransmits_add_up():
    with Peer() as a, Peer() as b, Losses("-r") as top, Skbtop("-a") as sockets:
        sockets.settled()
        lport, port = joined(a, b)
        nft(b, "input", "tcp dport %d meta length gt 200 numgen inc mod 50 == 0 drop" % port)
        a.begin("send 1 %d" % BYTES)
        b("recv 2 %d" % BYTES)
        a.reply()
        head = top.settled().head
        top.settled()
        events = [e for e in top.events if e["netns"] == a.netns]
        row = sockets.row(netns=a.netns, lport=lport, rport=port)
        holds(head["losses"]["limited"] == 0 and head["losses"]["lost"] == 0, "not all were told")
        equal(sum(e["segments"] for e in events), counter(a, "TcpRetransSegs"), "segments, TcpRetransSegs")
        for cause in ("fast", "rto", "tlp"):
            told = sum(e["segments"] for e in events if e["cause"] == cause)
            equal(told, row["retrans_" + cause], "segments of " + cause)
        equal({e["id"] for e in events}, {row["id"]}, "whom they hit")
        here = [e for e in events if e["dropped_here"]]
        holds(len(here) * 2 > len(events), "%d of %d known as dropped here" % (len(here), len(events)))
        for e in events:
            holds(e["cwnd_before"] >= 1 and e["cwnd"] >= 1, "cwnd of %s" % e)


def not_sent():
    """The other end's filter takes the segment, ours its first repetition: the kernel says so at once."""
    with Peer() as a, Peer() as b, Losses("-r", "-k") as top:
        lport, port = joined(a, b)
        nft(b, "input", "tcp dport %d meta length gt 200 drop" % port)
        nft(a, "output", "tcp dport %d meta length gt 200 numgen inc mod 2 == 1 drop" % port)
        a("send 1 1000")
        drop = top.found(type="drop", lport=lport, rport=port, dir="tx")[0]
        equal((drop["reason"], drop["netns"], drop["by_address"]), ("NETFILTER_DROP", a.netns, False), "the drop")
        again = top.found(type="retransmit", lport=lport, rport=port, seq=drop["seq"])[0]
        equal((again["id"], again["dropped_here"]), (drop["id"], True), "the retransmit")
        top.settled()
        told = sum(e["segments"] for e in top.events if e["type"] == "retransmit" and e["netns"] == a.netns)
        holds(told <= counter(a, "TcpRetransSegs"), "%d segments told, more than the kernel counted" % told)


def syn_and_syn_ack():
    with Peer() as a, Peer() as b, Losses("-r") as top:
        veth(a, b)
        port = b("tcp 0 4", "bind 0 10.99.0.2 0", "listen 0 4")["lport"]
        nft(a, "input", "tcp sport %d drop" % port)
        a("tcp 1 4", "begin 1 10.99.0.2 %d" % port)
        syn = top.found(cause="syn", rport=port)[0]
        equal((syn["netns"], syn["state"]), (a.netns, "syn-sent"), "who sent the SYN again")
        synack = top.found(cause="synack", lport=port)[0]
        equal((synack["netns"], synack["raddr"]), (b.netns, "10.99.0.1"), "who sent the SYN-ACK again")


def few_runs(a, b, programs):
    """An exchange over slots 1 and 2, and both ends closed: did these programs run for fewer than one in 20 of its
    segments? One segment at a time: of many under way on a busy machine the kernel sends some again that were only
    late."""
    segments = -counter(a, "TcpOutSegs") - counter(b, "TcpOutSegs")
    with bpf.Stats() as stats:
        before = sum(runs for _, runs, _ in stats.runs(programs).values())
        for _ in range(150):
            a("send 1 1000")
            b("recv 2 1000", "send 2 1000")
            a("recv 1 1000")
        ran = sum(runs for _, runs, _ in stats.runs(programs).values()) - before
    segments += counter(a, "TcpOutSegs") + counter(b, "TcpOutSegs")
    holds(segments > 200, "%d segments" % segments)
    return ran * 20 < segments


def clean_traffic_has_none():
    """Nothing is told, and no program of these runs for a packet."""
    with Peer() as a, Peer() as b, Losses("-r", "-k") as top, Losses("--view", "resets") as resets:
        lport, port = joined(a, b)
        top.settled()
        collector = top.children()[0]
        ids = {i for i, (name, _, _) in bpf.Stats.runs(bpf.held(collector)["programs"]).items()
               if name in ("drop", "retransmit", "retransmit_synack", "reset_sent", "reset_received")}
        equal(len(ids), 5, "programs")
        # They run for whatever is dropped on the machine: others may drop packets meanwhile, but not all the time.
        holds(any(few_runs(a, b, ids) for _ in range(10)), "programs run for packets that nothing happens to")
        a("shutdown 1 2")
        b("close 2")
        a("close 1")
        equal(counter(a, "TcpRetransSegs") + counter(b, "TcpRetransSegs"), 0, "segments sent again, as nstat counts")
        time_now = time.time()
        top.settled()
        resets.settled()
        mine = [e for e in top.events + resets.events if e.get("netns") in (a.netns, b.netns) and e["time"] < time_now]
        equal(mine, [], "events of clean traffic (ports %d, %d)" % (lport, port))


if __name__ == "__main__":
    main([nftables_drop_is_charged, what_nobody_misses, all_counts_agree, listener_that_refuses, listener_that_is_full,
          resets_of_both_ends, refused, datagrams, errors,
          retransmits_add_up, not_sent, syn_and_syn_ack, clean_traffic_has_none])
