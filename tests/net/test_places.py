"""Where a packet was dropped and whose it was are two things: it can be in another namespace than its socket, at the
other end of a veth pair, on a bridge, in a router. The device has the name that it has there and then."""

import contextlib

import links
from test_drops import Losses
from witness import Failure, Skip, Skbtop, equal, holds, main


def rule(peer, family, hook, *rules):
    """A chain of nftables in this namespace that drops what the rules match."""
    try:
        peer.inside("nft", "add table %s places" % family)
        peer.inside("nft", "add chain %s places c { type filter hook %s; }" % (family, hook))
        for r in rules:
            peer.inside("nft", "add rule %s places c %s drop" % (family, r))
    except (OSError, Failure) as e:
        raise Skip("no nftables for %s: %s" % (family, e)) from None


def connected(joined):
    """A connection from slot 1 of a to slot 2 of b: both ports."""
    port = joined.b("tcp 0 4", "bind 0 %s 0" % joined.host[4], "listen 0 4")["lport"]
    client = joined.a("tcp 1 4", "connect 1 %s %d" % (joined.host[4], port))
    joined.b("accept 0 2")
    return client["lport"], port


@contextlib.contextmanager
def routed():
    """A router on the way, in a namespace of its own."""
    with links.peers(more=1) as (a, b, c):
        links.pair(a, "va", c, "ca")
        links.pair(b, "vb", c, "cb")
        links.up(c, "ca", "10.98.0.254/24")
        links.up(c, "cb", "10.99.0.254/24")
        links.up(a, "va", "10.98.0.1/24")
        links.up(b, "vb", "10.99.0.2/24")
        c.inside("sysctl", "-qw", "net.ipv4.ip_forward=1")
        a.inside("ip", "route", "add", "default", "via", "10.98.0.254")
        b.inside("ip", "route", "add", "default", "via", "10.99.0.254")
        joined = links.Joined(a, b, {4: "10.99.0.2"}, ["va"], ["vb"])
        joined.between = c
        yield joined


@contextlib.contextmanager
def bridged():
    with links.bridged() as joined:
        yield joined


def lost_between(joined, place, netns_of, device, reason="NETFILTER_DROP", by_address=None):
    """What the client sends is dropped at this place: it is the client's, and known to have been dropped on this
    machine."""
    a = joined.a
    with Skbtop() as sockets, Losses("-r", "-k") as top:
        lport, port = connected(joined)
        hit = sockets.row(netns=a.netns, lport=lport, rport=port)
        place(port)
        a("send 1 1000")
        drop = top.found(type="drop", lport=lport, rport=port)[0]
        equal((drop.get("reason"), drop["netns"], drop.get("ifname"), drop.get("socket_netns"), drop.get("elsewhere")),
              (reason, netns_of.netns, device, a.netns, True), "where it was, and whose")
        equal((drop.get("id"), drop["dir"], drop["laddr"]), (hit["id"], "tx", hit["laddr"]), "whom it hit")
        if by_address is not None:
            equal(drop["by_address"], by_address, "found by address")
        top.found(type="retransmit", lport=lport, rport=port, seq=drop["seq"], dropped_here=True)
        row = sockets.wait(lambda t: [r for r in t.find(id=hit["id"]) if r["drops"] > 0], "drops of the socket")[0]
        holds(row["drops"] >= 1, "drops %s" % row)
        top.rate_is_of_rows()


def at_the_other_end_of_a_pair():
    with links.veth() as joined:
        lost_between(joined, lambda port: rule(joined.b, "netdev", 'ingress device "vb" priority 0',
                                               "tcp dport %d" % port),
                     joined.b, "vb")


def on_a_bridge():
    with links.bridged() as joined:
        lost_between(joined, lambda port: rule(joined.between, "bridge", "forward priority 0", "tcp dport %d" % port),
                     joined.between, "cb")  # the port that it was to leave by


def in_a_router():
    with routed() as joined:
        lost_between(joined, lambda port: rule(joined.between, "inet", "forward priority 0", "tcp dport %d" % port),
                     joined.between, "ca", by_address=True)


if __name__ == "__main__":
    main([at_the_other_end_of_a_pair, on_a_bridge, in_a_router])
