"""Both ends of a connection within this machine, which the test itself has made: over loopback, over a veth pair,
where two namespaces have the same addresses, and where addresses are translated."""

import contextlib
import re

import links
from witness import Failure, Peer, Skbtop, equal, joined, main, nft, run, too_late, veth

COLUMNS = "id,netns,laddr,lport,raddr,rport,pid,comm,peer,peer_pid,peer_comm"


def pairs(*args):
    return Skbtop(*args, columns=COLUMNS)


def each_others(a, b):
    equal((a.get("peer"), b.get("peer")), (b["id"], a["id"]), "the other end")
    equal((a.get("peer_pid"), b.get("peer_pid")), (b["pid"], a["pid"]), "its process")
    equal((a.get("peer_comm"), b.get("peer_comm")), (b["comm"], a["comm"]), "its name")


def over_loopback():
    """Several, among them both families; the server's end is held by another process."""
    with Peer() as peer:
        ports = [peer.pair(10 * i, 10 * i + 1, 10 * i + 2, host)["lport"]
                 for i, host in enumerate(("127.0.0.1", "127.0.0.1", "::1"))]
        with Peer(inside=peer) as other, pairs() as top:
            there = peer("tcp 50 4", "bind 50 127.0.0.1 0", "listen 50 4")["lport"]
            ports.append(other("tcp 1 4", "connect 1 127.0.0.1 %d" % there)["lport"])
            peer("accept 50 51")
            tick = top.settled()
            for port in ports:
                (here,), (back,) = tick.find(netns=peer.netns, lport=port), tick.find(netns=peer.netns, rport=port)
                each_others(here, back)
            equal({here["pid"], back["pid"]}, {peer.pid, other.pid}, "both processes")
            # A listener has no other end.
            (listener,) = [r for r in tick.find(netns=peer.netns, lport=there) if "rport" not in r]
            equal("peer" in listener, False, "another end of a listener")


def over_veth():
    with Peer() as a, Peer() as b, pairs("--filter", "known peer") as top:
        here, there = joined(a, b)
        tick = top.wait(lambda t: t if len(t.find(lport=here)) == len(t.find(rport=here)) == 1 else None, "a pair")
        (x,), (y,) = tick.find(lport=here), tick.find(rport=here)
        equal((x["netns"], y["netns"], y["lport"]), (a.netns, b.netns, there), "where they are")
        each_others(x, y)
        b("close 2", "close 0")
        top.wait(lambda t: not t.find(lport=here) and not t.find(rport=here), "nobody there any more")


def bound(peer, host, port, to):
    """A connection from this very port."""
    peer("tcp 1 4", "bind 1 %s %d" % (host, port), "connect 1 10.99.0.2 %d" % to)


def equal_addresses():
    """Two pairs of namespaces with the same addresses, and connections with the same ports: whose is whose cannot be
    told, and is not. A fifth, that has an address of theirs and a connection of its own, is nobody's other end."""
    with contextlib.ExitStack() as stack:
        peers = [stack.enter_context(Peer()) for _ in range(5)]
        for a, b in (peers[0:2], peers[2:4]):
            veth(a, b)
            b("tcp 0 4", "bind 0 10.99.0.2 7000", "listen 0 4")
            bound(a, "10.99.0.1", 6000, 7000)
            b("accept 0 2")
        links.up(peers[4], "lo", "10.99.0.1/32", "10.99.0.2/32")
        alone = peers[4].pair(0, 1, 2, "10.99.0.2")["lport"]
        top = stack.enter_context(pairs())
        tick = top.settled()
        for peer in peers[:4]:
            rows = [r for r in tick.find(netns=peer.netns) if "rport" in r]
            equal(len(rows), 1, "connections there")
            equal("peer" in rows[0], False, "an end that is known")
        (x,), (y,) = tick.find(netns=peers[4].netns, lport=alone), tick.find(netns=peers[4].netns, rport=alone)
        each_others(x, y)
        # With one pair gone the other is certain.
        peers[2]("abort 1")
        tick = top.wait(lambda t: t if [r for r in t.find(netns=peers[0].netns, lport=6000) if "peer" in r] else None,
                        "the pair that is left")
        each_others(tick.find(netns=peers[0].netns, lport=6000)[0], tick.find(netns=peers[1].netns, rport=6000)[0])


def through_nat():
    """A router between the two gives the server's port another address, and the server sees only the router. The
    kernel's list of connections is the witness; another connection to the server is not translated."""
    with Peer() as a, Peer() as r, Peer() as b:
        r("udp 9 4", "bind 9 0.0.0.0 0")  # else nobody knows of the namespace
        for peer, device, near, far in ((a, "a0", "10.97.1.1/24", "10.97.1.254/24"),
                                        (b, "b0", "10.97.2.2/24", "10.97.2.254/24")):
            run("ip", "link", "add", device, "netns", str(peer.pid), "type", "veth", "peer", "name", "r" + device,
                "netns", str(r.pid))
            links.up(peer, device, near)
            links.up(r, "r" + device, far)
            peer.inside("ip", "route", "add", "default", "via", far.split("/")[0])
        r.inside("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
        r.inside("nft", "add table t; add chain t p { type nat hook prerouting priority -100; }; "
                        "add rule t p ip daddr 10.97.1.254 tcp dport 80 dnat to 10.97.2.2:8080; "
                        "add chain t s { type nat hook postrouting priority 100; }; "
                        "add rule t s tcp dport 8080 oifname rb0 ct status dnat masquerade")
        b("tcp 0 4", "bind 0 10.97.2.2 8080", "listen 0 4")
        with pairs() as top:
            here = a("tcp 1 4", "connect 1 10.97.1.254 80")["lport"]
            b("accept 0 1")
            straight = a("tcp 2 4", "connect 2 10.97.2.2 8080")["lport"]
            b("accept 0 2")
            entry = [line for line in r.inside("cat", "/proc/net/nf_conntrack").splitlines()
                     if "dport=80 " in line and "sport=%d " % here in line]
            equal(len(entry), 1, "entries")
            there = int(re.findall(r"dport=(\d+)", entry[0])[1])
            for lport, rport, name in ((here, there, "translated"), (straight, straight, "straight")):
                tick = top.wait(lambda t, p=lport: t if [row for row in t.find(netns=a.netns, lport=p) if "peer" in row]
                                else None, name)
                each_others(tick.find(netns=a.netns, lport=lport)[0], tick.find(netns=b.netns, rport=rport)[0])
            b("close 1")
            try:
                top.wait(lambda t: not [row for row in t.find(netns=a.netns, lport=here) if "peer" in row], "its end")
            except Failure as e:  # it may end where this machine runs no programs of ours
                raise too_late(str(e)) from None


def translated_at_home():
    """The namespace of both ends gives its own connections another port."""
    with Peer() as peer, pairs() as top:
        links.up(peer, "lo")
        nft(peer, "output", "tcp dport 81 redirect to 8081", kind="nat")
        peer("tcp 0 4", "bind 0 0.0.0.0 8081", "listen 0 4")
        here = peer("tcp 1 4", "connect 1 127.0.0.1 81")["lport"]
        peer("accept 0 2")
        tick = top.wait(lambda t: t if [r for r in t.find(lport=here) if "peer" in r] else None, "a pair")
        each_others(tick.find(netns=peer.netns, lport=here)[0], tick.find(netns=peer.netns, rport=here)[0])


if __name__ == "__main__":
    main([over_loopback, over_veth, equal_addresses, through_nat, translated_at_home])
